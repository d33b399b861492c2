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
from touchpath.stats.gamma_gamma import Spending, check_spending, climb_spending, expected_value
from touchpath.stats.intervals import Interval, check_confidence, t_quantile, z_quantile
from touchpath.stats.likelihood import Summit, maximum, total

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
    return _correlation(x, m, np.ones(x.size), confidence)


def _correlation(x: Floats, m: Floats, count: Floats, confidence: float) -> Correlation:
    n = int(count.sum())
    if n < 3 or np.ptp(x) == 0 or np.ptp(m) == 0:
        return Correlation(None, None, n, "correlation_undefined")
    (xx, xm), (_, mm) = np.cov(x, m, aweights=count, bias=True)
    r = float(np.clip(xm / math.sqrt(xx * mm), -1, 1))
    limits = None
    if n > 3 and abs(r) < 1:
        half = z_quantile(confidence) / math.sqrt(n - 3)
        limits = Interval(math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))
    return Correlation(r, limits, n, "frequency_and_value_go_together" if abs(r) > TOO_ALIKE else None)


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


@dataclass(frozen=True, eq=False)
class Base:
    """The customers of a base, those alike in one row; all arrays (rows,).

    found: their distinct histories.   of: the history of each row.   spent: mean value m of repeat purchases; 0 = it tells nothing of
    spending (none was made, or their sum is not above 0).   count: how many customers a row stands for.
    """

    found: Histories
    of: NDArray[np.intp]
    spent: Floats
    count: Floats

    @property
    def x(self) -> Floats:
        """Repeat purchases that tell of spending."""
        return np.where(self.spent > 0, self.found.x[self.of], 0).astype(float)


def base_of(
    frequency: Sequence[float],
    recency: Sequence[float],
    watched: Sequence[float],
    spent: Sequence[float],
    count: Sequence[int] | None = None,
) -> Base:
    """Customers by x, t_x, T and m, all (rows,), and how many a row stands for (one each, unless given).

    Raises BadInput as histories_of does, and for values or counts below 0.
    """
    found, of = histories_of(frequency, recency, watched)
    values = np.asarray(spent, float)
    many = np.ones(of.size) if count is None else np.asarray(count, float)
    if values.shape != of.shape or not np.isfinite(values).all() or (values < 0).any():
        raise BadInput("Each customer has a mean value of repeat purchases, 0 or more, but others came.")
    if many.shape != of.shape or (many < 1).any():
        raise BadInput("Each row stands for one customer or more, but others came.")
    return Base(found.weighted(_sums_of(of, many, found.x.size)), of, np.where(found.x[of] > 0, values, 0.0), many)


def _sums_of(of: NDArray[np.intp], count: Floats, size: int) -> Floats:
    """The counts of all rows of each history."""
    return np.bincount(of, count, size).astype(float)


@dataclass(frozen=True, eq=False)
class LifetimeValue:
    """The mean value of a customer of a base with bootstrap limits, what it rests on, and the value by row (rows,).

    low, high: None where too many resamples gave no value.   failed: share of these.   edges: share of those where a likelihood had no
    maximum, so that the edge to which it rises stood in.   by_row: without limits of their own, so for ranking and sums, never to the cent.
    """

    mean: float
    low: float | None
    high: float | None
    rounds: int
    failed: float
    edges: float
    buying: Buying
    spending: Spending
    correlation: Correlation
    by_row: Floats


def lifetime_value(base: Base, terms: Terms, seed: int, rounds: int = FEWEST_ROUNDS, confidence: float = 0.95) -> LifetimeValue:
    """The mean lifetime value of these customers, and its limits: both models are fitted again to customers drawn with replacement.

    In a resample whose likelihood has no maximum the edge to which it rises stands in: there values settle although parameters do not.
    More than one resample in twenty without a value leaves no limits. Raises BadInput as the fits do, and for fewer than 200 rounds.
    """
    check_confidence(confidence)
    terms.check()
    if rounds < FEWEST_ROUNDS:
        raise BadInput(f"Limits of a lifetime value need {FEWEST_ROUNDS} resamples or more, but {rounds} came.")
    buying = fit_buying(base.found).buying
    spending = Spending(*maximum(_climb(base, base.count), "Gamma-Gamma does not suit these values.").parameters)
    by_row = _values(base, buying, spending, terms)
    draws, edges = _resampled(base, terms, buying, spending, np.random.default_rng(seed), rounds)
    failed = rounds - len(draws)
    low = high = None
    if failed <= rounds // 20:
        low, high = (float(limit) for limit in np.percentile(draws, (50 * (1 - confidence), 50 * (1 + confidence))))
    tells = base.spent > 0
    correlation = _correlation(base.x[tells], base.spent[tells], base.count[tells], confidence)
    mean = total(base.count, by_row) / float(base.count.sum())
    return LifetimeValue(mean, low, high, rounds, failed / rounds, edges / rounds, buying, spending, correlation, by_row)


def _climb(base: Base, count: Floats, start: Spending | None = None) -> Summit:
    tells = base.spent > 0
    if not tells.any():
        raise BadInput("Gamma-Gamma needs customers whose repeat purchases are worth more than 0, but there are none.")
    return climb_spending(base.x[tells], base.spent[tells], count[tells], start)


def _values(base: Base, buying: Buying, spending: Spending, terms: Terms) -> Floats:
    each = expected_value(spending, base.x, base.spent)
    result: Floats = discounted_purchases(buying, base.found, terms)[0][base.of] * each * terms.margin
    return result


def _resampled(
    base: Base, terms: Terms, buying: Buying, spending: Spending, rng: np.random.Generator, rounds: int
) -> tuple[list[float], int]:
    """The mean value in each resample of customers that gives one, and in how many an edge stood in for a maximum."""
    draws: list[float] = []
    edges = 0
    customers = int(base.count.sum())
    for _ in range(rounds):
        count = rng.multinomial(customers, base.count / customers).astype(float)
        again = base.found.weighted(_sums_of(base.of, count, base.found.x.size))
        try:
            bought, valued = climb_buying(again, buying), _climb(base, count, spending)
            values = _values(base, Buying(*bought.parameters), Spending(*valued.parameters), terms)
        except BadInput:
            continue
        draws.append(total(count, values) / customers)
        edges += bool(bought.runaways or valued.runaways)
    return draws, edges
