"""The records database: opened, brought up to date, read and written in transactions, its faults told in words."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from touchpath.model.errors import BadInput, Unavailable
from touchpath.stores.record_tables import migrate

_BUSY_MILLISECONDS = 10_000


@dataclass(frozen=True)
class Database:
    """One SQL database. Safe to use from several threads and beside other processes."""

    engine: sa.Engine

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read by; raises Unavailable when the database does not answer."""
        with _in_words(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction to write in, durable when it ends well; raises Unavailable when the database does not answer."""
        with _in_words(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def migrate(self) -> None:
        """Bring the tables up to date; raises BadInput when a newer version wrote them."""
        with self.writing() as connection:
            migrate(connection)

    def scrub(self, table: sa.Table) -> None:
        """Rewrite a table, so that no page keeps what was there."""
        sqlite = self.engine.dialect.name == "sqlite"
        with _in_words(), self.engine.connect() as connection:
            driver = connection.connection.dbapi_connection
            if sqlite and driver is not None:
                driver.execute("VACUUM")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if not sqlite:
            with _in_words(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(sa.text(f"VACUUM FULL {table.name}"))

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_database(place: str | Path) -> Database:
    """The database at a place, its tables brought up to date.

    `place`: a file (SQLite) or a database URL ("postgresql://user@host/name", "sqlite:///file"). Raises BadInput for a URL
    that cannot be read and for tables of a newer version, Unavailable when the database does not answer.
    """
    database = Database(_engine(place))
    try:
        database.migrate()
    except BaseException:
        database.close()
        raise
    return database


def as_json(value: object) -> str:
    """A value as the database keeps it; raises ValueError or TypeError for what is no JSON."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _engine(place: str | Path) -> sa.Engine:
    try:
        url = sa.URL.create("sqlite", database=str(place)) if isinstance(place, Path) else sa.make_url(place)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise BadInput(f"Records cannot be kept in {url.get_backend_name()}. Give a file, sqlite:///... or postgresql://...")
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(url, json_serializer=as_json, connect_args=_connect_args(url))
    except (ArgumentError, NoSuchModuleError) as error:
        raise BadInput("The database URL cannot be read. Give a file, sqlite:///... or postgresql://user@host/name.") from error
    except ModuleNotFoundError as error:
        raise Unavailable("PostgreSQL needs a driver. Install it with: pip install 'touchpath[postgres]'") from error
    if url.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _connect_args(url: sa.URL) -> dict[str, object]:
    return {"connect_timeout": 10} if url.get_backend_name() == "postgresql" else {}


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Readers beside one writer, waiting instead of failing, fsync at every commit, and transactions begun by us."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS:d}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the write lock at once when something will be written: a lock taken later can fail instead of wait."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn a database that does not answer, or is locked for too long, into Unavailable."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise Unavailable(f"The records database cannot be used now: {error.orig}") from error
    except sqlite3.Error as error:
        raise Unavailable(f"The records database cannot be used now: {error}") from error
