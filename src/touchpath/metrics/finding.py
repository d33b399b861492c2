"""Metrics of finding: do people who search get somewhere, how soon, and how often do they have to ask again."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.between import estimate_met, estimate_time
from touchpath.metrics.metric import PlaceComparing, QueryMetric
from touchpath.metrics.places import at_cell, share_change, time_change
from touchpath.metrics.soundness import PART
from touchpath.timelines.between import BetweenCounts
from touchpath.timelines.totals import TotalCounts

_met_change: PlaceComparing[BetweenCounts] = share_change(lambda summary, at: summary.share.cell(at.cell), "no case is decided")
_time_change: PlaceComparing[BetweenCounts] = time_change(lambda summary: summary.times, "no case was met")

_FOLLOWED: dict[str, Any] = {
    "discipline": "UX",
    "level": "interface",
    "horizon": "task",
    "need": "functional",
    "unit": "share",
    "scale": "0 to 1",
    "query": "between",
    "needs": {"limit": ()},
    "estimate": at_cell(estimate_met),
    "compare": _met_change,
    "interval": "wilson-clustered",
    "source": "Wilson 1927; times as in docs/definitions/between.md",
}
_HOUSE = "There is no common rule: the query says what counts as success and how long after the search it may come. Keep both."

SEARCH_SUCCESS: QueryMetric[BetweenCounts] = QueryMetric(
    **_FOLLOWED,
    name="search_success",
    title="Search success",
    asks="Which share of searches leads somewhere?",
    better="higher",
    definition="Searches (the query's `start`) followed by a success (its `end`: a result opened, a thing put into the cart) of the same person "
    "within the `limit`, of all searches whose limit is over. Each search is a case, so two searches before one click are both followed by it.",
    formula="searches followed by a success in time / searches whose limit is over",
    caveats=(
        _HOUSE,
        "An answer that can be read off the page of results needs no click, and a click is not yet what somebody looked for.",
        "Searches by one person are not independent: the interval takes people as the unit.",
    ),
)
SEARCH_REFINEMENT: QueryMetric[BetweenCounts] = QueryMetric(
    **_FOLLOWED,
    name="search_refinement",
    title="Searches asked again",
    asks="Which share of searches is followed by another one?",
    better="lower",
    definition="Searches followed by another search of the same person within the `limit` (`start` and `end` of the query are both searches; one "
    "signal is never both), of all searches whose limit is over.",
    formula="searches followed by a search in time / searches whose limit is over",
    caveats=(
        _HOUSE,
        "Whoever compares asks again on purpose: read it next to search success.",
        "A search box that asks while people type makes every letter a search: count those that were sent.",
    ),
)
SEARCH_TIME: QueryMetric[BetweenCounts] = QueryMetric(
    **_FOLLOWED
    | {
        "needs": {},
        "unit": "seconds",
        "scale": "above 0",
        "estimate": at_cell(estimate_time),
        "compare": _time_change,
        "interval": "geometric-then-median",
        "source": "Sauro & Lewis 2010; Woodruff 1952 for medians of people who repeat",
        "minimum_n": 2,
    },
    name="search_time",
    title="Time to find",
    asks="How long does it typically take from a search to what was looked for?",
    better="lower",
    definition="Seconds from a search (the query's `start`) to the next success (its `end`) of the same person, of searches that had one; within "
    "the `limit`, where the query has one.",
    formula="geometric mean (n < 25) or median of (success - search)",
    caveats=("Searches that led nowhere have no time: read it next to search success.", _HOUSE),
)
ZERO_RESULTS: QueryMetric[TotalCounts] = QueryMetric(
    **PART,
    name="zero_result_rate",
    title="Searches without results",
    asks="Which share of searches finds nothing at all?",
    better="lower",
    definition="Searches that gave no result (the query's `of`, as in `{kind: search, where: {properties.results: 0}}`), of all searches (its "
    "`per`) in the period.",
    formula="searches without a result / searches",
    caveats=(
        "Results that do not fit are results: a low rate does not show that people find things.",
        "One person who tries spelling after spelling counts as often: the interval takes people as the unit.",
    ),
)
