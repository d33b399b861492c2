"""Metrics of help: how soon people get an answer, whether they are handed on, whether problems stay solved, and unhappy people heard."""

from __future__ import annotations

import math
from typing import Any

from touchpath.metrics.between import estimate_met, estimate_time, estimate_waits
from touchpath.metrics.conclude import compare_intervals, conclude_share
from touchpath.metrics.contacts import estimate_agents, estimate_channels, estimate_first, estimate_resolution_time
from touchpath.metrics.metric import Number, PlaceComparing, QueryMetric
from touchpath.metrics.places import at_cell, change_of_cells, share_change, time_change
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.timelines.between import BetweenCounts
from touchpath.timelines.contacts import ContactCounts

_NO_CASE = "no case is decided"
_NO_AGENT = "no agent is known"
_HOUSES = "Houses define it differently; the query says which signals and which window are meant."
_WAITING = (
    "Those who still wait are not in it, and the slow ones are among them: response_wait has them, and the query's table 'waits'."
)


def estimate_reopened(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases that were reopened or followed up within the window after they were resolved."""
    return conclude_share(summary.share.cell(cell).rest(), "cases", _NO_CASE, confidence)


def estimate_missed(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases that were not met in time."""
    return conclude_share(summary.share.cell(cell).rest(), "cases", _NO_CASE, confidence)


_settled_change: PlaceComparing[ContactCounts] = share_change(lambda summary, at: summary.share.cell(at.cell), _NO_CASE)
_reopened_change: PlaceComparing[ContactCounts] = share_change(lambda summary, at: summary.share.cell(at.cell).rest(), _NO_CASE)
_agents_change: PlaceComparing[ContactCounts] = share_change(lambda summary, at: summary.agents.cell(at.cell), _NO_AGENT)
_channels_change: PlaceComparing[ContactCounts] = share_change(lambda summary, at: summary.channels.cell(at.cell), _NO_CASE)
_resolution_change: PlaceComparing[ContactCounts] = time_change(lambda summary: summary.times, "no decided case stands resolved")
_met_change: PlaceComparing[BetweenCounts] = share_change(lambda summary, at: summary.share.cell(at.cell), _NO_CASE)
_missed_change: PlaceComparing[BetweenCounts] = share_change(lambda summary, at: summary.share.cell(at.cell).rest(), _NO_CASE)
_answer_change: PlaceComparing[BetweenCounts] = time_change(lambda summary: summary.times, "no case was met")


def estimate_half(summary: BetweenCounts, cell: int, confidence: float = 0.95) -> Number:
    """After how many seconds half of all cases are met, those that still wait included."""
    return estimate_waits(summary.waits, cell, (0.5,), confidence)[0]


def compare_halves(summary: BetweenCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two such times, from their intervals; none where one has no upper end yet."""
    a, b = (estimate_half(summary, cell, confidence) for cell in (before, after))
    if any(isinstance(number, Estimate) and math.isinf(number.high) for number in (a, b)):
        return Undefined("one of the two has not been seen long enough to have an upper limit")
    return compare_intervals(a, b, confidence)


_CASES: dict[str, Any] = {
    "discipline": "CX",
    "level": "journey",
    "horizon": "quarter",
    "need": "functional",
    "unit": "share",
    "scale": "0 to 1",
    "query": "contacts",
    "interval": "wilson-clustered",
    "source": "Wilson 1927; cases as in docs/definitions/contacts.md",
}
_BETWEEN: dict[str, Any] = _CASES | {"query": "between", "source": "Wilson 1927; times as in docs/definitions/between.md"}
_IN_TIME: dict[str, Any] = _BETWEEN | {
    "needs": {"limit": ()},
    "better": "higher",
    "estimate": at_cell(estimate_met),
    "compare": _met_change,
}
_TIME: dict[str, Any] = {
    "unit": "seconds",
    "scale": "above 0",
    "better": "lower",
    "interval": "geometric-then-median",
    "source": "Sauro & Lewis 2010; Woodruff 1952 for medians of people who repeat",
    "minimum_n": 2,
}
_ANSWERED: dict[str, Any] = _BETWEEN | _TIME | {"estimate": at_cell(estimate_time), "compare": _answer_change}

FIRST_RESPONSE_TIME: QueryMetric[BetweenCounts] = QueryMetric(
    **_ANSWERED,
    name="first_response_time",
    title="First response time",
    asks="How long do people typically wait for a first answer?",
    definition="Seconds from the contact to the first answer of a person, of contacts that were answered; of the calendar.",
    formula="geometric mean (n < 25) or median of (first answer - contact)",
    caveats=(
        _WAITING,
        "An automatic reply is no answer: let the query's 'end' mean those of people.",
        "With 'hours' in the query it is open time, which is another number: use first_response_open_time for that.",
    ),
)
FIRST_RESPONSE_OPEN_TIME: QueryMetric[BetweenCounts] = QueryMetric(
    **_ANSWERED | {"needs": {"hours": ()}},
    name="first_response_open_time",
    version=2,
    title="First response time in business hours",
    asks="How much open time does it typically take until people get a first answer?",
    definition="Seconds of open time, by the schedule that the query names, from the contact to the first answer, of contacts that were "
    "answered. The clock stands still while nobody is there.",
    formula="geometric mean (n < 25) or median of open time between contact and first answer",
    caveats=(
        _WAITING,
        "It is what the desk can help, and not what people feel: they wait by the calendar.",
        "Answered while closed counts as no time; where there is any such answer, the median is told at any n, and changes are differences of medians.",
    ),
)
RESPONSE_WAIT: QueryMetric[BetweenCounts] = QueryMetric(
    **_BETWEEN
    | _TIME
    | {
        "interval": "kaplan-meier",
        "estimate": at_cell(estimate_half),
        "compare": change_of_cells(compare_halves),
        "source": "Kaplan & Meier 1958; Brookmeyer & Crowley 1982 for the interval; Williams 1995 where people have several cases",
    },
    name="response_wait",
    title="Wait for an answer, open contacts included",
    asks="After how long has half of all contacts got an answer?",
    definition="The time after which half of all contacts of the period are answered, by the curve of those who still wait: a contact that is not "
    "answered counts as long as it was seen to wait. Of open time, where the query names hours.",
    formula="time at which the Kaplan-Meier curve of those who wait crosses 0.5; the middle of where it lies flat on it",
    caveats=(
        "It holds if those whose contacts came late into the data do not wait otherwise than the others.",
        "A contact that was withdrawn still waits here: let the query's 'end' mean that, too, or leave it out of 'start'.",
        "Not comparable with first_response_time, which only reads contacts that were answered.",
    ),
)
ANSWERED_IN_TIME: QueryMetric[BetweenCounts] = QueryMetric(
    **_IN_TIME,
    name="answered_in_time",
    title="Answered in time",
    asks="Which share of contacts gets an answer within the limit?",
    definition="Contacts answered within the query's limit (in open time where it names hours), of all whose limit is over. What was never "
    "answered is in it.",
    formula="contacts answered in time / contacts whose limit is over",
    caveats=("A target on it makes what is late later still: read the time next to it.", _HOUSES),
)
RESOLUTION_OPEN_TIME: QueryMetric[ContactCounts] = QueryMetric(
    **_CASES
    | _TIME
    | {
        "needs": {"resolved": (), "hours": ()},
        "estimate": at_cell(estimate_resolution_time),
        "compare": _resolution_change,
    },
    name="resolution_open_time",
    version=2,
    title="Time to resolution in business hours",
    asks="How much open time does it typically take until a problem is settled for good?",
    definition="Seconds of open time, by the schedule that the query names, from the first contact to the last resolution, of decided cases "
    "that stand resolved.",
    formula="geometric mean (n < 25) or median of open time between first contact and last resolution",
    caveats=(
        "Cases that are not resolved have no time here.",
        "People wait by the calendar: show resolution_time beside it.",
        "What was asked and settled while closed counts as no time; where there is any such case, the median is told at any n, and changes are differences of medians.",
    ),
)
REOPEN_RATE: QueryMetric[ContactCounts] = QueryMetric(
    **_CASES
    | {
        "needs": {"resolved": (), "variant": ("no_reopen",)},
        "better": "lower",
        "estimate": at_cell(estimate_reopened),
        "compare": _reopened_change,
    },
    name="reopen_rate",
    title="Reopen rate",
    asks="Which share of solved problems was not solved after all?",
    definition="Contacts that were reopened, or followed up by another contact that names them, within the window after their first "
    "resolution, of all contacts resolved whose window is over.",
    formula="contacts reopened or followed up in time / contacts resolved whose window is over",
    caveats=(
        "Systems that close tickets for good make a new one of a late answer, so their own count stays 0: let 'follows' tie them.",
        _HOUSES,
    ),
)
ONE_TOUCH_RESOLUTION: QueryMetric[ContactCounts] = QueryMetric(
    **_CASES
    | {
        "needs": {"variant": ("zendesk", "zendesk_messaging", "freshservice", "freshdesk", "zammad")},
        "better": "higher",
        "estimate": at_cell(estimate_first),
        "compare": _settled_change,
    },
    name="one_touch_resolution",
    title="One-touch resolution",
    asks="Which share of tickets was settled with one answer, as the help desk counts it?",
    definition="Tickets settled at the first touch by the rule of the help desk that the query's variant names, of those that are decided "
    "by the same rule.",
    formula="tickets settled at one touch / tickets decided",
    caveats=(
        "What the desk did, not what people say or do: who gave up, or called instead, counts as settled.",
        "Each house counts differently (docs/definitions/contacts.md): numbers of two variants are two metrics.",
    ),
)
TRANSFER_RATE: QueryMetric[ContactCounts] = QueryMetric(
    **_CASES
    | {
        "needs": {"agent": ()},
        "better": "lower",
        "estimate": at_cell(estimate_agents),
        "compare": _agents_change,
    },
    name="transfer_rate",
    title="Transfers",
    asks="Which share of problems passed through more than one pair of hands?",
    definition="Decided cases on which more than one agent worked, of those on which any agent is known.",
    formula="cases with two agents or more / decided cases with any agent known",
    caveats=(
        "A hand-on to somebody who can help is better than none: read it next to first contact resolution.",
        "Cases without a known agent are left out.",
    ),
)
CHANNEL_SWITCH_RATE: QueryMetric[ContactCounts] = QueryMetric(
    **_CASES
    | {
        "better": "lower",
        "estimate": at_cell(estimate_channels),
        "compare": _channels_change,
    },
    name="channel_switch_rate",
    title="Channel switches",
    asks="In which share of problems did people have to try another channel?",
    definition="Decided cases in which the person got in touch by more than one channel, of all decided cases.",
    formula="cases with two channels or more / decided cases",
    caveats=("Some like to switch: signals tell that people did, not why.", _HOUSES),
)
HANDOFF_FAILURE: QueryMetric[BetweenCounts] = QueryMetric(
    **_IN_TIME
    | {
        "better": "lower",
        "estimate": at_cell(estimate_missed),
        "compare": _missed_change,
    },
    name="handoff_failure",
    title="Failed hand-offs",
    asks="Which share of hand-offs is not taken up in time?",
    definition="Hand-offs (the query's start) that nobody on the other side took up (its end) within the limit, of all whose limit is over. "
    "What was never taken up is in it.",
    formula="hand-offs not taken up in time / hand-offs whose limit is over",
    caveats=("A hand-off taken up in time may still lose what was said: ask people, too.", _HOUSES),
)
CLOSED_LOOP_RATE: QueryMetric[BetweenCounts] = QueryMetric(
    **_IN_TIME,
    name="closed_loop_rate",
    title="Closed loops",
    asks="Which share of unhappy answers is followed by a contact in time?",
    definition="Answers of detractors (the query's start) after which the person was contacted (its end) within the limit, of all whose limit "
    "is over.",
    formula="answers followed by a contact in time / answers whose limit is over",
    caveats=(
        "It counts that somebody got in touch, not that anything was put right.",
        "People may only be contacted who agreed to be: those who did not stay in the denominator unless the rule leaves them out.",
    ),
)
CLOSED_LOOP_TIME: QueryMetric[BetweenCounts] = QueryMetric(
    **_ANSWERED,
    name="closed_loop_time",
    title="Time to close the loop",
    asks="How long do unhappy people typically wait until somebody gets in touch?",
    definition="Seconds from a detractor's answer (the query's start) to the next contact with that person (its end), of those contacted.",
    formula="geometric mean (n < 25) or median of (contact - answer)",
    caveats=(_WAITING, "Read it next to the share that is contacted at all."),
)
