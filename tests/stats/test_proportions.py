"""Shares of independent people, against published tables and laws that every interval keeps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import bdtr

from touchpath.model.errors import BadInput
from touchpath.stats.proportions import (
    adjusted_wald_interval,
    clopper_pearson_interval,
    lewis_sauro_estimate,
    newcombe_interval,
    wilson_interval,
)

INTERVALS = [wilson_interval, adjusted_wald_interval, clopper_pearson_interval]
every_interval = pytest.mark.parametrize("interval", INTERVALS, ids=lambda interval: interval.__name__)


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_wilson_interval_agrees_with_newcombe_1998_table_1(successes, trials, expected):
    assert wilson_interval(successes, trials) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    [(81, 263, (0.2527, 0.3676)), (15, 148, (0.0578, 0.1617)), (0, 20, (0.0, 0.1684)), (1, 29, (0.0009, 0.1776))],
)
def test_clopper_pearson_interval_agrees_with_newcombe_1998_table_1(successes, trials, expected):
    assert clopper_pearson_interval(successes, trials) == pytest.approx(expected, abs=5e-5)


def test_clopper_pearson_interval_agrees_with_r_binom_test_help():
    assert clopper_pearson_interval(682, 925) == pytest.approx((0.7076683, 0.7654066), abs=5e-8)


def test_adjusted_wald_interval_agrees_with_tullis_2008():
    # Tullis, measuringux.com: 4 of 5 gives .3596 to .9796, the upper one from rounded steps (.97968).
    assert adjusted_wald_interval(4, 5) == pytest.approx((0.3596, 0.97968), abs=5e-5)


@pytest.mark.parametrize(
    ("successes", "n", "expected"),
    [(10, 10, (11 / 12, "laplace")), (4, 5, (0.8, "mle")), (1, 5, (0.3303, "wilson_midpoint")), (5, 10, (0.5, "mle"))],
)
def test_lewis_sauro_estimate_follows_its_three_rules(successes, n, expected):
    estimate = lewis_sauro_estimate(successes, n)
    assert (round(estimate.share, 4), estimate.rule) == (round(expected[0], 4), expected[1])


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((6, 7), (2, 7), (0.0582, 0.8062)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((0, 10), (0, 20), (-0.1611, 0.2775)),
        ((0, 10), (0, 10), (-0.2775, 0.2775)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
        ((10, 10), (0, 10), (0.6075, 1.0)),
    ],
)
def test_newcombe_interval_agrees_with_newcombe_1998_table_2_method_10(a, b, expected):
    assert newcombe_interval(*a, *b) == pytest.approx(expected, abs=5e-5)


@every_interval
@given(st.data(), st.integers(1, 10_000))
def test_an_interval_holds_the_observed_share_and_stays_possible(interval, data, trials):
    successes = data.draw(st.integers(0, trials))
    low, high = interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1


@every_interval
@given(st.data(), st.integers(1, 500), st.floats(0.5, 0.99))
def test_more_confidence_gives_a_wider_interval(interval, data, trials, confidence):
    successes = data.draw(st.integers(0, trials))
    low, high = interval(successes, trials, confidence)
    wider_low, wider_high = interval(successes, trials, confidence + 0.005)
    assert wider_low <= low <= high <= wider_high


@every_interval
@given(st.data(), st.integers(1, 500))
def test_swapping_success_and_failure_mirrors_the_interval(interval, data, trials):
    successes = data.draw(st.integers(0, trials))
    low, high = interval(successes, trials)
    mirrored_low, mirrored_high = interval(trials - successes, trials)
    assert (1 - mirrored_high, 1 - mirrored_low) == pytest.approx((low, high), abs=1e-9)


@every_interval
@pytest.mark.parametrize(("successes", "n"), [(6, 5), (-1, 5), (0, 0), (0, -3)])
def test_impossible_counts_are_refused_with_words(interval, successes, n):
    with pytest.raises(BadInput, match="but"):
        interval(successes, n)


@every_interval
@pytest.mark.parametrize("confidence", [0.0, 1.0, 95])
def test_an_impossible_confidence_is_refused(interval, confidence):
    with pytest.raises(BadInput, match=r"as in 0\.95"):
        interval(1, 5, confidence)


def coverage(interval: Callable[[int, int], tuple[float, float]], n: int, share: float) -> float:
    """The exact chance that the interval holds the true share: every possible count, weighed by how likely it is."""
    counts = np.arange(n + 1)
    chances = np.diff(bdtr(counts, n, share), prepend=0.0)
    held = np.array([low <= share <= high for low, high in (interval(k, n) for k in range(n + 1))])
    return float(chances[held].sum())


@pytest.mark.parametrize(
    ("interval", "n", "mean", "least"),
    [
        (adjusted_wald_interval, 5, 0.966, 0.903),
        (wilson_interval, 5, 0.955, 0.859),
        (clopper_pearson_interval, 5, 0.991, 0.976),
        (adjusted_wald_interval, 20, 0.962, 0.932),
        (wilson_interval, 20, 0.954, 0.925),
        (clopper_pearson_interval, 20, 0.976, 0.959),
    ],
)
def test_small_samples_are_covered_as_full_enumeration_says(interval, n, mean, least):
    """True shares from 0.50 to 0.99; the expected values were computed apart from this code."""
    covered = [coverage(interval, n, share) for share in np.arange(0.50, 0.995, 0.01)]
    assert np.mean(covered) == pytest.approx(mean, abs=0.004)
    assert min(covered) == pytest.approx(least, abs=0.004)
