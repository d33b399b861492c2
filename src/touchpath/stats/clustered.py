"""Ratios whose rows belong to people: every interval here takes the person, not the row, as the independent unit.

All of it needs six sums over people only (see PersonMoments), which add up over any division of people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, t_quantile
from touchpath.stats.proportions import score_interval


class PersonMoments(Protocol):
    """Sums over people of a denominator x and a numerator y, and of their products; the ratio is y / x."""

    @property
    def people(self) -> int: ...
    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def xx(self) -> float: ...
    @property
    def xy(self) -> float: ...
    @property
    def yy(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Sums:
    """Person moments as plain numbers."""

    people: int
    x: float
    y: float
    xx: float
    xy: float
    yy: float


def sum_people(x: Sequence[float], y: Sequence[float]) -> Sums:
    """The moments of people (or of whole groups of people) given one by one; those with x = 0 and y = 0 are left out.

    Raises BadInput for lists of unequal length.
    """
    if len(x) != len(y):
        raise BadInput(f"Each person needs a denominator and a numerator, but {len(x)} and {len(y)} came.")
    pairs = [(a, b) for a, b in zip(x, y, strict=True) if a or b]
    products = [(a * a, a * b, b * b) for a, b in pairs]
    totals = [sum(column) for column in zip(*pairs, strict=True)] or [0, 0]
    squares = [sum(column) for column in zip(*products, strict=True)] or [0, 0, 0]
    return Sums(len(pairs), *totals, *squares)


def each_once(moments: PersonMoments) -> bool:
    """True where no person counts more than once, so that ordinary intervals hold."""
    return moments.xx == moments.x


class RatioEstimate(NamedTuple):
    """A ratio, its standard error with people as the unit, and the degrees of freedom (people - 1)."""

    ratio: float
    error: float
    df: int


def estimate_ratio(moments: PersonMoments) -> RatioEstimate:
    """The ratio of sums y / x with its standard error by the delta method.

    error**2 = people / (people - 1) * sum of (y - ratio * x)**2 / (sum of x)**2; where each person has x = 1 it is the
    ordinary standard error of a mean. Sums are exact integers until the last division.
    Source: Deng, Knoblich & Lu 2018, KDD "Applying the delta method in metric analytics", section 3.1.
    Raises BadInput for fewer than two people or no denominator. Too narrow where few people carry most of x.
    """
    if moments.people < 2 or moments.x <= 0:
        raise BadInput(
            f"A clustered ratio needs two people and a denominator above 0, but came with {moments.people} people "
            f"and a denominator of {moments.x}."
        )
    x, y = moments.x, moments.y
    residuals = moments.yy * x * x - 2 * y * x * moments.xy + y * y * moments.xx
    variance = moments.people / (moments.people - 1) * (residuals / x**4)
    return RatioEstimate(y / x, math.sqrt(max(variance, 0.0)), moments.people - 1)


def ratio_of_people(x: Sequence[float], y: Sequence[float]) -> RatioEstimate:
    """The same as `estimate_ratio`, from each person's denominator and numerator; who has neither counts as a person, too.

    Takes what is left of each numerator, so that nothing cancels where all ratios are large and alike.
    Raises BadInput for lists of unequal length, fewer than two people or no denominator.
    """
    if len(x) != len(y) or len(x) < 2 or not math.fsum(x) > 0:
        raise BadInput(
            f"A ratio of sums needs two people with a denominator and a numerator each, and a denominator above 0 in all, but "
            f"{len(x)} denominators (in all {math.fsum(x):g}) and {len(y)} numerators came."
        )
    people, whole = len(x), math.fsum(x)
    ratio = math.fsum(y) / whole
    left = math.fsum((b - ratio * a) ** 2 for a, b in zip(x, y, strict=True))
    return RatioEstimate(ratio, math.sqrt(people / (people - 1) * left) / whole, people - 1)


def clustered_ratio_interval(moments: PersonMoments, confidence: float = 0.95) -> Interval:
    """Interval of a ratio of sums, t with people - 1 degrees of freedom; the t interval of a mean where each counts once."""
    ratio, error, df = estimate_ratio(moments)
    half = t_quantile(confidence, df) * error
    return Interval(ratio - half, ratio + half)


def design_effect(moments: PersonMoments) -> float:
    """How many rows carry as much information as one independent person's row; at least 1. `y` counts successes among `x`.

    The measured value is noisy where the rarer outcome is rare, so its logarithm is drawn towards the largest possible one
    (every person always answers alike: sum of x*x / sum of x) with the weight of one such person.
    Chosen by simulation: docs/decisions/0005-clustered-intervals.md.
    """
    largest = moments.xx / moments.x
    ratio, error, _ = estimate_ratio(moments)
    rarer = min(moments.y, moments.x - moments.y)
    if rarer <= 0:
        return max(largest, 1.0)
    measured = max(error * error * moments.x / (ratio * (1 - ratio)), 1.0)
    weight = 1 / (1 + rarer / largest)
    drawn = math.exp(weight * math.log(largest) + (1 - weight) * math.log(measured))
    return max(measured, drawn)


def clustered_share_interval(moments: PersonMoments, confidence: float = 0.95) -> Interval:
    """Interval of a share whose people count more than once: Wilson's score at the effective n, with a t quantile.

    Stays inside 0..1 and keeps a width at 0 % and 100 %. Effective n = n / design effect.
    Source: effective n and t correction as in Korn & Graubard 1998, Survey Methodology 24:193, applied to Wilson's interval
    (Franco, Little, Louis & Slud 2019, J. Survey Statistics and Methodology 7:334).
    One person gives the whole range 0..1; no denominator raises BadInput, and so does y outside 0..x.
    """
    if moments.x <= 0 or not 0 <= moments.y <= moments.x:
        raise BadInput(f"A share needs 0 <= successes <= n and n > 0, but came with {moments.y} of {moments.x}.")
    if moments.people < 2:
        return Interval(0.0, 1.0)
    quantile = t_quantile(confidence, moments.people - 1)
    return score_interval(moments.y / moments.x, moments.x / design_effect(moments), quantile)
