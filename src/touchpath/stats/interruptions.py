"""Whether a series changed when something was changed: level and slope with honest errors, the gap to what was to come, and placebo dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, stdtr

from touchpath.model.errors import BadInput
from touchpath.stats.interrupted_series import Segmented, check_sides, harmonics, segmented_regression, segments
from touchpath.stats.intervals import Interval, t_quantile
from touchpath.stats.regression import Matrix, Vector, usual_lags
from touchpath.stats.series import checked

#: Points that each side of a change needs, whole periods before it for a season, and points below which errors are too small.
LEAST_SIDE, LEAST_PERIODS, FEW_POINTS = 8, 2, 24
CAVEAT = (
    "A series of its own cannot tell the change from anything else that happened then; the date must have been known, not looked for in "
    "the series."
)


@dataclass(frozen=True, slots=True)
class Part:
    """A change of level or slope, with Newey-West limits (t quantiles), p, and the error as if neighbours were independent, beside it."""

    value: float
    limits: Interval
    p: float
    error: float
    plain_error: float


@dataclass(frozen=True, slots=True)
class Gap:
    """At a point (from 1): what the course before would have led to, and how far the fitted course lies from it, with limits."""

    at: int
    without: float
    gap: float
    limits: Interval


@dataclass(frozen=True, slots=True)
class Autocorrelation:
    """Of what the lines leave. durbin_watson: 2 where neighbours are independent, less where they go together. ljung_box: of the first
    `lags` together, with its p. None where nothing is left over."""

    durbin_watson: float | None
    ljung_box: float | None
    lags: int
    p: float | None


@dataclass(frozen=True, slots=True)
class Placebo:
    """The change of level that the same model finds at a date before the change, where there was none, with limits."""

    at: int
    level: float
    limits: Interval


@dataclass(frozen=True, slots=True)
class Interruption:
    """level: the jump at the change itself. slope: per point from then on. placebos: at all dates before the change that leave eight
    points on each side. lags: of Newey and West. waves: pairs of waves that model the season."""

    level: Part
    slope: Part
    slope_before: float
    gaps: tuple[Gap, ...]
    left_over: Autocorrelation
    placebos: tuple[Placebo, ...]
    before: int
    after: int
    lags: int
    waves: int
    warnings: tuple[str, ...]
    caveat: str = CAVEAT


def judge_interruption(
    series: Sequence[float],
    first_after: int,
    *,
    at: Sequence[int] = (),
    period: int | None = None,
    waves: int = 2,
    confidence: float = 0.95,
) -> Interruption:
    """Level and slope before and after a change at a known time, beside what repeats.

    series: at equal distances in order of time; first_after: the place (from 1) of the first point with the change. at: places after it
    at which the gap to the course before is told (the last one if none). period: of what repeats (12 for months of a year); it is modelled
    by so many pairs of `waves` with two whole periods before the change, else lags reach over one period. Newey-West errors with
    max(4 * (n / 100) ** (2 / 9), an unmodelled period) lags and t quantiles of n less the coefficients.
    Raises BadInput with fewer than eight points on a side, and for places outside the points after the change.
    **Source**: Wagner et al. 2002, J. Clinical Pharmacy and Therapeutics 27:299; Lopez Bernal, Cummins & Gasparrini 2017, Int. J.
    Epidemiology 46:348, with correction. Newey-West errors stay too small in short series: they are measured in docs/guide/causes.md.
    """
    values = checked(series, 1)
    n = values.size
    check_sides(n, first_after, LEAST_SIDE)
    asked = list(at) or [n]
    outside = [one for one in asked if not first_after <= one <= n]
    if outside:
        raise BadInput(f"Gaps are told at places {first_after} to {n}, after the change, but {outside} came.")
    modelled = period is not None and first_after - 1 >= LEAST_PERIODS * period
    pairs = min(waves, period // 2) if period is not None and modelled else 0
    columns = harmonics(n, pairs, period or 12)
    lags = usual_lags(n) if period is None or modelled else max(usual_lags(n), period)
    found = segmented_regression(values.tolist(), first_after, lags, columns)
    if found.covariance is None or found.se_plain is None:
        raise BadInput(f"{n} points are too few for two lines and {columns.shape[1]} columns of waves.")
    quantile = t_quantile(confidence, found.fit.freedom)
    placebos = _placebos(values[: first_after - 1], lags, columns[: first_after - 1], confidence)
    left = _autocorrelation(found.fit.residuals, min(max(10, 2 * (period or 0)), n // 5))
    return Interruption(
        _part(found, 2, quantile),
        _part(found, 3, quantile),
        found.slope_before,
        tuple(_gap(found, one, n, first_after, columns, quantile) for one in asked),
        left,
        placebos,
        first_after - 1,
        n - first_after + 1,
        lags,
        pairs,
        _warnings(n, period, modelled, left, placebos, confidence),
    )


def _part(found: Segmented, column: int, quantile: float) -> Part:
    assert found.se_hac is not None
    assert found.se_plain is not None
    value, error = float(found.fit.coefficients[column]), found.se_hac[column]
    p = 2 * float(stdtr(found.fit.freedom, -abs(value) / error)) if error > 0 else float(value == 0)
    return Part(value, Interval(value - quantile * error, value + quantile * error), p, error, found.se_plain[column])


def _gap(found: Segmented, at: int, points: int, first_after: int, waves: Matrix, quantile: float) -> Gap:
    row = np.concatenate([segments(points, first_after)[at - 1], waves[at - 1]])
    change = np.zeros_like(row)
    change[2:4] = row[2:4]
    gap = float(change @ found.fit.coefficients)
    without = float(row @ found.fit.coefficients) - gap
    assert found.covariance is not None
    half = quantile * float(np.sqrt(max(change @ found.covariance @ change, 0.0)))
    return Gap(at, without, gap, Interval(gap - half, gap + half))


def _autocorrelation(residuals: Vector, lags: int) -> Autocorrelation:
    """Durbin & Watson 1950, Biometrika 37:409; Ljung & Box 1978, Biometrika 65:297 (chi-square with `lags` degrees of freedom)."""
    n, whole = residuals.size, float(residuals @ residuals)
    if whole <= 1e-24 * n:
        return Autocorrelation(None, None, lags, None)
    watson = float((np.diff(residuals) ** 2).sum()) / whole
    centred = residuals - residuals.mean()
    size = float(centred @ centred)
    box = n * (n + 2) * sum((float(centred[lag:] @ centred[:-lag]) / size) ** 2 / (n - lag) for lag in range(1, lags + 1))
    return Autocorrelation(watson, box, lags, float(chdtrc(lags, box)))


def _placebos(before: Vector, lags: int, waves: Matrix, confidence: float) -> tuple[Placebo, ...]:
    found = []
    for place in range(LEAST_SIDE + 1, before.size - LEAST_SIDE + 2):
        tried = segmented_regression(before.tolist(), place, lags, waves)
        if tried.se_hac is not None:
            part = _part(tried, 2, t_quantile(confidence, tried.fit.freedom))
            found.append(Placebo(place, part.value, part.limits))
    return tuple(found)


def _warnings(
    points: int, period: int | None, modelled: bool, left: Autocorrelation, placebos: tuple[Placebo, ...], confidence: float
) -> tuple[str, ...]:
    found = []
    if points < FEW_POINTS:
        found.append(f"{points} points are few: limits are too narrow")
    if period is not None and not modelled:
        found.append(f"fewer than {LEAST_PERIODS} periods of {period} before the change: what repeats is not modelled")
    if left.p is not None and left.p < 0.05:
        found.append(
            f"what the lines leave still goes together (Ljung-Box p = {left.p:.3f}): the errors allow for it, the lines may not fit"
        )
    shown = [one for one in placebos if not one.limits.low <= 0 <= one.limits.high]
    if len(shown) > 2 * (1 - confidence) * len(placebos):
        found.append(f"{len(shown)} of {len(placebos)} dates before the change show a jump too, more than chance explains")
    if not placebos:
        found.append("too few points before the change for placebo dates")
    return tuple(found)
