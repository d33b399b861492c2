"""Durations of independent people, some of whom have not left yet: the curve at given times, its mean, and groups compared.

A duration counts from a person's own start to when they left (ended) or were last seen (still there). Everybody is watched from their
start: people who were already there when the watching began (left truncation) make every number here too high.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, z_quantile
from touchpath.stats.survival import Survival, kaplan_meier

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Two shares that differ by less are the same.
_SAME = 1e-12


def check_durations(durations: Sequence[float], ended: Sequence[int]) -> None:
    """Raises BadInput unless every person has a duration >= 0 and a 0 or 1 for whether it ended, and there is one."""
    if len(durations) != len(ended) or not len(durations):
        raise BadInput(f"Durations and whether they ended belong together, but {len(durations)} and {len(ended)} came.")
    wrong = [duration for duration in durations if not (math.isfinite(duration) and duration >= 0)]
    if wrong:
        raise BadInput(f"A duration is 0 or longer, but {wrong[0]} came.")
    if any(flag not in (0, 1) for flag in ended):
        raise BadInput("Whether a duration ended is 1 (it did) or 0 (not yet), but something else came.")


def survival_curve(durations: Sequence[float], ended: Sequence[int], confidence: float = 0.95) -> Survival:
    """The share of people still there after each time that occurs; leaving counts before last being seen at the same time.

    Source: Kaplan & Meier 1958, JASA 53:457. Raises BadInput for input that check_durations refuses.
    """
    check_durations(durations, ended)
    times, place = np.unique(np.asarray(durations, float), return_inverse=True)
    left = np.bincount(place, weights=np.asarray(ended), minlength=times.size).astype(np.int64)
    there = np.bincount(place, minlength=times.size) - left
    return kaplan_meier(times, left[None], there[None], True, confidence)


class PointOnCurve(NamedTuple):
    """The share still there, its standard error (Greenwood) and limits on two scales; None where the estimate does not define one."""

    survival: float | None
    error: float | None
    loglog: Interval | None
    log: Interval | None


def point_at(curve: Survival, time: float, confidence: float = 0.95) -> PointOnCurve:
    """The curve at one time, with limits on the scale of ln(-ln S), which stay inside 0..1, and on that of ln S, cut at 1.

    Before the first time the share is 1 for certain. While it is 1 although somebody was last seen already, ln(-ln S) has no limits;
    where nobody is left, neither scale has. Past the last time seen, while some are still there, the curve is not defined.
    Sources: Greenwood 1926; Kalbfleisch & Prentice 2002, section 1.4; as R's survfit (conf.type "log-log" and "log").
    """
    z = z_quantile(confidence)
    place = int(np.searchsorted(curve.times, time, "right")) - 1
    if place < 0:
        return PointOnCurve(1.0, 0.0, Interval(1.0, 1.0), Interval(1.0, 1.0))
    share = float(curve.waits[place])
    if share <= _SAME:
        return PointOnCurve(0.0, None, None, None)
    if time > curve.times[-1]:
        return PointOnCurve(None, None, None, None)
    if share >= 1 - _SAME:
        return PointOnCurve(1.0, 0.0, None, Interval(1.0, 1.0))
    error = float(curve.error[place])
    relative, log = z * error / share, math.log(share)
    loglog = Interval(math.exp(log * _exp(-relative / log)), math.exp(log * _exp(relative / log)))
    return PointOnCurve(share, error, loglog, Interval(share * math.exp(-relative), min(1.0, share * _exp(relative))))


def _exp(power: float) -> float:
    """e to a power, or a number so large that nothing changes."""
    return math.exp(min(power, 700.0))


def median_survival(curve: Survival) -> float | None:
    """The first time at which half of the people or fewer are still there; None where the curve never comes so low.

    R's survfit gives the middle of the step instead where the curve is flat at exactly one half.
    """
    below = np.flatnonzero(curve.waits <= 0.5 + _SAME)
    return float(curve.times[below[0]]) if below.size else None


class RestrictedMean(NamedTuple):
    """The mean time spent until a horizon, and its standard error."""

    mean: float
    error: float


def restricted_mean(curve: Survival, horizon: float) -> RestrictedMean:
    """The mean time that people stay within a horizon: the area under the curve from 0 to there.

    Raises BadInput for a horizon that is not > 0, or past the last time seen while some are still there: the curve ends there.
    Sources: Irwin 1949, Journal of Hygiene 47:188; error: Klein & Moeschberger 2003, formula 4.5.2; refusal: Uno et al., survRM2.
    """
    if not (math.isfinite(horizon) and horizon > 0):
        raise BadInput(f"A restricted mean needs a horizon above 0, but {horizon} came.")
    if horizon > curve.times[-1] and curve.waits[-1] > _SAME:
        raise BadInput(
            f"The curve is known until {curve.times[-1]:g}, when some are still there; a mean up to {horizon:g} would invent the rest."
        )
    inside = curve.times < horizon
    edges = np.concatenate([[0.0], curve.times[inside], [horizon]])
    height = np.concatenate([[1.0], curve.waits[inside]])
    pieces = np.diff(edges) * height
    later = np.cumsum(pieces[::-1])[::-1][1:]
    before = np.concatenate([[1.0], curve.waits[inside][:-1]])
    at_risk = curve.at_risk[inside].astype(float)
    left = np.rint(at_risk * (1 - np.divide(curve.waits[inside], before, where=before > 0, out=np.ones(at_risk.size))))
    rest = at_risk * (at_risk - left)
    terms = np.divide(later**2 * left, rest, where=rest > 0, out=np.zeros(at_risk.size))
    return RestrictedMean(float(pieces.sum()), math.sqrt(float(terms.sum())))


class LogRank(NamedTuple):
    """The test that all groups leave alike: chi-square, its degrees of freedom, p; observed and expected: leavers by group."""

    chi2: float
    df: int
    p: float
    groups: tuple[str, ...]
    observed: tuple[int, ...]
    expected: tuple[float, ...]


def log_rank(durations: Sequence[float], ended: Sequence[int], group: Sequence[str]) -> LogRank:
    """Whether two or more groups of people leave alike, by the log-rank test with hypergeometric variance.

    Source: Mantel 1966; Peto & Peto 1972, JRSS A 135:185; as R's survdiff (rho = 0). Sound with five or more leavers expected in each
    group; blind where curves cross. Raises BadInput for fewer than two groups, and where no leaving tells groups apart: nobody left, or
    at each leaving only one group was still there.
    """
    check_durations(durations, ended)
    if len(group) != len(durations):
        raise BadInput(f"Each duration belongs to a group, but {len(durations)} durations and {len(group)} groups came.")
    names, of = np.unique(np.asarray(group, dtype=str), return_inverse=True)
    if names.size < 2:
        raise BadInput(f"A log-rank test compares two groups or more, but only '{names[0]}' came.")
    observed, expected, variance = _hypergeometric(np.asarray(durations, float), np.asarray(ended), of, names.size)
    told_apart = np.flatnonzero(np.diag(variance) > _SAME)[1:]
    inner = variance[np.ix_(told_apart, told_apart)]
    if not told_apart.size or np.linalg.matrix_rank(inner, hermitian=True) < told_apart.size:
        raise BadInput("No leaving tells the groups apart: nobody left while people of two groups were still there.")
    gap = (observed - expected)[told_apart]
    chi2, df = float(gap @ np.linalg.solve(inner, gap)), int(told_apart.size)
    return LogRank(
        chi2, df, float(chdtrc(df, chi2)), tuple(str(name) for name in names), tuple(int(o) for o in observed),
        tuple(float(e) for e in expected),
    )  # fmt: skip


def _hypergeometric(times: Floats, ended: NDArray[np.int64], of: NDArray[np.intp], groups: int) -> tuple[Floats, Floats, Floats]:
    """Leavers by group: observed, expected if all leave alike, and the covariance of their difference."""
    moments, place = np.unique(times, return_inverse=True)
    shape = (groups, moments.size)
    everybody, left = np.zeros(shape), np.zeros(shape)
    np.add.at(everybody, (of, place), 1)
    np.add.at(left, (of, place), ended)
    at_risk = np.cumsum(everybody[:, ::-1], axis=1)[:, ::-1]
    total, leaving = at_risk.sum(axis=0), left.sum(axis=0)
    share = at_risk / total
    scale = np.where(total > 1, leaving * (total - leaving) / np.maximum(total - 1, 1), 0.0)
    variance = np.diag((share * scale).sum(axis=1)) - (share * scale) @ share.T
    return left.sum(axis=1), (share * leaving).sum(axis=1), variance
