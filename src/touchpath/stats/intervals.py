"""What all intervals share: the pair of limits, quantiles of the normal and t distributions, and checks of what comes in."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.special import ndtri, stdtrit

from touchpath.model.errors import BadInput


class Interval(NamedTuple):
    """Lower and upper limit, in the unit of the estimate."""

    low: float
    high: float


def check_confidence(confidence: float) -> None:
    """Raises BadInput unless the confidence lies strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise BadInput(f"A confidence must lie between 0 and 1, as in 0.95, but came as {confidence}.")


def check_shares(successes: float, n: float) -> None:
    """Raises BadInput unless 0 <= successes <= n and n > 0."""
    if not n > 0:
        raise BadInput(f"A share needs at least one observation, but n came as {n}.")
    if not 0 <= successes <= n:
        raise BadInput(f"Successes must lie between 0 and n = {n}, but came as {successes}.")


def z_quantile(confidence: float) -> float:
    """The normal quantile of a two-sided interval: 1.959964 for 0.95."""
    check_confidence(confidence)
    return float(ndtri((1 + confidence) / 2))


def t_quantile(confidence: float, df: float) -> float:
    """The quantile of Student's t of a two-sided interval; `df` degrees of freedom, > 0."""
    check_confidence(confidence)
    if not df > 0:
        raise BadInput(f"A t interval needs at least one degree of freedom (two people), but came with {df}.")
    return float(stdtrit(df, (1 + confidence) / 2))


def clip(low: float, high: float, floor: float, ceiling: float) -> Interval:
    """The limits, kept inside what is possible."""
    return Interval(min(max(low, floor), ceiling), max(min(high, ceiling), floor))


def around_difference(a: float, a_limits: Interval, b: float, b_limits: Interval) -> Interval:
    """The interval of a - b, built from the limits of two independent estimates.

    For Wilson limits this is Newcombe's hybrid score interval.
    Source: Newcombe 1998, Statistics in Medicine 17:873, method 10; for any limits Zou & Donner 2008, Statistics in Medicine
    27:1693 ("method of variance estimates recovery").
    """
    difference = a - b
    below = math.hypot(a - a_limits.low, b_limits.high - b)
    above = math.hypot(a_limits.high - a, b - b_limits.low)
    return Interval(difference - below, difference + above)
