"""What variants mean: the share of cases that take each path, and how long those take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from touchpath.metrics.conclude import conclude_mean, conclude_share, conclude_time
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Undefined
from touchpath.timelines.trails import PEOPLE, N
from touchpath.timelines.variants import VariantCounts

_NO_CASE = "no case is over"


@dataclass(frozen=True, slots=True)
class Ranked:
    """The variants of one cell that are shown, and what the others come to.

    rows: rows of the summary's trails, the most frequent first; of equally frequent ones that of more people, then by name.
    rarer: how many variants are not shown, and cases of them.
    """

    rows: tuple[int, ...]
    rarer: int
    rarer_cases: int


def rank_variants(summary: VariantCounts, cell: int, names: Sequence[str], top: int) -> Ranked:
    """The `top` most frequent variants of a cell: the same ones whatever the order in which they were counted."""
    rows, sums = summary.variants.rows_of(cell), summary.variants.sums
    if rows.size == 0:
        return Ranked((), 0, 0)
    cases = sums[rows, N]
    least = sorted(cases.tolist(), reverse=True)[min(top, rows.size) - 1]
    near = rows[cases >= least].tolist()
    near.sort(key=lambda row: (-int(sums[row, N]), -int(sums[row, PEOPLE]), [names[n] for n in summary.variants.trail(row)]))
    shown = tuple(near[:top])
    return Ranked(shown, int(rows.size) - len(shown), int(cases.sum()) - sum(int(sums[row, N]) for row in shown))


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
