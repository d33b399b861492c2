"""Two groups of cases whose people may have cases in both: how much more often something happens in one than in the other.

Everything comes from sums over people of four counts (cases in the group n, of these with the event m, all cases x, all with the event
y) and of their products, which add up over any division of people. What one person does in both groups is accounted for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, clip, t_quantile
from touchpath.stats.proportions import newcombe_interval


@dataclass(frozen=True, slots=True)
class RiskSums:
    """Sums over people, see above; nn = sum of n * n, and so on."""

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

    @property
    def inside(self) -> float:
        """The share of cases in the group that have the event."""
        return self.m / self.n

    @property
    def outside(self) -> float:
        """The share of all other cases that have the event."""
        return (self.y - self.m) / (self.x - self.n)

    def error(self, weights: tuple[float, float, float, float]) -> float:
        """Standard error of a statistic whose linear part is `weights` times (n, m, x, y) of each person, which sum to 0."""
        c = np.array(weights)
        products: NDArray[np.float64] = np.array(
            [
                [self.nn, self.nm, self.nx, self.ny],
                [self.nm, self.mm, self.mx, self.my],
                [self.nx, self.mx, self.xx, self.xy],
                [self.ny, self.my, self.xy, self.yy],
            ],
            np.float64,
        )
        return math.sqrt(max(float(c @ products @ c), 0.0) * self.people / (self.people - 1))


def check_groups(sums: RiskSums) -> None:
    """Raises BadInput unless both groups have cases and there are two people."""
    if sums.people < 2 or not 0 < sums.n < sums.x:
        raise BadInput(
            f"Two groups of cases need two people and a case in each, but {sums.people} people came, and {sums.n} of {sums.x} cases."
        )


def _difference_weights(sums: RiskSums, inside: float, outside: float) -> tuple[float, float, float, float]:
    n, rest = sums.n, sums.x - sums.n
    return (-inside / n - outside / rest, 1 / n + 1 / rest, outside / rest, -1 / rest)


def risk_difference_interval(sums: RiskSums, confidence: float = 0.95) -> Interval:
    """Interval of the share inside less the share outside: Newcombe's where each person has one case, else by the delta method, with t.

    Source: Deng, Knoblich & Lu 2018, KDD "Applying the delta method in metric analytics", section 3, for two ratios of the same people;
    it is the slope of a regression on the group with errors clustered by person (Liang & Zeger 1986, Biometrika 73:13).
    """
    check_groups(sums)
    if sums.xx == sums.x:
        return newcombe_interval(sums.m, sums.n, sums.y - sums.m, sums.x - sums.n, confidence)
    difference = sums.inside - sums.outside
    half = t_quantile(confidence, sums.people - 1) * sums.error(_difference_weights(sums, sums.inside, sums.outside))
    return clip(difference - half, difference + half, -1.0, 1.0)


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


def risk_p(sums: RiskSums) -> float:
    """Two-sided p of "the event is as frequent inside as outside"; 1.0 where everybody or nobody has it.

    Where each person has one case, the N - 1 test of two proportions; else the score test clustered by person, t with people - 1: the
    error is taken under the hypothesis, so that it does not vanish where one group has no event.
    Source: Campbell 2007, Statistics in Medicine 26:3661; Boos 1992, American Statistician 46:327 (generalized score tests).
    """
    check_groups(sums)
    pooled, difference = sums.y / sums.x, abs(sums.inside - sums.outside)
    if pooled in (0.0, 1.0):
        return 1.0
    if sums.xx == sums.x:
        error = math.sqrt(pooled * (1 - pooled) * (1 / sums.n + 1 / (sums.x - sums.n)) * sums.x / (sums.x - 1))
        return float(2 * ndtr(-difference / error))
    error = sums.error(_difference_weights(sums, pooled, pooled))
    return float(2 * stdtr(sums.people - 1, -difference / error)) if error > 0 else 1.0
