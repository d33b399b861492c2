"""Between which limits the next point of a series is to be expected, from its past alone, with a stated rate of false alarms.

For any metric at equal distances in time (weekly scores, monthly rates, daily counts of a journey). Daily counts of kinds of events, in
which silence is news, have their own test: `drift`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.stats.series import Floats, Scale, checked, from_scale, to_scale

#: How fast the level and what repeats are followed; of these the pair that foretold the past best is used at each point.
LEVEL_RATES, SEASON_RATES = (0.02, 0.1, 0.3, 0.7), (0.05, 0.2, 0.5)
#: Limits come from at most so many of the latest errors, so that they follow a series that gets calmer or wilder.
MEMORY = 250
#: Errors before so many points are of a forecast that hardly knows anything yet.
LEAST_WARM_UP = 8
#: An error larger than so many median ones (three standard deviations of normal errors) moves the forecast no further than that.
ODD = 4.45


@dataclass(frozen=True, slots=True)
class Expected:
    """What a point was to be before it came, in the series' unit. errors: past errors of the forecast that the limits rest on."""

    value: float
    low: float
    high: float
    errors: int


def least_points(alpha: float, period: int = 1) -> int:
    """How many points it takes before a band with this rate of false alarms can be drawn."""
    if not 0 < alpha < 1:
        raise BadInput(f"A rate of false alarms lies between 0 and 1, as in 0.01, but came as {alpha}.")
    return max(LEAST_WARM_UP, 2 * period) + math.ceil(1 / alpha - 1 - 1e-9)


def expect_next(past: Sequence[float], *, alpha: float = 0.05, period: int = 1, scale: Scale = "plain") -> Expected:
    """The next point and the limits between which it stays unless something changed; false alarms at the rate `alpha`.

    past: at equal distances in order of time; period: of what repeats (7 for days of the week), 1 for nothing. Raises BadInput with fewer
    points than `least_points(alpha, period)`, as no limits hold such a rate with less. See `expect_each`.
    """
    values = checked(past, least_points(alpha, period))
    found = expect_each(values.tolist(), alpha=alpha, period=period, scale=scale)[-1]
    assert found is not None
    return found


def expect_each(
    values: Sequence[float], *, alpha: float = 0.05, period: int = 1, scale: Scale = "plain"
) -> list[Expected | None]:
    """For each point of a series, and for the one after the last, the band drawn from the points before it alone; None while too few.

    The forecast follows the level and what repeats by exponential smoothing, at the rates that foretold the past best; an error of more
    than 4.45 median ones moves them only as far as that, so that one odd day does not spoil the next, yet a change that lasts is learnt. The
    limits lie as far on both sides as the past errors reach in 1 - alpha of cases: the error that (errors + 1) * (1 - alpha), rounded up,
    are at most as large as. With errors that are exchangeable the next one lies beyond with a probability of at most alpha.
    **Source**: Winters 1960, Management Science 6:324 (smoothing, additive); Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a
    Random World, chapter 2 (conformal limits). Measured on real series: docs/guide/trends.md. False alarms come more often where a series
    gets wilder than it was, and around holidays and campaigns that it has not seen: those are changes, though known ones.
    """
    if period < 1:
        raise BadInput(f"A period is 1 or more, but came as {period}.")
    warm_up, least = max(LEAST_WARM_UP, 2 * period), least_points(alpha, period)
    points = to_scale(checked(values, warm_up), scale)
    rates = np.asarray(list(product(LEVEL_RATES, SEASON_RATES if period > 1 else (0.0,))))
    level = np.full(len(rates), float(points[:warm_up].mean()))
    season = np.tile(_first_season(points[:warm_up], period), (len(rates), 1))
    squares, errors = np.zeros(len(rates)), np.full((len(rates), points.size), np.nan)
    found: list[Expected | None] = [None] * (points.size + 1)
    for at in range(warm_up, points.size + 1):
        forecast = level + season[:, at % period]
        best = int(np.argmin(squares))
        recent = errors[best, max(warm_up, at - MEMORY) : at]
        reach = _reach(recent, alpha)
        odd = ODD * float(np.median(np.abs(recent))) if recent.size >= LEAST_WARM_UP else math.inf
        if reach is not None and at >= least:
            value, low, high = from_scale(forecast[best] + np.asarray([0.0, -reach, reach]), scale)
            found[at] = Expected(float(value), float(low), float(high), min(at - warm_up, MEMORY))
        if at == points.size:
            break
        error = points[at] - forecast
        errors[:, at] = error
        squares = 0.99 * squares + error**2
        moved = np.clip(error, -odd, odd)
        level = level + rates[:, 0] * moved
        season[:, at % period] += rates[:, 1] * (1 - rates[:, 0]) * moved
    return found


def _first_season(points: Floats, period: int) -> Floats:
    """How far each place of the period lies from the mean of the first points."""
    places = np.arange(points.size) % period
    return np.asarray(np.bincount(places, points) / np.bincount(places) - points.mean())


def _reach(errors: Floats, alpha: float) -> float | None:
    """How far errors reach in 1 - alpha of cases, the next one included; None with too few of them to say."""
    rank = math.ceil((errors.size + 1) * (1 - alpha) - 1e-9)
    if rank > errors.size:
        return None
    return float(np.partition(np.abs(errors), rank - 1)[rank - 1])


def is_outside(value: float, expected: Expected) -> bool:
    """Whether a point lies beyond its limits."""
    return not expected.low <= value <= expected.high
