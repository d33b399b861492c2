"""What retention means: of a cohort, or of all cohorts together, the share that came back in an interval."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.metric import Number, Place, QueryMetric
from touchpath.metrics.places import share_change
from touchpath.model.estimate import Undefined
from touchpath.timelines.moments import Ratio
from touchpath.timelines.retention import RetentionCounts


def estimate_retention(summary: RetentionCounts, cell: int, column: int, confidence: float = 0.95) -> Number:
    """Share of one cohort that came back, of those whose interval is over; everybody counts once."""
    started, ratio = int(summary.started[cell]), came_back(summary, cell, column)
    if started and not ratio.x:
        return Undefined("the interval is not over for anybody", started)
    return conclude_share(ratio, "people", "nobody started", confidence)


def came_back(summary: RetentionCounts, cell: int, column: int) -> Ratio:
    """Those of a cohort who came back, among those whose interval is over."""
    n, back = int(summary.complete[cell, column]), int(summary.returned[cell, column])
    return Ratio(n, n, back, n, back, back)


def estimate_at(summary: RetentionCounts, at: Place, confidence: float = 0.95) -> Number:
    """Share of one cohort that came back in the interval of a place."""
    return estimate_retention(summary, at.cell, at.column, confidence)


def estimate_pooled(summary: RetentionCounts, segment: int, column: int, confidence: float = 0.95) -> Number:
    """The same over all cohorts of a segment, clustered by person where people are in several."""
    columns = summary.complete.shape[1]
    ratio = summary.pooled.cell(segment * columns + column)
    return conclude_share(ratio, "people", "the interval is not over for anybody", confidence)


DAY_7_RETENTION: QueryMetric[RetentionCounts] = QueryMetric(
    name="day_7_retention",
    title="Day 7 retention",
    asks="Which share of the people who started came back seven days later?",
    discipline="UX",
    level="relationship",
    horizon="quarter",
    need="functional",
    unit="share",
    better="higher",
    scale="0 to 1",
    query="retention",
    column="day 7",
    estimate=estimate_at,
    compare=share_change(lambda summary, at: came_back(summary, at.cell, at.column), "nobody started"),
    interval="wilson",
    definition="People who came back on the seventh day after the day of their start (on that day or later, where the query says so), of "
    "all who started in the period and whose seventh day is over.",
    formula="people back on day 7 / people who started and whose day 7 is over",
    source="Wilson 1927; what a day is: docs/definitions/retention.md",
    caveats=(
        "Systems count days differently (calendar days, or 24 hours each); the query says which.",
        "Cohorts of different campaigns differ: compare by channel before blaming the product.",
    ),
)
