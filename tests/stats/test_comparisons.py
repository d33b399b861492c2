"""Two groups side by side: the verdict follows the interval, and only the interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.stats.clustered import sum_people
from touchpath.stats.comparisons import (
    compare_clustered_shares,
    compare_means,
    compare_nps,
    compare_rates,
    compare_shares,
    compare_times,
)
from touchpath.stats.means import mean_of
from touchpath.stats.nps import Tally
from touchpath.stats.proportions import newcombe_interval
from touchpath.stats.times import log_mean

shares = st.tuples(st.integers(0, 50), st.integers(1, 50)).map(lambda pair: (min(pair), pair[1]))


@given(shares, shares)
def test_a_difference_of_shares_is_after_minus_before_with_newcombe_limits(before, after):
    found = compare_shares(before, after)
    assert (found.low, found.high) == newcombe_interval(*after, *before)
    assert found.low - 1e-12 <= found.value <= found.high + 1e-12


@given(shares, shares)
def test_swapping_the_sides_swaps_the_sign(before, after):
    there, back = compare_shares(before, after), compare_shares(after, before)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [((20, 100), (45, 100), "higher"), ((45, 100), (20, 100), "lower"), ((20, 100), (25, 100), "no detectable change")],
)
def test_a_verdict_is_given_only_when_the_interval_excludes_no_change(before, after, verdict):
    assert compare_shares(before, after).sentence == verdict


def test_repeats_turn_a_seeming_change_into_no_detectable_change():
    before, after = [(10, 10)] * 8 + [(10, 0)] * 12, [(10, 10)] * 11 + [(10, 0)] * 9
    by_rows = compare_shares((80, 200), (110, 200))
    clustered = compare_clustered_shares(*(sum_people(*zip(*side, strict=True)) for side in (before, after)))
    assert by_rows.changed == "up"
    assert clustered.changed is None
    assert clustered.value == by_rows.value


def test_times_are_compared_as_a_ratio():
    before, after = log_mean([60, 80, 100, 70, 90]), log_mean([30, 40, 50, 35, 45])
    found = compare_times(before, after)
    assert (found.kind, found.unit, found.changed) == ("ratio", "times", "down")
    assert found.value == pytest.approx(0.5)


def test_means_are_compared_by_welch():
    # R sleep data: group 1 minus group 2, CI -3.3655 to 0.2055.
    one = mean_of([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2])
    two = mean_of([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = compare_means(two, one, 0.95, "score")
    assert (found.low, found.high) == pytest.approx((-3.3655, 0.2055), abs=5e-5)
    assert found.changed is None


def test_net_scores_are_compared_in_points():
    found = compare_nps(Tally(30, 40, 30), Tally(40, 35, 25))
    assert (found.value, found.changed, found.unit) == (15.0, None, "score")


def test_rates_are_compared_as_an_exact_ratio():
    found = compare_rates((21, 3011), (11, 800))
    assert (found.value, found.low, found.high) == pytest.approx((1.971488, 0.8584264, 4.2772659), abs=5e-6)
    assert found.changed is None
