"""Metrics of beginning: do people take up what is there, fill in what is asked, and come to what it is worth to them, and how soon."""

from __future__ import annotations

import math
from typing import Any

from touchpath.metrics.conclude import conclude_mean, conclude_share
from touchpath.metrics.journeys import (
    compare_conversion,
    compare_time_to_convert,
    entrants,
    estimate_conversion,
    estimate_time_to_convert,
    told,
)
from touchpath.metrics.loyalty import estimate_did
from touchpath.metrics.metric import Number, PlaceComparing, QueryMetric
from touchpath.metrics.places import at_cell, change_of_cells, rate_change, share_change
from touchpath.timelines.funnel import FunnelCounts
from touchpath.timelines.moments import Ratio
from touchpath.timelines.volume import VolumeCounts

_NOBODY, _NO_USER = "nobody is in the base", "nobody used it"
_SAME = "People of both periods are compared as if they were different people."
_UNDER_WAY = "People whose window is still open are left out, so the latest periods rest on few."


def _users(summary: VolumeCounts, cell: int) -> Ratio:
    """Signals of the first rule, per person with any: the others of the base add nothing to the sums."""
    ratio, users = summary.moments.cell(cell * summary.people.shape[1]), int(summary.people[cell, 0])
    return Ratio(users, users, ratio.y, users, ratio.y, ratio.yy)


def _base(summary: VolumeCounts, cell: int) -> Ratio:
    base, people = int(summary.base[cell]), int(summary.people[cell, 0])
    return Ratio(base, base, people, base, people, people)


def estimate_depth(summary: VolumeCounts, cell: int, confidence: float = 0.95) -> Number:
    """How often those who used it at all used it."""
    return conclude_mean(_users(summary, cell), "per_person", "people", _NO_USER, confidence, bounds=(1.0, math.inf))


def estimate_dropped(summary: FunnelCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of those who began and did not come to the last step in time."""
    ratio, nobody = entrants(summary, cell)
    return told(conclude_share(ratio.rest(), "entrants", nobody, confidence), summary, cell)


_adopted_change: PlaceComparing[VolumeCounts] = share_change(lambda summary, at: _base(summary, at.cell), _NOBODY)
_dropped_change: PlaceComparing[FunnelCounts] = share_change(
    lambda summary, at: entrants(summary, at.cell)[0].rest(), "nobody entered"
)

_SHARE: dict[str, Any] = {
    "discipline": "UX",
    "level": "relationship",
    "horizon": "quarter",
    "need": "functional",
    "unit": "share",
    "better": "higher",
    "scale": "0 to 1",
}
_THROUGH: dict[str, Any] = _SHARE | {
    "level": "journey",
    "query": "funnel",
    "interval": "wilson-clustered",
    "source": "Wilson 1927; who enters a funnel and when it is over: docs/definitions/funnel.md",
}

FEATURE_ADOPTION: QueryMetric[VolumeCounts] = QueryMetric(
    **_SHARE,
    name="feature_adoption",
    title="Adoption",
    asks="Which share of the active people uses this feature?",
    query="volume",
    needs={"among": ()},
    estimate=at_cell(estimate_did),
    compare=_adopted_change,
    interval="wilson",
    definition="People who used the feature (the query's `of`) in the period, of all active people of the period (its `among`).",
    formula="active people who used it / active people",
    source="Wilson 1927; Newcombe 1998",
    caveats=(
        "Once is enough to count: read it next to depth of use and to whether people come back to it.",
        "Not everybody needs everything: choose as base those whom the feature is for.",
        "Longer periods give larger shares: compare periods of the same length.",
        _SAME,
    ),
)
ADOPTION_DEPTH: QueryMetric[VolumeCounts] = QueryMetric(
    **_SHARE | {"unit": "per_person", "scale": "1 and up", "better": "neither"},
    name="adoption_depth",
    title="Depth of use",
    asks="How often do those who use this feature use it?",
    query="volume",
    estimate=at_cell(estimate_depth),
    compare=rate_change(lambda summary, at: _users(summary, at.cell), "per_person", _NO_USER),
    interval="t-clustered",
    definition="Uses of the feature (the query's `of`) in the period, divided by the people with at least one.",
    formula="uses / people who used it",
    source="Student 1908; Welch 1947 for changes",
    caveats=("A few very busy people can carry the mean.", "More is not better by itself: look at what people achieve.", _SAME),
    minimum_n=2,
)
ONBOARDING_COMPLETION: QueryMetric[FunnelCounts] = QueryMetric(
    **_THROUGH,
    name="onboarding_completion",
    title="Onboarding completion",
    asks="Which share of those who begin gets through the first steps?",
    estimate=at_cell(estimate_conversion),
    compare=change_of_cells(compare_conversion),
    definition="People who met the query's first step (signed up) and all further ones up to its last (set up, invited, first done) in order within "
    "the window, of all who met the first and whose window is over.",
    formula="people at the last step in time / people who began and whose window is over",
    caveats=(
        _UNDER_WAY,
        "Steps that do not lead to what people came for can be completed by all and help nobody: check against who stays.",
        _SAME,
    ),
)
TIME_TO_VALUE: QueryMetric[FunnelCounts] = QueryMetric(
    **_THROUGH
    | {
        "unit": "seconds",
        "scale": "above 0",
        "better": "lower",
        "interval": "geometric-then-median",
        "source": "Sauro & Lewis 2010; Woodruff 1952 for medians of people who repeat",
    },
    name="time_to_value",
    title="Time to first value",
    asks="How long does it typically take until people first get what they came for?",
    estimate=at_cell(estimate_time_to_convert),
    compare=change_of_cells(compare_time_to_convert),
    definition="Seconds from the query's first step (signed up) to its last (the first thing that is worth something to people), of those who came "
    "to it within the window.",
    formula="geometric mean (n < 25) or median of (first value - sign-up)",
    caveats=(
        "Those who never got there have no time here: read it next to onboarding completion.",
        "Nobody can take longer than the window, so a short window makes it look fast.",
        "What is worth something is the organisation's claim until people say so.",
    ),
    minimum_n=2,
)
FORM_ABANDONMENT: QueryMetric[FunnelCounts] = QueryMetric(
    **_THROUGH | {"level": "interface", "horizon": "task", "better": "lower"},
    name="form_abandonment",
    title="Form abandonment",
    asks="Which share of those who begin a form never sends it?",
    estimate=at_cell(estimate_dropped),
    compare=_dropped_change,
    definition="People who began the form (the query's first step: the first change of a field, as in `form.started` or `form.changed`) and did not "
    "send it (its last step: `form.sent`) within the window, of all who began and whose window is over. With `same` each form or order is "
    "an entrant of its own.",
    formula="people who did not send it in time / people who began and whose window is over",
    caveats=(
        "Houses have no common rule; beginning with the first change is Amplitude's, beginning with the focus Snowplow's, and gives more.",
        "A form that was sent and refused counts as sent: let the last step be what came of it.",
        "Some forms are opened to look: abandoning is then no failure.",
    ),
)
