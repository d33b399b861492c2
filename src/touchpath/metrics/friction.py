"""Metrics of friction: how often people click in rage, on what is dead or breaks, go straight back or scroll about, visit by visit."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.conclude import conclude_rate, conclude_share
from touchpath.metrics.metric import Number, PlaceComparing, QueryMetric
from touchpath.metrics.places import at_cell, rate_change, share_change
from touchpath.model.estimate import Estimate
from touchpath.timelines.friction import FrictionCounts
from touchpath.timelines.moments import Ratio

_NOBODY = "no visit is over"


def _people(summary: FrictionCounts, cell: int) -> Ratio:
    """Those who met it, of those with a visit; everybody counts once."""
    came, met = summary.visits.cell(cell).people, int(summary.people[cell])
    return Ratio(came, came, met, came, met, met)


def _told(number: Number, summary: FrictionCounts, cell: int) -> Number:
    """The number with what could not be judged."""
    unread = int(summary.unread[cell])
    if unread and isinstance(number, Estimate):
        return number.warned(
            f"{unread:,} signals lack what it takes to judge them (a place, an element, a page) and are left out."
        )
    return number


def estimate_per_visit(summary: FrictionCounts, cell: int, confidence: float = 0.95) -> Number:
    """How often it happens in a visit."""
    return _told(conclude_rate(summary.events.cell(cell), "per_visit", "visits", _NOBODY, confidence), summary, cell)


def estimate_visits(summary: FrictionCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the visits in which it happens at all, clustered by person."""
    return _told(conclude_share(summary.visits.cell(cell), "visits", _NOBODY, confidence), summary, cell)


def estimate_people(summary: FrictionCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the people with a visit to whom it happens at all."""
    return _told(conclude_share(_people(summary, cell), "people", _NOBODY, confidence), summary, cell)


_rate_change: PlaceComparing[FrictionCounts] = rate_change(lambda summary, at: summary.events.cell(at.cell), "per_visit", _NOBODY)
_visits_change: PlaceComparing[FrictionCounts] = share_change(lambda summary, at: summary.visits.cell(at.cell), _NOBODY)
_people_change: PlaceComparing[FrictionCounts] = share_change(lambda summary, at: _people(summary, at.cell), _NOBODY)

_ALL: dict[str, Any] = {
    "discipline": "UX",
    "level": "interface",
    "horizon": "session",
    "need": "emotional",
    "better": "lower",
    "query": "friction",
}
_WORDS: dict[str, tuple[str, str, str]] = {
    "rage_clicks": (
        "rage clicks",
        "bursts of clicks at one place",
        "Trackers name it by rules that differ (three clicks or four, 30 pixels or 50): numbers of two rules are two metrics. Steppers, toggles "
        "and double clicks trip all of them.",
    ),
    "dead_clicks": (
        "dead clicks",
        "clicks to which nothing on the page answered",
        "What is dead depends on how long the tracker waited (from half a second to seven) and on what it takes for an answer.",
    ),
    "error_clicks": (
        "error clicks",
        "clicks followed by an error in the browser",
        "Errors of scripts of others (advertisements, extensions) count where the tracker counts them.",
    ),
    "quick_backs": (
        "quick backs",
        "pages that people left again at once for the page before",
        "Whoever compares goes back on purpose. The dwell that is 'at once' has no published value: choose it and keep it.",
    ),
    "excessive_scrolling": (
        "excessive scrolling",
        "pages on which people scrolled up and down more than is usual",
        "There is no published threshold; it is the tracker's own. Long pages invite it.",
    ),
    "thrashed_cursors": (
        "thrashed cursors",
        "moments in which people shook the pointer",
        "Only where there is a pointer: telephones have none, so cut by device.",
    ),
}


def _metrics(name: str, signs: str, what: str, mind: str) -> tuple[QueryMetric[FrictionCounts], ...]:
    shares: dict[str, Any] = _ALL | {"unit": "share", "scale": "0 to 1"}
    over = "Visits are separated by 30 minutes without a signal (the query's `gap`) and counted once they are over"
    caveats = (mind, "A sign, not a proof: look at where it happens before changing anything.")
    return (
        QueryMetric(
            **_ALL,
            name=name,
            title=signs.capitalize(),
            asks=f"How many {what} are there in a visit?",
            unit="per_visit",
            scale="0 and up",
            estimate=at_cell(estimate_per_visit),
            compare=_rate_change,
            interval="poisson-or-t",
            definition=f"{signs.capitalize()} ({what}; see docs/definitions/friction.md), divided by visits. {over}.",
            formula=f"{signs} / visits",
            source="Garwood 1936; Deng, Knoblich & Lu 2018",
            caveats=(*caveats, "A few people in rage can carry the rate: read the share of visits next to it."),
        ),
        QueryMetric(
            **shares,
            name=f"visits_with_{name}",
            title=f"Visits with {signs}",
            asks=f"In which share of visits are there any {what}?",
            estimate=at_cell(estimate_visits),
            compare=_visits_change,
            interval="wilson-clustered",
            definition=f"Visits with {signs} ({what}), of all visits. {over}.",
            formula=f"visits with {signs} / visits",
            source="Wilson 1927; Deng, Knoblich & Lu 2018",
            caveats=(*caveats, "Long visits have more occasions for it."),
        ),
        QueryMetric(
            **shares,
            name=f"people_with_{name}",
            title=f"People with {signs}",
            asks=f"Which share of people met any {what}?",
            estimate=at_cell(estimate_people),
            compare=_people_change,
            interval="wilson",
            definition=f"People with {signs} ({what}) in a visit of the period, of all people with a visit. {over}.",
            formula=f"people with {signs} / people with a visit",
            source="Wilson 1927; Newcombe 1998",
            caveats=(*caveats, "Longer periods give larger shares: compare periods of the same length."),
        ),
    )


#: Three of each kind: how often in a visit, in which share of visits, to which share of people.
FRICTION: tuple[QueryMetric[FrictionCounts], ...] = tuple(
    one for name, (signs, what, mind) in _WORDS.items() for one in _metrics(name, signs, what, mind)
)
