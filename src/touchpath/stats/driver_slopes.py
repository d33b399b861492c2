"""How an outcome goes with each of several items when the others are held: slopes in the outcome's own units, people as the unit."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from touchpath.model.errors import BadInput
from touchpath.stats.difference_in_differences import numbered
from touchpath.stats.intervals import Interval, check_confidence, t_quantile
from touchpath.stats.multiple import holm
from touchpath.stats.regression import cluster_covariance, least_squares, standard_errors


@dataclass(frozen=True, slots=True)
class Slope:
    """How much the outcome differs where the item is one higher and the others are alike, with limits; p_family: corrected (Holm)."""

    name: str
    value: float
    error: float
    limits: Interval
    p: float
    p_family: float


def outcome_slopes(
    outcome: Sequence[float],
    predictors: Mapping[str, Sequence[float]],
    *,
    people: Sequence[Hashable] | None = None,
    weights: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> tuple[Slope, ...]:
    """The slopes of outcome ~ all predictors by (weighted) least squares, errors clustered by person, t with people - 1 degrees.

    One value of each respondent in every column, none missing. people: whose answers they are (None = everybody answered once). With
    everybody once the errors are HC1. **Source**: Cameron & Miller 2015, J. Human Resources 50:317, equations 10 to 12 (CR1).
    Raises BadInput for unequal lengths, columns that follow from each other, weights not above 0, and too few rows or people for an error.
    """
    check_confidence(confidence)
    y, columns = np.asarray(outcome, np.float64), [np.asarray(column, np.float64) for column in predictors.values()]
    heavy = np.ones(y.size) if weights is None else np.asarray(weights, np.float64)
    if (
        not columns
        or any(column.shape != y.shape for column in (*columns, heavy))
        or not (np.isfinite(heavy) & (heavy > 0)).all()
    ):
        raise BadInput(f"Slopes need one value of each item and a weight above 0 for each of {y.size} outcomes.")
    clusters = np.arange(y.size) if people is None else numbered(people)
    if clusters.size != y.size:
        raise BadInput(f"Each answer needs its person, but {y.size} answers and {clusters.size} people came.")
    root = np.sqrt(heavy)
    fit = least_squares(np.column_stack([np.ones(y.size), *columns]) * root[:, None], y * root, ("a constant", *predictors))
    errors = standard_errors(cluster_covariance(fit, clusters))
    if errors is None:
        raise BadInput(f"{y.size} answers of {int(clusters.max()) + 1} people leave nothing to judge {len(columns)} slopes by.")
    freedom = int(clusters.max())
    reach, values = t_quantile(confidence, freedom), fit.coefficients[1:].tolist()
    ps = [_p(value, error, freedom) for value, error in zip(values, errors[1:], strict=True)]
    return tuple(
        Slope(name, value, error, Interval(value - reach * error, value + reach * error), p, corrected)
        for name, value, error, p, corrected in zip(predictors, values, errors[1:], ps, holm(ps), strict=True)
    )


def _p(value: float, error: float, freedom: int) -> float:
    """Two-sided; 0 where the items leave nothing unexplained, 1 where there is no slope either."""
    if error == 0:
        return float(value == 0)
    return 2 * float(stdtr(freedom, -math.fabs(value) / error))
