"""When a series changed its level, told apart from what repeats, from a steady trend, and from noise that goes on from point to point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, z_quantile
from touchpath.stats.series import Floats, Scale, autoregression, best_order, checked, from_scale, simulate, to_scale

#: A stretch between changes has at least so many points, and at least one period.
LEAST_STRETCH = 8
DRAWN = 499
#: How often the coefficients are moved by what refitting simulated series loses.
CORRECTIONS = 2
MOST_ORDER = 5
#: Coefficients that would add up to more are held here: beyond, a series wanders so freely that no level can be told.
LARGEST_SUM = 0.95
#: Where neighbours go together more in fewer points, simulated false alarms came two to four times as often as stated.
MUCH_TOGETHER, ENOUGH_POINTS = 0.5, 150


@dataclass(frozen=True, slots=True)
class Change:
    """A step. at: the place (from 0) of the first point after it. before, after: the usual level on both sides, in the series' unit.

    limits: of the step itself on the scale given (plain: a difference; log: of logarithms; root: of roots), as wide as neighbours that go
    together make it; they hold for a step whose time is known and are somewhat narrow for one that was searched for. p: how often noise
    alone shows as large a step somewhere.
    """

    at: int
    before: float
    after: float
    limits: Interval
    p: float


@dataclass(frozen=True, slots=True)
class Course:
    """How a series went.

    shape: "level" where nothing changed beyond noise, "steps", "line" where a straight line describes it clearly better than a step, and
    "unclear" where both do about as well. slope: per point, on the scale given, of "line" and "unclear" (else 0). changes: steps in order
    of time; of "line" those beside the line, of "unclear" the one step that might be a line. p: of the first question, whether anything
    changed at all; alpha: the rate of false alarms it was asked at. together: how much neighbours go together, 0 to 0.95. warnings: where
    the rate of false alarms is higher than `alpha`.
    """

    shape: Literal["level", "steps", "line", "unclear"]
    slope: float
    changes: tuple[Change, ...]
    p: float
    alpha: float
    together: float
    warnings: tuple[str, ...]


def find_changes(
    values: Sequence[float], *, seed: int, period: int | None = None, alpha: float = 0.05, scale: Scale = "plain"
) -> Course:
    """Whether and when the level of a series changed; of series that did not, about the share `alpha` is called changed.

    values: at equal distances in order of time, at least two stretches of 8 points (or of one period, whichever is longer). period: of what
    repeats (7 for days), which is taken off first; None where nothing does. The largest step anywhere is compared with the largest in 499
    series that have the same autocorrelation and no step; then both sides are searched alike at half the rate each (binary segmentation),
    so that `alpha` is the rate of the first alarm, and further ones are asked only beside a found one.
    **Source**: the largest standardised step: Hawkins 1977, JASA 72:180; autocorrelated noise from the series' own autoregression:
    Buehlmann 1997, Bernoulli 3:123 (sieve bootstrap), coefficients corrected for bias as in Kilian 1998, Review of Economics and
    Statistics 80:218; binary segmentation: Scott & Knott 1974, Biometrics 30:507. Measured rates: docs/guide/trends.md.
    It stops being sound for series that wander (exchange rates, running totals): give their differences instead.
    """
    if not 0 < alpha < 1:
        raise BadInput(f"A rate of false alarms lies between 0 and 1, as in 0.05, but came as {alpha}.")
    stretch = max(LEAST_STRETCH, period or 0)
    whole = checked(values, 2 * stretch)
    scaled = _without_season(to_scale(whole, scale), period)
    random = np.random.default_rng(seed)
    p = _chance(scaled, stretch, random, line=False)
    flat, together = np.zeros(scaled.size), _together(_left(scaled[None], stretch)[0])
    course = Course("level", 0.0, (), p, alpha, together, _warnings(together, scaled.size))
    if p > alpha:
        return course
    evidence = _step_rather_than_line(scaled, stretch)
    if evidence > 2 * math.log(scaled.size):
        found = _described(scaled, _segments(scaled, stretch, alpha, random, 0, p), scale, flat)
        return replace(course, shape="steps", changes=found)
    slope = float(np.polyfit(np.arange(scaled.size), scaled, 1)[0])
    if evidence > -2 * math.log(scaled.size):
        at = int(_steps(scaled[None], stretch)[0][0])
        return replace(course, shape="unclear", slope=slope, changes=_described(scaled, [(at, p)], scale, flat))
    line = _left_by_line(scaled[None])[0]
    steps = _segments(line, stretch, alpha, random, 0, _chance(line, stretch, random, line=True))
    return replace(course, shape="line", slope=slope, changes=_described(scaled, steps, scale, scaled - line))


def _warnings(together: float, points: int) -> tuple[str, ...]:
    if together <= MUCH_TOGETHER or points >= ENOUGH_POINTS:
        return ()
    return (
        f"neighbours go together ({together:.2f}) in few points ({points}): false alarms come up to four times as often as stated",
    )


def _step_rather_than_line(values: Floats, stretch: int) -> float:
    """How much better the largest step fits than the line, as a difference of 2 * log-likelihood at the effective number of points."""
    step, line = _left_by_step(values[None], stretch)[0], _left_by_line(values[None])[0]
    together = _together(_left(values[None], stretch)[0])
    points = values.size * (1 - together) / (1 + together)
    return points * math.log(max(float((line**2).sum()), 1e-300) / max(float((step**2).sum()), 1e-300))


def _together(noise: Floats) -> float:
    """How much neighbours go together: the sum of the autoregression's coefficients, 0 to LARGEST_SUM."""
    coefficients = autoregression(noise[None], _order(noise))[0][0]
    return min(max(float(coefficients.sum()), 0.0), LARGEST_SUM)


def _order(noise: Floats) -> int:
    """At least 1: where BIC overlooks a weak autocorrelation, false alarms come too often."""
    return max(1, best_order(noise, min(MOST_ORDER, noise.size // 20)))


def _without_season(values: Floats, period: int | None) -> Floats:
    """The series less the mean of its place in the period, its level kept."""
    if period is None or period < 2:
        return values
    places = np.arange(values.size) % period
    means = np.bincount(places, values) / np.bincount(places)
    return np.asarray(values - means[places] + values.mean())


def _segments(
    values: Floats, stretch: int, alpha: float, random: np.random.Generator, start: int, p: float
) -> list[tuple[int, float]]:
    """Places of steps with their p, between two of which the level stays; p: of the whole stretch, asked already."""
    if p > alpha:
        return []
    at = int(_steps(values[None], stretch)[0][0])
    found = [(start + at, p)]
    for side, place in ((values[:at], start), (values[at:], start + at)):
        if side.size >= 2 * stretch:
            found += _segments(side, stretch, alpha / 2, random, place, _chance(side, stretch, random, line=False))
    return sorted(found)


def _steps(rows: Floats, stretch: int) -> tuple[Floats, Floats, Floats]:
    """Of each series the place of its largest step, the size of it in standard deviations of what it leaves, and the step itself."""
    n = rows.shape[1]
    before = np.arange(stretch, n - stretch + 1)
    sums = np.cumsum(rows, axis=1)[:, before - 1]
    total = rows.sum(axis=1, keepdims=True)
    jumps = (total - sums) / (n - before) - sums / before
    gains = jumps**2 * (before * (n - before) / n)
    best = np.argmax(gains, axis=1)
    along = np.arange(len(rows))
    whole = ((rows - total / n) ** 2).sum(axis=1)
    left = np.maximum(whole - gains[along, best], 1e-12 * whole + 1e-300)
    return before[best].astype(np.float64), gains[along, best] / left, jumps[along, best]


def _left_by_step(rows: Floats, stretch: int) -> Floats:
    """The series around the two levels of its largest step."""
    places, _, jumps = _steps(rows, stretch)
    lifted = rows - jumps[:, None] * (np.arange(rows.shape[1]) >= places[:, None])
    return np.asarray(lifted - lifted.mean(axis=1, keepdims=True))


def _left_by_two_steps(rows: Floats, stretch: int) -> Floats:
    """The series around the three levels between its largest step and the largest of what that leaves."""
    first = _steps(rows, stretch)[0]
    second = _steps(_left_by_step(rows, stretch), stretch)[0]
    n, sums = rows.shape[1], np.pad(np.cumsum(rows, axis=1), ((0, 0), (1, 0)))
    left = rows.copy()
    for start, end in ((np.zeros_like(first), np.minimum(first, second)), (np.minimum(first, second), np.maximum(first, second)),
                       (np.maximum(first, second), np.full_like(first, n))):  # fmt: skip
        a, b = start.astype(np.int64)[:, None], end.astype(np.int64)[:, None]
        level = (np.take_along_axis(sums, b, 1) - np.take_along_axis(sums, a, 1)) / np.maximum(b - a, 1)
        left -= level * ((np.arange(n) >= a) & (np.arange(n) < b))
    return left


def _left_by_line(rows: Floats) -> Floats:
    """The series around its straight line."""
    t = np.arange(rows.shape[1]) - (rows.shape[1] - 1) / 2
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred - (centred @ t / (t @ t))[:, None] * t)


def _chance(values: Floats, stretch: int, random: np.random.Generator, line: bool) -> float:
    """How often a series like this one but without a step has as large a step somewhere; line: whether a line was taken off before."""
    if float(np.ptp(values)) <= 1e-12 * float(np.abs(values).max(initial=0.0)):
        return 1.0
    left = _left(values[None], stretch)[0]
    order = _order(left)
    found, shocks = autoregression(left[None], order)
    coefficients = _stable(found[0])
    for _ in range(CORRECTIONS):
        drawn = _draw(coefficients, shocks[0], values.size, random)
        refitted = autoregression(_left(drawn, stretch), order)[0].mean(axis=0)
        coefficients = _stable(coefficients + found[0] - refitted)
    drawn = _draw(coefficients, shocks[0], values.size, random)
    drawn = _left_by_line(drawn) if line else drawn
    as_large = int((_steps(drawn, stretch)[1] >= _steps(values[None], stretch)[1][0] * (1 - 1e-9)).sum())
    return (1 + as_large) / (DRAWN + 1)


def _left(rows: Floats, stretch: int) -> Floats:
    """Each series around two steps or its line, whichever leaves less: the noise, whatever else there is.

    Two, since a rise and a fall would otherwise pass as noise that goes on from point to point, and hide themselves.
    """
    step, line = _left_by_two_steps(rows, stretch), _left_by_line(rows)
    closer = (step**2).sum(axis=1) <= (line**2).sum(axis=1)
    return np.asarray(np.where(closer[:, None], step, line))


def _stable(coefficients: Floats) -> Floats:
    """The coefficients, drawn together where they add up to more than a series with a level can have, and none where to less than 0."""
    total = float(coefficients.sum())
    if total <= 0:
        return np.zeros_like(coefficients)
    size = max(total, float(np.abs(coefficients).sum()))
    return coefficients if size <= LARGEST_SUM else np.asarray(coefficients * (LARGEST_SUM / size))


def _draw(coefficients: Floats, shocks: Floats, points: int, random: np.random.Generator) -> Floats:
    around = shocks - shocks.mean()
    return simulate(coefficients, random.choice(around, (DRAWN, points + points // 3 + 1)))[:, -points:]


def _described(values: Floats, steps: list[tuple[int, float]], scale: Scale, line: Floats) -> tuple[Change, ...]:
    """The steps with their levels; the noise of all stretches together tells how sure a step is."""
    edges = [0, *(at for at, _ in steps), values.size]
    flat = values - line
    noise = np.concatenate([flat[a:b] - flat[a:b].mean() for a, b in pairwise(edges)])
    shocks = autoregression(noise[None], _order(noise))[1]
    spread = math.sqrt(float((shocks**2).mean())) / (1 - _together(noise))
    found = []
    for number, (at, p) in enumerate(steps, start=1):
        a, b = flat[edges[number - 1] : at], flat[at : edges[number + 1]]
        half = z_quantile(0.95) * spread * math.sqrt(1 / a.size + 1 / b.size)
        jump = float(b.mean() - a.mean())
        level = line[at] + np.asarray([a.mean(), b.mean()])
        before, after = (float(one) for one in from_scale(level, scale))
        found.append(Change(at, before, after, Interval(jump - half, jump + half), p))
    return tuple(found)
