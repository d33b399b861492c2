"""What a change at a known day did to a metric: a series before and after it, or units with the change beside units without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from touchpath.metrics.composite import CompositeMetric
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.effect_found import EffectAsked, EffectFound, Point
from touchpath.services.evidence import SERIES, SERIES_BESIDE, UNITS, Evidence
from touchpath.services.ground import MOST_PERIODS, Ground, Sides
from touchpath.services.measure import words_of
from touchpath.services.parties import is_party
from touchpath.services.periods_around import periods_around
from touchpath.services.personal_details import without_details
from touchpath.services.targets import Plan, Target, find_target
from touchpath.stats.few_clusters import LEAST, ONE_SIDE
from touchpath.stats.interruptions import LEAST_SIDE, Interruption, judge_interruption
from touchpath.stats.treated_units import Effect, estimate_effect
from touchpath.timelines.cut import NONE, OTHER

#: What may repeat, in periods; weeks of a year would need two years before the change.
_SEASONS = {"day": 7, "month": 12, "quarter": 4}
#: Resampling has to give the same answer to the same question.
SEED = 20240601
Floats = NDArray[np.float64]
_ALIKE = "Each period counts alike, however many people stand behind it."
_SAME_PEOPLE = "Signals, not people, belong to these units, so somebody may be in several and in both groups."


def judge_change(ground: Ground, asked: EffectAsked, period: Period | None, confidence: float) -> EffectFound:
    """The effect of a change, with the strength of the evidence in words.

    Periods are counted from the day of the change on, both ways; those that are not over yet do not count. Raises Missing for unknown
    metrics, dimensions and segments, and BadInput for metrics of calendar periods of their own, for parts that overlap as units, and for a
    day outside the data.
    """
    target = find_target(ground.experience, asked.metric, asked.subject, ground.zone)
    if isinstance(target.metric, CompositeMetric):
        raise BadInput(f"'{asked.metric}' is made of parts; judge one: {', '.join(one.metric for one in target.metric.parts)}.")
    if is_party(ground.experience, asked.by):
        raise BadInput(f"Units must not overlap, but people may be in several parts by '{asked.by}'. Take a dimension.")
    span = ground.span()
    if span is None:
        raise Missing("There are no signals yet. Import some: touchpath import FILE --map MAPPING.yaml")
    within = period or span
    if not within.start < asked.since < within.end:
        raise BadInput(f"The change of {_day(asked.since, ground.zone)} is not between the first and the last signal asked for.")
    periods, first = periods_around(within, asked.since, asked.every, ground.zone, MOST_PERIODS)
    if not 0 < first < len(periods):
        raise BadInput(
            f"No whole {asked.every} lies {'after' if first else 'before'} {_day(asked.since, ground.zone)}; take a shorter one."
        )
    cut = ground.divided(Sides(periods=periods))
    plan = target.plan(cut, asked.by, None, Period(periods[0].start, periods[-1].end))
    if len(plan.frame.periods) != len(periods):
        raise BadInput(f"'{asked.metric}' is told for calendar periods of its own, so periods around a day cannot be.")
    if plan.uneven:
        raise BadInput(f"'{asked.metric}' cannot be judged over time: {plan.uneven}.")
    whole = len([*takewhile(lambda one: plan.complete(one), periods)])
    table = _table(cut, plan, whole, confidence)
    if asked.by:
        found = _of_units(ground, asked, plan, table, first, confidence)
    else:
        found = _of_series(asked, plan, table[:, 0], first, confidence)
    return _named(found, target, asked, ground, plan, confidence)


@dataclass(frozen=True, slots=True)
class _Judged:
    evidence: Evidence
    found: Interruption | Effect | Undefined
    points: tuple[Point, ...]
    first: int
    treated: tuple[str, ...] = ()
    units: int = 0
    gaps: tuple[str, ...] = ()
    dropped: int = 0
    smallest: int = 0
    notes: tuple[str, ...] = ()


def _table(ground: Ground, plan: Plan, whole: int, confidence: float) -> NDArray[np.object_]:
    """The numbers of whole periods: (periods, segments)."""
    segments = len(plan.frame.segments)
    table = np.empty((whole, segments), np.object_)
    for place in range(whole):
        for at in range(segments):
            table[place, at] = plan.number(ground, plan.frame.cell(place, at), confidence)
    return table


def _values(numbers: NDArray[np.object_]) -> Floats:
    """The values, NaN where there is no number."""
    flat = [one.value if isinstance(one, Estimate) else np.nan for one in numbers.ravel()]
    return np.asarray(flat, np.float64).reshape(numbers.shape)


def _smallest(numbers: NDArray[np.object_]) -> int:
    return min((one.group for one in numbers.ravel() if one.n), default=0)


def _of_series(asked: EffectAsked, plan: Plan, numbers: NDArray[np.object_], first: int, confidence: float) -> _Judged:
    values = _values(numbers)
    low, high = _run(values, first)
    points = tuple(
        Point(plan.frame.periods[at], one.value, None, one.low, one.high, one.n)
        for at, one in enumerate(numbers)
        if low <= at < high and isinstance(one, Estimate)
    )
    found = _interruption(values[low:high].tolist(), first - low, asked, confidence)
    dropped = int(np.isfinite(values).sum()) - (high - low)
    return _Judged(
        SERIES, found, points, first - low, dropped=dropped, smallest=_smallest(numbers), notes=_series_notes(asked, found)
    )


def _run(values: Floats, first: int) -> tuple[int, int]:
    """The longest stretch without a gap that reaches the change from both sides; empty where it does not."""
    known = np.isfinite(values)
    low, high = first, first
    while low > 0 and known[low - 1]:
        low -= 1
    while high < values.size and known[high]:
        high += 1
    return low, high


def _interruption(series: Sequence[float], first: int, asked: EffectAsked, confidence: float) -> Interruption | Undefined:
    after = len(series) - first
    if min(first, after) < LEAST_SIDE:
        finer = "" if asked.every == "day" else ", or shorter periods"
        return Undefined(
            f"{first} whole {asked.every}s without a gap before the change and {after} from it on, and each side needs {LEAST_SIDE}; "
            f"more time would do{finer}",
            len(series),
            f"{asked.every}s",
        )
    if len(set(series)) == 1:
        return Undefined(
            "all periods have the same number, so nothing tells a change from chance", len(series), f"{asked.every}s"
        )
    try:
        at = sorted({first + 1, (first + 1 + len(series)) // 2, len(series)})
        return judge_interruption(series, first + 1, at=at, period=_SEASONS.get(asked.every), confidence=confidence)
    except BadInput as fault:
        return Undefined(str(fault).rstrip("."), len(series), f"{asked.every}s")


def _series_notes(asked: EffectAsked, found: Interruption | Undefined) -> tuple[str, ...]:
    if isinstance(found, Undefined):
        return ()
    told = [found.caveat, *(f"{one[:1].upper()}{one[1:]}." for one in found.warnings)]
    shown = [one for one in found.placebos if not one.limits.low <= 0 <= one.limits.high]
    if found.placebos and not any("show a jump" in one for one in found.warnings):
        told.append(f"{len(shown)} of {len(found.placebos)} dates before the change, where nothing changed, show a jump.")
    told += [f"What repeats every {_SEASONS[asked.every]} {asked.every}s is modelled."] if found.waves else []
    return (*told, _ALIKE)


def _of_units(
    ground: Ground, asked: EffectAsked, plan: Plan, table: NDArray[np.object_], first: int, confidence: float
) -> _Judged:
    names = plan.frame.segments
    for one in asked.treated:
        if one not in names:
            raise Missing(unknown("segment", one, without_details(names, ground.detectors)))
    values = _values(table)
    real = [at for at, name in enumerate(names) if name not in (NONE, OTHER)]
    full = [at for at in real if np.isfinite(values[:, at]).all()]
    gaps = tuple(names[at] for at in real if at not in full)
    treated = np.asarray([names[at] in asked.treated for at in full], np.bool_)
    notes = (_SAME_PEOPLE,) if ground.dimension(asked.by).changes == "as_of_signal" else ()
    after = len(table) - first
    if not treated.any() or treated.all() or after < 1:
        reason = _why_none(names, asked, full, treated, after)
        return _Judged(UNITS, reason, (), first, asked.treated, len(full), gaps, notes=notes)
    chosen = values[:, full]
    points = _two_sides(plan, chosen, treated)
    few = len(full) < LEAST or min(int(treated.sum()), int((~treated).sum())) < ONE_SIDE
    design = asked.design or ("series" if few and min(first, after) >= LEAST_SIDE else "units")
    apart = chosen[:, treated].mean(axis=1) - chosen[:, ~treated].mean(axis=1)
    found: Interruption | Effect | Undefined
    if design == "series":
        found = _interruption(apart.tolist(), first, asked, confidence)
        notes = (*notes, *_series_notes(asked, found))
    else:
        found = _effect(chosen, [names[at] for at in full], treated, first, confidence)
        notes = (*notes, *_unit_notes(found))
    evidence = SERIES_BESIDE if design == "series" else UNITS
    return _Judged(
        evidence, found, points, first, asked.treated, len(full), gaps, smallest=_smallest(table[:, full]), notes=notes
    )


def _why_none(names: Sequence[str], asked: EffectAsked, full: list[int], treated: NDArray[np.bool_], after: int) -> Undefined:
    if after < 1:
        return Undefined(f"no {asked.every} after the change is over yet", 0, f"{asked.every}s")
    side = "with" if not treated.any() else "without"
    kept = f"{len(full)} of {len(names)} segments of '{asked.by}' have a number in every {asked.every}"
    return Undefined(f"{kept}, and none of them is {side} the change; longer periods would do", len(full), "units")


def _two_sides(plan: Plan, values: Floats, treated: NDArray[np.bool_]) -> tuple[Point, ...]:
    return tuple(
        Point(plan.frame.periods[at], float(row[treated].mean()), float(row[~treated].mean())) for at, row in enumerate(values)
    )


def _effect(
    values: Floats, names: Sequence[str], treated: NDArray[np.bool_], first: int, confidence: float
) -> Effect | Undefined:
    places, units = np.mgrid[0 : values.shape[0], 0 : values.shape[1]].reshape(2, -1).tolist()
    started: dict[Any, int] = dict.fromkeys(np.flatnonzero(treated).tolist(), first)
    try:
        return estimate_effect(values.ravel().tolist(), units, places, started, seed=SEED, confidence=confidence)
    except BadInput as fault:
        return Undefined(str(fault).rstrip("."), len(names), "units")


def _unit_notes(found: Effect | Undefined) -> Iterator[str]:
    if isinstance(found, Undefined):
        return
    yield found.caveat
    yield from (f"{one[:1].upper()}{one[1:]}." for one in found.warnings)
    yield "Each unit counts alike in each period, however many people stand behind it."


def _named(judged: _Judged, target: Target, asked: EffectAsked, ground: Ground, plan: Plan, confidence: float) -> EffectFound:
    metric: Any = target.metric
    words = words_of(metric)
    notes = [*judged.notes]
    if words.subject in ("question", "questionnaire"):
        notes.append("Each period asks other people: look at who answered before and after, too.")
    if judged.gaps:
        notes.append(f"{len(judged.gaps)} segments have no number in some period and are left out.")
    if judged.dropped:
        notes.append(f"{judged.dropped} periods beyond a gap are left out.")
    return EffectFound(
        words,
        target.about,
        asked,
        judged.evidence,
        judged.found,
        judged.points,
        judged.first,
        judged.treated,
        judged.units,
        judged.gaps,
        judged.smallest,
        confidence,
        plan.frame.span,
        plan.frame.timelines.data_version,
        ground.zone,
        tuple(notes),
    )


def _day(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d}"
