"""What stickiness means: the mean share of a period's days on which its active people are active (DAU over MAU, by person)."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_mean, conclude_share
from touchpath.metrics.metric import Number, Place, QueryMetric
from touchpath.metrics.places import rate_change
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


def estimate_at(summary: StickinessCounts, at: Place, confidence: float = 0.95) -> Number:
    """Active days over all days that the data reach."""
    return estimate_stickiness(summary, at.cell, at.intervals, confidence)


STICKINESS: QueryMetric[StickinessCounts] = QueryMetric(
    name="stickiness",
    title="Stickiness",
    asks="On how many days of a month are the people active who are active at all?",
    discipline="UX",
    level="relationship",
    horizon="quarter",
    need="functional",
    unit="share",
    better="higher",
    scale="0 to 1",
    query="stickiness",
    each="month",
    estimate=estimate_at,
    compare=rate_change(lambda summary, at: summary.moments.cell(at.cell), "share", _NOBODY, lambda at: 1 / max(at.intervals, 1)),
    interval="t-clustered",
    definition="Active days over the days of the period that the data reach, averaged over the people active on any of them. With days in "
    "a month this is the mean of daily active people over monthly active people.",
    formula="mean over active people of (active days / days of the period)",
    source="Student 1908; Welch 1947 for changes",
    caveats=(
        "What people need rarely (tax, travel) is not worse for it: choose the interval that fits the need.",
        "People who were active in both periods are compared as if they were different people.",
    ),
    minimum_n=2,
)
