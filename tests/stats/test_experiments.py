"""Experiments and their planning: published numbers, laws, and that what is promised holds in simulated tests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.experiments import (
    Known,
    Lift,
    always_valid_interval,
    cuped,
    cuped_theta,
    lift_test,
    relative_lift,
    sample_ratio_mismatch,
    share_mean,
)
from touchpath.stats.means import Mean, mean_from_sums, mean_of, t_test, welch_anova, welch_difference
from touchpath.stats.multiple import benjamini_hochberg, bonferroni, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(P_VALUES)
def test_each_correction_is_stricter_than_the_next(p):
    for one, two, three, raw in zip(bonferroni(p), holm(p), benjamini_hochberg(p), p, strict=True):
        assert 1 >= one >= two - 1e-12 >= three - 2e-12 >= raw - 3e-12


@given(P_VALUES, st.randoms())
def test_corrections_follow_their_test_whatever_the_order(p, random):
    order = list(range(len(p)))
    random.shuffle(order)
    shuffled = [p[place] for place in order]
    for correct in (bonferroni, holm, benjamini_hochberg):
        assert correct(shuffled) == pytest.approx([correct(p)[place] for place in order])


def test_equal_p_values_stay_as_they_are():
    # The factor tests / rank is 1 for the last of them, and must not round p away: R's p.adjust gives 0.1, too.
    assert benjamini_hochberg([0.1, 0.1, 0.1]) == [0.1, 0.1, 0.1]


def test_assignments_that_are_not_half_and_half_are_found():
    # Kohavi, Tang & Xu 2020, Trustworthy Online Controlled Experiments: 821,588 v 815,482.
    assert sample_ratio_mismatch([821_588, 815_482], [1, 1]).p == pytest.approx(1.8e-6, abs=5e-8)


@pytest.mark.parametrize("mean", [2.9, -2.9, 0.0])
def test_a_control_near_zero_has_no_lift(mean):
    with pytest.raises(BadInput, match="Compare the absolute difference"):
        relative_lift(Mean(mean, 1.0, 99), Mean(5.0, 1.0, 99))


def test_a_lift_carries_the_noise_of_both_groups():
    found = relative_lift(Mean(10.0, 0.4, 99), Mean(12.0, 0.3, 99))
    assert found == pytest.approx((0.2, (0.03**2 + (12 * 0.4 / 100) ** 2) ** 0.5))
    assert lift_test(Mean(10.0, 0.4, 99), Mean(12.0, 0.3, 99)).df == welch_difference(Mean(12.0, 0.3, 99), Mean(10.0, 0.4, 99)).df


def test_an_always_valid_interval_is_tightest_near_its_tuning_and_wider_than_a_fixed_one():
    widths = [always_valid_interval(Lift(0.0, 1.0), n, 0.05, 5000).high for n in (50, 5000, 500_000)]
    assert min(widths) == widths[1] > 1.96
    # As metrics.md and the paper write it, evaluated by hand at n = 5000: rho**2 * n = 5.9915 + ln 6.9915 = 7.9362.
    assert widths[1] == pytest.approx((2 * 8.9362 / 7.9362 * (math.log(8.9362) / 2 + 2.9957)) ** 0.5, abs=1e-3)


PEEKS = np.arange(100, 3001, 100)


def _means(rng):
    """The mean with its error of one group of the same people, looked at after each further hundred of them."""
    values = rng.normal(10, 3, PEEKS[-1])
    sums, squares = np.cumsum(values)[PEEKS - 1], np.cumsum(values**2)[PEEKS - 1]
    return [mean_from_sums(int(n), float(s), float(q)) for n, s, q in zip(PEEKS, sums, squares, strict=True)]


def _called(rng, interval):
    """Whether a test of two equal groups is ever called, looked at again and again."""
    looks = (interval(relative_lift(a, b), int(2 * n)) for a, b, n in zip(_means(rng), _means(rng), PEEKS, strict=True))
    return any(not low <= 0 <= high for low, high in looks)


def _fixed(found, n):
    return found.lift - 1.96 * found.error, found.lift + 1.96 * found.error


@pytest.mark.parametrize("runs", [120, pytest.param(1500, marks=pytest.mark.slow)])
def test_looking_every_day_errs_no_more_than_stated(runs):
    rng = np.random.default_rng(5)
    wrong = sum(_called(rng, always_valid_interval) for _ in range(runs)) / runs
    assert wrong <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5
    assert sum(_called(rng, _fixed) for _ in range(60)) / 60 > 0.1


def test_cuped_removes_what_was_there_before_and_moves_by_the_gap_before():
    rng = np.random.default_rng(11)
    pre = rng.normal(20, 5, 400)
    post = pre + rng.normal(0, 2, 400) + np.repeat([1.0, 0.0], 200)
    treatment, control = Known(post[:200], pre[:200]), Known(post[200:], pre[200:])
    found = cuped(treatment, control)
    assert found.saved == pytest.approx(1 - 4 / 29, abs=0.05)
    assert found.adjusted.low < 1 < found.adjusted.high
    gap = found.theta * (pre[:200].mean() - pre[200:].mean())
    assert found.plain.difference - found.adjusted.difference == pytest.approx(gap)


def test_nothing_known_before_changes_nothing():
    treatment, control = Known([1.0, 2.0, 4.0], [7.0] * 3), Known([2.0, 2.0, 3.0], [7.0] * 3)
    found = cuped(treatment, control)
    assert (found.theta, found.saved) == (0.0, 0.0)
    assert found.plain == found.adjusted


def test_a_paired_test_and_an_anova_of_two_groups_are_t_tests():
    a, b = [5.0, 6.0, 4.0, 7.0, 7.5], [4.0, 6.5, 3.0, 5.0, 6.0]
    welch = welch_difference(mean_of(a), mean_of(b))
    anova = welch_anova([mean_of(a), mean_of(b)])
    assert (anova.f, anova.df_error, anova.p) == pytest.approx((welch.t**2, welch.df, welch.p))
    assert t_test(mean_of([x - y for x, y in zip(a, b, strict=True)])).t == pytest.approx(1 / (0.875 / 5) ** 0.5)


@pytest.mark.parametrize(
    "test",
    [
        lambda: sample_ratio_mismatch([10], [1]),
        lambda: sample_ratio_mismatch([10, 2], [1, 0]),
        lambda: sample_ratio_mismatch([0, 0], [1, 1]),
        lambda: share_mean(1, 1),
        lambda: cuped_theta(Known([1], [1]), Known([1, 2], [1, 2])),
        lambda: cuped_theta(Known([1, 2], [1]), Known([1, 2], [1, 2])),
        lambda: always_valid_interval(Lift(0, 1), 0),
        lambda: always_valid_interval(Lift(0, 1), 10, 1.0),
        lambda: t_test(mean_of([0.1, 0.1, 0.1])),
        lambda: welch_difference(mean_of([0.3, 0.3]), mean_of([0.1 + 0.2, 0.3])),
        lambda: welch_anova([mean_of([1, 2])]),
        lambda: welch_anova([mean_of([1, 2]), mean_of([2, 2])]),
        lambda: holm([0.1, float("nan")]),
    ],
)
def test_plans_and_tests_that_make_no_sense_are_refused(test):
    with pytest.raises(BadInput):
        test()
