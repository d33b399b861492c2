"""What belongs beside any comparison of two numbers: its p-value, the smallest difference it could find, and how many people would do."""

from __future__ import annotations

import math
from collections.abc import Callable

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.detectable import people_for, smallest_change
from touchpath.stats.effects import Family, Mean, Share, Time
from touchpath.stats.intervals import z_quantile
from touchpath.stats.p_values import LEAST_P

Compare = Callable[[float], Comparison | Undefined]

#: Power that "would have been found" speaks of.
POWER = 0.8
#: Differences for which people are planned where nobody said which one matters: a share by ten points, a time by a quarter, anything else
#: by half a standard deviation (Cohen's "medium", 1988).
SHARE_STEP, TIME_STEP, SD_STEP = 0.1, 1.25, 0.5
_HALVINGS = 50


def invert(compare: Compare) -> float | None:
    """The two-sided p-value that belongs to an interval: the largest 1 - confidence at which the interval still holds no change.

    compare: gives the comparison at a confidence. None where there is no comparison. So p and interval never disagree, whatever the method
    of the interval. Not below LEAST_P. **Source**: Lehmann & Romano 2022, Testing Statistical Hypotheses, 4th ed., section 3.5 (tests and
    confidence sets). It stops being sound where intervals are not nested in their confidence.
    """
    low, high = math.log(LEAST_P), 0.0
    if not isinstance(found := compare(1 - LEAST_P), Comparison):
        return None
    if found.changed is not None:
        return LEAST_P
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        at = compare(-math.expm1(middle))
        if not isinstance(at, Comparison):
            return None
        low, high = (middle, high) if at.changed is None else (low, middle)
    return math.exp(low)


def smallest_found(found: Comparison, before: int, after: int, alpha: float) -> float | None:
    """The smallest difference (or ratio above 1) that a comparison as noisy as this one finds in four of five cases.

    before, after: how many there are on each side; alpha: the rate of false alarms of one comparison (already divided in a family).
    The noise is that of the comparison's own interval, so people who count more than once are in it. None where the interval has no
    width or no end. By the normal approximation; see `detectable.smallest_change`.
    """
    n = 2 / (1 / before + 1 / after) if min(before, after) > 0 else 0.0
    spread = _half_width(found.low, found.high, found.kind) / z_quantile(found.confidence) * math.sqrt(n / 2)
    if n < 2 or not 0 < spread < math.inf:
        return None
    family: Family = Mean(spread) if found.kind == "difference" else Time(spread)
    return smallest_change(family, n, POWER, alpha)


def _half_width(low: float, high: float, kind: str) -> float:
    """Half an interval, of ratios on logarithms; infinite where there is no telling."""
    if kind == "difference":
        return (high - low) / 2
    return math.log(high / low) / 2 if 0 < low < high < math.inf else math.inf


def people_needed(number: Estimate, alpha: float = 0.05, worthwhile: float | None = None) -> tuple[int, str]:
    """How many each side needs to find a difference that is worth finding in four of five cases, and that difference in words.

    number: of everybody, whose size and noise are taken, the noise as its own interval has it, so that people who count more than once are in it.
    worthwhile: in the number's unit, of times a factor above 1. Without one, shares: ten points; times: a quarter longer; all else: half a
    standard deviation. So it is too for a difference that takes more people than there are, or where the interval tells nothing of the noise.
    """
    try:
        return _people_for(number, alpha, worthwhile)
    except BadInput:  # An interval without width, or without end, tells nothing of the noise; nor may a share leave 0 to 1.
        return math.ceil(people_for(Mean(1.0), SD_STEP, POWER, alpha)), "half a standard deviation"


def _people_for(number: Estimate, alpha: float, worthwhile: float | None) -> tuple[int, str]:
    if number.unit == "share" and 0 <= number.value <= 1:
        size = worthwhile or SHARE_STEP
        step = size if number.value <= 0.5 else -size
        return math.ceil(people_for(Share(number.value), step, POWER, alpha)), f"{size * 100:.3g} points"
    if number.unit == "seconds":
        spread = _half_width(number.low, number.high, "ratio") / z_quantile(number.confidence) * math.sqrt(number.n)
        times = worthwhile or TIME_STEP
        words = "a quarter" if times == TIME_STEP else f"{(times - 1) * 100:.3g} %"
        return math.ceil(people_for(Time(spread), times, POWER, alpha)), words
    if worthwhile is None:
        return math.ceil(people_for(Mean(1.0), SD_STEP, POWER, alpha)), "half a standard deviation"
    spread = _half_width(number.low, number.high, "difference") / z_quantile(number.confidence) * math.sqrt(number.n)
    return math.ceil(people_for(Mean(spread), worthwhile, POWER, alpha)), f"{worthwhile:.3g}"
