"""What a query says it reads is what it reads: for every query there is, over the published cases."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from touchpath.engines.local import LocalEngine
from touchpath.model.errors import BadInput, Missing
from touchpath.services.ground import Ground
from touchpath.services.queries.ask import ask
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.explain import explain
from touchpath.services.queries.explained import explained_document, told
from touchpath.services.queries.reading import read_asked
from touchpath.services.vectors import _experience, _Signals
from touchpath.timelines.arrays import NO_VALUE, Timelines, TimelineSet
from touchpath.timelines.watched import Watched, bytes_of

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted((Path(__file__).parents[2] / "docs" / "conformance").glob("*.json"))
    for case in json.loads(file.read_text("utf-8")).get("cases", ())
    if "error" not in case and case["query"]["query"] != "features"
]


@dataclass
class Store:
    """The timelines of a case, changed on the way out."""

    signals: _Signals
    changed: Any
    given: list[Timelines] = field(default_factory=list)

    def open(self, unit="person", properties=()) -> TimelineSet:
        found = self.signals.open(unit, properties)
        shards = tuple(self.changed(shard) for shard in found.shards)
        self.given += shards
        return replace(found, shards=shards)

    def person_of(self, actor_key, at=None):
        return self.signals.person_of(actor_key, at)


def ground_of(case, changed=lambda shard: shard) -> Ground:
    store = Store(_Signals(case["signals"], case.get("end")), changed)
    return Ground(_experience(case), store, LocalEngine(1), case.get("zone", "UTC"), int(case.get("week_start", 0)))


def read(ground, case):
    return read_asked(case["query"], QUERIES, ground.experience, ground.zone)


def garbled(shard: Timelines, kept: set[str]) -> Timelines:
    """The same timelines, but columns that are not kept hold nonsense."""
    nonsense = {name: np.full(column.shape, 1, column.dtype) for name, column in shard.columns.items()}
    return replace(
        shard,
        columns={name: column if name in kept else nonsense[name] for name, column in shard.columns.items()},
        times=shard.times if "(times)" in kept else np.full(shard.signals, NO_VALUE + 1),
        kinds=shard.kinds if "kind" in kept else np.zeros(shard.signals, np.int32),
    )


@pytest.mark.parametrize("case", CASES)
def test_only_the_columns_that_are_told_are_read(case):
    """Whatever is in the columns that `explain` does not tell, the answer is the same."""
    honest = ground_of(case)
    asked = read(honest, case)
    told_of = explain(honest, asked, 0.95)
    named = {column.column for cost in all_costs(told_of) for column in cost.columns}
    blind = ground_of(case, lambda shard: garbled(shard, named))
    assert ask(blind, asked, 0.95).tables == ask(honest, asked, 0.95).tables


@pytest.mark.parametrize("case", CASES)
def test_what_is_told_is_what_asking_touches(case):
    asked = read(ground_of(case), case)
    costs = all_costs(explain(ground_of(case), asked, 0.95))
    watched = ground_of(case, Watched)
    ask(watched, asked, 0.95)
    shards = watched.timelines.given
    assert {name for shard in shards for name in shard.touched if bytes_of(shard, name)} == {
        column.column for cost in costs for column in cost.columns if column.bytes
    }


def all_costs(explained):
    """What tells columns: the query itself, its filters, and the queries behind them."""
    inner = (one.query for one in explained.filters if one.query)
    return [explained, *explained.filters, *(cost for one in inner for cost in all_costs(one))]


def test_every_query_is_among_the_cases():
    assert {case.values[0]["query"]["query"] for case in CASES} == set(QUERIES) - {"features"}


def test_features_are_explained_too(company):
    document = {
        "query": "features",
        "anchor": "order.placed",
        "features": {"visits": {"count": "page.viewed", "before": "30d"}, "plan": {"known": "properties.plan"}},
    }
    found = company.platform.explain(document, run=True)
    assert {column.column for column in found.columns} >= {"kind", "(times)", "key", "properties.plan"}
    assert "channel" not in {column.column for column in found.columns}
    assert found.spent.rows == company.platform.features(document).read_all().num_rows


ASKED = {
    "query": "volume",
    "of": ["order.placed"],
    "by": "channel",
    "grain": "quarter",
    "who": [
        {"did": {"kind": "ticket.opened"}},
        {"segment": {"plan": "plus"}, "not": True},
        {"people": {"query": "volume", "of": ["cart.added"]}, "outcome": "did"},
    ],
}


def test_the_company_is_explained(company):
    opened = company.timelines.open("person", company.platform.experience().properties)
    found = company.platform.explain(ASKED)
    assert found.signals == sum(shard.signals for shard in opened.shards)
    assert found.owners == sum(shard.people for shard in opened.shards)
    by_name = {column.column: column for column in found.columns}
    assert by_name["channel"].bytes == 4 * found.signals
    assert by_name["channel"].read_by == ("cut",)
    assert by_name["(times)"].bytes == 8 * found.signals
    assert by_name["kind"].read_by == ("query",)
    assert found.cells == found.periods * found.segments
    did, plan, people = found.filters
    assert did.words == "did ticket.opened"
    assert "kind" in {column.column for column in did.columns}
    assert plan.words == "not: plan is plus"
    assert "properties.plan" in {column.column for column in plan.columns}
    assert people.query.query == "volume"
    assert found.spent is None


def test_running_tells_what_it_cost_and_asking_keeps_the_answer(company):
    document = {**ASKED, "title": "never asked before"}
    before = company.platform.explain(document, run=True)
    assert before.spent.rows == len(company.platform.ask(document).table().rows)
    assert before.spent.read_seconds > 0
    assert not before.kept
    assert company.platform.explain(document).kept


def test_the_facts_are_told_in_words_and_as_plain_values(company):
    found = company.platform.explain(ASKED, run=True)
    words = "\n".join(told(found))
    assert "signals of" in words
    assert "Filter of people: did ticket.opened. Reads " in words
    document = json.loads(json.dumps(explained_document(found), allow_nan=False))
    assert document["bytes"] == sum(column["bytes"] for column in document["columns"])
    assert document["filters"][2]["query"]["query"] == "volume"


def test_what_cannot_be_asked_is_not_explained(company):
    with pytest.raises(Missing, match="Did you mean 'channel'"):
        company.platform.explain({**ASKED, "by": "chanel"})
    with pytest.raises(BadInput, match="Did you mean 'volume'"):
        company.platform.explain({"query": "volum"})


def test_the_overlay_is_told(tmp_path):
    from datetime import UTC, datetime

    from touchpath.bootstrap import create_workspace, open_workspace
    from touchpath.model.signal import Signal

    create_workspace(tmp_path / "shop")
    workspace = open_workspace(tmp_path / "shop")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    workspace.record([Signal("s", f"a{n}", "seen", moment, (f"user:{n}",)) for n in range(5)])
    query = {"query": "volume", "of": ["seen"]}
    found = workspace.platform.explain(query)
    assert (found.owners, found.signals, found.overlay_owners, found.skipped_owners) == (5, 5, 0, 0)
    workspace.record([Signal("s", "b0", "seen", moment, ("user:0",)), Signal("s", "b9", "seen", moment, ("user:9",))])
    found = workspace.platform.explain(query)
    assert (found.owners, found.signals, found.overlay_owners, found.overlay_signals, found.skipped_owners) == (6, 7, 2, 3, 1)
    assert found.processor_seconds is None
    assert not found.base_kept
    workspace.platform.ask(query)
    workspace.record([Signal("s", "b8", "seen", moment, ("user:1",))])
    found = workspace.platform.explain(query)
    assert (found.kept, found.base_kept) == (False, True)
    assert "only the owners whom new signals touched are read" in " ".join(told(found))
    workspace.close()
