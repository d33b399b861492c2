"""What customers will still be worth: purchases to come (BG/NBD) times what one is worth (Gamma-Gamma), discounted.

The lifetime of a customer is never observed, so a value rests on both models at once. It is shown with limits from resampled customers,
after a look at whether the past predicted a later part of the past (holdout), and with the correlation that the models take to be none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.stats.bgnbd import Buying, Histories, climb_buying, expected_purchases, fit_buying, histories_of
from touchpath.stats.gamma_gamma import Spending, check_spending, climb_spending, expected_value, fit_spending
from touchpath.stats.intervals import Interval, check_confidence, t_quantile, z_quantile

Floats = NDArray[np.float64]

#: Above this, how often customers buy says too much of what they spend for the two models to be multiplied.
TOO_ALIKE = 0.3
#: Fewer resamples give no limits.
FEWEST_ROUNDS = 200


class Terms(NamedTuple):
    """Over how many periods (in the unit of time of the histories), which share of a purchase's value is kept, discount of one period."""

    periods: int
    margin: float
    discount: float

    def check(self) -> None:
        """Raises BadInput for less than one period, a margin above 1, or a discount of -1 or less."""
        if self.periods < 1 or self.periods > 10_000:
            raise BadInput(f"A value sums over 1 to 10,000 periods, but {self.periods} came.")
        if not (math.isfinite(self.margin) and self.margin <= 1):
            raise BadInput(f"A margin is the share of a purchase's value that is kept, at most 1, but {self.margin} came.")
        if not (math.isfinite(self.discount) and self.discount > -1):
            raise BadInput(f"A discount of one period is above -1, as in 0.01, but {self.discount} came.")


class Worth(NamedTuple):
    """By history: the discounted value, the purchases expected until the last period, and what one of them is worth."""

    value: Floats
    purchases: Floats
    each: Floats


def discounted_sum(buying: Buying, spending: Spending, found: Histories, spent: Floats, terms: Terms) -> Worth:
    """Value of customers: sum over k = 1..periods of (E[Y(k)] - E[Y(k - 1)]) E(M) margin / (1 + discount)^k, purchases at period ends.

    `spent`: mean value m of each history's repeat purchases (histories,), ignored where there are none.
    Sources: Fader, Hardie & Lee 2005, equation 10; Fader & Hardie 2013.
    """
    terms.check()
    discounted, total = discounted_purchases(buying, found, terms)
    each = expected_value(spending, found.x.astype(float), spent)
    return Worth(discounted * each * terms.margin, total, each)


def discounted_purchases(buying: Buying, found: Histories, terms: Terms) -> tuple[Floats, Floats]:
    """By history: the purchases expected, discounted, and not discounted."""
    ends = np.arange(1, terms.periods + 1)
    until = expected_purchases(found, buying, ends)
    by_period = np.diff(until, axis=1, prepend=0.0)
    return by_period @ (1 + terms.discount) ** -ends.astype(float), until[:, -1]


class Correlation(NamedTuple):
    """How far frequency and value go together (Pearson), with Fisher's limits (None below four customers); None where undefined."""

    value: float | None
    limits: Interval | None
    n: int
    warning: str | None


def spending_correlation(frequency: Sequence[float], value: Sequence[float], confidence: float = 0.95) -> Correlation:
    """Whether customers who buy more often spend more or less at a time, which Gamma-Gamma takes not to be so.

    Warns above 0.3 either way. Of customers with repeat purchases. Source: Fader & Hardie 2013, section 1; limits: Fisher 1921.
    """
    x, m = check_spending(frequency, value)
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(m) == 0:
        return Correlation(None, None, x.size, "correlation_undefined")
    r = float(np.clip(np.corrcoef(x, m)[0, 1], -1, 1))
    limits = None
    if x.size > 3 and abs(r) < 1:
        half = z_quantile(confidence) / math.sqrt(x.size - 3)
        limits = Interval(math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))
    return Correlation(r, limits, x.size, "frequency_and_value_go_together" if abs(r) > TOO_ALIKE else None)


class Bin(NamedTuple):
    """Customers with the same number of repeat purchases so far: how many, predicted and actual further purchases each, with t limits."""

    frequency: str
    customers: int
    predicted: float
    actual: float
    limits: Interval | None


@dataclass(frozen=True)
class Holdout:
    """Predicted against actual purchases by frequency so far, and of all customers together."""

    bins: tuple[Bin, ...]
    total: Bin


def holdout(
    buying: Buying,
    found: Histories,
    of: NDArray[np.intp],
    actual: Sequence[int],
    time: float,
    top: int = 7,
    confidence: float = 0.95,
) -> Holdout:
    """Whether a model of the past predicts a later part of the past: purchases per customer within `time` after it, by frequency.

    `of`: the history of each customer (from histories_of).   actual: how often each of them bought in that time.   top: the number of
    repeat purchases from which on customers share a bin. Limits are of the actual mean: a prediction outside them is off by more than
    chance. Source: the check of Fader, Hardie & Lee 2005, figure 4.
    """
    bought = np.asarray(actual, float)
    if bought.shape != of.shape or (bought < 0).any():
        raise BadInput(f"Each of {of.size} customers has a count of purchases in the hold-out time, but {bought.size} came.")
    predicted = expected_purchases(found, buying, [time])[of, 0]
    level = np.minimum(found.x[of], top)
    bins = tuple(
        _bin(f"{value}{'+' if value == top else ''}", predicted[level == value], bought[level == value], confidence)
        for value in np.unique(level)
    )
    return Holdout(bins, _bin("all", predicted, bought, confidence))


def _bin(frequency: str, predicted: Floats, actual: Floats, confidence: float) -> Bin:
    mean, n = float(actual.mean()), actual.size
    limits = None
    if n > 1:
        half = t_quantile(confidence, n - 1) * float(actual.std(ddof=1)) / math.sqrt(n)
        limits = Interval(max(0.0, mean - half), mean + half)
    return Bin(frequency, n, float(predicted.mean()), mean, limits)


@dataclass(frozen=True)
class LifetimeValue:
    """The mean value of a customer of a base with bootstrap limits, what it rests on, and the values of all customers (customers,).

    low, high: None where too many resamples had no maximum.   failed: share of these.   by_customer: without limits of their own, so
    for ranking and sums, never to the cent.
    """

    mean: float
    low: float | None
    high: float | None
    rounds: int
    failed: float
    buying: Buying
    spending: Spending
    correlation: Correlation
    by_customer: Floats


def lifetime_value(
    frequency: Sequence[float],
    recency: Sequence[float],
    watched: Sequence[float],
    spent: Sequence[float],
    terms: Terms,
    seed: int,
    rounds: int = FEWEST_ROUNDS,
    confidence: float = 0.95,
) -> LifetimeValue:
    """The mean lifetime value of these customers, and its limits: both models are fitted again to customers drawn with replacement.

    Columns are (customers,): x, t_x, T and the mean value m of repeat purchases (ignored for x = 0; customers with x > 0 and m of 0
    tell of buying, not of spending). More than one resample in twenty without a maximum leaves no limits.
    Raises BadInput as the fits do, and for fewer than 200 rounds.
    """
    check_confidence(confidence)
    terms.check()
    if rounds < FEWEST_ROUNDS:
        raise BadInput(f"Limits of a lifetime value need {FEWEST_ROUNDS} resamples or more, but {rounds} came.")
    found, of = histories_of(frequency, recency, watched)
    values = np.asarray(spent, float)
    if values.shape != of.shape or not np.isfinite(values).all() or (values < 0).any():
        raise BadInput("Each customer has a mean value of repeat purchases, 0 or more, but others came.")
    x = found.x[of].astype(float)
    tells = (x > 0) & (values > 0)
    buying, spending = fit_buying(found).buying, fit_spending(x[tells].tolist(), values[tells].tolist()).spending
    each = expected_value(spending, np.where(tells, x, 0), values)
    by_customer = discounted_purchases(buying, found, terms)[0][of] * each * terms.margin
    draws, failed = _resampled(found, of, x, values, tells, terms, buying, spending, np.random.default_rng(seed), rounds)
    low = high = None
    if failed <= rounds // 20:
        low, high = (float(limit) for limit in np.percentile(draws, (50 * (1 - confidence), 50 * (1 + confidence))))
    correlation = spending_correlation(x[tells].tolist(), values[tells].tolist(), confidence)
    return LifetimeValue(
        float(by_customer.mean()), low, high, rounds, failed / rounds, buying, spending, correlation, by_customer
    )


def _resampled(
    found: Histories, of: NDArray[np.intp], x: Floats, values: Floats, tells: NDArray[np.bool_], terms: Terms,
    buying: Buying, spending: Spending, rng: np.random.Generator, rounds: int,
) -> tuple[list[float], int]:  # fmt: skip
    """The mean value in each resample of customers whose models have a maximum, and how many had none."""
    draws, failed = [], 0
    for _ in range(rounds):
        count = np.bincount(rng.integers(0, of.size, of.size), minlength=of.size).astype(float)
        again = found.weighted(np.bincount(of, weights=count, minlength=found.x.size).astype(float))
        try:
            bought = climb_buying(again, buying)
            valued = climb_spending(x[tells], values[tells], count[tells], spending)
            each = expected_value(Spending(*valued.parameters), np.where(tells, x, 0), values)
        except BadInput:
            failed += 1
            continue
        if bought.runaways or valued.runaways:
            failed += 1
            continue
        purchases = discounted_purchases(Buying(*bought.parameters), found, terms)[0][of]
        draws.append(float(count @ (purchases * each)) / of.size * terms.margin)
    return draws, failed
