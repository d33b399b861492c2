"""Straight-line models by least squares, and how sure their coefficients are when errors differ in size, come in groups, or follow in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
#: A column counts as following from those before it when less than this share of it is left beside them, as in R's lm.
ALIASED = 1e-7


@dataclass(frozen=True, slots=True)
class Fit:
    """A model fitted by least squares.

    x: (n, k) design. coefficients: (k,). residuals: (n,). bread: (k, k), the inverse of x'x. freedom: n - k.
    """

    x: Matrix
    coefficients: Vector
    residuals: Vector
    bread: Matrix

    @property
    def freedom(self) -> int:
        """Observations less coefficients."""
        return len(self.x) - len(self.coefficients)


def check_columns(x: Matrix, names: Sequence[str], share: float = ALIASED) -> None:
    """Raises BadInput naming the columns that follow from those before them, so that no one answer fits best."""
    left = np.abs(np.diag(np.linalg.qr(x, mode="r"))) if len(x) >= x.shape[1] else np.zeros(x.shape[1])
    sizes = np.linalg.norm(x, axis=0)
    aliased = [name for name, rest, size in zip(names, left, sizes, strict=True) if rest <= share * size]
    if aliased:
        raise BadInput(
            f"These {len(x)} observations cannot tell the columns {', '.join(names)} apart: {', '.join(aliased)} "
            f"{'follows' if len(aliased) == 1 else 'follow'} from the columns before."
        )


def least_squares(x: Matrix, y: Vector, names: Sequence[str]) -> Fit:
    """The line through (n, k) columns, the first of them usually ones, that leaves the smallest squares; names: of the columns, for errors.

    Raises BadInput where a column follows from others (also: fewer observations than columns).
    """
    check_columns(x, names)
    q, r = np.linalg.qr(x)
    coefficients = np.linalg.solve(r, q.T @ y)
    inverse = np.linalg.inv(r)
    return Fit(x, coefficients, np.asarray(y - x @ coefficients), np.asarray(inverse @ inverse.T))


def plain_covariance(fit: Fit) -> Matrix | None:
    """Covariance of the coefficients when errors are independent and alike; None without a degree of freedom."""
    if fit.freedom < 1:
        return None
    return np.asarray(fit.bread * (fit.residuals @ fit.residuals / fit.freedom))


def hc1_covariance(fit: Fit) -> Matrix | None:
    """Covariance when independent errors differ in size, with n / (n - k); None without a degree of freedom.

    **Source**: White 1980, Econometrica 48:817; the factor MacKinnon & White 1985, J. Econometrics 29:305 (HC1).
    """
    if fit.freedom < 1:
        return None
    scores = fit.x * fit.residuals[:, None]
    return _sandwich(fit, scores, len(scores) / fit.freedom)


def cluster_covariance(fit: Fit, clusters: NDArray[np.int64]) -> Matrix | None:
    """Covariance when errors of one cluster go together, with G / (G - 1) * (n - 1) / (n - k) (CR1).

    clusters: (n,) numbers from 0 on. None with one cluster, or without a degree of freedom. Much too small with fewer than some 40
    clusters, or with few on one side: see `few_clusters`.
    **Source**: Liang & Zeger 1986, Biometrika 73:13; Cameron & Miller 2015, J. Human Resources 50:317, equations 10 to 12.
    """
    groups, n = int(clusters.max()) + 1, len(fit.x)
    if groups < 2 or fit.freedom < 1:
        return None
    return _sandwich(fit, sum_by(clusters, fit.x * fit.residuals[:, None]), groups / (groups - 1) * (n - 1) / fit.freedom)


def newey_west_covariance(fit: Fit, lags: int) -> Matrix | None:
    """Covariance when errors of neighbouring times go together, up to `lags` apart; rows in order of time.

    Bartlett's weights 1 - lag / (lags + 1), no small-sample factor, no prewhitening. None without a degree of freedom. Too small in
    short series.
    **Source**: Newey & West 1987, Econometrica 55:703, equation 5.
    """
    if lags < 0:
        raise BadInput(f"Lags are 0 or more, but came as {lags}.")
    if fit.freedom < 1:
        return None
    scores = fit.x * fit.residuals[:, None]
    middle = scores.T @ scores
    for lag in range(1, min(lags, len(scores) - 1) + 1):
        together = scores[lag:].T @ scores[:-lag]
        middle = middle + (1 - lag / (lags + 1)) * (together + together.T)
    return np.asarray(fit.bread @ middle @ fit.bread)


def usual_lags(n: int) -> int:
    """How many lags a series of n points gets by the common rule, 4 * (n / 100) ** (2 / 9) rounded down.

    **Source**: Newey & West 1994, Review of Economic Studies 61:631, table II B with the constant 4.
    """
    return int(4 * (n / 100) ** (2 / 9))


def standard_errors(covariance: Matrix | None) -> list[float] | None:
    """The standard error of each coefficient."""
    return None if covariance is None else [float(one) for one in np.sqrt(np.maximum(np.diag(covariance), 0.0))]


def sum_by(clusters: NDArray[np.int64], rows: Matrix) -> Matrix:
    """The sums of the rows of each cluster: (clusters, columns)."""
    sums = np.zeros((int(clusters.max()) + 1, rows.shape[1]))
    np.add.at(sums, clusters, rows)
    return sums


def _sandwich(fit: Fit, scores: Matrix, factor: float) -> Matrix:
    return np.asarray(factor * fit.bread @ (scores.T @ scores) @ fit.bread)
