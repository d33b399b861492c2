"""What conformance means: how many journeys went as designed, how far the others are from it, and which way they took."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_mean, conclude_share
from touchpath.metrics.metric import Number
from touchpath.timelines.conformance import SCALE, ConformanceCounts
from touchpath.timelines.moments import Ratio

_NOBODY = "no journey is over"
_NOBODY_OPEN = "no journey is under way"


def estimate_fitting(summary: ConformanceCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of journeys that follow the design exactly, clustered by person where people have several."""
    return conclude_share(summary.fits.cell(cell), "journeys", _NOBODY, confidence)


def estimate_fitness(summary: ConformanceCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean fitness of single journeys, 0 to 1, clustered by person. Source: alignment fitness, averaged over cases."""
    return conclude_mean(summary.fitness.cell(cell), "share", "journeys", _NOBODY, confidence, 1 / SCALE, (0.0, 1.0))


def estimate_log_fitness(summary: ConformanceCounts, cell: int, confidence: float = 0.95) -> Number:
    """1 less all costs over the most that they could be, so long journeys weigh more; clustered by person."""
    return conclude_mean(summary.steps.cell(cell), "share", "steps", _NOBODY, confidence, 1.0, (0.0, 1.0))


def estimate_on_way(summary: ConformanceCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of journeys still under way that have not left the design so far."""
    return conclude_share(summary.on_way.cell(cell), "journeys", _NOBODY_OPEN, confidence)


def estimate_variant(share: Ratio, confidence: float = 0.95) -> Number:
    """Share of journeys that went one certain way."""
    return conclude_share(share, "journeys", _NOBODY, confidence)


def estimate_branch(summary: ConformanceCounts, row: int, confidence: float = 0.95, *, none: bool = False) -> Number:
    """Share of journeys that took a branch (row = cell * branches + branch); with `none` of those that took no branch of the choice."""
    took = summary.taken.cell(row)
    if none:
        took = Ratio(took.people, took.x, took.x - took.y, took.xx, took.xx - took.xy, took.xx - 2 * took.xy + took.yy)
    return conclude_share(took, "journeys", _NOBODY, confidence)
