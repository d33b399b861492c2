"""Event rules over timelines: against a plain reading of each condition, signal by signal."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.rules import Condition, EventRule
from touchpath.timelines.match import MAX_KINDS, MAX_RULES, _split_by_signal, _split_by_word, match

PLACED = EventRule(("order.placed",))


def held(timelines, rule):
    return match(timelines, [rule]).of(0).tolist()


def rule_of(field, operator, operand, kinds=()):
    return EventRule(kinds, (Condition(field, operator, operand),))


@pytest.fixture(scope="module")
def orders(small_timelines):
    return small_timelines(
        {
            1: [
                (10, "order.placed", {"channel": "web", "value": 12.5, "properties.size": 1, "objects.order": "a"}),
                (20, "order.placed", {"channel": "store", "properties.size": "1.0", "properties.gift": True}),
                (30, "page.viewed", {"channel": "web", "value": 0, "properties.size": "large"}),
            ],
            2: [(5, "ticket.opened", {"value": -3})],
        }
    )


@pytest.mark.parametrize(
    ("field", "operator", "operand", "expected"),
    [
        ("channel", "equals", "web", [1, 0, 1, 0]),
        ("channel", "in", ("store", "phone"), [0, 1, 0, 0]),
        ("channel", "prefix", "st", [0, 1, 0, 0]),
        ("channel", "contains", "e", [1, 1, 1, 0]),
        ("channel", "matches", "^w.b$", [1, 0, 1, 0]),
        ("channel", "exists", True, [1, 1, 1, 0]),
        ("channel", "exists", False, [0, 0, 0, 1]),
        ("properties.size", "equals", 1, [1, 1, 0, 0]),
        ("properties.size", "equals", "1", [1, 0, 0, 0]),
        ("properties.size", "in", ("large", 1.0), [1, 1, 1, 0]),
        ("properties.size", ">", 0.5, [1, 1, 0, 0]),
        ("properties.size", "<", 0.5, [0, 0, 0, 0]),
        ("properties.gift", "equals", True, [0, 1, 0, 0]),
        ("properties.gift", "equals", False, [0, 0, 0, 0]),
        ("properties.never", "exists", False, [1, 1, 1, 1]),
        ("properties.never", "equals", "", [0, 0, 0, 0]),
        ("value", ">", 0, [1, 0, 0, 0]),
        ("value", "<", 12.5, [0, 0, 1, 1]),
        ("value", "equals", 0, [0, 0, 1, 0]),
        ("value", "in", (12.5, -3), [1, 0, 0, 1]),
        ("value", "exists", False, [0, 1, 0, 0]),
        ("objects.order", "exists", True, [1, 0, 0, 0]),
        ("objects.order", "exists", False, [0, 1, 1, 1]),
        ("objects.refund", "exists", True, [0, 0, 0, 0]),
    ],
)
def test_a_condition_holds_for_the_signals_that_pass_it(orders, field, operator, operand, expected):
    assert held(orders, rule_of(field, operator, operand)) == expected


def test_a_rule_of_kinds_alone_reads_the_kinds_as_they_are(orders):
    matched = match(orders, [PLACED, EventRule(())])
    assert np.shares_memory(matched.codes, orders.kinds)
    assert (matched.of(0).tolist(), matched.of(1).tolist()) == ([1, 1, 0, 0], [1, 1, 1, 1])


@pytest.mark.parametrize(
    ("field", "operator", "operand", "said"),
    [
        ("properties.size", ">", "big", "wants a number"),
        ("channel", "prefix", 3, "wants a text"),
        ("channel", "matches", "(", "no regular expression"),
        ("channel", "in", "web", "wants a list"),
        ("channel", "exists", "yes", "wants true or false"),
        ("chanel", "equals", "web", "Did you mean 'channel'"),
        ("value", "prefix", "1", "value is a number"),
        ("objects.order", "equals", "a", "only 'exists'"),
    ],
)
def test_a_test_that_cannot_be_made_says_what_would_do(orders, field, operator, operand, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        held(orders, rule_of(field, operator, operand))


def test_more_rules_than_bits_are_refused(orders):
    assert match(orders, [PLACED] * MAX_RULES).bits.max() == 2**MAX_RULES - 1
    with pytest.raises(BadInput, match="62 event rules"):
        match(orders, [PLACED] * (MAX_RULES + 1))


KINDS = ("a", "b", "c")
TEXTS = ("", "1", "1.0", "x", "xy", "true")
signals = st.tuples(
    st.integers(0, 3),
    st.sampled_from(KINDS),
    st.fixed_dictionaries(
        {}, optional={"channel": st.sampled_from(TEXTS), "properties.p": st.sampled_from(TEXTS), "value": st.integers(-1, 1)}
    ),
)
conditions = st.one_of(
    st.builds(Condition, st.sampled_from(["channel", "properties.p"]), st.just("equals"), st.sampled_from(["1", "x", 1, True])),
    st.builds(Condition, st.sampled_from(["channel", "properties.p"]), st.just("prefix"), st.sampled_from(["1", "x"])),
    st.builds(Condition, st.just("value"), st.sampled_from([">", "<", "equals"]), st.integers(-1, 1)),
    st.builds(Condition, st.sampled_from(["channel", "properties.p", "value"]), st.just("exists"), st.booleans()),
)
rules = st.builds(EventRule, st.lists(st.sampled_from(KINDS), max_size=2).map(tuple), st.lists(conditions, max_size=3).map(tuple))


def passes(fields, condition):
    given, operand = fields.get(condition.field), condition.operand
    missing = given is None or given == ""
    if condition.operator == "exists":
        return missing != operand
    if missing:
        return False
    if condition.field == "value":
        return {">": given > operand, "<": given < operand, "equals": given == operand}[condition.operator]
    if condition.operator == "prefix":
        return given.startswith(operand)
    if operand is True:
        return given == "true"
    return given == operand if isinstance(operand, str) else given in ("1", "1.0") and operand == 1


@given(st.lists(signals, max_size=8), st.lists(rules, min_size=1, max_size=5))
def test_matching_agrees_with_reading_every_signal(small_timelines, timeline, asked):
    timelines = small_timelines({7: timeline})
    matched = match(timelines, asked)
    ordered = sorted(timeline, key=lambda signal: signal[0])
    for number, rule in enumerate(asked):
        expected = [(not rule.kinds or k in rule.kinds) and all(passes(f, c) for c in rule.conditions) for _, k, f in ordered]
        assert matched.of(number).tolist() == expected


def test_sixty_rules_that_exclude_each_other_stay_few(small_timelines):
    """Items of a long questionnaire: without dropping what no signal has, the codes would double with each, up to 2**60."""
    asked = [rule_of("properties.question", "equals", f"q{item}", ("answered",)) for item in range(60)]
    timelines = small_timelines({1: [(item, "answered", {"properties.question": f"q{item}"}) for item in range(-2, 60)]})
    found = match(timelines, asked)
    assert found.bits.size < 1_000
    assert [int(bits) for bits in found.bits[found.codes]] == [0, 0, *(1 << item for item in range(60))]


def test_matching_is_compiled_once(orders):
    held(orders, EventRule((), (Condition("channel", "equals", "web"), Condition("value", ">", 0))))
    assert len(_split_by_word.signatures) == len(_split_by_signal.signatures) == 1


def test_more_kinds_than_can_be_told_apart_are_refused_with_words(small_timelines):
    timelines = replace(small_timelines({1: [(0, "a", {})]}), words={"kind": ("", *map(str, range(MAX_KINDS)))})
    with pytest.raises(BadInput, match=r"1,048,576 kinds, and at most 1,048,575 can be told apart\. A kind names what happened"):
        match(timelines, [EventRule(("a",))])


def test_a_million_kinds_are_looked_through_once(small_timelines):
    kinds = ("", *(f"kind.{number:07d}" for number in range(1, 1_000_000)))
    timelines = small_timelines({1: [(0, "a", {"channel": "web"}), (1, "a", {})]})
    timelines = replace(timelines, kinds=np.array([999_999, 5], np.int32), words={**timelines.words, "kind": kinds})
    web = (Condition("channel", "equals", "web"),)
    rules = [EventRule((kinds[999_999],), web), EventRule((kinds[5],), web), EventRule(()), EventRule((kinds[5], kinds[7]))]
    matched = match(timelines, rules)
    assert [matched.of(rule).tolist() for rule in range(4)] == [[1, 0], [0, 0], [1, 1], [0, 1]]
    assert matched.bits.size < 1_000_010
