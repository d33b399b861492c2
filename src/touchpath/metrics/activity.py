"""Metrics of activity: how many people, how often, and who gets in touch."""

from __future__ import annotations

from touchpath.metrics.conclude import compare_mean, compare_share, conclude_mean, conclude_share
from touchpath.metrics.metric import Metric, Number
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Journey
from touchpath.model.rules import EventRule
from touchpath.stats.comparisons import compare_rates
from touchpath.stats.rates import poisson_interval
from touchpath.timelines.moments import Ratio
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
    return compare_mean(_ratio(summary, before), _ratio(summary, after), "per_person", _NOBODY, confidence)


def _in_touch(summary: VolumeCounts, cell: int, rule: int = 0) -> Ratio:
    base, met = int(summary.base[cell]), int(summary.people[cell, rule])
    return Ratio(base, base, met, base, met, met)


def estimate_contact_rate(summary: VolumeCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the people on a journey who got in touch."""
    return conclude_share(_in_touch(summary, cell), "people", _NOBODY_THERE, confidence)


def compare_contact_rate(summary: VolumeCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two contact rates."""
    return compare_share(_in_touch(summary, before), _in_touch(summary, after), _NOBODY_THERE, confidence)


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
    subject="signals",
    fold=people_who,
    estimate=estimate_active,
    compare=compare_active,
    method="A count with its exact Poisson interval: how far it could have come out by chance. Changes are exact ratios of two counts.",
    definition="People with at least one matching signal in the period.",
    source="Garwood 1936; Przyborowski & Wilenski 1940",
    caveats=(
        "Several devices of one person count as several people until their ids are joined.",
        "Longer periods hold more people: compare periods of the same length.",
    ),
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
    subject="signals",
    fold=people_who,
    estimate=estimate_signals_per_person,
    compare=compare_signals_per_person,
    method="Mean over people with a t interval, never below 0.",
    definition="Matching signals in the period, divided by the people with at least one of them.",
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
    subject="journey",
    fold=contacts_on,
    estimate=estimate_contact_rate,
    compare=compare_contact_rate,
    method="Wilson interval.",
    definition="People with at least one contact in the period, of the people who were at any step of the journey in that period.",
    source="Wilson 1927; Newcombe 1998",
    caveats=(
        "A contact in the same period need not be about this journey.",
        "Fewer contacts are no success when people cannot reach anybody.",
    ),
)
