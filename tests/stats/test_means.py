"""Means, their differences and typical times, against R's own examples and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.means import Mean, as_spread_as_the_other, mean_from_sums, mean_of, mean_t_interval, welch_difference
from touchpath.stats.times import geometric_mean_interval, geometric_mean_ratio, log_mean

SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_mean_t_interval_agrees_with_r_t_test():
    # R t.test on seven single-ease answers.
    mean = mean_of([5, 6, 6, 7, 4, 5, 7])
    assert mean_t_interval(mean) == pytest.approx((4.68521236522, 6.74335906335), abs=1e-9)


def test_welch_difference_agrees_with_r_sleep_example():
    found = welch_difference(mean_of(SLEEP_1), mean_of(SLEEP_2))
    assert (found.t, found.df, found.p) == pytest.approx((-1.8608, 17.776, 0.07939), abs=5e-4)
    assert (found.low, found.high) == pytest.approx((-3.3655, 0.2055), abs=5e-5)


def test_welch_from_sums_agrees_with_growthbook():
    # gbstats 0.8.0, two-sided t test on these sums.
    control, treatment = mean_from_sums(3407, 1396.87, 52377.9767), mean_from_sums(3461, 2422.7, 134698.29)
    found = welch_difference(treatment, control)
    assert (found.difference, found.error, found.p) == pytest.approx((0.29, 0.12478363, 0.0201584), abs=1e-6)


def test_geometric_mean_interval_agrees_with_sauro_2006():
    # Sauro's calculator prints 68 seconds (46, 101).
    typical = geometric_mean_interval(log_mean([55, 65, 75, 62, 45, 135]))
    assert typical == pytest.approx((68.2410782326, 46.0050994084, 101.224534198), abs=1e-6)


times = st.lists(st.floats(0.5, 5000), min_size=3, max_size=30).filter(lambda values: len(set(values)) > 1)


@given(times, times, st.floats(0.1, 10))
def test_a_ratio_of_times_does_not_depend_on_the_unit(before, after, scale):
    seconds = geometric_mean_ratio(log_mean(after), log_mean(before))
    scaled = geometric_mean_ratio(log_mean([t * scale for t in after]), log_mean([t * scale for t in before]))
    assert scaled == pytest.approx(seconds, rel=1e-6)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=50))
def test_sums_and_values_give_the_same_mean(values):
    by_sums = mean_from_sums(len(values), sum(values), sum(v * v for v in values))
    assert by_sums == pytest.approx(mean_of(values), abs=1e-6)


@pytest.mark.parametrize("times", [[3.0, 0.0], [3.0, -1.0], [3.0, math.nan]])
def test_a_time_of_zero_or_less_is_refused(times):
    with pytest.raises(BadInput, match="must be above 0"):
        log_mean(times)


def test_squares_that_no_numbers_can_have_are_refused():
    with pytest.raises(BadInput, match="1000 or more, but 999 came"):
        mean_from_sums(10, 100.0, 999.0)
    assert mean_from_sums(10, 100.0, 1000.0 - 1e-7).error == 0.0  # rounding only


def test_one_number_has_no_standard_error():
    with pytest.raises(BadInput, match="needs two numbers"):
        mean_of([3.0])
    with pytest.raises(BadInput, match="needs two numbers"):
        mean_from_sums(1, 3.0, 9.0)


def test_two_groups_that_never_vary_have_no_interval():
    with pytest.raises(BadInput, match="Neither group varies"):
        welch_difference(Mean(1.0, 0.0, 4), Mean(2.0, 0.0, 4))


def test_a_group_in_which_nobody_differs_takes_the_spread_of_the_other():
    flat, spread = mean_of([5.0] * 5), mean_of([float(3 + k % 3) for k in range(60)])
    a, b = as_spread_as_the_other(flat, spread)
    sd = spread.error * 60**0.5
    assert (a.mean, a.error) == (5.0, pytest.approx(sd / 5**0.5))
    assert welch_difference(a, b).df == pytest.approx(59)  # the spread is known of 60 people
    assert b == spread
    assert as_spread_as_the_other(spread, flat) == (spread, a)
    assert as_spread_as_the_other(flat, flat) == (flat, flat)


def test_five_people_who_all_give_the_best_answer_are_not_called_happier():
    random, called = np.random.default_rng(4), np.zeros(2)
    for _ in range(800):
        groups = [mean_of(random.choice([4.0, 5.0], n, p=[1 / 3, 2 / 3]).tolist()) for n in (200, 5)]
        called += [welch_difference(*one).p < 0.05 for one in (groups, as_spread_as_the_other(*groups))]
    welch, now = called / 800
    assert welch > 0.1
    assert now < 0.05
