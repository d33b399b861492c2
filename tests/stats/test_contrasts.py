"""p-values from intervals, and which differences would have been found."""

import math

import pytest
from scipy import stats

from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.comparisons import compare_means, compare_shares
from touchpath.stats.contrasts import invert, people_needed, smallest_found
from touchpath.stats.means import Mean, mean_of
from touchpath.stats.p_values import LEAST_P

A, B = [3.1, 4.0, 5.2, 4.4, 3.9, 4.8], [4.9, 5.6, 6.3, 5.1, 6.9, 5.8, 6.0]


def test_the_p_of_welchs_interval_is_the_one_that_scipy_gives():
    p = invert(lambda sure: compare_means(mean_of(A), mean_of(B), sure, "score"))
    assert p == pytest.approx(stats.ttest_ind(A, B, equal_var=False).pvalue, rel=1e-6)


@pytest.mark.parametrize(("before", "after"), [((30, 100), (45, 100)), ((30, 100), (31, 90)), ((5, 40), (16, 50))])
def test_p_and_the_interval_never_disagree(before, after):
    p = invert(lambda sure: compare_shares(before, after, sure))
    for sure in (0.5, 0.8, 0.9, 0.95, 0.99):
        assert (compare_shares(before, after, sure).changed is not None) == (p < 1 - sure)


def test_two_alike_shares_have_a_p_of_1_and_a_sure_difference_no_p_of_0():
    assert invert(lambda sure: compare_shares((30, 100), (30, 100), sure)) == pytest.approx(1.0)
    assert invert(lambda sure: compare_shares((10, 10_000), (9_000, 10_000), sure)) == LEAST_P
    assert invert(lambda sure: Undefined("nobody")) is None


def test_the_smallest_difference_of_means_is_that_of_r_power_t_test():
    """R: power.t.test(n = 50, sd = 10, power = 0.8)$delta = 5.659; here the noise is read from the interval itself."""
    side = Mean(20.0, 10 / math.sqrt(50), 49)
    found = compare_means(side, side, 0.95, "score")
    assert smallest_found(found, 50, 50, 0.05) == pytest.approx(5.659, rel=0.02)
    assert smallest_found(found, 50, 50, 0.05 / 10) > 1.2 * 5.659


def test_an_interval_without_width_or_end_finds_nothing():
    assert smallest_found(Comparison("difference", 0.0, 0.0, 0.0, 0.95, "share", "", None), 9, 9, 0.05) is None
    assert smallest_found(Comparison("ratio", 1.0, 0.0, math.inf, 0.95, "times", "", None), 9, 9, 0.05) is None


def test_how_many_people_would_do_depends_on_the_number():
    """R: power.prop.test(p1 = 0.5, p2 = 0.6, power = 0.8)$n = 387.3; power.t.test(delta = 0.5, power = 0.8)$n = 63.8."""
    assert people_needed(Estimate(0.5, 0.4, 0.6, 96, "people")) == (388, "10 points")
    assert people_needed(Estimate(4.2, 4.0, 4.4, 96, "people", "score")) == (64, "half a standard deviation")
    n, step = people_needed(Estimate(60.0, 50.0, 72.0, 40, "attempts", "seconds"))
    assert step == "a quarter"
    assert 100 < n < 140


def test_a_worthwhile_difference_takes_the_place_of_the_common_one():
    """R: power.prop.test(p1 = 0.5, p2 = 0.55, power = 0.8)$n = 1564.7; power.t.test(delta = 5, sd = 20, power = 0.8)$n = 252.1."""
    assert people_needed(Estimate(0.5, 0.4, 0.6, 96, "people"), worthwhile=0.05) == (1565, "5 points")
    half = 1.959964 * 20 / math.sqrt(96)
    n, step = people_needed(Estimate(70.0, 70 - half, 70 + half, 96, "people", "score"), worthwhile=5.0)
    assert (n, step) == (pytest.approx(252, abs=2), "5")
    longer = people_needed(Estimate(60.0, 50.0, 72.0, 40, "attempts", "seconds"), worthwhile=1.1)
    assert longer[0] > people_needed(Estimate(60.0, 50.0, 72.0, 40, "attempts", "seconds"))[0]
    assert longer[1] == "10 %"


def test_a_difference_that_cannot_be_falls_back_on_the_common_one():
    assert people_needed(Estimate(0.5, 0.4, 0.6, 96, "people"), worthwhile=0.9)[1] == "half a standard deviation"
    assert people_needed(Estimate(70.0, 70.0, 70.0, 96, "people", "score"), worthwhile=5.0)[1] == "half a standard deviation"
