"""Simulated worlds, each with a truth that is known, for every interval that the product gives; see coverage_table.py.

`interval_worlds` says what a world and a row are; `rarer_interval_cases` has the worlds of rarer intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from scipy.special import ndtri
from scipy.stats import binom, poisson

from interval_worlds import Case, Limits, World, drawn, listed
from rarer_interval_cases import rarer_cases
from touchpath.stats.association import correlation
from touchpath.stats.bootstrap import Kind, bootstrap, bootstrap_sums
from touchpath.stats.clustered import clustered_ratio_interval, clustered_share_interval, sum_people
from touchpath.stats.comparisons import compare_clustered_shares
from touchpath.stats.durations import restricted_mean, survival_curve
from touchpath.stats.experiments import Known, always_valid_interval, cuped, lift_test, relative_lift, share_mean
from touchpath.stats.intervals import Interval, z_quantile
from touchpath.stats.lift import lift_interval
from touchpath.stats.means import mean_from_sums, mean_of, mean_t_interval, welch_difference
from touchpath.stats.nps import Tally, clustered_nps_interval, nps_difference, nps_interval
from touchpath.stats.paired_shares import bonett_price_interval
from touchpath.stats.proportions import (
    adjusted_wald_interval,
    agresti_caffo_interval,
    clopper_pearson_interval,
    jeffreys_interval,
    newcombe_interval,
    wilson_interval,
)
from touchpath.stats.quantiles import Bins, binned_quantile, quantile_interval
from touchpath.stats.raking import Margin, post_stratify
from touchpath.stats.rates import poisson_interval, rate_ratio_interval
from touchpath.stats.resampling import quantile_of, ratio_of_sums
from touchpath.stats.risks import RiskSums, risk_difference_interval, risk_ratio_interval
from touchpath.stats.survival import kaplan_meier
from touchpath.stats.times import geometric_mean_interval, geometric_mean_ratio, log_mean
from touchpath.stats.weights import weighted_mean, weighted_nps, weighted_share

# --- shares ----------------------------------------------------------------------------------------------------------------------
GRID = [round(0.5 + step / 100, 2) for step in range(50)]


def share_worlds(interval: Callable[[int, int], Interval], n: int) -> list[World]:
    """True shares of 0.50 to 0.99; those below 0.50 are their mirrors."""
    limits = [interval(x, n) for x in range(n + 1)]
    return [listed(f"share {p}", p, list(zip(binom.pmf(range(n + 1), n, p).tolist(), limits, strict=True))) for p in GRID]


def two_share_worlds(interval: Callable[[int, int, int, int], Interval], n: int) -> list[World]:
    pairs = [(0.5, 0.5), (0.3, 0.5), (0.5, 0.9), (0.8, 0.9), (0.9, 0.9), (0.95, 0.7), (0.02, 0.05)]
    limits = {(a, b): interval(a, n, b, n) for a, b in product(range(n + 1), repeat=2)}
    worlds = []
    for p, q in pairs:
        of_p, of_q = binom.pmf(range(n + 1), n, p), binom.pmf(range(n + 1), n, q)
        worlds.append(listed(f"shares {p}, {q}", p - q, [(float(of_p[a] * of_q[b]), found) for (a, b), found in limits.items()]))
    return worlds


def paired_share_worlds(n: int) -> list[World]:
    cells = [(0.4, 0.3, 0.1, 0.2), (0.7, 0.1, 0.1, 0.1), (0.85, 0.1, 0.02, 0.03), (0.2, 0.05, 0.25, 0.5)]

    def one(p: tuple[float, ...]) -> World:
        return drawn(
            f"both {p[0]}, only one {p[1]} and {p[2]}",
            p[1] - p[2],
            lambda r: bonett_price_interval(*r.multinomial(n, p).tolist()),
        )

    return [one(p) for p in cells]


def repeated(random: Generator, people: int, share: float, alike: float, rows: float = 5) -> tuple[list[int], list[int]]:
    """Rows per person (1, 2, 3 ... geometric) and successes, each person with a share of their own; alike: correlation inside a person."""
    x = random.geometric(1 / rows, people)
    spread = (1 - alike) / alike
    own = random.beta(share * spread, (1 - share) * spread, people)
    return x.tolist(), random.binomial(x, own).tolist()


ALIKE = (0.05, 0.3, 0.8)


def clustered_share_worlds(people: int) -> list[World]:
    def one(share: float, alike: float) -> World:
        return drawn(
            f"share {share}, alike {alike}",
            share,
            lambda r: clustered_share_interval(sum_people(*repeated(r, people, share, alike))),
        )

    return [one(share, alike) for share in (0.05, 0.3, 0.5, 0.9, 0.98) for alike in ALIKE]


def clustered_difference_worlds(people: int) -> list[World]:
    def one(a: float, b: float, alike: float) -> World:
        def draw(r: Generator) -> Limits:
            before, after = (sum_people(*repeated(r, people, share, alike)) for share in (a, b))
            found = compare_clustered_shares(before, after)
            return found.low, found.high

        return drawn(f"shares {a} to {b}, alike {alike}", b - a, draw)

    return [one(a, b, alike) for a, b in ((0.3, 0.3), (0.5, 0.7), (0.9, 0.95)) for alike in ALIKE]


# --- groups of cases ---------------------------------------------------------------------------------------------------------------
def cases_in_groups(random: Generator, people: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Person, group and event of each case: people who are in the group more often have the event more often, too."""
    person = np.repeat(np.arange(people), random.integers(1, 6, people))
    own = random.beta(1, 2, people)[person]
    group = random.random(person.size) < own
    event = random.random(person.size) < 0.2 + 0.4 * own + 0.1 * group
    return person, group.astype(np.int64), event.astype(np.int64)


#: Of this world: the share with the event inside the group, outside it, of all cases, and the share in the group.
# own ~ beta(1, 2): E own = 1/3, E own**2 = 1/6. Inside, cases weigh by own; outside by 1 - own.
_INSIDE, _OUTSIDE, _GROUP = 0.3 + 0.4 * (1 / 6) / (1 / 3), 0.2 + 0.4 * (1 / 3 - 1 / 6) / (2 / 3), 1 / 3
_EVENT = _INSIDE * _GROUP + _OUTSIDE * (1 - _GROUP)


def risk_sums(person: np.ndarray, group: np.ndarray, event: np.ndarray) -> RiskSums:
    n, m, x, y = (np.bincount(person, part).astype(np.int64) for part in (group, group * event, np.ones_like(group), event))
    pairs = ((n, n), (n, m), (m, m), (n, x), (n, y), (m, x), (m, y), (x, x), (x, y), (y, y))
    whole = [int(part.sum()) for part in (n, m, x, y)]
    return RiskSums(n.size, *whole, *(int(a @ b) for a, b in pairs), int((n > 0).sum()), int((x > n).sum()))


class Together(NamedTuple):
    """The sums that a lift takes, of two things named a and b; see stats/lift.py."""

    people: int
    t: int
    a: int
    b: int
    c: int
    tt: int
    aa: int
    bb: int
    cc: int
    at: int
    bt: int
    ct: int
    ab: int
    ca: int
    cb: int


def together(person: np.ndarray, group: np.ndarray, event: np.ndarray) -> Together:
    t, a, b, c = (np.bincount(person, part).astype(np.int64) for part in (np.ones_like(group), group, event, group * event))
    pairs = ((t, t), (a, a), (b, b), (c, c), (a, t), (b, t), (c, t), (a, b), (c, a), (c, b))
    return Together(t.size, *(int(part.sum()) for part in (t, a, b, c)), *(int(one @ other) for one, other in pairs))


def group_difference(*cases: np.ndarray) -> Limits:
    return risk_difference_interval(risk_sums(*cases))


def group_ratio(*cases: np.ndarray) -> Limits:
    return risk_ratio_interval(risk_sums(*cases))


def group_lift(*cases: np.ndarray) -> Limits:
    return lift_interval(together(*cases))


def group_worlds(people: int, truth: float, limits: Callable[..., Limits]) -> list[World]:
    return [
        drawn(
            f"event of {_INSIDE:.2f} in the group and {_OUTSIDE:.2f} outside",
            truth,
            lambda r: limits(*cases_in_groups(r, people)),
        )
    ]


# --- means, times, quantiles -------------------------------------------------------------------------------------------------------
Sampler = Callable[[Generator, int], np.ndarray]
#: Name, sampler, mean.
SHAPES: list[tuple[str, Sampler, float]] = [
    ("normal", lambda r, n: r.normal(70, 15, n), 70),
    ("ratings 1 to 7", lambda r, n: r.choice(np.arange(1.0, 8), n, p=[0.02, 0.03, 0.05, 0.1, 0.25, 0.35, 0.2]), 5.38),
    ("two kinds of people", lambda r, n: np.where(r.random(n) < 0.3, r.normal(30, 8, n), r.normal(80, 10, n)), 65),
]
#: Skewed to the right, as amounts and waits are.
SKEWED: list[tuple[str, Sampler, float]] = [
    ("exponential", lambda r, n: r.exponential(30, n), 30),
    ("lognormal, sd of logs 1", lambda r, n: r.lognormal(3, 1, n), math.exp(3.5)),
]


def mean_worlds(shapes: Sequence[tuple[str, Sampler, float]], n: int) -> list[World]:
    def one(name: str, sample: Sampler, mean: float) -> World:
        return drawn(name, mean, lambda r: mean_t_interval(mean_of(sample(r, n).tolist())))

    return [one(*shape) for shape in shapes]


def welch_worlds(a: int, b: int) -> list[World]:
    def one(name: str, sample: Sampler, factor: float) -> World:
        def draw(r: Generator) -> Limits:
            found = welch_difference(mean_of(sample(r, a).tolist()), mean_of((factor * sample(r, b)).tolist()))
            return found.low, found.high

        mean = next(mean for shape, _, mean in SHAPES if shape == name)
        return drawn(f"{name}, times {factor}", mean * (1 - factor), draw)

    return [one(name, sample, factor) for name, sample, _ in SHAPES for factor in (1, 3)]


def ratio_worlds(people: int) -> list[World]:
    """Clicks of views: views vary from person to person, and whoever views more clicks a smaller share."""

    def one(name: str, views: Callable[[Generator], np.ndarray], truth: float) -> World:
        def draw(r: Generator) -> Limits:
            x = views(r)
            y = r.binomial(x, 0.1 + 0.4 / x)
            return clustered_ratio_interval(sum_people(x.tolist(), y.tolist()))

        return drawn(name, truth, draw)

    # Sum of x (0.1 + 0.4 / x) over sum of x = 0.1 + 0.4 / mean of x.
    return [
        one("1 + Poisson(4) views", lambda r: 1 + r.poisson(4, people), 0.1 + 0.4 / 5),
        one("geometric views, mean 5", lambda r: r.geometric(0.2, people), 0.1 + 0.4 / 5),
    ]


def time_worlds(n: int) -> list[World]:
    """Lognormal times, where the interval is exact, and gamma ones, where it is not."""

    def one(name: str, sample: Sampler, truth: float) -> World:
        return drawn(name, truth, lambda r: geometric_mean_interval(log_mean(sample(r, n).tolist()))[1:])

    return [
        one("lognormal, sd of logs 0.6", lambda r, n: r.lognormal(4, 0.6, n), math.exp(4)),
        one("gamma, shape 2", lambda r, n: r.gamma(2, 40, n), 40 * math.exp(0.42278433509846713)),
    ]


def time_ratio_worlds(n: int) -> list[World]:
    def draw(r: Generator) -> Limits:
        a, b = log_mean(r.lognormal(4, 0.9, n).tolist()), log_mean(r.lognormal(3.7, 0.5, 2 * n).tolist())
        return geometric_mean_ratio(a, b)[1:]

    return [drawn("lognormal, unlike spreads and sizes", math.exp(0.3), draw)]


def quantile_worlds(n: int, q: float) -> list[World]:
    z = float(ndtri(q))

    def one(name: str, sample: Sampler, truth: float) -> World:
        return drawn(name, truth, lambda r: quantile_interval(sample(r, n).tolist(), q)[1:])

    steps = np.arange(1.0, 8)
    p = [0.02, 0.03, 0.05, 0.1, 0.25, 0.35, 0.2]
    return [
        one("lognormal", lambda r, n: r.lognormal(3, 1, n), math.exp(3 + z)),
        one("ratings 1 to 7", lambda r, n: r.choice(steps, n, p=p), float(steps[np.searchsorted(np.cumsum(p), q)])),
    ]


def clustered_median_worlds(people: int) -> list[World]:
    """People with several waits, in 64 groups as folds keep them."""

    def one(alike: float) -> World:
        def draw(r: Generator) -> Limits:
            rows = r.geometric(1 / 4, people)
            person = np.repeat(np.arange(people), rows)
            own = r.normal(0, math.sqrt(alike), people)
            values = np.exp(3 + own[person] + r.normal(0, math.sqrt(1 - alike), person.size))
            edges, places = np.unique(values, return_inverse=True)
            counts = np.zeros((64, edges.size), np.int64)
            np.add.at(counts, (person % 64, places), 1)
            found = binned_quantile(Bins(edges, edges, counts), independent=False)
            return found.low, found.high

        return drawn(f"lognormal, alike {alike}", math.exp(3), draw)

    return [one(alike) for alike in ALIKE]


# --- counts ------------------------------------------------------------------------------------------------------------------------
def poisson_world(mean: float) -> World:
    counts = range(int(poisson.ppf(1 - 1e-12, mean)) + 2)
    return listed(f"{mean} events expected", mean, [(float(poisson.pmf(k, mean)), poisson_interval(k)) for k in counts])


def rate_ratio_world(a: float, b: float) -> World:
    """Where a side has no event there is no interval."""
    tops = [range(int(poisson.ppf(1 - 1e-9, mean)) + 2) for mean in (a, b)]
    outcomes: list[tuple[float, Limits | None]] = []
    for x, y in product(*tops):
        limits = rate_ratio_interval(x, 1, y, 1) if x and y else None
        outcomes.append((float(poisson.pmf(x, a) * poisson.pmf(y, b)), limits))
    return listed(f"{a} and {b} events expected", a / b, outcomes)


def poisson_worlds(means: Sequence[float]) -> list[World]:
    return [poisson_world(mean) for mean in means]


def rate_ratio_worlds(pairs: Sequence[tuple[float, float]]) -> list[World]:
    return [rate_ratio_world(a, b) for a, b in pairs]


# --- net scores ----------------------------------------------------------------------------------------------------------------------
NETS = [(0.5, 0.2), (0.35, 0.35), (0.7, 0.1), (0.2, 0.5), (0.85, 0.03), (0.3, 0.1)]


def net_worlds(n: int) -> list[World]:
    def one(p: float, d: float) -> World:
        return drawn(
            f"{p} promote, {d} detract",
            100 * (p - d),
            lambda r: nps_interval(Tally(*r.multinomial(n, [p, 1 - p - d, d]).tolist())),
        )

    return [one(p, d) for p, d in NETS]


def net_difference_worlds(n: int) -> list[World]:
    def one(first: tuple[float, float], second: tuple[float, float]) -> World:
        def draw(r: Generator) -> Limits:
            a, b = (Tally(*r.multinomial(n, [p, 1 - p - d, d]).tolist()) for p, d in (first, second))
            found = nps_difference(a, b)
            return found.low, found.high

        return drawn(f"{first} against {second}", 100 * (first[0] - first[1] - second[0] + second[1]), draw)

    return [one(NETS[0], NETS[1]), one(NETS[2], NETS[4]), one(NETS[3], NETS[3])]


def clustered_net_worlds(people: int) -> list[World]:
    """People who answer one to some times and mostly repeat themselves."""

    def one(alike: float) -> World:
        def draw(r: Generator) -> Limits:
            answers = 1 + r.poisson(3, people)
            own = r.choice([1, 0, -1], people, p=[0.45, 0.3, 0.25])
            owner = np.repeat(np.arange(people), answers)
            said = np.where(r.random(owner.size) < alike, own[owner], r.choice([1, 0, -1], owner.size, p=[0.45, 0.3, 0.25]))
            tally = Tally(*(int((said == net).sum()) for net in (1, 0, -1)))
            return clustered_nps_interval(tally, sum_people(answers.tolist(), np.bincount(owner, said, people).tolist()))

        return drawn(f"repeats itself {alike}", 20, draw)

    return [one(alike) for alike in (0.0, 0.5, 0.9)]


# --- waits ---------------------------------------------------------------------------------------------------------------------------
def waits(random: Generator, n: int) -> tuple[list[float], list[int]]:
    """Exponential waits of which about a third is still going on when last seen."""
    ends, seen = random.exponential(10, n), random.uniform(2, 40, n)
    return np.minimum(ends, seen).tolist(), (ends <= seen).astype(int).tolist()


def curve_worlds(n: int) -> list[World]:
    def one(share: float) -> World:
        time = -10 * math.log(share)
        return drawn(f"{share} still wait", share, lambda r: survival_curve(*waits(r, n)).at(time)[1])

    return [one(share) for share in (0.9, 0.7, 0.5, 0.3)]


def median_wait_worlds(n: int) -> list[World]:
    return [drawn("exponential, a third still waits", 10 * math.log(2), lambda r: survival_curve(*waits(r, n)).quantile(0.5)[1:])]


def restricted_worlds(n: int) -> list[World]:
    def draw(r: Generator) -> Limits:
        found = restricted_mean(survival_curve(*waits(r, n)), 10)
        half = z_quantile(0.95) * found.error
        return found.mean - half, found.mean + half

    return [drawn("exponential, until the mean", 10 * (1 - math.exp(-1)), draw)]


def clustered_curve_worlds(people: int) -> list[World]:
    """People with several waits each, some people slow in all of them (gamma frailty), in 64 groups as folds keep them."""

    def one(share: float) -> World:
        time = 10 * (1 / share - 1)  # of an exponential wait mixed with frailty gamma(1): S(t) = 1 / (1 + t / 10)

        def draw(r: Generator) -> Limits:
            person = np.repeat(np.arange(people), r.integers(1, 6, people))
            ends = r.exponential(10, person.size) / r.gamma(1, 1, people)[person]
            seen = r.uniform(5, 60, person.size)
            times, places = np.unique(np.minimum(ends, seen), return_inverse=True)
            counts = np.zeros((2, 64, times.size), np.int64)
            np.add.at(counts, ((ends <= seen).astype(int), person % 64, places), 1)
            return kaplan_meier(times, counts[1], counts[0], independent=False).at(time)[1]

        return drawn(f"{share} still wait", share, draw)

    return [one(share) for share in (0.8, 0.5, 0.3)]


# --- bootstrap -----------------------------------------------------------------------------------------------------------------------
RESAMPLES = 999


def bootstrap_mean_worlds(n: int, kind: Kind) -> list[World]:
    def one(name: str, sample: Sampler, mean: float) -> World:
        def draw(r: Generator) -> Limits | None:
            people = np.column_stack([np.ones(n), sample(r, n)])
            return bootstrap_sums([people], ratio_of_sums, seed=int(r.integers(2**31)), resamples=RESAMPLES, kind=kind).limits

        return drawn(name, mean, draw)

    return [one(*SHAPES[1]), one(*SKEWED[0])]


def bootstrap_median_worlds(people: int, kind: Kind) -> list[World]:
    def draw(r: Generator) -> Limits | None:
        person = np.repeat(np.arange(people), r.geometric(1 / 4, people))
        values = np.exp(3 + r.normal(0, math.sqrt(0.3), people)[person] + r.normal(0, math.sqrt(0.7), person.size))
        ones = np.ones(people, np.int64)
        return bootstrap(quantile_of(values, person), [ones], seed=int(r.integers(2**31)), resamples=RESAMPLES, kind=kind).limits

    return [drawn("several waits a person, alike 0.3", math.exp(3), draw)]


# --- experiments -------------------------------------------------------------------------------------------------------------------------
def lift_worlds(n: int) -> list[World]:
    """Relative lift of amounts and of shares."""

    def amounts(r: Generator) -> Limits:
        found = lift_test(mean_of(r.exponential(30, n).tolist()), mean_of(r.exponential(33, n).tolist()))
        return found.low, found.high

    def shares(r: Generator) -> Limits:
        found = lift_test(share_mean(int(r.binomial(n, 0.2)), n), share_mean(int(r.binomial(n, 0.25)), n))
        return found.low, found.high

    return [drawn("exponential amounts, 10 % more", 0.1, amounts), drawn("shares 0.2 to 0.25", 0.25, shares)]


def cuped_worlds(n: int) -> list[World]:
    """What came goes along with what was known before (correlation 0.7)."""

    def draw(r: Generator) -> Limits:
        pre = r.gamma(2, 10, (2, n))
        post = pre + r.normal(0, math.sqrt(200 * (1 / 0.49 - 1)), (2, n)) + np.array([[3.0], [0.0]])
        found = cuped(Known(post[0].tolist(), pre[0].tolist()), Known(post[1].tolist(), pre[1].tolist())).adjusted
        return found.low, found.high

    return [drawn("correlation 0.7", 3, draw)]


def looked_at_worlds(n: int) -> list[World]:
    """Held at every one of twenty looks at a growing experiment: the hull is taken of all looks that miss, so one miss is a miss."""

    def draw(r: Generator) -> Limits:
        control, treatment = (np.cumsum(r.normal(mean, 4, n)) for mean in (10, 11))
        squares = [np.cumsum(np.diff(sums, prepend=0) ** 2) for sums in (control, treatment)]
        for look in np.linspace(n // 20, n, 20).astype(int):
            a, b = (
                mean_from_sums(int(look), float(s[look - 1]), float(q[look - 1]))
                for s, q in zip((control, treatment), squares, strict=True)
            )
            limits = always_valid_interval(relative_lift(a, b), 2 * int(look))
            if not limits.low <= 0.1 <= limits.high:
                return limits
        return limits

    return [drawn("twenty looks, means 10 and 11", 0.1, draw)]


def correlation_worlds(n: int) -> list[World]:
    def one(rho: float) -> World:
        def draw(r: Generator) -> Limits | None:
            x = r.normal(0, 1, n)
            y = rho * x + math.sqrt(1 - rho**2) * r.normal(0, 1, n)
            return correlation(x.tolist(), y.tolist()).limits

        return drawn(f"normal pairs, correlation {rho}", rho, draw)

    return [one(0.0), one(0.5), one(0.9)]


# --- weights ---------------------------------------------------------------------------------------------------------------------------
def unequal(random: Generator, people: int) -> tuple[np.ndarray, np.ndarray]:
    """Group and weight of people: half of everybody is in each group, but the first answers three times as often."""
    group = (random.random(people) < 0.25).astype(int)
    return group, np.where(group == 1, 3.0, 1.0)


def weighted_worlds(kind: str, people: int) -> list[World]:
    def share(r: Generator) -> Limits:
        group, weights = unequal(r, people)
        return weighted_share(r.random(people) < np.where(group == 1, 0.3, 0.8), weights).limits

    def mean(r: Generator) -> Limits:
        group, weights = unequal(r, people)
        return weighted_mean(r.normal(np.where(group == 1, 40, 60), 15), weights).limits

    def nps(r: Generator) -> Limits:
        group, weights = unequal(r, people)
        tops = np.where(group == 1, 0.2, 0.6)
        luck = r.random(people)
        return weighted_nps(np.where(luck < tops, 1, np.where(luck < tops + 0.25, -1, 0)), weights).limits

    def fitted(r: Generator) -> Limits | None:
        group, _ = unequal(r, people)
        if not 0 < group.sum() < people:
            return None
        weights = post_stratify(Margin("group", group.tolist(), {0: 0.5, 1: 0.5}))
        return weighted_mean(r.normal(np.where(group == 1, 40, 60), 15), weights, fitted_to=[group.tolist()]).limits

    worlds = {"share": (0.55, share), "mean": (50.0, mean), "net score": (15.0, nps), "post-stratified mean": (50.0, fitted)}
    truth, draw = worlds[kind]
    return [drawn("two groups, one answers three times as often", truth, draw)]


# --- the rows ----------------------------------------------------------------------------------------------------------------------------
_EDGES = "Some true shares near 0 or 1 are held less often than stated."
_FEW = "Few people of two kinds, or ratings near an end: somewhat too narrow."
_SKEW = "Skewed amounts: the true mean is often missed upwards. Take the median or the geometric mean, or more people."
_DRAWN_FEW = "A bootstrap of few people is too narrow; below 20 it warns."
_DRAWN_SKEW = "Skewed amounts or ratings near an end: too narrow."
_LIFT = "Few successes in the control: the lift is missed upwards, and often refused."
_SMALL_CELL = "Few people in a cell: somewhat too narrow."


def all_cases() -> list[Case]:
    """Every row of the table, family by family."""
    return [
        *(*_shares(), *_means_and_times(), *_counts_and_scores(), *_waits(), *_experiments(), *_resampled_and_weighted()),
        *rarer_cases(),
    ]


def _shares() -> list[Case]:
    found = []
    for n in (5, 10, 20, 50, 200):
        found += [
            Case("Shares", "adjusted-Wald", str(n), partial(share_worlds, adjusted_wald_interval, n), 0.90),
            Case("Shares", "Wilson", str(n), partial(share_worlds, wilson_interval, n), 0.855 if n == 5 else 0.90, _EDGES),
            Case("Shares", "Clopper-Pearson (exact)", str(n), partial(share_worlds, clopper_pearson_interval, n), 0.95),
            Case("Shares", "Jeffreys", str(n), partial(share_worlds, jeffreys_interval, n), 0.865, _EDGES),
        ]
    for n in (5, 10, 20, 50):
        both = f"{n} and {n}"
        found += [
            Case("Differences of shares", "Newcombe", both, partial(two_share_worlds, newcombe_interval, n), 0.935),
            Case("Differences of shares", "Agresti-Caffo", both, partial(two_share_worlds, agresti_caffo_interval, n), 0.94),
        ]
    found += [
        Case("Differences of shares", "Bonett-Price, paired", str(n), partial(paired_share_worlds, n), 0.94)
        for n in (10, 20, 50, 200)
    ]
    for n in (10, 20, 50, 200):
        found += [
            Case("Shares, clustered", "Wilson at the effective n", str(n), partial(clustered_share_worlds, n), 0.935),
            Case("Shares, clustered", "difference, hybrid", f"{n} and {n}", partial(clustered_difference_worlds, n), 0.935),
        ]
    for n in (20, 50, 200):
        found += [
            Case("Groups of cases", "difference", str(n), partial(group_worlds, n, _INSIDE - _OUTSIDE, group_difference), 0.945),
            Case("Groups of cases", "ratio", str(n), partial(group_worlds, n, _INSIDE / _OUTSIDE, group_ratio), 0.94),
            Case("Groups of cases", "lift", str(n), partial(group_worlds, n, _INSIDE / _EVENT, group_lift), 0.945),
        ]
    return found


def _means_and_times() -> list[Case]:
    found = []
    skewed = {5: 0.82, 10: 0.825, 20: 0.855, 50: 0.885, 200: 0.92}
    for n in (5, 10, 20, 50, 200):
        found += [
            Case("Means", "t", str(n), partial(mean_worlds, SHAPES, n), 0.86 if n == 5 else 0.92, _FEW if n == 5 else ""),
            Case("Means", "t, skewed amounts", str(n), partial(mean_worlds, SKEWED, n), skewed[n], _SKEW),
        ]
    found += [
        Case("Means", "difference, Welch", f"{a} and {b}", partial(welch_worlds, a, b), 0.91)
        for a, b in ((5, 10), (10, 30), (50, 50))
    ]
    found += [
        Case("Ratios of sums", "delta method, t", str(n), partial(ratio_worlds, n), 0.92 if n == 10 else 0.93)
        for n in (10, 20, 50, 200)
    ]
    for n in (5, 10, 24):
        found += [
            Case("Times", "geometric mean, t on logarithms", str(n), partial(time_worlds, n), 0.92),
            Case("Times", "ratio, Welch on logarithms", f"{n} and {2 * n}", partial(time_ratio_worlds, n), 0.94),
        ]
    found += [
        Case("Quantiles", "median, order statistics", str(n), partial(quantile_worlds, n, 0.5), 0.95) for n in (6, 10, 25, 100)
    ]
    found += [
        Case("Quantiles", "75th percentile, order statistics", str(n), partial(quantile_worlds, n, 0.75), 0.95)
        for n in (20, 100, 400)
    ]
    for n in (20, 50, 200):
        found.append(
            Case("Quantiles", "median, several values a person", str(n), partial(clustered_median_worlds, n), 0.94, slow=2)
        )
    return found


def _counts_and_scores() -> list[Case]:
    means, pairs = (0.5, 1, 2, 3, 5, 10, 20, 50), ((3, 3), (2, 8), (10, 10), (20, 30))
    found = [
        Case("Rates", "Poisson, exact", "0.5 to 50 events", partial(poisson_worlds, means), 0.95),
        Case("Rates", "ratio, exact conditional", "2 to 30 events", partial(rate_ratio_worlds, pairs), 0.95),
    ]
    found += [
        Case("Net scores", "adjusted-Wald", str(n), partial(net_worlds, n), 0.92 if n == 5 else 0.935)
        for n in (5, 10, 20, 40, 100)
    ]
    found += [
        Case("Net scores", "difference, adjusted-Wald", f"{n} and {n}", partial(net_difference_worlds, n), 0.94)
        for n in (10, 40, 100)
    ]
    found += [
        Case("Net scores", "several answers a person", str(n), partial(clustered_net_worlds, n), 0.935) for n in (10, 20, 50, 200)
    ]
    return found


def _waits() -> list[Case]:
    found = []
    for n in (10, 20, 50, 200):
        found += [
            Case("Waits", "share still waiting, log-log", str(n), partial(curve_worlds, n), 0.92 if n == 10 else 0.935),
            Case("Waits", "median", str(n), partial(median_wait_worlds, n), 0.94),
        ]
    for n in (20, 50, 200):
        found += [
            Case("Waits", "restricted mean, normal", str(n), partial(restricted_worlds, n), 0.92 if n == 20 else 0.93),
            Case("Waits", "share, several waits a person", str(n), partial(clustered_curve_worlds, n), 0.93, slow=4),
        ]
    return found


def _experiments() -> list[Case]:
    found = []
    found += [
        Case(
            "Experiments",
            "relative lift, delta method",
            f"{n} and {n}",
            partial(lift_worlds, n),
            0.89 if n == 50 else 0.935,
            _LIFT if n == 50 else "",
        )
        for n in (50, 200, 1000)
    ]
    found += [Case("Experiments", "CUPED difference", f"{n} and {n}", partial(cuped_worlds, n), 0.94) for n in (20, 100)]
    found += [
        Case("Experiments", "lift, valid at any look", f"{n} and {n}", partial(looked_at_worlds, n), 0.95, slow=4)
        for n in (2000, 10_000)
    ]
    found += [Case("Experiments", "correlation, Fisher z", str(n), partial(correlation_worlds, n), 0.94) for n in (10, 30, 100)]
    return found


def _resampled_and_weighted() -> list[Case]:
    found = []
    few = {10: (0.83, _DRAWN_FEW), 20: (0.87, _DRAWN_SKEW), 50: (0.895, _DRAWN_SKEW), 200: (0.925, "")}
    for n in (10, 20, 50, 200):
        for kind in ("bca", "percentile"):
            least, caveat = few[n]
            found.append(
                Case("Bootstrap", f"mean, {kind}", str(n), partial(bootstrap_mean_worlds, n, kind), least, caveat, slow=8)
            )
    found += [
        Case(
            "Bootstrap", "median of people, percentile", str(n), partial(bootstrap_median_worlds, n, "percentile"), 0.92, slow=40
        )
        for n in (20, 50)
    ]
    for n in (20, 50, 200):
        for name in ("mean", "share", "net score", "post-stratified mean"):
            cell = name.startswith("post") and n == 20
            least = 0.89 if cell else 0.92 if n < 200 else 0.94
            found.append(Case("Weighted", name, str(n), partial(weighted_worlds, name, n), least, _SMALL_CELL if cell else ""))
    return found
