"""What the pages of an attempt mean: lostness, and how many pages people see."""

from __future__ import annotations

import math

from touchpath.metrics.benchmarks import Band, Benchmark
from touchpath.metrics.conclude import conclude_mean
from touchpath.metrics.metric import Number, QueryMetric
from touchpath.metrics.places import at_cell, mean_change
from touchpath.model.estimate import Estimate
from touchpath.timelines.lostness import SCALE, LostnessCounts

_NOBODY = "no successful attempt has a page"


def estimate_lostness(summary: LostnessCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean lostness of successful attempts, by person, with what does not fit."""
    number = conclude_mean(
        summary.lost.cell(cell), "score", "attempts", _NOBODY, confidence, 1 / SCALE, (0.0, math.sqrt(2)), floor=0.0
    )
    if not isinstance(number, Estimate):
        return number
    warnings: tuple[str, ...] = ()
    if fewer := int(summary.fewer[cell]):
        warnings += (f"{fewer:,} attempts got there with fewer pages than it is said to take: look at 'least'.",)
    if without := int(summary.without[cell]):
        warnings += (f"{without:,} attempts have no page and are left out.",)
    return number.warned(*warnings)


def estimate_views(summary: LostnessCounts, cell: int, confidence: float = 0.95) -> Number:
    """Views of pages in one attempt."""
    return conclude_mean(summary.views.cell(cell), "per_attempt", "attempts", _NOBODY, confidence, bounds=(1.0, math.inf))


def estimate_pages(summary: LostnessCounts, cell: int, confidence: float = 0.95) -> Number:
    """Different pages in one attempt."""
    return conclude_mean(summary.pages.cell(cell), "per_attempt", "attempts", _NOBODY, confidence, bounds=(1.0, math.inf))


LOSTNESS: QueryMetric[LostnessCounts] = QueryMetric(
    name="lostness",
    title="Lostness",
    asks="How far do people wander on their way to what they look for?",
    discipline="UX",
    level="interface",
    horizon="task",
    need="functional",
    unit="score",
    better="lower",
    scale="0 and up, at most 1.41; 0 = the straight way",
    query="lostness",
    needs={"pages": (), "least": ()},
    estimate=at_cell(estimate_lostness),
    compare=mean_change(lambda summary, at: summary.lost.cell(at.cell), "score", _NOBODY, lambda at: 1 / SCALE),
    interval="t-clustered",
    definition="Mean over successful attempts whose time limit is over of the square root of (N/S - 1)^2 + (R/N - 1)^2: S views of pages from start to "
    "success, N different ones, R the fewest that the task takes (the query's `least`).",
    formula="mean of sqrt((N/S - 1)^2 + (R/N - 1)^2)",
    source="Smith 1996, Interacting with Computers 8:365; Student 1908",
    caveats=(
        "Attempts that failed are not in it: the most lost may have given up. Read it next to task completion.",
        "R is what the best way takes, found by somebody who knows it; a new page on the way changes it, and the version.",
        "Looking around is no failure where people came to look around.",
    ),
    minimum_n=2,
    benchmarks=(
        Benchmark(
            "Lostness of single attempts",
            (Band("not lost", high=0.4), Band("between", 0.4, 0.5), Band("lost", 0.5)),
            "Smith",
            1996,
            graded=False,
            why="the thresholds are of single attempts, and this is a mean",
        ),
    ),
)
