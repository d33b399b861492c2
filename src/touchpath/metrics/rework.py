"""What rework means: of the cases with a node, the share in which it comes again, is done by somebody else, or is the end."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.metric import Number
from touchpath.timelines.rework import ReworkCounts


def estimate_measure(summary: ReworkCounts, row: int, measure: int, confidence: float = 0.95) -> Number:
    """Of the cases with a node, the share in which one of MEASURES holds, clustered by person."""
    return conclude_share(summary.share(row, measure), "cases", "no case has it", confidence)


def estimate_reworked(summary: ReworkCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the cases that are over in which some node comes more than once, clustered by person."""
    return conclude_share(summary.cases.cell(cell), "cases", "no case is over", confidence)


def nearest_return(summary: ReworkCounts, row: int) -> int | None:
    """How many other signals lie between at least when a node comes again; None = it never does."""
    return next((between for between, count in enumerate(summary.returns(row)) if count), None)
