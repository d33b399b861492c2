"""Flows as they stand in a model file, and the steps that everybody has to pass."""

from __future__ import annotations

import pytest
from small_models import BUY, HEAD, faults

from touchpath.model.flow import told_flow
from touchpath.model.parse import parse_model

SHIP = (
    BUY
    + """\
          - {id: ship, title: Ship, match: {kind: order.shipped}}
          - {id: collect, title: Collect, match: {kind: order.collected}}
    flow: %s
"""
)


def test_a_flow_is_read_as_written():
    journey = parse_model(HEAD + SHIP % "[pay, {one_of: [[ship, {repeat: ship}], {optional: collect}]}]").journey("buy")
    ship, collect = ("step", "ship"), ("step", "collect")
    assert journey.flow == ("sequence", ("step", "pay"), ("one_of", ("sequence", ship, ("repeat", ship)), ("optional", collect)))
    assert [step.id for step in journey.needed] == ["pay"]


def test_a_journey_without_a_flow_goes_step_by_step():
    journey = parse_model(HEAD + BUY.replace("match:", "optional: true, match:")).journey("buy")
    assert journey.flow == ()
    assert journey.design == ("sequence", ("optional", ("step", "pay")))
    assert journey.needed == ()


@pytest.mark.parametrize(
    ("flow", "needed"),
    [
        ("[pay, ship, collect]", "pay ship collect"),
        ("[{repeat: pay}, {all_of: [ship, collect]}]", "pay"),
        ("{one_of: [[pay, ship], [pay, collect]]}", "pay"),
        ("[{all_of: [pay]}, {optional: ship}, collect, {optional: collect}]", "pay collect"),
    ],
)
def test_everybody_has_to_pass_what_every_way_through_a_flow_passes_in_one_order(flow, needed):
    assert [step.id for step in parse_model(HEAD + SHIP % flow).journey("buy").needed] == needed.split()


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        ("[pay, chip, collect, ship]", "journeys/buy: 'flow': step 'chip' is not in journey 'buy'. Did you mean 'ship'?"),
        (
            "[pay, ship]",
            "journeys/buy: 'flow' says nothing about 'collect'. It names every step of the journey; write {optional: collect} "
            "for one that may be left out.",
        ),
        ("[pay, {any_of: [ship, collect]}]", "journeys/buy: 'flow' cannot hold a mapping of any_of here. Write it as in flow: ["),
        ("[pay, {one_of: ship}, collect]", "journeys/buy: 'flow' cannot hold a mapping of one_of: 'ship' here. Write it"),
        ("[pay, {optional: ship, repeat: collect}]", "cannot hold a mapping of optional: 'ship', repeat: 'collect' here."),
        ("[pay, [], ship, collect]", "journeys/buy: 'flow' cannot hold an empty list here."),
        ("[pay, {one_of: []}, ship, collect]", "journeys/buy: 'flow' cannot hold a mapping of one_of here."),
        ("[pay, ~, ship, collect]", "journeys/buy: 'flow' cannot hold nothing here."),
        ("[]", "journeys/buy: 'flow' cannot hold an empty list here."),
        ("{all_of: [" + "pay, ship, collect, " * 5 + "]}", "journeys/buy: 'flow': The design has more than 4,096 states"),
        ("[pay, collect" + ", ship" * 199 + "]", "journeys/buy: 'flow': The design mentions steps 201 times; at most 200 are"),
    ],
)
def test_a_flow_that_is_none_is_told_with_its_line(flow, expected):
    said = faults(HEAD + SHIP % flow)
    assert len(said) == 1
    assert said[0].startswith("13: ")
    assert expected in said[0]


@pytest.mark.parametrize(
    ("flow", "told"),
    [
        ("[pay, ship, collect]", "pay > ship > collect"),
        ("[{repeat: pay}, {one_of: [ship, collect]}]", "pay+ > (ship | collect)"),
        ("[pay, {optional: {repeat: {all_of: [ship, collect]}}}]", "pay > ((ship & collect)+)?"),
        ("{repeat: [pay, {optional: ship}, collect]}", "(pay > ship? > collect)+"),
    ],
)
def test_a_flow_is_told_on_one_line(flow, told):
    assert told_flow(parse_model(HEAD + SHIP % flow).journey("buy").flow) == told
