"""Metrics of speed and of errors where one can be made: bands, the verdict on a page, and laws."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.metrics.benchmarks import judge
from touchpath.metrics.metric import Place
from touchpath.metrics.soundness import ERRORS_PER_OPPORTUNITY, estimate_opportunities
from touchpath.metrics.vitals import CLS, INP, LCP, MEASURES, change_of_vital, estimate_vital, judge_page
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.rules import EventRule
from touchpath.timelines.amounts import Amounts
from touchpath.timelines.totals import Totals

LOADS = Amounts(EventRule(("load",)))
AT = Place(0, scale=LOADS.scale)
ERRORS = Totals(EventRule(("error",)), EventRule(("chance",)))
loads = st.dictionaries(st.integers(1, 30), st.lists(st.integers(1, 9_000), min_size=1, max_size=6), min_size=2, max_size=12)


def measured(value, low, high):
    return Estimate(value, low, high, 200, "page loads", "value")


def of(people):
    return {person: [(place, "load", value) for place, value in enumerate(values)] for person, values in people.items()}


@settings(deadline=None)
@given(loads)
def test_the_percentile_lies_among_the_loads_and_in_its_interval(summarise, people):
    values = sorted(value for mine in people.values() for value in mine)
    number = estimate_vital(summarise(LOADS, of(people)), AT)
    assert values[0] * 0.99 <= number.low <= number.value <= number.high <= values[-1] * 1.01
    assert number.n == len(values)


@settings(deadline=None)
@given(loads)
def test_slower_by_a_factor_is_slower_by_that_factor(summarise, people):
    slower = {person: [value * 2 for value in values] for person, values in people.items()}
    once, twice = (estimate_vital(summarise(LOADS, of(some)), AT) for some in (people, slower))
    assert twice.value == pytest.approx(once.value * 2, rel=0.02)


def test_a_change_needs_two_numbers(summarise):
    people = {person: [(1, "load", 1000.0), (11, "load", 3000.0 + person)] for person in range(1, 120)}
    summary = summarise(LOADS, people, edges=[0, 10, 20, 30])
    change = change_of_vital(summary, AT, dataclasses.replace(AT, cell=1))
    assert change.changed == "up"
    assert isinstance(change_of_vital(summary, AT, dataclasses.replace(AT, cell=2)), Undefined)


@pytest.mark.parametrize(
    ("short", "value", "label"),
    [
        ("LCP", 2500, "good"),
        ("LCP", 4000, "needs improvement"),
        ("LCP", 4001, "poor"),
        ("INP", 200, "good"),
        ("CLS", 0.25, "needs improvement"),
    ],
)
def test_the_value_on_a_threshold_belongs_to_the_better_class(short, value, label):
    assert judge(measured(value, value, value), MEASURES[short].benchmarks[0]).label == label


def test_a_page_passes_when_all_three_are_good_beyond_chance():
    good = [measured(2000, 1900, 2100), measured(0.05, 0.04, 0.06), measured(150, 140, 160)]
    assert judge_page(*good) is True
    assert judge_page(good[0], good[1], Undefined("nobody clicked")) is True
    assert judge_page(measured(3000, 2900, 3100), *good[1:]) is False
    assert judge_page(measured(2400, 2300, 2600), *good[1:]) is None
    assert judge_page(Undefined("not measured"), *good[1:]) is None
    assert (LCP.name, INP.name, CLS.name) == ("lcp", "inp", "cls")


def test_errors_at_opportunities_are_a_share_while_nobody_errs_twice_at_one(summarise):
    people = {1: [(1, "chance"), (2, "error")], 2: [(1, "chance")], 3: [(1, "chance")], 4: [(1, "chance")]}
    share = estimate_opportunities(summarise(ERRORS, people), 0)
    assert (share.value, share.n, share.method) == (0.25, 4, "Wilson")
    people[2] += [(2, "error")] * 4
    ratio = estimate_opportunities(summarise(ERRORS, people), 0)
    assert (ratio.value, ratio.method) == (1.25, "delta method, clustered by person (4 people)")


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=20))
def test_errors_at_opportunities_are_never_below_none(summarise, counts):
    people = {place + 1: [(1, "chance")] * chances + [(2, "error")] * errors for place, (chances, errors) in enumerate(counts)}
    number = ERRORS_PER_OPPORTUNITY.estimate(summarise(ERRORS, people), Place(0))
    errors, chances = sum(pair[1] for pair in counts), sum(pair[0] for pair in counts)
    if isinstance(number, Estimate):
        assert number.value == pytest.approx(errors / chances)
        assert number.low <= number.value <= number.high
