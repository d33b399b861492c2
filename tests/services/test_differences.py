"""Requests that differ by a few people: whatever viewers are answered, taking one answer from another tells of nobody or of enough."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import NotAllowed
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.drivers import DriversAsked
from touchpath.services.small_rows import HIDDEN, withheld

MODEL = """
format: touchpath-model/1
about: "Made by hand."
brand: {id: shop, title: Shop}
product_families: [{id: all, title: All, products: [{id: web, title: Web shop}]}]
dimensions:
  - {id: channel, title: Channel, field: channel, level: person, changes: latest}
  - {id: plan, title: Plan, field: properties.plan, level: person, changes: latest}
personas: [{id: most, title: Most, rule: {kind: visit, where: {properties.plan: {in: [gold, red]}}}}]
questions: [{id: csat, title: Satisfied, asked: {kind: visit}, scale: {low: 1, high: 5}, metric: customer_satisfaction}]
journeys:
  - id: buy
    title: Buy
    window: 1d
    products: [web]
    stages: [{id: all, title: All, steps: [{id: see, title: See, match: {kind: visit}}, {id: pay, title: Pay, match: {kind: order}}]}]
"""
START = datetime(2026, 3, 2, tzinfo=UTC)
#: People on each day; the fourth has one, the sixth nobody.
DAYS = (9, 7, 8, 1, 6, 0, 12, 5)
LEAST = 5


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Of 48 people on eight days 3 have the plan 'blue', and 21 'gold'; every tenth is on the phone; half order."""
    folder = tmp_path_factory.mktemp("differences") / "shop"
    create_workspace(folder, zone="UTC")
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL, "me", "first")
        days = [day for day, people in enumerate(DAYS) for _ in range(people)]
        workspace.record(
            [
                Signal(
                    source="web",
                    id=f"{person}-{kind}",
                    kind=kind,
                    occurred_at=START + timedelta(days=day, hours=9 + step),
                    actors=(f"user:{person}",),
                    channel="phone" if person % 10 == 0 else "web",
                    value=float(1 + person % 5),
                    properties={"plan": "blue" if person in (5, 20, 40) else "gold" if person % 2 else "red"},
                )
                for person, day in enumerate(days)
                for step, kind in enumerate(("visit", "order"))
                if step == 0 or person % 2
            ]
        )
        yield workspace


@pytest.fixture
def viewers(shop):
    return shop.platform.for_viewers()


def days(first: int, last: int) -> Period:
    return Period(START + timedelta(days=first), START + timedelta(days=last))


def visits(first: int, last: int, **more: object) -> dict[str, object]:
    period = days(first, last)
    return {
        "query": "volume", "of": ["visit"], "period": {"from": period.start.isoformat(), "to": period.end.isoformat()}, **more,
    }  # fmt: skip


def people(platform, document) -> int | None:
    """How many visitors an answer tells of; None where it tells nothing."""
    try:
        (row,) = platform.ask(document).table().records()
    except NotAllowed:
        return None
    return row["people"] if isinstance(row["people"], int) else None


def test_no_two_periods_that_are_answered_differ_by_few(shop, viewers):
    asked = {(first, last): people(viewers, visits(first, last)) for first, last in combinations(range(len(DAYS) + 1), 2)}
    told = {one: count for one, count in asked.items() if count is not None}
    assert 5 < len(told) < len(asked)
    for one, count in told.items():
        assert count == sum(DAYS[slice(*one)]) == people(shop.platform, visits(*one))
    for (a, b), (c, d) in combinations(told, 2):
        if (a <= c and d <= b) or (c <= a and b <= d):
            differing = abs(told[a, b] - told[c, d])
            assert differing == 0 or differing >= LEAST, ((a, b), (c, d))


FILTERS = {
    "not blue": {"segment": {"plan": "blue"}, "not": True},
    "gold": {"segment": {"plan": "gold"}},
    "web": {"segment": {"channel": "web"}},
    "ordered": {"did": "order"},
    "most": {"persona": "most"},
}


def test_no_two_choices_of_people_that_are_answered_differ_by_few(shop, viewers):
    chosen = [frozenset(some) for size in range(4) for some in combinations(FILTERS, size)]
    asked = {some: {"query": "volume", "of": ["visit"], "who": [FILTERS[name] for name in sorted(some)]} for some in chosen}
    told = {some: count for some in chosen if (count := people(viewers, asked[some])) is not None}
    assert frozenset({"not blue"}) not in told
    assert frozenset({"most"}) not in told
    assert {frozenset(), frozenset({"gold"}), frozenset({"ordered"})} <= set(told)
    for one, other in combinations(told, 2):
        if one <= other or other <= one:
            differing = abs(told[one] - told[other])
            assert differing == 0 or differing >= LEAST, (one, other)
    assert all(told[some] == people(shop.platform, asked[some]) for some in told)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"who": {"ids": ["user:1"]}}, "picked by their ids"),
        ({"who": {"people": {"query": "volume", "of": ["visit"], "who": {"ids": ["user:1"]}}, "outcome": "did"}}, "by their ids"),
        ({"where": {"properties.plan": {"in": ["gold", "red"]}}}, "fewer than 5 people"),
        ({"where": {"plan": {"in": ["gold", "red"]}}}, "fewer than 5 people"),
        ({"who": {"did": {"kind": "visit", "where": {"value": {">": 1}}}, "in": {"from": "2026-03-02T07:00Z", "to": "2026-03-04"}}}, "whole days"),
        ({"who": {"did": "visit", "in": {"from": "2026-03-02", "to": "2026-03-05"}}}, "in the day before or after 2026-03-05"),
        ({"who": [{"did": "order"}] * 5}, "more than 4 filters"),
    ],
)  # fmt: skip
def test_a_request_that_leaves_out_few_is_refused_with_the_reason(shop, viewers, more, said):
    document = {"query": "volume", "of": ["visit"], **more}
    assert shop.platform.ask(document).table().rows
    for ask in (lambda: viewers.ask(document), lambda: viewers.answer(document), lambda: raised(viewers.ask_all([document])[0])):
        with pytest.raises(NotAllowed, match=said):
            ask()


def raised(found):
    raise found


def test_a_query_that_is_refused_costs_no_other(viewers):
    refused, answered = viewers.ask_all([visits(0, 3), visits(0, 8)])
    assert isinstance(refused, NotAllowed)
    assert answered == viewers.ask(visits(0, 8))


def test_the_edges_of_a_period_are_those_of_days(shop, viewers):
    hours = {"from": "2026-03-02T10:00Z", "to": "2026-03-03T08:00Z"}
    found = viewers.ask({"query": "volume", "of": ["visit"], "period": hours})
    assert found.period == days(0, 2)
    assert found.table().rows[0][5] == DAYS[0] + DAYS[1]
    assert shop.platform.ask({"query": "volume", "of": ["visit"], "period": hours}).period != found.period


def test_a_measurement_whose_period_leaves_out_few_is_blank_with_the_reason(shop, viewers):
    period = days(0, 3)
    hidden = viewers.measure("customer_satisfaction", "csat", period=period, by="channel")
    numbers = [hidden.total, *(reading.number for reading in hidden.readings)]
    assert all(isinstance(one, Undefined) and "in the day before or after 2026-03-05" in one.reason for one in numbers)
    (packed,) = viewers.measure_all([("customer_satisfaction", "csat")], period=period, by="channel").measurements
    assert packed == hidden
    assert isinstance(viewers.trend("customer_satisfaction", "csat", grain="day", period=period).readings[0].number, Undefined)
    behind = viewers.behind("customer_satisfaction", "csat", period=period)
    assert not behind.counted
    assert not behind.left_out
    assert isinstance(shop.platform.measure("customer_satisfaction", "csat", period=period).total, Estimate)


def test_a_measurement_of_a_period_that_leaves_out_enough_is_exact(shop, viewers):
    asked = {"metric": "customer_satisfaction", "subject": "csat", "period": days(0, 2)}
    assert viewers.measure(**asked).total == shop.platform.measure(**asked).total


def test_a_comparison_whose_periods_leave_out_few_is_blank_with_the_reason(shop, viewers):
    periods = (days(0, 3), days(4, 8))
    found = viewers.compare("customer_satisfaction", "csat", periods=periods)
    assert all(isinstance(one.before, Undefined) and one.before.reason.startswith("hidden") for one in found.contrasts)
    assert isinstance(shop.platform.compare("customer_satisfaction", "csat", periods=periods).contrasts[0].before, Estimate)


def test_segments_of_which_the_edges_leave_out_few_go(shop, viewers):
    """On the day after the edge one person is on the phone, whom the same table with that day would tell."""
    found = viewers.ask(visits(0, 2, by="channel")).table().records()
    assert {row["segment"]: row["people"] for row in found} == {"web": withheld(LEAST), "phone": withheld(LEAST)}
    measured = viewers.measure("customer_satisfaction", "csat", by="channel", period=days(0, 2))
    assert isinstance(measured.total, Estimate)
    assert all(isinstance(reading.number, Undefined) for reading in measured.readings)


def test_a_persona_beside_whom_there_are_few_goes(viewers):
    (row,) = viewers.ask({"query": "volume", "of": ["visit"], "by": "persona"}).table().records()
    assert (row["segment"], row["people"]) == ("Most", withheld(LEAST))


def test_how_many_fit_several_personas_is_not_told(shop, viewers):
    document = {"query": "volume", "of": ["visit"], "by": "persona"}
    assert any("3 in none" in note for note in shop.platform.ask(document).notes)
    notes = viewers.ask(document).notes
    assert "By persona people may be in several or in none. The parts overlap and do not add up to the whole." in notes


def test_drivers_of_a_period_that_leaves_out_few_are_refused(shop, viewers):
    asked = DriversAsked("csat", ("did:order",))
    with pytest.raises(NotAllowed, match="2026-03-05"):
        viewers.drivers(asked, period=days(0, 3))
    assert viewers.drivers(asked).outcome == shop.platform.drivers(asked).outcome


def test_people_picked_before_are_enough_and_leave_enough(shop, viewers):
    did = shop.platform.select({"query": "volume", "of": ["order"]}, "did")
    few = shop.platform.select({"query": "volume", "of": ["visit"], "who": FILTERS["not blue"]}, "did")
    assert viewers.ask({"query": "volume", "of": ["visit"]}, did).table().rows
    with pytest.raises(NotAllowed, match="people picked"):
        viewers.ask({"query": "volume", "of": ["visit"]}, few)


def test_nothing_is_refused_where_all_groups_are_shown(shop):
    everything = replace(shop.platform, viewers=True, smallest_group=1)
    document = visits(0, 3, who=[FILTERS["not blue"]])
    assert everything.ask(document) == shop.platform.ask(document)


def test_funnels_tasks_moves_and_maps_are_cut_alike(shop, viewers):
    period = days(0, 3)
    for ask in (
        lambda: viewers.funnel(["visit", "order"], period=period),
        lambda: viewers.paths(period=period),
    ):
        with pytest.raises(NotAllowed, match="2026-03-05"):
            ask()
    blank = viewers.journey_map("buy", period=period)
    assert blank.entrants is blank.open_entrants is None
    assert blank.finding.startswith("Hidden: in the day")
    of_blue = viewers.journey_map("buy", by="plan", segment="blue")
    assert isinstance(of_blue.conversion, Undefined)
    assert shop.platform.journey_map("buy", by="plan", segment="blue").entrants == 3


def test_a_step_that_few_came_to_is_hidden_on_the_way(shop, viewers):
    by_plan = {cell.segment: cell for cell in viewers.funnel(["visit", "order"], by="plan", window="1h").cells}
    assert isinstance(by_plan["blue"].steps[0].reach, Undefined)
    assert isinstance(by_plan["blue"].steps[1].reach, Undefined)
    assert sum(isinstance(cell.steps[0].reach, Undefined) for cell in by_plan.values()) == 2
    assert viewers.funnel(["visit", "order"], window="1h") == shop.platform.funnel(["visit", "order"], window="1h")
    assert viewers.journey_map("buy").conversion == shop.platform.journey_map("buy").conversion
    edges = {(edge.before, edge.after): edge.people for edge in viewers.paths().edges}
    assert all(people >= LEAST for people in edges.values())


def test_hidden_values_have_no_names(viewers):
    rows = viewers.ask({"query": "values", "column": "properties.plan"}).table().records()
    assert [row["value"] for row in rows][-1] == HIDDEN
    assert "blue" not in {row["value"] for row in rows}
