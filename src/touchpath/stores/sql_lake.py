"""SQL over the lake's files, each question in a process of its own that ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec
import pyarrow as pa

from touchpath.model.errors import BadInput, Cancelled, Unavailable
from touchpath.store.signals import STORED_SCHEMA
from touchpath.store.sql import SqlAnswer, SqlColumn, SqlLimits, SqlTable
from touchpath.stores.sql_check import check_sql
from touchpath.stores.sql_process import Order, Reply, packed
from touchpath.timelines.stopping import nobody_waits

_TICK, _TRIES = 0.05, 3
#: Of the environment only what the interpreter and its libraries need to start: a process that runs others' SQL knows no secrets.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "SYSTEMROOT")
_PACKAGES = str(Path(__file__).resolve().parents[2])

_SAYS = {
    "key": "of the signal, the same in all of its versions",
    "revision": "0, then 1 for the first correction ...",
    "actors": "ids, strongest first",
    "objects": "id by object kind",
    "properties": "JSON: json_extract_string(properties, '$.plan')",
    "context": "JSON",
    "occurred_at": "in UTC",
    "received_at": "in UTC",
    "person": "key of the person, see persons",
}
_ACTORS = pa.schema([("actor_key", pa.int64()), ("actor", pa.string()), ("person", pa.int64())])
_QUESTIONS = pa.schema(
    [("question", pa.string()), ("title", pa.string()), ("low", pa.int32()), ("high", pa.int32()), ("kind", pa.string())]
)
_CONDITIONS = pa.schema([("question", pa.string()), ("path", pa.string()), ("allowed", pa.list_(pa.string()))])
#: Tables that are handed over, with their columns.
HANDED = {"actors": _ACTORS, "questions": _QUESTIONS, "question_conditions": _CONDITIONS}

#: One row for each signal: the newest of its versions, with the person whom its strongest id belongs to.
_SIGNALS = """
    SELECT lake.*, actors.person
    FROM ({lake}) AS lake
    LEFT JOIN (SELECT key, max(revision) AS newest FROM ({lake}) AS corrected WHERE revision > 0 GROUP BY key) AS corrected USING (key)
    LEFT JOIN actors USING (actor_key)
    WHERE corrected.newest IS NULL OR lake.revision = corrected.newest
"""
_PERSONS = """
    SELECT person, min(occurred_at) AS first_seen, max(occurred_at) AS last_seen, count(*) AS signals, count(DISTINCT source) AS sources
    FROM signals WHERE person IS NOT NULL GROUP BY person
"""
#: Answers to questions of the model: of the question's kind, with the properties that it says.
_ANSWERS = """
    SELECT question, signals.person, signals.occurred_at, signals.value, signals.text, signals.channel, signals.source, signals.key
    FROM signals JOIN questions USING (kind)
    WHERE NOT EXISTS (
        SELECT 1 FROM question_conditions AS needed
        WHERE needed.question = questions.question
          AND NOT coalesce(list_contains(needed.allowed, json_extract_string(signals.properties, needed.path)), false)
    )
"""


class Files(Protocol):
    """The lake, as far as it is read here."""

    def files(self) -> list[Path]: ...


class SqlLake:
    """A `SqlStore` over the Parquet files of a lake.

    handed: tables that are no files (`HANDED`), made anew for each question. at_once: so many processes run, others wait for theirs.
    """

    def __init__(self, lake: Files, handed: Callable[[], dict[str, pa.Table]], at_once: int = 2) -> None:
        self._lake, self._handed = lake, handed
        self._turns = threading.Semaphore(at_once)

    def tables(self) -> tuple[SqlTable, ...]:
        """The tables there are."""
        stored = [SqlColumn(field.name, _type(field.type), _SAYS.get(field.name, "")) for field in STORED_SCHEMA]
        person = SqlColumn("person", "bigint", _SAYS["person"])
        return (
            SqlTable("signals", "Every signal in its newest version", (*stored, person)),
            SqlTable("revisions", "Every version of every signal", tuple(stored)),
            SqlTable("persons", "People with any signal", _columns("person bigint", "first_seen timestamptz", "last_seen timestamptz", "signals bigint", "sources bigint")),
            SqlTable("actors", "Ids, and whose they are now", _columns("actor_key bigint", "actor varchar", "person bigint")),
            SqlTable("answers", "Answers to the model's questions", _columns("question varchar", "person bigint", "occurred_at timestamptz", "value double", "text varchar", "channel varchar", "source varchar", "key bigint")),
            SqlTable("questions", "The model's questions", _columns("question varchar", "title varchar", "low integer", "high integer", "kind varchar")),
        )  # fmt: skip

    def ask(self, sql: str, limits: SqlLimits) -> SqlAnswer:
        """The answer to one SELECT; see `SqlStore.ask`."""
        checked = check_sql(sql, [one.name for one in self.tables()])
        handed = {name: packed(table.cast(HANDED[name])) for name, table in self._handed().items()}
        with _turn(self._turns):
            for _ in range(_TRIES):
                files = [str(file.absolute()) for file in self._lake.files()]
                began = time.monotonic()
                reply, rows = _ask(_order(checked, files, handed, limits), b"".join(handed.values()), limits)
                if reply.error != "gone":
                    return _answered(reply, rows, limits, time.monotonic() - began)
        raise Unavailable("The signals were rewritten again and again while the query ran. Try again later.")


def _order(sql: str, files: Sequence[str], handed: dict[str, bytes], limits: SqlLimits) -> Order:
    return Order(
        sql=sql,
        files=tuple(files),
        views=tuple(views_over(files)),
        tables=tuple((name, len(content)) for name, content in handed.items()),
        rows=limits.rows,
        bytes=limits.bytes,
        seconds=limits.seconds,
        memory_mb=limits.memory_mb,
        threads=limits.threads,
    )


def views_over(files: Sequence[str]) -> list[tuple[str, str]]:
    """The tables that people see, over these files; an empty lake has them without rows."""
    columns = ", ".join(STORED_SCHEMA.names)
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    nothing = ", ".join(f"NULL::{_type(field.type)} AS {field.name}" for field in STORED_SCHEMA)
    lake = f"SELECT {columns} FROM read_parquet([{listed}])" if files else f"SELECT {nothing} WHERE false"  # noqa: S608
    return [("signals", _SIGNALS.format(lake=lake)), ("revisions", lake), ("persons", _PERSONS), ("answers", _ANSWERS)]


def _ask(order: Order, tables: bytes, limits: SqlLimits) -> tuple[Reply, pa.Table | None]:
    """What a process of its own says; it is ended when time is up, or nobody waits any longer."""
    command = [sys.executable, "-c", "from touchpath.stores.sql_process import obey; obey()"]
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | {"PYTHONPATH": _PACKAGES}
    process = subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/", start_new_session=True
    )  # fmt: skip
    talk = _Talk(process, msgspec.json.encode(order) + b"\n" + tables)
    end = time.monotonic() + limits.seconds
    try:
        while not talk.is_over(_TICK):
            if nobody_waits():
                raise Cancelled("The query was cancelled.")
            if time.monotonic() > end:
                raise BadInput(
                    f"The query ran longer than {limits.seconds:g} seconds and was stopped. Narrow it, as by kind or by occurred_at."
                )
        process.wait()
    finally:
        _end(process)
    return _read(talk.said, process.returncode)


class _Talk:
    """What is said to a process and what it says, on threads, so that whoever waits can do something else."""

    def __init__(self, process: subprocess.Popen[bytes], words: bytes) -> None:
        self.said = b""
        self._process, self._words = process, words
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._tell, self._listen)]
        for thread in self._threads:
            thread.start()

    def is_over(self, seconds: float) -> bool:
        """Whether the process has said all, waiting so long for it."""
        self._threads[1].join(seconds)
        return not self._threads[1].is_alive()

    def _tell(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError), self._process.stdin as pipe:  # it has ended, and need not hear the rest
            pipe.write(self._words)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with suppress(OSError), self._process.stdout as pipe:
            self.said = pipe.read()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it may have begun."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read(said: bytes, code: int) -> tuple[Reply, pa.Table | None]:
    head, _, rest = said.partition(b"\n")
    if not head and code < 0:  # ended by the system: memory, or time of the processor, beyond the limits
        return Reply("memory"), None
    if not head:
        raise Unavailable(
            f"The process that runs queries ended with {code} and said nothing. See what is wrong with 'touchpath doctor'."
        )
    reply = msgspec.json.decode(head, type=Reply)
    return reply, pa.ipc.open_stream(rest).read_all() if not reply.error else None


def _answered(reply: Reply, rows: pa.Table | None, limits: SqlLimits, seconds: float) -> SqlAnswer:
    if reply.error == "memory":
        raise BadInput(f"The query needs more than {limits.memory_mb} MB of memory. Narrow it, or take fewer columns and groups.")
    if reply.error or rows is None:
        raise BadInput(_without_paths(reply.says))
    return SqlAnswer(rows, reply.cut, seconds)


def _without_paths(text: str) -> str:
    """What the database says is wrong, without the names of files."""
    return (
        " ".join(part for part in text.split("\n\nCandidate functions:")[0].split() if ".parquet" not in part)
        or "The query cannot be run."
    )


class _turn:  # noqa: N801
    """A turn among those who wait, given up when nobody waits for the answer any longer."""

    def __init__(self, turns: threading.Semaphore) -> None:
        self._turns = turns

    def __enter__(self) -> None:
        while not self._turns.acquire(timeout=_TICK):
            if nobody_waits():
                raise Cancelled("The query was cancelled before it began.")

    def __exit__(self, *_: object) -> None:
        self._turns.release()


def _columns(*named: str) -> tuple[SqlColumn, ...]:
    return tuple(SqlColumn(name, type, _SAYS.get(name, "")) for name, _, type in (one.partition(" ") for one in named))


def _type(type: pa.DataType) -> str:
    """A type as SQL names it."""
    if pa.types.is_list(type):
        return "varchar[]"
    if pa.types.is_map(type):
        return "map(varchar, varchar)"
    names = {pa.int64(): "bigint", pa.int32(): "integer", pa.int16(): "smallint", pa.float64(): "double", pa.string(): "varchar"}
    return names.get(type, "timestamptz")
