"""The bootstrap over groups of people: for statistics of sums that are kept by group, not by person.

People fall into groups of about the same size as if by chance. Groups are drawn again, whole, and the statistic is told from their sums. Whatever
several statistics share of the same people moves together in every draw.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, t_quantile

Floats = NDArray[np.float64]

#: Fewer groups give no error that could be trusted, and fewer draws with a value say that it is hardly defined.
LEAST_GROUPS, LEAST_DEFINED = 10, 0.9


def draw_groups(groups: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """(resamples, groups): how often each group is in each draw of as many groups as there are."""
    if groups < 1 or resamples < 1:
        raise BadInput(f"Groups are drawn from one or more, once or more, but {groups} and {resamples} came.")
    return np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=resamples).astype(np.int64)


def bootstrap_error(drawn: Floats, groups: int) -> float | None:
    """Standard error of a statistic from its values in the draws (nan = not defined in one).

    None where it is defined in fewer than nine of ten draws, for fewer than ten groups, and where every draw gives the same.
    **Source**: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 6 (200 draws settle an error), with groups as the units;
    times sqrt(groups / (groups - 1)), as the draws' variance is that of the groups about their own mean.
    """
    defined = drawn[np.isfinite(drawn)]
    if groups < LEAST_GROUPS or defined.size < max(LEAST_DEFINED * drawn.size, 2):
        return None
    error = float(defined.std(ddof=1)) * math.sqrt(groups / (groups - 1))
    return error if error > 1e-12 * max(1.0, abs(float(defined.mean()))) else None


def bootstrap_limits(value: float, drawn: Floats, groups: int, confidence: float) -> Interval | None:
    """value - t * error to value + t * error with groups - 1 degrees of freedom; None where there is no error, see `bootstrap_error`.

    It stops being sound where the statistic is held at an end of its scale, which its draws then show by being alike.
    """
    error = bootstrap_error(drawn, groups)
    if error is None:
        return None
    reach = t_quantile(confidence, groups - 1) * error
    return Interval(value - reach, value + reach)
