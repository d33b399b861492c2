"""A record store for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from touchpath.model.errors import Conflict, Missing
from touchpath.store.records import Record


class RecordsInMemory:
    """A RecordStore that forgets when the test ends."""

    def __init__(self) -> None:
        self.rows: list[Record] = []

    def save(self, kind: str, id: str, document: Mapping[str, object], *, expected: int, member: str, why: str = "") -> int:
        if len(self.history(kind, id)) != expected:
            raise Conflict("changed")
        self.rows.append(Record(kind, id, expected + 1, document, member, datetime(2026, 3, 1, tzinfo=UTC), why))
        return expected + 1

    def revision(self, kind: str, id: str) -> int:
        return len(self.history(kind, id))

    def load(self, kind: str, id: str, revision: int | None = None) -> Record:
        for record in self.history(kind, id):
            if revision in (None, record.revision):
                return record
        raise Missing("none")

    def history(self, kind: str, id: str) -> tuple[Record, ...]:
        return tuple(row for row in reversed(self.rows) if (row.kind, row.id) == (kind, id))

    def list(self, kind: str) -> tuple[Record, ...]:
        return tuple({row.id: row for row in self.rows if row.kind == kind}.values())
