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
    wrong = [time for time in times if not time > 0]
    if wrong:
        raise BadInput(f"A time must be above 0, but {wrong[0]} came.")
    return mean_of([math.log(time) for time in times])


def geometric_mean_interval(logs: Mean, confidence: float = 0.95) -> Typical:
    """Geometric mean with a t interval on logarithms, from the mean logarithm and its error (clustered or not)."""
    low, high = mean_t_interval(logs, confidence)
    return Typical(math.exp(logs.mean), math.exp(low), math.exp(high))


def geometric_mean_ratio(a: Mean, b: Mean, confidence: float = 0.95) -> Typical:
    """Ratio A / B of two independent geometric means: "A takes 0.72 times as long", by Welch's interval on logarithms."""
    difference = welch_difference(a, b, confidence)
    return Typical(math.exp(difference.difference), math.exp(difference.low), math.exp(difference.high))
