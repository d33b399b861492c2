"""Composites: several numbers on one scale from 0 to 100, weighted, with every part in sight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from touchpath.metrics.metric import Definition, Number
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.metric_definition import MetricPart
from touchpath.stats.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeMetric(Definition):
    """A metric made of others. together: how the parts may move together, see MetricDefinition."""

    parts: tuple[MetricPart, ...]
    together: str = "any"


@dataclass(frozen=True, slots=True)
class Scored:
    """A number on the composite's scale: 0 = the part's worst, 100 = its best."""

    value: float
    low: float
    high: float


def score(part: MetricPart, number: Estimate) -> Scored:
    """A part's number on the scale; beyond its worst it counts as 0, and beyond its best as 100."""
    value, *ends = (_place(part, one) for one in (number.value, number.low, number.high))
    return Scored(value, min(ends), max(ends))


def _place(part: MetricPart, value: float) -> float:
    return 100 * min(max((value - part.worst) / (part.best - part.worst), 0.0), 1.0)


def value_of(metric: CompositeMetric, numbers: Sequence[Number]) -> float | Undefined:
    """The weighted mean of the parts' scores; undefined, with the reason, where any part is."""
    total = 0.0
    for part, number in zip(metric.parts, numbers, strict=True):
        if isinstance(number, Undefined):
            return Undefined(f"'{part.metric}' has no number: {number.reason}", number.n, number.n_unit, people=number.people)
        total += part.weight * _place(part, number.value)
    return total / math.fsum(part.weight for part in metric.parts)


def combine(
    metric: CompositeMetric, numbers: Sequence[Number], confidence: float, limits: Interval | None = None, groups: int = 0
) -> Number:
    """The composite with its interval; undefined, with the reason, where any part is.

    limits: from a bootstrap of people in which all parts are drawn together, over so many groups. Without them the interval comes from
    those of the parts. Moving together in any way: the weighted sum of their half-widths, which is never too
    narrow (the standard error of a sum is at most the sum of the standard errors). Independent: the root of the sum of their squares, on
    each side alone. Source: Zou & Donner 2008, Statistics in Medicine 27:1693, equation 3 (MOVER).
    n: of the part with the fewest.
    """
    value = value_of(metric, numbers)
    if isinstance(value, Undefined):
        return value
    known = [number for number in numbers if isinstance(number, Estimate)]
    low, high = limits or _from_parts(metric, known, value)
    least, fewest = min(known, key=lambda number: number.n), min(number.group for number in known)
    told = "independent" if metric.together == "independent" else "moving together in any way"
    how = f"bootstrap of people, all parts together ({groups} groups)" if limits else f"taken to be {told}"
    return Estimate(
        value,
        max(low, 0.0),
        min(high, 100.0),
        least.n,
        least.n_unit,
        "score",
        confidence,
        f"weighted mean of {len(known)} parts, {how}",
        warnings=_warnings(metric.parts, known),
        people=fewest if fewest < least.n else None,
    )


def _from_parts(metric: CompositeMetric, numbers: Sequence[Estimate], value: float) -> Interval:
    scored = [score(part, number) for part, number in zip(metric.parts, numbers, strict=True)]
    total = math.fsum(part.weight for part in metric.parts)
    shares = [part.weight / total for part in metric.parts]
    down = _reach([share * (one.value - one.low) for share, one in zip(shares, scored, strict=True)], metric.together)
    up = _reach([share * (one.high - one.value) for share, one in zip(shares, scored, strict=True)], metric.together)
    return Interval(value - down, value + up)


def _reach(sides: Sequence[float], together: str) -> float:
    return math.hypot(*sides) if together == "independent" else math.fsum(sides)


def _warnings(parts: Sequence[MetricPart], numbers: Sequence[Estimate]) -> tuple[str, ...]:
    """What to mind about the parts: those beyond their worst or best, and those with warnings of their own."""
    found = [
        f"'{part.metric}' lies beyond what counts as its worst or best, and counts as that."
        for part, number in zip(parts, numbers, strict=True)
        if not min(part.worst, part.best) <= number.value <= max(part.worst, part.best)
    ]
    return (*found, *(f"{part.metric}: {one}" for part, number in zip(parts, numbers, strict=True) for one in number.warnings))
