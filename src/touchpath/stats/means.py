"""Means of independent numbers: t intervals and Welch's difference, from counts, sums and sums of squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import stdtr

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, t_quantile


class Mean(NamedTuple):
    """A mean, its standard error, and the degrees of freedom of that error."""

    mean: float
    error: float
    df: float


def mean_of(values: Sequence[float]) -> Mean:
    """Mean and standard error of two or more numbers."""
    n = len(values)
    if n < 2:
        raise BadInput(f"A standard error needs two numbers, but {n} came.")
    mean = math.fsum(values) / n
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    return Mean(mean, math.sqrt(variance / n), n - 1)


def mean_from_sums(n: int, total: float, squares: float) -> Mean:
    """Mean and standard error from the count, the sum and the sum of squares."""
    if n < 2:
        raise BadInput(f"A standard error needs two numbers, but {n} came.")
    mean = total / n
    variance = max(squares - total * mean, 0.0) / (n - 1)
    return Mean(mean, math.sqrt(variance / n), n - 1)


def mean_t_interval(mean: Mean, confidence: float = 0.95) -> Interval:
    """Student's t interval of a mean. Source: Student 1908, Biometrika 6:1."""
    half = t_quantile(confidence, mean.df) * mean.error
    return Interval(mean.mean - half, mean.mean + half)


class Welch(NamedTuple):
    """Difference A - B of two independent means with its error, t statistic, degrees of freedom, p value and limits."""

    difference: float
    error: float
    t: float
    df: float
    p: float
    low: float
    high: float


def welch_difference(a: Mean, b: Mean, confidence: float = 0.95) -> Welch:
    """Difference of two independent means without assuming equal spread.

    Works for any two estimates with an error and degrees of freedom of their own, clustered ones included.
    Source: Welch 1947, Biometrika 34:28 (degrees of freedom by Satterthwaite). Raises BadInput when neither varies.
    """
    variance = a.error**2 + b.error**2
    if variance == 0:
        raise BadInput("Neither group varies at all, so their difference has no interval.")
    df = variance**2 / (a.error**4 / a.df + b.error**4 / b.df)
    difference, error = a.mean - b.mean, math.sqrt(variance)
    half = t_quantile(confidence, df) * error
    p = 2 * float(stdtr(df, -abs(difference / error)))
    return Welch(difference, error, difference / error, df, p, difference - half, difference + half)
