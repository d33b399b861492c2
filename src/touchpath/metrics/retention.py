"""What retention means: of a cohort, or of all cohorts together, the share that came back in an interval."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Undefined
from touchpath.timelines.moments import Ratio
from touchpath.timelines.retention import RetentionCounts


def estimate_retention(summary: RetentionCounts, cell: int, column: int, confidence: float = 0.95) -> Number:
    """Share of one cohort that came back, of those whose interval is over; everybody counts once."""
    started = int(summary.started[cell])
    n, back = int(summary.complete[cell, column]), int(summary.returned[cell, column])
    if started and not n:
        return Undefined("the interval is not over for anybody", started)
    return conclude_share(Ratio(n, n, back, n, back, back), "people", "nobody started", confidence)


def estimate_pooled(summary: RetentionCounts, segment: int, column: int, confidence: float = 0.95) -> Number:
    """The same over all cohorts of a segment, clustered by person where people are in several."""
    columns = summary.complete.shape[1]
    ratio = summary.pooled.cell(segment * columns + column)
    return conclude_share(ratio, "people", "the interval is not over for anybody", confidence)
