"""How a UX metric and a CX metric go together across pages, segments or months: a description, and refused where it would mislead."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.stats.association import correlation
from touchpath.stats.intervals import Interval
from touchpath.stats.series import Floats, checked

LEAST_PAIRS = 10
CAVEAT = "This describes how the two go together; it does not say that one moves the other."


@dataclass(frozen=True, slots=True)
class Association:
    """pearson with Fisher's limits and p, spearman; n: pairs that were compared. differenced: whether changes from time to time were
    compared, since levels that drift go together by chance. neighbours: the lag-1 autocorrelation of both, of series in time."""

    pearson: float
    limits: Interval
    p: float
    spearman: float
    n: int
    differenced: bool
    neighbours: tuple[float, float] | None
    caveat: str = CAVEAT


def associate(
    ux: Sequence[float], cx: Sequence[float], *, in_time: bool, lead: int = 0, confidence: float = 0.95
) -> Association | Undefined:
    """How two metrics of the same pages (segments, or months with `in_time`) go together; Undefined with fewer than 10 pairs.

    in_time: the pairs follow each other at equal distances. Then, where neighbours go together in either beyond chance, the changes from
    one time to the next are compared instead of the levels. lead: how many times earlier the UX is, as when retention answers only after
    months; to be stated beforehand, since the best of several is chance.
    **Source**: Granger & Newbold 1974, J. Econometrics 2:111 (levels that drift correlate without any relation); Fisher 1921, Metron 1:3.
    Raises BadInput for unequal lengths, numbers that are not finite, and a lead without time.
    """
    if len(ux) != len(cx):
        raise BadInput(
            f"Each {'time' if in_time else 'page or segment'} has one UX and one CX number, but {len(ux)} and {len(cx)} came."
        )
    if lead < 0 or (lead and not in_time):
        raise BadInput(f"A lead is 0 or more, and is of pairs in time, but came as {lead}.")
    if len(ux) - lead < LEAST_PAIRS:
        return Undefined(
            f"{max(len(ux) - lead, 0)} pairs are too few to say how the two go together: 10 would do", len(ux), "pairs"
        )
    x, y = checked(ux, LEAST_PAIRS)[: len(ux) - lead], checked(cx, LEAST_PAIRS)[lead:]
    neighbours = (_lag_one(x), _lag_one(y)) if in_time else None
    differenced = neighbours is not None and max(neighbours) > 1.96 / math.sqrt(x.size)
    if differenced:
        x, y = np.diff(x), np.diff(y)
        if x.size < LEAST_PAIRS:
            return Undefined(f"{x.size} changes are too few to say how the two go together: 10 would do", x.size, "changes")
    found = correlation(x.tolist(), y.tolist(), confidence)
    if found.pearson is None or found.limits is None or found.p is None or found.spearman is None:
        return Undefined("one of the two does not vary", x.size, "pairs")
    return Association(found.pearson, found.limits, found.p, found.spearman, x.size, differenced, neighbours)


def _lag_one(values: Floats) -> float:
    """How much each value goes together with the next, -1 to 1; 0 where nothing varies."""
    around = values - values.mean()
    size = float(around @ around)
    return float(around[1:] @ around[:-1]) / size if size > 1e-24 * float(values @ values) else 0.0
