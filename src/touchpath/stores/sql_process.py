"""The process in which one SELECT runs: locked before it sees the text, watched, and gone afterwards.

It gets the query and the tables that are no files on standard input, and answers with one line of JSON and an Arrow stream. It never
gets the environment of the server, so there is nothing in it to be found.
"""

from __future__ import annotations

import io
import os
import resource
import sys
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from touchpath.stores.child_process import end_in_time

_BATCH = 2_048
#: Whoever asked ends this process when time is up; so long after that it ends by itself.
_GRACE_SECONDS = 5


class Order(msgspec.Struct, frozen=True):
    """What is to be run. files: of the lake; views: SQL of the tables that people see; tables: how many bytes each Arrow table has."""

    sql: str
    files: tuple[str, ...]
    views: tuple[tuple[str, str], ...]
    tables: tuple[tuple[str, int], ...]
    rows: int
    bytes: int
    seconds: float
    memory_mb: int
    threads: int


class Reply(msgspec.Struct, frozen=True):
    """What came of it. error: "" = rows follow; else what kind, and `says` why."""

    error: str = ""
    says: str = ""
    cut: bool = False


def obey() -> None:
    """Run what standard input holds, and answer on standard output."""
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    tables = {name: pa.ipc.open_stream(sys.stdin.buffer.read(size)).read_all() for name, size in order.tables}
    end_in_time(order.seconds + _GRACE_SECONDS, code=3)
    _limit(order)
    reply, rows = _run(order, tables)
    sys.stdout.buffer.write(msgspec.json.encode(reply) + b"\n")
    if rows is not None:
        with pa.ipc.new_stream(sys.stdout.buffer, rows.schema) as stream:
            stream.write_table(rows)
    sys.stdout.flush()
    os._exit(0)  # no tidy end: what the database still holds goes with the process


def _limit(order: Order) -> None:
    """Nothing may be written to a file, and neither processor nor memory can be used for long beyond what was allowed."""
    processor = int(order.seconds * order.threads) + _GRACE_SECONDS
    memory = (order.memory_mb << 20) + (4 << 30)  # Addresses are cheap, and libraries reserve many that they never fill.
    for what, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_AS, memory),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _run(order: Order, tables: dict[str, pa.Table]) -> tuple[Reply, pa.Table | None]:
    try:
        with open_locked(order, tables) as database:
            rows, cut = _rows(database, order)
        return Reply(cut=cut), rows
    except duckdb.IOException as error:
        return Reply("gone", str(error)), None
    except (duckdb.OutOfMemoryException, MemoryError):
        return Reply("memory"), None
    except (duckdb.Error, pa.ArrowException, RuntimeError) as error:
        return Reply("wrong", str(error)), None


def open_locked(order: Order, tables: dict[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    """A database in memory that has the tables, and can reach nothing else any more."""
    database = duckdb.connect(":memory:", config={"threads": order.threads, "memory_limit": f"{order.memory_mb}MB"})
    for name, table in tables.items():
        database.from_arrow(table).create(name)
    database.execute("SET TimeZone = 'UTC'")
    for name, sql in order.views:
        database.execute(f'CREATE VIEW "{name}" AS {sql}')
    settings: tuple[tuple[str, Any], ...] = (
        ("allowed_paths", list(order.files)),
        ("autoinstall_known_extensions", False),
        ("autoload_known_extensions", False),
        ("allow_community_extensions", False),
        ("allow_unsigned_extensions", False),
        ("python_enable_replacements", False),
        ("python_scan_all_frames", False),
        ("temp_directory", ""),
        ("max_temp_directory_size", "0KiB"),
        ("allow_persistent_secrets", False),
        ("enable_external_access", False),
        ("lock_configuration", True),
    )
    for name, value in settings:
        _set(database, name, value)
    return database


def _set(database: duckdb.DuckDBPyConnection, name: str, value: Any) -> None:
    """One setting. Those that cannot be changed once a database is open have the value already, or raise."""
    try:
        database.execute(f"SET {name} = $value", {"value": value})
    except duckdb.Error:
        row = database.execute("SELECT current_setting($name)", {"name": name}).fetchone()
        if row is None or str(row[0]).lower() != str(value).lower():
            raise


def _rows(database: duckdb.DuckDBPyConnection, order: Order) -> tuple[pa.Table, bool]:
    """The rows within the limits, and whether there are more."""
    reader = database.sql(order.sql).to_arrow_reader(min(_BATCH, order.rows + 1))
    batches, rows, size = list[pa.RecordBatch](), 0, 0
    for batch in reader:
        batches.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > order.rows or size > order.bytes:
            break
    found = pa.Table.from_batches(batches, reader.schema)
    if size > order.bytes and len(batches) > 1:
        found = pa.Table.from_batches(batches[:-1], reader.schema)
    if found.nbytes > order.bytes:
        raise RuntimeError(f"The answer is larger than {order.bytes >> 20} MB. Take fewer columns or shorter texts.")
    return found.slice(0, order.rows), rows > order.rows or size > order.bytes


def packed(table: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()
