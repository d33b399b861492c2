"""Worlds for intervals of agreement, of channels, of leaving, of changes, and of other numbers that are asked for more rarely.

`interval_cases.all_cases` puts them after all others, so that the generators of those stay what they were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from interval_worlds import Case, Limits, World, drawn
from touchpath.stats.agreement_limits import IccLimits, cronbach_limits, icc_limits, kappa_limits, krippendorff_limits
from touchpath.stats.bgnbd import Buying
from touchpath.stats.cox import cox_single_covariate
from touchpath.stats.drivers import find_drivers
from touchpath.stats.explained_variance import r_squared_interval
from touchpath.stats.gamma_gamma import Spending, expected_value
from touchpath.stats.grouped_bootstrap import bootstrap_limits, draw_groups
from touchpath.stats.heterogeneity import spread_interval
from touchpath.stats.interrupted_series import count_step
from touchpath.stats.lifetime_value import Base, Terms, base_of, discounted_purchases, lifetime_value
from touchpath.stats.quantiles import quantile_interval
from touchpath.stats.relative_importance import lmg_each
from touchpath.stats.shifted_beta_geometric import Renewing, project, renewals_of, surviving
from touchpath.stats.shifts import Moved, shift_interval
from touchpath.stats.sums_of_amounts import sum_interval

Floats = NDArray[np.float64]
_FEW_VALUES = "Too few values for such limits: the outermost stand in, and the number says how often they hold it."
_FEW_THINGS = "Few things to judge and a rare label: too narrow."
_FEW_POINTS = "Few points: the normal quantile is too small."


# --- agreement ---------------------------------------------------------------------------------------------------------------------
#: How often two raters give each two of three ordered labels.
TABLES = {"0.7 agree": [[0.25, 0.06, 0.02], [0.07, 0.2, 0.05], [0.02, 0.08, 0.25]], "rare label": [[0.75, 0.04, 0.01], [0.05, 0.06, 0.02], [0.01, 0.02, 0.04]]}  # fmt: skip


def kappa_worlds(kind: Literal["unweighted", "quadratic"], things: int) -> list[World]:
    apart = np.abs(np.arange(3)[:, None] - np.arange(3)[None, :])

    def one(name: str, table: Floats) -> World:
        steps = np.minimum(apart, 1) if kind == "unweighted" else apart**2
        by_chance = np.outer(table.sum(axis=1), table.sum(axis=0))
        truth = 1 - float((steps * table).sum() / (steps * by_chance).sum())
        return drawn(name, truth, lambda r: kappa_limits(r.multinomial(things, table.ravel()).reshape(3, 3).tolist(), kind))

    return [one(name, np.array(table)) for name, table in TABLES.items()]


def krippendorff_worlds(things: int) -> list[World]:
    """Two raters, nominal labels."""
    table = np.array(TABLES["0.7 agree"])
    labels = (table.sum(axis=0) + table.sum(axis=1)) / 2
    truth = 1 - float((1 - np.trace(table)) / (1 - (labels**2).sum()))

    def draw(r: Generator) -> Limits | None:
        judged = np.divmod(r.choice(9, things, p=table.ravel()), 3)
        return krippendorff_limits([one.tolist() for one in judged], "nominal", seed=1, resamples=200)

    return [drawn("0.7 agree", truth, draw)]


def cronbach_worlds(respondents: int) -> list[World]:
    """Normal items that go together alike; the interval takes them to."""

    def one(items: int, alike: float) -> World:
        def draw(r: Generator) -> Limits | None:
            common = r.normal(0, math.sqrt(alike), (respondents, 1))
            return cronbach_limits((common + r.normal(0, math.sqrt(1 - alike), (respondents, items))).tolist())

        return drawn(f"{items} items, correlated {alike}", items * alike / (1 + (items - 1) * alike), draw)

    return [one(4, 0.5), one(10, 0.3), one(2, 0.7)]


def icc_worlds(kind: str, customers: int) -> list[World]:
    """Customers who rate four channels: spread of customers 1, of channels 0.5, of the rest 1."""
    truth = {"one_way": 1 / 2, "agreement": 1 / (1 + 0.25 + 1), "consistency": 1 / 2}[kind]
    levels = 0.0 if kind == "one_way" else 0.5

    def draw(r: Generator) -> Limits | None:
        table = r.normal(0, 1, (customers, 1)) + r.normal(0, levels, (1, 4)) + r.normal(0, 1, (customers, 4))
        limits: IccLimits = icc_limits(table.tolist())
        found: Limits | None = getattr(limits, kind)
        return found

    return [drawn("normal ratings of four channels", truth, draw)]


def channel_worlds(channels: int) -> list[World]:
    """Channels with known errors of unlike size."""
    errors = np.linspace(0.1, 0.4, channels)

    def one(tau: float) -> World:
        return drawn(
            f"spread {tau}", tau, lambda r: spread_interval(r.normal(0, np.hypot(tau, errors)).tolist(), errors.tolist())
        )

    return [one(0.0), one(0.2), one(1.0)]


# --- leaving -----------------------------------------------------------------------------------------------------------------------
def hazard_worlds(people: int) -> list[World]:
    """Two groups who leave at steady rates, about a third of them after the end."""

    def one(ratio: float) -> World:
        def draw(r: Generator) -> Limits:
            group = np.repeat([0, 1], people)
            ends = r.exponential(10, 2 * people) / np.where(group == 1, ratio, 1)
            seen = r.uniform(2, 40, 2 * people)
            left = (ends <= seen).astype(int).tolist()
            found = cox_single_covariate(np.minimum(ends, seen).tolist(), left, group.tolist())
            return found.low, found.high

        return drawn(f"ratio {ratio}", ratio, draw)

    return [one(1.0), one(2.0)]


def renewal_worlds(customers: int) -> list[World]:
    """A cohort seen for six renewals; the share left after ten is asked for."""
    truth = Renewing(0.7, 3.0)
    chances = np.diff(np.concatenate([[0.0], 1 - surviving(truth, list(range(1, 7))), [1.0]]))

    def draw(r: Generator) -> Limits:
        left = customers - np.cumsum(r.multinomial(customers, chances)[:6])
        found = project(renewals_of([customers, *left.tolist()]), [10], seed=1, rounds=200)
        return float(found.low[0]), float(found.high[0])

    return [drawn("alpha 0.7, beta 3", float(surviving(truth, [10])[0]), draw)]


# --- changes -----------------------------------------------------------------------------------------------------------------------
def step_worlds(points: int) -> list[World]:
    """Monthly counts that step down by a fifth in the middle; variance as large as the mean, or three times."""

    def one(name: str, dispersion: float) -> World:
        half = points // 2 + 1
        mean = 200 * np.where(np.arange(1, points + 1) >= half, 0.8, 1.0) * np.exp(0.003 * np.arange(points))

        def draw(r: Generator) -> Limits | None:
            rates = r.gamma(mean / (dispersion - 1), dispersion - 1) if dispersion > 1 else mean
            found = count_step(r.poisson(rates).tolist(), [1.0] * points, half)
            return None if found.low is None or found.high is None else (found.low, found.high)

        return drawn(name, 0.8, draw)

    return [one("variance = mean", 1.0), one("variance = 3 means", 3.0)]


def shift_worlds(people: int) -> list[World]:
    """Two groups of which half of the people are in both."""

    def one(before: float, after: float) -> World:
        half = people // 2

        def draw(r: Generator) -> Limits:
            first, second = r.binomial(half, [before, after])
            both = int(r.binomial(half, (before + after) / 2))
            return shift_interval(Moved((int(first), half), (int(second), half), (both, half)))[1]

        return drawn(f"shares {before} to {after}", (after - before) / 2, draw)

    return [one(0.5, 0.5), one(0.3, 0.5), one(0.1, 0.05)]


# --- amounts -----------------------------------------------------------------------------------------------------------------------
def sum_worlds(expected: int) -> list[World]:
    def one(spread: float) -> World:
        def draw(r: Generator) -> Limits | None:
            amounts = r.lognormal(3, spread, r.poisson(expected))
            return sum_interval(float(amounts.sum()), float((amounts**2).sum())) if amounts.size else None

        return drawn(f"lognormal, sd of logs {spread}", expected * math.exp(3 + spread**2 / 2), draw)

    return [one(0.0), one(0.5), one(1.0)]


def few_values_worlds(n: int, q: float) -> list[World]:
    truth = 20 * -math.log(1 - q)
    return [drawn("exponential", truth, lambda r: quantile_interval(r.exponential(20, n).tolist(), q)[1:])]


def r_squared_worlds(respondents: int) -> list[World]:
    """Three normal predictors of equal weight."""

    def one(truth: float) -> World:
        def draw(r: Generator) -> Limits | None:
            x = r.normal(0, 1, (respondents, 3))
            y = x.sum(axis=1) * math.sqrt(truth / 3) + r.normal(0, math.sqrt(1 - truth), respondents)
            design = np.column_stack([np.ones(respondents), x])
            left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
            return r_squared_interval(1 - float(left @ left) / float(((y - y.mean()) ** 2).sum()), respondents, 3)

        return drawn(f"R squared {truth}", truth, draw)

    return [one(0.1), one(0.4), one(0.8)]


def grouped_worlds(people: int) -> list[World]:
    """The mean of 0-to-100 ratings of people who fall into 50 groups, as composites draw them."""

    def draw(r: Generator) -> Limits | None:
        group, rating = r.integers(0, 50, people), np.clip(r.normal(60, 25, people), 0, 100)
        sums, counts = np.bincount(group, rating, 50), np.bincount(group, minlength=50)
        times = draw_groups(50, 200, seed=int(r.integers(2**31)))
        with np.errstate(invalid="ignore"):
            return bootstrap_limits(float(rating.mean()), times @ sums / (times @ counts), 50, 0.95)

    return [drawn("ratings 0 to 100", _clipped_mean(60, 25), draw)]


def _clipped_mean(middle: float, spread: float) -> float:
    """The mean of a normal number cut to 0 to 100."""
    low, high = (0 - middle) / spread, (100 - middle) / spread

    def below(z: float) -> float:
        return 0.5 * math.erfc(-z / math.sqrt(2))

    def density(z: float) -> float:
        return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    inside = below(high) - below(low)
    return middle * inside + spread * (density(low) - density(high)) + 100 * (1 - below(high))


# --- drivers and customers ---------------------------------------------------------------------------------------------------------------
#: Three predictors that go together, the third without an effect of its own.
TOGETHER, SLOPES = np.full((3, 3), 0.4) + 0.6 * np.eye(3), np.array([0.5, 0.3, 0.0])


def driver_worlds(what: Literal["part", "correlation"], respondents: int) -> list[World]:
    with_outcome = TOGETHER @ SLOPES
    covariance = np.block([[TOGETHER, with_outcome[:, None]], [with_outcome[None, :], np.array([[SLOPES @ with_outcome + 0.6]])]])
    spread = np.sqrt(np.diag(covariance))
    correlations = covariance / np.outer(spread, spread)
    truths = lmg_each(correlations[None])[0] if what == "part" else correlations[:3, 3]
    root = np.linalg.cholesky(TOGETHER)

    def one(place: int) -> World:
        def draw(r: Generator) -> Limits | None:
            x = r.normal(0, 1, (respondents, 3)) @ root.T
            y = x @ SLOPES + r.normal(0, math.sqrt(0.6), respondents)
            columns = {name: x[:, column].tolist() for column, name in enumerate("abc")}
            found = next(driver for driver in find_drivers(y.tolist(), columns, seed=1).drivers if driver.name == "abc"[place])
            return found.limits if what == "part" else found.correlation_limits

        return drawn(f"slope {SLOPES[place]}", float(truths[place]), draw)

    return [one(place) for place in range(3)]


BUYING, SPENDING, TERMS = Buying(0.8, 6.0, 0.8, 2.5), Spending(6.2, 3.7, 15.0), Terms(26, 0.3, 0.002)


def customers(random: Generator, n: int) -> Base:
    """Customers as BG/NBD and Gamma-Gamma draw them, watched for half a year to a year of weeks."""
    watched, rate = random.uniform(26, 52, n), random.gamma(BUYING.r, 1 / BUYING.alpha, n)
    most = random.geometric(random.beta(BUYING.a, BUYING.b, n))
    x, last, time, buys = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, bool)
    while buys.any():
        time = time + random.exponential(1 / rate)
        buys = buys & (time <= watched) & (x < most)
        x, last = x + buys, np.where(buys, time, last)
    shape = SPENDING.p * np.maximum(x, 1)
    spent = np.where(x > 0, random.gamma(shape, 1 / random.gamma(SPENDING.q, 1 / SPENDING.v, n)) / np.maximum(x, 1), 0)
    return base_of(x.tolist(), last.tolist(), watched.tolist(), spent.tolist())


def customer_worlds(n: int) -> list[World]:
    """The truth is the mean value, by the true parameters, of very many customers."""
    many = customers(np.random.default_rng(1), 100_000)
    worth = discounted_purchases(BUYING, many.found, TERMS)[0][many.of] * expected_value(SPENDING, many.x, many.spent)

    def draw(r: Generator) -> Limits | None:
        found = lifetime_value(customers(r, n), TERMS, seed=1)
        return None if found.low is None or found.high is None else (found.low, found.high)

    return [drawn("BG/NBD and Gamma-Gamma", float((worth * TERMS.margin).mean()), draw)]


# --- the rows ------------------------------------------------------------------------------------------------------------------------
def rarer_cases() -> Sequence[Case]:
    """The rows of these intervals, family by family."""
    return [*_agreement(), *_leaving(), *_changes(), *_amounts(), *_drivers_and_customers()]


def _agreement() -> list[Case]:
    found = []
    for n in (50, 200):
        plain, squared, caveat = (0.90, 0.855, _FEW_THINGS) if n == 50 else (0.93, 0.92, "")
        found += [
            Case("Agreement", "kappa, unweighted", str(n), partial(kappa_worlds, "unweighted", n), plain, caveat),
            Case("Agreement", "kappa, quadratic", str(n), partial(kappa_worlds, "quadratic", n), squared, caveat),
        ]
    found += [Case("Agreement", "Krippendorff's alpha", str(n), partial(krippendorff_worlds, n), 0.9, slow=20) for n in (20, 50)]
    found += [Case("Agreement", "Cronbach's alpha", str(n), partial(cronbach_worlds, n), 0.94) for n in (15, 50)]
    for n in (20, 100):
        found += [
            Case("Agreement", f"ICC, {kind.replace('_', ' ')}", str(n), partial(icc_worlds, kind, n), 0.94)
            for kind in ("one_way", "agreement", "consistency")
        ]
    return found + [
        Case("Agreement", "spread of channels, Q profile", f"{n} channels", partial(channel_worlds, n), 0.94) for n in (4, 10)
    ]


def _leaving() -> list[Case]:
    return [
        *(Case("Leaving", "hazard ratio, Wald", f"{n} and {n}", partial(hazard_worlds, n), 0.935) for n in (20, 50, 200)),
        *(Case("Leaving", "share after ten renewals, bootstrap", str(n), partial(renewal_worlds, n), 0.90, slow=100) for n in (200, 1000)),
    ]  # fmt: skip


def _changes() -> list[Case]:
    return [
        *(Case("Changes", "step of counts, quasi-Poisson", f"{n} points", partial(step_worlds, n), 0.91 if n < 48 else 0.925, _FEW_POINTS if n < 48 else "") for n in (24, 48, 96)),
        *(Case("Changes", "shift of a share, half in both", f"{n} and {n}", partial(shift_worlds, n), 0.935) for n in (20, 100)),
    ]  # fmt: skip


def _amounts() -> list[Case]:
    return [
        *(Case("Other numbers", "sum of amounts, gamma", f"{n} amounts", partial(sum_worlds, n), 0.90) for n in (20, 100)),
        *(Case("Other numbers", "R squared, three predictors", str(n), partial(r_squared_worlds, n), 0.94, slow=4) for n in (30, 100)),
        *(Case("Other numbers", "mean, 50 groups drawn again", str(n), partial(grouped_worlds, n), 0.935) for n in (200, 1000)),
        Case("Other numbers", "median of too few values", "5", partial(few_values_worlds, 5, 0.5), 0.93, _FEW_VALUES),
        Case("Other numbers", "95th percentile of too few values", "20", partial(few_values_worlds, 20, 0.95), 0.61, _FEW_VALUES),
        Case("Other numbers", "95th percentile, order statistics", "72", partial(few_values_worlds, 72, 0.95), 0.95),
    ]  # fmt: skip


def _drivers_and_customers() -> list[Case]:
    found = []
    for n in (50, 200):
        found += [
            Case("Drivers and customers", "part of a driver, LMG", str(n), partial(driver_worlds, "part", n), 0.90, slow=20),
            Case(
                "Drivers and customers",
                "correlation, percentile",
                str(n),
                partial(driver_worlds, "correlation", n),
                0.90,
                slow=20,
            ),
        ]
    return [
        *found,
        Case("Drivers and customers", "mean lifetime value, bootstrap", "300", partial(customer_worlds, 300), 0.90, slow=1000),
    ]
