"""What patterns mean: whether cases with a pattern end in the outcome more often than others, corrected for how many were tried."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from touchpath.metrics.conclude import conclude_share, few
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Estimate, Undefined
from touchpath.stats.multiple import benjamini_hochberg
from touchpath.stats.risks import Floats, RiskSums, risk_difference_interval, risk_p_values, risk_ratio_interval
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.moments import Ratio
from touchpath.timelines.patterns import PatternCounts
from touchpath.timelines.trails import MB, NN, PEOPLE, WHOLE, M, N

#: What goes with every comparison of cases that chose themselves.
NO_CAUSE = "Cases with the pattern may differ from others in more than the pattern: this is no cause."


@dataclass(frozen=True, slots=True)
class Tested:
    """One pattern of one cell, compared with the cases that do not have it. p, adjusted: None = there is nothing to compare."""

    row: int
    sums: RiskSums
    p: float | None
    adjusted: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Patterns of one cell, each compared with the cases that do not have it.

    rows: (patterns,) of the summary; sums: (patterns, 17) as in RiskSums; p, adjusted: NaN = there is nothing to compare.
    """

    rows: Int64s
    sums: Int64s
    p: Floats
    adjusted: Floats

    @property
    def count(self) -> int:
        """How many patterns could be compared."""
        return int(np.count_nonzero(~np.isnan(self.p)))

    def __iter__(self) -> Iterator[Tested]:
        return map(self.at, range(self.rows.size))

    def at(self, place: int) -> Tested:
        """One pattern."""
        p, adjusted = float(self.p[place]), float(self.adjusted[place])
        numbers = (None, None) if math.isnan(p) else (p, adjusted)
        return Tested(int(self.rows[place]), RiskSums(*self.sums[place].tolist()), *numbers)

    def clearest(self, top: int, confidence: float, told: Callable[[int], str]) -> list[Tested]:
        """The `top` patterns in the order of `rank_tested`, then in that of what is `told` of their rows."""
        are_findings = self.adjusted <= 1 - confidence
        found = self._surest(np.flatnonzero(are_findings), top, confidence)
        if len(found) < top:
            found += map(self.at, self._likeliest(np.flatnonzero(~are_findings), top - len(found)).tolist())
        return sorted(found, key=lambda one: (rank_tested(one, confidence), told(one.row)))[:top]

    def _surest(self, places: Int64s, top: int, confidence: float) -> list[Tested]:
        """Findings, among them the first `top`: no difference is further from 0 surely than it is, so most need no interval."""
        _, n, m, x, y = self.sums[places, :5].T
        far = np.abs(m / n - (y - m) / (x - n))
        order, found, sure = np.argsort(-far), list[Tested](), list[float]()
        for place in order.tolist():
            if len(sure) >= top and far[place] < sure[top - 1]:
                break
            one = self.at(int(places[place]))
            found.append(one)
            bisect.insort(sure, -rank_tested(one, confidence)[1], key=lambda distance: -distance)
        return found

    def _likeliest(self, places: Int64s, need: int) -> Int64s:
        """Of patterns that are no findings the first `need`, and those that come equally early."""
        n, p = self.sums[places, 1], self.p[places]
        order = np.lexsort((-n, p))  # NaN is last
        if order.size > need:
            last = order[need - 1]
            alike = (n[order] == n[last]) & ((p[order] == p[last]) | (np.isnan(p[order]) & np.isnan(p[last])))
            order = order[: max(need, int(np.flatnonzero(alike)[-1]) + 1)]
        return places[order]


def compare_patterns(summary: PatternCounts, cell: int, least: int) -> Compared:
    """All patterns of a cell that at least `least` people have, with p-values adjusted together (Benjamini-Hochberg).

    Which are tried does not depend on the outcome, so the adjustment holds (Bourgon, Gentleman & Huber 2010, PNAS 107:9546).
    """
    rows = summary.patterns.rows_of(cell)
    rows = rows[summary.patterns.sums[rows, PEOPLE] >= least]
    sums = _risk_sums(summary, rows, summary.cases.cell(cell))
    tested = (sums[:, 0] >= 2) & (sums[:, 1] < sums[:, 3])
    p, adjusted = np.full((2, rows.size), np.nan)
    p[tested] = risk_p_values(sums[tested])
    adjusted[tested] = benjamini_hochberg(p[tested])
    return Compared(rows, sums, p, adjusted)


def rank_tested(one: Tested, confidence: float) -> tuple[int, float, float, int]:
    """An order for reading: findings (adjusted p at most 1 - confidence) first, by how far from 0 their difference surely is."""
    if one.adjusted is None or one.p is None:
        return (2, 0.0, 0.0, -one.sums.n)
    if one.adjusted > 1 - confidence:
        return (1, 0.0, one.p, -one.sums.n)
    low, high = risk_difference_interval(one.sums, confidence)
    return (0, -max(low, -high, 0.0), one.p, -one.sums.n)


def _risk_sums(summary: PatternCounts, rows: Int64s, total: Ratio) -> Int64s:
    """(rows, 17) the sums over people that compare patterns with all other cases of their cell, as in RiskSums."""
    sums = summary.patterns.sums[rows]
    found = np.empty((rows.size, len(RiskSums._fields)), np.int64)
    found[:, :5] = (total.people, 0, 0, total.x, total.y)
    found[:, 1:3], found[:, 5:12] = sums[:, N : M + 1], sums[:, NN : MB + 1]
    found[:, 12:15] = (total.xx, total.xy, total.yy)
    found[:, 15], found[:, 16] = sums[:, PEOPLE], total.people - sums[:, WHOLE]
    return found


def estimate_with(summary: PatternCounts, row: int, confidence: float = 0.95) -> Number:
    """Of the cases with the pattern, the share that has the outcome."""
    return conclude_share(summary.patterns.second(row), "cases", "no case has it", confidence)


def estimate_without(summary: PatternCounts, cell: int, row: int, confidence: float = 0.95) -> Number:
    """Of the cases without the pattern, the share that has the outcome."""
    (sums,) = _risk_sums(summary, np.array([row]), summary.cases.cell(cell)).tolist()
    rest = RiskSums(*sums).moments_outside
    ratio = Ratio(rest.people, int(rest.x), int(rest.y), int(rest.xx), int(rest.xy), int(rest.yy))
    return conclude_share(ratio, "cases", "every case has it", confidence)


def estimate_difference(sums: RiskSums, confidence: float = 0.95) -> Number:
    """The share of cases with the outcome among those with the pattern, less that among all others."""
    if reason := _incomparable(sums):
        return Undefined(reason, sums.x, "cases", people=sums.people)
    low, high = risk_difference_interval(sums, confidence)
    method = "Newcombe hybrid score"
    if sums.xx != sums.x:
        method = f"hybrid of Wilson limits, clustered by person ({sums.people} people)"
    value, warnings = sums.inside - sums.outside, (*few(sums.people), NO_CAUSE)
    return Estimate(value, low, high, sums.x, "cases", "share", confidence, method, warnings=warnings, people=sums.people)


def estimate_ratio_of_shares(sums: RiskSums, confidence: float = 0.95) -> Number:
    """The share of cases with the outcome among those with the pattern, over that among all others."""
    reason = _incomparable(sums)
    if not reason and (sums.m == 0 or sums.y == sums.m):
        reason = "one side never has the outcome"
    if reason:
        return Undefined(reason, sums.x, "cases", people=sums.people)
    low, high = risk_ratio_interval(sums, confidence)
    method = f"delta method on logarithms, clustered by person ({sums.people} people)"
    value, warnings = sums.inside / sums.outside, (*few(sums.people), NO_CAUSE)
    return Estimate(value, low, high, sums.x, "cases", "times", confidence, method, warnings=warnings, people=sums.people)


def _incomparable(sums: RiskSums) -> str:
    if sums.people < 2:
        return "only 1 person, and an interval needs two"
    return "every case has it" if sums.n == sums.x else ""
