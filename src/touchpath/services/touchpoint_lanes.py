"""What a live map tells of touchpoints: friction, page speed, accessibility and cost, from signals that name the touchpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from touchpath.metrics.activity import estimate_contact_rate
from touchpath.metrics.amounts import estimate_per_signal
from touchpath.metrics.costs import estimate_cost
from touchpath.metrics.metric import Number, Place
from touchpath.metrics.totals import estimate_part
from touchpath.metrics.vitals import estimate_vital
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Journey
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame, Ground
from touchpath.services.map_columns import Cell
from touchpath.services.maps import Seen
from touchpath.services.queries.counts import CountsQuery
from touchpath.services.queries.currency import in_one_currency
from touchpath.services.queries.totals import TotalsQuery
from touchpath.services.tied import tied_query
from touchpath.timelines.amounts import Amounts
from touchpath.timelines.totals import Totals
from touchpath.timelines.volume import Volume
from touchpath.timelines.who import restrict

Q = TypeVar("Q")

#: What trackers call friction, see docs/guide/live.md.
FRICTION_KINDS = ("page.rage_clicked", "page.dead_clicked", "page.error")
SPEED_KIND, SPEED_PROPERTY = "page.measured", "measure"
SPEEDS = ("LCP", "INP", "CLS")
#: A check of a page; its value is the number of violations that it found.
CHECK_KIND = "page.scanned"
COST_KIND = "cost.booked"
_NO_TOUCHPOINT = "the step names no touchpoint"
_NOBODY = "no signal says that somebody was at the step's touchpoints"
_SEVERAL = "values come in several currencies: tie 'cost_to_serve' to a query that names one"
_UNCHECKED = "no page of the step's touchpoints was checked"


def cells_at_touchpoints(ground: Ground, journey: Journey, touchpoints: tuple[str, ...], seen: Seen) -> Iterator[Cell]:
    """Every number of some touchpoints together; those of none say so."""
    there = Condition("touchpoint", "in", touchpoints)
    yield _friction(ground, journey, touchpoints, there, seen)
    for short in SPEEDS:
        yield _speed(ground, touchpoints, there, short, seen)
    yield from _accessibility(ground, journey, touchpoints, there, seen)
    yield _cost(ground, journey, touchpoints, there, seen)


def _missing(lane: str, metric: str, title: str, why: str, n_unit: str = "people") -> Cell:
    return Cell(lane, metric, "", title, lambda sure: Undefined(why, 0, n_unit))


def _kinds(frame: Frame) -> frozenset[str]:
    return frozenset(frame.timelines.words.get("kind", ())) - {""}


def _friction(ground: Ground, journey: Journey, touchpoints: tuple[str, ...], there: Condition, seen: Seen) -> Cell:
    if not touchpoints:
        return _missing("friction", "", "", _NO_TOUCHPOINT)
    if not _kinds(seen.frame) & set(FRICTION_KINDS):
        return _missing("friction", "", "", f"no friction is recorded: no signal of {', '.join(FRICTION_KINDS)} came")
    fold = Volume((EventRule(FRICTION_KINDS, (there,)),), among=(_presence(ground, journey, there, seen),))

    def told(confidence: float) -> Number:
        number = estimate_contact_rate(ground.summarise(fold, seen.frame), seen.cell, confidence)
        return Undefined(_NOBODY, 0, "people") if isinstance(number, Undefined) else number

    return Cell("friction", "", "", "", told, fold, fold)


def _speed(ground: Ground, touchpoints: tuple[str, ...], there: Condition, short: str, seen: Seen) -> Cell:
    if not touchpoints:
        return _missing("speed", short.lower(), short, _NO_TOUCHPOINT, "page loads")
    if SPEED_KIND not in _kinds(seen.frame):
        return _missing("speed", short.lower(), short, f"no page speed is recorded: no signal of {SPEED_KIND} came", "page loads")
    if SPEED_PROPERTY not in ground.experience.properties:
        words = f"the model declares no property '{SPEED_PROPERTY}': tie a metric such as 'lcp' to a query that reads it"
        return _missing("speed", short.lower(), short, words, "page loads")
    fold = Amounts(EventRule((SPEED_KIND,), (there, Condition(f"properties.{SPEED_PROPERTY}", "equals", short))))

    def told(confidence: float) -> Number:
        return estimate_vital(ground.summarise(fold, seen.frame), Place(seen.cell, scale=fold.scale), confidence)

    return Cell("speed", short.lower(), "", short, told, fold, fold)


def _tied(ground: Ground, journey: Journey, metric: str, query: type[Q]) -> Q | None:
    """The query that the model ties a metric to for all people, that of this journey first; None where it ties it to none."""
    ties = [one for one in ground.experience.metrics if one.metric == metric and one.query and one.journey in ("", journey.id)]
    for one in sorted(ties, key=lambda tie: tie.journey == ""):
        asked = tied_query(one, ground.experience, ground.zone)
        if isinstance(asked.query, query) and asked.unit == "person" and not (asked.where or asked.who or asked.as_of):
            return asked.query
    return None


def _checks(ground: Ground, journey: Journey) -> tuple[EventRule, EventRule]:
    """Which signals are checks of pages, and which of them found no violation."""
    if tie := _tied(ground, journey, "accessible_pages", CountsQuery):
        return tie.per, tie.of
    counted = EventRule((CHECK_KIND,), (Condition("value", "exists", True),))
    return counted, EventRule((CHECK_KIND,), (Condition("value", "equals", 0),))


def _costs(ground: Ground, journey: Journey) -> tuple[EventRule, str]:
    """Which signals book a cost, and in which currency ("" = whichever they are in)."""
    tie = _tied(ground, journey, "cost_to_serve", TotalsQuery)
    return (tie.sum, tie.currency) if tie else (EventRule((COST_KIND,)), "")


def _presence(ground: Ground, journey: Journey, there: Condition, seen: Seen) -> EventRule:
    """Signals that say that somebody was at some touchpoints: all that name them, without checks of pages and bookings of cost."""
    others = {*_checks(ground, journey)[0].kinds, *_costs(ground, journey)[0].kinds}
    kinds = _kinds(seen.frame)
    return EventRule(tuple(sorted(kinds - others)) if kinds & others else (), (there,))


def _accessibility(
    ground: Ground, journey: Journey, touchpoints: tuple[str, ...], there: Condition, seen: Seen
) -> Iterator[Cell]:
    """The share of checks of pages without a violation, and how many violations a check found."""
    titles = {"accessible_pages": "Pages without violations", "violations": "Violations in a check"}
    checked, sound = _checks(ground, journey)
    why = _NO_TOUCHPOINT if not touchpoints else ""
    if not why and not _kinds(seen.frame) & set(checked.kinds or (CHECK_KIND,)):
        why = f"no check of accessibility is recorded: no signal of {', '.join(checked.kinds) or CHECK_KIND} came"
    if why:
        yield from (_missing("accessibility", name, title, why, "checks") for name, title in titles.items())
        return
    part = Totals(restrict(sound, there), restrict(checked, there), part=True)
    found = Amounts(restrict(checked, there))

    def share(confidence: float) -> Number:
        return _of_checks(estimate_part(ground.summarise(part, seen.frame), seen.cell, confidence), bool(ground.who))

    def mean(confidence: float) -> Number:
        number = estimate_per_signal(ground.summarise(found, seen.frame), seen.cell, found.scale, confidence)
        told = replace(number, low=max(0.0, number.low)) if isinstance(number, Estimate) else number
        return _of_checks(told, bool(ground.who))

    yield Cell("accessibility", "accessible_pages", "", titles["accessible_pages"], share, part, part)
    yield Cell("accessibility", "violations", "", titles["violations"], mean, found, found)


def _of_checks(number: Number, narrowed: bool) -> Number:
    """The number with checks as what it is of."""
    if isinstance(number, Estimate):
        return replace(number, n_unit="checks")
    if number.n:
        return Undefined(number.reason, number.n, "checks")
    more = "; checks are of pages and not of people, so look at everybody" if narrowed else ""
    return Undefined(f"{_UNCHECKED}{more}", 0, "checks")


def _currency(named: str, frame: Frame) -> str:
    """The currency that values are in: the one named, or the only one there is."""
    units = [word for word in frame.timelines.words.get("unit", ()) if len(word) == 3 and word.isupper()]
    return named or (units[0] if len(units) == 1 else "")


def _cost(ground: Ground, journey: Journey, touchpoints: tuple[str, ...], there: Condition, seen: Seen) -> Cell:
    """What was booked as cost at touchpoints, for each person who was there."""
    if not touchpoints:
        return _missing("cost", "cost_to_serve", "", _NO_TOUCHPOINT)
    (booked, currency), kinds = _costs(ground, journey), _kinds(seen.frame)
    if not kinds & set(booked.kinds or kinds):
        return _missing("cost", "cost_to_serve", "", f"no cost is recorded: no signal of {', '.join(booked.kinds)} came")
    try:
        booked = in_one_currency(booked, currency, seen.frame.timelines)
    except BadInput:
        return _missing("cost", "cost_to_serve", "", _SEVERAL)
    fold = Totals(restrict(booked, there), _presence(ground, journey, there, seen), True, "people")

    def told(confidence: float) -> Number:
        counts = ground.summarise(fold, seen.frame)
        if counts.moments.cell(seen.cell).x == 0:
            return Undefined(_NOBODY, 0, "people")
        if counts.moments.cell(seen.cell).y == 0:
            return Undefined("no cost was booked at the step's touchpoints", 0, "people")
        return estimate_cost(counts, Place(seen.cell), confidence)

    return Cell("cost", "cost_to_serve", "", _currency(currency, seen.frame), told, fold, fold)
