"""How much of what a linear model explains each predictor accounts for, whatever the order they are taken in.

All functions take correlation matrices with the outcome in the last row and column, many at once where a name says `each`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.stats.regression import Matrix, Vector, check_columns

#: Up to so many predictors all their subsets are gone through; above, orderings are drawn at random.
EXACT_UP_TO = 12
ORDERINGS = 4_000
#: A predictor of which less than this share is left beside the others (VIF above 1e10) cannot be told from them in double precision.
NEARLY_ALIASED = 1e-5


@dataclass(frozen=True, slots=True)
class Survey:
    """Ratings ready for a model. names: of the predictors. rows: (n, predictors + 1), the outcome last, each column's mean taken off.

    correlations: of the columns. spreads: their standard deviations. weights: (n,) of the respondents, 1 on average.
    """

    names: tuple[str, ...]
    rows: Matrix
    correlations: Matrix
    spreads: Vector
    weights: Vector

    @property
    def n(self) -> int:
        """How many respondents."""
        return len(self.rows)


def survey_of(
    outcome: Sequence[float], predictors: Mapping[str, Sequence[float]], weights: Sequence[float] | None = None
) -> Survey:
    """The ratings, checked: raises BadInput for unequal lengths, columns that do not vary, and predictors that follow from each other.

    weights: of the respondents (None = all alike); raises BadInput unless each has one, finite and above 0.
    """
    lengths = {name: len(column) for name, column in predictors.items()}
    wrong = [f"{name} has {length}" for name, length in lengths.items() if length != len(outcome)]
    if not predictors or wrong:
        raise BadInput(
            f"Drivers need one value of each predictor for each of {len(outcome)} outcomes, but {', '.join(wrong) or 'none came'}."
        )
    rows = np.column_stack([np.asarray(column, np.float64) for column in (*predictors.values(), outcome)])
    heavy = _weights(weights, len(rows))
    highest = np.abs(rows).max(axis=0)
    rows = rows - heavy @ rows / len(rows)
    pulled = rows * np.sqrt(heavy)[:, None]
    sizes = np.linalg.norm(pulled, axis=0)
    labels = (*predictors, "the outcome")
    flat = [label for label, size, most in zip(labels, sizes, highest, strict=True) if size <= 1e-12 * most * len(rows) ** 0.5]
    if flat:
        raise BadInput(f"Drivers are told by what varies, but all values are the same in {', '.join(flat)}.")
    scaled = pulled / sizes
    constant = np.sqrt(heavy / len(rows))
    check_columns(np.column_stack([constant, scaled[:, :-1]]), ("a constant", *predictors), NEARLY_ALIASED)
    spreads = np.asarray(sizes / max(len(rows) - 1, 1) ** 0.5)
    return Survey(tuple(predictors), rows, np.asarray(scaled.T @ scaled), spreads, heavy)


def _weights(weights: Sequence[float] | None, n: int) -> Vector:
    if weights is None:
        return np.ones(n)
    found = np.asarray(weights, np.float64)
    if found.shape != (n,) or not (np.isfinite(found).all() and (found > 0).all()):
        raise BadInput(f"Each of {n} respondents has a weight above 0, but {found.size} came, from {min(weights, default=0)}.")
    return np.asarray(found * (n / found.sum()))


def r_squared(correlations: Matrix) -> float:
    """The share of the outcome's variance that all predictors together explain."""
    explained = correlations[:-1, -1] @ np.linalg.solve(correlations[:-1, :-1], correlations[:-1, -1])
    return min(float(explained), 1.0)


class Slopes(NamedTuple):
    """beta: change of the outcome, in its standard deviations, with one of the predictor's, the others held. vif: how many times the
    others make the variance of that number what it would be without them."""

    beta: Vector
    vif: Vector


def standardized_slopes(correlations: Matrix) -> Slopes:
    """Standardised coefficients and variance inflation factors. **Source**: Marquardt 1970, Technometrics 12:591 (VIF, the diagonal of
    the inverse correlation matrix). A VIF above 10 says that the data hardly tell the predictor from the others."""
    inverse = np.linalg.inv(correlations[:-1, :-1])
    return Slopes(np.asarray(inverse @ correlations[:-1, -1]), np.asarray(np.diag(inverse)))


def johnson_each(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Johnson's relative weights, which sum to R squared: (many, predictors) from (many, predictors + 1, predictors + 1).

    The predictors are replaced by the uncorrelated ones closest to them, and what those explain is given back to each.
    **Source**: Johnson 2000, Multivariate Behavioral Research 35:1, equations 3 to 6; the same as Genizi 1993, Statistica Sinica 3:407.
    """
    values, vectors = np.linalg.eigh(correlations[:, :-1, :-1])
    root = np.sqrt(np.maximum(values, 0.0))[:, None, :]
    link = (vectors * root) @ vectors.transpose(0, 2, 1)
    slopes = np.linalg.solve(link, correlations[:, :-1, -1:])
    weights: NDArray[np.float64] = (link**2 @ slopes**2)[:, :, 0]
    return weights


def lmg_each(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
    """LMG (Shapley) importances, which sum to R squared: (many, predictors), exactly, over all subsets; for at most 12 predictors.

    The gain in R squared when a predictor joins those before it, averaged over all orders in which predictors may come.
    **Source**: Lindeman, Merenda & Gold 1980, Introduction to Bivariate and Multivariate Analysis; Groemping 2006, J. Statistical
    Software 17(1), equation 4.
    """
    many, predictors = correlations.shape[0], correlations.shape[1] - 1
    if predictors > EXACT_UP_TO:
        raise BadInput(f"All orders are gone through for at most {EXACT_UP_TO} predictors, but {predictors} came.")
    explained = _explained_by_each_subset(correlations)
    members = np.asarray([one.bit_count() for one in range(2 ** (predictors - 1))])
    weights = 1 / (predictors * np.asarray([comb(predictors - 1, int(size)) for size in members], np.float64))
    importance = np.empty((many, predictors))
    for one in range(predictors):
        pairs = explained.reshape(2 ** (predictors - 1 - one), 2, 2**one, many)
        gains = (pairs[:, 1] - pairs[:, 0]).reshape(2 ** (predictors - 1), many)
        importance[:, one] = weights @ gains
    return importance


def _explained_by_each_subset(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
    """R squared of every subset: (2 ** predictors, many), the subset's predictors being the bits of its place.

    Predictors are taken one after another, each once taken in (its part in all later ones removed) and once left out.
    """
    left = correlations[None]
    for _ in range(correlations.shape[1] - 1):
        without = left[:, :, 1:, 1:]
        column = left[:, :, 1:, 0]
        taken = without - column[..., :, None] * (column / left[:, :, 0, 0, None])[..., None, :]
        left = np.concatenate([without, taken])
    explained: NDArray[np.float64] = 1 - left[:, :, 0, 0] / correlations[:, -1, -1]
    return explained


class Sampled(NamedTuple):
    """importance: (predictors,) sums to R squared. error: its standard error from drawing orders instead of taking all."""

    importance: Vector
    error: Vector


def lmg_sampled(correlations: Matrix, orderings: int, rng: np.random.Generator) -> Sampled:
    """LMG importances from orders drawn at random, each with its reverse, for more predictors than all orders allow.

    **Source**: Castro, Gomez & Tejada 2009, Computers & Operations Research 36:1726 (sampled orders); Mitchell, Cooper, Frank & Holmes
    2022, J. Machine Learning Research 23(43) (an order with its reverse).
    """
    predictors, pairs = len(correlations) - 1, max(orderings // 2, 2)
    gains = np.zeros((pairs, predictors))
    for start in range(0, pairs, 500):
        drawn = rng.permuted(np.tile(np.arange(predictors), (min(500, pairs - start), 1)), axis=1)
        for order in (drawn, drawn[:, ::-1]):
            places = np.column_stack([order, np.full(len(order), predictors)])
            ordered = correlations[places[:, :, None], places[:, None, :]]
            here = gains[start : start + len(order)]
            here[np.arange(len(order))[:, None], order] += np.linalg.cholesky(ordered)[:, -1, :-1] ** 2 / 2
    return Sampled(np.asarray(gains.mean(axis=0)), np.asarray(gains.std(axis=0, ddof=1) / pairs**0.5))
