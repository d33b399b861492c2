"""Keeping the model of a workspace: check a file, show what is kept, tell the differences, export, apply."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from touchpath.model.diff import Change, diff_models
from touchpath.model.document import dump_model, to_document
from touchpath.model.errors import BadInput, Conflict, Missing, ModelErrors, TouchpathError
from touchpath.model.experience import Experience
from touchpath.model.parse import MetricCheck, ModelFile, parse_document, parse_model, parse_model_file
from touchpath.services.journey_versions import JourneyVersion, versions_of
from touchpath.services.metric_versions import (
    MetricVersion,
    SilentChange,
    metric_history,
    silent_changes,
    subject_history,
    with_new_versions,
)
from touchpath.store.records import Record, RecordStore

#: Under which name the records keep the model: one record, whose revisions are the model's revisions.
KIND, ID = "model", "experience"
#: The text that a revision was applied from, so that its comments come out again.
TEXT_KIND = "model_text"
_COMMENT = re.compile(r"(^|\s)#", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class KeptModel:
    """The model as the records have it: which revision, who saved it, when and why."""

    experience: Experience
    revision: int
    member: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a file did. Without `changes` nothing was written and `revision` is still the same.

    new_versions: metrics that were given a new version, as they count something else than before.
    """

    revision: int
    changes: tuple[Change, ...]
    new_versions: tuple[SilentChange, ...] = ()


class ModelService:
    """The model of one workspace, whose truth is in the records; files only bring changes in and out.

    `metrics`: the names that a question's `metric` may have; any name will do when none are given. `check` looks at each metric.
    """

    def __init__(self, records: RecordStore, metrics: Collection[str] = (), check: MetricCheck | None = None) -> None:
        self._records, self._metrics, self._check = records, metrics, check
        self._newest: KeptModel | None = None
        self._read: dict[int, Experience] = {}
        self._histories: tuple[int, dict[tuple[str, str], tuple[MetricVersion, ...]]] = (0, {})

    def current(self) -> tuple[Experience, int]:
        """The model and its revision; raises Missing while there is none."""
        kept = self.show()
        return kept.experience, kept.revision

    def show(self) -> KeptModel:
        """The model with who saved it, when and why; raises Missing while there is none."""
        kept = self._kept()
        if kept is None:
            raise Missing("This workspace has no model yet. Write one and bring it in: touchpath model apply FILE")
        return kept

    def check(self, text: str | bytes, file: str = "model.yaml") -> ModelFile:
        """What a model file says; raises ModelErrors with all of its faults."""
        return parse_model_file(text, file, self._metrics, self._check)

    def export(self) -> str:
        """The model as YAML that says which revision it is; raises Missing while there is none."""
        experience, revision = self.current()
        return self.text() or dump_model(experience, revision)

    def text(self) -> str:
        """The text that the model was applied from, comments and all, with its revision at the top; "" where that is not kept."""
        kept = self._kept()
        at = self._records.revision(TEXT_KIND, ID)
        if kept is None or not at:
            return ""
        document = self._records.load(TEXT_KIND, ID).document
        if document.get("revision") != kept.revision:
            return ""
        text = with_revision(str(document["text"]), kept.revision)
        try:
            return text if parse_model(text) == kept.experience else ""
        except ModelErrors:
            return ""

    def diff(self, text: str | bytes, file: str = "model.yaml") -> tuple[Change, ...]:
        """What applying a file would change; raises ModelErrors."""
        after = self.check(text, file).experience
        kept = self._kept()
        return diff_models(kept.experience if kept else None, after)

    def apply(
        self,
        text: str | bytes,
        member: str,
        why: str = "",
        *,
        file: str = "model.yaml",
        onto: int | None = None,
        new_versions: bool = False,
    ) -> Applied:
        """Make the model what a file says, as one new revision; nothing is written when nothing differs.

        Raises ModelErrors for a faulty file and Conflict when the model is not at the revision that the file says it was
        exported from (no revision in the file = written for a workspace without a model). `onto` takes the place of the
        file's revision, for those who have looked at the differences. A metric that counts something else than before under the
        same version raises BadInput; with `new_versions` it is given a new one.
        """
        came = self.check(text, file)
        kept = self._kept()
        changes = diff_models(kept.experience if kept else None, came.experience)
        if not changes:
            return Applied(kept.revision if kept else 0, ())
        base = came.revision if onto is None else onto
        if (base or 0) != (kept.revision if kept else 0):
            raise Conflict(_moved_on(file, base, kept))
        after, made = came.experience, tuple[SilentChange, ...]()
        if kept is not None:
            after, made = _versioned(kept.experience, came.experience, file, new_versions)
            changes = diff_models(kept.experience, after)
        revision = self._records.save(KIND, ID, to_document(after), expected=base or 0, member=member, why=why)
        if after == came.experience:  # Not where metrics were given new versions, which the text does not say.
            self._keep_text(text, revision, member)
        return Applied(revision, changes, made)

    def _keep_text(self, text: str | bytes, revision: int, member: str) -> None:
        """Keep what a revision was applied from. Another may be kept at the same moment: then the newest revision's own is not, and it is
        exported without its comments."""
        words = (text if isinstance(text, str) else text.decode("utf-8-sig")).removeprefix("\ufeff")
        if not _COMMENT.search(words):  # All of it can be written anew from the model.
            return
        document = {"text": words, "revision": revision}
        with suppress(Conflict):
            self._records.save(TEXT_KIND, ID, document, expected=self._records.revision(TEXT_KIND, ID), member=member)

    def history(self) -> tuple[Record, ...]:
        """Every revision of the model, newest first."""
        return self._records.history(KIND, ID)

    def metric_history(self, id: str) -> tuple[MetricVersion, ...]:
        """Every version that a metric of the model has had, newest first; none for one that the model does not have."""
        return metric_history(self.history(), id)

    def subject_history(self, metric: str, subject: str) -> tuple[MetricVersion, ...]:
        """Every meaning that the task, journey or question behind a metric of the catalogue has had, newest first."""
        revision = self._records.revision(KIND, ID)
        if self._histories[0] != revision:
            self._histories = (revision, {})
        known = self._histories[1]
        if (metric, subject) not in known:
            said = [(record, one) for record in self.history() if (one := self._says(record)) is not None]
            known[metric, subject] = subject_history(said, metric, subject)
        return known[metric, subject]

    def journey_versions(self, journey: str) -> tuple[JourneyVersion, ...]:
        """Every design that a journey has had, newest first; none for an unknown one."""
        return versions_of(((record, one) for record in self.history() if (one := self._says(record)) is not None), journey)

    def said(self, revision: int) -> Experience:
        """What the model said at a revision; raises Missing where there is none, or one of a format that is read no longer."""
        record = next((one for one in self.history() if one.revision == revision), None)
        found = self._says(record) if record is not None else None
        if found is None:
            raise Missing(
                f"The model has no revision {revision} that can be read. The newest is {self._records.revision(KIND, ID)}."
            )
        return found

    def _says(self, record: Record) -> Experience | None:
        """What a revision says, read once, as it never changes; None for one of a format that is read no longer."""
        if record.revision not in self._read:
            try:
                self._read[record.revision] = parse_document(record.document)
            except TouchpathError:
                return None
        return self._read[record.revision]

    def clear(self) -> None:
        """Read the model again when it is next asked for, as after an erasure."""
        self._newest, self._read, self._histories = None, {}, (0, {})

    def _kept(self) -> KeptModel | None:
        """The newest revision, read once and then kept, as a revision never changes."""
        newest, revision = self._newest, self._records.revision(KIND, ID)
        if revision == 0:
            return None
        if newest is None or newest.revision != revision:
            record = self._records.load(KIND, ID, revision)
            newest = KeptModel(parse_document(record.document), revision, record.member, record.at, record.why)
            self._newest = newest
        return newest


def with_revision(text: str, revision: int) -> str:
    """The text of a model with the revision that it is of, below its format."""
    line = f"revision: {revision}"
    if re.search(r"^revision:.*$", text, re.M):
        return re.sub(r"^revision:.*$", line, text, count=1, flags=re.M)
    return re.sub(r"^(format:.*)$", rf"\1\n{line}", text, count=1, flags=re.M)


def _versioned(
    before: Experience, after: Experience, file: str, new_versions: bool
) -> tuple[Experience, tuple[SilentChange, ...]]:
    """The model to keep: refused, or given new versions, where a metric counts something else under the same version."""
    if new_versions:
        return with_new_versions(before, after)
    if silent := silent_changes(before, after):
        raise BadInput("\n".join(f"{file}: {one}" for one in silent))
    return after, ()


def _moved_on(file: str, base: int | None, kept: KeptModel | None) -> str:
    """Why a file cannot be applied as it is, and what to do."""
    if kept is None:
        return f"{file} was exported from revision {base}, but this workspace has no model yet. Take 'revision' out of the file."
    now = f"the model is at revision {kept.revision} (saved by {kept.member}{f': {kept.why}' if kept.why else ''})"
    then = "does not say which revision it changes" if base is None else f"was exported from revision {base}"
    return (
        f"{file} {then}, but {now}. See what differs with 'touchpath model diff', bring in what is missing from "
        f"'touchpath model export', then write 'revision: {kept.revision}' at the top of the file."
    )
