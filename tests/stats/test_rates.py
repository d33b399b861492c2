"""Counts of events, against R's own examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.clustered import estimate_ratio, sum_people
from touchpath.stats.means import Mean, welch_difference
from touchpath.stats.rates import errors_beside, poisson_interval, rate_ratio_interval


def test_poisson_interval_agrees_with_r_poisson_test_help():
    # 137 events in 24.19893.
    assert poisson_interval(137, 24.19893) == pytest.approx((4.753125, 6.692709), abs=5e-7)


def test_rate_ratio_interval_agrees_with_r_poisson_test_help():
    # poisson.test(c(11, 6+8+7), c(800, 1083+1050+878)).
    assert rate_ratio_interval(11, 800, 21, 3011) == pytest.approx((0.8584264, 4.2772659), abs=5e-7)


def test_no_event_still_has_an_upper_limit():
    # The rule of three, exactly: -ln(0.025) = 3.688879.
    assert poisson_interval(0) == pytest.approx((0.0, 3.688879), abs=5e-7)


@given(st.integers(0, 10_000), st.floats(0.1, 1000))
def test_a_poisson_interval_holds_the_rate(events, exposure):
    low, high = poisson_interval(events, exposure)
    assert 0 <= low <= events / exposure <= high


@pytest.mark.parametrize(("events", "exposure"), [(-1, 1.0), (3, 0.0), (3, -2.0)])
def test_an_impossible_rate_is_refused(events, exposure):
    with pytest.raises(BadInput, match="but came"):
        poisson_interval(events, exposure)


def test_a_ratio_without_events_is_refused():
    with pytest.raises(BadInput, match="at least one event on each side"):
        rate_ratio_interval(0, 1.0, 5, 1.0)


def called(draw, n, many, rounds, seed):
    """How often two groups of people without a difference are called different, by Welch alone and with errors drawn together."""
    random, counts, done = np.random.default_rng(seed), np.zeros(2), 0
    for _ in range(rounds):
        sides = [draw(random, many), draw(random, n)]
        moments = [sum_people(np.ones(len(one)).tolist(), one.tolist()) for one in sides]
        if moments[0].y + moments[1].y == 0:
            continue
        done += 1
        plain = [Mean(*estimate_ratio(one)) for one in moments]
        for place, (a, b) in enumerate((plain, errors_beside(*moments))):
            counts[place] += welch_difference(b, a).p < 0.05
    return counts / done


RARE = {
    "independent, one in ten": lambda random, n: random.poisson(0.1, n),
    "most of few people": lambda random, n: random.poisson(random.gamma(0.2, 0.3 / 0.2, n)),
    "hardly ever": lambda random, n: random.poisson(random.gamma(0.1, 0.05 / 0.1, n)),
}


@pytest.mark.parametrize("kind", RARE)
def test_a_small_group_with_rare_events_is_not_called_lower_for_having_none(kind):
    welch, drawn = called(RARE[kind], 40, 1000, 400, 1)
    assert welch > 0.08  # what was wrong
    assert drawn <= 0.05 + 2 * 0.011


@pytest.mark.parametrize("n", [40, 300])
def test_frequent_events_are_compared_as_by_welch(n):
    welch, drawn = called(lambda random, size: random.poisson(2.0, size), n, 1000, 600, 2)
    assert abs(welch - drawn) <= 0.01
    assert 0.03 <= drawn <= 0.075


def test_errors_are_never_smaller_than_a_sides_own_and_those_of_many_events_are_it():
    few, many = sum_people([1.0] * 30, [0.0] * 30), sum_people([1.0] * 300, [float(k % 3) for k in range(300)])
    a, b = errors_beside(few, many)
    assert estimate_ratio(few).error == 0
    dispersion = (many.yy - many.y**2 / 300) / (many.y * 299 / 300)
    assert a.error == pytest.approx((dispersion * (300 / 330) / 30) ** 0.5)  # by hand: all of the common spread
    assert estimate_ratio(many).error <= b.error <= 1.02 * estimate_ratio(many).error
    with pytest.raises(BadInput):
        errors_beside(sum_people([1.0], [2.0]), many)


def test_sides_without_events_or_with_amounts_below_zero_keep_their_errors():
    none, owed = sum_people([1.0] * 9, [0.0] * 9), sum_people([1.0] * 9, [-1.0, 2.0, -4.0] * 3)
    assert errors_beside(none, none) == (Mean(0.0, 0.0, 8), Mean(0.0, 0.0, 8))
    assert errors_beside(none, owed)[1] == Mean(*estimate_ratio(owed))
