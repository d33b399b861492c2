"""Which kinds of signals the model reads, and which it misses."""

from __future__ import annotations

from datetime import UTC, datetime

from touchpath.model.parse import parse_model
from touchpath.services.coverage import UnseenKind, kind_uses, unmatched, unseen, uses
from touchpath.store.signals import KindCount

MODEL = parse_model("""
format: touchpath-model/1
brand: {id: shop, title: Shop}
personas: [{id: anybody, title: Anybody, rule: {where: {channel: web}}}]
tasks: [{id: pay, title: Pay, start: {kind: pay.started}, success: {kind: [order.paid, order.free]}, error: {kind: pay.eror}}]
questions: [{id: nps, title: 'Recommend?', asked: {kind: survey.answered, where: {properties.question: nps}}, scale: {low: 0, high: 10}, metric: nps}]
journeys:
  - id: buy
    title: Buy
    contacts: {kind: ticket.opened}
    stages: [{id: s, title: S, steps: [{id: p, title: Paid, match: {kind: order.paid}}]}]
metrics: [{id: m, title: Came back, kind: ratio, numerator: {kind: order.paid}, denominator: {kind: pay.started}}]
""")
DAY = datetime(2026, 3, 1, tzinfo=UTC)
COUNTS = [
    KindCount(kind, signals, DAY, DAY)
    for kind, signals in [("page.viewed", 5), ("order.paid", 4), ("survey.answered", 3), ("pay.error", 9), ("ticket.opened", 1)]
]


def test_each_rule_names_its_owner():
    assert [use.owner for use in uses(MODEL)] == [
        "step 'Paid' of journey 'Buy'",
        "journey 'Buy': contacts",
        "task 'Pay': start",
        "task 'Pay': success",
        "task 'Pay': error",
        "question 'Recommend?'",
        "persona 'Anybody'",
        "metric 'Came back': numerator",
        "metric 'Came back': denominator",
    ]
    assert [use.rule for use in uses(MODEL)] == list(MODEL.rules())


def test_a_kind_lists_everybody_who_reads_it():
    used_by = {use.kind: use.used_by for use in kind_uses(COUNTS, MODEL)}
    assert used_by["order.paid"] == ("step 'Paid' of journey 'Buy'", "task 'Pay': success", "metric 'Came back': numerator")
    assert used_by["survey.answered"] == ("question 'Recommend?' (only with its conditions)",)


def test_kinds_that_nobody_reads_are_listed_with_counts_most_frequent_first():
    assert [(use.kind, use.signals) for use in unmatched(COUNTS, MODEL)] == [("pay.error", 9), ("page.viewed", 5)]


def test_a_rule_for_any_kind_does_not_hide_what_is_missed():
    assert "page.viewed" in {use.kind for use in unmatched(COUNTS, MODEL)}


def test_kinds_that_never_came_are_told_with_the_nearest_that_did():
    assert unseen(COUNTS, MODEL) == (
        UnseenKind("pay.started", ("task 'Pay': start", "metric 'Came back': denominator"), ""),
        UnseenKind("order.free", ("task 'Pay': success",), "order.paid"),
        UnseenKind("pay.eror", ("task 'Pay': error",), "pay.error"),
    )
