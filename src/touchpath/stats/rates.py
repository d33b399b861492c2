"""Counts of events: exact Poisson intervals of a rate, and the ratio of two rates."""

from __future__ import annotations

from scipy.special import gammaincinv

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_confidence
from touchpath.stats.proportions import clopper_pearson_interval


def _check_rate(events: int, exposure: float) -> None:
    if events < 0:
        raise BadInput(f"A count of events cannot be negative, but came as {events}.")
    if not exposure > 0:
        raise BadInput(f"A rate needs an exposure above 0, but came with {exposure}.")


def poisson_interval(events: int, exposure: float = 1.0, confidence: float = 0.95) -> Interval:
    """Exact interval of events / exposure. Source: Garwood 1936, Biometrika 28:437.

    Sound where events come one by one and independently; too narrow where people bring several each.
    """
    _check_rate(events, exposure)
    check_confidence(confidence)
    tail = (1 - confidence) / 2
    low = float(gammaincinv(events, tail)) if events > 0 else 0.0
    return Interval(low / exposure, float(gammaincinv(events + 1, 1 - tail)) / exposure)


def rate_ratio_limits(
    events_a: int, exposure_a: float, events_b: int, exposure_b: float, confidence: float = 0.95
) -> tuple[float, float | None]:
    """Exact limits of rate A / rate B, given the sum of both counts; no upper limit where B has no event.

    Source: Przyborowski & Wilenski 1940, Biometrika 31:313 (conditional binomial), with Clopper-Pearson limits.
    Raises BadInput where neither has an event.
    """
    _check_rate(events_a, exposure_a)
    _check_rate(events_b, exposure_b)
    if events_a == 0 and events_b == 0:
        raise BadInput("A ratio of two rates needs at least one event.")
    low, high = clopper_pearson_interval(events_a, events_a + events_b, confidence)
    scale = exposure_b / exposure_a
    return low / (1 - low) * scale, high / (1 - high) * scale if high < 1 else None


def rate_ratio_interval(events_a: int, exposure_a: float, events_b: int, exposure_b: float, confidence: float = 0.95) -> Interval:
    """The limits of `rate_ratio_limits` where both counts are above 0, so that both limits are there; BadInput otherwise."""
    low, high = rate_ratio_limits(events_a, exposure_a, events_b, exposure_b, confidence)
    if events_a == 0 or high is None:
        raise BadInput("A ratio of two rates needs at least one event on each side.")
    return Interval(low, high)
