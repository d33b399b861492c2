"""The signals behind a number as SQL, and the number counted again from them outside."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest
from typer.testing import CliRunner

import touchpath
from touchpath.cli.main import app
from touchpath.model.errors import BadInput, NotAllowed
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import Period
from touchpath.services.rows_behind import read_rows, rows_sql

PERIOD = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
SIGNALS = """
    CREATE TABLE signals AS SELECT col0 AS key, 1 AS person, 2 AS actor_key, TIMESTAMPTZ '2026-01-15 00:00:00+00' AS occurred_at, 'a' AS kind,
    col1 AS value, NULL AS unit, col2 AS channel, NULL AS account, col3 AS objects, col4 AS properties
    FROM (VALUES (1, 5.0, 'web', MAP {'order': '7'}, '{"plan": "it''s", "late": true, "n": "1.0"}'),
                 (2, 50.0, 'webshop', MAP {'ticket': '8'}, '{"plan": "gold", "late": false, "n": 2}'),
                 (3, NULL, NULL, MAP {'order': '9'}, '{}'))
"""


@pytest.mark.parametrize(
    ("field", "operator", "operand", "keys"),
    [
        ("channel", "equals", "web", [1]),
        ("channel", "prefix", "web", [1, 2]),
        ("channel", "contains", "shop", [2]),
        ("channel", "matches", "^w.*p$", [2]),
        ("channel", "exists", False, [3]),
        ("value", ">", 5.0, [2]),
        ("value", "<", 50.0, [1]),
        ("properties.plan", "equals", "it's", [1]),
        ("properties.plan", "in", ("it's", "gold"), [1, 2]),
        ("properties.late", "equals", True, [1]),
        ("properties.n", "equals", 1.0, [1]),
        ("objects.order", "exists", True, [1, 3]),
    ],
)
def test_sql_finds_the_signals_that_meet_a_rule(field, operator, operand, keys):
    with duckdb.connect() as database:
        database.execute(SIGNALS)
        sql = rows_sql([EventRule(("a",), (Condition(field, operator, operand),))], PERIOD)
        found = database.execute(sql.replace("SELECT person", "SELECT key, person")).fetchall()
    assert sorted(row[0] for row in found) == keys
    assert all(row[-1] for row in found)


def test_a_rule_without_kinds_takes_every_signal():
    assert "WHERE" not in rows_sql([EventRule(()), EventRule(("a",))], PERIOD)
    assert rows_sql([], PERIOD) == ""
    with pytest.raises(BadInput, match="No signals are named"):
        read_rows(None, None, "")


def test_a_net_promoter_score_is_counted_again_from_its_rows(demo_folder):
    with touchpath.open(demo_folder / "company") as space:
        number = space.measure("nps", "nps").answer.total
        rows = space.rows_behind("nps", "nps").to_pylist()
    latest = {row["person"]: row["value"] for row in rows if row["in_period"]}
    net = sum(value >= 9 for value in latest.values()) - sum(value <= 6 for value in latest.values())
    assert (100 * net / len(latest), len(latest)) == (pytest.approx(number.value, rel=1e-12), number.n)


def test_people_are_those_of_the_time_as_the_number_counts_them(demo_folder):
    """A device that was handed on belongs to somebody else now: one of those who were on the journey."""
    with touchpath.open(demo_folder / "company") as space:
        number = space.measure("contact_rate", "buy").answer.total
        rows = space.rows_behind("contact_rate", "buy").to_pylist()
    contacts = {row["person"] for row in rows if row["kind"] == "ticket.opened"}
    journey = {row["person"] for row in rows if row["kind"] != "ticket.opened"}
    assert (len(contacts & journey) / len(journey), len(journey)) == (pytest.approx(number.value, rel=1e-12), number.n)


def test_whoever_sees_no_single_people_gets_no_rows(demo_folder):
    with touchpath.open(demo_folder / "company") as space, pytest.raises(NotAllowed):
        space.for_viewers().rows_behind("nps", "nps")


def test_rows_are_read_where_the_folder_was_named_from_here(demo_folder, monkeypatch):
    monkeypatch.chdir(demo_folder)
    with touchpath.open("company") as space:
        assert space.rows_behind("nps", "nps").num_rows > 0


def test_a_composite_has_the_rows_of_its_parts(demo_folder):
    with touchpath.open(demo_folder / "company") as space:
        behind = space.behind("seeds-health")
        kinds = {row["kind"] for row in space.rows_behind("seeds-health").to_pylist()}
    assert {"subscription.started", "subscription.cancelled"} <= kinds
    assert behind.reads


def test_the_terminal_writes_the_rows_to_a_file(demo_folder, tmp_path):
    file, folder = tmp_path / "rows.csv", str(demo_folder / "company")
    ran = CliRunner().invoke(app, ["measure", "nps", "nps", "--rows", str(file), "--folder", folder])
    assert ran.exit_code == 0
    assert file.read_text().splitlines()[0].startswith("person,occurred_at,kind,value")
    refused = CliRunner().invoke(app, ["measure", "nps", "nps", "--rows", str(tmp_path / "rows.xlsx"), "--folder", folder])
    assert "Name it with .csv or .parquet" in str(refused.exception)
