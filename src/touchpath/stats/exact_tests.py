"""Exact two-sided tests of counts: how likely are results that are no more likely than the one that came.

Probabilities come from ratios of neighbours, so that they stay exact where factorials of large counts would not.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import check_shares

#: Two results whose probabilities differ by less than this factor count as equally likely: they differ by rounding only. As in R.
_ALIKE = 1 + 1e-7
#: More results than this are not listed one by one; a test that needs no list says the same there.
MOST_RESULTS = 5_000_000
#: Further from the mean than so many standard deviations, and so many results more, no float holds how unlikely a result is.
_REACH, _MORE = 40.0, 60.0


def _spread_out(log_ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of results in a row, from the logarithms of each one's ratio to the one before it."""
    logs = np.concatenate(([0.0], np.cumsum(log_ratios)))
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _no_likelier(probabilities: NDArray[np.float64], observed: int) -> float:
    """The probability of all results that are no more likely than the observed one; 0 where that one is too unlikely to be listed."""
    if not 0 <= observed < probabilities.size:
        return 0.0
    return min(float(probabilities[probabilities <= probabilities[observed] * _ALIKE].sum()), 1.0)


def _listed(first: int, last: int, mean: float, variance: float, observed: int) -> tuple[int, int]:
    """The first and last result to list: the possible ones within reach, and some beyond the observed one if the list stays short enough."""
    reach = _REACH * math.sqrt(variance) + _MORE
    within = max(first, math.floor(mean - reach)), min(last, math.ceil(mean + reach))
    if within[1] - within[0] >= MOST_RESULTS:
        raise BadInput(f"An exact test lists at most {MOST_RESULTS:,} results, but here are {within[1] - within[0] + 1:,}.")
    further = round(reach)
    whole = max(first, min(within[0], observed - further)), min(last, max(within[1], observed + further))
    return whole if whole[1] - whole[0] < MOST_RESULTS else within


def fisher_exact(successes_a: int, n_a: int, successes_b: int, n_b: int) -> float:
    """Two-sided p of equal shares in two groups, given how many succeeded in all: tables no more likely than the one that came.

    Source: Fisher 1935, The Design of Experiments; two-sided after Irwin 1935, Metron 12:83. As R's fisher.test.
    Far too careful for small groups (at 5 % it errs in 1 to 2 %): see `campbell_test`.
    Raises BadInput for an empty group, successes outside 0..n, or more results within reach than MOST_RESULTS.
    """
    check_shares(successes_a, n_a)
    check_shares(successes_b, n_b)
    total = successes_a + successes_b
    mean = total * (n_a / (n_a + n_b))
    variance = mean * (n_b / (n_a + n_b)) * ((n_a + n_b - total) / max(n_a + n_b - 1, 1))
    first, last = _listed(max(0, total - n_b), min(n_a, total), mean, variance, successes_a)
    into = np.arange(first + 1, last + 1, dtype=np.float64)
    ratios = np.log((n_a - into + 1) / into * ((total - into + 1) / (n_b - total + into)))
    return _no_likelier(_spread_out(ratios), successes_a - first)


def binomial_exact(successes: int, n: int, share: float) -> float:
    """Two-sided p of a binomial share strictly between 0 and 1: counts no more likely than the one that came. As R's binom.test.

    Raises BadInput for n = 0, successes outside 0..n, another share, or more results within reach than MOST_RESULTS.
    """
    check_shares(successes, n)
    if not 0 < share < 1:
        raise BadInput(f"A share to test against lies between 0 and 1, but came as {share}.")
    first, last = _listed(0, n, n * share, n * share * (1 - share), successes)
    into = np.arange(first + 1, last + 1, dtype=np.float64)
    ratios = np.log((n - into + 1) / into * (share / (1 - share)))
    return _no_likelier(_spread_out(ratios), successes - first)


def equal_rates(events_a: int, exposure_a: float, events_b: int, exposure_b: float) -> float:
    """Two-sided p of equal rates of rare independent events, given how many there were in all. As R's poisson.test.

    Source: Przyborowski & Wilenski 1940, Biometrika 31:313. Raises BadInput for no event at all or an exposure of 0 or less.
    """
    if not exposure_a > 0 or not exposure_b > 0:
        raise BadInput(f"Rates need exposures above 0, but {exposure_a} and {exposure_b} came.")
    return binomial_exact(events_a, events_a + events_b, 1 / (1 + exposure_b / exposure_a))
