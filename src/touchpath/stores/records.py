"""Records in SQLite (by default) or PostgreSQL, one row per revision."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.model.time import from_micros, to_micros
from touchpath.store.records import Record
from touchpath.stores.database import Database, as_json, open_database
from touchpath.stores.record_tables import RECORDS
from touchpath.stores.record_words import is_about, names_any, without

_LONGEST = {"kind": 64, "id": 200, "member": 200, "why": 10_000}


def utc_now() -> datetime:
    """The time on the clock, in UTC."""
    return datetime.now(UTC)


class SqlRecords:
    """A RecordStore in an SQL database. Safe to use from several threads and beside other processes."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self.database, self._clock = database, clock
        self._reading, self._writing = database.reading, database.writing

    def save(self, kind: str, id: str, document: Mapping[str, object], *, expected: int, member: str, why: str = "") -> int:
        """Keep the next revision of a record and give its number; raises Conflict, BadInput or Unavailable."""
        words = _checked_words(kind=kind, id=id, member=member, why=why)
        numbers = {"revision": expected + 1, "saved_micros": to_micros(self._clock())}
        row = {**words, **numbers, "document": _checked(kind, id, document)}
        try:
            with self._writing() as connection:
                current = _newest(connection, kind, id)
                if current != expected:
                    raise _conflict(kind, id, expected, current)
                connection.execute(sa.insert(RECORDS), row)
        except IntegrityError as error:
            raise _conflict(kind, id, expected, self.revision(kind, id)) from error
        return expected + 1

    def revision(self, kind: str, id: str) -> int:
        """The newest revision of a record, 0 when there is none; cheaper than loading it."""
        with self._reading() as connection:
            return _newest(connection, kind, id)

    def stamp(self, kind: str) -> tuple[int, int]:
        """How many revisions all records of a kind have, and when the last was saved (microseconds)."""
        query = sa.select(sa.func.count(), sa.func.max(RECORDS.c.saved_micros)).where(RECORDS.c.kind == kind)
        with self._reading() as connection:
            count, last = connection.execute(query).one()
        return int(count), int(last or 0)

    def load(self, kind: str, id: str, revision: int | None = None) -> Record:
        """The newest revision of a record, or the one asked for; raises Missing."""
        query = sa.select(RECORDS).where(RECORDS.c.kind == kind, RECORDS.c.id == id)
        if revision is not None:
            query = query.where(RECORDS.c.revision == revision)
        found = self._records(query.order_by(RECORDS.c.revision.desc()).limit(1))
        if not found:
            which = "" if revision is None else f" in revision {revision}"
            raise Missing(f"There is no {kind} '{id}'{which}.")
        return found[0]

    def history(self, kind: str, id: str) -> tuple[Record, ...]:
        """All revisions of a record, newest first; empty when there is none."""
        query = sa.select(RECORDS).where(RECORDS.c.kind == kind, RECORDS.c.id == id)
        return self._records(query.order_by(RECORDS.c.revision.desc()))

    def list(self, kind: str) -> tuple[Record, ...]:
        """The newest revision of every record of a kind, by id."""
        newest = (
            sa.select(RECORDS.c.id, sa.func.max(RECORDS.c.revision).label("revision"))
            .where(RECORDS.c.kind == kind)
            .group_by(RECORDS.c.id)
            .subquery()
        )
        same = sa.and_(RECORDS.c.id == newest.c.id, RECORDS.c.revision == newest.c.revision)
        found = self._records(sa.select(RECORDS).join(newest, same).where(RECORDS.c.kind == kind))
        return tuple(sorted(found, key=lambda record: record.id))

    def naming(self, words: Sequence[str]) -> Iterator[Record]:
        """Every revision of every record that holds one of these ids or texts."""
        return (record for record in self._every() if names_any(record, words))

    def forget(self, words: Sequence[str]) -> int:
        """Erase these ids and texts from every revision of every record, and from the database's free space; gives how many went.

        A record about one of them (its id, or what a field of it says, is exactly one) goes whole; elsewhere the words are replaced.
        """
        with self._writing() as connection:
            found = [record for record in map(_record, connection.execute(sa.select(RECORDS))) if names_any(record, words)]
            for record in found:
                self._forget_one(connection, record, words)
        self.database.scrub(RECORDS)  # Also when nothing was found: a kill may have come between the two last time.
        return len(found)

    def _forget_one(self, connection: sa.Connection, record: Record, words: Sequence[str]) -> None:
        same = sa.and_(RECORDS.c.kind == record.kind, RECORDS.c.id == record.id)
        if is_about(record, words):
            connection.execute(sa.delete(RECORDS).where(same))
            return
        left = without(record, words)
        this = sa.and_(same, RECORDS.c.revision == record.revision)
        connection.execute(sa.update(RECORDS).where(this).values(document=left.document, member=left.member, why=left.why))

    def _every(self) -> tuple[Record, ...]:
        return self._records(sa.select(RECORDS).order_by(RECORDS.c.kind, RECORDS.c.id, RECORDS.c.revision))

    def close(self) -> None:
        """Let go of all connections."""
        self.database.close()

    def _records(self, query: sa.Select[Any]) -> tuple[Record, ...]:
        with self._reading() as connection:
            return tuple(_record(row) for row in connection.execute(query))


def open_records(place: str | Path, clock: Callable[[], datetime] = utc_now) -> SqlRecords:
    """The records of a workspace, their tables brought up to date.

    `place`: a file (SQLite) or a database URL ("postgresql://user@host/name", "sqlite:///file"). Raises BadInput for a URL
    that cannot be read and for records of a newer version, Unavailable when the database does not answer.
    """
    return SqlRecords(open_database(place), clock)


def _newest(connection: sa.Connection, kind: str, id: str) -> int:
    newest = sa.select(sa.func.max(RECORDS.c.revision)).where(RECORDS.c.kind == kind, RECORDS.c.id == id)
    return connection.scalar(newest) or 0


def _checked(kind: str, id: str, document: Mapping[str, object]) -> dict[str, object]:
    """The document as a JSON object; raises BadInput when it is none."""
    try:
        text = as_json(dict(document))
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"The document of {kind} '{id}' is not JSON: {error}.") from error
    plain: dict[str, object] = json.loads(text)
    return plain


def _checked_words(**words: str) -> dict[str, str]:
    """The words of a record as any database can keep them; raises BadInput when they are too long or not text."""
    for name, word in words.items():
        if any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in word):
            raise BadInput(f"The {name} of a record holds a character that cannot be kept. Take it out.")
        if len(word) > _LONGEST[name]:
            raise BadInput(f"The {name} of a record has {len(word):,} characters; at most {_LONGEST[name]:,} are kept.")
    return words


def _conflict(kind: str, id: str, expected: int, current: int) -> Conflict:
    return Conflict(
        f"The {kind} '{id}' is at revision {current}, but this change was made from revision {expected}. "
        "Read the newest revision, and make the change again."
    )


def _record(row: sa.Row[Any]) -> Record:
    return Record(row.kind, row.id, row.revision, row.document, row.member, from_micros(row.saved_micros), row.why)
