"""Several queries at once give the same answers as one by one, and an error of one costs the others nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from touchpath.engines.local import LocalEngine
from touchpath.model.errors import BadInput, Missing
from touchpath.model.rules import EventRule
from touchpath.services.ground import Ground
from touchpath.services.maps import map_journey
from touchpath.services.overview import show_overview
from touchpath.services.queries.ask import ask
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.reading import read_asked
from touchpath.services.queries.together import ask_all
from touchpath.services.vectors import _experience, _Signals
from touchpath.space import Space
from touchpath.timelines.volume import Volume

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted((Path(__file__).parents[2] / "docs" / "conformance").glob("*.json"))
    for case in json.loads(file.read_text("utf-8")).get("cases", ())
    if "error" not in case and case["query"]["query"] != "features"
]
ORDERED = {"query": "volume", "of": ["order.placed"]}
ON_THE_WEB = {"where": {"channel": "web"}, "who": [{"did": "ticket.opened"}, {"segment": {"plan": "plus"}, "not": True}]}
MANY = [
    ORDERED,
    {"query": "funnel", "steps": ["page.viewed", "cart.added", "order.placed"], "by": "channel", "grain": "quarter", **ON_THE_WEB},
    {"query": "sessions", "by": "plan", **ON_THE_WEB},
    {"query": "paths", "nodes": ["page.viewed", "cart.added", "order.placed"], **ON_THE_WEB},
    {"query": "retention", "grain": "month", **ON_THE_WEB},
    {"query": "values", "column": "properties.topic", "who": {"people": ORDERED, "outcome": "did"}},
    {"query": "volume", "of": [{"kind": "order.placed", "where": {"value": {">": 50}}}], "who": {"people": ORDERED, "outcome": "did"}},
    {"query": "volume", "of": [{"kind": "order.placed", "where": {"value": {">": 50}}}], "by": "channel"},
    {"query": "between", "start": "parcel.shipped", "end": "parcel.delivered", "limit": "4d", "unit": "parcel"},
    {"query": "volume", "of": ["invoice.paid"], "unit": "subscription", "grain": "month"},
    ORDERED,
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_query_is_answered_the_same_beside_others(case):
    def ground():
        signals = _Signals(case["signals"], case.get("end"))
        return Ground(_experience(case), signals, LocalEngine(2), case.get("zone", "UTC"), int(case.get("week_start", 0)))

    beside = [
        case["query"],
        {"query": "volume", "of": ["A"], "where": {"channel": {"exists": False}}},
        {**case["query"], "where": {"channel": {"exists": False}}, "who": {"did": "A"}},
        {"query": "sessions", "who": {"did": "A"}},
        case["query"],
    ]
    asked = [read_asked(one, QUERIES, ground().experience, ground().zone) for one in beside]
    alone = [ask(ground(), one, 0.95) for one in asked]
    assert list(ask_all(ground(), asked, 0.95)) == alone


def test_the_company_answers_many_at_once(company):
    together = company.platform.ask_all([{**one, "title": f"together {place}"} for place, one in enumerate(MANY)])
    for place, answer in enumerate(together):
        alone = company.platform.ask({**MANY[place], "title": f"alone {place}"})
        assert answer.tables == alone.tables
        assert answer.notes == alone.notes


def test_an_error_of_one_costs_the_others_nothing(company):
    wrong = [
        {"query": "volum"},
        {**ORDERED, "by": "chanel"},
        {**ORDERED, "where": {"value": {"prefix": "a"}}},
        {"query": "volume"},
    ]
    answers = company.platform.ask_all([ORDERED, *wrong, {**ORDERED, "title": "last"}])
    assert answers[0].tables == answers[-1].tables == company.platform.ask(ORDERED).tables
    for answer, said in zip(
        answers[1:-1], ("mean 'volume'", "mean 'channel'", "value is a number", "'of' is missing"), strict=True
    ):
        assert isinstance(answer, BadInput | Missing)
        assert said in str(answer)


def test_a_fault_of_ours_costs_the_others_nothing_either(company, monkeypatch):
    def broken(self, *given):
        raise ZeroDivisionError("oops")

    documents = [{**ORDERED, "title": "beside a fault"}, {"query": "sessions", "title": "broken"}]
    for part in ("tables", "fold"):
        monkeypatch.setattr(QUERIES["sessions"], part, broken)
        fine, fault = company.platform.ask_all(documents)
        assert fine.tables == company.platform.ask(ORDERED).tables
        assert "by a fault of Touchpath: ZeroDivisionError: oops" in str(fault)
        assert isinstance(fault.__cause__, ZeroDivisionError)


def test_the_queries_of_a_text_are_asked_and_a_fault_is_told_with_its_line(company):
    text = "- {query: volume, of: [order.placed]}\n- query: volume\n  of: [cart.added]\n  grain: fortnight\n"
    first, second = company.platform.ask_all(text)
    assert first.tables == company.platform.ask(ORDERED).tables
    assert str(second).startswith("query:4:")
    with pytest.raises(BadInput):
        company.platform.ask_all("[{")
    assert company.platform.ask_all("[]") == ()


def test_answers_that_were_asked_together_are_kept_and_kept_answers_are_used(company):
    documents = [{**ORDERED, "title": "kept one"}, {**ORDERED, "title": "kept two"}]
    first = company.platform.ask_all(documents[:1])[0]
    both = company.platform.ask_all(documents)
    assert both[0] is first
    assert company.platform.ask(documents[1]) is both[1]


def test_a_selection_filters_all(company):
    did = company.platform.select(ORDERED, "did")
    answers = Space(company).ask_all([ORDERED, {"query": "volum"}], who=did)
    assert answers[0].rows[0]["share"] == 1.0
    assert isinstance(answers[1], BadInput)


def test_pages_that_read_ahead_say_the_same(company, monkeypatch):
    def pages():
        ground = company.platform._ground
        overview = show_overview(ground(), company.signals.kinds(), 0.95)
        return overview, map_journey(ground(), company.platform.index, "buy", None, "channel", "web", 0.95)

    ahead = pages()
    monkeypatch.setattr(Ground, "read_ahead", lambda self, wanted: None)
    assert pages() == ahead


def test_a_fold_that_cannot_be_compared_is_read_when_it_is_asked(company):
    @dataclass(frozen=True)
    class Unlike:
        rules: list[EventRule]

        def map(self, timelines, cells, people, end):
            return Volume(tuple(self.rules)).map(timelines, cells, people, end)

    ground = company.platform._ground()
    frame, fold = ground.frame(), Unlike([EventRule(("order.placed",))])
    ground.read_ahead([(fold, frame)])
    assert ground.summarise(fold, frame) == ground.summarise(Volume((EventRule(("order.placed",)),)), frame)
