"""What a purchase is worth, by customer: the Gamma-Gamma model, which pulls the mean of few purchases towards that of all customers.

A customer's purchases vary around a mean of their own (gamma, shape p); the means vary over customers (q and v). Only customers with
repeat purchases tell: x of them, worth m on average. Source: Fader & Hardie 2013, "The Gamma-Gamma Model of Monetary Value" (note 025).
Sound only where how often customers buy says next to nothing about what they spend at a time: see lifetime_value.spending_correlation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma, polygamma

from touchpath.model.errors import BadInput
from touchpath.stats.likelihood import Summit, Terrain, check_positive, climb, maximum, total

Floats = NDArray[np.float64]

NAMES = ("p", "q", "v")


class Spending(NamedTuple):
    """The parameters: p of how purchases vary within a customer, q and v (an amount) of how customers vary."""

    p: float
    q: float
    v: float


class SpendingFit(NamedTuple):
    """The parameters at the maximum, the log-likelihood there, and the covariance (3, 3) of the parameters' logarithms."""

    spending: Spending
    log_likelihood: float
    covariance: Floats


def check_spending(frequency: Sequence[float], value: Sequence[float]) -> tuple[Floats, Floats]:
    """Both columns as arrays; raises BadInput, naming the first fault, unless x is a whole number >= 1 and m > 0 of each customer."""
    if len(frequency) != len(value) or not len(value):
        raise BadInput(f"Each customer has x and m, but {len(frequency)} and {len(value)} came.")
    x, m = np.asarray(frequency, float), np.asarray(value, float)
    broken = ~((x >= 1) & (x == np.floor(x)) & (m > 0) & np.isfinite(x) & np.isfinite(m))
    if broken.any():
        place = int(np.argmax(broken))
        raise BadInput(
            "Gamma-Gamma takes customers with one repeat purchase or more, worth more than 0 on average, but customer"
            f" {place + 1} came with x = {x[place]:g}, m = {m[place]:g}."
        )
    return x, m


def fit_spending(frequency: Sequence[float], value: Sequence[float]) -> SpendingFit:
    """The parameters under which these mean values are most likely, without any penalty.

    Raises BadInput for customers without repeat purchases, and where there is no maximum: all spend alike, or too few customers.
    """
    x, m = check_spending(frequency, value)
    summit = maximum(
        climb_spending(x, m, np.ones(x.size)), "Gamma-Gamma does not suit these values, or there are too few of them."
    )
    assert summit.covariance is not None
    return SpendingFit(Spending(*(float(one) for one in summit.parameters)), summit.value, summit.covariance)


def climb_spending(x: Floats, m: Floats, count: Floats, start: Spending | None = None) -> Summit:
    """Where the search for the best parameters ends, be it a maximum or not, for customers of whom there are `count` each."""
    unit = total(count, m) / float(count.sum())
    starts = [(2.0, 3.0, 1.0), (6.0, 4.0, 0.5), (0.5, 10.0, 20.0)]
    if start is not None:
        starts = [(start.p, start.q, start.v / unit)]
    customers = _Customers(x, m / unit, count)
    summit = climb(lambda point: customers.terrain(*point), NAMES, starts)
    value = summit.value - float(count.sum()) * float(np.log(unit))
    return Summit(summit.parameters * np.array([1, 1, unit]), value, summit.runaways, summit.covariance)


def log_likelihood(frequency: Sequence[float], value: Sequence[float], spending: Spending) -> float:
    """The log-likelihood of the mean values of all customers (natural logarithm)."""
    check_positive(**spending._asdict())
    x, m = check_spending(frequency, value)
    return _Customers(x, m, np.ones(x.size)).terrain(*spending).value


class _Customers:
    """Sums that do not change while parameters do; `z` is what a customer's repeat purchases came to."""

    def __init__(self, x: Floats, m: Floats, count: Floats) -> None:
        self.x, self.z, self.count = x, x * m, count
        self.levels, of = np.unique(x, return_inverse=True)
        self.by_level = np.bincount(of, weights=count)
        self.log_m = total(count, np.log(m))

    def terrain(self, p: float, q: float, v: float) -> Terrain:
        """The log-likelihood with its derivatives; of one customer: -q ln(1 + z / v) - p x ln(1 + v / z) - ln m - ln B(p x, q)."""
        x, z, count, levels, by_level = self.x, self.z, self.count, self.levels, self.by_level
        shape, both = p * levels, p * levels + q
        log_v, log_z = np.log1p(z / v), np.log1p(v / z)
        value = -total(count, q * log_v + p * x * log_z) - self.log_m - float(by_level @ betaln(shape, q))
        first, second = digamma(both), polygamma(1, both)
        slope = np.array(
            [
                by_level @ (levels * (first - digamma(shape))) - total(count, x * log_z),
                by_level @ (first - digamma(q)) - total(count, log_v),
                total(count, (q * z - p * x * v) / (v * (z + v))),
            ]
        )
        pq, pv, qv = by_level @ (levels * second), -total(count, x / (z + v)), total(count, z / (v * (z + v)))
        pp = by_level @ (levels**2 * (second - polygamma(1, shape)))
        qq = by_level @ (second - polygamma(1, q))
        vv = total(count, (p * x + q) / (z + v) ** 2 - q / v**2)
        return Terrain(value, slope, np.array([[pp, pq, pv], [pq, qq, qv], [pv, qv, vv]]))


def expected_value(spending: Spending, frequency: Floats, value: Floats) -> Floats:
    """What the purchases of customers are worth on average, given x repeat purchases worth m on average: (customers,).

    Without a repeat purchase (x = 0, whatever m) the mean of all customers. Raises BadInput for q <= 1, where the model has no mean.
    """
    check_positive(**spending._asdict())
    p, q, v = spending
    if q <= 1:
        raise BadInput(f"With q = {q:g} the Gamma-Gamma model has no mean; it needs q above 1.")
    x, z = np.asarray(frequency, float), np.where(np.asarray(frequency) > 0, np.asarray(value, float) * frequency, 0.0)
    result: Floats = p * (v + z) / (p * x + q - 1)
    return result
