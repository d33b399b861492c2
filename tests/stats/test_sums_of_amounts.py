"""Intervals of sums of a chance number of amounts: exact for equal ones, laws, and how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.rates import poisson_interval
from touchpath.stats.sums_of_amounts import sum_interval

amounts = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40)


@pytest.mark.parametrize(("count", "amount"), [(1, 1.0), (7, 20.0), (120, 0.5)])
def test_equal_amounts_have_garwoods_limits_of_their_number(count, amount):
    low, high = poisson_interval(count)
    assert sum_interval(count * amount, count * amount**2) == pytest.approx((low * amount, high * amount))


@given(amounts)
def test_the_sum_lies_inside_and_more_confidence_is_wider(given):
    total, squares = sum(given), sum(each * each for each in given)
    narrow, wide = (sum_interval(total, squares, confidence) for confidence in (0.8, 0.99))
    assert 0 <= wide.low <= narrow.low <= total <= narrow.high <= wide.high


@given(amounts, st.floats(0.001, 1000))
def test_another_currency_moves_the_limits_with_the_sum(given, rate):
    total, squares = sum(given), sum(each * each for each in given)
    low, high = sum_interval(total, squares)
    assert sum_interval(total * rate, squares * rate**2) == pytest.approx((low * rate, high * rate), rel=1e-6)


@pytest.mark.parametrize(("spread", "least"), [(0.0, 0.94), (0.5, 0.93), (1.0, 0.90)])
def test_a_hundred_amounts_hold_the_truth_nearly_as_often_as_said(spread, least):
    draw, truth, held, times = np.random.default_rng(7), 100 * np.exp(spread**2 / 2), 0, 600
    for _ in range(times):
        drawn = np.exp(spread * draw.standard_normal(draw.poisson(100)))
        low, high = sum_interval(float(drawn.sum()), float((drawn**2).sum()))
        held += low <= truth <= high
    assert held / times >= least


@pytest.mark.parametrize(("total", "squares"), [(0.0, 0.0), (-1.0, 1.0), (float("nan"), 1.0)])
def test_no_amounts_are_refused(total, squares):
    with pytest.raises(BadInput, match="must be above 0"):
        sum_interval(total, squares)
