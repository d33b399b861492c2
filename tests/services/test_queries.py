"""Documents of queries: what is read, what is refused, and who can be chosen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate
from touchpath.model.experience import Brand, Experience
from touchpath.model.rules import Condition, EventRule
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.document import answer_document
from touchpath.services.queries.reading import read_asked, rule_title
from touchpath.services.queries.words import list_queries
from touchpath.services.tables import rows

EXPERIENCE = Experience(Brand("b", "B"))


def read(document, zone="UTC"):
    return read_asked(document, QUERIES, EXPERIENCE, zone)


def test_text_and_mapping_are_the_same_query():
    text = "query: volume\nof: [A, {kind: B, where: {channel: web}}]\ngrain: week\nconfidence: 0.9\n"
    plain = {"query": "volume", "of": ["A", {"kind": "B", "where": {"channel": "web"}}], "grain": "week", "confidence": 0.9}
    assert read(text) == read(plain)
    assert hash(read(text)) == hash(read(plain))
    assert read(text).query.of == (EventRule(("A",)), EventRule(("B",), (Condition("channel", "equals", "web"),)))


def test_a_day_is_midnight_in_the_zone_of_the_workspace():
    asked = read("{query: volume, of: A, period: {from: 2026-03-29, to: '2026-03-30T12:00:00Z'}}", "Europe/Madrid")
    assert asked.period.start == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert asked.period.end == datetime(2026, 3, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("query: volum", "Did you mean 'volume'"),
        ("{}", "'query' is missing"),
        ("[]", "a list"),
        ("{query: volume}", "'of' is missing"),
        ("{query: sessions, counts_only: true, cap: 1h}", "counts sessions by their gap alone"),
        ("{query: paths, counts_only: true, gap: 1h}", "counts moves between all kinds"),
        ("{query: paths, move: [A]}", "lists two nodes"),
        ("{query: paths, counts_only: true, move: [A, B]}", "goes without 'counts_only'"),
        ("{query: flows, of: A, path: ['(nothing)', B]}", "after '(nothing)' there is no step"),
        ("{query: volume, of: [{kid: A}]}", "Did you mean 'kind'"),
        ("{query: volume, of: [[A]]}", "is an event rule"),
        ("{query: volume, of: A, grain: fortnight}", "day, week, month"),
        ("{query: volume, of: A, confidence: 95}", "between 0 and 1"),
        ("{query: volume, of: A, confidence: high}", "is a number"),
        ("{query: volume, of: A, period: {from: 2026-02-01, to: 2026-01-01}}", "starts before it ends"),
        ("{query: volume, of: A, period: {from: 2026-02-30, to: 2026-03-01}}", "a day as in"),
        ("{query: volume, of: A, period: {from: '2026-02-01T10:00', to: 2026-03-01}}", "a day as in"),
        ("{query: volume, of: A, who: {did: A, persona: b}}", "did, persona came"),
        ("{query: volume, of: A, who: [{}]}", "none of them"),
        ("{query: volume, of: A, who: {segment: gold}}", "as in {plan: gold}"),
        ("{query: volume, of: A, who: {people: {query: volume}, outcome: did}}", "'of' is missing"),
        ("{query: volume, of: A, wher: {channel: web}}", "Did you mean 'where'"),
        ("{query: volume, of: A, where: {chanel: web}}", "Did you mean 'channel'"),
        ("{query: volume, of: {kind: A, where: {objects.parcel: {exists: true}}}}", "object kind"),
    ],
)
def test_what_is_wrong_with_a_document_is_told(document, said):
    with pytest.raises(BadInput, match="query") as caught:
        read(document)
    assert said in str(caught.value)


def test_all_faults_of_a_document_are_told_at_once():
    with pytest.raises(BadInput) as caught:
        read("query: volume\nof: [{kid: A}]\ngrain: fortnight\nwhat: 1\n")
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["2", "2", "3", "4"]


def test_a_value_that_json_has_not_is_refused():
    with pytest.raises(BadInput, match="texts, numbers"):
        read({"query": "volume", "of": {1, 2}})


def test_a_rule_is_told_in_words():
    rule = EventRule(("a", "b"), (Condition("channel", "in", ("web", "app")), Condition("value", ">", 3.0)))
    assert rule_title(rule) == "a or b where channel in web, app, value > 3.0"
    assert rule_title(EventRule(())) == "anything"


def test_every_query_says_what_it_answers_and_which_keys_it_has():
    for words in list_queries():
        assert words.answers.endswith(".")
        assert words.keys


def test_the_company_is_asked(company):
    answer = company.platform.ask({"query": "volume", "of": ["order.placed"], "by": "channel", "grain": "quarter"})
    table = answer.table("volume")
    assert len({row["segment"] for row in table.records()}) > 1
    assert rows(answer)[0].keys() >= {"share", "share_low", "share_high", "share_n", "share_note"}
    document = answer_document(answer)
    assert document["tables"]["volume"][0]["share"].keys() >= {"value", "low", "high", "n", "reason"}
    with pytest.raises(Missing, match="volume"):
        answer.table("volum")


def test_rows_have_the_same_columns_where_a_number_is_left_blank(company):
    answer = company.platform.ask({"query": "flows", "of": "checkout.started", "within": "1d", "steps": 2})
    told = rows(answer)
    assert {tuple(row) for row in told} == {tuple(told[0])}
    assert told[0]["seconds"] is told[0]["seconds_low"] is None
    assert told[1]["seconds"] > 0


def test_the_people_of_an_outcome_can_be_asked_anything(company):
    did = company.platform.select({"query": "volume", "of": ["order.placed"]}, "did")
    neither = company.platform.select({"query": "volume", "of": ["order.placed"]}, "did not")
    assert not set(did.keys.tolist()) & set(neither.keys.tolist())
    share = company.platform.ask({"query": "volume", "of": ["order.placed"]}, did).table().records()[0]["share"]
    assert isinstance(share, Estimate)
    assert share.value == 1.0
    by_filter = company.platform.ask(
        {
            "query": "volume",
            "of": ["cart.added"],
            "who": {"people": {"query": "volume", "of": ["order.placed"]}, "outcome": "did"},
        }
    )
    by_selection = company.platform.ask({"query": "volume", "of": ["cart.added"]}, did)
    assert by_filter.tables == by_selection.tables
    with pytest.raises(Missing, match="mean 'did'"):
        company.platform.select({"query": "volume", "of": ["order.placed"]}, "dud")


@pytest.mark.parametrize("direction", ["after", "before"])
def test_the_people_behind_every_link_of_flows_are_as_many_as_the_link_says(company, direction):
    asked = {"query": "flows", "of": "product.viewed", "direction": direction, "steps": 3, "gap": "1d", "top": 3}
    links = [one for one in company.platform.ask(asked).table("links").records() if one["after"] and one["people"]]
    assert {one["step"] for one in links} == {0, 1, 2}
    for one in links:
        near, far = (one["before"], one["after"]) if direction == "after" else (one["after"], one["before"])
        path = ["(any)"] * (one["step"] - 1) + ([near] if one["step"] else []) + [far]
        assert company.platform.select({**asked, "path": path}, "took it").keys.size == one["people"], one


def test_the_people_behind_every_move_are_as_many_as_the_move_says(company):
    nodes = ["product.viewed", {"kind": "cart.added"}, "order.placed"]
    for asked in ({"query": "paths", "gap": "1d", "top": 8}, {"query": "paths", "nodes": nodes}):
        for one in company.platform.ask(asked).table("edges").records():
            if one["after"]:
                move = {**asked, "move": [one["before"], one["after"]]}
                assert company.platform.select(move, "made it").keys.size == one["people"]
    with pytest.raises(Missing, match="No node is called 'x'"):
        company.platform.select({"query": "paths", "nodes": nodes, "move": ["x", "order.placed"]}, "made it")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"unit": "persons"}, "Did you mean 'person'"),
        ({"by": "chanel"}, "Did you mean 'channel'"),
        ({"who": {"persona": "nobody-we-know"}}, "No persona"),
    ],
)
def test_what_the_workspace_does_not_have_is_told(company, more, said):
    with pytest.raises(Missing, match=said):
        company.platform.ask({"query": "volume", "of": ["order.placed"], **more})


def test_a_kind_that_no_signal_has_is_noted(company):
    answer = company.platform.ask({"query": "volume", "of": ["order.placd"]})
    assert answer.notes == ("No kind of signal is called 'order.placd'. Did you mean 'order.placed'?",)


def test_only_some_signals_count(company):
    whole = company.platform.ask({"query": "volume", "of": ["session.started", "page.viewed", "order.placed"]})
    web = company.platform.ask(
        {"query": "volume", "of": ["session.started", "page.viewed", "order.placed"], "where": {"channel": "web"}}
    )
    by_rule = company.platform.ask({"query": "volume", "of": [{"kind": "order.placed", "where": {"channel": "web"}}]})
    assert web.table().records()[2]["signals"] == by_rule.table().records()[0]["signals"]
    assert 0 < web.table().records()[2]["base"] < whole.table().records()[2]["base"]


@pytest.mark.parametrize(
    "more", [{"where": {"properties.shoe_size": 43}}, {"who": {"did": {"kind": [], "where": {"properties.shoe_size": 43}}}}]
)
def test_a_property_that_no_signal_has_is_no_silent_nobody(company, more):
    with pytest.raises(Missing, match="No property is called 'shoe_size'"):
        company.platform.ask({"query": "volume", "of": ["order.placed"], **more})


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ("[a, c]", "line|No step is called 'c'. There are: a, b"),
        ("[a, {one_of: b}]", "'flow' cannot hold a mapping of one_of: 'b' here"),
        ("{all_of: []}", "'flow' cannot hold a mapping of all_of here"),
        ("[" + "a, " * 201 + "b]", "mentions steps 202 times"),
    ],
)
def test_a_flow_that_a_conformance_query_cannot_have_is_told(flow, said):
    with pytest.raises(BadInput, match=said):
        read(f"query: conformance\nsteps: {{a: A, b: B}}\nflow: {flow}\n")
