"""What amounts mean: per signal and per person, their typical size and how they spread."""

from __future__ import annotations

from touchpath.metrics.conclude import compare_rate, conclude_mean, few, too_few_to_reach
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.clustered import each_once
from touchpath.stats.quantiles import Bins, binned_quantile
from touchpath.timelines.amounts import AmountCounts
from touchpath.timelines.moments import Ratio

_NOBODY = "no signal has a number"


def estimate_per_signal(summary: AmountCounts, cell: int, scale: int, confidence: float = 0.95) -> Number:
    """Mean of single amounts, clustered by person. scale: units in 1."""
    return conclude_mean(summary.moments.cell(cell), "value", "signals", _NOBODY, confidence, 1 / scale)


def estimate_per_person(summary: AmountCounts, cell: int, scale: int, confidence: float = 0.95) -> Number:
    """Mean of people's sums, of those who have any amount."""
    return conclude_mean(_sums(summary, cell), "value", "people", _NOBODY, confidence, 1 / scale)


def _sums(summary: AmountCounts, cell: int) -> Ratio:
    """The moments of people's sums: everybody with any amount counts once."""
    ratio = summary.moments.cell(cell)
    return Ratio(ratio.people, ratio.people, ratio.y, ratio.people, ratio.y, ratio.yy)


def compare_per_signal(
    summary: AmountCounts, before: int, after: int, scale: int, confidence: float = 0.95
) -> Comparison | Undefined:
    """Difference of two means of single amounts."""
    a, b = summary.moments.cell(before), summary.moments.cell(after)
    return compare_rate(a, b, "value", _NOBODY, confidence, 1 / scale)


def compare_per_person(
    summary: AmountCounts, before: int, after: int, scale: int, confidence: float = 0.95
) -> Comparison | Undefined:
    """Difference of two means of people's sums."""
    return compare_rate(_sums(summary, before), _sums(summary, after), "value", _NOBODY, confidence, 1 / scale)


def estimate_quantile(summary: AmountCounts, cell: int, share: float, scale: int, confidence: float = 0.95) -> Number:
    """A quantile of single amounts; groups of people are the unit where people have several."""
    return _quantile(summary, cell, share, scale, confidence, of_people=False)


def estimate_person_quantile(summary: AmountCounts, cell: int, share: float, scale: int, confidence: float = 0.95) -> Number:
    """A quantile of people's sums; each counts once."""
    return _quantile(summary, cell, share, scale, confidence, of_people=True)


def _quantile(summary: AmountCounts, cell: int, share: float, scale: int, confidence: float, of_people: bool) -> Number:
    ratio, unit = summary.moments.cell(cell), "people" if of_people else "signals"
    n, once = ratio.people if of_people else ratio.x, of_people or each_once(ratio)
    if n == 0:
        return Undefined(_NOBODY, 0, unit)
    if ratio.people < 2:
        return Undefined("only 1 person, and an interval needs two", n, unit, people=1)
    table = (summary.totals if of_people else summary.amounts).table(cell)
    found = binned_quantile(Bins(table.mean, table.mean, table.counts), once, share, confidence)
    method = "order statistics" if once else f"order statistics, clustered by person ({ratio.people} people)"
    value, low, high = (number / scale for number in found)
    warnings = few(ratio.people) + too_few_to_reach(n, share, confidence)
    behind = None if once else ratio.people
    return Estimate(value, low, high, n, unit, "value", confidence, method, warnings=warnings, people=behind)
