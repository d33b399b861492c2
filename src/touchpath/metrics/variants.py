"""What variants mean: the share of cases that take each path, and how long those take."""

from __future__ import annotations

import math

from touchpath.metrics.conclude import conclude_mean, conclude_share, conclude_time
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Undefined
from touchpath.timelines.variants import VariantCounts

_NO_CASE = "no case is over"


def estimate_variant(summary: VariantCounts, cell: int, row: int, confidence: float = 0.95) -> Number:
    """Share of the cases that are over which took this variant, clustered by person."""
    return conclude_share(summary.variants.share(row, summary.cases.cell(cell)), "cases", _NO_CASE, confidence)


def estimate_variant_time(summary: VariantCounts, row: int, confidence: float = 0.95) -> Number:
    """Mean seconds from the first signal to the last of a variant's cases."""
    if len(summary.variants.trail(row)) < 2 and summary.variants.spent(row).y == 0:
        return Undefined("one signal alone takes no time", summary.variants.spent(row).x, "cases")
    spent = summary.variants.spent(row)
    return conclude_mean(spent, "seconds", "cases", "nobody took it", confidence, 0.001, (0.0, math.inf))


def estimate_throughput(summary: VariantCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds from the first to the last signal of cases of two signals or more."""
    return conclude_time(summary.times, cell, "cases", "no case of two signals or more is over", confidence)
