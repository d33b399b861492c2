"""Metrics of activity: how many people, how often, and who gets in touch."""

from __future__ import annotations

from touchpath.metrics.conclude import (
    compare_rate,
    compare_share,
    compare_time,
    conclude_mean,
    conclude_share,
    conclude_time,
)
from touchpath.metrics.metric import Metric, Number
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Journey
from touchpath.model.rules import EventRule
from touchpath.stats.comparisons import compare_rates
from touchpath.stats.rates import poisson_interval
from touchpath.timelines.moments import Ratio
from touchpath.timelines.sessions import SessionCounts, Sessions
from touchpath.timelines.volume import Volume, VolumeCounts

_NOBODY = "nobody was active"
_NOBODY_THERE = "nobody was on the journey"


def people_who(rule: EventRule) -> Volume:
    """Counts the people who did something, and how often they did."""
    return Volume((rule,), among=(rule,))


def contacts_on(journey: Journey) -> Volume:
    """Counts who got in touch among the people at any step; raises BadInput for a journey that names no contacts."""
    if journey.contacts is None:
        raise BadInput(f"Journey '{journey.id}' does not say what counts as a contact. Add 'contacts: {{kind: ...}}' to it.")
    steps = dict.fromkeys(step.match for step in journey.steps)
    return Volume((journey.contacts,), among=tuple(steps))


def visits_with(rule: EventRule) -> Sessions:
    """Counts visits made of matching signals."""
    return Sessions(of=rule)


def estimate_people(summary: VolumeCounts, cell: int, rule: int = 0, confidence: float = 0.95) -> Number:
    """How many people met a rule; nobody is a count too."""
    people = int(summary.people[cell, rule])
    low, high = poisson_interval(people, 1.0, confidence)
    return Estimate(float(people), low, high, people, "people", "count", confidence, "exact Poisson")


def estimate_active(summary: VolumeCounts, cell: int, confidence: float = 0.95) -> Number:
    """How many people did something."""
    return estimate_people(summary, cell, 0, confidence)


def compare_active(summary: VolumeCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Ratio of two numbers of people."""
    counts = [int(summary.people[cell, 0]) for cell in (before, after)]
    if min(counts) == 0:
        return Undefined(_NOBODY)
    return compare_rates((counts[0], 1.0), (counts[1], 1.0), confidence)


def _ratio(summary: VolumeCounts, cell: int, rule: int = 0) -> Ratio:
    return summary.moments.cell(cell * summary.people.shape[1] + rule)


def estimate_signals_per_person(summary: VolumeCounts, cell: int, confidence: float = 0.95) -> Number:
    """How often each of those who did something did it, on average."""
    return conclude_mean(_ratio(summary, cell), "per_person", "people", _NOBODY, confidence, bounds=(0.0, float("inf")))


def compare_signals_per_person(
    summary: VolumeCounts, before: int, after: int, confidence: float = 0.95
) -> Comparison | Undefined:
    """Difference of two averages per person."""
    return compare_rate(_ratio(summary, before), _ratio(summary, after), "per_person", _NOBODY, confidence)


def _in_touch(summary: VolumeCounts, cell: int, rule: int = 0) -> Ratio:
    base, met = int(summary.base[cell]), int(summary.people[cell, rule])
    return Ratio(base, base, met, base, met, met)


def estimate_contact_rate(summary: VolumeCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the people on a journey who got in touch."""
    return conclude_share(_in_touch(summary, cell), "people", _NOBODY_THERE, confidence)


def compare_contact_rate(summary: VolumeCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two contact rates."""
    return compare_share(_in_touch(summary, before), _in_touch(summary, after), _NOBODY_THERE, confidence)


def estimate_sessions_per_person(summary: SessionCounts, cell: int, confidence: float = 0.95) -> Number:
    """How many visits each person made, on average."""
    ratio = summary.per_person.cell(cell)
    return conclude_mean(ratio, "per_person", "people", _NOBODY, confidence, bounds=(0.0, float("inf")))


def compare_sessions_per_person(
    summary: SessionCounts, before: int, after: int, confidence: float = 0.95
) -> Comparison | Undefined:
    """Difference of two average numbers of visits."""
    a, b = summary.per_person.cell(before), summary.per_person.cell(after)
    return compare_rate(a, b, "per_person", _NOBODY, confidence)


def estimate_session_time(summary: SessionCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds from the first to the last signal of a visit, and how many visits tell no time."""
    nobody = "every visit is a single signal, or still goes on" if summary.sessions[cell] else _NOBODY
    number = conclude_time(summary.times, cell, "sessions", nobody, confidence)
    if isinstance(number, Undefined) or not summary.bounces[cell]:
        return number
    return number.warned(f"{int(summary.bounces[cell])} visits of a single signal tell no time and are left out.")


def compare_session_time(summary: SessionCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Ratio of two typical session times."""
    return compare_time(summary.times, before, after, _NOBODY, confidence)


ACTIVE_PEOPLE: Metric[EventRule, VolumeCounts] = Metric(
    name="active_people",
    title="Active people",
    asks="How many people did this?",
    discipline="CX",
    level="relationship",
    horizon="quarter",
    need="functional",
    unit="count",
    better="higher",
    scale="0 and up",
    interval="poisson",
    subject="signals",
    fold=people_who,
    estimate=estimate_active,
    compare=compare_active,
    method="A count with its exact Poisson interval: how far it could have come out by chance. Changes are exact ratios of two counts.",
    definition="People with at least one matching signal in the period.",
    formula="people with a matching signal",
    source="Garwood 1936; Przyborowski & Wilenski 1940",
    caveats=(
        "Several devices of one person count as several people until their ids are joined.",
        "Longer periods hold more people: compare periods of the same length.",
    ),
    minimum_n=0,
)
SIGNALS_PER_PERSON: Metric[EventRule, VolumeCounts] = Metric(
    name="signals_per_person",
    title="Signals per person",
    asks="How often does each person who does this do it?",
    discipline="UX",
    level="interface",
    horizon="session",
    need="functional",
    unit="per_person",
    better="neither",
    scale="1 and up",
    interval="t",
    subject="signals",
    fold=people_who,
    estimate=estimate_signals_per_person,
    compare=compare_signals_per_person,
    method="Mean over people with a t interval, never below 0.",
    definition="Matching signals in the period, divided by the people with at least one of them.",
    formula="matching signals / people with one",
    source="Student 1908; Welch 1947 for changes",
    caveats=("A few very busy people can carry the mean.", "More is not better by itself: look at what people achieve."),
    minimum_n=2,
)
CONTACT_RATE: Metric[Journey, VolumeCounts] = Metric(
    name="contact_rate",
    title="Contact rate",
    asks="Which share of the people on this journey got in touch with us?",
    discipline="CX",
    level="journey",
    horizon="quarter",
    need="functional",
    unit="share",
    better="lower",
    scale="0 to 1",
    interval="wilson",
    subject="journey",
    fold=contacts_on,
    estimate=estimate_contact_rate,
    compare=compare_contact_rate,
    method="Wilson interval.",
    definition="People with at least one contact in the period, of the people who were at any step of the journey in that period.",
    formula="people on the journey with a contact / people on the journey",
    source="Wilson 1927; Newcombe 1998",
    caveats=(
        "A contact in the same period need not be about this journey.",
        "Fewer contacts are no success when people cannot reach anybody.",
    ),
)
SESSIONS_PER_PERSON: Metric[EventRule, SessionCounts] = Metric(
    name="sessions_per_person",
    title="Sessions per person",
    asks="How often does each person come back?",
    discipline="UX",
    level="relationship",
    horizon="quarter",
    need="functional",
    unit="per_person",
    better="neither",
    scale="1 and up",
    interval="t",
    subject="signals",
    fold=visits_with,
    estimate=estimate_sessions_per_person,
    compare=compare_sessions_per_person,
    method="Mean over people with a t interval, never below 0.",
    definition="Visits that began in the period, divided by the people who made one. A visit ends after 30 minutes without a matching "
    "signal.",
    formula="visits / people with a visit",
    source="Student 1908; Welch 1947 for changes; the 30-minute rule of web analytics",
    caveats=(
        "Coming often can mean liking it, or not getting done: read it next to task completion.",
        "A few very busy people can carry the mean.",
    ),
    minimum_n=2,
)
SESSION_TIME: Metric[EventRule, SessionCounts] = Metric(
    name="session_time",
    title="Session time",
    asks="How long does a visit typically last?",
    discipline="UX",
    level="interface",
    horizon="session",
    need="functional",
    unit="seconds",
    better="neither",
    scale="above 0",
    interval="geometric-then-median",
    subject="signals",
    fold=visits_with,
    estimate=estimate_session_time,
    compare=compare_session_time,
    method="Geometric mean with a t interval on logarithms below 25 visits, median with order-statistic limits from 25 on; clustered by "
    "person where people came more than once. Changes are ratios of geometric means.",
    definition="Seconds from the first to the last matching signal of visits that have ended and hold two signals or more.",
    formula="exp(mean of ln seconds) below 25 visits, else their median",
    source="Sauro & Lewis 2010; Woodruff 1952 for medians of people who repeat",
    caveats=(
        "Time spent is neither good nor bad by itself: pair it with what people achieved.",
        "The time after the last signal of a visit is unknown.",
    ),
    minimum_n=2,
)
