"""Splits the change of a metric between two periods into change within segments and change of their mix, with people as the unit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from touchpath.metrics.conclude import FEW
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.ground import Ground, Sides
from touchpath.services.parties import is_party
from touchpath.services.results import Number
from touchpath.services.targets import Plan, Target
from touchpath.stats.mixes import MixChange, Segment, judge_mix, split_change
from touchpath.timelines.fold import Who
from touchpath.timelines.who import InGroup, Otherwise

#: People fall into so many groups, of which one at a time is left out.
GROUPS = 20
#: How far the segments' mean may lie from the whole, relative to it, by rounding alone.
ROUNDING = 1e-9


def split_between(
    ground: Ground, target: Target, by: str, first: Period, second: Period, confidence: float
) -> MixChange | Undefined:
    """How much of a metric's change between two periods came within the segments of a dimension, and how much from their mix.

    Segments with fewer than five at one of the times are taken together. Undefined, with the reason, for metrics that are no mean over
    segments (medians, rates of another kind), where somebody counts in several segments at once, and for too few people.
    """
    if is_party(ground.experience, by):
        raise BadInput(f"A mix is that of the segments of a dimension; by '{by}' people may be in several or change sides.")
    early, late = sorted((first, second))
    gap = (Period(early.end, late.start),) if early.end < late.start else ()
    periods, span = (early, *gap, late), Period(early.start, late.end)
    places = periods.index(first), periods.index(second)
    full = ground.divided(Sides(periods))
    plan = target.plan(full, by, None, span)
    if plan.uneven:
        return Undefined(plan.uneven)
    cells = _cells(plan, places)
    large = [place for place in range(len(plan.frame.segments)) if all(_is_large(plan, full, cell[place]) for cell in cells)]
    if len(large) < 2:
        return Undefined(f"fewer than two segments of '{by}' have {FEW} or more at both times")
    if len(large) < len(plan.frame.segments):
        full = ground.divided(Sides(periods, tuple(plan.frame.segments[place] for place in large)))
        plan = target.plan(full, by, None, span)
        cells = _cells(plan, places)
    return _judged(full, plan, cells, target.plan(ground.divided(Sides(periods)), "", None, span), places, confidence)


def _cells(plan: Plan, periods: tuple[int, int]) -> tuple[Sequence[int], Sequence[int]]:
    """The cells of all segments, in the first and in the second period."""
    first, second = ([plan.frame.cell(period, at) for at in range(len(plan.frame.segments))] for period in periods)
    return first, second


def _is_large(plan: Plan, ground: Ground, cell: int) -> bool:
    number = plan.number(ground, cell, 0.95)
    return isinstance(number, Estimate) and number.n >= FEW


def _judged(
    ground: Ground,
    plan: Plan,
    cells: tuple[Sequence[int], Sequence[int]],
    whole: Plan,
    periods: tuple[int, int],
    confidence: float,
) -> MixChange | Undefined:
    """plan: by segment; whole: the same of everybody, with the places of the two periods in it."""
    found = _segments(plan, plan.summary(ground), cells)
    if isinstance(found, Undefined):
        return found
    groups = _by_group(ground, plan)
    some = _segments(plan, sum_of(groups[1:]), cells)
    # Medians may happen to be their segments' mean, but seldom also without some of the people.
    summaries = (_summary(ground, whole), found), (_summary(ground, whole, Otherwise(InGroup(0, GROUPS))), some)
    if not all(_adds_up(segments, [whole.estimate(summary, at, 0.95) for at in periods]) for summary, segments in summaries):
        return Undefined("this number is no mean of its segments, so its change has no split")
    without = []
    for summary in _without_each(plan, groups, cells):
        others = _segments(plan, summary, cells)
        if isinstance(others, Undefined):
            return Undefined(f"without some of the people {others.reason}, so nobody knows how sure the split is")
        without.append(split_change(others))
    title, unit = ground.dimension(plan.frame.dimensions[0]).title, plan.metric.unit
    return judge_mix(title, split_change(found), without, unit, confidence)


def _summary(ground: Ground, plan: Plan, *who: Who) -> Any:
    return ground.engine.summarise(plan.fold, plan.frame.timelines, plan.frame.cut, (*ground.who, *plan.who, *who))


def _segments(plan: Plan, summary: Any, cells: tuple[Sequence[int], Sequence[int]]) -> list[Segment] | Undefined:
    """Every segment at both times; Undefined where one has people but no number, or nobody is there at all at one of the times."""
    segments = []
    for title, *both in zip(plan.frame.segments, *cells, strict=True):
        numbers = [plan.estimate(summary, cell, 0.95) for cell in both]
        lacking = next((one for one in numbers if isinstance(one, Undefined) and one.n), None)
        if lacking is not None:
            return Undefined(f"segment '{title}' has no number: {lacking.reason}", lacking.n, lacking.n_unit)
        told: list[Any] = [
            part for one in numbers for part in (one.n, one.value if isinstance(one, Estimate) and one.n else None)
        ]
        segments.append(Segment(title, *told))
    if not all(any(getattr(one, side) for one in segments) for side in ("n_before", "n_after")):
        return Undefined("nobody is left in one of the periods")
    return segments


def _adds_up(segments: Sequence[Segment] | Undefined, whole: Sequence[Number]) -> bool:
    """Whether the whole is the mean of the segments at both times, everybody counted once."""
    if isinstance(segments, Undefined):
        return False
    for number, (n, value) in zip(whole, (("n_before", "before"), ("n_after", "after")), strict=True):
        counts = [getattr(one, n) for one in segments]
        if not isinstance(number, Estimate) or sum(counts) != number.n:
            return False
        mean = math.fsum(count * getattr(one, value) for count, one in zip(counts, segments, strict=True) if count) / number.n
        if abs(mean - number.value) > ROUNDING * max(1.0, abs(number.value)):
            return False
    return True


def _by_group(ground: Ground, plan: Plan) -> list[Any]:
    """The summary of each group of people, read together."""
    return [one.summary(ground) for one in plan.of_each(ground, [InGroup(group, GROUPS) for group in range(GROUPS)])]


def _without_each(plan: Plan, groups: Sequence[Any], cells: tuple[Sequence[int], Sequence[int]]) -> Iterator[Any]:
    """The summary without each group of people in turn; groups in which nobody counts are left out."""
    used = [one for one in groups if any(plan.estimate(one, cell, 0.95).n for side in cells for cell in side)]
    for left in range(len(used) if len(used) > 1 else 0):
        yield sum_of([other for place, other in enumerate(used) if place != left])


def sum_of(summaries: Sequence[Any]) -> Any:
    """All of them, added up."""
    total = summaries[0]
    for one in summaries[1:]:
        total = total + one
    return total
