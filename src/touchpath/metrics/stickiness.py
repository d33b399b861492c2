"""What stickiness means: the mean share of a period's days on which its active people are active (DAU over MAU, by person)."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_mean, conclude_share
from touchpath.metrics.metric import Number
from touchpath.timelines.moments import Ratio
from touchpath.timelines.stickiness import StickinessCounts

_NOBODY = "nobody was active"


def estimate_stickiness(summary: StickinessCounts, cell: int, days: int, confidence: float = 0.95) -> Number:
    """Active days over all days, of those active at all; with days in a month that is mean DAU over MAU.

    days: how many days of the period the data reach. The person is the unit: everybody counts once.
    """
    return conclude_mean(summary.moments.cell(cell), "share", "people", _NOBODY, confidence, 1 / max(days, 1), (0.0, 1.0))


def estimate_days(summary: StickinessCounts, cell: int, days: int, confidence: float = 0.95) -> Number:
    """Active days per active person."""
    return conclude_mean(summary.moments.cell(cell), "per_person", "people", _NOBODY, confidence, 1.0, (1.0, float(max(days, 1))))


def estimate_at_least(summary: StickinessCounts, cell: int, days: int, confidence: float = 0.95) -> Number:
    """Share of the active who were active on so many days or more."""
    owners = summary.owners[cell]
    n, often = int(owners.sum()), int(owners[days:].sum())
    return conclude_share(Ratio(n, n, often, n, often, often), "people", _NOBODY, confidence)
