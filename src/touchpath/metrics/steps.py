"""Numbers of single steps of a journey: reach, completion, drop-off and time, from a funnel's counts."""

from __future__ import annotations

from dataclasses import replace

from touchpath.metrics.conclude import conclude_share, conclude_time
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Undefined
from touchpath.timelines.funnel import FunnelCounts
from touchpath.timelines.moments import Ratio

_FIRST = "the first step has none before it"


def estimate_reach(counts: FunnelCounts, cell: int, step: int, n_unit: str, confidence: float) -> Number:
    """Of all entrants whose window has closed, the share who reached a step."""
    return conclude_share(_row(counts, cell, step, previous=False), n_unit, _nobody(counts, cell), confidence)


def estimate_completion(counts: FunnelCounts, cell: int, step: int, n_unit: str, confidence: float) -> Number:
    """Of those who reached the step before, the share who reached this one; the first step has none before it."""
    if step == 0:
        return Undefined(_FIRST, 0, n_unit)
    return conclude_share(_row(counts, cell, step, previous=True), n_unit, _nobody(counts, cell), confidence)


def turn(share: Number) -> Number:
    """The share of those who did not."""
    if isinstance(share, Undefined):
        return share
    return replace(share, value=1 - share.value, low=1 - share.high, high=1 - share.low)


def estimate_step_time(counts: FunnelCounts, cell: int, step: int, n_unit: str, confidence: float) -> Number:
    """Typical time from the step before, of those who reached both."""
    if step == 0:
        return Undefined(_FIRST, 0, n_unit)
    return conclude_time(counts.step_times, cell * _steps(counts) + step, n_unit, "nobody reached this step", confidence)


def _steps(counts: FunnelCounts) -> int:
    return int(counts.reached.shape[1])


def _row(counts: FunnelCounts, cell: int, step: int, previous: bool) -> Ratio:
    return (counts.from_previous if previous else counts.from_entry).cell(cell * _steps(counts) + step)


def _nobody(counts: FunnelCounts, cell: int) -> str:
    if not counts.entrants[cell]:
        return "nobody entered"
    if counts.entrants[cell] == counts.open[cell]:
        return "everybody who entered still has time left"
    return "nobody reached the step before"
