"""What patterns mean: whether cases with a pattern end in the outcome more often than others, corrected for how many were tried."""

from __future__ import annotations

from dataclasses import dataclass

from touchpath.metrics.conclude import conclude_share, few
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Estimate, Undefined
from touchpath.stats.multiple import benjamini_hochberg
from touchpath.stats.risks import RiskSums, risk_difference_interval, risk_p_values, risk_ratio_interval
from touchpath.timelines.moments import Ratio
from touchpath.timelines.patterns import PatternCounts
from touchpath.timelines.trails import MB, PEOPLE, WHOLE, N

#: What goes with every comparison of cases that chose themselves.
NO_CAUSE = "Cases with the pattern may differ from others in more than the pattern: this is no cause."


@dataclass(frozen=True, slots=True)
class Tested:
    """One pattern of one cell, compared with the cases that do not have it. p, adjusted: None = there is nothing to compare."""

    row: int
    sums: RiskSums
    p: float | None
    adjusted: float | None


def compare_patterns(summary: PatternCounts, cell: int, least: int) -> list[Tested]:
    """All patterns of a cell that at least `least` people have, with p-values adjusted together (Benjamini-Hochberg).

    Which are tried does not depend on the outcome, so the adjustment holds (Bourgon, Gentleman & Huber 2010, PNAS 107:9546).
    """
    total, rows = summary.cases.cell(cell), summary.patterns.rows_of(cell)
    rows = rows[summary.patterns.sums[rows, PEOPLE] >= least]
    sums = [risk_sums(summary, row, total) for row in rows.tolist()]
    tested = [one.people >= 2 and one.n < one.x for one in sums]
    p_values = risk_p_values([one for one, is_tested in zip(sums, tested, strict=True) if is_tested])
    adjusted = iter(zip(p_values, benjamini_hochberg(p_values), strict=True))
    return [
        Tested(row, one, *(next(adjusted) if is_tested else (None, None)))
        for row, one, is_tested in zip(rows.tolist(), sums, tested, strict=True)
    ]


def rank_tested(one: Tested, confidence: float) -> tuple[int, float, float, int]:
    """An order for reading: findings (adjusted p at most 1 - confidence) first, by how far from 0 their difference surely is."""
    if one.adjusted is None or one.p is None:
        return (2, 0.0, 0.0, -one.sums.n)
    if one.adjusted > 1 - confidence:
        return (1, 0.0, one.p, -one.sums.n)
    low, high = risk_difference_interval(one.sums, confidence)
    return (0, -max(low, -high, 0.0), one.p, -one.sums.n)


def risk_sums(summary: PatternCounts, row: int, total: Ratio) -> RiskSums:
    """The sums over people that compare a pattern with all other cases of its cell."""
    n, m, nn, nm, mm, nx, ny, mx, my = (int(count) for count in summary.patterns.sums[row, N : MB + 1])
    inside, outside = int(summary.patterns.sums[row, PEOPLE]), total.people - int(summary.patterns.sums[row, WHOLE])
    all_cases = (total.xx, total.xy, total.yy)
    return RiskSums(total.people, n, m, total.x, total.y, nn, nm, mm, nx, ny, mx, my, *all_cases, inside, outside)


def estimate_with(summary: PatternCounts, row: int, confidence: float = 0.95) -> Number:
    """Of the cases with the pattern, the share that has the outcome."""
    return conclude_share(summary.patterns.second(row), "cases", "no case has it", confidence)


def estimate_without(summary: PatternCounts, cell: int, row: int, confidence: float = 0.95) -> Number:
    """Of the cases without the pattern, the share that has the outcome."""
    rest = risk_sums(summary, row, summary.cases.cell(cell)).moments_outside
    ratio = Ratio(rest.people, int(rest.x), int(rest.y), int(rest.xx), int(rest.xy), int(rest.yy))
    return conclude_share(ratio, "cases", "every case has it", confidence)


def estimate_difference(sums: RiskSums, confidence: float = 0.95) -> Number:
    """The share of cases with the outcome among those with the pattern, less that among all others."""
    if reason := _incomparable(sums):
        return Undefined(reason, sums.x, "cases")
    low, high = risk_difference_interval(sums, confidence)
    method = "Newcombe hybrid score"
    if sums.xx != sums.x:
        method = f"hybrid of Wilson limits, clustered by person ({sums.people} people)"
    value, warnings = sums.inside - sums.outside, (*few(sums.people), NO_CAUSE)
    return Estimate(value, low, high, sums.x, "cases", "share", confidence, method, warnings=warnings)


def estimate_ratio_of_shares(sums: RiskSums, confidence: float = 0.95) -> Number:
    """The share of cases with the outcome among those with the pattern, over that among all others."""
    reason = _incomparable(sums)
    if not reason and (sums.m == 0 or sums.y == sums.m):
        reason = "one side never has the outcome"
    if reason:
        return Undefined(reason, sums.x, "cases")
    low, high = risk_ratio_interval(sums, confidence)
    method = f"delta method on logarithms, clustered by person ({sums.people} people)"
    value, warnings = sums.inside / sums.outside, (*few(sums.people), NO_CAUSE)
    return Estimate(value, low, high, sums.x, "cases", "times", confidence, method, warnings=warnings)


def _incomparable(sums: RiskSums) -> str:
    if sums.people < 2:
        return "only 1 person, and an interval needs two"
    return "every case has it" if sums.n == sums.x else ""
