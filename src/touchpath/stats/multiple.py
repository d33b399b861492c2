"""Many comparisons at once: p-values adjusted so that few of those called findings are chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput

P = Sequence[float] | NDArray[np.float64]


def _checked(p_values: P) -> NDArray[np.float64]:
    p = np.asarray(p_values, np.float64)
    if p.size and not (float(p.min()) >= 0 and float(p.max()) <= 1):
        raise BadInput(f"p-values lie between 0 and 1, but came from {p.min()} to {p.max()}.")
    return p


def bonferroni(p_values: P) -> list[float]:
    """Adjusted p-values: p times the number of tests. Never better than `holm`, but each can be computed by itself.

    Source: Dunn 1961, JASA 56:52. Raises BadInput for a p outside 0 to 1.
    """
    p = _checked(p_values)
    found: list[float] = np.minimum(p * p.size, 1.0).tolist()
    return found


def holm(p_values: P) -> list[float]:
    """Adjusted p-values: calling everything at most a a finding errs anywhere in the family with probability at most a.

    adjusted(i) = largest p(j) * (tests - j + 1) over all ranks j up to i. Holds whatever the tests have to do with each other.
    Source: Holm 1979, Scandinavian Journal of Statistics 6:65. Raises BadInput for a p outside 0 to 1.
    """
    p = _checked(p_values)
    order = np.argsort(p)
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1.0)
    found: list[float] = adjusted.tolist()
    return found


def benjamini_hochberg(p_values: P) -> list[float]:
    """Adjusted p-values: calling everything at most q a finding keeps the expected share of false ones at most q.

    adjusted(i) = smallest p(j) * tests / j over all ranks j from i on. Holds for independent tests and for those that rise and fall
    together. Source: Benjamini & Hochberg 1995, J. R. Statist. Soc. B 57:289; Benjamini & Yekutieli 2001, Annals of Statistics 29:1165.
    Raises BadInput for a p outside 0 to 1.
    """
    p = _checked(p_values)
    order = np.argsort(-p)
    ranks = np.arange(p.size, 0, -1)
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum.accumulate(np.minimum(p[order] * (p.size / ranks), 1.0))
    found: list[float] = adjusted.tolist()
    return found
