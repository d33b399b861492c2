"""Counts of live posts in one small SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from itertools import groupby
from pathlib import Path

from touchpath.store.intake_counts import IntakeDay
from touchpath.stores.durability import make_folder

_TABLES = """
CREATE TABLE IF NOT EXISTS counts (day TEXT NOT NULL, source TEXT NOT NULL, what TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (day, source, what)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS done (batch TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID;
"""
_ADD = """INSERT INTO counts (day, source, what, count) VALUES (?, ?, ?, ?)
ON CONFLICT (day, source, what) DO UPDATE SET count = count + excluded.count"""
_DONE = "INSERT INTO done (batch, place) VALUES (?, ?) ON CONFLICT (batch) DO UPDATE SET place = excluded.place"


class IntakeCountsFile:
    """`IntakeCounts` in one SQLite file."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def add(self, batch: str, place: int, days: Sequence[IntakeDay]) -> None:
        """Count what a batch came to, once."""
        rows = [(one.day.isoformat(), one.source, what, n) for one in days for what, n in one.counts.items() if n]
        with self._open() as database:
            last = database.execute("SELECT place FROM done WHERE batch = ?", (batch,)).fetchone()
            if last is None or last[0] < place:
                database.executemany(_ADD, rows)
                database.execute(_DONE, (batch, place))

    def days(self, since: date | None = None) -> Sequence[IntakeDay]:
        """All counts since a day, newest first."""
        if not self._path.exists():
            return []
        asked = "SELECT day, source, what, count FROM counts WHERE day >= ? ORDER BY day DESC, source, what"
        with self._open() as database:
            rows = database.execute(asked, ((since or date.min).isoformat(),)).fetchall()
        grouped = groupby(rows, key=lambda row: (row[0], row[1]))
        return [
            IntakeDay(date.fromisoformat(day), source, {what: count for _, _, what, count in some})
            for (day, source), some in grouped
        ]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        make_folder(self._path.parent)
        with closing(sqlite3.connect(self._path, timeout=30)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.executescript(_TABLES)
            with database:
                yield database
