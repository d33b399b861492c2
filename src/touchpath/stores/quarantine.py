"""Records that could not be taken, kept with the reason until somebody mends and replays them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from touchpath.store.signals import Rejected, RejectedGroup, reason_pattern
from touchpath.stores.actors_in_texts import holds_actor
from touchpath.stores.durability import make_folder

_TABLE = """
CREATE TABLE IF NOT EXISTS rejected (job TEXT NOT NULL, place TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL,
    record TEXT NOT NULL, pattern TEXT, PRIMARY KEY (job, place, line)) WITHOUT ROWID;
"""
#: Files made before reasons were grouped have no patterns; each row gets its own once.
_NO_PATTERN = "SELECT 1 FROM pragma_table_info('rejected') WHERE name = 'pattern'"
_BY_PATTERN = "CREATE INDEX IF NOT EXISTS rejected_by_pattern ON rejected (job, pattern)"
_KEEP = "INSERT OR REPLACE INTO rejected (job, place, line, reason, record, pattern) VALUES (?, ?, ?, ?, ?, ?)"
_GROUPS = (
    "SELECT job, pattern, count(*) AS records FROM rejected GROUP BY job, pattern ORDER BY records DESC, job, pattern LIMIT ?"
)
#: By the index of patterns, which ends with place and line: SQLite by itself would read all records of the job in their order.
_OF_GROUP = """
SELECT place, line, reason, record FROM rejected INDEXED BY rejected_by_pattern WHERE job = ? AND pattern = ? ORDER BY place, line LIMIT ?
"""
_ONE_JOB = "SELECT place, line, reason, record FROM rejected WHERE job = ? ORDER BY place, line LIMIT ?"
_ALL_JOBS = "SELECT place, line, reason, record FROM rejected ORDER BY job, place, line LIMIT ?"
_DROP = "DELETE FROM rejected WHERE job = ? AND place = ? AND line = ?"
_NO_LIMIT = -1


class QuarantineFile:
    """A `Quarantine` in one SQLite file: durable when `keep` returns, one entry per job, place and line, erasable."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def keep(self, job: str, rejected: Iterable[Rejected]) -> None:
        """Keep these records; one that was kept before for the same job, place and line is replaced."""
        with self._open() as database:
            rows = ((job, one.place, one.line, one.reason, one.record, reason_pattern(one.reason)) for one in rejected)
            database.executemany(_KEEP, rows)

    def rejected(self, job: str | None = None, *, limit: int = 10_000) -> list[Rejected]:
        """The first records of a job (or of all jobs), by place and line; `count` tells whether there are more."""
        return list(self._read(job, limit))

    def replay(self, job: str) -> Iterator[Rejected]:
        """Every record of a job, one at a time, however many there are."""
        return self._read(job, _NO_LIMIT)

    def count(self, job: str | None = None) -> int:
        """How many records are kept for a job, or in all."""
        if not self._path.exists():
            return 0
        with self._open() as database:
            asked = "SELECT count(*) FROM rejected WHERE job = ?" if job is not None else "SELECT count(*) FROM rejected"
            return int(database.execute(asked, () if job is None else (job,)).fetchone()[0])

    def jobs(self) -> dict[str, int]:
        """How many records are kept for each job that has any."""
        if not self._path.exists():
            return {}
        with self._open() as database:
            return dict(database.execute("SELECT job, count(*) FROM rejected GROUP BY job ORDER BY job").fetchall())

    def groups(self, *, limit: int = 10_000) -> list[RejectedGroup]:
        """How many records each job has for each reason, most first."""
        if not self._path.exists():
            return []
        with self._open() as database:
            return [RejectedGroup(*row) for row in database.execute(_GROUPS, (limit,))]

    def of_group(self, job: str, pattern: str = "", *, limit: int = -1) -> Iterator[Rejected]:
        """The records of a job that were refused for one reason ("" = for any), by place and line, one at a time."""
        if not self._path.exists():
            return
        asked, values = (_OF_GROUP, (job, pattern, limit)) if pattern else (_ONE_JOB, (job, limit))
        with self._open() as database:
            for place, line, reason, record in database.execute(asked, values):
                yield Rejected(place, line, reason, record)

    def give_up(self, job: str, pattern: str = "") -> int:
        """Erase the records of a job that were refused for one reason ("" = for any); gives how many went."""
        if not self._path.exists():
            return 0
        with self._open() as database:
            asked = "DELETE FROM rejected WHERE job = ? AND (pattern = ? OR ? = '')"
            return database.execute(asked, (job, pattern, pattern)).rowcount

    def release(self, job: str, taken: Iterable[Rejected]) -> None:
        """Drop records that have been mended and taken, or given up."""
        with self._open() as database:
            database.executemany(_DROP, ((job, one.place, one.line) for one in taken))

    def release_all(self, job: str) -> int:
        """Drop every record of a job, from the file's free space too; gives how many went."""
        if not self._path.exists():
            return 0
        with self._open() as database:
            gone = database.execute("DELETE FROM rejected WHERE job = ?", (job,)).rowcount
        self._vacuum()
        return gone

    def naming(self, actors: Sequence[str]) -> Iterator[Rejected]:
        """Every record that names one of these actors, as `forget` would find it."""
        return (one for one in self._read(None, _NO_LIMIT) if holds_actor(f"{one.place} {one.reason} {one.record}", actors))

    def forget(self, actors: Sequence[str]) -> int:
        """Erase every record that names one of these actors, from the file's free space too; gives how many went.

        A record names an actor if it holds the whole id, the id without namespace as a word of its own (a short one only where a
        field is named as one of a person, as numbers of fewer than 6 characters mean anything), or an e-mail address whose
        SHA-256 is the id.
        """
        if not self._path.exists():
            return 0
        with self._open() as database:
            rows = database.execute("SELECT job, place, line, place || ' ' || reason || ' ' || record FROM rejected")
            named = [(job, place, line) for job, place, line, told in rows if holds_actor(told, actors)]
            database.executemany(_DROP, named)
        self._vacuum()
        return len(named)

    def _vacuum(self) -> None:
        with self._open() as database:
            database.commit()
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _read(self, job: str | None, limit: int) -> Iterator[Rejected]:
        if not self._path.exists():
            return
        with self._open() as database:
            asked = database.execute(_ALL_JOBS, (limit,)) if job is None else database.execute(_ONE_JOB, (job, limit))
            for place, line, reason, record in asked:
                yield Rejected(place, line, reason, record)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        make_folder(self._path.parent)
        with closing(sqlite3.connect(self._path, timeout=30)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA secure_delete = ON")
            database.executescript(_TABLE)
            if database.execute(_NO_PATTERN).fetchone() is None:
                _add_patterns(database)
            database.execute(_BY_PATTERN)
            with database:
                yield database


def _add_patterns(database: sqlite3.Connection) -> None:
    """Group what was kept before there were groups; done whole or not at all."""
    with database:
        database.create_function("reason_pattern", 1, reason_pattern, deterministic=True)
        database.execute("BEGIN IMMEDIATE")
        if database.execute(_NO_PATTERN).fetchone() is None:
            database.execute("ALTER TABLE rejected ADD COLUMN pattern TEXT")
            database.execute("UPDATE rejected SET pattern = reason_pattern(reason)")
