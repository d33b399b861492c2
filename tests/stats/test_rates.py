"""Counts of events, against R's own examples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.rates import poisson_interval, rate_ratio_interval


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
