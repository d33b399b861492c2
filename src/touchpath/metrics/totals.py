"""What two totals mean: how much of one thing there is for each of another, over all people together."""

from __future__ import annotations

import math

from touchpath.metrics.conclude import compare_rate, conclude_share, few
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.clustered import clustered_ratio_interval
from touchpath.timelines.moments import Ratio
from touchpath.timelines.totals import TotalCounts

_NOTHING = "there is nothing of the denominator"
#: A ratio whose denominator is closer to 0 than so many of its standard errors has no useful interval.
LEAST_ERRORS = 3.0


def estimate_totals(summary: TotalCounts, cell: int, confidence: float = 0.95) -> Number:
    """Ratio of two sums over people with its delta-method interval, people as the unit.

    Source: Deng, Knoblich & Lu 2018, section 3.1. Undefined where the denominator lies within three of its standard errors of 0: the
    delta method stops being sound there (Fieller 1954).
    """
    return conclude_totals(summary, cell, "ratio", 1.0, confidence)


def conclude_totals(summary: TotalCounts, cell: int, unit: str, scale: float, confidence: float) -> Number:
    """The same in any unit. scale: what one unit of the numerator comes to for one of the denominator."""
    ratio = summary.moments.cell(cell)
    if (problem := unsound(ratio)) is not None:
        return Undefined(problem, ratio.people)
    low, high = (limit * scale for limit in clustered_ratio_interval(ratio, confidence))
    warnings = few(ratio.people)
    if without := int(summary.without[cell]):
        warnings += (f"{without:,} signals carry no value and are left out.",)
    if low == high:
        warnings += ("Everybody has the same ratio, so the interval has no width; that is no certainty.",)
    method = f"delta method, clustered by person ({ratio.people} people)"
    return Estimate(ratio.y / ratio.x * scale, low, high, ratio.people, "people", unit, confidence, method, warnings=warnings)


def estimate_part(summary: TotalCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the signals of the denominator that meet the numerator too, clustered by person; of a fold that counts a part."""
    return conclude_share(summary.moments.cell(cell), "signals", _NOTHING, confidence)


def unsound(ratio: Ratio) -> str | None:
    """Why the ratio of two totals cannot be told; None when it can."""
    if ratio.x <= 0:
        return _NOTHING if ratio.x == 0 else "the denominator adds up to less than 0"
    if ratio.people < 2:
        return "only 1 person, and an interval needs two"
    spread = (ratio.xx - ratio.x * ratio.x / ratio.people) / (ratio.people - 1)
    if ratio.x < LEAST_ERRORS * math.sqrt(max(spread, 0.0) * ratio.people):
        return "the denominator rests on so few people that it cannot be told from 0"
    return None


def compare_totals(
    summary: TotalCounts, before: int, after: int, confidence: float = 0.95, unit: str = "ratio", scale: float = 1.0
) -> Comparison | Undefined:
    """Difference of two ratios of totals; unit and scale as in `conclude_totals`."""
    a, b = summary.moments.cell(before), summary.moments.cell(after)
    problem = unsound(a) or unsound(b)
    return Undefined(problem) if problem else compare_rate(a, b, unit, _NOTHING, confidence, scale)
