"""What retention means: of a cohort, or of all cohorts together, the share that came back in an interval."""

from __future__ import annotations

from typing import Any

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


_DAY: dict[str, Any] = {
    "discipline": "UX",
    "level": "relationship",
    "horizon": "quarter",
    "need": "functional",
    "unit": "share",
    "better": "higher",
    "scale": "0 to 1",
    "query": "retention",
    "estimate": estimate_at,
    "compare": share_change(lambda summary, at: came_back(summary, at.cell, at.column), "nobody started"),
    "interval": "wilson",
    "source": "Wilson 1927; what a day is: docs/definitions/retention.md",
}
_COHORTS = "Cohorts of different campaigns differ: compare by channel before blaming the product."
_DAYS = "Systems count days differently (calendar days, or 24 hours each); the query says which."


def _day_retention(day: int, caveat: str) -> QueryMetric[RetentionCounts]:
    return QueryMetric(
        **_DAY,
        name=f"day_{day}_retention",
        title=f"Day {day} retention",
        column=f"day {day}",
        asks=f"Which share of the people who started came back {_WORDS[day]} later?",
        definition=f"People who came back on the {_ORDINALS[day]} day after the day of their start (on that day or later, where the query says "
        f"so), of all who started in the period and whose {_ORDINALS[day]} day is over.",
        formula=f"people back on day {day} / people who started and whose day {day} is over",
        caveats=(_DAYS, _COHORTS, *((caveat,) if caveat else ())),
    )


_WORDS = {1: "a day", 7: "seven days", 30: "thirty days"}
_ORDINALS = {1: "first", 7: "seventh", 30: "thirtieth"}

DAY_1_RETENTION = _day_retention(1, "It says whether the first visit was worth another, and little of the long run.")
DAY_7_RETENTION = _day_retention(7, "")
DAY_30_RETENTION = _day_retention(
    30, "Thirty is no multiple of seven: who comes on one weekday only is never back on this day. Read a bracket beside it."
)
BRACKET_RETENTION: QueryMetric[RetentionCounts] = QueryMetric(
    **_DAY,
    name="bracket_retention",
    title="Bracket retention",
    needs={"kind": ("bracket",), "brackets": ()},
    asks="Which share of the people who started came back in a span of time after it?",
    definition="People who came back in any interval of the query's first bracket (day 7 to 13, say) after their start, of all who started in "
    "the period and whose bracket is over.",
    formula="people back in the bracket / people who started and whose bracket is over",
    caveats=("The bracket makes the number: wide ones are higher. The query says which it is.", _COHORTS),
)
