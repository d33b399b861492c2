"""Two groups of cases whose people may have cases in both: how much more often something happens in one than in the other.

Everything comes from sums over people of four counts (cases in the group n, of these with the event m, all cases x, all with the event
y) and of their products, which add up over any division of people. What one person does in both groups is accounted for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, stdtr

from touchpath.model.errors import BadInput
from touchpath.stats.clustered import Sums, clustered_share_interval
from touchpath.stats.intervals import Interval, clip, t_quantile
from touchpath.stats.proportions import newcombe_interval

#: Weights of (n, m, x, y).
Weights = tuple[float, float, float, float]
#: Where the products of (n, m, x, y) stand in RiskSums.
_PRODUCTS, _XX = np.array([[5, 6, 8, 9], [6, 7, 10, 11], [8, 10, 12, 13], [9, 11, 13, 14]]), 12

Floats = NDArray[np.float64]


class RiskSums(NamedTuple):
    """Sums over people, see above; nn = sum of n * n, and so on. people_inside, people_outside: who has cases in the group, and others."""

    people: int
    n: int
    m: int
    x: int
    y: int
    nn: int
    nm: int
    mm: int
    nx: int
    ny: int
    mx: int
    my: int
    xx: int
    xy: int
    yy: int
    people_inside: int
    people_outside: int

    @property
    def inside(self) -> float:
        """The share of cases in the group that have the event."""
        return self.m / self.n

    @property
    def outside(self) -> float:
        """The share of all other cases that have the event."""
        return (self.y - self.m) / (self.x - self.n)

    @property
    def moments_inside(self) -> Sums:
        """Per person x = cases in the group, y = of these with the event."""
        return Sums(self.people_inside, self.n, self.m, self.nn, self.nm, self.mm)

    @property
    def moments_outside(self) -> Sums:
        """The same of all other cases."""
        xx, xy = self.xx - 2 * self.nx + self.nn, self.xy - self.mx - self.ny + self.nm
        return Sums(self.people_outside, self.x - self.n, self.y - self.m, xx, xy, self.yy - 2 * self.my + self.mm)

    def covariance(self, one: Weights, other: Weights) -> float:
        """Of two statistics whose linear parts are weights times (n, m, x, y) of each person, which sum to 0."""
        return float(_covariance(np.array(self, np.float64), one, other))

    def error(self, weights: Weights) -> float:
        """Standard error of one such statistic."""
        return math.sqrt(max(self.covariance(weights, weights), 0.0))


def _covariance(sums: Floats, one: Sequence[float] | Floats, other: Sequence[float] | Floats) -> Floats:
    """See RiskSums.covariance; sums: (17, ...) as in RiskSums, one and other: (4, ...)."""
    found: Floats = np.einsum("i...,ij...,j...->...", one, sums[_PRODUCTS], other) * sums[0] / (sums[0] - 1)
    return found


def check_groups(sums: RiskSums) -> None:
    """Raises BadInput unless both groups have cases and there are two people."""
    if sums.people < 2 or not 0 < sums.n < sums.x:
        raise BadInput(
            f"Two groups of cases need two people and a case in each, but {sums.people} people came, and {sums.n} of {sums.x} cases."
        )


def _inside_weights(sums: RiskSums, share: float) -> Weights:
    return (-share / sums.n, 1 / sums.n, 0.0, 0.0)


def _outside_weights(sums: RiskSums, share: float) -> Weights:
    rest = sums.x - sums.n
    return (share / rest, -1 / rest, -share / rest, 1 / rest)


def _correlation(sums: RiskSums) -> float:
    """Of the two shares: people who have the event more often have it more often on both sides."""
    inside, outside = _inside_weights(sums, sums.inside), _outside_weights(sums, sums.outside)
    errors = sums.error(inside) * sums.error(outside)
    return min(max(sums.covariance(inside, outside) / errors, -1.0), 1.0) if errors > 0 else 0.0


def risk_difference_interval(sums: RiskSums, confidence: float = 0.95) -> Interval:
    """Interval of the share inside less the share outside, from the limits of both; of few cases it is never too narrow by an error of 0.

    Where each person has one case: Newcombe's hybrid score. Else the limits are clustered by person, and the correlation of the two shares through people
    with cases on both sides is taken off. Source: Newcombe 1998, Statistics in Medicine 17:873, method 10; with correlation Zou & Donner
    2008, Statistics in Medicine 27:1693, equation 8.
    """
    check_groups(sums)
    if sums.xx == sums.x:
        return newcombe_interval(sums.m, sums.n, sums.y - sums.m, sums.x - sums.n, confidence)
    inside = clustered_share_interval(sums.moments_inside, confidence)
    outside = clustered_share_interval(sums.moments_outside, confidence)
    difference, together = sums.inside - sums.outside, _correlation(sums)
    below = _joint(sums.inside - inside.low, outside.high - sums.outside, together)
    above = _joint(inside.high - sums.inside, sums.outside - outside.low, together)
    return clip(difference - below, difference + above, -1.0, 1.0)


def _joint(one: float, other: float, together: float) -> float:
    return math.sqrt(max(one * one + other * other - 2 * together * one * other, 0.0))


def risk_ratio_interval(sums: RiskSums, confidence: float = 0.95) -> Interval:
    """Interval of the share inside over the share outside, by the delta method on logarithms, with t.

    Source: Katz, Baptista, Azen & Pike 1978, Biometrics 34:469 (method C), with the variance clustered by person.
    Raises BadInput unless both groups have the event.
    """
    check_groups(sums)
    others = sums.y - sums.m
    if sums.m == 0 or others == 0:
        raise BadInput(f"A ratio of shares needs the event in both groups, but it came {sums.m} and {others} times.")
    n, rest, outside = sums.n, sums.x - sums.n, sums.outside
    weights = (-1 / n - 1 / rest, 1 / sums.m + 1 / others, 1 / rest, -1 / others)
    half = t_quantile(confidence, sums.people - 1) * sums.error(weights)
    ratio = sums.inside / outside
    return Interval(ratio * math.exp(-half), ratio * math.exp(half))


def risk_p_values(many: Sequence[RiskSums] | NDArray[np.int64]) -> Floats:
    """Two-sided p of "the event is as frequent inside as outside" for each; 1.0 where everybody or nobody has it.

    many: also as (groups, 17), the columns as in RiskSums. Raises BadInput as `check_groups` does.
    The larger of two: Fisher's exact test, twice its smaller tail, which minds small numbers, and (where people have more than one case)
    the score test clustered by person, t with people - 1, which minds people. Either alone calls too many rare patterns findings.
    Source: Fisher 1935, J. R. Statist. Soc. 98:39; Boos 1992, American Statistician 46:327 (generalized score tests).
    """
    columns = np.asarray(many, np.int64).reshape(-1, len(RiskSums._fields)).T
    people, n, m, x, y = columns[:5]
    for wrong in np.flatnonzero((people < 2) | (n <= 0) | (n >= x))[:1]:
        check_groups(RiskSums(*columns[:, wrong].tolist()))
    found: Floats = np.maximum(np.minimum(2 * _smaller_tail(n, m, x, y), 1.0), _score_p(columns))
    return found


def _score_p(sums: RiskSums | NDArray[np.int64]) -> Floats:
    """The clustered score test; 0 where each person has one case, so that the exact test decides. sums: (17, ...) as in RiskSums."""
    columns = np.asarray(sums, np.float64)
    people, n, m, x, y = columns[:5]
    rest, pooled = x - n, y / x
    weights = np.stack((-pooled / n - pooled / rest, 1 / n + 1 / rest, pooled / rest, -1 / rest))
    error = np.sqrt(np.maximum(_covariance(columns, weights, weights), 0.0))
    distance = np.abs(m / n - (y - m) / rest) / np.where(error > 0, error, 1.0)
    p = np.where(error > 0, 2 * stdtr(people - 1, -distance), 1.0)
    found: Floats = np.where((y == 0) | (y == x), 1.0, np.where(columns[_XX] == x, 0.0, p))
    return found


def _smaller_tail(n: NDArray[np.int64], m: NDArray[np.int64], x: NDArray[np.int64], y: NDArray[np.int64]) -> Floats:
    """The smaller of P(M <= m) and P(M >= m), where M is how many of n drawn from x are among the y with the event.

    Sums away from the mode, where each term is a ratio below 1 of the one before, so that few are needed; the other tail follows from
    it. SciPy's `hypergeom` does one group at a time. Relative error as in SciPy that of log-gamma, 1e-8 for ten million cases.
    """
    below = m < (n + 1) * (y + 1) // (x + 2)
    m, y = np.where(below, n - m, m), np.where(below, x - y, y)  # at most m of y are at least n - m of the others
    first = np.exp(_log_choose(y, m) + _log_choose(x - y, n - m) - _log_choose(x, n))
    total, places, term = np.ones(n.size), np.arange(n.size), np.ones(n.size)
    more, left, taken, apart = y - m, n - m, m + 1.0, x - y - n + m + 1.0
    while places.size:
        term = term * (more * left / (taken * apart))
        total[places] += term
        going = term > 1e-20 * total[places]
        places, term = places[going], term[going]
        more, left, taken, apart = more[going] - 1, left[going] - 1, taken[going] + 1, apart[going] + 1
    found: Floats = first * total
    return np.minimum(found, 1 - found + first)


def _log_choose(all_of: NDArray[np.int64], some: NDArray[np.int64]) -> Floats:
    found: Floats = gammaln(all_of + 1) - gammaln(some + 1) - gammaln(all_of - some + 1)
    return found
