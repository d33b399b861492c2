"""How a measured series went: whether and when its level changed, what repeats, and which points are odd, each told apart from noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate
from touchpath.model.time import Grain, Period
from touchpath.services.results import Measurement, Reading
from touchpath.services.trended import Odd, Shape, Shift, Trend
from touchpath.stats.bands import Expected, expect_each, least_points
from touchpath.stats.change_points import LEAST_STRETCH, Course, find_changes
from touchpath.stats.intervals import z_quantile
from touchpath.stats.series import LEAST_CYCLES, Floats, Scale, seasonal, to_scale

#: Of series that stay level about so many are called changed, and of points as ever about so many odd.
ALPHA = 0.05
#: Where neighbours go together more in fewer points, false alarms of a change come about twice as often.
TOGETHER, ENOUGH = 0.2, 300
#: In fewer points than this a step hides how much neighbours go together, and false alarms come up to four times as often where they do.
SHORT = 120
#: What may repeat, by grain: how many points, and what they make.
SEASONS: dict[Grain, tuple[int, str]] = {"day": (7, "week"), "week": (52, "year"), "month": (12, "year"), "quarter": (4, "year")}
#: A trend by segments tells so many of them: each costs simulations, and the rate of each shrinks with their number.
MOST_SEGMENTS = 20
#: Simulated series are the same every time, so the same series always gets the same answer.
_SEED = 20_111


def judge_trends(
    whole: Measurement, cut: Measurement, by: str, grain: Grain, *, bounds: tuple[float, float], zone: str, first: Period | None
) -> Trend:
    """How everybody's series went, and within it (`segments`) those of each segment. cut: the same metric by `by` and `grain`.

    A change of level, or a season, is looked for in each at the rate divided by their number (Bonferroni), so that it stays that of all
    together; which points are odd is told at the usual rate of points. At most the 20 segments with the most readings are told.
    """
    apart: dict[str, list[Reading]] = {}
    for one in cut.readings:
        apart.setdefault(one.segment, []).append(replace(one, segment=""))
    behind = {title: sum(one.number.n for one in readings) for title, readings in apart.items()}
    told = sorted(sorted(behind, key=lambda title: -behind[title])[:MOST_SEGMENTS], key=[*behind].index)
    alpha = ALPHA / max(len(told), 1)
    segments = tuple(
        replace(
            judge_trend(replace(cut, readings=tuple(apart[title])), grain, bounds=bounds, zone=zone, first=first, alpha=alpha),
            segment=title or "(none)",
        )
        for title in told
    )
    notes = [*cut.notes, *([f"{len(behind) - len(told)} smaller segments are left out."] if len(behind) > len(told) else [])]
    return replace(judge_trend(whole, grain, bounds=bounds, zone=zone, first=first), by=by, segments=segments, notes=tuple(notes))


def judge_trend(
    measured: Measurement,
    grain: Grain,
    *,
    bounds: tuple[float, float],
    zone: str = "UTC",
    first: Period | None = None,
    alpha: float = ALPHA,
) -> Trend:
    """How a series of readings by `grain` went. bounds: between which the metric lies; first: the span of the data. alpha: of a change of
    level and of a season.

    Only whole periods are looked at, up to the newest, from the last one without a number on. What takes more of them is refused with how
    many would do.
    """
    used = _unbroken(measured.readings, first)
    numbers = [one.number for one in used if isinstance(one.number, Estimate)]
    values = [number.value for number in numbers]
    scale = _scale(measured.metric.unit, values)
    reasons = [*measured.notes, *_left_out(measured, used, grain)]
    places, every = SEASONS.get(grain, (0, ""))
    season = seasonal(to_scale(_array(values), scale), places, _SEED) if places and len(values) >= places * LEAST_CYCLES else None
    if season is None and places:
        reasons.append(f"{len(used)} whole {grain}s; a season by {every} shows from {places * LEAST_CYCLES} on.")
    repeats = places if season is not None and season.p <= alpha else 1
    course = _course(values, scale, repeats, alpha)
    if course is None:
        reasons.append(f"{len(used)} whole {grain}s; a change of level shows from {2 * LEAST_STRETCH} on.")
    else:
        reasons += [f"{one[0].upper()}{one[1:]}." for one in _alarms(course, len(used))]
    bands = expect_each(values, alpha=ALPHA, period=repeats, scale=scale) if len(values) >= least_points(ALPHA, repeats) else []
    if not bands:
        reasons.append(f"{len(used)} whole {grain}s; which of them are odd shows from {least_points(ALPHA, repeats)} on.")
    within = [_clipped(one, bounds) for one in bands]
    steps = tuple(_steps(course, used, numbers, scale)) if course else ()
    return Trend(
        metric=measured.metric,
        about=measured.about,
        grain=grain,
        readings=measured.readings,
        used=used,
        shape=_shape(course, steps),
        slope=course.slope if course else 0.0,
        p=course.p if course else None,
        steps=steps,
        season=season,
        every=every,
        odd=tuple(_odd(used, numbers, within)),
        judged=sum(one is not None for one in within[:-1]),
        ahead=within[-1] if within else None,
        alpha=alpha,
        alpha_odd=ALPHA,
        reasons=tuple(reasons),
        period=measured.period,
        data_version=measured.data_version,
        zone=zone,
        subject=measured.subject,
    )


def _array(values: Sequence[float]) -> Floats:
    return np.asarray(values, np.float64)


def _unbroken(readings: Sequence[Reading], data: Period | None) -> tuple[Reading, ...]:
    """Whole periods with a number, up to the newest, without a gap; one that began before the data is not whole."""
    whole = [
        one
        for one in readings
        if one.complete and not one.segment and one.period and not (data and one.period.start < data.start)
    ]
    newest = [*takewhile(lambda one: isinstance(one.number, Estimate) and math.isfinite(one.number.value), reversed(whole))]
    return tuple(reversed(newest))


def _left_out(measured: Measurement, used: Sequence[Reading], grain: Grain) -> Iterator[str]:
    whole = sum(one.complete for one in measured.readings)
    if whole > len(used):
        yield f"{whole - len(used)} of {whole} {grain}s are left out: those before the last one without a number, or without whole data."


def _scale(unit: str, values: Sequence[float]) -> Scale:
    """On which scale it varies evenly: roots of counts, logarithms of times and money, all else as it is."""
    least = min(values, default=0.0)
    if unit == "count" and least >= 0:
        return "root"
    return "log" if unit in ("seconds", "money") and least > 0 else "plain"


def _course(values: Sequence[float], scale: Scale, repeats: int, alpha: float) -> Course | None:
    period = repeats if repeats > 1 else None
    if len(values) < 2 * max(LEAST_STRETCH, repeats):
        return None
    if min(values) == max(values):
        return Course("level", 0.0, (), 1.0, alpha, 0.0, ())
    return find_changes(values, seed=_SEED, period=period, alpha=alpha, scale=scale)


def _alarms(course: Course, points: int) -> Iterator[str]:
    return iter(course.warnings) if course.warnings else _more_alarms(course, points)


def _more_alarms(course: Course, points: int) -> Iterator[str]:
    """A warning where simulated false alarms came more often than stated (docs/guide/trends.md).

    A series that is called changed looks as if its neighbours did not go together, as the step is taken off before that is asked: of 26 points
    with an autocorrelation of 0.7, those called changed seem to have one of 0.04. So any change that is found in few points is told with it.
    """
    if course.shape != "level" and points < SHORT:
        yield (
            f"A change and neighbours that go together look alike in {points} points: where they do, a change is called up to four times as often "
            "as stated"
        )
    elif course.together > TOGETHER and points < ENOUGH:
        yield f"neighbours go together ({course.together:.2f}) in {points} points: false alarms of a change come about twice as often as stated"


def _steps(course: Course, used: Sequence[Reading], numbers: Sequence[Estimate], scale: Scale) -> Iterator[Shift]:
    ends = [0, *(one.at for one in course.changes), len(used)]
    for place, one in enumerate(course.changes, start=1):
        period = used[one.at].period
        assert period is not None, "a reading of a series has its period"
        before, after = numbers[ends[place - 1] : one.at], numbers[one.at : ends[place + 1]]
        yield Shift(period, one.before, one.after, one.p, _is_borne(before, after, scale))


def _shape(course: Course | None, steps: Sequence[Shift]) -> Shape | None:
    """Steps that the counts behind the readings do not bear are none."""
    if course is None:
        return None
    return "level" if course.shape == "steps" and all(one.borne is False for one in steps) else course.shape


def _is_borne(before: Sequence[Estimate], after: Sequence[Estimate], scale: Scale) -> bool | None:
    """Whether two stretches differ by the errors of their readings alone, weighted by how sure each is; None without errors."""
    sides = [_pooled(one, scale) for one in (before, after)]
    if sides[0] is None or sides[1] is None:
        return None
    (a, error_a), (b, error_b) = sides[0], sides[1]
    return abs(b - a) > z_quantile(1 - ALPHA) * math.hypot(error_a, error_b)


def _pooled(numbers: Sequence[Estimate], scale: Scale) -> tuple[float, float] | None:
    """The mean weighted by precision, and its error."""
    if any(not math.isfinite(one.high - one.low) or one.high <= one.low or (scale == "log" and one.low <= 0) for one in numbers):
        return None
    low, value, high = (to_scale(_array([getattr(one, end) for one in numbers]), scale) for end in ("low", "value", "high"))
    z = z_quantile(numbers[0].confidence)
    # Limits of shares are score limits, which are drawn together by 1 + z**2 / n: far narrower than two errors where n is small.
    drawn = [1 + z**2 / one.n if one.unit == "share" and one.n else 1.0 for one in numbers]
    weights = (2 * z / ((high - low) * _array(drawn))) ** 2
    return float((weights * value).sum() / weights.sum()), float(1 / math.sqrt(weights.sum()))


def _clipped(expected: Expected | None, bounds: tuple[float, float]) -> Expected | None:
    if expected is None:
        return None
    value, low, high = (min(max(one, bounds[0]), bounds[1]) for one in (expected.value, expected.low, expected.high))
    return Expected(value, low, high, expected.errors)


def _odd(used: Sequence[Reading], numbers: Sequence[Estimate], bands: Sequence[Expected | None]) -> Iterator[Odd]:
    """Points whose whole interval lies beyond the band: one of few people may lie far out by its own noise."""
    for one, number, band in zip(used, numbers, bands, strict=False):
        if band is not None and one.period is not None and (number.low > band.high or number.high < band.low):
            yield Odd(one.period, number.value, band.value, band.low, band.high)


def check_grain(grain: Grain) -> None:
    """Raise BadInput for a grain of which there are never enough periods."""
    if grain == "year":
        raise BadInput("A trend by year has too few points to tell a change from noise. Take a month or a quarter.")
