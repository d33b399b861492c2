"""What happened at a moment and may have moved numbers: releases, new policies, campaigns, outages. Marked on every trend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args
from uuid import uuid4

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.store.records import Record, RecordStore

KIND = "happening"
Sort = Literal["release", "policy", "campaign", "outage", "other"]
SORTS: tuple[str, ...] = get_args(Sort)
_LONGEST_TITLE, _LONGEST = 120, 500


@dataclass(frozen=True, slots=True)
class Happening:
    """A day of the workspace's zone on which something changed."""

    day: date
    title: str
    sort: str = "release"
    about: str = ""


@dataclass(frozen=True, slots=True)
class KeptHappening:
    """The same as it is kept, with who entered it and when."""

    id: str
    happening: Happening
    member: str
    at: datetime


class Happenings:
    """What happened, as a workspace keeps it."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def add(self, happening: Happening, member: str) -> KeptHappening:
        """Keep one; raises BadInput for one that says nothing."""
        if problem := _problem(happening):
            raise BadInput(problem)
        id = uuid4().hex[:12]
        document = asdict(happening) | {"day": happening.day.isoformat()}
        self._records.save(KIND, id, document, expected=0, member=member)
        return _read(self._records.load(KIND, id))

    def list(self) -> tuple[KeptHappening, ...]:
        """All of them, the newest day first."""
        found = [_read(record) for record in self._records.list(KIND) if not record.document.get("taken_back")]
        return tuple(sorted(found, key=lambda one: (one.happening.day, one.at, one.id), reverse=True))

    def take_back(self, id: str, member: str) -> KeptHappening:
        """Mark it no longer; its record stays in the history. Raises Missing."""
        kept = {one.id: one for one in self.list()}
        if id not in kept:
            raise Missing(unknown("happening", id, kept))
        record = self._records.load(KIND, id)
        document = {**record.document, "taken_back": True}
        self._records.save(KIND, id, document, expected=record.revision, member=member)
        return kept[id]

    def bring_back(self, id: str, member: str) -> KeptHappening:
        """Undo `take_back`; raises Missing."""
        record = self._records.load(KIND, id)
        document = {name: value for name, value in record.document.items() if name != "taken_back"}
        self._records.save(KIND, id, document, expected=record.revision, member=member)
        return _read(self._records.load(KIND, id))


def _problem(one: Happening) -> str:
    """Why it cannot be kept; "" when it can."""
    if not one.title.strip():
        return "'title' is blank. Say in a few words what happened, as in 'Version 4.2'."
    if one.sort not in SORTS:
        return f"'sort' came as '{one.sort}'. There are: {', '.join(SORTS)}."
    for name, text, longest in (("title", one.title, _LONGEST_TITLE), ("about", one.about, _LONGEST)):
        if len(text) > longest or not text.isprintable():
            return f"'{name}' has up to {longest} printable characters."
    return ""


def _read(record: Record) -> KeptHappening:
    kept: Mapping[str, Any] = record.document
    happening = Happening(date.fromisoformat(kept["day"]), kept["title"], kept["sort"], kept["about"])
    return KeptHappening(record.id, happening, record.member, record.at)
