"""Rows of databases and of files that DuckDB reads: cursors, late rows, bad rows, hostile names, and what is never told or written."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest
import sqlalchemy as sa

from touchpath.model.errors import BadInput, Missing, ModelErrors, Unavailable
from touchpath.services.connections import ConnectionService
from touchpath.services.pulling import PullService
from touchpath.sources.pull.choice import choose_source
from touchpath.sources.pull.table_rows import written
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.pull_states import PullStateFiles
from touchpath.stores.quarantine import QuarantineFile
from touchpath.stores.records import open_records

MAPPING = """format: touchpath-mapping/1
source: shop
signals:
  - kind: {column: what}
    id: [id, what]
    occurred_at: {column: moment, zone: Europe/Madrid}
    actors: {user: who}
    value: total
    properties: {plan: more.plan, gift: {column: gift, type: boolean}}
"""


def local(hour, minute=0):
    """A time as a database without zones keeps it."""
    return datetime(2026, 3, 1, hour, minute)  # noqa: DTZ001


ROWS = [
    {
        "id": 1,
        "what": "order.placed",
        "moment": local(10),
        "who": "u1",
        "total": 19.9,
        "more": '{"plan": "pro"}',
        "gift": True,
    },
    {"id": 2, "what": "order.placed", "moment": local(11), "who": "u2", "total": 5, "more": None, "gift": None},
    {"id": 3, "what": None, "moment": local(12), "who": "u3", "total": 5, "more": None, "gift": False},
]


class Bench:
    """A workspace's parts around connections."""

    def __init__(self, folder):
        self.folder = folder
        self.lake, self.quarantine = DeltaLake(folder / "lake"), QuarantineFile(folder / "quarantine.sqlite")
        self.records, self.states = open_records(folder / "records.sqlite"), PullStateFiles(folder / "connections")
        self.connections = ConnectionService(self.records, choose_source)
        self.pulls = PullService(
            self.connections, self.lake, self.quarantine, self.states, give_back=self.lake.close, sleep=lambda _: None
        )
        (folder / "mapping.yaml").write_text(MAPPING)

    def connect(self, kind, **settings):
        self.connections.add("it", kind, {"mapping": str(self.folder / "mapping.yaml"), **settings})

    def rows(self, *columns):
        found = [row for batch in self.lake.scan(list(columns)) for row in batch.to_pylist()]
        return sorted(tuple(row[name] for name in columns) for row in found)

    def close(self):
        self.lake.close()
        self.records.close()


@pytest.fixture
def bench(tmp_path):
    with closing(Bench(tmp_path)) as bench:
        yield bench


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path, monkeypatch):
    """An engine with the table `events`, its address in the environment."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/shop.sqlite"
    else:
        place = request.getfixturevalue("postgres_url")
        url = str(sa.make_url(place).set(drivername="postgresql+psycopg"))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS events")
        json_type = "TEXT" if request.param == "sqlite" else "JSONB"
        connection.exec_driver_sql(
            f"CREATE TABLE events (id INTEGER, what TEXT, moment TIMESTAMP, who TEXT, total NUMERIC(10, 2), more {json_type}, gift BOOLEAN)"
        )
    add(engine, *ROWS)
    monkeypatch.setenv("SHOP_URL", url)
    yield engine
    engine.dispose()


def add(engine, *rows):
    typed = "CAST(:more AS JSONB)" if engine.dialect.name == "postgresql" else ":more"
    with engine.begin() as connection:
        for row in rows:
            shown = {**row, "moment": str(row["moment"])} if engine.dialect.name == "sqlite" else row
            connection.execute(sa.text(f"INSERT INTO events VALUES (:id, :what, :moment, :who, :total, {typed}, :gift)"), shown)


def row(id, hour=13, minute=0, **more):
    return {**ROWS[1], "id": id, "moment": local(hour, minute), **more}


def test_rows_become_signals_once_and_bad_ones_are_kept_with_what_they_said(bench, database):
    bench.connect("database", url="env:SHOP_URL", query="SELECT * FROM events;", cursor="moment")
    (state,) = bench.pulls.run("it")
    assert (state.problem, state.records, state.new, state.rejected) == ("", 3, 2, 1)
    assert bench.rows("id", "value", "occurred_at")[0] == ("1/order.placed", 19.9, datetime(2026, 3, 1, 9, tzinfo=UTC))
    (refused,) = bench.pulls.rejected(bench.connections.get("it"))
    assert "kind" in refused.reason
    assert json.loads(refused.record)["id"] == 3
    (again,) = bench.pulls.run("it")
    assert (again.new, again.corrections, again.problem) == (0, 0, "")


def test_json_columns_and_booleans_keep_their_types(bench, database):
    bench.connect("database", url="env:SHOP_URL", query="SELECT * FROM events WHERE id = 1")
    bench.pulls.run("it")
    properties = json.loads(bench.rows("properties")[0][0])
    assert properties["gift"] is True
    if database.dialect.name == "postgresql":
        assert properties["plan"] == "pro"


def test_the_next_run_brings_new_changed_and_late_rows_only(bench, database):
    bench.connect("database", url="env:SHOP_URL", query="SELECT * FROM events", cursor="moment", overlap_seconds="3600")
    bench.pulls.run("it")
    add(database, row(4), row(5, 11, 30), row(6, 9))
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE events SET total = 6 WHERE id = 2")
    (state,) = bench.pulls.run("it")
    assert (state.records, state.new, state.corrections) == (4, 2, 1)
    assert {id for (id,) in bench.rows("id")} == {f"{n}/order.placed" for n in (1, 2, 4, 5)}


def test_a_number_can_be_the_cursor_and_rows_without_one_are_left(bench, database):
    bench.connect("database", url="env:SHOP_URL", query="SELECT * FROM events", cursor="id")
    add(database, {**row(0), "id": None})
    assert bench.pulls.run("it")[0].records == 3
    add(database, row(7), row(8))
    assert bench.pulls.run("it")[0].records == 3


def test_a_run_that_broke_goes_on_after_what_the_lake_holds(bench, database, monkeypatch):
    from touchpath.services import pulling
    from touchpath.sources.pull import table_rows

    monkeypatch.setattr(table_rows, "ROWS_AT_ONCE", 10)
    monkeypatch.setattr(pulling, "_RECORDS_AT_ONCE", 10)
    add(database, *(row(100 + n, 14, n) for n in range(55)))
    bench.connect("database", url="env:SHOP_URL", query="SELECT * FROM events", cursor="moment", overlap_seconds="0")
    real, calls = bench.lake.append, []

    def failing(*args, **kwargs):
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("killed")
        return real(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(bench.lake, "append", failing)
        assert "killed" in bench.pulls.run("it")[0].problem
    (state,) = bench.pulls.run("it")
    assert state.problem == ""
    assert state.records < 50
    assert len(bench.rows("id")) == len(set(bench.rows("id"))) == 57


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("DELETE FROM events", "syntax"),
        ("SELECT * FROM events); DELETE FROM events; --", "syntax|one statement|must have an alias"),
        ("SELECT id, what, moment, who, total, more FROM events", "no column 'gift'"),
        ("SELECT * FROM nowhere", "nowhere"),
    ],
)
def test_nothing_but_a_query_is_run_and_faults_are_told(bench, database, query, says):
    bench.connect("database", url="env:SHOP_URL", query=query)
    (state,) = bench.pulls.run("it")
    assert state.problem
    assert any(part in state.problem for part in says.split("|")), state.problem
    with database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM events").scalar_one() == 3


def test_a_hostile_name_of_a_cursor_is_a_name(bench, database):
    bench.connect("database", url="env:SHOP_URL", query="SELECT * FROM events", cursor='moment" OR 1=1; DROP TABLE events; --')
    assert bench.pulls.run("it")[0].problem
    with database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM events").scalar_one() == 3


def test_colons_in_a_query_are_no_parameters(bench, database):
    bench.connect(
        "database", url="env:SHOP_URL", query="SELECT *, 'a:b' AS note, '12:30' AS t FROM events WHERE what IS NOT NULL"
    )
    (state,) = bench.pulls.run("it")
    assert (state.problem, state.new) == ("", 2)


def test_a_transaction_can_only_read(bench, database):
    if database.dialect.name != "postgresql":
        pytest.skip("SQLite has no functions that write")
    with database.begin() as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION harm() RETURNS integer LANGUAGE sql AS 'DELETE FROM events RETURNING 1'"
        )
    bench.connect("database", url="env:SHOP_URL", query="SELECT *, harm() FROM events")
    assert "read-only transaction" in bench.pulls.run("it")[0].problem
    with database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM events").scalar_one() == 3


def test_check_counts_the_rows_and_names_the_columns(bench, database):
    bench.connect("database", url="env:SHOP_URL", query="SELECT * FROM events", cursor="moment")
    assert bench.pulls.check("it") == "The database answers: 3 rows with the columns id, what, moment, who, total, more, gift."


def test_no_message_tells_the_password(bench, monkeypatch):
    monkeypatch.setenv("SHOP_URL", "postgresql+psycopg://ann:hunter2secret@127.0.0.1:1/shop?connect_timeout=2")
    bench.connect("database", url="env:SHOP_URL", query="SELECT 1")
    (state,) = bench.pulls.run("it")
    assert state.problem
    assert "hunter2secret" not in state.problem
    assert "hunter2secret" not in (bench.folder / "records.sqlite").read_bytes().decode("latin-1")
    with pytest.raises(Unavailable) as told:
        bench.pulls.check("it")
    assert "hunter2secret" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "kind", "says"),
    [
        ("nonsense", BadInput, "The database's address is none"),
        ("sqlite:////nowhere/at/all.sqlite", Missing, "There is no SQLite file"),
        ("unheardof://host/db", BadInput, "No driver for 'unheardof'"),
    ],
)
def test_addresses_that_lead_nowhere_are_told(bench, monkeypatch, url, kind, says):
    monkeypatch.setenv("SHOP_URL", url)
    bench.connect("database", url="env:SHOP_URL", query="SELECT 1")
    with pytest.raises(kind, match=says):
        bench.pulls.check("it")


def test_settings_are_checked_when_a_connection_is_added(bench, tmp_path):
    with pytest.raises(BadInput, match="never kept in clear"):
        bench.connect("database", url="sqlite:///x", query="SELECT 1")
    with pytest.raises(BadInput, match="Give the whole path"):
        bench.connect("database", url="env:X", query="SELECT 1", mapping="mapping.yaml")
    with pytest.raises(BadInput, match="overlap_seconds"):
        bench.connect("database", url="env:X", query="SELECT 1", overlap_seconds="-1")
    (tmp_path / "bad.yaml").write_text("format: touchpath-mapping/1\n")
    with pytest.raises(ModelErrors):
        bench.connect("database", url="env:X", query="SELECT 1", mapping=str(tmp_path / "bad.yaml"))
    (tmp_path / "rows.yaml").write_text(MAPPING.replace("[id, what]", "[{row: true}]"))
    with pytest.raises(BadInput, match="no place in a file"):
        bench.connect("database", url="env:X", query="SELECT 1", mapping=str(tmp_path / "rows.yaml"))


def test_files_that_duckdb_reads_are_a_table_too(bench, tmp_path):
    with duckdb.connect() as database:
        database.execute(
            "CREATE TABLE events (id INTEGER, what TEXT, moment TIMESTAMP, who TEXT, total DECIMAL(9, 2), more STRUCT(plan TEXT), gift BOOLEAN)"
        )
        database.execute("INSERT INTO events VALUES (1, 'order.placed', '2026-03-01 10:00', 'u1', 19.9, {'plan': 'pro'}, true)")
        database.execute(f"COPY events TO '{tmp_path}/a.parquet'")
        bench.connect("duckdb", query=f"SELECT * FROM '{tmp_path}/*.parquet'", cursor="moment")
        assert bench.pulls.check("it").startswith("The files can be read: 1 rows")
        assert bench.pulls.run("it")[0].new == 1
        assert json.loads(bench.rows("properties")[0][0]) == {"plan": "pro", "gift": True}
        database.execute("UPDATE events SET id = 2, moment = '2026-03-01 12:00'")
        database.execute(f"COPY events TO '{tmp_path}/b.parquet'")
    (state,) = bench.pulls.run("it")
    assert (state.problem, state.records, state.new) == ("", 2, 1)


def test_a_duckdb_file_is_only_read(bench, tmp_path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
        database.execute(
            "CREATE TABLE events AS SELECT 1 AS id, 'seen' AS what, now() AS moment, 'u1' AS who, 1 AS total, NULL AS more, NULL AS gift"
        )
    bench.connect("duckdb", file=str(tmp_path / "shop.duckdb"), query="FROM events", cursor="moment")
    assert bench.pulls.run("it")[0].new == 1
    (state,) = bench.pulls.run("it")
    assert (state.records, state.new, state.problem) == (1, 0, "")
    bench.connections.change("it", "duckdb", {"mapping": str(tmp_path / "mapping.yaml"), "query": "DROP TABLE events"})
    assert "refused the query" in bench.pulls.run("it")[0].problem


def test_a_namespace_takes_the_place_of_the_mappings_source(bench, database):
    settings = {"mapping": str(bench.folder / "mapping.yaml"), "url": "env:SHOP_URL", "query": "SELECT * FROM events"}
    bench.connections.add("es", "database", settings, source="shop-es")
    bench.pulls.run("es")
    assert {source for (source,) in bench.rows("source")} == {"shop-es"}


def test_two_columns_of_one_name_are_told(bench):
    bench.connect("duckdb", query="SELECT 1 AS id")
    rows = bench.connections.open(bench.connections.get("it"))._rows
    with pytest.raises(BadInput, match="two columns 'id'"):
        list(rows.batches([*rows.mapping.columns, "more", "id"], [], None))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (7, {"kind": "int", "value": "7"}),
        (0.1, {"kind": "float", "value": "0.1"}),
        (Decimal("7.10"), {"kind": "decimal", "value": "7.10"}),
        (date(2026, 3, 1), {"kind": "date", "value": "2026-03-01"}),
        ("2026-03-01T10:00:00.5Z", {"kind": "text", "value": "2026-03-01T10:00:00.5Z"}),
    ],
)
def test_a_cursor_keeps_its_type(bench, value, kept):
    bench.connect("duckdb", query="SELECT 1", cursor="moment", overlap_seconds="60")
    rows = bench.connections.open(bench.connections.get("it"))._rows
    assert written(value, "moment") == kept
    read = rows.since({"newest": kept})
    assert read == (value if not isinstance(value, str) else "2026-03-01T09:59:00")
    with pytest.raises(BadInput, match="holds bool"):
        written(True, "moment")
