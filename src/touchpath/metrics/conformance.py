"""What conformance means: how many journeys went as designed, and how far the others are from it."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_mean, conclude_share
from touchpath.metrics.metric import Number
from touchpath.timelines.conformance import SCALE, ConformanceCounts

_NOBODY = "no journey is over"


def estimate_fitting(summary: ConformanceCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of journeys that follow the design exactly, clustered by person where people have several."""
    return conclude_share(summary.fits.cell(cell), "journeys", _NOBODY, confidence)


def estimate_fitness(summary: ConformanceCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean fitness of single journeys, 0 to 1, clustered by person. Source: alignment fitness, averaged over cases."""
    return conclude_mean(summary.fitness.cell(cell), "share", "journeys", _NOBODY, confidence, 1 / SCALE, (0.0, 1.0))


def estimate_log_fitness(summary: ConformanceCounts, cell: int, confidence: float = 0.95) -> Number:
    """1 less all costs over the most that they could be, so long journeys weigh more; clustered by person."""
    return conclude_mean(summary.steps.cell(cell), "share", "steps", _NOBODY, confidence, 1.0, (0.0, 1.0))
