"""How sure a coefficient is when observations come in clusters, few of them included: t, wild bootstrap, or which units were treated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_confidence, t_quantile
from touchpath.stats.regression import Fit, Matrix, Vector, cluster_covariance, least_squares, sum_by

#: From so many clusters on the clustered error is used as it is.
ENOUGH = 40
#: With fewer, or with fewer on one side than ONE_SIDE, neither it nor the wild bootstrap holds its rate.
LEAST, ONE_SIDE = 6, 3
#: Up to so many clusters two signs make too few different resamples, and Webb's six weights are drawn.
FEW_SIGNS = 12
DRAWN = 1_999
MOST_DIVISIONS = 20_000


@dataclass(frozen=True, slots=True)
class Inference:
    """A coefficient with its p (two-sided) and limits, None where no interval can be given; method: how they came about, in words."""

    value: float
    limits: Interval | None
    p: float
    method: str


def infer(
    fit: Fit, y: Vector, column: int, clusters: NDArray[np.int64], confidence: float, random: np.random.Generator
) -> Inference:
    """One coefficient of a fit with six clusters or more, by the rule for their number; `random` is used below 40.

    From 40 on CR1 errors with t of clusters - 1 degrees of freedom; below, the wild cluster bootstrap with the null imposed, turned around
    for limits. Raises BadInput with fewer than six.
    **Source**: Cameron, Gelbach & Miller 2008, Review of Economics and Statistics 90:414; Cameron & Miller 2015, J. Human Resources 50:317,
    section VI; six-point weights: Webb 2023, Canadian J. Economics 56:839.
    """
    check_confidence(confidence)
    groups = int(clusters.max()) + 1
    if groups < LEAST:
        raise BadInput(f"Fewer than {LEAST} clusters tell too little of how clusters differ, and {groups} came.")
    covariance = cluster_covariance(fit, clusters)
    error = 0.0 if covariance is None else float(np.sqrt(max(covariance[column, column], 0.0)))
    value = float(fit.coefficients[column])
    if not error > 1e-10 * (abs(value) + float(np.abs(y).max())):
        raise BadInput("The clusters do not differ at all, so that nothing tells how sure the coefficient is.")
    if groups >= ENOUGH:
        half = t_quantile(confidence, groups - 1) * error
        p = 2 * float(stdtr(groups - 1, -abs(value / error)))
        return Inference(value, Interval(value - half, value + half), p, f"t with errors clustered by {groups} units (CR1)")
    chance = _wild(fit, y, column, clusters, random)
    limits = _turned_around(chance, value, error, 1 - confidence)
    return Inference(value, limits, chance(0.0), f"wild cluster bootstrap over {groups} units")


def _wild(fit: Fit, y: Vector, column: int, clusters: NDArray[np.int64], random: np.random.Generator) -> Callable[[float], float]:
    """Two-sided p of each possible value of a coefficient, the same weights for all of them.

    Everything is linear in the value asked about, so a resample needs only sums by cluster.
    """
    x, groups = fit.x, int(clusters.max()) + 1
    others = np.delete(x, column, axis=1)
    names = [str(one) for one in range(others.shape[1])]
    rest = least_squares(others, x[:, column], names).residuals
    size = float(rest @ rest)
    ruled_out_y, ruled_out_x = least_squares(others, y, names).residuals, rest
    link = sum_by(clusters, rest[:, None] * x) @ fit.bread
    weights = _weights(groups, random)

    def chance(asked: float) -> float:
        under = ruled_out_y - asked * ruled_out_x
        pull = sum_by(clusters, (rest * under)[:, None])[:, 0]
        moved = weights @ pull / size
        scores = weights * pull - weights @ sum_by(clusters, x * under[:, None]) @ link.T
        errors = np.sqrt((scores**2).sum(axis=1)) / size
        plain = sum_by(clusters, (rest * fit.residuals)[:, None])[:, 0]
        observed = abs(float(fit.coefficients[column]) - asked) / (float(np.sqrt((plain**2).sum())) / size)
        ratios = np.abs(moved) / np.maximum(errors, 1e-300)
        return float((1 + (ratios >= observed * (1 - 1e-9)).sum()) / (1 + len(weights)))

    return chance


def _weights(groups: int, random: np.random.Generator) -> Matrix:
    if groups < FEW_SIGNS:
        return np.asarray(random.choice(np.concatenate([np.sqrt([0.5, 1, 1.5]), -np.sqrt([0.5, 1, 1.5])]), (DRAWN, groups)))
    return np.asarray(random.choice([-1.0, 1.0], (DRAWN, groups)))


def _turned_around(chance: Callable[[float], float], value: float, error: float, alpha: float) -> Interval | None:
    """The values that are not refused at alpha; None where the search finds no end on a side."""
    ends = []
    for side in (-1.0, 1.0):
        inside, outside = value, value + side * 2 * error
        while chance(outside) > alpha:
            inside, outside = outside, value + 2 * (outside - value)
            if abs(outside - value) > 1_000 * error:
                return None
        for _ in range(40):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if chance(middle) > alpha else (inside, middle)
        ends.append(outside)
    return Interval(*ends)


def chance_of_division(sums: Matrix, treated: NDArray[np.bool_], random: np.random.Generator) -> tuple[float, int]:
    """How often a difference in differences is as far from 0 when other units had been the treated ones, and how many divisions there are.

    sums: (units, 4) numbers and sums before, numbers and sums after. Exact for the hypothesis that the treatment did nothing to any unit,
    if any units could as well have been the treated ones; no interval. All divisions up to 20,000, else as many at random.
    **Source**: Fisher 1935, The Design of Experiments; for few clusters MacKinnon & Webb 2020, J. Econometrics 218:435.
    """
    units, size = len(treated), int(treated.sum())
    possible = comb(units, size)
    if possible <= MOST_DIVISIONS:
        marks = np.zeros((possible, units), bool)
        for row, chosen in enumerate(combinations(range(units), size)):
            marks[row, list(chosen)] = True
    else:
        marks = random.permuted(np.tile(treated, (MOST_DIVISIONS, 1)), axis=1)
        marks[0] = treated
    found = np.abs(_differences(sums, marks))
    observed = float(np.abs(_differences(sums, treated[None]))[0])
    as_far = found >= observed * (1 - 1e-9) - 1e-300
    return float(as_far.mean()), possible


def _differences(sums: Matrix, marks: NDArray[np.bool_]) -> Vector:
    with np.errstate(invalid="ignore", divide="ignore"):
        ours, theirs = marks @ sums, (~marks) @ sums
        changes = [side[:, 3] / side[:, 2] - side[:, 1] / side[:, 0] for side in (ours, theirs)]
    return np.asarray(np.nan_to_num(changes[0] - changes[1], nan=np.inf))
