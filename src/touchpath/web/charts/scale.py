"""Axes: from numbers to places between 0 and 1, with round marks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from touchpath.metrics.questionnaires import SCORE_ENDS
from touchpath.model.estimate import Estimate
from touchpath.services.results import Number
from touchpath.web.numbers import Scale, scale_for

#: Scales whose ends are known by definition, by metric.
KNOWN_ENDS = {"nps": (-100.0, 100.0), **SCORE_ENDS}


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis from `low` to `high` with round marks in between."""

    low: float
    high: float
    step: float
    scale: Scale

    def place(self, value: float) -> float:
        """Where a value lies, 0 at `low` and 1 at `high`, never outside."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    @property
    def marks(self) -> tuple[float, ...]:
        """Round values from end to end."""
        count = round((self.high - self.low) / self.step)
        return tuple(self.low + i * self.step for i in range(count + 1))

    def label(self, value: float) -> str:
        """A mark's text, with the unit."""
        places = max(0, -math.floor(math.log10(self.step / self.scale.divisor) + 1e-9))
        return self.scale.whole(value, places)


def fit_axis(
    numbers: Iterable[Number], metric: str = "", marks: int = 4, whole: bool = False, ends: tuple[float, float] | None = None
) -> Axis:
    """An axis that holds all values and finite interval ends of some numbers.

    whole: reach over the whole scale where it has ends (0 to 100 %, NPS -100 to 100), and from 0 otherwise.
    ends: the scale's own ends where the metric does not tell them, as a question's 1 to 7.
    """
    known = [number for number in numbers if isinstance(number, Estimate)]
    unit = known[0].unit if known else "share"
    seen = [end for one in known for end in (one.low, one.value, one.high) if math.isfinite(end)] or [0.0, 1.0]
    low, high = min(seen), max(seen)
    limits = _limits(metric, unit, ends)
    if whole and limits == ends:
        return Axis(*ends, (ends[1] - ends[0]) / marks, scale_for(unit, ends[1]))
    if whole:
        low, high = limits if math.isfinite(limits[0]) else (min(0.0, low), max(0.0, high))
    return _rounded(low, high, scale_for(unit, high), marks, limits)


def axis_over(low: float, high: float, unit: str, marks: int = 4) -> Axis:
    """An axis with round ends over what lies between two values, whatever the scale of the metric is: for differences."""
    return _rounded(low, high, scale_for(unit, max(abs(low), abs(high))), marks, (-math.inf, math.inf))


def _limits(metric: str, unit: str, ends: tuple[float, float] | None) -> tuple[float, float]:
    if metric in KNOWN_ENDS:
        return KNOWN_ENDS[metric]
    if unit == "share":
        return 0.0, 1.0
    return ends if ends and unit == "score" else (-math.inf, math.inf)


def _rounded(low: float, high: float, scale: Scale, marks: int, limits: tuple[float, float]) -> Axis:
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-6):
        pad = abs(high) * 0.1 or scale.divisor
        low, high = max(limits[0], low - pad), min(limits[1], high + pad)
    step = nice(0.8 * (high - low) / scale.divisor / marks) * scale.divisor
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return Axis(low, high, step, scale)


def nice(rough: float) -> float:
    """The nearest larger of 1, 2, 2.5, 5 times a power of ten.

    >>> nice(3.1), nice(0.13), nice(10)
    (5.0, 0.2, 10.0)
    """
    power = 10.0 ** math.floor(math.log10(rough) + 1e-9)
    return next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
