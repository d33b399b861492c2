"""Medians with order-statistic limits, exact and from bins, for independent people and for repeats."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.quantiles import (
    Bins,
    binned_quantile,
    clustered_ranks,
    order_statistic_ranks,
    quantile_interval,
    reached_confidence,
)


@pytest.mark.parametrize(("n", "expected"), [(6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (25, (8, 18)), (100, (40, 61))])
def test_ranks_of_a_median_agree_with_published_tables(n, expected):
    # Conover 1999, table of order-statistic limits for the median, 95 %.
    assert order_statistic_ranks(n) == expected


@pytest.mark.parametrize(("n", "q", "reached"), [(5, 0.5, 1 - 2 / 2**5), (2, 0.5, 0.5), (10, 0.9, 1 - 0.9**10 - 0.012795)])
def test_few_values_reach_less_than_the_confidence(n, q, reached):
    """Extremes as limits miss when all values lie on one side: twice 2**-n for a median. 0.012795: P(X <= 6), X binomial (10, 0.9)."""
    assert reached_confidence(n, q) == pytest.approx(reached, abs=1e-5)


@given(st.integers(6, 400))
def test_from_six_values_on_a_median_reaches_95_percent(n):
    assert reached_confidence(n) >= 0.95


def test_the_limits_of_a_median_are_values_of_the_sample():
    values = [12.0, 15.0, 9.0, 30.0, 22.0, 18.0, 11.0, 25.0, 40.0, 14.0]
    assert quantile_interval(values) == (16.5, 11.0, 30.0)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=60), st.floats(0.05, 0.95))
def test_a_quantile_lies_between_its_limits(values, q):
    found = quantile_interval(values, q)
    assert found.low <= found.value + 1e-9
    assert found.value <= found.high + 1e-9


def bins_of(groups: list[list[int]]) -> Bins:
    """Unit bins: each distinct whole number is its own bin, so nothing is lost."""
    values = np.unique([value for group in groups for value in group]).astype(np.int64)
    counts = np.array([[group.count(value) for value in values] for group in groups], np.int64)
    return Bins(values, values, counts)


whole_groups = st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=6), min_size=2, max_size=10)


@given(whole_groups)
def test_narrow_bins_give_the_exact_median(groups):
    values = [value for group in groups for value in group]
    assert binned_quantile(bins_of(groups), independent=True) == pytest.approx(quantile_interval(values))


@given(whole_groups)
def test_repeats_never_narrow_the_interval(groups):
    bins = bins_of(groups)
    simple, clustered = binned_quantile(bins, independent=True), binned_quantile(bins, independent=False)
    assert clustered.low <= simple.low
    assert clustered.high >= simple.high


def test_people_who_repeat_themselves_widen_the_ranks():
    x, y = [5] * 40, [5] * 20 + [0] * 20
    low, high = clustered_ranks(x, y)
    assert (low, high) == (67, 134)  # half +- 2.0227 * sqrt(0.25 / 39): 0.3381 and 0.6619 of 200 values
    assert order_statistic_ranks(200) == (86, 115)


@pytest.mark.parametrize("q", [0.0, 1.0, 50])
def test_an_impossible_quantile_is_refused(q):
    with pytest.raises(BadInput, match="A quantile must lie between 0 and 1"):
        quantile_interval([1.0, 2.0], q)


def test_no_values_have_no_median():
    with pytest.raises(BadInput, match="none came"):
        quantile_interval([])


def covered(people: int, spread_of_people: float, rounds: int, seed: int) -> float:
    """Share of simulated studies whose clustered interval holds the true median of exp(person + noise), which is 60 s."""
    random = np.random.default_rng(seed)
    hits = 0
    for _ in range(rounds):
        counts = 1 + random.poisson(3, people)
        owner = np.repeat(np.arange(people), counts)
        logs = random.normal(0, spread_of_people, people)[owner] + random.normal(0, 0.5, owner.size)
        times = np.rint(60_000 * np.exp(logs)).astype(np.int64)
        values, place = np.unique(times, return_inverse=True)
        table = np.zeros((people, values.size), np.int64)
        np.add.at(table, (owner, place), 1)
        found = binned_quantile(Bins(values, values, table), independent=False)
        hits += found.low <= 60_000 <= found.high
    return hits / rounds


def test_a_clustered_median_covers_what_it_promises():
    assert covered(people=60, spread_of_people=0.7, rounds=300, seed=3) == pytest.approx(0.955, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("people", [10, 30, 64])
@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
def test_a_clustered_median_covers_what_it_promises_everywhere(people, spread):
    assert 0.93 <= covered(people, spread, rounds=2000, seed=people) <= 0.995
