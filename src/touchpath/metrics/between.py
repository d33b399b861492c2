"""What times between signals mean: the share that is met in time, the typical time, and the share of promises kept."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_share, conclude_time
from touchpath.metrics.metric import Number
from touchpath.timelines.between import BetweenCounts


def estimate_met(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases that were met in time, clustered by person."""
    return conclude_share(summary.share.cell(cell), "cases", "no case is decided", confidence)


def estimate_time(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds of the cases that were met."""
    return conclude_time(summary.times, cell, "cases", "no case was met", confidence)


def estimate_kept(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of promises kept, of those whose time is over, clustered by person."""
    return conclude_share(summary.promises.cell(cell), "promises", "no promise is due", confidence)


def estimate_late(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds beyond the promise, of those that came late; those that never came are not in it."""
    return conclude_time(summary.late, cell, "promises", "nothing came late", confidence)
