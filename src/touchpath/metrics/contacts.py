"""What contacts mean: first contact resolution, contacts per case, hand-offs that show, and time to resolution."""

from __future__ import annotations

import math

from touchpath.metrics.benchmarks import Band, Benchmark
from touchpath.metrics.conclude import conclude_mean, conclude_share, conclude_time
from touchpath.metrics.metric import Number, QueryMetric
from touchpath.metrics.places import at_cell, rate_change, share_change, time_change
from touchpath.timelines.contacts import ContactCounts

_NOBODY = "no case is decided"


def estimate_first(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases that were settled at the first contact, clustered by person."""
    return conclude_share(summary.share.cell(cell), "cases", _NOBODY, confidence)


def estimate_contacts(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """How often people got in touch about one decided case."""
    ratio = summary.contacts.cell(cell)
    return conclude_mean(ratio, "per_case", "cases", _NOBODY, confidence, bounds=(1.0, math.inf))


def estimate_channels(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases in which people used more than one channel."""
    return conclude_share(summary.channels.cell(cell), "cases", _NOBODY, confidence)


def estimate_agents(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases with any agent known on which more than one worked."""
    return conclude_share(summary.agents.cell(cell), "cases", "no agent is known", confidence)


def estimate_resolution_time(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds from the first contact to the last resolution, of decided cases that stand resolved."""
    return conclude_time(summary.times, cell, "cases", "no decided case stands resolved", confidence)


FIRST_CONTACT_RESOLUTION: QueryMetric[ContactCounts] = QueryMetric(
    name="first_contact_resolution",
    title="First contact resolution",
    asks="Which share of people's problems was settled at the first contact?",
    discipline="CX",
    level="journey",
    horizon="quarter",
    need="functional",
    unit="share",
    better="higher",
    scale="0 to 1",
    query="contacts",
    estimate=at_cell(estimate_first),
    compare=share_change(lambda summary, at: summary.share.cell(at.cell), _NOBODY),
    interval="wilson-clustered",
    definition="Cases with one contact, of all decided cases, by the variant that the query names (default: no further contact within the "
    "window). A case counts in the period of its first contact; cases whose window is still open are left out.",
    formula="cases settled at the first contact / decided cases",
    source="Variants of help desks, see docs/definitions/contacts.md",
    caveats=(
        "Houses define it differently; numbers of two variants are two metrics. The query says which one this is.",
        "Somebody who gave up does not come back either: read it next to satisfaction and churn.",
    ),
    benchmarks=(
        Benchmark(
            "First contact resolution",
            (Band("below average", high=0.7), Band("above average", 0.7, 0.8), Band("world class", 0.8)),
            "SQM Group",
            2023,
            graded=False,
            why="the publisher counts customers in one place and enquiries in another, and this number counts cases",
        ),
    ),
)
CONTACTS_PER_CASE: QueryMetric[ContactCounts] = QueryMetric(
    name="contacts_per_case",
    title="Contacts per problem",
    asks="How often do people have to get in touch about one problem?",
    discipline="CX",
    level="journey",
    horizon="quarter",
    need="functional",
    unit="per_case",
    better="lower",
    scale="1 and up",
    query="contacts",
    estimate=at_cell(estimate_contacts),
    compare=rate_change(lambda summary, at: summary.contacts.cell(at.cell), "per_case", _NOBODY),
    interval="t-clustered",
    definition="Contacts of decided cases, divided by decided cases.",
    formula="contacts / decided cases",
    source="Student 1908; Welch 1947 for changes; cases as in docs/definitions/contacts.md",
    caveats=("A few very long cases can carry the mean.",),
    minimum_n=2,
)
RESOLUTION_TIME: QueryMetric[ContactCounts] = QueryMetric(
    name="resolution_time",
    title="Time to resolution",
    asks="How long does it typically take from the first contact until a problem is settled for good?",
    discipline="CX",
    level="journey",
    horizon="quarter",
    need="functional",
    unit="seconds",
    better="lower",
    scale="above 0",
    query="contacts",
    needs={"resolved": ()},
    estimate=at_cell(estimate_resolution_time),
    compare=time_change(lambda summary: summary.times, "no decided case stands resolved"),
    interval="geometric-then-median",
    definition="Seconds from the first contact to the last resolution, of decided cases that stand resolved; of open hours only, where "
    "the query names business hours.",
    formula="geometric mean (n < 25) or median of (last resolution - first contact)",
    source="Sauro & Lewis 2010; Woodruff 1952 for medians of people who repeat",
    caveats=(
        "Cases that are not resolved have no time here; read it next to the share of cases that are.",
        "Calendar hours and business hours are different numbers; the query says which.",
    ),
    minimum_n=2,
)
