"""Many comparisons at once: p-values adjusted so that few of those called findings are chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput


def benjamini_hochberg(p_values: Sequence[float] | NDArray[np.float64]) -> list[float]:
    """Adjusted p-values: calling everything at most q a finding keeps the expected share of false ones at most q.

    adjusted(i) = smallest p(j) * tests / j over all ranks j from i on. Holds for independent tests and for those that rise and fall
    together. Source: Benjamini & Hochberg 1995, J. R. Statist. Soc. B 57:289; Benjamini & Yekutieli 2001, Annals of Statistics 29:1165.
    Raises BadInput for a p outside 0 to 1.
    """
    p = np.asarray(p_values, np.float64)
    if p.size and not (float(p.min()) >= 0 and float(p.max()) <= 1):
        raise BadInput(f"p-values lie between 0 and 1, but came from {p.min()} to {p.max()}.")
    order = np.argsort(-p)
    ranks = np.arange(p.size, 0, -1)
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum.accumulate(np.minimum(p[order] * p.size / ranks, 1.0))
    found: list[float] = adjusted.tolist()
    return found
