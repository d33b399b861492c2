"""One person who tries ten times is a group of one: viewers get no number of it, nor is it compared as if it were ten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from opened_workspace import workspace_of

from touchpath.metrics.benchmarks import around, judge
from touchpath.metrics.catalogue import METRICS
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.signal import Signal
from touchpath.services.pack import default_pack

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: city, title: City, field: properties.city}
tasks:
  - {id: buy, title: Buy, start: {kind: buy.started}, success: {kind: buy.done}, error: {kind: buy.failed}, limit: 1d}
journeys:
  - id: way
    title: Way
    purpose: To buy
    window: 1d
    stages: [{id: all, title: All, steps: [{id: start, title: Start, match: {kind: buy.started}}, {id: end, title: End, match: {kind: buy.done}}]}]
personas:
  - {id: local, title: Local, rule: {kind: buy.started, where: {properties.city: [Girona, Vic, Ripoll]}}}
questions:
  - {id: csat, title: Satisfied, asked: {kind: survey.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""
KINDS = ("buy.started", "buy.failed", "buy.done", "survey.answered")
#: City: how many people, and how often each came.
CITIES = {"Girona": (40, 3), "Vic": (30, 3), "Olot": (1, 12), "Ripoll": (2, 8)}
FEW = {"Olot", "Ripoll"}


def signals():
    for city, (people, times) in CITIES.items():
        for person in range(people):
            for time in range(times):
                at = NOON + timedelta(days=2 * time, minutes=person)
                for place, kind in enumerate(KINDS):
                    if kind == "buy.done" and (person + time) % 4 == 0:
                        continue
                    id, who = f"{city}-{person}-{time}-{kind}", (f"user:{city}-{person}",)
                    value = float(1 + (person + time) % 5) if kind == "survey.answered" else None
                    more = {"value": value, "properties": {"city": city}}
                    yield Signal("web", id, kind, at + timedelta(seconds=40 * place + person), who, **more)


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    with workspace_of(tmp_path_factory.mktemp("busy") / "shop", MODEL, signals()) as workspace:
        yield workspace.platform


def test_no_number_of_few_people_is_shown_however_often_they_came(platform):
    viewers, asks = platform.for_viewers(), default_pack(platform.experience())
    assert {"task_success", "task_time", "task_errors", "conversion", "session_time"} <= {name for name, _ in asks}
    seen = 0
    for name, subject in asks:
        for reading in viewers.measure(name, subject, by="city").readings:
            assert reading.segment not in FEW or not isinstance(reading.number, Estimate), (name, reading)
            assert not isinstance(reading.number, Undefined) or reading.number.count in (None, 0), (name, reading)
            seen += isinstance(reading.number, Estimate)
        for one in viewers.compare(name, subject, by="city").contrasts:
            assert one.after_title not in FEW or not isinstance(one.after, Estimate), (name, one)
    assert seen > len(asks) / 2


QUERIES = (
    "{query: tasks, task: buy, by: city}",
    "{query: sessions, by: city}",
    "{query: paths, by: city}",
    "{query: variants, by: city}",
    "{query: funnel, steps: [buy.started, buy.done], window: 1d, by: city}",
    "{query: counts, of: {kind: buy.done}, per: {kind: buy.started}, by: city}",
)


@pytest.mark.parametrize("query", QUERIES)
def test_no_table_tells_of_a_place_where_few_people_did_anything(platform, query):
    whole, cut = platform.ask(query), platform.for_viewers().ask(query)
    told = 0
    for table in cut.tables:
        for row in table.records():
            numbers = [
                value for value in row.values() if isinstance(value, int | float | Estimate) and not isinstance(value, bool)
            ]
            if row["segment"] in FEW:
                assert not [one for one in numbers if not isinstance(one, int) or one], (query, row)
            told += len(numbers) if row["segment"] in CITIES else 0
    assert told
    assert any(row["segment"] in FEW for table in whole.tables for row in table.records())


def test_a_persona_beside_whom_there_is_one_busy_person_is_hidden(platform):
    whole = platform.measure("task_success", "buy", by="persona")
    assert [(one.number.n, one.beside) for one in whole.readings] == [(226, 1)]
    (cut,) = platform.for_viewers().measure("task_success", "buy", by="persona").readings
    assert isinstance(cut.number, Undefined)
    assert "hidden" in cut.number.reason


def test_a_benchmark_judges_people_not_their_attempts(platform):
    readings = {one.segment: one.number for one in platform.measure("task_success", "buy", by="city").readings}
    mark = around("Average", 0.01, "a paper", 2020)
    assert (readings["Ripoll"].n, readings["Ripoll"].low > 0.01) == (16, True)
    assert judge(readings["Ripoll"], mark).reason.startswith("not judged, fewer than 5")
    assert judge(readings["Vic"], mark).label == "at it or above"


def test_a_comparison_needs_enough_people_not_attempts(platform):
    told = {one.after_title: one for one in platform.compare("task_errors", "buy", by="city").contrasts}
    assert "Ripoll: 2 people, and a comparison needs 5 on each side" in told["Ripoll"].found.reason
    assert told["Ripoll"].after.n == 16


def test_every_metric_whose_n_counts_something_else_tells_its_people(platform):
    for name, subject in default_pack(platform.experience()):
        olot = next(one.number for one in platform.measure(name, subject, by="city").readings if one.segment == "Olot")
        assert olot.group <= 1, (name, METRICS[name].title, olot)
