"""Permutation tests: exact ones by hand and by SciPy, and false alarms by simulation."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from touchpath.model.errors import BadInput
from touchpath.stats.permutation import permutation_test


def once(*groups) -> tuple[np.ndarray, np.ndarray]:
    """People who count once, group after group."""
    values = np.concatenate([np.asarray(group, float) for group in groups])
    return np.column_stack([np.ones(values.size), values]), np.repeat(np.arange(len(groups)), [len(group) for group in groups])


def test_two_groups_that_do_not_overlap_have_the_least_p_there_is():
    found = permutation_test(*once([1, 2, 3, 4], [10, 11, 12, 13.5]), seed=1)
    assert (found.divisions, found.as_far, found.exact) == (comb(8, 4), 2, True)
    assert found.p == 2 / 70


def test_the_exact_test_agrees_with_scipy():
    random = np.random.default_rng(3)
    a, b = random.normal(0, 1, 7), random.normal(1, 2, 6)
    theirs = scipy_stats.permutation_test(
        (a, b),
        lambda x, y, axis: np.abs(scipy_stats.ttest_ind(x, y, axis=axis, equal_var=False).statistic),
        alternative="greater",
    )
    found = permutation_test(*once(a, b), seed=1)
    assert found.divisions == comb(13, 6)
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-12)
    assert found.statistic == pytest.approx(scipy_stats.ttest_ind(a, b, equal_var=False).statistic ** 2)


def test_three_groups_agree_with_every_division_counted_by_hand():
    groups = ([1.0, 2.5], [4.0, 3.0], [9.0, 7.5])
    found = permutation_test(*once(*groups), seed=1)
    assert (found.divisions, found.exact) == (90, True)
    # Only the six orders of the same three pairs are as far apart.
    assert found.as_far >= 6
    assert found.as_far % 6 == 0
    assert found.p == found.as_far / 90


def test_random_divisions_agree_with_all_of_them():
    random = np.random.default_rng(5)
    people = once(random.normal(0, 1, 8), random.normal(0.9, 1, 8))
    exact = permutation_test(*people, seed=1)
    drawn = permutation_test(*people, seed=1, permutations=20_000, most_exact=0)
    assert (exact.exact, drawn.exact) == (True, False)
    assert drawn.p == pytest.approx(exact.p, abs=0.012)
    assert drawn.p == (drawn.as_far + 1) / 20_001


def test_p_is_never_zero():
    found = permutation_test(*once(np.arange(40), np.arange(1000, 1040)), seed=1, permutations=999)
    assert found.p == 1 / 1000


def test_groups_that_are_all_equal_do_not_differ():
    found = permutation_test(*once([4] * 5, [4] * 6), seed=1)
    assert (found.p, found.statistic) == (1.0, 0.0)


def test_a_group_that_does_not_vary_is_compared():
    found = permutation_test(*once([1] * 5, [1, 2, 2, 3, 2, 4]), seed=1)
    assert found.exact
    assert 0 < found.p < 0.2


def test_a_group_of_one_person_is_compared_by_plain_differences():
    found = permutation_test(*once([9], [1, 2, 3, 4, 5, 6, 7]), seed=1)
    assert not found.studentised
    assert found.p == 1 / 8


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(-9, 9)), min_size=4, max_size=9), st.integers(2, 7), st.integers(-50, 50)
)
@settings(max_examples=60, deadline=None)
def test_swapping_groups_or_moving_all_values_changes_nothing(people, first, shift):
    rows = np.array(people, float)
    groups = (np.arange(len(people)) >= min(first, len(people) - 2)).astype(int)
    found = permutation_test(rows, groups, seed=1)
    moved = rows.copy()
    moved[:, 1] += shift * moved[:, 0]
    assert permutation_test(rows, 1 - groups, seed=1).p == pytest.approx(found.p)
    assert permutation_test(moved, groups, seed=1).p == pytest.approx(found.p)
    assert 0 < found.p <= 1


def test_groups_with_the_same_ratio_are_as_alike_as_can_be_whatever_rounding_does():
    rows = np.array([(1, 0), (1, 0), (1, 1), (1, 3), (1, 0), (1, 0), (2, 4)], float)
    for shift in (0, 2, 1e7 / 3):
        moved = rows + [[0, 1]] * rows[:, :1] * shift
        assert permutation_test(moved, [0, 0, 0, 0, 1, 1, 1], seed=1).p == 1.0


def false_alarms(rounds: int, seed: int, spread: float = 1.0) -> float:
    """How often p < 0.05 where two groups of people, 12 with one row and 36 with several alike rows, have the same mean."""
    random = np.random.default_rng(seed)
    alarms = 0
    for _ in range(rounds):
        rows = np.concatenate([np.ones(12, int), random.integers(1, 7, 36)])
        own = random.normal(0, np.repeat([spread, 1.0], [12, 36]))
        people = np.column_stack([rows, rows * own + random.normal(0, 0.4, 48) * np.sqrt(rows)])
        alarms += permutation_test(people, np.repeat([0, 1], [12, 36]), seed=seed, permutations=199).p <= 0.05
    return alarms / rounds


def test_alike_groups_give_as_few_false_alarms_as_promised():
    random = np.random.default_rng(2)
    alarms = sum(
        permutation_test(*once(random.exponential(1, 6), random.exponential(1, 6)), seed=1).p <= 0.05 for _ in range(500)
    )
    assert alarms / 500 <= 0.075


def test_groups_of_unlike_spread_and_size_give_few_false_alarms():
    assert false_alarms(400, seed=1, spread=3.0) <= 0.09


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
def test_groups_of_unlike_spread_and_size_give_few_false_alarms_many_times(spread):
    assert false_alarms(4000, seed=2, spread=spread) <= 0.075


@pytest.mark.parametrize(
    ("people", "groups", "message"),
    [
        ([[1, 2], [1, 3]], [0, 0], "two groups or more"),
        ([[1, 2], [1, 3]], [0, 2], "without gaps"),
        ([[1, 2], [1, 3], [1, 4]], [0, 1], "a group"),
        ([[1, 2, 3], [1, 3, 3]], [0, 1], "x, y and a group"),
        ([[0, 2], [0, 1], [1, 3], [1, 4]], [0, 0, 1, 1], "denominator of 0"),
        ([[1, float("inf")], [1, 3]], [0, 1], "finite"),
        ([[1, 2], [1, 3]], [0.5, 1], "numbered"),
    ],
)
def test_what_cannot_be_compared_is_refused(people, groups, message):
    with pytest.raises(BadInput, match=message):
        permutation_test(people, groups, seed=1)


def test_very_few_permutations_are_refused():
    with pytest.raises(BadInput, match="at least 99"):
        permutation_test(*once([1, 2], [3, 4]), seed=1, permutations=9)
