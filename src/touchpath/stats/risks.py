"""Two groups of cases whose people may have cases in both: how much more often something happens in one than in the other.

Everything comes from sums over people of four counts (cases in the group n, of these with the event m, all cases x, all with the event
y) and of their products, which add up over any division of people. What one person does in both groups is accounted for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from touchpath.model.errors import BadInput
from touchpath.stats.clustered import Sums, clustered_share_interval
from touchpath.stats.intervals import Interval, clip, t_quantile
from touchpath.stats.proportions import newcombe_interval

#: Weights of (n, m, x, y).
Weights = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RiskSums:
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
        products: NDArray[np.float64] = np.array(
            [
                [self.nn, self.nm, self.nx, self.ny],
                [self.nm, self.mm, self.mx, self.my],
                [self.nx, self.mx, self.xx, self.xy],
                [self.ny, self.my, self.xy, self.yy],
            ],
            np.float64,
        )
        return float(np.array(one) @ products @ np.array(other)) * self.people / (self.people - 1)

    def error(self, weights: Weights) -> float:
        """Standard error of one such statistic."""
        return math.sqrt(max(self.covariance(weights, weights), 0.0))


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


def risk_p_values(many: Sequence[RiskSums]) -> list[float]:
    """Two-sided p of "the event is as frequent inside as outside" for each; 1.0 where everybody or nobody has it.

    The larger of two: Fisher's exact test, twice its smaller tail, which minds small numbers, and (where people have more than one case)
    the score test clustered by person, t with people - 1, which minds people. Either alone calls too many rare patterns findings.
    Source: Fisher 1935, J. R. Statist. Soc. 98:39; Boos 1992, American Statistician 46:327 (generalized score tests).
    """
    from scipy.stats import hypergeom  # a fifth of the time in which a server starts, and few ask for it

    for sums in many:
        check_groups(sums)
    n, m, x, y = (np.array([getattr(sums, name) for sums in many], np.int64) for name in "nmxy")
    tails = np.minimum(hypergeom.cdf(m, x, y, n), hypergeom.sf(m - 1, x, y, n))
    return [max(min(2 * float(tail), 1.0), _score_p(sums)) for tail, sums in zip(tails, many, strict=True)]


def _score_p(sums: RiskSums) -> float:
    """The clustered score test; 0 where each person has one case, so that the exact test decides."""
    pooled = sums.y / sums.x
    if pooled in (0.0, 1.0):
        return 1.0
    if sums.xx == sums.x:
        return 0.0
    weights = np.array(_inside_weights(sums, pooled)) - np.array(_outside_weights(sums, pooled))
    error = sums.error((float(weights[0]), float(weights[1]), float(weights[2]), float(weights[3])))
    return float(2 * stdtr(sums.people - 1, -abs(sums.inside - sums.outside) / error)) if error > 0 else 1.0
