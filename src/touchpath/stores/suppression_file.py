"""Whom to keep out, in one SQLite file: keyed hashes, nothing that says who it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from touchpath.store.erasing import TurnedAway
from touchpath.stores.durability import make_folder

_TABLES = """
CREATE TABLE IF NOT EXISTS key (one INTEGER PRIMARY KEY CHECK (one = 1), proof BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS suppressed (hash BLOB NOT NULL, erasure TEXT NOT NULL, PRIMARY KEY (hash, erasure)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turned_away (day TEXT NOT NULL, source TEXT NOT NULL, signals INTEGER NOT NULL,
    PRIMARY KEY (day, source)) WITHOUT ROWID;
"""


class SuppressionFile:
    """A `SuppressionStore` in one file. Safe to use from several threads and beside other processes."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    @property
    def token(self) -> object:
        """The file's identity, size and time of its last change; None while there is none."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    @property
    def key_check(self) -> bytes:
        """What tells whether a key is the one that the hashes were made with; b"" while there are none."""
        rows = self._read("SELECT proof FROM key")
        return bytes(rows[0][0]) if rows else b""

    def hashes(self) -> frozenset[bytes]:
        """All of them."""
        return frozenset(bytes(hash) for (hash,) in self._read("SELECT DISTINCT hash FROM suppressed"))

    def add(self, erasure: str, hashes: Collection[bytes], key_check: bytes) -> None:
        """Keep these out from now on; durable when this returns."""
        with self._writing() as database:
            database.execute("INSERT OR IGNORE INTO key VALUES (1, ?)", (key_check,))
            database.executemany("INSERT OR IGNORE INTO suppressed VALUES (?, ?)", [(hash, erasure) for hash in hashes])

    def erasures_of(self, hash: bytes) -> tuple[str, ...]:
        """The erasures that an id belongs to; none for an id that is not kept out."""
        return tuple(str(one) for (one,) in self._read("SELECT erasure FROM suppressed WHERE hash = ? ORDER BY erasure", hash))

    def lift(self, erasure: str) -> int:
        """Let every id of one erasure in again; gives how many."""
        with self._writing() as database:
            return database.execute("DELETE FROM suppressed WHERE erasure = ?", (erasure,)).rowcount

    def count_away(self, day: date, signals: Mapping[str, int]) -> None:
        """Count signals that were turned away, by source."""
        with self._writing() as database:
            database.executemany(
                "INSERT INTO turned_away VALUES (?, ?, ?) ON CONFLICT (day, source) DO UPDATE SET signals = signals + excluded.signals",
                [(day.isoformat(), source, count) for source, count in signals.items()],
            )

    def turned_away(self) -> tuple[TurnedAway, ...]:
        """What was turned away, newest day first."""
        rows = self._read("SELECT day, source, signals FROM turned_away ORDER BY day DESC, source")
        return tuple(TurnedAway(date.fromisoformat(day), source, signals) for day, source, signals in rows)

    def _read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        if not self._path.exists():
            return []
        with self._writing() as database:
            return database.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        make_folder(self._path.parent)
        with closing(sqlite3.connect(self._path, timeout=30)) as database:
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA secure_delete = ON")
            database.executescript(_TABLES)
            with database:
                yield database
