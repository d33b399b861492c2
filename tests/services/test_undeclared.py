"""Properties that the model does not declare: the same answers as declared ones, at a cost that is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.engines.local import LocalEngine
from touchpath.model.errors import Missing
from touchpath.model.signal import Signal
from touchpath.services.queries.ask import prepare
from touchpath.timelines.fold import Whole

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("colour", "size", 'odd "name" \\ é', "nested")
VALUES = ("red", "blue", 'quo"ted', "back\\slash", "ünïcode", 3, 3.0, "3", 7.5, True, False, None, [1, 2], {"a": 1}, "")
CONDITIONS = [
    {"equals": "red"},
    {"in": ["red", "blue", 3]},
    {"equals": 3},
    {">": 2},
    {"<": 5},
    {"prefix": "b"},
    {"contains": "u"},
    {"matches": "^r|d$"},
    {"exists": True},
    {"exists": False},
    {"equals": True},
]


def signal(draw, number, name=None):
    person = int(draw.integers(12))
    properties = {one: VALUES[int(draw.integers(len(VALUES)))] for one in NAMES if draw.random() < 0.6}
    return Signal(
        "shop",
        name or f"s{number}",
        str(draw.choice(["seen", "bought"])),
        START + timedelta(hours=int(draw.integers(24 * 60))),
        (f"user:{person}",) if draw.random() < 0.8 else (f"anonymous:{person}",),
        objects={"order": f"o{person}"} if draw.random() < 0.5 else {},
        properties=properties,
    )


def declared(names):
    dimensions = [{"id": f"d{place}", "title": name, "field": f"properties.{name}"} for place, name in enumerate(names)]
    return json.dumps(
        {"format": "touchpath-model/1", "brand": {"id": "b", "title": "B"}, "object_kinds": [{"id": "order", "title": "Order"}]}
        | ({"dimensions": dimensions} if names else {})
    )


@pytest.fixture
def shop(tmp_path):
    """A workspace with corrections, an overlay, people who turned out to be one, and people who were erased."""
    draw = np.random.default_rng(3)
    create_workspace(tmp_path / "shop")
    workspace = open_workspace(tmp_path / "shop")
    workspace.models.apply(declared(()), "tester")
    workspace.record(signal(draw, number) for number in range(300))
    workspace.platform.ask({"query": "sessions"})
    workspace.record(signal(draw, 0, f"s{number}") for number in range(0, 120, 3))  # corrections
    workspace.record(signal(draw, number) for number in range(300, 330))  # late ones among them
    workspace.record([Signal("shop", "login", "seen", START, ("user:1", "anonymous:1"))])
    workspace.forget(["user:11"])
    workspace.record(signal(draw, number) for number in range(400, 420))
    yield workspace
    workspace.close()


def documents(name):
    field = f"properties.{name}"
    for condition in CONDITIONS:
        yield {"query": "volume", "of": ["seen", "bought"], "where": {field: condition}}
        yield {"query": "volume", "of": [{"kind": "seen", "where": {field: condition}}, "bought"], "grain": "month"}
        yield {"query": "funnel", "steps": ["seen", "bought"], "who": {"did": {"kind": [], "where": {field: condition}}}}
    for take in ("first", "last", "most", "any"):
        yield {"query": "values", "column": field, "take": take}
    yield {"query": "volume", "of": ["bought"], "unit": "order", "where": {field: {"exists": True}}}
    inner = {"query": "volume", "of": [{"kind": "seen", "where": {field: {"exists": True}}}]}
    yield {"query": "sessions", "who": {"people": inner, "outcome": "did", "not": True}}


@pytest.mark.parametrize("name", NAMES)
def test_an_undeclared_property_means_what_a_declared_one_means(shop, name):
    asked = list(documents(name))
    before = [answer.tables for answer in shop.platform.ask_all(asked)]
    alone = [shop.platform.ask(one) for one in asked[:4]]
    assert [one.tables for one in alone] == before[:4]
    shop.models.apply(declared(NAMES), "tester", onto=1)
    after = [shop.platform.ask(one) for one in asked]
    assert before == [answer.tables for answer in after]
    assert all("not declared" in note for answer in alone for note in answer.notes)
    assert not any("not declared" in note for answer in after for note in answer.notes)
    assert len({str(tables) for tables in before}) > 20


def test_a_new_signal_and_a_correction_count_at_once(shop):
    query = {"query": "volume", "of": [{"kind": [], "where": {"properties.colour": "green"}}], "title": "green"}
    with_green = Signal("shop", "s500", "seen", START, ("user:1",), properties={"colour": "green"})
    assert shop.platform.ask(query).table().records()[0]["signals"] == 0
    shop.record([with_green])
    assert shop.platform.ask(query).table().records()[0]["signals"] == 1
    shop.record([Signal("shop", "s500", "seen", START, ("user:1",), properties={})])
    assert shop.platform.ask(query).table().records()[0]["signals"] == 0


def test_a_name_that_no_signal_has_is_told_with_the_nearest(shop):
    for query in (
        {"query": "volume", "of": ["seen"], "where": {"properties.color": "red"}},
        {"query": "values", "column": "properties.color"},
        {"query": "volume", "of": ["seen"], "who": {"did": {"kind": "seen", "where": {"properties.color": "red"}}}},
    ):
        with pytest.raises(Missing, match=r"No property is called 'color'\. Did you mean 'colour'"):
            shop.platform.ask(query)
    fine, typo = shop.platform.ask_all([{"query": "sessions"}, query])
    assert fine.tables
    assert isinstance(typo, Missing)


def test_its_cost_is_told_before_and_nothing_is_looked_up_for_that(shop):
    query = {"query": "volume", "of": ["seen"], "where": {"properties.colour": "red"}}
    found = shop.platform.explain(query)
    (cost,) = found.undeclared
    assert (cost.property, cost.kept) == ("colour", False)
    assert cost.rows == sum(batch.num_rows for batch in shop.signals.scan(["key"]))
    assert 0 < cost.bytes < sum(file.stat().st_size for file in shop.signals.files())
    assert {column.column: column.bytes for column in found.columns}["properties.colour"] == 4 * sum(
        shard.signals for shard in shop.timelines.open("person").shards
    )
    shop.platform.ask(query)
    assert shop.platform.explain({**query, "title": "again"}).undeclared[0].kept
    with pytest.raises(Missing):
        shop.platform.explain({"query": "values", "column": "properties.color"}, run=True)


def test_features_read_undeclared_properties_too(shop):
    query = {"query": "features", "anchor": "bought", "features": {"colour": {"known": "properties.colour"}}}
    before = shop.platform.features(query).read_all()
    shop.models.apply(declared(NAMES), "tester", onto=1)
    assert before == shop.platform.features(query).read_all()
    assert before["colour"].null_count < before.num_rows
    with pytest.raises(Missing):
        shop.platform.features({**query, "features": {"c": {"known": "properties.color"}}})


def test_a_shard_that_is_opened_elsewhere_has_the_column_too(shop):
    import pickle

    query = shop.platform.read_query({"query": "volume", "of": ["seen"], "where": {"properties.colour": "red"}})
    prepared = prepare(shop.platform._ground(), query)
    here = prepared.frame.timelines
    from dataclasses import replace

    there = [
        replace(pickle.loads(pickle.dumps(shard.reopen))(), words=shard.words, skip=shard.skip) if shard.reopen else shard
        for shard in here.shards
    ]
    assert any(shard.reopen for shard in here.shards)
    elsewhere = LocalEngine(1).summarise(prepared.fold, replace(here, shards=tuple(there)), Whole(), [])
    assert elsewhere == LocalEngine(1).summarise(prepared.fold, here, Whole(), [])
