"""A full-text index of what people wrote and a directory of actor ids, in SQLite beside the timelines.

Derived: it remembers the lake version it holds, takes in only what came since, and starts over when the lake was rewritten.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.errors import Conflict, Unavailable
from touchpath.model.time import from_micros
from touchpath.store.search import ActorFound, TextFound
from touchpath.store.signals import SignalStore

LAYOUT = 2
#: How long one look-up waits for another that is taking in new signals.
PATIENCE_SECONDS = 60
_FIELDS = ("source", "channel", "surface", "touchpoint", "account", "unit")
_COLUMNS = ("key", "revision", "actors", "kind", "occurred_at", "value", "text", "objects", "properties", *_FIELDS)
_TABLES = """
CREATE TABLE IF NOT EXISTS state (layout INTEGER NOT NULL, version INTEGER NOT NULL, lake TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS actors (actor TEXT PRIMARY KEY, signals INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS texts (key INTEGER PRIMARY KEY, revision INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL,
    occurred_at INTEGER NOT NULL, value REAL, text TEXT NOT NULL, fields TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS texts_by_kind ON texts (kind, occurred_at DESC);
CREATE INDEX IF NOT EXISTS texts_by_time ON texts (occurred_at DESC);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, content = 'texts', content_rowid = 'key', tokenize = 'unicode61');
CREATE TRIGGER IF NOT EXISTS texts_added AFTER INSERT ON texts BEGIN
    INSERT INTO words (rowid, text) VALUES (new.key, new.text); END;
CREATE TRIGGER IF NOT EXISTS texts_removed AFTER DELETE ON texts BEGIN
    INSERT INTO words (words, rowid, text) VALUES ('delete', old.key, old.text); END;
CREATE TRIGGER IF NOT EXISTS texts_changed AFTER UPDATE ON texts BEGIN
    INSERT INTO words (words, rowid, text) VALUES ('delete', old.key, old.text);
    INSERT INTO words (rowid, text) VALUES (new.key, new.text); END;
"""


class SearchIndex:
    """Keeps the SearchStore promise with one SQLite file. `lake`: says what tells this lake from another one."""

    def __init__(self, path: Path, signals: SignalStore, lake: Callable[[], str] = str) -> None:
        self._path = path
        self._signals = signals
        self._lake = lake

    def find_actors(self, text: str, limit: int) -> list[ActorFound]:
        """Actors whose id holds `text`, those that begin with it (namespace aside) first, then by latest signal."""
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        with self._fresh() as db:
            rows = db.execute(
                "SELECT actor, signals, last FROM actors WHERE actor LIKE ? ESCAPE '\\'"
                " ORDER BY (actor LIKE ? ESCAPE '\\' OR actor LIKE ? ESCAPE '\\') DESC, last DESC, actor LIMIT ?",
                (f"%{escaped}%", f"{escaped}%", f"%:{escaped}%", limit),
            ).fetchall()
        return [ActorFound(actor, signals, from_micros(last)) for actor, signals, last in rows]

    def find_texts(self, words: str, limit: int) -> list[TextFound]:
        """Texts that hold all these words (or their beginnings), newest first."""
        wanted = " ".join(f'"{word.replace(chr(34), "")}"*' for word in words.split() if word.strip('"'))
        if not wanted:
            return []
        with self._fresh() as db:
            rows = db.execute(
                "SELECT texts.* FROM words JOIN texts ON texts.key = words.rowid WHERE words MATCH ?"
                " ORDER BY texts.occurred_at DESC LIMIT ?",
                (wanted, limit),
            ).fetchall()
        return [_text(row) for row in rows]

    def texts_of(self, kinds: Sequence[str]) -> Iterator[TextFound]:
        """All texts of these kinds, newest first; empty = of every kind."""
        among = f"WHERE kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        with self._fresh() as db:
            for row in db.execute(f"SELECT * FROM texts {among} ORDER BY occurred_at DESC, key", tuple(kinds)):  # noqa: S608
                yield _text(row)

    @contextmanager
    def _fresh(self) -> Iterator[sqlite3.Connection]:
        """A connection to an index that holds all that the lake holds."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self._path, timeout=PATIENCE_SECONDS, isolation_level=None)) as db:
                db.execute("PRAGMA secure_delete = ON")
                db.execute("PRAGMA synchronous = OFF")
                if _version(db, self._lake()) != self._signals.version:
                    self._take_in(db)
                yield db
        except sqlite3.OperationalError as error:
            raise Unavailable(f"The search index {self._path} cannot be used now ({error}). Try again.") from error
        except sqlite3.DatabaseError as error:
            raise Unavailable(f"The search index {self._path} is damaged ({error}). Delete it: it is made again.") from error

    def _take_in(self, db: sqlite3.Connection) -> None:
        """Add what is new, or start over; others who look meanwhile wait, or see the index as it was."""
        db.execute("BEGIN IMMEDIATE")
        try:
            version = self._added(db, _version(db, self._lake()))
            db.execute("UPDATE state SET version = ?, lake = ?", (version, self._lake()))
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _added(self, db: sqlite3.Connection, held: int | None) -> int:
        """Add all that came after a version, everything if that cannot be told; gives the version that is held now."""
        if held is not None:
            db.execute("SAVEPOINT new")
            try:
                version, batches = self._since(held)
                _add_all(db, batches)
            except Conflict:
                db.execute("ROLLBACK TO new")
            else:
                return version
        _start_over(db)
        version, batches = self._since(None)
        _add_all(db, batches)
        return version

    def _since(self, held: int | None) -> tuple[int, Iterator[pa.RecordBatch]]:
        """Rows after a version (None = all), and the version they lead to: what is appended while this looks comes next time."""
        while True:
            version = self._signals.version
            batches = self._signals.scan(_COLUMNS, after=held)
            if self._signals.version == version:
                return version, batches


def _version(db: sqlite3.Connection, lake: str) -> int | None:
    """The version of this lake that the index holds; None = it must be made anew."""
    try:
        row = db.execute("SELECT version FROM state WHERE layout = ? AND lake = ?", (LAYOUT, lake)).fetchone()
    except sqlite3.OperationalError:
        return None
    return None if row is None else int(row[0])


def _start_over(db: sqlite3.Connection) -> None:
    for table in ("words", "texts", "actors", "state"):
        db.execute(f"DROP TABLE IF EXISTS {table}")
    statement = ""
    for line in _TABLES.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
    db.execute("INSERT INTO state VALUES (?, -1, '')", (LAYOUT,))


def _add_all(db: sqlite3.Connection, batches: Iterator[pa.RecordBatch]) -> None:
    for batch in batches:
        table = pa.table(batch.columns, schema=batch.schema).append_column("actor", _first(batch.column("actors")))
        _add_actors(db, table)
        _add_texts(db, table.filter(pc.greater(pc.utf8_length(pc.fill_null(table["text"], "")), 0)))


def _first(lists: pa.ListArray) -> pa.StringArray:
    """The first element of each list, "" for an empty one."""
    filled = pc.greater(pc.fill_null(pc.list_value_length(lists), 0), 0)
    places = pc.if_else(filled, lists.offsets.slice(0, len(lists)), pa.scalar(None, pa.int32()))
    return pc.fill_null(lists.values.take(places), "")


def _add_actors(db: sqlite3.Connection, table: pa.Table) -> None:
    known = table.filter(pc.and_(pc.not_equal(table["actor"], ""), pc.equal(table["revision"], 0)))
    counts = known.group_by("actor").aggregate([("occurred_at", "count"), ("occurred_at", "max")])
    last = pc.cast(counts["occurred_at_max"], pa.int64())
    db.executemany(
        "INSERT INTO actors VALUES (?, ?, ?) ON CONFLICT (actor) DO UPDATE"
        " SET signals = signals + excluded.signals, last = max(last, excluded.last)",
        zip(counts["actor"].to_pylist(), counts["occurred_at_count"].to_pylist(), last.to_pylist(), strict=True),
    )


def _add_texts(db: sqlite3.Connection, table: pa.Table) -> None:
    times = pc.cast(table["occurred_at"], pa.int64()).to_pylist()
    for row, time in zip(table.drop_columns(["occurred_at"]).to_pylist(), times, strict=True):
        fields = {name: row[name] for name in _FIELDS if row[name]}
        properties = json.loads(row["properties"]) if row["properties"] else {}
        fields |= {f"objects.{kind}": id for kind, id in row["objects"] or ()}
        fields |= {f"properties.{name}": _word(value) for name, value in properties.items() if value is not None}
        db.execute(
            "INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET revision = excluded.revision,"
            " actor = excluded.actor, kind = excluded.kind, occurred_at = excluded.occurred_at, value = excluded.value,"
            " text = excluded.text, fields = excluded.fields WHERE excluded.revision > revision",
            (row["key"], row["revision"], row["actor"], row["kind"], time, row["value"], row["text"], json.dumps(fields)),
        )


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _text(row: tuple[int, int, str, str, int, float | None, str, str]) -> TextFound:
    key, _, actor, kind, occurred_at, value, text, fields = row
    return TextFound(key, actor, kind, from_micros(occurred_at), value, text, json.loads(fields))
