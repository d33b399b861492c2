"""From counts to numbers: the few conclusions that all families of metrics share, and the warnings that go with them."""

from __future__ import annotations

import math
from typing import Literal

from touchpath.metrics.metric import Number
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.clustered import (
    PersonMoments,
    clustered_ratio_interval,
    clustered_share_interval,
    each_once,
    estimate_ratio,
)
from touchpath.stats.comparisons import compare_clustered_shares, compare_means, compare_shares, compare_times
from touchpath.stats.intervals import clip, z_quantile
from touchpath.stats.means import Mean, as_spread_as_the_other
from touchpath.stats.proportions import adjusted_wald_interval, lewis_sauro_estimate, score_interval
from touchpath.stats.quantiles import Bins, binned_quantile, reached_confidence
from touchpath.stats.rates import errors_beside, poisson_interval
from touchpath.stats.times import geometric_mean_interval
from touchpath.timelines.durations import LOG_SCALE, Durations, Histogram
from touchpath.timelines.moments import Ratio

#: Below this many people a number is a story.
FEW = 5
#: Up to this many the adjusted-Wald interval covers better than Wilson's.
SMALL = 150
#: Beside a mean of people who do not differ.
NO_WIDTH = ("Everybody counts the same, so the interval has no width; that is no certainty.",)
#: From this many times on, the typical time is the median rather than the geometric mean.
MEDIAN_FROM = 25
_GEOMETRIC = "geometric mean"


def few(people: int) -> tuple[str, ...]:
    """A warning where fewer than five people stand behind a number."""
    if people >= FEW:
        return ()
    return (f"Only {_people(people)}: read it as a story, not as a measure.",)


def people_behind(moments: PersonMoments) -> int | None:
    """How many people are behind a number, where somebody counts more than once in it; else None."""
    return None if each_once(moments) else moments.people


def _people(people: int) -> str:
    return "1 person" if people == 1 else f"{people} people"


def _clustered(method: str, people: int) -> str:
    return f"{method}, clustered by person ({_people(people)})"


def conclude_share(
    ratio: Ratio, n_unit: str, nobody: str, confidence: float, small: bool = False, people: int | None = None
) -> Number:
    """A share y / x: plain when each person counts once, else by person.

    small: adjusted-Wald for few observations.   people: how many there are, when `ratio` is summed over groups of people.
    """
    if ratio.x == 0:
        return Undefined(nobody, 0, n_unit)
    people = ratio.people if people is None else people
    share, warnings = ratio.y / ratio.x, few(people)
    if not each_once(ratio):
        method, limits = _clustered("Wilson", people), clustered_share_interval(ratio, confidence)
    elif small and ratio.x < SMALL:
        method, limits = "adjusted-Wald", adjusted_wald_interval(ratio.y, ratio.x, confidence)
        warnings += _best_guess(ratio.y, ratio.x)
    else:
        method, limits = "Wilson", score_interval(share, ratio.x, z_quantile(confidence))
    behind = None if each_once(ratio) else people
    return Estimate(
        share, limits.low, limits.high, ratio.x, n_unit, "share", confidence, method, warnings=warnings, people=behind
    )


def _best_guess(successes: int, n: int) -> tuple[str, ...]:
    guess = lewis_sauro_estimate(successes, n)
    if abs(guess.share - successes / n) < 0.01:
        return ()
    return (f"{successes} of {n}: the best single guess is {guess.share:.1%} (Lewis-Sauro).",)


def compare_share(before: Ratio, after: Ratio, nobody: str, confidence: float) -> Comparison | Undefined:
    """The difference of two shares, by person where people count more than once."""
    if before.x == 0 or after.x == 0:
        return Undefined(nobody)
    if each_once(before) and each_once(after):
        return compare_shares((before.y, before.x), (after.y, after.x), confidence)
    return compare_clustered_shares(before, after, confidence)


def conclude_mean(
    ratio: Ratio,
    unit: str,
    n_unit: str,
    nobody: str,
    confidence: float,
    scale: float = 1.0,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    floor: float = 0.0,
) -> Number:
    """A mean floor + (y / x) * scale with a t interval kept inside `bounds`; by person where people count more than once."""
    if ratio.x == 0:
        return Undefined(nobody, 0, n_unit)
    if ratio.people < 2:
        return Undefined("only 1 person, and an interval needs two", ratio.x, n_unit, people=people_behind(ratio))
    low, high = clustered_ratio_interval(ratio, confidence)
    limits = clip(floor + low * scale, floor + high * scale, *bounds)
    method = "t" if each_once(ratio) else _clustered("t", ratio.people)
    warnings = few(ratio.people)
    if low == high:
        warnings += NO_WIDTH
    return Estimate(
        floor + ratio.y / ratio.x * scale,
        limits.low,
        limits.high,
        ratio.x,
        n_unit,
        unit,
        confidence,
        method,
        warnings=warnings,
        people=people_behind(ratio),
    )


def compare_mean(
    before: Ratio, after: Ratio, unit: str, nobody: str, confidence: float, scale: float | tuple[float, float] = 1.0
) -> Comparison | Undefined:
    """The difference of two means, by Welch, with people as the unit. scale: of both, or of each."""
    if before.x == 0 or after.x == 0:
        return Undefined(nobody)
    if before.people < 2 or after.people < 2:
        return Undefined("an interval needs two people on each side")
    scales = scale if isinstance(scale, tuple) else (scale, scale)
    a, b = (_scaled(ratio, own) for ratio, own in zip((before, after), scales, strict=True))
    if a.error == 0 and b.error == 0:
        return Undefined("nobody differs from anybody on either side, so the difference has no interval")
    return compare_means(*as_spread_as_the_other(a, b), confidence, unit)


def compare_rate(
    before: Ratio, after: Ratio, unit: str, nobody: str, confidence: float, scale: float | tuple[float, float] = 1.0
) -> Comparison | Undefined:
    """The difference of two rates of events, or of amounts of 0 and more, which may be rare: by Welch with people as the unit, where a side
    with few events does not look surer than it is. scale: of both, or of each."""
    if before.x == 0 or after.x == 0:
        return Undefined(nobody)
    if before.people < 2 or after.people < 2:
        return Undefined("an interval needs two people on each side")
    scales = scale if isinstance(scale, tuple) else (scale, scale)
    a, b = (Mean(m.mean * own, m.error * own, m.df) for m, own in zip(errors_beside(before, after), scales, strict=True))
    if a.error == 0 and b.error == 0:
        return Undefined("nobody differs from anybody on either side, so the difference has no interval")
    return compare_means(a, b, confidence, unit, "Welch t, errors of rare events drawn together")


def _scaled(ratio: Ratio, scale: float) -> Mean:
    mean, error, df = estimate_ratio(ratio)
    return Mean(mean * scale, error * scale, df)


def conclude_rate(ratio: Ratio, unit: str, n_unit: str, nobody: str, confidence: float) -> Number:
    """Events per unit of x, never below 0: exact Poisson while events look independent, else t by person.

    Poisson holds where each person counts once and the spread over people is at most 1.5 times the mean. Where nothing
    happened, Poisson's upper limit at the effective number of people.
    """
    if ratio.x == 0:
        return Undefined(nobody, 0, n_unit)
    rate, warnings = ratio.y / ratio.x, few(ratio.people)
    if ratio.y == 0 or (each_once(ratio) and _spread(ratio) <= 1.5):
        method = "exact Poisson" if each_once(ratio) else _clustered("exact Poisson", ratio.people)
        limits = poisson_interval(ratio.y, ratio.x**2 / ratio.xx, confidence)
    elif ratio.people < 2:
        return Undefined("only 1 person, and an interval needs two", ratio.x, n_unit, people=people_behind(ratio))
    else:
        method = _clustered("t", ratio.people)
        limits = clip(*clustered_ratio_interval(ratio, confidence), 0.0, math.inf)
        warnings += NO_WIDTH if limits.low == limits.high else ()
    behind = people_behind(ratio)
    return Estimate(rate, limits.low, limits.high, ratio.x, n_unit, unit, confidence, method, warnings=warnings, people=behind)


def _spread(ratio: Ratio) -> float:
    """Variance over mean of the events of people who count once each."""
    if ratio.people < 2 or ratio.y == 0:
        return 0.0
    mean = ratio.y / ratio.people
    return (ratio.yy - ratio.y * mean) / (ratio.people - 1) / mean


def conclude_time(durations: Durations, cell: int, n_unit: str, nobody: str, confidence: float) -> Number:
    """A typical time in seconds: geometric mean below 25 times, median from then on; by person where people repeat.

    The median, too, where some took no time at all (what begins and ends while nobody is there, in business hours): nothing has no
    logarithm, and whatever stood in for it would carry the mean.
    """
    logs = durations.log_ratio(cell)
    if logs.x == 0:
        return Undefined(nobody, 0, n_unit)
    if logs.people < 2:
        return Undefined("only 1 person, and an interval needs two", logs.x, n_unit, people=people_behind(logs))
    histogram = durations.histogram(cell)
    warnings = few(logs.people) + _instants(histogram.instants)
    if logs.x < MEDIAN_FROM and not histogram.instants:
        method = "geometric mean, t on logarithms"
        value, low, high = (seconds / 1000 for seconds in geometric_mean_interval(_log_mean(logs), confidence))
        warnings += NO_WIDTH if low == high else ()
    else:
        method = "median, order statistics"
        value, low, high = _median_seconds(histogram, each_once(logs), confidence)
        warnings += too_few_to_reach(logs.x, 0.5, confidence)
    method = method if each_once(logs) else _clustered(method, logs.people)
    behind = people_behind(logs)
    return Estimate(value, low, high, logs.x, n_unit, "seconds", confidence, method, warnings=warnings, people=behind)


def _log_mean(logs: Ratio) -> Mean:
    return _scaled(logs, 1 / LOG_SCALE)


def _median_seconds(histogram: Histogram, independent: bool, confidence: float) -> tuple[float, float, float]:
    found = binned_quantile(Bins(histogram.low, histogram.high, histogram.counts), independent, 0.5, confidence)
    return found.value / 1000, found.low / 1000, found.high / 1000


def _instants(instants: int) -> tuple[str, ...]:
    return (f"{instants} took less than a millisecond and count as none; the median is told.",) if instants else ()


def too_few_to_reach(n: int, q: float, confidence: float) -> tuple[str, ...]:
    """A warning where so few values stand behind a quantile that the smallest or the largest is its limit, and less sure than asked for."""
    reached = reached_confidence(n, q, confidence)
    if reached >= confidence:
        return ()
    return (f"Too few values for such limits: they hold the quantile in {reached:.0%} of samples, not in {confidence:.0%}.",)


def compare_time(durations: Durations, before: int, after: int, nobody: str, confidence: float) -> Comparison | Undefined:
    """The ratio of two typical times (geometric means), with people as the unit.

    Where some took no time at all, the difference of the medians in seconds: see `conclude_time`.
    """
    a, b = durations.log_ratio(before), durations.log_ratio(after)
    if a.x == 0 or b.x == 0:
        return Undefined(nobody)
    if a.people < 2 or b.people < 2:
        return Undefined("an interval needs two people on each side")
    if durations.instants(before) or durations.instants(after):
        first, second = (conclude_time(durations, cell, "cases", nobody, confidence) for cell in (before, after))
        return compare_intervals(first, second, confidence)
    logs = _log_mean(a), _log_mean(b)
    if logs[0].error == 0 and logs[1].error == 0:
        return Undefined("all times are alike on both sides, so their ratio has no interval")
    return compare_times(*as_spread_as_the_other(*logs), confidence, "ratio of geometric means, Welch t on logarithms")


def compare_intervals(before: Number, after: Number, confidence: float) -> Comparison | Undefined:
    """The difference of two numbers of different people, made from their intervals alone, for numbers that have no test of their own.

    Source: Zou & Donner 2008, Statistics in Medicine 27:1693, equation 4 (MOVER). As sound as the two intervals are.
    """
    if isinstance(before, Undefined) or isinstance(after, Undefined):
        return Undefined("one of the two numbers is undefined")
    if _GEOMETRIC in {before.method.split(",")[0], after.method.split(",")[0]} != {_GEOMETRIC}:
        return Undefined(
            f"one is a geometric mean of fewer than {MEDIAN_FROM} times and the other a median, which differ by nature"
        )
    value = after.value - before.value
    low = value - math.hypot(after.value - after.low, before.high - before.value)
    high = value + math.hypot(after.high - after.value, before.value - before.low)
    if low == high:
        return Undefined("neither number has an interval of any width, so their difference has none")
    changed: Literal["up", "down"] | None = "up" if low > 0 else "down" if high < 0 else None
    return Comparison("difference", value, low, high, confidence, after.unit, "from both intervals (MOVER)", changed)
