"""The grouped jackknife: an interval for any statistic, from the same statistic with one bucket of people left out at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.stats.means import Mean

Counts = NDArray[np.int64]


def jackknife(buckets: Counts, statistic: Callable[[Counts], float]) -> Mean:
    """The statistic of all people, with its standard error and degrees of freedom.

    buckets: (groups, classes) counts, each person in one group only. The statistic gets (classes,) counts. Groups that hold
    nothing are left out. Works for smooth statistics (ratios, means, net scores), not for quantiles.
    Source: Wolter 2007, Introduction to Variance Estimation, 2nd ed., section 4.2 (drop-out group, around the whole).
    """
    total = buckets.sum(axis=0)
    used = buckets[buckets.sum(axis=1) > 0]
    if len(used) < 2:
        raise BadInput(f"A grouped jackknife needs two groups of people, but {len(used)} came.")
    whole = statistic(total)
    without: Sequence[float] = [statistic(total - group) for group in used]
    groups = len(used)
    variance = (groups - 1) / groups * math.fsum((one - whole) ** 2 for one in without)
    return Mean(whole, math.sqrt(variance), groups - 1)
