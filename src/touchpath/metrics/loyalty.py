"""Metrics of loyalty that are shares of people: who buys again, refers others, speaks up for us, and who answers what is asked."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.conclude import conclude_mean, conclude_share
from touchpath.metrics.journeys import compare_conversion, estimate_conversion
from touchpath.metrics.metric import Number, PlaceComparing, QueryMetric
from touchpath.metrics.places import at_cell, change_of_cells, rate_change, share_change
from touchpath.timelines.funnel import FunnelCounts
from touchpath.timelines.moments import Ratio
from touchpath.timelines.volume import VolumeCounts

_NOBODY = "nobody is in the base"
_SAME = "People of both periods are compared as if they were different people."


def _did(summary: VolumeCounts, cell: int) -> Ratio:
    """Those who met the first rule, among the base; everybody counts once."""
    base, people = int(summary.base[cell]), int(summary.people[cell, 0])
    return Ratio(base, base, people, base, people, people)


def _times(summary: VolumeCounts, cell: int) -> Ratio:
    """Signals of the first rule, per person of the base."""
    return summary.moments.cell(cell * summary.people.shape[1])


def estimate_did(summary: VolumeCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the base who did the first thing that the query counts."""
    return conclude_share(_did(summary, cell), "people", _NOBODY, confidence)


def estimate_times(summary: VolumeCounts, cell: int, confidence: float = 0.95) -> Number:
    """How often the first thing happened per person of the base."""
    return conclude_mean(_times(summary, cell), "per_person", "people", _NOBODY, confidence, bounds=(0.0, float("inf")))


_base_change: PlaceComparing[VolumeCounts] = share_change(lambda summary, at: _did(summary, at.cell), _NOBODY)

_SHARE: dict[str, Any] = {
    "discipline": "CX",
    "level": "relationship",
    "horizon": "lifetime",
    "need": "emotional",
    "unit": "share",
    "better": "higher",
    "scale": "0 to 1",
}
_AGAIN: dict[str, Any] = _SHARE | {
    "query": "funnel",
    "interval": "wilson-clustered",
    "estimate": at_cell(estimate_conversion),
    "compare": change_of_cells(compare_conversion),
    "source": "Wilson 1927; who enters a funnel: docs/definitions/funnel.md",
}
_OF_BASE: dict[str, Any] = _SHARE | {
    "query": "volume",
    "needs": {"among": ()},
    "interval": "wilson",
    "estimate": at_cell(estimate_did),
    "compare": _base_change,
    "source": "Wilson 1927; Newcombe 1998",
}

REPEAT_PURCHASE_RATE: QueryMetric[FunnelCounts] = QueryMetric(
    **_AGAIN | {"need": "functional"},
    name="repeat_purchase_rate",
    title="Repeat purchase rate",
    asks="Which share of buyers buys again in time?",
    definition="People with a purchase who made another one within the query's window after it, of all whose window is over. Both steps of "
    "the funnel are purchases; one signal is never both.",
    formula="people who bought again in time / people who bought and whose window is over",
    caveats=(
        "The window makes the number: choose it by how often the thing is needed.",
        "Counting from everybody's first purchase ever needs a rule that says so; else old customers enter again.",
        "An order that was cancelled or sent back counts, unless the rules leave it out.",
        _SAME,
    ),
)
RESPONSE_RATE: QueryMetric[FunnelCounts] = QueryMetric(
    **_AGAIN | {"level": "journey", "horizon": "quarter"},
    name="response_rate",
    title="Response rate",
    asks="Which share of those who were asked answered?",
    definition="People who were sent a survey (the funnel's first step) and answered it (its last) within the window, of all who were sent one "
    "and whose window is over.",
    formula="people who answered in time / people asked whose window is over",
    caveats=(
        "A low rate does not prove that answers mislead, nor a high one that they do not: compare who answered with who was asked.",
        "Surveys shown on a page are not sent: count who saw them.",
        _SAME,
    ),
)
REFERRAL_RATE: QueryMetric[VolumeCounts] = QueryMetric(
    **_OF_BASE,
    name="referral_rate",
    title="Referral rate",
    asks="Which share of customers referred somebody?",
    definition="People with a referral (the query's `of`) in the period, of all customers of the period (its `among`).",
    formula="people with a referral / customers",
    caveats=(
        "What was said without a link or a code is not seen: it is a lower limit of how many recommend.",
        "A reward for referring buys referrals; compare before and after with care.",
        _SAME,
    ),
)
ADVOCACY_RATE: QueryMetric[VolumeCounts] = QueryMetric(
    **_OF_BASE,
    name="advocacy_rate",
    title="Advocacy",
    asks="Which share of customers spoke up for us in public?",
    definition="People with a public recommendation (the query's `of`: a review of four stars and more, a mention, a reference) in the period, "
    "of all customers of the period (its `among`).",
    formula="people with a recommendation / customers",
    caveats=(
        "What people do, beside what they say they would do (net promoter score).",
        "Only what can be tied to a person counts.",
        _SAME,
    ),
)
SURVEYS_PER_PERSON: QueryMetric[VolumeCounts] = QueryMetric(
    **_SHARE
    | {"query": "volume", "needs": {"among": ()}, "level": "journey", "horizon": "quarter"}
    | {"unit": "per_person", "better": "lower", "scale": "0 and up", "interval": "t-clustered", "minimum_n": 2},
    name="surveys_per_person",
    title="Survey burden",
    asks="How many surveys is a person sent in a period?",
    estimate=at_cell(estimate_times),
    compare=rate_change(lambda summary, at: _times(summary, at.cell), "per_person", _NOBODY),
    definition="Invitations to surveys (the query's `of`) per person of the base (its `among`: customers, or those who were asked at all) in "
    "the period.",
    formula="invitations / people",
    source="Student 1908; Welch 1947 for changes",
    caveats=(
        "A mean hides those who are asked every week: ask for the people behind it.",
        "It grows with the period: compare periods of one length.",
        _SAME,
    ),
)
SURVEY_FATIGUE: QueryMetric[VolumeCounts] = QueryMetric(
    **_OF_BASE | {"better": "lower", "level": "journey", "horizon": "quarter"},
    name="survey_fatigue",
    title="Survey fatigue",
    asks="Which share of those who were asked wants to be asked no more?",
    definition="People who dismissed a survey, broke it off or opted out (the query's `of`) in the period, of all who were sent one in it (its "
    "`among`).",
    formula="people who refused / people asked",
    caveats=(
        "Most who are tired just stop answering: read the response rate by how often people were asked.",
        _SAME,
    ),
)
