"""Versions of a model's metrics: what one means, whether that changed without a new version, and what was changed when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from touchpath.model.experience import Experience
from touchpath.model.metric_definition import MetricDefinition
from touchpath.model.parse import parse_document
from touchpath.services.meanings import meaning_of_subject, meanings_in
from touchpath.store.records import Record

#: What a metric counts. Its title, words, owner and place in the experience may change without making it another metric.
_MEANING = (
    "kind",
    "numerator",
    "denominator",
    "metric",
    "query",
    "question",
    "points",
    "quantile",
    "per",
    "parts",
    "together",
)


@dataclass(frozen=True, slots=True)
class SilentChange:
    """A metric that counts something else than before under a version that is not higher, or whose version goes back.

    keys: what changed of what it counts.
    """

    id: str
    was: int
    now: int
    keys: tuple[str, ...]

    @property
    def needed(self) -> int:
        """The lowest version that it may have."""
        return self.was + 1 if self.keys else self.was

    def __str__(self) -> str:
        if not self.keys:
            return f"metrics/{self.id}: its version goes back from {self.was} to {self.now}. Write 'version: {self.was}'."
        said = (
            f"its version is still {self.now}" if self.now == self.was else f"its version goes back from {self.was} to {self.now}"
        )
        return (
            f"metrics/{self.id}: {', '.join(self.keys)} changed, so it counts something else than before, but {said}. Write "
            f"'version: {self.needed}', so that numbers from before and after are told apart, or give it another id."
        )


@dataclass(frozen=True, slots=True)
class MetricVersion:
    """A version of a metric: since when, who made it and why. keys: what it changed of what is counted; none for the first."""

    version: int
    since: datetime
    member: str
    why: str
    keys: tuple[str, ...] = ()


def meaning(of: MetricDefinition, experience: Experience) -> dict[str, Any]:
    """What a metric counts, by key. An item counts by its question, a composite by the versions of its parts and what they are measured of, and a
    query by the tasks, journeys and whatever else of the model it names."""
    found = {key: getattr(of, key) for key in _MEANING}
    if of.kind == "ratio":
        found["window"] = of.window
    if of.kind == "item":
        asked = next((one for one in experience.questions if one.id == of.question), None)
        found["the question"] = (asked.asked, asked.low, asked.high) if asked else None
    if of.kind == "composite":
        versions = {one.id: one.version for one in experience.metrics}
        found["a version of a part"] = tuple(versions.get(part.metric, 0) for part in of.parts)
        found["what a part is measured of"] = tuple(meaning_of_subject(experience, one.metric, one.subject) for one in of.parts)
    if of.kind == "query" and of.query is not None:
        found["what the query names"] = meanings_in(experience, of.query.plain())
    return found


def changed_keys(before: tuple[MetricDefinition, Experience], after: tuple[MetricDefinition, Experience]) -> tuple[str, ...]:
    """What of its meaning is not the same in two models."""
    was, now = meaning(*before), meaning(*after)
    return tuple(key for key in {**was, **now} if was.get(key) != now.get(key))


def silent_changes(before: Experience, after: Experience) -> tuple[SilentChange, ...]:
    """The metrics that count something else in the second model without a higher version."""
    known = {one.id: one for one in before.metrics}
    found = []
    for one in after.metrics:
        was = known.get(one.id)
        keys = changed_keys((was, before), (one, after)) if was else ()
        if was and (one.version < was.version or (keys and one.version == was.version)):
            found.append(SilentChange(one.id, was.version, one.version, keys))
    return tuple(found)


def with_new_versions(before: Experience, after: Experience) -> tuple[Experience, tuple[SilentChange, ...]]:
    """The second model with a new version for each metric that needs one, and which those were. Composites follow their parts."""
    made: list[SilentChange] = []
    while silent := silent_changes(before, after):
        made += silent
        new = {one.id: one.needed for one in silent}
        metrics = tuple(replace(one, version=new.get(one.id, one.version)) for one in after.metrics)
        after = replace(after, metrics=metrics)
    return after, tuple(made)


def metric_history(revisions: Sequence[Record], id: str) -> tuple[MetricVersion, ...]:
    """Every version that a metric of the model has had, newest first. revisions: the model's, newest first."""
    return tuple(_versions(revisions[::-1], id))[::-1]


def subject_history(revisions: Sequence[tuple[Record, Experience]], metric: str, subject: str) -> tuple[MetricVersion, ...]:
    """The meanings that what a metric of the catalogue is measured of (a task, a journey, a question) has had, newest first.

    revisions: the model's, newest first, each with what it says. Nouns have no version in the model file, so theirs are counted: 1 for the first
    meaning, one more for each that differs from the one before. keys: what of it changed.
    """
    found: list[MetricVersion] = []
    last: dict[str, Any] | None = None
    for record, experience in reversed(revisions):
        now = meaning_of_subject(experience, metric, subject)
        if now is None or now == last:
            continue
        keys = tuple(key for key in {**last, **now} if last.get(key) != now.get(key)) if last is not None else ()
        found.append(MetricVersion(len(found) + 1, record.at, record.member, record.why, keys))
        last = now
    return tuple(found[::-1])


def _versions(revisions: Sequence[Record], id: str) -> Iterator[MetricVersion]:
    last: tuple[MetricDefinition, Experience] | None = None
    for record in revisions:
        if not any(isinstance(one, dict) and one.get("id") == id for one in _listed(record)):
            continue
        experience = parse_document(record.document)
        now = next(one for one in experience.metrics if one.id == id)
        if last is None or now.version != last[0].version:
            keys = changed_keys(last, (now, experience)) if last else ()
            yield MetricVersion(now.version, record.at, record.member, record.why, keys)
        last = now, experience


def _listed(record: Record) -> Sequence[object]:
    metrics = record.document.get("metrics")
    return metrics if isinstance(metrics, list) else ()
