"""Rows of any database that SQLAlchemy speaks to: PostgreSQL, MySQL, SQL Server, Oracle, SQLite, Snowflake, BigQuery ...

The query is put inside another one, which names the cursor's column, compares it with a parameter and sorts by it; nothing that comes
from rows or states ever becomes SQL. Reading is streamed, inside a transaction that can only read (where the database has such a thing)
and that is always rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError, SQLAlchemyError

from touchpath.model.errors import BadInput, Missing, TouchpathError, Unavailable
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, SourceKind, Stream
from touchpath.services.secrets import redact
from touchpath.sources.pull.table_rows import QUERY_SETTINGS, ROWS_AT_ONCE, TableRows, as_naive
from touchpath.store.pulls import Cursor

#: How a transaction is told that it may only read, before anything is asked in it.
_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "postgresql": "SET TRANSACTION READ ONLY",
}


class DatabaseConnector:
    """One query of one database."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._rows = TableRows(opening, "database")
        self._engine: sa.Engine | None = None

    def check(self) -> str:
        """The columns of the query, and how many rows it has."""
        with self._reading() as connection:
            inside = self._inside()
            count = connection.execute(sa.select(sa.func.count()).select_from(inside)).scalar_one()
            found: sa.Result[Any] = connection.execute(sa.select(sa.literal_column("*")).select_from(inside).limit(1))
            list(self._rows.batches(list(found.keys()), [], None))
            return f"The database answers: {count:,} rows with the columns {', '.join(found.keys())}."

    def discover(self) -> tuple[Stream, ...]:
        """The rows of the query."""
        return self._rows.streams()

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """The rows from the cursor on, which comes again, in the order of the cursor."""
        with self._reading() as connection:
            streamed = connection.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)
            with closing(streamed.execute(self._select(since))) as found:
                yield from self._rows.batches(list(found.keys()), found, since)

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of a row, by the mapping."""
        return self._rows.signals(record)

    def close(self) -> None:
        """Let go of the connections."""
        if self._engine is not None:
            self._engine.dispose()

    def _inside(self) -> sa.Subquery:
        text = sa.text(self._rows.query.replace("\\:", ":").replace(":", "\\:") + "\n")
        columns: list[sa.ColumnClause[Any]] = [sa.column(self._rows.cursor)] if self._rows.cursor else []
        return text.columns(*columns).subquery("pulled")

    def _select(self, since: Cursor | None) -> sa.Select[Any]:
        inside = self._inside()
        select: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(inside)
        if not self._rows.cursor:
            return select
        column = inside.c[self._rows.cursor]
        first = self._rows.since(since)
        select = select.where(column.is_not(None)).order_by(column)
        return select if first is None else select.where(column >= self._comparable(first))

    def _comparable(self, first: Any) -> Any:
        """The first value, in the type that the database compares; SQLite keeps times as text."""
        if self._dialect == "sqlite" and isinstance(first, datetime | date):
            return sa.literal(str(as_naive(first) if isinstance(first, datetime) and first.tzinfo else first), sa.String())
        return first

    @property
    def _dialect(self) -> str:
        return self._connected().dialect.name

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A transaction that only reads; errors are told without the secret that the address holds."""
        try:
            with self._connected().connect() as connection:
                try:
                    if command := _READ_ONLY.get(connection.dialect.name):
                        connection.execute(sa.text(command))
                    yield connection
                finally:
                    connection.rollback()
        except TouchpathError:
            raise
        except (OperationalError, InterfaceError) as error:
            raise Unavailable(
                f"The database cannot be read: {self._told(error)} Check address, rights and query, or try later."
            ) from None
        except SQLAlchemyError as error:
            raise BadInput(f"The database refused the query: {self._told(error)}") from None

    def _connected(self) -> sa.Engine:
        if self._engine is None:
            url = self._url()
            try:
                self._engine = sa.create_engine(url, pool_size=1, max_overflow=1, hide_parameters=True)
            except (NoSuchModuleError, ArgumentError, ImportError) as error:
                raise BadInput(
                    f"No driver for '{url.drivername}' is installed ({type(error).__name__}). Install one, such as psycopg."
                ) from None
        return self._engine

    def _url(self) -> URL:
        try:
            url = make_url(self._opening.secrets["url"].reveal())
        except ArgumentError:
            raise BadInput("The database's address is none. Write it as postgresql+psycopg://user:password@host/name.") from None
        file = url.database or ""
        if url.get_backend_name() == "sqlite" and file not in ("", ":memory:") and not Path(file).is_file():
            raise Missing(f"There is no SQLite file '{file}'.")
        return url

    def _told(self, error: SQLAlchemyError) -> str:
        whole = str(error.orig if isinstance(error, DBAPIError) and error.orig is not None else error)
        url = self._url()
        return redact(" ".join(whole.split())[:500], _parts(url))


def _parts(url: URL) -> Sequence[str]:
    password = str(url.password or "")
    return [one for one in (url.render_as_string(hide_password=False), password) if one]


class _Database:
    title = "A database, by SQL"
    settings = (
        Setting(
            "url", "The database's address, as SQLAlchemy writes it: postgresql+psycopg://user:password@host/name.", secret=True
        ),
        *QUERY_SETTINGS,
    )

    def open(self, opening: Opening) -> DatabaseConnector:
        """A connector; raises ModelErrors for faults of the mapping."""
        return DatabaseConnector(opening)


DATABASE: SourceKind = _Database()
