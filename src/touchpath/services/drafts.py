"""The draft of a workspace's model: changed in the browser, by forms or as text, seen beside what is published, then published or dropped.

One draft is shared by all members, as they share the model. Each change is a revision of the draft, so that it can be taken back. A draft
is always a model that can be read; what cannot stays in the form that it came from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from touchpath.model.diff import Change, diff_models
from touchpath.model.document import dump_model, to_document
from touchpath.model.edits import Plain
from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.model.experience import Brand, Experience
from touchpath.model.parse import parse_document
from touchpath.model.splice import write_onto
from touchpath.services.models import Applied, ModelService
from touchpath.store.records import RecordStore

KIND, ID = "model_draft", "experience"


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft as it stands. base: the published revision that it changes; revision: of the draft, 0 = none was ever begun.

    open: whether there is a draft at all; without one the text is that of the published model. behind: the model was published since.
    """

    text: str
    experience: Experience
    base: int
    revision: int
    open: bool
    behind: bool
    changes: tuple[Change, ...] = ()
    member: str = ""
    at: datetime | None = None
    why: str = ""

    @property
    def document(self) -> Plain:
        """The model as plain values."""
        return dict(to_document(self.experience))


class DraftService:
    """The draft of one workspace. name, title: of a workspace without a model, whose first draft begins with them."""

    def __init__(self, records: RecordStore, models: ModelService, name: str, title: str) -> None:
        self._records, self._models, self._name, self._title = records, models, name, title

    def show(self) -> Draft:
        """The draft, or the published model where nobody began one."""
        published, revision = self._published()
        kept = self._records.revision(KIND, ID)
        record = self._records.load(KIND, ID) if kept else None
        if record is None or not record.document.get("text"):
            return Draft(self._models.text() or dump_model(published, revision or None), published, revision, kept, False, False)
        text, base = str(record.document["text"]), int(str(record.document["base"]))
        experience = self._models.check(text, "draft").experience
        changes = diff_models(published if revision else None, experience)
        return Draft(text, experience, base, kept, True, base != revision, changes, record.member, record.at, record.why)

    def change(self, edit: Callable[[Plain], Plain], onto: int, member: str, why: str) -> Draft:
        """Change the draft by its values; raises ModelErrors for what can then not be read, and Conflict when somebody else changed it."""
        now = self._at(onto)
        document: Any = edit(now.document)
        after = parse_document(document, "draft")
        if after == now.experience:
            return now
        return self.write(write_onto(now.text, now.experience, after, now.base or None), onto, member, why)

    def write(self, text: str, onto: int, member: str, why: str = "as text") -> Draft:
        """Make the draft what a text says; raises ModelErrors and Conflict, and then keeps nothing."""
        now = self._at(onto)
        self._models.check(text, "draft")
        if text == now.text:
            return now
        self._records.save(KIND, ID, {"text": text, "base": now.base}, expected=onto, member=member, why=why)
        return self.show()

    def undo(self, revision: int, member: str) -> Draft:
        """Take the last change back: the draft says again what it said before."""
        now = self.show()
        if revision < 1 or now.revision != revision:
            raise Conflict(f"The draft is at revision {now.revision} by now, so revision {revision} is not taken back.")
        before = dict(self._records.load(KIND, ID, revision - 1).document) if revision > 1 else {"text": "", "base": 0}
        self._records.save(KIND, ID, before, expected=revision, member=member, why=f"revision {revision} taken back")
        return self.show()

    def discard(self, member: str) -> Draft:
        """Drop the draft; like any change it can be taken back."""
        now = self.show()
        if not now.open:
            raise BadInput("There is no draft to drop.")
        self._records.save(KIND, ID, {"text": "", "base": 0}, expected=now.revision, member=member, why="dropped")
        return self.show()

    def publish(self, onto: int, member: str, why: str, *, new_versions: bool = False) -> Applied:
        """Make the draft the model. Raises Conflict when the model was published since the draft began, or the draft was changed."""
        now = self._at(onto)
        if not now.open:
            raise BadInput("There is no draft to publish. Change something first.")
        applied = self._models.apply(now.text, member, why, file="draft", onto=now.base, new_versions=new_versions)
        self._records.save(
            KIND, ID, {"text": "", "base": 0}, expected=onto, member=member, why=f"published as revision {applied.revision}"
        )
        return applied

    def _at(self, onto: int) -> Draft:
        now = self.show()
        if now.revision != onto:
            who = now.member or "Somebody"
            raise Conflict(f"{who} changed the draft in the meantime. Look at it as it is now, and make your change again.")
        return now

    def _published(self) -> tuple[Experience, int]:
        try:
            return self._models.current()
        except Missing:
            return Experience(Brand(self._name, self._title)), 0
