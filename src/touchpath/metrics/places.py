"""Estimates and comparisons of places, made from what a family has already: functions of a cell, ratios and times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from touchpath.metrics.conclude import compare_mean, compare_rate, compare_share, compare_time
from touchpath.metrics.metric import Comparing, Estimating, Number, Place, PlaceComparing, PlaceEstimating
from touchpath.model.estimate import Comparison, Undefined
from touchpath.timelines.durations import Durations
from touchpath.timelines.fold import Summary
from touchpath.timelines.moments import Ratio

S = TypeVar("S", bound=Summary)


def at_cell(estimate: Estimating[S]) -> PlaceEstimating[S]:
    """An estimate that needs to know the cell alone."""

    def at_place(summary: S, at: Place, confidence: float = 0.95) -> Number:
        return estimate(summary, at.cell, confidence)

    return at_place


def change_of_cells(compare: Comparing[S]) -> PlaceComparing[S]:
    """A comparison that needs to know the two cells alone."""

    def change(summary: S, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
        return compare(summary, before.cell, after.cell, confidence)

    return change


def share_change(ratio: Callable[[S, Place], Ratio], nobody: str) -> PlaceComparing[S]:
    """The difference of two shares, each the ratio that stands at a place."""

    def change(summary: S, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
        return compare_share(ratio(summary, before), ratio(summary, after), nobody, confidence)

    return change


def mean_change(
    ratio: Callable[[S, Place], Ratio], unit: str, nobody: str, scale: Callable[[Place], float] = lambda at: 1.0
) -> PlaceComparing[S]:
    """The difference of two means, each the ratio that stands at a place. scale: what one unit of the ratio comes to there."""

    def change(summary: S, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
        scales = (scale(before), scale(after))
        return compare_mean(ratio(summary, before), ratio(summary, after), unit, nobody, confidence, scales)

    return change


def rate_change(
    ratio: Callable[[S, Place], Ratio], unit: str, nobody: str, scale: Callable[[Place], float] = lambda at: 1.0
) -> PlaceComparing[S]:
    """The difference of two rates of events that may be rare, each the ratio that stands at a place."""

    def change(summary: S, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
        scales = (scale(before), scale(after))
        return compare_rate(ratio(summary, before), ratio(summary, after), unit, nobody, confidence, scales)

    return change


def time_change(times: Callable[[S], Durations], nobody: str) -> PlaceComparing[S]:
    """The ratio of two typical times."""

    def change(summary: S, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
        return compare_time(times(summary), before.cell, after.cell, nobody, confidence)

    return change
