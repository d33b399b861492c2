"""The spool: accepted posts in one SQLite file, synced before anybody is told that they were taken."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pyarrow as pa

from touchpath.model.errors import Unavailable
from touchpath.store.spool import Post, Spooled
from touchpath.stores.durability import make_folder

_TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS posts (place INTEGER PRIMARY KEY AUTOINCREMENT, form TEXT NOT NULL, size INTEGER NOT NULL,
    about BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS identity (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL);
INSERT OR IGNORE INTO identity VALUES (1, lower(hex(randomblob(16))));
COMMIT;
"""
_KEEP = "INSERT INTO posts (form, size, about, body) VALUES (?, ?, ?, ?)"
_NEXT = "SELECT place, form, size, about, body FROM posts WHERE place > ? ORDER BY place"
#: SQLite keeps the last place that it gave in a table of its own (sqlite.org/autoinc.html); without a row there was none yet.
_FIRST_PLACE = "INSERT INTO sqlite_sequence (name, seq) SELECT 'posts', ? WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'posts')"
_LATER_PLACES = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'posts'"
#: Smaller bodies are kept as they are: packing them saves nothing.
_WORTH_PACKING = 1024
_CODEC = "lz4"
#: Posts that wait for one sync together, at most.
_GROUP = 512
_MEGABYTE = 1 << 20


class _About(msgspec.Struct, array_like=True):
    receiver: str
    key: str
    received_at: int
    path: str
    query: str
    headers: dict[str, str]
    address: str
    internal: bool = False


_encode_about = msgspec.msgpack.Encoder().encode
_decode_about = msgspec.msgpack.Decoder(_About).decode


class SpoolFile:
    """A `Spool` in one SQLite file. One process keeps, another may read and release.

    A thread of its own writes: all posts that came while the last sync ran share the next one. limit_mb: no more is taken once
    the file holds so much, or once so much waits in memory for its sync. reserve_mb: nor when the disk has less than this left.
    """

    def __init__(self, path: str | Path, *, limit_mb: int = 1024, reserve_mb: int = 256) -> None:
        self._path = Path(path)
        self._limit, self._reserve = limit_mb * _MEGABYTE, reserve_mb * _MEGABYTE
        self._pending: deque[tuple[Post, Future[None]]] = deque()
        self._pending_bytes = 0
        self._some = threading.Condition()
        self._writer: threading.Thread | None = None
        self._closing = False
        self._refusal = ""

    @property
    def identity(self) -> str:
        """A name that is drawn when the file is made."""
        with self._open() as database:
            return str(database.execute("SELECT name FROM identity").fetchone()[0])

    @property
    def begun(self) -> bool:
        """Whether it ever kept anything, here or where it was copied from."""
        return self._path.exists()

    def keep(self, post: Post) -> Future[None]:
        """Durable when the future is done; fails with Unavailable when there is no room."""
        done: Future[None] = Future()
        with self._some:
            if self._closing:
                done.set_exception(Unavailable("The server is stopping. Send it again in some seconds."))
                return done
            if self._pending_bytes + len(post.body) > self._limit // 8:
                done.set_exception(Unavailable("More comes in than the disk can take. Send it again in some seconds."))
                return done
            self._pending.append((post, done))
            self._pending_bytes += len(post.body)
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="spool", daemon=True)
                self._writer.start()
            self._some.notify()
        return done

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        if not self._path.exists():
            return True
        with self._open() as database:
            return database.execute("SELECT 1 FROM posts LIMIT 1").fetchone() is None

    def waiting(self, after: int, most_bytes: int) -> Sequence[Spooled]:
        """The next posts behind a place, in order."""
        found: list[Spooled] = []
        size = 0
        if not self._path.exists():
            return found
        with self._open() as database, closing(database.execute(_NEXT, (after,))) as rows:
            for place, form, full, about, body in rows:
                if found and size + full > most_bytes:
                    break
                size += full
                found.append(Spooled(place, _post(about, _unpacked(form, full, body))))
        return found

    def begin_after(self, place: int) -> None:
        """From now on give only places above this one."""
        with self._open() as database:
            database.execute(_FIRST_PLACE, (place,))
            database.execute(_LATER_PLACES, (place,))

    def release(self, place: int) -> None:
        """Drop every post up to a place; SQLite overwrites their bytes."""
        with self._open() as database:
            database.execute("DELETE FROM posts WHERE place <= ?", (place,))

    def forget_released(self) -> None:
        """Overwrite what is left of released posts outside the file proper (the write-ahead log)."""
        if self._path.exists():
            with self._open() as database:
                database.commit()
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def backlog(self) -> tuple[int, int]:
        """How many posts wait, and when the oldest came (UTC microseconds; 0 = none waits)."""
        if not self._path.exists():
            return 0, 0
        with self._open() as database:
            count = int(database.execute("SELECT count(*) FROM posts").fetchone()[0])
            first = database.execute("SELECT about FROM posts ORDER BY place LIMIT 1").fetchone()
            return count, _decode_about(first[0]).received_at if first else 0

    def close(self) -> None:
        """Write what was accepted for writing, then stop the thread."""
        with self._some:
            self._closing = True
            self._some.notify()
        if self._writer is not None:
            self._writer.join()

    def _write(self) -> None:
        database: sqlite3.Connection | None = None
        while group := self._next_group():
            fault: Exception | None = None
            heard = [done for _, done in group if done.set_running_or_notify_cancel()]
            try:
                database = database or self._connect()
                self._check_room(database)
                with database:
                    database.executemany(_KEEP, (_row(post) for post, _ in group))
            except Exception as error:  # whatever it is, who waits must hear of it, and the next ones must be written
                fault = error if isinstance(error, Unavailable) else _no_room(error)
                if database is not None:
                    database.close()
                    database = None
            for done in heard:
                if fault is None:
                    done.set_result(None)
                else:
                    done.set_exception(fault)
        if database is not None:
            database.close()

    def _next_group(self) -> list[tuple[Post, Future[None]]]:
        with self._some:
            while not self._pending and not self._closing:
                self._some.wait()
            group = [self._pending.popleft() for _ in range(min(_GROUP, len(self._pending)))]
            self._pending_bytes -= sum(len(post.body) for post, _ in group)
            return group

    def _check_room(self, database: sqlite3.Connection) -> None:
        page, pages, free = (
            int(database.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_size", "page_count", "freelist_count")
        )
        if (pages - free) * page > self._limit:
            raise Unavailable("The spool is full: the lake cannot follow. Send it again in some seconds.")
        if shutil.disk_usage(self._path.parent).free < self._reserve:
            raise Unavailable("The disk is nearly full. Send it again when there is room.")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as database, database:
            yield database

    def _connect(self) -> sqlite3.Connection:
        make_folder(self._path.parent)
        database = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
        try:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "busy_timeout = 30000"):
                database.execute(f"PRAGMA {pragma}")
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'identity'").fetchone():
                database.executescript(_TABLES)
        except BaseException:
            database.close()
            raise
        return database


def _row(post: Post) -> tuple[str, int, bytes, bytes]:
    about = _About(
        post.receiver, post.key, post.received_at, post.path, post.query, dict(post.headers), post.address, post.internal
    )
    size = len(post.body)
    packed = pa.compress(post.body, codec=_CODEC, asbytes=True) if size >= _WORTH_PACKING else post.body
    return (_CODEC if size >= _WORTH_PACKING else "", size, _encode_about(about), packed)


def _unpacked(form: str, size: int, body: bytes) -> bytes:
    return bytes(pa.decompress(body, size, codec=form, asbytes=True)) if form else body


def _post(about: bytes, body: bytes) -> Post:
    found = _decode_about(about)
    return Post(
        found.receiver, found.key, found.received_at, found.path, found.query, body, found.headers, found.address, found.internal
    )


def _no_room(error: Exception) -> Unavailable:
    fault = Unavailable(f"It could not be kept ({error}). Nothing of it was; send it again.")
    fault.__cause__ = error
    return fault
