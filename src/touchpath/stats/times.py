"""How long things take: geometric means with t intervals on logarithms, and ratios of two of them.

Times are skewed to the right, so a typical time is better told by the geometric mean than by the arithmetic one.
Source: Sauro & Lewis 2010, CHI, "Average task times in usability tests".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from touchpath.model.errors import BadInput
from touchpath.stats.means import Mean, mean_of, mean_t_interval, welch_difference


class Typical(NamedTuple):
    """A geometric mean, or a ratio of two, with its limits."""

    value: float
    low: float
    high: float


def log_mean(times: Sequence[float]) -> Mean:
    """Mean natural logarithm of times above 0, with its error; raises BadInput for a time of 0 or less."""
    check_times(times)
    return mean_of([math.log(time) for time in times])


def geometric_mean_interval(logs: Mean, confidence: float = 0.95) -> Typical:
    """Geometric mean with a t interval on logarithms, from the mean logarithm and its error (clustered or not)."""
    low, high = mean_t_interval(logs, confidence)
    return Typical(math.exp(logs.mean), math.exp(low), math.exp(high))


def geometric_mean_ratio(a: Mean, b: Mean, confidence: float = 0.95) -> Typical:
    """Ratio A / B of two independent geometric means: "A takes 0.72 times as long", by Welch's interval on logarithms."""
    difference = welch_difference(a, b, confidence)
    return Typical(math.exp(difference.difference), math.exp(difference.low), math.exp(difference.high))


def paired_logs(a: Sequence[float], b: Sequence[float]) -> Mean:
    """Mean of the same people's log A - log B, with its error: tests and limits of it are those of the ratio A / B, paired.

    Raises BadInput for a time of 0 or less, lists of unequal length, and fewer than two people.
    """
    if len(a) != len(b):
        raise BadInput(f"Pairs need as many times of A as of B, but {len(a)} and {len(b)} came.")
    check_times([*a, *b])
    return mean_of([math.log(x) - math.log(y) for x, y in zip(a, b, strict=True)])


class PracticeCurve(NamedTuple):
    """time(k) = first * k**-exponent; `rate` is what a doubling of practice multiplies the time by; r_squared on logarithms."""

    first: float
    exponent: float
    rate: float
    r_squared: float | None


def practice_curve(times: Sequence[float]) -> PracticeCurve:
    """The power law of practice through the mean times of trial 1, 2, 3 ..., by least squares on logarithms.

    Source: Newell & Rosenbloom 1981, in Cognitive Skills and Their Acquisition. r_squared is None where all times are equal.
    Fits means better than any one person: without an interval. Raises BadInput for fewer than three trials or a time of 0 or less.
    """
    if len(times) < 3:
        raise BadInput(f"A curve of practice needs three trials, but {len(times)} came.")
    check_times(times)
    x, y = [math.log(trial) for trial in range(1, len(times) + 1)], [math.log(time) for time in times]
    middle_x, middle_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    xx = math.fsum((one - middle_x) ** 2 for one in x)
    xy = math.fsum((one - middle_x) * (other - middle_y) for one, other in zip(x, y, strict=True))
    yy = math.fsum((other - middle_y) ** 2 for other in y) if min(y) < max(y) else 0.0
    slope = xy / xx if yy else 0.0
    r_squared = min(slope * xy / yy, 1.0) if yy else None
    return PracticeCurve(math.exp(middle_y - slope * middle_x), -slope, 2**slope, r_squared)


def check_times(times: Sequence[float]) -> None:
    """Raises BadInput for a time of 0 or less."""
    wrong = [time for time in times if not time > 0]
    if wrong:
        raise BadInput(f"A time must be above 0, but {wrong[0]} came.")
