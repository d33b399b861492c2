"""Models of counts per exposure whose variance is a multiple of the mean: quasi-Poisson regression with a logarithmic link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.stats.regression import Matrix, Vector, check_columns

ROUNDS = 100
#: Logarithms of expected counts stay inside this, so that no step on the way overflows.
LARGEST = 500.0
#: A rate that is this small a part of the highest one is on its way to 0: its coefficients have no best value.
VANISHED = 1e-8


@dataclass(frozen=True, slots=True)
class CountFit:
    """coefficients: (k,) on the scale of logarithms. expected: (n,) counts. dispersion: Pearson's, None without a degree of freedom.
    unscaled: (k, k) covariance of the coefficients for a dispersion of 1."""

    coefficients: Vector
    expected: Vector
    dispersion: float | None
    unscaled: Matrix


def fit_counts(x: Matrix, counts: Vector, exposure: Vector, names: Sequence[str]) -> CountFit:
    """The most likely rates exp(x @ coefficients) per unit of exposure, by iterated weighted least squares.

    Raises BadInput where columns follow from each other, for exposures not above 0, and where no finite coefficients fit best, as when a
    column marks only zeros. **Source**: McCullagh & Nelder 1989, Generalized Linear Models, 2nd ed., sections 2.5 and 9.2.
    """
    if not float(exposure.min()) > 0:
        raise BadInput(
            f"Exposures must be above 0, but one came as {exposure.min()}; leave out times in which nothing could happen."
        )
    check_columns(x, names)
    offset = np.log(exposure)
    expected = counts + 0.1
    linear = np.log(expected)
    step = np.inf
    for _ in range(ROUNDS):
        weights = np.sqrt(expected)
        working = linear - offset + (counts - expected) / expected
        coefficients = np.linalg.lstsq(x * weights[:, None], working * weights, rcond=None)[0].astype(np.float64)
        before, linear = linear, np.clip(x @ coefficients + offset, -LARGEST, LARGEST)
        expected, step = np.exp(linear), float(np.abs(linear - before).max()) / (1 + float(np.abs(linear).max()))
        if step < 1e-10:
            break
    rates = expected / exposure
    if step >= 1e-10 or float(rates.min()) < VANISHED * float(rates.max()):
        raise BadInput(
            f"No finite rates fit these counts best: of {', '.join(names)}, one marks only times without any count, and its "
            "coefficient grows without end."
        )
    unscaled = np.asarray(np.linalg.inv((x * expected[:, None]).T @ x))
    freedom = len(counts) - x.shape[1]
    pearson = float(((counts - expected) ** 2 / expected).sum())
    return CountFit(coefficients, expected, pearson / freedom if freedom > 0 else None, unscaled)
