"""Rows of whatever DuckDB reads: its own database files, and Parquet, CSV and JSON files by name or pattern.

The query is DuckDB's SQL, as in SELECT * FROM '/exports/*.parquet'. It is put inside another one that compares the cursor's column with
a parameter. A database file is opened read-only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb

from touchpath.model.errors import BadInput, Missing, Unavailable
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, SourceKind, Stream
from touchpath.sources.pull.table_rows import QUERY_SETTINGS, ROWS_AT_ONCE, TableRows, as_naive, checked_path
from touchpath.store.pulls import Cursor


class DuckdbConnector:
    """One query that DuckDB answers."""

    def __init__(self, opening: Opening) -> None:
        self._rows = TableRows(opening, "duckdb")
        file = opening.settings["file"].strip()
        self._file = checked_path("file", file) if file else None

    def check(self) -> str:
        """The columns of the query, and how many rows it has."""
        with self._reading() as database:
            found = database.execute(f"SELECT count(*) FROM ({self._rows.query}\n) AS pulled").fetchone()  # noqa: S608
            database.execute(f"SELECT * FROM ({self._rows.query}\n) AS pulled LIMIT 0")  # noqa: S608
            columns = [one[0] for one in database.description or ()]
            list(self._rows.batches(columns, [], None))
            return f"The files can be read: {found[0] if found else 0:,} rows with the columns {', '.join(columns)}."

    def discover(self) -> tuple[Stream, ...]:
        """The rows of the query."""
        return self._rows.streams()

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """The rows from the cursor on, which comes again, in the order of the cursor."""
        with self._reading() as database:
            sql, parameters = self._select(since)
            database.execute(sql, parameters)
            columns = [one[0] for one in database.description or ()]
            yield from self._rows.batches(columns, _all(database), since)

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of a row, by the mapping."""
        return self._rows.signals(record)

    def close(self) -> None:
        """Nothing stays open between two reads."""

    def _select(self, since: Cursor | None) -> tuple[str, list[Any]]:
        """The query of the settings, inside ours. The cursor's column is quoted, its value a parameter."""
        sql = f"SELECT * FROM ({self._rows.query}\n) AS pulled"  # noqa: S608
        if not self._rows.cursor:
            return sql, []
        column = '"' + self._rows.cursor.replace('"', '""') + '"'
        first = self._rows.since(since)
        order = f" ORDER BY {column}"
        if first is None:
            return f"{sql} WHERE {column} IS NOT NULL{order}", []
        value = as_naive(first) if isinstance(first, datetime) and first.tzinfo and not self._has_zone(column) else first
        return f"{sql} WHERE {column} >= ?{order}", [value]

    def _has_zone(self, column: str) -> bool:
        """Whether a column's times name their zone."""
        with self._reading() as database:
            found = database.execute(f"SELECT typeof({column}) FROM ({self._rows.query}\n) AS pulled LIMIT 1").fetchone()  # noqa: S608
            return found is not None and "ZONE" in str(found[0]).upper()

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._file is not None and not self._file.is_file():
            raise Missing(f"There is no DuckDB file '{self._file}'.")
        try:
            with duckdb.connect(str(self._file) if self._file else ":memory:", read_only=self._file is not None) as database:
                database.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false; SET memory_limit = '1GB'")
                yield database
        except duckdb.IOException as error:
            raise Unavailable(f"DuckDB cannot read what the query names: {_told(error)}") from error
        except duckdb.Error as error:
            raise BadInput(f"DuckDB refused the query: {_told(error)}") from error


def _all(database: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while some := database.fetchmany(ROWS_AT_ONCE):
        yield from some


def _told(error: Exception) -> str:
    return " ".join(str(error).split())[:500]


class _Duckdb:
    title = "Files that DuckDB reads: Parquet, CSV, JSON, DuckDB"
    settings = (
        Setting("file", "The whole path of a DuckDB file; left open when the query names its files itself.", ""),
        *QUERY_SETTINGS,
    )

    def open(self, opening: Opening) -> DuckdbConnector:
        """A connector; raises ModelErrors for faults of the mapping."""
        return DuckdbConnector(opening)


DUCKDB: SourceKind = _Duckdb()
