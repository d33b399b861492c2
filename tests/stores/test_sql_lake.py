"""SQL over the lake: it reads the tables that it is meant to read, and nothing else, whatever is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from touchpath.model.errors import BadInput, Cancelled
from touchpath.store.sql import SqlLimits
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.sql_check import DEEPEST, LONGEST, check_sql
from touchpath.stores.sql_lake import HANDED, SqlLake, views_over
from touchpath.stores.sql_process import Order, open_locked
from touchpath.timelines.stopping import watched_by

TABLES = ("signals", "revisions", "persons", "actors", "answers", "questions")
Ask = Callable[..., list[dict[str, object]]]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, signals: Callable[..., pa.Table]) -> Iterator[DeltaLake]:
    """Three signals of two people, one of which was corrected."""
    with DeltaLake(tmp_path_factory.mktemp("sql") / "la'ke") as lake:
        lake.append(signals({"id": "1", "kind": "order.placed", "value": 5.0}, {"id": "2", "actors": ["user:2"]}))
        lake.append(signals({"id": "3", "kind": "survey.answered", "value": 9.0, "properties": '{"question": "nps", "n": 1}'}))
        lake.append(signals({"id": "1", "kind": "order.placed", "value": 7.0}))
        yield lake


def handed() -> dict[str, pa.Table]:
    """Both people's ids, one question."""
    from touchpath.model.keys import name_key

    keys = [name_key("user:1"), name_key("user:2")]
    rows = {
        "actors": [{"actor_key": key, "actor": f"user:{n}", "person": n} for n, key in enumerate(keys, 1)],
        "questions": [{"question": "nps", "title": "NPS", "low": 0, "high": 10, "kind": "survey.answered"}],
        "question_conditions": [{"question": "nps", "path": '$."question"', "allowed": ["nps"]}],
    }
    return {name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in HANDED.items()}


@pytest.fixture(scope="module")
def run(lake: DeltaLake) -> Ask:
    """Ask, in a process of its own."""
    store = SqlLake(lake, handed)

    def ask(sql: str, **limits: object) -> list[dict[str, object]]:
        return store.ask(sql, SqlLimits(**limits)).rows.to_pylist()  # type: ignore[arg-type]

    return ask


def test_each_signal_is_there_once_in_its_newest_version_with_its_person(run: Ask) -> None:
    found = run("SELECT id, kind, value, person FROM signals ORDER BY id -- a comment; and more")
    assert [(one["id"], one["value"], one["person"]) for one in found] == [("1", 7.0, 1), ("2", None, 2), ("3", 9.0, 1)]
    assert run("SELECT count(*) AS n FROM revisions") == [{"n": 4}]
    assert run("SELECT person, signals FROM persons ORDER BY person") == [
        {"person": 1, "signals": 2},
        {"person": 2, "signals": 1},
    ]


def test_answers_are_those_of_the_models_questions(run: Ask) -> None:
    assert run("SELECT question, value, person FROM answers") == [{"question": "nps", "value": 9.0, "person": 1}]
    assert run("SELECT json_extract_string(properties, '$.n') AS n FROM signals WHERE properties IS NOT NULL") == [{"n": "1"}]


def test_every_column_that_is_named_can_be_read(lake: DeltaLake, run: Ask) -> None:
    for table in SqlLake(lake, handed).tables():
        columns = ", ".join(column.name for column in table.columns)
        assert list(run(f"SELECT {columns} FROM {table.name}")[0]) == [column.name for column in table.columns]


def test_usual_analysis_runs(run: Ask) -> None:
    sql = """
        WITH RECURSIVE days(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM days WHERE n < 3),
             per AS (SELECT person, count(*) AS c FROM signals GROUP BY ALL)
        SELECT n, c, row_number() OVER (ORDER BY c DESC) AS place, list(n) OVER () AS all_of_them
        FROM days CROSS JOIN per LEFT JOIN LATERAL (SELECT max(x) AS y FROM range(3) AS r(x)) ON true
        WHERE c > (SELECT min(c) - 1 FROM per) QUALIFY place <= 2 ORDER BY ALL
    """
    assert len(run(sql)) == 2


def test_an_empty_lake_has_its_tables_without_rows(tmp_path: Path) -> None:
    with DeltaLake(tmp_path / "lake") as lake:
        found = SqlLake(lake, lambda: {name: schema.empty_table() for name, schema in HANDED.items()})
        assert found.ask("SELECT * FROM signals, persons", SqlLimits()).rows.num_rows == 0


def test_more_rows_than_asked_for_are_cut_and_said(lake: DeltaLake) -> None:
    answer = SqlLake(lake, handed).ask("SELECT * FROM range(5000)", SqlLimits(rows=10))
    assert (answer.rows.num_rows, answer.cut) == (10, True)
    assert not SqlLake(lake, handed).ask("SELECT * FROM range(10)", SqlLimits(rows=10)).cut


# -- the first wall: what may be said ------------------------------------------------------------------------------------

ATTACKS = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM READ_CSV_AUTO('/etc/passwd')",
    "SELECT * FROM \"read_text\"('/etc/passwd')",
    "SELECT * FROM main.read_blob('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM \"/etc/passwd\"",
    "FROM '/etc/passwd'",
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM read_parquet('https://example.org/x.parquet')",
    "SELECT * FROM read_json('http://169.254.169.254/latest/meta-data')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM parquet_metadata('/etc/passwd')",
    "SELECT * FROM parquet_scan('x')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM arrow_scan(1, 2, 3)",
    "SELECT getenv('HOME')",
    "SELECT GetEnv('HOME')",
    "SELECT getvariable('x')",
    "SELECT current_setting('memory_limit')",
    "SELECT current_database(), current_user, version()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_settings",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_views()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM pg_class",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM system.main.duckdb_functions()",
    "SELECT * FROM memory.main.signals",
    "SELECT * FROM main.signals",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM question_conditions",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('signals')",
    "SELECT json_execute_serialized_sql('x')",
    "SELECT * FROM json_execute_serialized_sql('x')",
    "SELECT nextval('x')",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "COPY signals TO 's3://bucket/x'",
    "COPY signals FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/x'",
    "IMPORT DATABASE '/tmp/x'",
    "ATTACH '/tmp/x.db'",
    "ATTACH ':memory:' AS x",
    "DETACH memory",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FORCE INSTALL httpfs FROM 'http://example.org'",
    "SET threads = 64",
    "SET GLOBAL memory_limit = '1TB'",
    "RESET lock_configuration",
    "SET VARIABLE x = 1",
    "PRAGMA database_list",
    "PRAGMA threads = 64",
    "CALL pragma_version()",
    "CREATE TABLE x AS SELECT 1",
    "CREATE MACRO f(x) AS x",
    "CREATE SECRET x (TYPE s3)",
    "DROP VIEW signals",
    "INSERT INTO actors VALUES (1, 'x', 1)",
    "UPDATE actors SET person = 1",
    "DELETE FROM actors",
    "TRUNCATE actors",
    "ALTER TABLE actors RENAME TO x",
    "VACUUM",
    "CHECKPOINT",
    "BEGIN",
    "EXPLAIN ANALYZE SELECT 1",
    "DESCRIBE signals",
    "SHOW TABLES",
    "SUMMARIZE signals",
    "PREPARE x AS SELECT 1",
    "EXECUTE x",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW signals",
    "SELECT 1 /* ; */ ; COPY (SELECT 1) TO 'x'",
    "SELECT 1; -- \nATTACH 'x'",
    "SELECT $1",
    "SELECT ?",
    "SELECT * FROM signals WHERE id = $id",
    "WITH \"/etc/passwd\" AS (SELECT 1) SELECT * FROM \"/etc/passwd\"",
    "SELECT * FROM (WITH duckdb_settings AS (SELECT 1) SELECT 1), duckdb_settings",
    "SELECT * FROM (SELECT * FROM (SELECT * FROM read_csv('/etc/passwd')))",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM signals WHERE id IN (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT 1 UNION ALL SELECT content FROM read_text('/etc/passwd')",
    "SELECT * FROM signals JOIN read_csv('/etc/passwd') ON true",
    "SELECT * FROM signals, LATERAL (SELECT * FROM read_text('/etc/passwd'))",
    "SELECT list_transform([1], lambda x: getenv('HOME'))",
    "SELECT * FROM range(getenv('HOME')::INT)",
    "PIVOT signals ON kind USING count(*)",
    "WITH x AS (DELETE FROM actors RETURNING *) SELECT * FROM x",
    "WITH x AS (INSERT INTO actors VALUES (1) RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE actors SET person = 1 RETURNING *) SELECT * FROM x",
    "SELECT * FROM (WITH x AS (MERGE INTO actors USING signals ON true WHEN MATCHED THEN DELETE RETURNING *) FROM x)",
    "ＳＥＬＥＣＴ 1",
    "SELECT * FROM ｓignals",
    "SELECT * FROM signals\u202e",
    "SELECT * FROM read\u200b_csv('/etc/passwd')",
    "SEL/**/ECT 1",
    "",
    ";",
    "-- nothing",
    "\x00",
    "SELECT 'x",
    "not sql",
)  # fmt: skip


@pytest.mark.parametrize("sql", ATTACKS)
def test_whatever_is_no_select_over_the_tables_is_refused_before_it_runs(sql: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_sql(sql, TABLES)
    assert "passwd\nroot" not in str(refused.value)


def test_what_is_too_long_or_nested_too_deep_is_refused() -> None:
    with pytest.raises(BadInput, match="characters"):
        check_sql("SELECT " + "1," * LONGEST + "1", TABLES)
    with pytest.raises(BadInput):
        check_sql("SELECT " + "(" * 3_000 + "1" + ")" * 3_000, TABLES)
    with pytest.raises(BadInput):
        check_sql("SELECT * FROM " + "(SELECT * FROM " * (3 * DEEPEST) + "signals" + ")" * (3 * DEEPEST), TABLES)


@pytest.mark.parametrize(
    "sql",
    [
        "select kind from signals -- read_csv('/etc/passwd')",
        "select 'ATTACH; COPY read_csv(' from signals",
        "SELECT 1;",
        "(SELECT 1)",
        "VALUES (1)",
        "FROM SIGNALS",
        "TABLE signals",
        "WITH x AS (SELECT 1 AS a) SELECT a FROM x",
        "SELECT \"kind\" FROM \"signals\" AS \"/etc/passwd\"",
        "SELECT coalesce(median(value), 0), strftime(occurred_at, '%Y') FROM signals GROUP BY 2",
    ],
)  # fmt: skip
def test_words_in_texts_and_comments_are_only_words(sql: str) -> None:
    assert check_sql(sql, TABLES)


# -- the second wall: a database that is locked, whatever is said --------------------------------------------------------


@pytest.fixture(scope="module")
def locked(lake: DeltaLake) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database of the process, without anybody who looks at the text first."""
    files = tuple(str(file) for file in lake.files())
    order = Order("", files, tuple(views_over(files)), (), 10, 1 << 20, 5.0, 256, 1)
    with open_locked(order, handed()) as database:
        yield database


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hosts')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELECT getenv('HOME')",
        "COPY (SELECT 1) TO '/tmp/touchpath-attack.csv'",
        "EXPORT DATABASE '/tmp/touchpath-attack'",
        "ATTACH '/tmp/touchpath-attack.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET allowed_paths",
        "SET allowed_paths = ['/etc/passwd']",
        "SET allowed_directories = ['/']",
        "SET threads = 64",
        "SET memory_limit = '1TB'",
        "SET temp_directory = '/tmp'",
        "SET python_enable_replacements = true",
        "SELECT * FROM ATTACKS",
        "SELECT * FROM lake",
    ],
)
def test_a_locked_database_reaches_nothing_even_unchecked(locked: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        locked.execute(sql).fetchall()
    assert not list(Path("/tmp").glob("touchpath-attack*"))
    assert locked.execute("SELECT count(*) FROM signals").fetchall() == [(3,)]


# -- what a question may cost --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM range(1000000000) a, range(1000000000) b",
        "WITH RECURSIVE bomb(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM bomb) SELECT max(n) FROM bomb",
    ],
)
def test_what_never_ends_is_ended(run: Ask, sql: str) -> None:
    began = time.monotonic()
    with pytest.raises(BadInput, match=r"longer than 2 seconds|memory"):
        run(sql, seconds=2.0)
    assert time.monotonic() - began < 20


def test_what_needs_too_much_memory_is_ended_and_the_next_question_is_answered(run: Ask) -> None:
    with pytest.raises(BadInput, match=r"memory|larger|longer"):
        run(
            "SELECT list(a.range), list(b.range) FROM range(100000) a, range(10000) b GROUP BY a.range % 7",
            memory_mb=64,
            seconds=10.0,
        )
    assert run("SELECT 1 AS x") == [{"x": 1}]


def test_an_answer_that_is_too_large_is_refused(run: Ask) -> None:
    with pytest.raises(BadInput, match="larger than 1 MB"):
        run("SELECT repeat('x', 3000000) AS x", bytes=1 << 20)


class _Gone:
    """Somebody who goes away after a moment."""

    def __init__(self) -> None:
        self.left = threading.Event()
        threading.Timer(0.5, self.left.set).start()

    def wants_none(self) -> bool:
        return self.left.is_set()

    def planned(self, shards: int) -> None:
        """Nothing is told of shards here."""

    def read(self) -> None:
        """Nor of those that were read."""


def test_the_process_ends_when_nobody_waits_any_longer(run: Ask) -> None:
    began = time.monotonic()
    with watched_by(_Gone()), pytest.raises(Cancelled):
        run("SELECT count(*) FROM range(1000000000) a, range(1000000000) b", seconds=60.0)
    assert time.monotonic() - began < 20


def test_what_is_wrong_is_told_without_the_names_of_files(run: Ask) -> None:
    with pytest.raises(BadInput, match="valeu") as refused:
        run("SELECT valeu FROM signals")
    assert ".parquet" not in str(refused.value)


def test_no_secret_of_the_server_reaches_the_process(run: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHPATH_SECRET_OF_TEST", "x")
    from touchpath.stores import sql_lake

    started = []
    began = sql_lake.subprocess.Popen
    monkeypatch.setattr(
        sql_lake.subprocess, "Popen", lambda *more, **named: started.append(named["env"]) or began(*more, **named)
    )
    assert run("SELECT 1 AS x") == [{"x": 1}]
    assert "TOUCHPATH_SECRET_OF_TEST" not in started[0]
