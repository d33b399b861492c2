"""Two groups side by side: how far apart they are, with an interval, and whether that is more than noise.

Every function takes `before` and `after` and answers after - before (or after / before). Both sides count as independent;
where the same people are in both, their difference is usually known better than the interval says.
"""

from __future__ import annotations

from typing import Literal

from touchpath.model.estimate import Comparison
from touchpath.stats.clustered import PersonMoments, clustered_share_interval
from touchpath.stats.intervals import Interval, around_difference, clip
from touchpath.stats.means import Mean, welch_difference
from touchpath.stats.nps import Tally, nps_difference
from touchpath.stats.proportions import newcombe_interval
from touchpath.stats.rates import rate_ratio_interval
from touchpath.stats.times import geometric_mean_ratio


def direction(limits: Interval, no_change: float) -> Literal["up", "down"] | None:
    """Where the whole interval lies: above no change, below it, or (None) around it."""
    if limits.low > no_change:
        return "up"
    return "down" if limits.high < no_change else None


def difference_of(value: float, limits: Interval, confidence: float, unit: str, method: str) -> Comparison:
    """A difference with its verdict."""
    return Comparison("difference", value, limits.low, limits.high, confidence, unit, method, direction(limits, 0.0))


def ratio_of(value: float, limits: Interval, confidence: float, method: str) -> Comparison:
    """A ratio with its verdict; its unit is "times"."""
    return Comparison("ratio", value, limits.low, limits.high, confidence, "times", method, direction(limits, 1.0))


def compare_shares(before: tuple[int, int], after: tuple[int, int], confidence: float = 0.95) -> Comparison:
    """Difference of two shares of independent people, each given as (successes, n)."""
    limits = newcombe_interval(*after, *before, confidence)
    return difference_of(after[0] / after[1] - before[0] / before[1], limits, confidence, "share", "Newcombe hybrid score")


def compare_clustered_shares(before: PersonMoments, after: PersonMoments, confidence: float = 0.95) -> Comparison:
    """Difference of two shares whose people count more than once: Newcombe's way of combining, with clustered limits."""
    a, b = after.y / after.x, before.y / before.x
    limits = around_difference(a, clustered_share_interval(after, confidence), b, clustered_share_interval(before, confidence))
    return difference_of(a - b, clip(*limits, -1.0, 1.0), confidence, "share", "hybrid of clustered Wilson limits")


def compare_means(before: Mean, after: Mean, confidence: float, unit: str, method: str = "Welch t") -> Comparison:
    """Difference of two means (or clustered ratios) with their errors, by Welch's interval."""
    found = welch_difference(after, before, confidence)
    return difference_of(found.difference, Interval(found.low, found.high), confidence, unit, method)


def compare_times(before: Mean, after: Mean, confidence: float = 0.95, method: str = "Welch t on logarithms") -> Comparison:
    """Ratio of two geometric means, from their mean logarithms with errors."""
    value, low, high = geometric_mean_ratio(after, before, confidence)
    return ratio_of(value, Interval(low, high), confidence, method)


def compare_nps(before: Tally, after: Tally, confidence: float = 0.95) -> Comparison:
    """Difference of two net scores of independent answers, in points; the value is the raw difference."""
    found = nps_difference(after, before, confidence)
    return difference_of(found.difference, Interval(found.low, found.high), confidence, "score", "adjusted-Wald difference")


def compare_rates(before: tuple[int, float], after: tuple[int, float], confidence: float = 0.95) -> Comparison:
    """Ratio of two rates of independent events, each given as (events, exposure)."""
    limits = rate_ratio_interval(*after, *before, confidence)
    value = after[0] / after[1] / (before[0] / before[1])
    return ratio_of(value, limits, confidence, "exact conditional rate ratio")
