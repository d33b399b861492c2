"""What a lifecycle by activity means: who stays, who leaves, and whether those who come outnumber those who go."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Undefined
from touchpath.timelines.lifecycle import CURRENT, DORMANT, NEW, RESURRECTED, WAITING, LifecycleCounts
from touchpath.timelines.moments import Ratio

_NOBODY = "nobody was active in the period before"


def estimate_staying(summary: LifecycleCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of those active in the period before who are active in this one; undefined while the period is not over."""
    counts = [int(count) for count in summary.counts[cell]]
    before = counts[CURRENT] + counts[DORMANT]
    if counts[WAITING]:
        return Undefined("the period is not over yet", before + counts[WAITING])
    return conclude_share(
        Ratio(before, before, counts[CURRENT], before, counts[CURRENT], counts[CURRENT]), "people", _NOBODY, confidence
    )


def estimate_new_share(summary: LifecycleCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the active who were never active before."""
    counts = [int(count) for count in summary.counts[cell]]
    active = counts[NEW] + counts[CURRENT] + counts[RESURRECTED]
    return conclude_share(
        Ratio(active, active, counts[NEW], active, counts[NEW], counts[NEW]), "people", "nobody was active", confidence
    )


def quick_ratio(summary: LifecycleCounts, cell: int) -> float | None:
    """(new + resurrected) / dormant: above 1 the active grow. None while the period is not over, or when nobody left."""
    counts = summary.counts[cell]
    if int(counts[WAITING]) or not int(counts[DORMANT]):
        return None
    return (int(counts[NEW]) + int(counts[RESURRECTED])) / int(counts[DORMANT])
