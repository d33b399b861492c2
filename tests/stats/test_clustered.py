"""Clustered ratios: exact where theory is exact, and simulated where it is not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.clustered import (
    Sums,
    clustered_ratio_interval,
    clustered_share_interval,
    design_effect,
    each_once,
    estimate_ratio,
    ratio_of_people,
    sum_people,
)
from touchpath.stats.jackknife import jackknife
from touchpath.stats.means import mean_of, mean_t_interval
from touchpath.stats.proportions import wilson_interval

people_lists = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), min_size=2, max_size=30).map(
    lambda pairs: [(x, min(x, y)) for x, y in pairs]
)


def sums(pairs: list[tuple[int, int]]) -> Sums:
    return sum_people(*zip(*pairs, strict=True))


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=40))
def test_a_ratio_of_people_who_count_once_has_the_t_interval_of_a_mean(values):
    moments = sum_people([1] * len(values), values)
    assert each_once(moments)
    assert clustered_ratio_interval(moments) == pytest.approx(mean_t_interval(mean_of(values)), abs=1e-9)


def test_the_error_of_a_ratio_agrees_with_the_formula_by_hand():
    # Four people; clicks 1, 2, 0, 3 of views 2, 5, 1, 4: ratio 1/2, residuals 0, -1/2, -1/2, 1, sum of squares 3/2.
    ratio, error, df = estimate_ratio(sum_people([2, 5, 1, 4], [1, 2, 0, 3]))
    assert (ratio, df) == (0.5, 3)
    assert error == pytest.approx(math.sqrt(4 / 3 * 1.5 / 144))


@given(people_lists)
def test_a_clustered_share_holds_the_share_and_stays_possible(pairs):
    moments = sums(pairs)
    low, high = clustered_share_interval(moments)
    assert 0 <= low <= moments.y / moments.x <= high <= 1


@given(people_lists)
def test_a_clustered_share_is_never_surer_than_independent_rows(pairs):
    moments = sums(pairs)
    low, high = clustered_share_interval(moments)
    simple = wilson_interval(int(moments.y), int(moments.x))
    assert low <= simple.low + 1e-12
    assert high >= simple.high - 1e-12


@given(people_lists, st.floats(0.5, 0.99))
def test_more_confidence_gives_a_wider_clustered_interval(pairs, confidence):
    low, high = clustered_share_interval(sums(pairs), confidence)
    wider_low, wider_high = clustered_share_interval(sums(pairs), confidence + 0.005)
    assert wider_low <= low <= high <= wider_high


@given(people_lists)
def test_swapping_success_and_failure_mirrors_a_clustered_share(pairs):
    low, high = clustered_share_interval(sums(pairs))
    mirrored = clustered_share_interval(sums([(x, x - y) for x, y in pairs]))
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((low, high), abs=1e-9)


def test_a_ratio_of_people_counts_those_without_anything():
    # (var y - 2 R cov + R**2 var x) / (n * mean(x)**2) with n - 1 and all four people.
    x, y = np.array([3.0, 0, 4, 0]), np.array([1.0, 0, 2, 0])
    ratio = y.sum() / x.sum()
    spread = y.var(ddof=1) - 2 * ratio * np.cov(x, y)[0, 1] + ratio**2 * x.var(ddof=1)
    found = ratio_of_people(x.tolist(), y.tolist())
    assert (found.ratio, found.error) == pytest.approx((ratio, math.sqrt(spread / 4) / x.mean()), abs=1e-15)
    assert found.df == 3


def test_a_ratio_of_people_keeps_its_digits_where_all_are_large_and_alike():
    values = [1e7 + step / 8 for step in range(40)]
    mean = mean_of(values)
    assert ratio_of_people([1.0] * 40, values)[:2] == pytest.approx(mean[:2], rel=1e-12)


@pytest.mark.parametrize(("x", "y"), [([1], [2]), ([1, 2], [1]), ([0, 0], [1, 2]), ([-3, 2], [1, 2])])
def test_a_ratio_of_people_needs_two_of_them_and_a_denominator(x, y):
    with pytest.raises(BadInput, match="two people"):
        ratio_of_people(x, y)


def test_people_who_always_answer_alike_count_once():
    alike = sums([(5, 5)] * 60 + [(5, 0)] * 60)
    assert design_effect(alike) == pytest.approx(5 * 120 / 119)


def test_one_person_alone_tells_nothing_about_a_share():
    assert clustered_share_interval(sum_people([7], [3])) == (0.0, 1.0)


@pytest.mark.parametrize("moments", [sum_people([2], [3]), sum_people([], []), sum_people([0, 0], [0, 0])])
def test_an_impossible_share_is_refused(moments):
    with pytest.raises(BadInput, match="A share needs"):
        clustered_share_interval(moments)


def test_a_ratio_of_one_person_is_refused():
    with pytest.raises(BadInput, match="needs two people"):
        estimate_ratio(sum_people([3], [2]))


def test_the_grouped_jackknife_of_a_mean_agrees_with_its_standard_error():
    random = np.random.default_rng(5)
    buckets = np.zeros((64, 5), np.int64)
    for person in range(6400):
        buckets[person % 64, random.integers(0, 5)] += 1
    points = np.arange(5)
    found = jackknife(buckets, lambda counts: float(counts @ points / counts.sum()))
    values = np.repeat(points, buckets.sum(axis=0))
    assert found.mean == pytest.approx(values.mean())
    assert found.error == pytest.approx(values.std(ddof=1) / math.sqrt(6400), rel=0.25)
    assert found.df == 63


@given(people_lists)
def test_the_grouped_jackknife_agrees_with_the_delta_method(pairs):
    buckets = np.array([(y, x - y) for x, y in pairs * 8], np.int64)
    if buckets[:, 0].sum() > 0:
        found = jackknife(buckets, lambda counts: float(counts[0] / counts.sum()))
        assert found.error == pytest.approx(estimate_ratio(sums(pairs * 8)).error, rel=0.12, abs=1e-9)


def test_one_bucket_has_no_jackknife():
    with pytest.raises(BadInput, match="two groups"):
        jackknife(np.array([[3, 4], [0, 0]]), lambda counts: float(counts[0]))


def simulate(people: int, share: float, alike: float, rows: float, rounds: int, seed: int) -> tuple[float, float]:
    """How often Wilson's interval over rows, and the clustered one, hold the true share.

    Each person has their own share (beta-distributed, `alike` is the correlation inside a person) and 1, 2, 3 ... rows
    (geometric, `rows` on average).
    """
    random = np.random.default_rng(seed)
    simple = clustered = 0
    for _ in range(rounds):
        x = random.geometric(1 / rows, people)
        spread = (1 - alike) / alike
        own = random.beta(share * spread, (1 - share) * spread, people)
        moments = sum_people(x.tolist(), random.binomial(x, own).tolist())
        low, high = wilson_interval(int(moments.y), int(moments.x))
        simple += low <= share <= high
        low, high = clustered_share_interval(moments)
        clustered += low <= share <= high
    return simple / rounds, clustered / rounds


def test_two_hundred_people_with_repeated_answers_need_a_clustered_interval():
    by_rows, clustered = simulate(people=200, share=0.3, alike=0.34, rows=5, rounds=1500, seed=20)
    assert by_rows == pytest.approx(0.68, abs=0.03)
    assert clustered == pytest.approx(0.945, abs=0.015)


@pytest.mark.slow
@pytest.mark.parametrize("people", [10, 20, 50, 200])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9, 0.98])
@pytest.mark.parametrize("alike", [0.01, 0.3, 0.8])
def test_a_clustered_share_covers_what_it_promises_everywhere(people, share, alike):
    _, clustered = simulate(people, share, alike, rows=5, rounds=3000, seed=people)
    assert clustered >= 0.93
