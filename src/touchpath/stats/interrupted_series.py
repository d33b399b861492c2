"""Whether a series changed its level or its slope at a known time: segmented regression, and a step in counts per exposure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, z_quantile
from touchpath.stats.quasi_poisson import fit_counts
from touchpath.stats.regression import (
    Fit,
    Matrix,
    Vector,
    least_squares,
    newey_west_covariance,
    plain_covariance,
    standard_errors,
)

SEGMENTS = ("intercept", "slope before", "change of level", "change of slope")


@dataclass(frozen=True, slots=True)
class Segmented:
    """Two lines through a series, joined or not: y = intercept + slope_before * t + level_change * D + slope_change * D * (t - T0).

    t runs from 1, D is 1 from T0 on. errors: standard errors of the four in this order, se_hac by Newey and West, se_plain as if the
    errors were independent; None where four points leave nothing to judge them by.
    """

    intercept: float
    slope_before: float
    level_change: float
    slope_change: float
    se_hac: list[float] | None
    se_plain: list[float] | None
    fit: Fit
    covariance: Matrix | None


def segmented_regression(series: Sequence[float], first_after: int, lags: int, waves: Matrix | None = None) -> Segmented:
    """The two lines, from points in order of time at equal distances; first_after: T0, the place (from 1) of the first point after.

    Time since is 0 at T0, so that `level_change` is the jump at T0 itself. waves: further columns, as for seasons.
    Raises BadInput with fewer than two points on a side. **Source**: Wagner et al. 2002, J. Clinical Pharmacy and Therapeutics 27:299, with
    the time since counted from 0 (the correction to Lopez Bernal, Cummins & Gasparrini 2017, Int. J. Epidemiology 46:348).
    """
    y = np.asarray(series, np.float64)
    check_sides(len(y), first_after, 2)
    x = segments(len(y), first_after)
    names = SEGMENTS + tuple(f"wave {one + 1}" for one in range(0 if waves is None else waves.shape[1]))
    fit = least_squares(x if waves is None else np.column_stack([x, waves]), y, names)
    covariance = newey_west_covariance(fit, lags)
    robust, plain = standard_errors(covariance), standard_errors(plain_covariance(fit))
    start, slope, jump, bend = (float(one) for one in fit.coefficients[:4])
    return Segmented(start, slope, jump, bend, robust and robust[:4], plain and plain[:4], fit, covariance)


def check_sides(points: int, first_after: int, least: int) -> None:
    """Raises BadInput unless the time of the change leaves at least so many points on each side."""
    before, after = first_after - 1, points - first_after + 1
    if before < least or after < least:
        raise BadInput(
            f"A change in a series needs at least {least} points before and {least} after it, but of {points} points "
            f"{max(before, 0)} lie before place {first_after} and {max(after, 0)} from there on."
        )


def segments(points: int, first_after: int) -> Matrix:
    """The design of two lines: (points, 4)."""
    t = np.arange(1, points + 1, dtype=np.float64)
    after = (t >= first_after).astype(np.float64)
    return np.column_stack([np.ones(points), t, after, after * (t - first_after)])


def harmonics(points: int, pairs: int, period: int = 12) -> Matrix:
    """Waves of a season: sine and cosine of 1 to `pairs` cycles per period, (points, columns); period / 2 cycles have no sine of their own."""
    if not 0 <= pairs <= period // 2:
        raise BadInput(f"A period of {period} has 0 to {period // 2} pairs of waves, but {pairs} came.")
    angle = 2 * np.pi * np.arange(1, points + 1, dtype=np.float64) / period
    columns: list[Vector] = []
    for cycles in range(1, pairs + 1):
        columns += [np.cos(cycles * angle)] if 2 * cycles == period else [np.sin(cycles * angle), np.cos(cycles * angle)]
    return np.column_stack(columns) if columns else np.empty((points, 0))


@dataclass(frozen=True, slots=True)
class Step:
    """ratio: rate from T0 on as a multiple of what the trend before would have led to. error: of its logarithm. dispersion: variance as a
    multiple of the mean (Pearson), as counted, also below 1. Error, limits and dispersion are None where there are as many coefficients
    as points."""

    ratio: float
    error: float | None
    low: float | None
    high: float | None
    dispersion: float | None


def count_step(
    counts: Sequence[int], exposure: Sequence[float], first_after: int, pairs: int = 0, period: int = 12, confidence: float = 0.95
) -> Step:
    """By which factor a rate of events stepped up or down at T0, beside a steady trend and a season of `pairs` waves.

    counts of events and what they were counted in (person-days, visits ...), in order of time; first_after: the place of T0, from 1.
    Raises BadInput for unequal lengths, exposures not above 0, a T0 that leaves a side empty, no event at all on a side, or too few points
    to tell the step from trend and season. **Source**: Lopez Bernal, Cummins & Gasparrini 2017, Int. J. Epidemiology 46:348.
    """
    y, along = np.asarray(counts, np.float64), np.asarray(exposure, np.float64)
    if y.shape != along.shape:
        raise BadInput(f"Each count needs its exposure, but {y.size} counts and {along.size} exposures came.")
    check_sides(y.size, first_after, 1)
    if y.min() < 0:
        raise BadInput(f"Counts are 0 or more, but one came as {y.min()}.")
    for side, events in (("before", y[: first_after - 1]), ("after", y[first_after - 1 :])):
        if not events.any():
            raise BadInput(f"A ratio of rates needs events on both sides, but there are none {side} the change.")
    t = np.arange(1, y.size + 1, dtype=np.float64)
    waves = harmonics(y.size, pairs, period)
    names = ("constant", "step", "trend", *(f"wave {one + 1}" for one in range(waves.shape[1])))
    found = fit_counts(np.column_stack([np.ones(y.size), t >= first_after, t, waves]), y, along, names)
    ratio, low, high, error = float(found.coefficients[1]), None, None, None
    if found.dispersion is not None:
        error = math.sqrt(found.dispersion * float(found.unscaled[1, 1]))
        low, high = (math.exp(one) for one in around(ratio, z_quantile(confidence) * error))
    return Step(math.exp(ratio), error, low, high, found.dispersion)


def around(value: float, half: float) -> Interval:
    """The value with as much on both sides."""
    return Interval(value - half, value + half)
