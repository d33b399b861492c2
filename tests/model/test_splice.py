"""Changing a model's text: what did not change stays as somebody wrote it, comments and all; what comes out says what was meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from touchpath.model.document import dump_model, to_document
from touchpath.model.edits import add, move, noun_at, put, read_place, remove
from touchpath.model.errors import BadInput, Missing
from touchpath.model.parse import parse_document, parse_model
from touchpath.model.splice import write_onto

TEXT = """# Kept by the design team.
format: touchpath-model/1
about: "Made by hand."
brand: {id: shop, title: Shop}

# Where we meet people
touchpoints:
  # the old one
  - {id: site, title: Web site}
  - {id: till, title: Till, medium: physical}   # in the store

tasks:
  - id: pay
    title: Pay
    start: {kind: pay.started}   # the button
    success: {kind: order.placed}

journeys:
  # The main one
  - id: buy
    title: Buy
    stages:
      - id: look
        title: Look
        steps:
          - {id: see, title: See, match: {kind: seen}}
          - {id: choose, title: Choose, match: {kind: chosen}}
      - {id: act, title: Act, steps: [{id: pay, title: Pay, match: {kind: paid}, tasks: [pay]}]}
    flow: [see, {optional: choose}, pay]
  # Another one
  - {id: back, title: Send back, stages: [{id: all, title: All, steps: [{id: ask, title: Ask, match: {kind: asked}}]}]}
"""


def changed(edit: object, text: str = TEXT) -> str:
    before = parse_model(text)
    return write_onto(text, before, parse_document(edit(dict(to_document(before)))))  # type: ignore[operator]


def test_what_did_not_change_stays_as_it_was_written() -> None:
    text = changed(lambda document: put(document, "journeys/buy", {"title": "Buy something"}))
    assert parse_model(text).journey("buy").title == "Buy something"
    for kept in (
        "# Kept by the design team.",
        "# Where we meet people",
        "# in the store",
        "# the button",
        "# The main one",
        "# Another one",
    ):
        assert kept in text
    assert text.split("journeys:")[0] == TEXT.split("journeys:")[0]


def test_a_text_changed_to_the_same_is_the_same() -> None:
    before = parse_model(TEXT)
    assert write_onto(TEXT, before, before) == TEXT


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: add(d, "touchpoints/mail", {"id": "mail", "title": "Mail", "direct": False}),
        lambda d: add(d, "personas/regular", {"id": "regular", "title": "Regulars", "rule": {"kind": "seen"}}),
        lambda d: add(d, "journeys/buy/stages/look/steps/ask", {"id": "ask", "title": "Ask", "match": {"kind": "asked"}}),
        lambda d: remove(d, "journeys/buy/stages/act"),
        lambda d: remove(d, "journeys/back"),
        lambda d: move(d, "journeys/buy", 1),
        lambda d: move(d, "journeys/buy/stages/look/steps/see", 1),
        lambda d: put(d, "tasks/pay", {"failure": {"kind": "pay.failed", "where": {"value": {">": 5}}}}),
    ],
)
def test_every_edit_comes_out_as_it_was_meant(edit: object) -> None:
    before = parse_model(TEXT)
    after = parse_document(edit(dict(to_document(before))))  # type: ignore[operator]
    assert parse_model(changed(edit)) == after != before


def test_a_text_that_cannot_be_patched_is_written_anew() -> None:
    flow = "{format: touchpath-model/1, brand: {id: shop, title: Shop}, touchpoints: [{id: site, title: Site}]}"
    before = parse_model(flow)
    after = replace(before, about="Real.")
    assert write_onto(flow, before, after) == dump_model(after)


def test_a_step_joins_and_leaves_the_flow_of_its_journey() -> None:
    document = dict(to_document(parse_model(TEXT)))
    more = add(document, "journeys/buy/stages/look/steps/ask", {"id": "ask", "title": "Ask", "match": {"kind": "asked"}})
    assert noun_at(more, "journeys/buy")["flow"] == ["see", {"optional": "choose"}, "pay", "ask"]
    less = remove(document, "journeys/buy/stages/look/steps/choose")
    assert noun_at(less, "journeys/buy")["flow"] == ["see", "pay"]
    assert noun_at(document, "journeys/buy")["flow"] == ["see", {"optional": "choose"}, "pay"]


def test_a_noun_at_the_end_stays_where_it_is() -> None:
    document = dict(to_document(parse_model(TEXT)))
    assert move(document, "journeys/back", 1) == document == move(document, "journeys/buy", -1)


@pytest.mark.parametrize(
    "place", ["", "journeys", "steps/see", "journeys/buy/steps/see", "brand/shop", "journeys/buy/stages", "../x"]
)
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(BadInput, match="names no part of a model"):
        read_place(place)


def test_a_noun_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(Missing, match="Did you mean 'look'"):
        noun_at(to_document(parse_model(TEXT)), "journeys/buy/stages/loook")
