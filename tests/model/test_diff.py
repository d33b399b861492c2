"""What differs between two models is told by path and in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from touchpath.model.diff import Change, diff_models
from touchpath.model.experience import Brand, Channel, Experience, Journey, Stage, Step, Task
from touchpath.model.rules import Condition, EventRule

CARD = Step("card", "Pay by card", EventRule(("card.paid",)))
CASH = Step("cash", "Pay cash", EventRule(("cash.paid",)), touchpoints=("till",))
BUY = Journey("buy", "Buy", (Stage("pay", "Pay", (CARD, CASH)),))
SHOP = Experience(Brand("shop", "Shop"), journeys=(BUY,), channels=(Channel("a", "A"), Channel("b", "B")))


def said(after: Experience) -> list[str]:
    return [str(change) for change in diff_models(SHOP, after)]


def with_steps(*steps: Step) -> Experience:
    return replace(SHOP, journeys=(replace(BUY, stages=(Stage("pay", "Pay", steps),)),))


def test_the_same_model_has_no_changes():
    assert said(replace(SHOP)) == []


def test_a_changed_title_is_told_by_its_path():
    assert diff_models(SHOP, with_steps(replace(CARD, title="Pay with a card"), CASH)) == (
        Change("journeys/buy/stages/pay/steps/card.title", "changed", "'Pay by card' became 'Pay with a card'"),
    )


def test_spans_rules_and_lists_are_shown_as_they_stand_in_the_file():
    narrowed = EventRule(("card.paid",), (Condition("channel", "equals", "web"),))
    after = with_steps(replace(CARD, match=narrowed), replace(CASH, touchpoints=()))
    after = replace(after, journeys=(replace(after.journeys[0], window=timedelta(hours=12), contacts=EventRule(("a", "b"))),))
    assert said(after) == [
        "journeys/buy.window: '30d' became '12h'",
        "journeys/buy.contacts: set to {kind: [a, b]}",
        "journeys/buy/stages/pay/steps/card.match: {kind: card.paid} became {kind: card.paid, where: {channel: web}}",
        "journeys/buy/stages/pay/steps/cash.touchpoints: cleared; was [till]",
    ]


def test_a_changed_flow_is_shown_as_it_stands_in_the_file():
    branches = replace(BUY, flow=("one_of", ("step", "card"), ("sequence", ("repeat", ("step", "cash")))))
    assert said(replace(SHOP, journeys=(branches,))) == ["journeys/buy.flow: set to {one_of: [card, [{repeat: cash}]]}"]
    before = [str(change) for change in diff_models(replace(SHOP, journeys=(branches,)), SHOP)]
    assert before == ["journeys/buy.flow: cleared; was {one_of: [card, [{repeat: cash}]]}"]


def test_what_goes_and_comes_is_told_with_its_contents():
    task = Task("t", "Try", EventRule(("a",)), EventRule(("b",)))
    assert said(replace(SHOP, journeys=(), tasks=(task,))) == [
        "tasks/t: task 'Try' added",
        "journeys/buy: journey 'Buy' removed with 1 stage, 2 steps",
    ]


def test_another_order_is_a_move():
    assert said(with_steps(CASH, CARD)) == ["journeys/buy/stages/pay/steps: order is now cash, card; was card, cash"]
    assert diff_models(SHOP, with_steps(CASH, CARD))[0].verb == "moved"


def test_a_new_step_in_the_middle_is_no_move():
    new = Step("gift", "Pay by gift card", EventRule(("gift.paid",)))
    assert said(with_steps(CARD, new, CASH)) == ["journeys/buy/stages/pay/steps/gift: step 'Pay by gift card' added"]


def test_without_a_model_before_all_is_new():
    assert [change.verb for change in diff_models(None, SHOP)] == ["added"] * 4
    assert str(diff_models(None, SHOP)[0]) == "brand: brand 'Shop' added"
