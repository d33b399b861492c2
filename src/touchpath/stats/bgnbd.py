"""Customers who buy without a contract and leave unnoticed: the BG/NBD model of how often they buy and when they stop.

A customer buys at a rate of their own (over customers a gamma distribution, r and alpha) and after each purchase stops for good with a
probability of their own (a beta distribution, a and b). One customer is told by x, how often they bought again after the first time;
t_x, when they last did, counted from the first; and T, how long they were watched since the first. One unit of time throughout.
Source: Fader, Hardie & Lee 2005, Marketing Science 24:275. Sound where purchases come at no fixed rhythm, for a hundred customers with
repeats and more, watched for two or three usual gaps between purchases. In this model nobody stops before buying again, so who never did
is alive for certain: a property of the model, not of people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, expit

from touchpath.model.errors import BadInput
from touchpath.stats.likelihood import Summit, Terrain, check_positive, climb, maximum, total

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

NAMES = ("r", "alpha", "a", "b")
_MOST = 1_000_000
#: Of the polynomial that stands in for many integrals: natural logarithm of its exactness, and the highest degree.
_DIGITS, _HIGHEST = 27.0, 45
#: More steps than this no integral is summed in; parameters that anybody's customers have take hundreds.
_MOST_STEPS = 1_000_000


class Buying(NamedTuple):
    """The parameters: r and alpha (a time) of how often customers buy, a and b of how soon they stop."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, eq=False)
class Histories:
    """Distinct histories of purchases and how many customers (or how much weight) have each; all arrays (histories,).

    x: repeat purchases.   last: time of the last one, from the first purchase.   watched: time since the first purchase.
    """

    x: Counts
    last: Floats
    watched: Floats
    count: Floats

    def weighted(self, count: Floats) -> Histories:
        """The same histories, each with another number of customers."""
        return Histories(self.x, self.last, self.watched, count)

    @cached_property
    def unit(self) -> float:
        """A time of the size of those watched, so that numbers stay near 1 whatever the unit."""
        return float(self.watched.max()) or 1.0


def histories_of(
    frequency: Sequence[float], recency: Sequence[float], watched: Sequence[float]
) -> tuple[Histories, NDArray[np.intp]]:
    """Customers as distinct histories, and the place of each customer's among them.

    Raises BadInput, naming the first customer that cannot be, for purchases that are not whole numbers from 0 to a million, times below
    0, a last purchase after the end or without a repeat purchase, and columns of different length.
    """
    if not len(frequency) == len(recency) == len(watched) or not len(frequency):
        raise BadInput(f"Each customer has x, t_x and T, but {len(frequency)}, {len(recency)} and {len(watched)} came.")
    rows = np.column_stack([np.asarray(column, float) for column in (frequency, recency, watched)])
    x, last, until = rows.T
    faults = {
        "times and purchases are finite numbers": ~np.isfinite(rows).all(axis=1),
        f"repeat purchases are whole numbers from 0 to {_MOST:,}": (x < 0) | (x != np.floor(x)) | (x > _MOST),
        "the last purchase lies between the first (0) and the end of watching": (last < 0) | (last > until),
        "who never bought again has their last purchase at 0": (x == 0) & (last != 0),
    }
    for rule, broken in faults.items():
        if broken.any():
            place = int(np.argmax(broken))
            came = ", ".join(f"{name} = {value:g}" for name, value in zip(("x", "t_x", "T"), rows[place], strict=True))
            raise BadInput(f"Customer {place + 1} cannot be: {rule}, but {came} came.")
    distinct, of, count = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return Histories(distinct[:, 0].astype(np.int64), distinct[:, 1], distinct[:, 2], count.astype(float)), of.reshape(-1)


def _odds(found: Histories, buying: Buying, again: NDArray[np.bool_]) -> Floats:
    """The log of the odds of having stopped, of those who bought again."""
    x, last, watched = found.x[again], found.last[again], found.watched[again]
    since = np.log1p((watched - last) / (buying.alpha + last))
    odds: Floats = np.log(buying.a) - np.log(buying.b + x - 1) + (buying.r + x) * since
    return odds


def log_likelihood(found: Histories, buying: Buying) -> float:
    """The log-likelihood of all customers (natural logarithm). Raises BadInput for parameters not above 0."""
    check_positive(**buying._asdict())
    return _terrain(found, buying).value


def _terrain(found: Histories, buying: Buying) -> Terrain:
    """The log-likelihood with its derivatives, in a form without differences of large numbers.

    Of one customer, with (r)_x = r (r + 1) ... (r + x - 1):
    ln (r)_x - x ln(alpha + T) - r ln(1 + T / alpha) - sum over j < x of ln(1 + a / (b + j)) + 1{x > 0} ln(1 + odds of having stopped).
    """
    r, alpha, a, b = buying
    count, x, until = found.count, found.x.astype(float), found.watched
    end = alpha + until
    beyond = _tail_counts(found)
    j = np.arange(beyond.size, dtype=float)
    value = float(beyond @ (np.log(r + j) - np.log1p(a / (b + j)))) - total(count, x * np.log(end) + r * np.log1p(until / alpha))
    slope, bend = np.zeros(4), np.zeros((4, 4))
    slope[0] = beyond @ (1 / (r + j)) - total(count, np.log1p(until / alpha))
    slope[1] = total(count, r * until / (alpha * end) - x / end)
    slope[2] = -(beyond @ (1 / (a + b + j)))
    slope[3] = beyond @ (a / ((b + j) * (a + b + j)))
    both = beyond @ (a + b + j) ** -2.0
    bend[0, 0] = -(beyond @ (r + j) ** -2.0)
    bend[0, 1] = bend[1, 0] = total(count, until / (alpha * end))
    bend[1, 1] = total(count, x / end**2 - r * until * (2 * alpha + until) / (alpha * end) ** 2)
    bend[2:, 2:] = both
    bend[3, 3] -= beyond @ (b + j) ** -2.0
    again = found.x > 0
    stopped = _stopping(found, buying, again)
    return Terrain(value + stopped.value, slope + stopped.slope, bend + stopped.bend)


def _tail_counts(found: Histories) -> Floats:
    """How many customers bought again more than j times, j = 0, 1 ..."""
    by_x = np.bincount(found.x, weights=found.count)
    more: Floats = np.cumsum(by_x[::-1].astype(float))[::-1][1:]
    return more


def _stopping(found: Histories, buying: Buying, again: NDArray[np.bool_]) -> Terrain:
    """The part of the log-likelihood that may have stopped: sum of ln(1 + odds)."""
    r, alpha, a, b = buying
    x, last, until, count = found.x[again].astype(float), found.last[again], found.watched[again], found.count[again]
    odds = _odds(found, buying, again)
    share: Floats = np.asarray(expit(odds), float)
    since = np.log1p((until - last) / (alpha + last))
    moved = -(until - last) / ((alpha + until) * (alpha + last))
    steps = np.stack([since, (r + x) * moved, np.full(x.size, 1 / a), -1 / (b + x - 1)])
    weight = count * share
    bend = np.einsum("ik,jk->ij", steps * (weight * (1 - share)), steps)
    bend[0, 1] += total(weight, moved)
    bend[1, 0] = bend[0, 1]
    bend[1, 1] += total(weight, (r + x) * ((alpha + last) ** -2.0 - (alpha + until) ** -2.0))
    bend[2, 2] -= weight.sum() / a**2
    bend[3, 3] += total(weight, (b + x - 1) ** -2.0)
    slope = np.einsum("ik,k->i", steps, weight)
    return Terrain(total(count, np.logaddexp(0, odds)), slope, bend)


class BuyingFit(NamedTuple):
    """The parameters at the maximum, the log-likelihood there, and the covariance (4, 4) of the parameters' logarithms."""

    buying: Buying
    log_likelihood: float
    covariance: Floats


def fit_buying(found: Histories) -> BuyingFit:
    """The parameters under which these histories are most likely, without any penalty.

    Raises BadInput where there is no such point: nobody bought again, nobody seems to stop, all buy or stop alike ...
    """
    summit = maximum(climb_buying(found), "The BG/NBD model does not suit these purchases, or there are too few of them.")
    assert summit.covariance is not None
    return BuyingFit(Buying(*(float(one) for one in summit.parameters)), summit.value, summit.covariance)


def climb_buying(found: Histories, start: Buying | None = None) -> Summit:
    """Where the search for the best parameters ends, be it a maximum or not; from three starts, or from one given."""
    if not (found.count[found.x > 0] > 0).any():
        raise BadInput(
            "The likelihood has no maximum: nobody bought again, so it rises while r goes to 0. BG/NBD needs repeat purchases."
        )
    unit = found.unit
    scaled = Histories(found.x, found.last / unit, found.watched / unit, found.count)
    rate = total(found.count, found.x.astype(float)) / max(total(found.count, scaled.watched), 1e-12)
    starts = [(0.3, 0.3 / rate, 0.6, 2.0), (1.0, 1.0 / rate, 0.2, 4.0), (5.0, 5.0 / rate, 1.0, 1.0)]
    if start is not None:
        starts = [(start.r, start.alpha / unit, start.a, start.b)]
    summit = climb(lambda point: _terrain(scaled, Buying(*point)), NAMES, starts)
    parameters = summit.parameters * np.array([1, unit, 1, 1])
    return Summit(parameters, _terrain(found, Buying(*parameters)).value, summit.runaways, summit.covariance)


def probability_alive(found: Histories, buying: Buying) -> Floats:
    """The probability that a customer with each history has not stopped; 1 for who never bought again (the model knows no other).

    Source: Fader, Hardie & Lee 2005; note of 2008 on P(alive).
    """
    check_positive(**buying._asdict())
    alive = np.ones(found.x.size)
    again = found.x > 0
    alive[again] = expit(-_odds(found, buying, again))
    return alive


def expected_purchases(found: Histories, buying: Buying, times: ArrayLike) -> Floats:
    """How many more purchases to expect of a customer with each history within each time from now: (histories, times).

    Source: Fader, Hardie & Lee 2005, equation 10; see expected_while_alive for how it is computed.
    """
    ahead = _times(times)
    alive = probability_alive(found, buying)
    speed = ahead[None, :] / (buying.alpha + found.watched[:, None])
    purchases = np.empty(speed.shape)
    for x in np.unique(found.x):
        same = found.x == x
        purchases[same] = _by_speed(buying.r + float(x), buying.a, buying.b + float(x), speed[same])
    return alive[:, None] * purchases


def expected_of_new(buying: Buying, times: ArrayLike) -> Floats:
    """How many repeat purchases to expect of a random new customer within each time: (times,). Source: the same, equation 9."""
    check_positive(**buying._asdict())
    ahead = _times(times)
    return expected_while_alive(np.array(buying.r), buying.a, np.array(buying.b), ahead / buying.alpha)


def _times(times: ArrayLike) -> Floats:
    ahead = np.atleast_1d(np.asarray(times, float))
    if not (np.isfinite(ahead).all() and (ahead >= 0).all()):
        raise BadInput("Purchases are expected within a time of 0 or longer, but another came.")
    return ahead


def _by_speed(rate: float, a: float, b: float, speed: Floats) -> Floats:
    """expected_while_alive for many speeds at once: from a polynomial in ln(speed) for the logarithm of the answer where that is less.

    That function is analytic within pi of the real line, so Chebyshev's polynomials converge as the ellipse within says: eight digits or more.
    """
    some = speed[speed > 0]
    low, high = (np.log(some.min()), np.log(some.max()) + 1e-3) if some.size else (0.0, 1.0)
    degree = math.ceil(_DIGITS / math.asinh(math.pi / ((high - low) / 2)))
    if degree >= min(some.size, _HIGHEST):
        return expected_while_alive(np.array(rate), a, np.array(b), speed)
    curve = Chebyshev.interpolate(
        lambda log: np.log(expected_while_alive(np.array(rate), a, np.array(b), np.exp(log))), degree, domain=[low, high]
    )
    found = np.zeros(speed.shape)
    found[speed > 0] = np.exp(curve(np.log(some)))
    return found


def expected_while_alive(rate: Floats, a: float, b: Floats, speed: Floats) -> Floats:
    """E[(1 - (1 + p s)^-R) / p] over p ~ Beta(a, b): purchases of somebody alive, with R and s the `rate` and `speed`; they broadcast.

    The published form, (a + b - 1) / (a - 1) (1 - ... 2F1 ...), is the same integral, but is 0 / 0 at a = 1 and loses digits around it and
    where 2F1 nears its singularity. Here a part with a known mean is taken off, R s (1 - p)^m + f(1) p, which meets the integrand at both
    ends; the rest is summed on a grid even in ln(p / (1 - p)), where it is analytic in a strip, so that errors fall exponentially.
    """
    shape = np.broadcast_shapes(rate.shape, b.shape, speed.shape)
    rate, b, speed = (np.ascontiguousarray(np.broadcast_to(one, shape)).reshape(-1) for one in (rate, b, speed))
    found = np.empty(rate.size)
    low, high, steps = _grid(rate, a, b, speed)
    room = max(1, 2_000_000 // steps)
    for first in range(0, rate.size, room):
        piece = slice(first, first + room)
        found[piece] = _integrate(rate[piece], a, b[piece], speed[piece], low[piece], high[piece], steps)
    return found.reshape(shape)


def _grid(rate: Floats, a: float, b: Floats, speed: Floats) -> tuple[Floats, Floats, int]:
    """Where the sum begins and ends (beyond, terms are below 1e-13 of it), and in how many steps."""
    middle, width = np.log((a + 1) / (b + 1)), np.sqrt(1 / (a + 1) + 1 / (b + 1))
    low = np.minimum(middle, -np.log1p((rate + 1) * speed)) - 32 / (a + 1) - 8 * width
    high = middle + 32 / (b + 1) + 8 * width
    steps = float(np.ceil(((high - low) / np.minimum(0.25, 0.5 * width)).max(initial=1.0)))
    if not steps <= _MOST_STEPS:
        raise BadInput(
            f"Purchases cannot be foreseen with a = {a:g} and b = {b.max():g}: these say that nearly nobody ever leaves, or all do."
        )
    return low, high, int(steps)


def _integrate(rate: Floats, a: float, b: Floats, speed: Floats, low: Floats, high: Floats, steps: int) -> Floats:
    step = (high - low) / steps
    logit = low[:, None] + step[:, None] * np.arange(steps + 1)
    log_p, log_q = -np.logaddexp(0, -logit), -np.logaddexp(0, logit)
    p = np.exp(log_p)
    power = np.maximum(1.0, (rate + 1) * speed / 2)
    at_one = -np.expm1(-rate * np.log1p(speed))
    whole = -np.expm1(-rate[:, None] * np.log1p(p * speed[:, None])) / p
    known = (rate * speed)[:, None] * np.exp(power[:, None] * log_q) + at_one[:, None] * p
    density = np.exp(a * log_p + b[:, None] * log_q - betaln(a, b)[:, None])
    mean_known = rate * speed * np.exp(betaln(a, b + power) - betaln(a, b)) + at_one * a / (a + b)
    result: Floats = mean_known + step * (density * (whole - known)).sum(axis=1)
    return result
