"""The objects of an object-centric log, kept aside in a temporary database while its events are read.

A log may name its objects after its events, and hold millions of them, so neither order nor memory can be counted on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, NamedTuple

_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536; PRAGMA temp_store = FILE;
CREATE TABLE object (id TEXT PRIMARY KEY, type TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE attribute (id TEXT NOT NULL, name TEXT NOT NULL, time TEXT NOT NULL, value TEXT, PRIMARY KEY (id, name, time)) WITHOUT ROWID;
CREATE TABLE link (id TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (id, other)) WITHOUT ROWID;
"""
#: The newest value of each attribute at a time. Times are compared as texts of one shape.
_AS_OF = """
SELECT name, value FROM attribute a WHERE id = ? AND time <= ? AND NOT EXISTS (
    SELECT 1 FROM attribute b WHERE b.id = a.id AND b.name = a.name AND b.time <= ? AND b.time > a.time)
"""
_LINKED = "SELECT o.id FROM link l JOIN object o ON o.id = l.other WHERE l.id = ? AND o.type = ? LIMIT 2"
_BATCH = 10_000

#: Attributes with this time were there from the start, as OCEL 2.0 writes it.
FROM_THE_START = "1970-01-01T00:00:00.000000"


class LogObject(NamedTuple):
    """One object: its attributes as (name, time, value), and the ids of objects that it is related to."""

    id: str
    type: str
    attributes: Sequence[tuple[str, str, Any]]
    related: Sequence[str]


class Objects:
    """Looks up objects by id: type, attributes as of a time, related persons. On disk, and gone when closed."""

    def __init__(self, objects: Iterable[LogObject]) -> None:
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.executescript(_TABLES)
        some: list[LogObject] = []
        for one in objects:
            some.append(one)
            if len(some) >= _BATCH:
                self._add(some)
                some = []
        self._add(some)
        self._database.commit()
        self._known: dict[str, str | None] = {}

    def _add(self, objects: Sequence[LogObject]) -> None:
        run = self._database.executemany
        run("INSERT OR REPLACE INTO object VALUES (?, ?)", ((one.id, one.type) for one in objects))
        run("INSERT OR REPLACE INTO attribute VALUES (?, ?, ?, ?)", _attribute_rows(objects))
        pairs = ((one.id, other) for one in objects for other in one.related)
        run("INSERT OR IGNORE INTO link VALUES (?, ?)", (pair for a, b in pairs for pair in ((a, b), (b, a))))

    def type_of(self, id: str) -> str | None:
        """What kind of thing an object is; None for one that the log does not describe."""
        if id not in self._known:
            if len(self._known) > 100_000:
                self._known.clear()
            with closing(self._database.execute("SELECT type FROM object WHERE id = ?", (id,))) as found:
                row = found.fetchone()
            self._known[id] = row[0] if row else None
        return self._known[id]

    def attributes(self, id: str, time: str) -> dict[str, Any]:
        """An object's attributes as they were at a time."""
        return {name: json.loads(value) for name, value in self._database.execute(_AS_OF, (id, time, time))}

    def related(self, ids: Sequence[str], type: str) -> str | None:
        """The one object of a type that these are related to; None when there is none or more than one."""
        found = {id for one in ids for (id,) in self._database.execute(_LINKED, (one, type))}
        return found.pop() if len(found) == 1 else None

    def types(self) -> list[str]:
        """All types of objects, most frequent first."""
        return [type for (type,) in self._database.execute("SELECT type FROM object GROUP BY type ORDER BY count(*) DESC, type")]

    def changes(self) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        """Every later change as (id, type, time, {name: value}), in the order of ids and times."""
        listed = """SELECT a.id, o.type, a.time, json_group_object(a.name, json(a.value)) FROM attribute a JOIN object o ON o.id = a.id
            WHERE a.time > ? GROUP BY a.id, o.type, a.time ORDER BY a.id, a.time"""
        for id, type, time, values in self._database.execute(listed, (FROM_THE_START,)):
            yield id, type, time, json.loads(values)

    def close(self) -> None:
        """Let go of the temporary database."""
        self._database.close()


def _attribute_rows(objects: Sequence[LogObject]) -> Iterator[tuple[str, str, str, str]]:
    for one in objects:
        for name, time, value in one.attributes:
            yield one.id, name, time, json.dumps(value)
