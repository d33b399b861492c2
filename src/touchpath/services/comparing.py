"""Compares one metric between the segments of a dimension, between roles, and between two periods, with people as the unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from touchpath.metrics.composite import CompositeMetric
from touchpath.metrics.conclude import FEW
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.time import Period, calendar_periods
from touchpath.services.compared import Compared, Contrast, How, Pair
from touchpath.services.composites import Side, common_period, draw, paired, period_sides, segment_sides, whole_spot
from touchpath.services.ground import Ground, Sides
from touchpath.services.measure import words_of
from touchpath.services.mixing import split_between
from touchpath.services.parties import LINKED, is_party, parts, told_overlap
from touchpath.services.personal_details import without_details
from touchpath.services.results import Measurement, Number
from touchpath.services.standardising import standardised
from touchpath.services.targets import Plan, Target, find_target
from touchpath.stats.contrasts import invert, people_needed, smallest_found
from touchpath.stats.intervals import Interval
from touchpath.stats.mixes import MixChange
from touchpath.stats.multiple import holm
from touchpath.timelines.cut import REST
from touchpath.timelines.fold import Who

#: More comparisons than this in one answer are refused: few of them could find anything.
MOST = 300
#: Months differ in length by up to 31 / 28.
UNEVEN = 31 / 28 + 1e-9
#: Units of numbers that are larger in a longer period.
_ADDS_UP = ("count", "per_person")
_SIZES = "a count says how large each group is, and groups differ in size by nature; compare a share or a mean of theirs"
_BOTH_SIDES = "People who are on both sides count on each as if they were others; then the difference is usually known better than told here."


def compare_segments(
    ground: Ground,
    name: str,
    subject: str,
    by: str,
    confidence: float,
    *,
    against: str = "",
    pairs: bool = False,
    period: Period | None = None,
) -> Compared:
    """A metric between the segments of a dimension: each with all the others together, with the one named, or every pair.

    By persona, role, status or link each is compared with everybody who is not in it, so that the two sides never share people. Raises
    BadInput or Missing for what cannot be compared.
    """
    target = find_target(ground.experience, name, subject, ground.zone)
    if against and pairs:
        raise BadInput("Compare every pair, or each segment with the one named; not both.")
    if isinstance(target.metric, CompositeMetric):
        _check_party(ground, by, against or pairs)
        return _composite_segments(ground, target, target.metric, subject, by, against, pairs, period, confidence)
    spoken = target.spoken_of(ground, period)
    if is_party(ground.experience, by):
        _check_party(ground, by, against or pairs)
        sides = list(_parties(ground, target, by, spoken, confidence))
        told = told_overlap(ground, by, target.unit)
        overlap = (f"{told} Each is held against everybody who is not in it.",) if told else ()
        found = _answer(ground, target, subject, "rest", by, sides, spoken, confidence, overlap)
        return _of_groups(found) or replace(
            found, mixes=standardised(ground, target, by, True, found.contrasts, spoken, confidence)
        )
    whole = target.plan(ground, by, None, spoken)
    how: How = "pairs" if pairs else "against" if against else "rest"
    sides = (
        _with_rest(ground, target, whole, by, spoken, confidence) if how == "rest" else _cells(ground, whole, against, confidence)
    )
    notes: tuple[str, ...] = (_BOTH_SIDES,) if ground.dimension(by).changes == "as_of_signal" else ()
    empty = len(whole.frame.segments) - len(_used(ground, whole, confidence))
    notes += (f"{empty} of {len(whole.frame.segments)} segments hold nothing to measure and are left out.",) if empty else ()
    found = _answer(ground, target, subject, how, by, sides, spoken, confidence, notes)
    return _of_groups(found) or replace(found, mixes=standardised(ground, target, by, False, found.contrasts, spoken, confidence))


def compare_group(ground: Ground, name: str, subject: str, group: Who, title: str, confidence: float) -> Compared:
    """A metric of some people beside that of everybody else, whom no side shares. Raises BadInput for a composite, which has no such sides."""
    target = find_target(ground.experience, name, subject, ground.zone)
    if isinstance(target.metric, CompositeMetric):
        raise BadInput(f"'{name}' is made of other metrics; look at those of its parts instead.")
    if target.unit != "person":
        raise BadInput(f"'{name}' counts each {target.unit}, so people cannot be told apart by it.")
    spoken = target.spoken_of(ground, None)
    sides = _apart(ground, target, [(title, group)], REST, spoken, confidence)
    found = _answer(ground, target, subject, "rest", "", sides, spoken, confidence, ())
    return _of_groups(found) or found


def _of_groups(found: Compared) -> Compared | None:
    """What is said where a number of groups says how large they are, and nothing else; None for all other numbers."""
    return _not_compared(found, _SIZES) if found.metric.unit == "count" else None


def compare_periods(
    ground: Ground, name: str, subject: str, first: Period, second: Period, confidence: float, by: str = ""
) -> Compared:
    """A metric in a period beside an earlier (or any other) one. Raises BadInput for periods that overlap.

    by: also within every segment of a dimension, with how much of the change of the whole came from their mix. A period that the data do not
    cover from its first day to its last, and as long after it as the metric's numbers still change, is shown and not compared.
    """
    found = _compare_periods(ground, name, subject, first, second, confidence, by)
    why = next((one for period in (first, second) if (one := uncovered(ground, period, found.maturity))), "")
    if not why and found.metric.unit in _ADDS_UP and _are_uneven(first, second):
        why = "what adds up over time is not compared over periods of different length"
    return _not_compared(found, why) if why else found


def uncovered(ground: Ground, period: Period, ripe: timedelta = timedelta()) -> str:
    """Why a period's number is not final, or not of the whole period; "" where it is.

    The day of the last signal counts as whole, so ripening that takes less than a day is not waited for.
    """
    span = ground.span()
    if span is None:
        return ""
    days = calendar_periods(span, "day", ground.zone, ground.week_start)
    title, first, last = _told(ground, period), _day(ground, span.start), _day(ground, span.end - timedelta(microseconds=1))
    if period.start < days[0].start:
        return f"{title} begins before the first signal ({first}), so its number is not of the whole period"
    if period.end > days[-1].end:
        return f"{title} is not over: the last signal is of {last}, and a part of a period is not compared with a whole one"
    if ripe >= timedelta(days=1) and period.end + ripe > days[-1].end:
        return f"{title} may still change until {_day(ground, period.end + ripe)}, and the last signal is of {last}"
    return ""


def _not_compared(found: Compared, why: str) -> Compared:
    none = Undefined(why)
    contrasts = tuple(
        Contrast(one.before_title, one.after_title, one.before, one.after, none, segment=one.segment) for one in found.contrasts
    )
    return replace(found, contrasts=contrasts, mix=none if found.mix is not None else None, mixes=())


def _compare_periods(
    ground: Ground, name: str, subject: str, first: Period, second: Period, confidence: float, by: str
) -> Compared:
    target = find_target(ground.experience, name, subject, ground.zone)
    divided, places = between(ground, first, second)
    span = Period(min(first.start, second.start), max(first.end, second.end))
    if isinstance(target.metric, CompositeMetric):
        pairs = period_sides(divided, target.metric, by, span, places, (_told(ground, first), _told(ground, second)))
        uneven = tuple(_uneven(first, second))
        return _of_composite(ground, target, target.metric, subject, "periods", by, pairs, span, confidence, uneven)
    plan = target.plan(divided, "", None, span)
    if len(plan.frame.periods) != len(divided.sides.periods):
        raise BadInput(f"'{name}' is told for calendar periods of its own, so two others cannot be compared.")
    titles = _told(ground, first), _told(ground, second)
    sides = [_pair(divided, plan, *places, *titles, confidence)]
    notes = (_BOTH_SIDES, *_uneven(first, second))
    if not by:
        return _answer(ground, target, subject, "periods", "", sides, span, confidence, notes)
    if is_party(ground.experience, by):
        sides += _within_parties(divided, target, by, span, places, titles, confidence)
        told = told_overlap(ground, by, target.unit)
        notes += (f"{told} So the change has no split by {by}.",) if told else ()
        return _answer(ground, target, subject, "periods", by, sides, span, confidence, notes)
    mix = split_between(ground, target, by, first, second, confidence)
    sides += _within(divided, target.plan(divided, by, None, span), places, titles, confidence)
    notes += (f"No split of the change: {mix.reason}.",) if isinstance(mix, Undefined) else ()
    return replace(_answer(ground, target, subject, "periods", by, sides, span, confidence, notes), mix=mix)


def _are_uneven(first: Period, second: Period) -> bool:
    lengths = [one.end - one.start for one in (first, second)]
    return max(lengths) > UNEVEN * min(lengths)


def _uneven(first: Period, second: Period) -> Iterator[str]:
    """A note where one period is longer than the other by more than months are."""
    days = [(one.end - one.start) / timedelta(days=1) for one in (first, second)]
    if max(days) > UNEVEN * min(days):
        yield (
            f"The periods are of {days[0]:.3g} and {days[1]:.3g} days: what adds up over time, such as counts of people or what each of "
            "them did, is more in the longer one."
        )


def _within(ground: Ground, plan: Plan, places: tuple[int, int], titles: tuple[str, str], confidence: float) -> Iterator[Pair]:
    """The change within every segment in which there is anything at one of the times."""
    for at, segment in enumerate(plan.frame.segments):
        before, after = (plan.frame.cell(place, at) for place in places)
        pair = _pair(ground, plan, before, after, *titles, confidence)
        if pair.before.n or pair.after.n:
            yield replace(pair, segment=segment)


def _within_parties(
    ground: Ground, target: Target, by: str, span: Period, places: tuple[int, int], titles: tuple[str, str], confidence: float
) -> Iterator[Pair]:
    """The change within every persona, role, status or kind of link; they may overlap."""
    found = list(parts(ground, by, target.unit, span))
    whole = target.plan(ground, "", None, span)
    for (title, _), plan in zip(found, whole.of_each(ground, [who for _, who in found]), strict=True):
        pair = _pair(ground, plan, *places, *titles, confidence)
        if pair.before.n or pair.after.n:
            yield replace(pair, segment=title)


def between(ground: Ground, first: Period, second: Period) -> tuple[Ground, tuple[int, int]]:
    """A ground that is divided into two periods and what lies between them, and the places of the two."""
    early, late = sorted((first, second))
    if early.end > late.start:
        raise BadInput(f"The periods overlap, {first} and {second}; give two of which one ends before the other starts.")
    gap = (Period(early.end, late.start),) if early.end < late.start else ()
    periods = (early, *gap, late)
    return ground.divided(Sides(periods=periods)), (periods.index(first), periods.index(second))


def with_mix(ground: Ground, measured: Measurement, by: str, confidence: float) -> Measurement:
    """A metric cut by period and by segment, with the split of its last change, where it has one."""
    whole = sorted({one.period for one in measured.readings if one.complete and one.period})[1:]
    if not by or len(whole) < 2 or measured.parts or is_party(ground.experience, by):
        return measured
    target = find_target(ground.experience, measured.metric.id, measured.subject, ground.zone)
    mix = split_between(ground, target, by, whole[-2], whole[-1], confidence)
    return replace(measured, mix=mix if isinstance(mix, MixChange) else None)


def _check_party(ground: Ground, by: str, chosen: object) -> None:
    if chosen and is_party(ground.experience, by):
        raise BadInput(f"By '{by}' each part is compared with everybody else, as people may be in several; leave the rest out.")


def _composite_segments(
    ground: Ground,
    target: Target,
    metric: CompositeMetric,
    subject: str,
    by: str,
    against: str,
    pairs: bool,
    period: Period | None,
    confidence: float,
) -> Compared:
    how: How = "pairs" if pairs else "against" if against else "rest"
    spoken = period or common_period(ground, metric)
    sides = segment_sides(ground, metric, by, how, against, spoken)
    if len(sides) > MOST:
        raise BadInput(
            f"That makes {len(sides):,} comparisons; the most is {MOST}. Compare each with the rest, or with one of them."
        )
    told = told_overlap(ground, by, "person") if is_party(ground.experience, by) else ""
    return _of_composite(ground, target, metric, subject, how, by, sides, spoken, confidence, (told,) if told else ())


def _of_composite(
    ground: Ground,
    target: Target,
    metric: CompositeMetric,
    subject: str,
    how: How,
    by: str,
    sides: Sequence[Side],
    period: Period | None,
    confidence: float,
    notes: tuple[str, ...],
) -> Compared:
    whole = whole_spot(ground, metric, period)
    frame = whole[0][0].frame
    total = draw(ground, metric, [whole]).number(0, confidence)
    found = judged(paired(ground, metric, sides, confidence), total, metric.minimum_n, confidence, metric.worthwhile)
    ripe = max(plan.ripe for plan, _ in whole)
    version = frame.timelines.data_version
    return Compared(words_of(metric), target.about, how, by, total, found, confidence, frame.span, version, subject, notes, ripe)


def _told(ground: Ground, period: Period) -> str:
    return f"{_day(ground, period.start)} to {_day(ground, period.end)}"


def _day(ground: Ground, at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(ground.zone)):%Y-%m-%d}"


def _pair(ground: Ground, plan: Plan, before: int, after: int, before_title: str, after_title: str, confidence: float) -> Pair:
    """Two cells of one plan, by the metric's own comparison."""

    segments = len(plan.frame.segments)
    apart = before // segments != after // segments

    def compare(sure: float) -> Comparison | Undefined:
        return Undefined(plan.uneven) if plan.uneven and apart else plan.compare(plan.summary(ground), before, after, sure)

    first, second = (plan.number(ground, cell, confidence) for cell in (before, after))
    return Pair(before_title, after_title, first, second, compare)


def _used(ground: Ground, plan: Plan, confidence: float) -> list[int]:
    """The segments, by position, in which there is anything to measure."""
    return [place for place in range(len(plan.frame.segments)) if plan.number(ground, place, confidence).n]


def _cells(ground: Ground, plan: Plan, against: str, confidence: float) -> list[Pair]:
    """Every pair of segments, or each with the one named."""
    titles, used = plan.frame.segments, _used(ground, plan, confidence)
    if against and against not in titles:
        raise Missing(unknown("segment", against, without_details(titles, ground.detectors)))
    places = (
        [(titles.index(against), place) for place in used if titles[place] != against] if against else list(combinations(used, 2))
    )
    if len(places) > MOST:
        raise BadInput(
            f"{len(used)} segments make {len(places):,} pairs; the most is {MOST}. Compare each with the rest, or with one of them."
        )
    return [_pair(ground, plan, one, other, titles[one], titles[other], confidence) for one, other in places]


def _with_rest(ground: Ground, target: Target, whole: Plan, by: str, period: Period | None, confidence: float) -> list[Pair]:
    """Each segment with all the others together, whose people count once however many segments they are in."""
    titles = [whole.frame.segments[place] for place in _used(ground, whole, confidence)]
    if len(titles) < 3:  # The rest of one is the other, so there is only one comparison.
        return _cells(ground, whole, "", confidence)
    grounds = [ground.divided(Sides(apart=(title,))) for title in titles]
    plans = [target.plan(one, by, None, period) for one in grounds]
    ground.read_ahead((plan.fold, plan.frame) for plan in plans if not plan.who)
    return [_pair(ground, plan, 1, 0, REST, title, confidence) for title, plan in zip(titles, plans, strict=True)]


def _parties(ground: Ground, target: Target, by: str, period: Period | None, confidence: float) -> Iterator[Pair]:
    """Each persona, role, status or kind of link with everybody else; two sides of different people."""
    found = list(parts(ground, by, target.unit, period))
    shown = found[:1] if by == LINKED else found
    rest = found[1][0] if by == LINKED else REST
    yield from _apart(ground, target, [(title, who) for title, who in shown], rest, period, confidence)


def _apart(
    ground: Ground, target: Target, groups: Sequence[tuple[str, Who]], rest: str, period: Period | None, confidence: float
) -> list[Pair]:
    """Some people with everybody else, by the metric's own comparison: a frame is divided into the two, as into segments."""
    plans = [target.plan(ground.divided(Sides(inside=(who, title))), "", None, period) for title, who in groups]
    ground.read_ahead((plan.fold, plan.frame) for plan in plans if not plan.who)
    return [_pair(ground, plan, 1, 0, rest, title, confidence) for (title, _), plan in zip(groups, plans, strict=True)]


def _answer(
    ground: Ground,
    target: Target,
    subject: str,
    how: How,
    by: str,
    sides: Sequence[Pair],
    period: Period | None,
    confidence: float,
    notes: tuple[str, ...],
) -> Compared:
    whole = target.plan(ground, "", None, period)
    total = whole.number(ground, len(whole.frame.periods) - 1, confidence)
    metric: Any = target.metric
    found = judged(sides, total, metric.minimum_n, confidence, metric.worthwhile)
    frame = whole.frame
    version = frame.timelines.data_version
    return Compared(
        words_of(metric), target.about, how, by, total, found, confidence, frame.span, version, subject, notes, whole.ripe
    )


def judged(
    sides: Sequence[Pair], total: Number, minimum_n: int, confidence: float, worthwhile: float | None = None
) -> tuple[Contrast, ...]:
    """Every pair with its difference, or the reason why there is none; p-values corrected for all that could be compared (Holm).

    worthwhile: for whose finding people are planned where a side is too small, see `people_needed`.
    """
    least, plain = max(minimum_n, FEW), 1 - confidence
    found = [_refused(pair, total, least, plain, worthwhile) or pair.compare(confidence) for pair in sides]
    ps = [invert(pair.compare) if isinstance(one, Comparison) else None for pair, one in zip(sides, found, strict=True)]
    tested = [place for place, p in enumerate(ps) if p is not None]
    corrected = dict(zip(tested, holm([p for p in ps if p is not None]), strict=True))
    alpha = plain / max(len(tested), 1)
    return tuple(
        _contrast(pair, one, p, corrected.get(place), alpha)
        for place, (pair, one, p) in enumerate(zip(sides, found, ps, strict=True))
    )


def _contrast(pair: Pair, found: Comparison | Undefined, p: float | None, p_family: float | None, alpha: float) -> Contrast:
    sides = (pair.before_title, pair.after_title, pair.before, pair.after)
    if not isinstance(found, Comparison):
        return Contrast(*sides, found, segment=pair.segment)
    wide = pair.compare(1 - alpha)
    together = Interval(wide.low, wide.high) if isinstance(wide, Comparison) else None
    return Contrast(*sides, found, p, p_family, together, smallest_found(found, pair.before.n, pair.after.n, alpha), pair.segment)


def _refused(pair: Pair, total: Number, least: int, alpha: float, worthwhile: float | None) -> Undefined | None:
    """Why two sides are too small to be compared, and how many would do; None when they are not."""
    for title, number in ((pair.after_title, pair.after), (pair.before_title, pair.before)):
        n, unit, needed = number.n, number.n_unit, least
        if n >= least and number.group < FEW:  # however often a few people tried
            n, unit, needed = number.group, "people", FEW
        if n < needed:
            told = f"{pair.segment}, {title}" if pair.segment else title
            why = f"{told}: {n} {unit}, and a comparison needs {needed} on each side{_plan(total, alpha, worthwhile)}"
            return Undefined(why, number.n, number.n_unit, people=number.people)
    return None


def _plan(total: Number, alpha: float, worthwhile: float | None) -> str:
    if not isinstance(total, Estimate) or total.n < FEW:
        return ""
    n, step = people_needed(total, alpha, worthwhile)
    return f"; about {n:,} on each side would find a difference of {step} in four of five cases"
