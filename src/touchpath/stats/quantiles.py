"""Medians and other quantiles with order-statistic limits: from values themselves, or from counted bins per group of people."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, ndtri

from touchpath.model.errors import BadInput
from touchpath.stats.clustered import estimate_ratio, sum_people
from touchpath.stats.intervals import check_confidence, t_quantile

Counts = NDArray[np.int64]

#: How far from the normal approximation a binomial quantile is looked for first.
_AROUND = 2


class Ranks(NamedTuple):
    """The 1-based ranks of the values that are the limits."""

    low: int
    high: int


class Quantile(NamedTuple):
    """A quantile of a sample and its limits."""

    value: float
    low: float
    high: float


def _check(n: int, q: float, confidence: float) -> None:
    check_confidence(confidence)
    if not 0 < q < 1:
        raise BadInput(f"A quantile must lie between 0 and 1, as in 0.5 for the median, but came as {q}.")
    if n < 1:
        raise BadInput("A quantile needs at least one value, but none came.")


def _binomial_quantile(probability: float, n: int, q: float) -> int:
    """The smallest k with P(X <= k) >= probability, X binomial (n, q): looked for around the normal approximation first."""
    guess = round(n * q + float(ndtri(probability)) * math.sqrt(n * q * (1 - q)))
    low, high = max(guess - _AROUND, 0), min(guess + _AROUND, n)
    if not (low < high and (low == 0 or bdtr(low - 1, n, q) < probability) and bdtr(high, n, q) >= probability):
        low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if bdtr(middle, n, q) >= probability:
            high = middle
        else:
            low = middle + 1
    return low


def order_statistic_ranks(n: int, q: float = 0.5, confidence: float = 0.95) -> Ranks:
    """Ranks whose values hold the true quantile with at least the stated confidence, when n is large enough for that.

    Distribution-free, for independent values; below n = 6 the median's limits are the extremes and cover less than 95 %.
    Source: Conover 1999, Practical Nonparametric Statistics, section 3.2, by binomial quantiles.
    """
    _check(n, q, confidence)
    tail = (1 - confidence) / 2
    return Ranks(max(_binomial_quantile(tail, n, q), 1), min(_binomial_quantile(1 - tail, n, q) + 1, n))


def reached_confidence(n: int, q: float = 0.5, confidence: float = 0.95) -> float:
    """How often the limits at `order_statistic_ranks` hold the true quantile: the confidence, or less where there are too few values for it.

    P(low <= how many values lie below the quantile < high), by the binomial distribution.
    """
    low, high = order_statistic_ranks(n, q, confidence)
    return float(bdtr(high - 1, n, q) - bdtr(low - 1, n, q))


def quantile_interval(values: Sequence[float], q: float = 0.5, confidence: float = 0.95) -> Quantile:
    """A sample quantile (linear interpolation) with order-statistic limits."""
    low, high = order_statistic_ranks(len(values), q, confidence)
    ordered = sorted(values)
    return Quantile(float(np.quantile(ordered, q)), ordered[low - 1], ordered[high - 1])


def clustered_ranks(x: Sequence[int], y: Sequence[int], q: float = 0.5, confidence: float = 0.95) -> Ranks:
    """Ranks of the limits of a quantile when people have several values: Woodruff's method.

    x, y: per group of people (a bucket of the 64, or one person), how many values it has and how many of them are at or below
    the sample quantile. The share below is given a clustered error, turned into ranks; never narrower than for independent
    values. Source: Woodruff 1952, JASA 47:635.
    """
    n = sum(x)
    _check(n, q, confidence)
    simple = order_statistic_ranks(n, q, confidence)
    groups = sum_people(x, y)
    if groups.people < 2:
        return Ranks(1, n)
    _, error, df = estimate_ratio(groups)
    half = t_quantile(confidence, df) * error
    return Ranks(
        max(min(math.floor(n * (q - half)), simple.low), 1),
        min(max(math.ceil(n * (q + half)) + 1, simple.high), n),
    )


class Bins(NamedTuple):
    """Counted values: inclusive bounds of ascending bins (their mean twice, where it is known), and counts (groups of people, bins)."""

    low: Counts | NDArray[np.float64]
    high: Counts | NDArray[np.float64]
    counts: Counts

    def at_ranks(self) -> Callable[[float], float]:
        """Tells the value at a 1-based rank, spread evenly inside its bin; a rank between two values lies between them."""
        counts = self.counts.sum(axis=0)
        reached = np.cumsum(counts)

        def whole_rank(rank: int) -> float:
            place = int(reached.searchsorted(rank))
            inside = rank - (reached[place] - counts[place])
            width = self.high[place] - self.low[place]
            return float(self.low[place] + width * (inside - 0.5) / counts[place])

        def at_rank(rank: float) -> float:
            below = math.floor(rank)
            value = whole_rank(below)
            return value if below == rank else value + (rank - below) * (whole_rank(math.ceil(rank)) - value)

        return at_rank


def binned_quantile(bins: Bins, independent: bool, q: float = 0.5, confidence: float = 0.95) -> Quantile:
    """A quantile with its limits from counted bins; as exact as the bins are narrow.

    `independent`: nobody has more than one value, so plain order statistics hold; otherwise groups of people are the unit.
    """
    x = bins.counts.sum(axis=1)
    n = int(x.sum())
    _check(n, q, confidence)
    at_rank = bins.at_ranks()
    value = at_rank(1 + (n - 1) * q)
    if independent:
        ranks = order_statistic_ranks(n, q, confidence)
    else:
        below = bins.counts[:, : int(np.searchsorted(bins.low, value, "right"))].sum(axis=1)
        ranks = clustered_ranks(x.tolist(), below.tolist(), q, confidence)
    return Quantile(value, at_rank(ranks.low), at_rank(ranks.high))
