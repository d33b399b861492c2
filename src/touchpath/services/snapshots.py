"""Snapshots: answers kept as they were, so that a review can be read again later, and what has changed since."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from touchpath.model.errors import BadInput, Conflict, Missing, unknown
from touchpath.services.measure_document import kept_document
from touchpath.services.queries.reading import Document
from touchpath.services.results import Measurement, QueryAnswer
from touchpath.store.records import Record, RecordStore

KIND = "snapshot"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One answer as it was. `document`: the query or the metric; `answer`: as in kept_document, with the data version that it rests on."""

    id: str
    document: Document
    answer: Mapping[str, Any]
    member: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One value that is no longer what a snapshot says. `row` tells which, by the row's texts and times; None = blank or not there."""

    table: str
    row: str
    column: str
    then: Any
    now: Any


class SnapshotService:
    """The snapshots of one workspace. A snapshot is written once and never changed."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records

    def take(self, id: str, document: Document, answer: QueryAnswer | Measurement, member: str, why: str = "") -> Snapshot:
        """Keep an answer under a name of its own; raises Conflict when the name is taken."""
        if not _ID.fullmatch(id):
            raise BadInput(f"'{id}' cannot name a snapshot. Use up to 100 letters, digits, - _ and ., as in 2026-q1-review.")
        if self._records.revision(KIND, id):
            raise Conflict(f"There is a snapshot '{id}' already, and snapshots are never changed. Take another name.")
        kept = {"query": document if isinstance(document, str) else dict(document), "answer": kept_document(answer)}
        self._records.save(KIND, id, kept, expected=0, member=member, why=why)
        return self.show(id)

    def show(self, id: str) -> Snapshot:
        """A snapshot as it was taken; raises Missing."""
        if not self._records.revision(KIND, id):
            raise Missing(unknown("snapshot", id, (record.id for record in self._records.list(KIND))))
        return _snapshot(self._records.load(KIND, id))

    def list(self) -> tuple[Snapshot, ...]:
        """All snapshots, newest first."""
        return tuple(sorted(map(_snapshot, self._records.list(KIND)), key=lambda one: one.at, reverse=True))


def _snapshot(record: Record) -> Snapshot:
    document: Any = record.document["query"]
    answer: Any = record.document["answer"]
    return Snapshot(record.id, document, answer, record.member, record.at, record.why)


def changes_since(snapshot: Snapshot, now: QueryAnswer | Measurement) -> tuple[Changed, ...]:
    """Every value that differs between a snapshot and today's answer to the same question; rows are known by their texts and times.

    A metric that has another version by now says so first: the two numbers count different things.
    """
    today = kept_document(now)
    before, after = (_values(document["tables"]) for document in (snapshot.answer, today))
    found = list(_versions(snapshot.answer, today))
    for place in (*before, *(place for place in after if place not in before)):
        then, new = before.get(place), after.get(place)
        if then != new:
            found.append(Changed(*place, then, new))
    return tuple(found)


def _versions(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Changed]:
    was, now_is = (document.get("definition", {}).get("version") for document in (then, now))
    if was != now_is:
        yield Changed("definition", str(now.get("definition", {}).get("metric", "")), "version", was, now_is)


def _values(tables: Mapping[str, list[Mapping[str, Any]]]) -> dict[tuple[str, str, str], Any]:
    """Every number of some tables by table, row and column."""
    return {
        (table, row, column): value
        for table, records in tables.items()
        for record, row in zip(records, _rows(records), strict=True)
        for column, value in _numbers(record)
    }


def _rows(records: list[Mapping[str, Any]]) -> Iterator[str]:
    """What each row is called: its texts and times; a repeated name gets a number."""
    seen: dict[str, int] = {}
    for record in records:
        name = " ".join(value for value in record.values() if isinstance(value, str) and value)
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})"


def _numbers(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for column, value in record.items():
        if isinstance(value, Mapping):
            yield column, value.get("value")
        elif not isinstance(value, str):
            yield column, value
