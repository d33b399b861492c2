"""Tests of shares: against R, against published examples, and laws that any such test keeps."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from touchpath.model.errors import BadInput
from touchpath.stats.exact_tests import MOST_RESULTS, binomial_exact, fisher_exact
from touchpath.stats.paired_shares import bonett_price_interval, mcnemar_test
from touchpath.stats.proportions import agresti_caffo_interval, jeffreys_interval
from touchpath.stats.share_tests import benchmark_test, campbell_test, equal_shares, n_minus_1_chi_square


@st.composite
def shares(draw):
    """Successes and n of one group."""
    n = draw(st.integers(1, 60))
    return draw(st.integers(0, n)), n


def test_campbell_takes_the_exact_test_where_an_expected_count_is_below_one():
    assert campbell_test(33, 40, 25, 42).method == "n_minus_1_chi_square"
    found = campbell_test(1, 1, 0, 3)
    assert (found.method, found.least_expected) == ("fisher_exact_two_sided", 0.25)
    assert found.p == fisher_exact(1, 1, 0, 3)


def test_the_paired_example_of_fagerland_lydersen_and_laake_2013():
    # Airway hyper-responsiveness before and after a transplantation: 1 and 7 of 21 children changed.
    found = mcnemar_test(1, 7)
    assert (found.exact, found.mid, found.asymptotic) == pytest.approx((0.0703, 0.0391, 0.0339), abs=5e-5)


def test_the_paired_interval_holds_the_formula_of_bonett_and_price():
    low, high = bonett_price_interval(1, 1, 7, 12)
    centre, error = (2 - 8) / 23, math.sqrt((10 / 23 - (6 / 23) ** 2) / 23)
    assert (low, high) == pytest.approx((centre - 1.959963984540054 * error, centre + 1.959963984540054 * error), abs=1e-12)


def test_nobody_who_differs_is_no_evidence():
    assert mcnemar_test(0, 0) == (1.0, 1.0, 0.0, 1.0)


@pytest.mark.parametrize("successes", [0, 1])
def test_where_nothing_varies_there_is_nothing_to_test(successes):
    assert n_minus_1_chi_square(4 * successes, 4, 5 * successes, 5)[::2] == (None, None)
    assert equal_shares([4 * successes, 5 * successes], [4, 5]) == (None, 1, None)
    assert campbell_test(4 * successes, 4, 5 * successes, 5).p == 1.0


@given(shares(), shares())
def test_the_order_of_groups_and_the_name_of_success_do_not_matter(a, b):
    turned = (a[1] - a[0], a[1], b[1] - b[0], b[1])
    for test in (fisher_exact, lambda *counts: campbell_test(*counts).p):
        p = test(*a, *b)
        assert 0 < p <= 1
        assert test(*b, *a) == pytest.approx(p, rel=1e-9)
        assert test(*turned) == pytest.approx(p, rel=1e-9)


@given(shares(), shares())
def test_two_groups_of_many_are_pearsons_chi_square_of_two(a, b):
    two, many = n_minus_1_chi_square(*a, *b), equal_shares([a[0], b[0]], [a[1], b[1]])
    n = a[1] + b[1]
    if many.statistic is None:
        assert two.statistic is None
    else:
        assert two.statistic == pytest.approx(many.statistic * (n - 1) / n, rel=1e-9, abs=1e-12)


@given(shares(), st.floats(0.01, 0.99))
def test_a_share_against_a_benchmark_and_its_mirror_cover_everything_once(share, benchmark):
    successes, n = share
    above, below = benchmark_test(successes, n, benchmark), benchmark_test(n - successes, n, 1 - benchmark)
    assert above.mid + below.mid == pytest.approx(1, abs=1e-9)
    assert above.mid <= above.exact


@given(shares(), st.floats(0.5, 0.99))
def test_jeffreys_and_agresti_caffo_widen_with_the_confidence(share, confidence):
    for narrow, wide in (
        (jeffreys_interval(*share, confidence), jeffreys_interval(*share, confidence + 0.009)),
        (agresti_caffo_interval(*share, 3, 7, confidence), agresti_caffo_interval(*share, 3, 7, confidence + 0.009)),
        (bonett_price_interval(2, *share, 1, confidence), bonett_price_interval(2, *share, 1, confidence + 0.009)),
    ):
        assert wide.low <= narrow.low <= narrow.high <= wide.high


def errs(p_of, n: int, share: float) -> float:
    """How often a test of two equal shares at 5 % is wrong, by every pair of counts there can be."""
    chance = [math.comb(n, x) * share**x * (1 - share) ** (n - x) for x in range(n + 1)]
    pairs = ((x, y) for x in range(n + 1) for y in range(n + 1))
    return math.fsum(chance[x] * chance[y] for x, y in pairs if (p := p_of(x, n, y, n)) is not None and p <= 0.05)


@pytest.mark.parametrize(("n", "share", "n_minus_1", "fisher"), [(10, 0.5, 0.042, 0.013), (20, 0.8, 0.050, 0.023)])
def test_the_exact_test_is_far_too_careful_and_the_other_is_not(n, share, n_minus_1, fisher):
    # The levels come from another enumeration of the same tables.
    assert errs(lambda *counts: n_minus_1_chi_square(*counts).p, n, share) == pytest.approx(n_minus_1, abs=5e-4)
    assert errs(fisher_exact, n, share) == pytest.approx(fisher, abs=5e-4)
    assert errs(lambda *counts: campbell_test(*counts).p, n, share) <= 0.0505


@pytest.mark.parametrize("n", [8, 15, 30])
@pytest.mark.parametrize("differ", [0.2, 0.5, 0.9])
def test_the_mid_p_of_pairs_keeps_its_level(n, differ):
    # Fagerland, Lydersen & Laake 2013: never above 5 % in 9,595 scenarios.
    def wrong(told: int) -> float:
        halves = (math.comb(told, b) for b in range(told + 1) if mcnemar_test(b, told - b).mid <= 0.05)
        return sum(halves) / 2**told

    level = math.fsum(math.comb(n, told) * differ**told * (1 - differ) ** (n - told) * wrong(told) for told in range(n + 1))
    assert level <= 0.05


def test_ties_between_equally_likely_tables_are_not_broken_by_rounding():
    assert fisher_exact(3, 10, 7, 10) == pytest.approx(0.1788954080, abs=1e-9)
    assert fisher_exact(300_000, 10**6, 300_000, 10**6) == 1.0


@pytest.mark.parametrize(
    ("successes", "n", "share"),
    [
        (10**9 + 40_000, 2 * 10**9, 0.5),
        (10**9, 2 * 10**9, 0.49999),
        (10, 6 * 10**6, 1e-6),
        (150, 10**4, 1e-4),
        (0, 10**9, 0.5),
    ],
)
def test_the_exact_binomial_test_of_very_many_agrees_with_scipy(successes, n, share):
    assert binomial_exact(successes, n, share) == pytest.approx(binomtest(successes, n, share).pvalue, rel=1e-8, abs=1e-300)


def test_the_exact_test_of_two_very_large_groups_comes_near_the_normal_one():
    few, many = 50_000_000, 10**9
    common = (few + few + 20_000) / (2 * many)
    z = 20_000 / math.sqrt(2 * many * common * (1 - common))
    assert fisher_exact(few, many, few + 20_000, many) == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-3)
    assert fisher_exact(few, many, few, many) == pytest.approx(1.0, abs=1e-9)
    assert fisher_exact(0, many, many, many) == 0.0


@pytest.mark.parametrize(("successes", "n", "share", "p"), [(2, 10, 0.5, 0.109375), (5, 10, 0.5, 1.0), (0, 1, 0.5, 1.0)])
def test_the_exact_binomial_test(successes, n, share, p):
    assert binomial_exact(successes, n, share) == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize(
    "test",
    [
        lambda: fisher_exact(1, 0, 1, 2),
        lambda: fisher_exact(MOST_RESULTS, 10**15, 10**14, 10**15),
        lambda: binomial_exact(3, 2, 0.5),
        lambda: binomial_exact(2**51, 2**52, 0.5),
        lambda: campbell_test(3, 2, 1, 2),
        lambda: n_minus_1_chi_square(1, 2, 1, 0),
        lambda: equal_shares([1], [2]),
        lambda: equal_shares([1, 2], [2]),
        lambda: benchmark_test(1, 2, 1.5),
        lambda: mcnemar_test(-1, 2),
        lambda: bonett_price_interval(0, 0, 0, 0),
        lambda: agresti_caffo_interval(1, 2, 0, 0),
        lambda: jeffreys_interval(3, 2),
    ],
)
def test_impossible_counts_are_refused(test):
    with pytest.raises(BadInput):
        test()
