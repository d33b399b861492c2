"""Time until something happens, where for some it has not happened yet: Kaplan and Meier's curve, by groups of people."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_confidence, t_quantile, z_quantile
from touchpath.stats.proportions import score_interval

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Two shares that differ by less are the same.
_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Survival:
    """The share that still waits after each time, with its limits; all arrays (times,).

    times: ascending.   at_risk: how many waited at least so long.   waits: share still waiting just after; error: its standard error.
    low, high: pointwise limits of `waits`.   low_at_first: the lower limit before the first time, when everybody still waits.
    """

    times: Floats
    at_risk: Counts
    waits: Floats
    error: Floats
    low: Floats
    high: Floats
    low_at_first: float

    def at(self, time: float) -> tuple[float, Interval]:
        """The share still waiting after a time, with its limits; before the first time everybody waits, as far as so many can tell."""
        place = int(np.searchsorted(self.times, time, "right")) - 1
        if place < 0:
            return 1.0, Interval(self.low_at_first, 1.0)
        return float(self.waits[place]), Interval(float(self.low[place]), float(self.high[place]))

    def quantile(self, share: float) -> tuple[float, float, float]:
        """When a share of all no longer waits, with its limits; infinite where the curve does not come so low.

        Source: Brookmeyer & Crowley 1982, Biometrics 38:29: the times at which the pointwise limits cross the share. Where the curve is
        flat at the share itself the middle of the flat piece, as R's survival has it.
        """
        return self._reaches(self.waits, 1 - share), self._reaches(self.low, 1 - share), self._reaches(self.high, 1 - share)

    def _reaches(self, curve: Floats, level: float) -> float:
        below = np.flatnonzero(curve <= level + _SAME)
        if not below.size:
            return math.inf
        first = int(below[0])
        lower = np.flatnonzero(curve < level - _SAME)
        if abs(curve[first] - level) > _SAME:
            return float(self.times[first])
        return float((self.times[first] + self.times[lower[0]]) / 2) if lower.size else float(self.times[first])


def kaplan_meier(times: Floats, over: Counts, waiting: Counts, independent: bool, confidence: float = 0.95) -> Survival:
    """The curve of those who still wait, from counts by time: (times,) ascending, (groups, times) cases over and still waiting.

    Of one time, what is over counts before what is still waiting, as usual. Limits lie on the scale of ln(-ln S), so they stay between 0
    and 1. `independent`: nobody has several cases, so Greenwood's variance and z hold; otherwise groups of people are the unit: a
    grouped jackknife with t, never narrower than Greenwood's. Before anything is over, Wilson's limit for those still at risk; once
    nobody waits, the limit of the step before.
    Sources: Kaplan & Meier 1958, JASA 53:457; Greenwood 1926; Kalbfleisch & Prentice 2002, section 1.4 (limits); Williams 1995,
    Lifetime Data Analysis 1:171 (cases of one person depend on each other); Wolter 2007, section 4.2 (grouped jackknife).
    Raises BadInput without a case, and for cases that depend on each other in fewer than two groups.
    """
    check_confidence(confidence)
    if int(over.sum() + waiting.sum()) == 0:
        raise BadInput("A curve of waits needs at least one case, but none came.")
    all_over, all_waiting = over.sum(axis=0), waiting.sum(axis=0)
    at_risk, curve = _curve(all_over, all_waiting)
    error, quantile = _greenwood(all_over, at_risk, curve), z_quantile(confidence)
    if not independent:
        used = (over + waiting).sum(axis=1) > 0
        groups = int(used.sum())
        if groups < 2:
            raise BadInput(f"A grouped jackknife needs two groups of people, but {groups} came.")
        without = np.stack([_curve(all_over - over[g], all_waiting - waiting[g])[1] for g in np.flatnonzero(used)])
        jackknifed = np.sqrt((groups - 1) / groups * ((without - curve) ** 2).sum(axis=0))
        error, quantile = np.maximum(error, jackknifed), t_quantile(confidence, groups - 1)
    low, high = _limits(curve, error, at_risk, quantile)
    return Survival(times, at_risk, curve, error, low, high, score_interval(1.0, float(at_risk[0]), quantile).low)


def _curve(over: Counts, waiting: Counts) -> tuple[Counts, Floats]:
    """How many are at risk at each time, and the share that still waits after it."""
    left = over + waiting
    at_risk = left.sum() - np.cumsum(left) + left
    curve = np.cumprod(1 - over / np.maximum(at_risk, 1))
    return at_risk, curve


def _greenwood(over: Counts, at_risk: Counts, curve: Floats) -> Floats:
    """The standard error of the share that still waits; 0 once nobody does."""
    rest = at_risk - over
    terms = np.where(rest > 0, over / np.maximum(at_risk * rest, 1), 0.0)
    error: Floats = curve * np.sqrt(np.cumsum(terms))
    return error


def _limits(curve: Floats, error: Floats, at_risk: Counts, quantile: float) -> tuple[Floats, Floats]:
    low, high = curve.copy(), curve.copy()
    inside = (curve > _SAME) & (curve < 1 - _SAME)
    log = np.log(curve[inside])
    half = quantile * error[inside] / (curve[inside] * np.abs(log))
    low[inside], high[inside] = np.exp(log * np.exp(half)), np.exp(log * np.exp(-half))
    for place in np.flatnonzero(curve >= 1 - _SAME):
        low[place] = score_interval(1.0, float(at_risk[place]), quantile).low
    for place in np.flatnonzero(curve <= _SAME):
        low[place], high[place] = 0.0, high[place - 1] if place else score_interval(0.0, float(at_risk[0]), quantile).high
    return low, high
