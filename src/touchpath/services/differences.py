"""Whether what somebody asks for differs from what they may ask as well by a few people, who could be told by taking one from the other.

Without a memory of who asked what: each request is held against the whole, against itself with any of its filters left out, and against
itself with one more or one less of the calendar unit that its period is made of. docs/decisions/0017-small-groups.md says what that
leaves open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, combinations
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import NotAllowed, TouchpathError
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import Grain, Period, calendar_periods
from touchpath.services import measure
from touchpath.services.ground import Ground
from touchpath.services.queries.ask import held_by, prepare
from touchpath.services.queries.by_parts import by_parts, everybody
from touchpath.services.queries.query import each_cell
from touchpath.services.queries.reading import Asked, Chosen
from touchpath.services.queries.undeclared import join_undeclared
from touchpath.services.queries.volume import VolumeQuery
from touchpath.timelines.fold import Fold, Selection
from touchpath.timelines.only import OnlySignals
from touchpath.timelines.volume import MOST_RULES, VolumeCounts

#: With more filters there are too many ways to leave some of them out.
MOST_FILTERS = 4

#: How far around the edge of a period is looked for the next unit in which anybody is counted.
_AROUND: dict[Grain, timedelta] = {
    "day": timedelta(days=14),
    "week": timedelta(days=98),
    "month": timedelta(days=366),
    "quarter": timedelta(days=1_100),
    "year": timedelta(days=3_660),
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """Who is counted in each calendar unit and segment, in one or several ways. people: (units, segments, ways)."""

    segments: tuple[str, ...]
    people: NDArray[np.int64]


#: A period, by its start and end, and a segment.
Spot = tuple[Any, Any, Any]
CountBy = Callable[[Period, Grain], Sizes]


def check_asked(ground: Ground, asked: Asked, least: int) -> frozenset[str]:
    """Segments that are not to be shown in the answer; raises NotAllowed for a query that is not to be answered at all.

    It is not where it picks people by id, or differs by few from what its filters or the edges of its period leave out. Few are 1 to
    least - 1 people of those with a signal of any one rule that the query reads: each of them could be a group in its answer. A query that
    is cut loses the segments in which the edges of its period leave out few.
    """
    if least <= 1:
        return frozenset()
    if parts := by_parts(ground.experience, asked):
        check_asked(ground, everybody(ground.experience, asked), least)
        return frozenset(title for title, part in parts if not _may_be_asked(ground, part, least))
    for chosen in asked.who:
        _check_chosen(ground, chosen, asked.unit, least)
    rules = tuple(dict.fromkeys(asked.query.rules(ground.experience))) or (EventRule(()),)
    join_undeclared(ground, asked)
    _check_filters(ground, asked, rules, least)
    if asked.period is None:
        return frozenset()
    # With a grain whole units of the calendar are counted.
    period = whole_units(ground, asked.period, asked.grain) if asked.grain else asked.period
    return check_edges(ground, period, lambda one, unit: _met(ground, asked, rules, one, unit), least)


def _may_be_asked(ground: Ground, asked: Asked, least: int) -> bool:
    try:
        return not check_asked(ground, asked, least)
    except NotAllowed:
        return False


def whole_units(ground: Ground, period: Period, grain: Grain) -> Period:
    """The units of the calendar that a period touches; parts of a day could tell single people apart."""
    units = calendar_periods(period, grain, ground.zone, ground.week_start)
    return Period(units[0].start, units[-1].end)


def people_by_cell(ground: Ground, asked: Asked) -> dict[Spot, int]:
    """How many people do any of what a query reads, in each of its periods and segments."""
    if parts := by_parts(ground.experience, asked):
        each = ((title, people_by_cell(ground, part)) for title, part in parts)
        return {(start, end, title): n for title, found in each for (start, end, _), n in found.items()}
    rules, found = tuple(dict.fromkeys(asked.query.rules(ground.experience))), dict[Spot, int]()
    join_undeclared(ground, asked)
    for some in _batches(rules or (EventRule(()),)):
        ready = prepare(ground, replace(asked, query=VolumeQuery(some, some)))
        frame = ready.frame
        summary = ground.engine.summarise(cast(Fold[VolumeCounts], ready.fold), frame.timelines, frame.cut, ready.who)
        for cell, (start, end, segment) in each_cell(frame):
            where = (start, end, segment)
            found[where] = max(found.get(where, 0), int(summary.base[cell]))
    return found


def check_measured(
    ground: Ground, metric: str, subject: str, by: str, grain: Grain | None, period: Period | None, confidence: float, least: int
) -> frozenset[str]:
    """Segments of a measurement that are not to be shown, for the edges of its period; raises NotAllowed where that is everybody.

    Who is counted by a unit of the calendar are the measurement's own people; where it cannot be measured by it, whoever did anything.
    """
    if period is None or least <= 1:
        return frozenset()
    if by:  # The total is shown beside the segments.
        check_measured(ground, metric, subject, "", grain, period, confidence, least)

    def count(around: Period, unit: Grain) -> Sizes:
        try:
            readings = measure.measure(ground, metric, subject, by, unit, around, confidence).readings
        except TouchpathError:
            return _met(ground, Asked(VolumeQuery((EventRule(()),))), (EventRule(()),), around, unit)
        units = [one.start for one in calendar_periods(around, unit, ground.zone, ground.week_start)]
        segments = tuple(dict.fromkeys(reading.segment for reading in readings))
        people = np.zeros((len(units), len(segments), 1), np.int64)
        for reading in readings:
            if reading.period is not None and reading.period.start in units:
                people[units.index(reading.period.start), segments.index(reading.segment)] = reading.number.group
        return Sizes(segments, people)

    return check_edges(ground, whole_units(ground, period, grain) if grain else period, count, least)


def check_rules(
    ground: Ground, rules: Sequence[EventRule], period: Period | None, by: str, segment: str, least: int
) -> frozenset[str]:
    """The same for numbers of everybody that read these rules, of all segments of a dimension, or of one."""
    who = (Chosen(dimension=by, value=segment),) if segment else ()
    query = VolumeQuery(tuple(rules) or (EventRule(()),))
    return check_asked(ground, Asked(query, period=period, by=(by,) if by and not segment else (), who=who), least)


def check_selection(ground: Ground, who: Selection, least: int) -> None:
    """Raise NotAllowed where people that were picked before, or all others, are few."""
    everybody = sum(shard.people - int(np.count_nonzero(shard.skip)) for shard in ground.open(who.unit).shards)
    if any(0 < count < least for count in (len(who.keys), everybody - len(who.keys))):
        raise _few("the people picked", least)


def check_edges(ground: Ground, period: Period, count: CountBy, least: int) -> frozenset[str]:
    """Segments with few people in the unit of the calendar on either side of an edge of a period; raises NotAllowed where that is everybody.

    The period is of whole days, and the unit the largest on whose borders both edges lie. An edge before or after all
    signals cuts nobody off. On each side it is the next unit in which anybody is counted, within a year or so.
    """
    span = ground.span()
    if span is None:
        return frozenset()
    edges = [edge for edge in (period.start, period.end) if span.start < edge < span.end]
    unit, few = _unit(ground, edges), set[str]()
    for edge in edges:
        around = Period(edge - _AROUND[unit], edge + _AROUND[unit])
        units = calendar_periods(around, unit, ground.zone, ground.week_start)
        before = next(number for number, one in enumerate(units) if one.start == edge)
        sizes = count(Period(units[0].start, units[-1].end), unit)
        for place, segment in enumerate(sizes.segments):
            sides = (sizes.people[:before, place][::-1], sizes.people[before:, place])
            if not any(_first_is_few(side, least) for side in sides):
                continue
            if len(sizes.segments) == 1:
                raise NotAllowed(
                    f"hidden: in the {unit} before or after {edge.astimezone(ZoneInfo(ground.zone)).date()} fewer than {least} people are "
                    f"counted, who could be told by asking with that {unit} and without. Ask for longer units of the calendar, or for "
                    "another period."
                )
            few.add(segment)
    return frozenset(few)


def _first_is_few(side: NDArray[np.int64], least: int) -> bool:
    """Whether few are counted in the first unit in which anybody is, in any way of counting. side: (units, ways)."""
    nearest = (way[np.flatnonzero(way)[0]] for way in side.T if way.any())
    return any(0 < one < least for one in nearest)


def _unit(ground: Ground, edges: Sequence[datetime]) -> Grain:
    """The largest unit of the calendar on whose borders all edges lie, or days."""

    def begins(edge: datetime, grain: Grain) -> bool:
        (around,) = calendar_periods(Period(edge, edge + timedelta(microseconds=1)), grain, ground.zone, ground.week_start)
        return around.start == edge

    largest_first = sorted(_AROUND, key=lambda one: _AROUND[one], reverse=True)
    return next((grain for grain in largest_first if all(begins(edge, grain) for edge in edges)), "day")


def _few(who: str, least: int) -> NotAllowed:
    return NotAllowed(
        f"hidden: {who}, or those left out, are a group of fewer than {least} people, who could be told by asking with and without. "
        "Ask for a larger group, or somebody who may see single people."
    )


def _check_chosen(ground: Ground, chosen: Chosen, unit: str, least: int) -> None:
    if chosen.ids:
        raise NotAllowed("hidden: people can be picked by their ids only by those who may see single people.")
    if chosen.people is not None:
        check_asked(ground, chosen.people, least)
    if (did := chosen.did) is not None and chosen.period is not None:
        if chosen.period != whole_units(ground, chosen.period, "day"):
            raise NotAllowed(
                f"hidden: a filter of people looks at whole days in {ground.zone}. With parts of a day single people are told apart."
            )
        asked = Asked(VolumeQuery((did,)), unit)
        check_edges(ground, chosen.period, lambda period, grain: _met(ground, asked, (did,), period, grain), least)


def _check_filters(ground: Ground, asked: Asked, rules: Sequence[EventRule], least: int) -> None:
    """Leave out filters in every way there is, and see who comes in."""
    filters: tuple[Chosen | Condition, ...] = (*asked.who, *asked.where, *asked.as_of)
    if not filters:
        return
    if len(filters) > MOST_FILTERS:
        raise NotAllowed(
            f"hidden: with more than {MOST_FILTERS} filters nobody can say any more whom they leave out, but {len(filters)} came. "
            "Ask with fewer."
        )
    for out in chain.from_iterable(combinations(range(len(filters)), size) for size in range(1, len(filters) + 1)):
        more = _let_in(ground, asked, rules, [filters[number] for number in out])
        if ((more > 0) & (more < least)).any():
            raise _few("the people asked about", least)


def _let_in(ground: Ground, asked: Asked, rules: Sequence[EventRule], out: Sequence[Chosen | Condition]) -> NDArray[np.int64]:
    """People who come in, or of whom more is read, when filters are left out; by rule.

    Those who fail a filter of people come in; of the others those have more signals of whom one fails a condition.
    """
    wider = replace(
        asked,
        where=tuple(one for one in asked.where if one not in out),
        as_of=tuple(one for one in asked.as_of if one not in out),
    )
    others = replace(wider, who=tuple(one for one in asked.who if one not in out))
    more = _met(ground, others, rules).people - _met(ground, wider, rules).people
    failed = replace(
        asked, where=tuple(one for one in asked.where if one in out), as_of=tuple(one for one in asked.as_of if one in out)
    )
    return more + _met(ground, wider, rules, failing=failed).people if failed.where or failed.as_of else more


def _met(
    ground: Ground,
    asked: Asked,
    rules: Sequence[EventRule],
    period: Period | None = None,
    grain: Grain | None = None,
    failing: Asked | None = None,
) -> Sizes:
    """People with a signal that meets each rule, cut and filtered as a query is. failing: only signals that fail its conditions."""
    found: list[NDArray[np.int64]] = []
    segments: tuple[str, ...] = ("",)
    for some in _batches(rules):
        one = replace(asked, query=VolumeQuery(some), grain=grain or asked.grain, period=period or asked.period)
        ready = prepare(ground, one)
        fold: Fold[Any] = ready.fold
        if failing is not None:
            fold = OnlySignals(EventRule((), failing.where), fold, held_by(ground, failing), failing=True)
        summary = ground.engine.summarise(fold, ready.frame.timelines, ready.frame.cut, ready.who)
        segments = ready.frame.segments
        found.append(summary.people.reshape(len(ready.frame.periods), len(segments), len(some)))
    return Sizes(segments, np.concatenate(found, axis=2))


def _batches(rules: Sequence[EventRule]) -> Iterator[tuple[EventRule, ...]]:
    for start in range(0, len(rules), MOST_RULES):
        yield tuple(rules[start : start + MOST_RULES])
