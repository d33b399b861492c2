"""Copies of a workspace that somebody has taken: where they are, so that an erasure can say which still hold a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from touchpath.model.errors import BadInput, Conflict, Missing, unknown
from touchpath.store.records import Record, RecordStore

KIND = "backup"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that exists: its name, where it is, when it was taken."""

    id: str
    place: str
    taken_at: datetime


class Backups:
    """The list of copies. Only as good as those who keep it: what nobody noted is not known."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def note(self, id: str, place: str, taken_at: datetime, member: str, why: str = "") -> Backup:
        """Note that a copy was taken; raises Conflict when the name is taken."""
        if not _ID.fullmatch(id):
            raise BadInput(f"'{id}' cannot name a backup. Use up to 100 letters, digits, - _ and ., as in 2026-03-01-nightly.")
        if self._records.revision(KIND, id):
            raise Conflict(f"There is a backup '{id}' already. Take another name.")
        document = {"place": place, "taken_at": taken_at.isoformat(), "gone": False}
        self._records.save(KIND, id, document, expected=0, member=member, why=why)
        return Backup(id, place, taken_at)

    def gone(self, id: str, member: str, why: str = "") -> None:
        """Note that a copy exists no more; raises Missing."""
        if not self._records.revision(KIND, id):
            raise Missing(unknown("backup", id, (one.id for one in self.kept())))
        record = self._records.load(KIND, id)
        self._records.save(KIND, id, {**record.document, "gone": True}, expected=record.revision, member=member, why=why)

    def kept(self) -> tuple[Backup, ...]:
        """Copies that exist, newest first."""
        found = (_backup(record) for record in self._records.list(KIND) if not record.document["gone"])
        return tuple(sorted(found, key=lambda one: one.taken_at, reverse=True))

    def holding(self, since: datetime | None) -> tuple[Backup, ...]:
        """Copies that were taken after a time, when the first signal in question had come; None = there was no signal."""
        return () if since is None else tuple(one for one in self.kept() if one.taken_at >= since)


def _backup(record: Record) -> Backup:
    return Backup(record.id, str(record.document["place"]), datetime.fromisoformat(str(record.document["taken_at"])))
