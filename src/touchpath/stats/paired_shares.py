"""Two shares of the same people: each person did or did not succeed with A and with B."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.special import betainc, chdtrc

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, z_quantile


class McNemar(NamedTuple):
    """Two-sided p of equal paired shares: exact, mid-p, and asymptotic with its chi-square (1 degree of freedom)."""

    exact: float
    mid: float
    chi_square: float
    asymptotic: float


def mcnemar_test(only_a: int, only_b: int) -> McNemar:
    """Whether the same people succeed more often with A than with B; only those who succeed with one of the two tell.

    The mid-p is the one to use: never above its level in 9,595 scenarios, and far less careful than the exact one. No continuity
    correction. Source: McNemar 1947, Psychometrika 12:153; Fagerland, Lydersen & Laake 2013, BMC Medical Research Methodology 13:91.
    Where nobody differs all p are 1. Raises BadInput for negative counts.
    """
    if min(only_a, only_b) < 0:
        raise BadInput(f"Counts of people cannot be negative, but {only_a} and {only_b} came.")
    n, fewer = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return McNemar(1.0, 1.0, 0.0, 1.0)
    at_most, below = _at_most(fewer, n), _at_most(fewer - 1, n)
    mid = 1 - (at_most - below) / 2 if only_a == only_b else at_most + below
    statistic = (only_a - only_b) ** 2 / n
    return McNemar(min(2 * at_most, 1.0), min(mid, 1.0), statistic, float(chdtrc(1, statistic)))


def _at_most(successes: int, n: int) -> float:
    """P(X <= successes), X binomial (n, 1/2), for fewer successes than n."""
    return float(betainc(n - successes, successes + 1, 0.5)) if successes >= 0 else 0.0


def bonett_price_interval(both: int, only_a: int, only_b: int, neither: int, confidence: float = 0.95) -> Interval:
    """Interval of the difference A - B of two shares of the same people.

    Wald's after adding one person to each kind who succeed with one of the two only, so centred a little nearer to 0 than the
    difference itself; of fewer than ten people or so it may reach beyond -1 and 1. Source: Bonett & Price 2012, J. Educational and
    Behavioral Statistics 37:479.
    Raises BadInput for negative counts or nobody at all.
    """
    counts = (both, only_a, only_b, neither)
    if min(counts) < 0 or not sum(counts):
        raise BadInput(f"Paired shares need counts of 0 or more and at least one person, but came as {counts}.")
    n = sum(counts) + 2
    a, b = (only_a + 1) / n, (only_b + 1) / n
    half = z_quantile(confidence) * math.sqrt((a + b - (a - b) ** 2) / n)
    return Interval(a - b - half, a - b + half)
