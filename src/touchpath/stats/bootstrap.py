"""Bootstrap intervals of any statistic: people are drawn again with all their rows, and the spread of the statistic is its uncertainty.

For statistics that have no formula of their own (shares of drivers, medians of people with several rows, ratios of ratios). Where a
formula exists, it is cheaper and no worse. Nothing here is random beyond the seed, so one seed gives one answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_confidence
from touchpath.stats.resampling import Floats, Int64s, OfSums, Statistic, chunk_sizes, draw_again, kinds_of, of_sums

Kind = Literal["bca", "percentile"]

#: With fewer people no interval is given; with fewer than FEW_PEOPLE it is, and said to be too narrow.
LEAST_PEOPLE, FEW_PEOPLE = 5, 20
#: Fewer resamples do not settle the tails.
LEAST_RESAMPLES = 200
#: The acceleration is found with one person left out at a time up to so many kinds of people, beyond with one of so many groups.
_ONE_BY_ONE, _GROUPS = 2_000, 250


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """A statistic with its bootstrap interval, in the statistic's unit.

    value: of the people as they are; None where it is not defined. limits: None where there can be none, and `warnings` say why.
    error: standard deviation over resamples. kind: "bca" or "percentile", what the limits are. undefined: how many of the `resamples`
    have no statistic. acceleration, bias: BCa's a and z0, None for percentile limits.
    """

    value: float | None
    limits: Interval | None
    error: float | None
    people: int
    resamples: int
    undefined: int
    kind: Kind
    acceleration: float | None = None
    bias: float | None = None
    warnings: tuple[str, ...] = ()


def bootstrap_sums(
    groups: Sequence[ArrayLike],
    statistic: OfSums,
    *,
    seed: int,
    resamples: int = 10_000,
    confidence: float = 0.95,
    kind: Kind = "bca",
) -> Bootstrapped:
    """Interval of a statistic of sums over people, such as a ratio of sums or the difference of two.

    groups: one or more independent groups, each (people, columns); people are drawn inside their group. The statistic gets the sums of
    all groups side by side, (resamples, columns of the first group + columns of the second ...). See `bootstrap` for the rest.
    """
    kinds = [kinds_of(group) for group in groups]
    if not kinds:
        raise BadInput("A bootstrap needs at least one group of people, but none came.")
    width, height = sum(one.rows.shape[1] for one in kinds), sum(one.rows.shape[0] for one in kinds)
    rows, row, column = np.zeros((height, width)), 0, 0
    for one in kinds:
        high, wide = one.rows.shape
        rows[row : row + high, column : column + wide] = one.rows
        row, column = row + high, column + wide
    return bootstrap(
        of_sums(rows, statistic),
        [one.people for one in kinds],
        seed=seed,
        resamples=resamples,
        confidence=confidence,
        kind=kind,
    )


def bootstrap(
    statistic: Statistic,
    groups: Sequence[Int64s],
    *,
    seed: int,
    resamples: int = 10_000,
    confidence: float = 0.95,
    kind: Kind = "bca",
) -> Bootstrapped:
    """Interval of any statistic of weighted people, clustered by person since whole people are drawn.

    groups: of each independent group how many people there are of each kind (1 where everybody is a kind); the statistic gets the
    weights of all kinds of all groups side by side. "percentile": quantiles of the resampled statistic. "bca": the same, with the
    quantiles moved for bias and skewness; second-order accurate for smooth statistics.

    **Source**: Efron 1987, JASA 82:171 (BCa); Efron & Tibshirani 1993, An Introduction to the Bootstrap, sections 13.3 and 14.3 (14.15
    for the acceleration from a jackknife); Davison & Hinkley 1997, Bootstrap Methods, section 5.3 (several groups). Acceleration of more
    than 2,000 kinds of people comes from 250 groups left out one at a time; its noise is about 0.65 / 250.
    It stops being sound with few people (too narrow: see docs/reference/coverage.md), for extremes, and at the edge of what is possible
    (everybody succeeded: all resamples are alike, which is told and gives no limits). Percentile limits are the safer ones for quantiles.
    Raises BadInput for a confidence or a kind that is none, for fewer than 200 resamples, and for groups without people.
    """
    _check(groups, resamples, confidence, kind)
    people, random = np.concatenate(groups), np.random.default_rng(seed)
    value = float(statistic(people[None, :].astype(np.float64))[0])
    smallest = min(int(group.sum()) for group in groups)
    if not np.isfinite(value):
        return Bootstrapped(
            None, None, None, int(people.sum()), 0, 0, kind, warnings=("the statistic is not defined for these people",)
        )
    if smallest < LEAST_PEOPLE:
        return Bootstrapped(value, None, None, int(people.sum()), 0, 0, kind, warnings=(_too_few(smallest),))
    found = _resampled(statistic, groups, resamples, random)
    defined = np.sort(found[np.isfinite(found)])
    undefined = resamples - defined.size
    warnings = _warnings(smallest, undefined, resamples)
    error = float(defined.std(ddof=1)) if defined.size > 1 else None
    whole = Bootstrapped(value, None, error, int(people.sum()), resamples, undefined, kind, warnings=warnings)
    if undefined / resamples > (1 - confidence) / 2:
        return _without(whole, "the statistic is undefined in more resamples than lie beyond a limit, so there are no limits")
    if _alike(float(defined[0]), float(defined[-1])):
        return _without(whole, "every resample gives the same value, so a bootstrap cannot tell how sure it is")
    levels = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    if kind == "percentile":
        return _with(whole, defined, levels)
    return _bca(whole, statistic, groups, defined, levels, random)


def _check(groups: Sequence[Int64s], resamples: int, confidence: float, kind: str) -> None:
    check_confidence(confidence)
    if kind not in ("bca", "percentile"):
        raise BadInput(f"A bootstrap interval is 'bca' or 'percentile', but '{kind}' came.")
    if resamples < LEAST_RESAMPLES:
        raise BadInput(f"A bootstrap interval needs at least {LEAST_RESAMPLES} resamples, but {resamples} came.")
    if not groups or any(group.size == 0 or int(group.min()) < 1 for group in groups):
        raise BadInput("Every group of a bootstrap needs people, and every kind of people at least one.")


def _too_few(people: int) -> str:
    return f"{people} {'person is' if people == 1 else 'people are'} too few to be drawn again: a bootstrap needs {LEAST_PEOPLE}"


def _warnings(smallest: int, undefined: int, resamples: int) -> tuple[str, ...]:
    few = (f"{smallest} people are few for a bootstrap: its limits are somewhat too narrow",) if smallest < FEW_PEOPLE else ()
    gaps = (f"the statistic is undefined in {undefined} of {resamples} resamples, which are left out",) if undefined else ()
    return few + gaps


def _resampled(statistic: Statistic, groups: Sequence[Int64s], resamples: int, random: np.random.Generator) -> Floats:
    found = []
    for size in chunk_sizes(sum(group.size for group in groups), resamples):
        weights = [draw_again(group, size, random) for group in groups]
        found.append(statistic(np.concatenate(weights, axis=1)))
    return np.concatenate(found)


def _alike(low: float, high: float) -> bool:
    """Whether two values differ by no more than rounding."""
    return high - low <= 1e-12 * max(abs(low), abs(high))


def _without(whole: Bootstrapped, reason: str) -> Bootstrapped:
    return replace(whole, warnings=(*whole.warnings, reason))


def _with(whole: Bootstrapped, ordered: Floats, levels: Floats) -> Bootstrapped:
    """The limits at two levels of the resampled statistic (ranks level * (resamples + 1), as Efron counts them)."""
    low, high = np.quantile(ordered, levels, method="weibull")
    return replace(whole, limits=Interval(float(low), float(high)))


def _bca(
    whole: Bootstrapped,
    statistic: Statistic,
    groups: Sequence[Int64s],
    ordered: Floats,
    levels: Floats,
    random: np.random.Generator,
) -> Bootstrapped:
    """BCa limits; percentile limits, and the reason, where the correction is not defined."""
    assert whole.value is not None
    bias = float(ndtri(_share_below(ordered, whole.value)))
    acceleration = _acceleration(statistic, groups, random)
    if acceleration is None or not np.isfinite(bias):
        plain = replace(_with(whole, ordered, levels), kind="percentile")
        return _without(plain, "the correction for bias and skewness is not defined here: these are percentile limits")
    moved = bias + ndtri(levels)
    scale = 1 - acceleration * moved
    if scale.min() <= 0:
        plain = replace(_with(whole, ordered, levels), kind="percentile")
        return _without(plain, "the statistic is too skewed for its correction: these are percentile limits")
    corrected = ndtr(bias + moved / scale)
    found = replace(_with(whole, ordered, corrected), acceleration=acceleration, bias=bias)
    beyond = corrected[0] * (ordered.size + 1) < 1 or corrected[1] * (ordered.size + 1) > ordered.size
    return _without(found, "a limit lies beyond the resamples: take more of them") if beyond else found


def _share_below(ordered: Floats, value: float) -> float:
    """The share of resamples below the value, those equal to it counted half; equal means up to rounding."""
    same = 1e-12 * max(abs(value), float(np.abs(ordered).max()))
    below, upto = np.searchsorted(ordered, [value - same, value + same], side="left")
    return float(below + upto) / 2 / ordered.size


def _acceleration(statistic: Statistic, groups: Sequence[Int64s], random: np.random.Generator) -> float | None:
    """BCa's a from the jackknife; None where leaving people out leaves the statistic undefined."""
    cubes = squares = 0.0
    people = np.concatenate(groups).astype(np.float64)
    start = 0
    for group in groups:
        influence = _influence(statistic, people, start, group, random)
        cubes += float((influence**3).sum())
        squares += float((influence**2).sum())
        start += group.size
    if not np.isfinite(squares):
        return None
    return cubes / (6 * squares**1.5) if squares > 0 else 0.0


def _influence(statistic: Statistic, people: Floats, start: int, group: Int64s, random: np.random.Generator) -> Floats:
    """How far the statistic moves with each person of a group there, or with each of many random parts of it, centred."""
    one_by_one = group.size <= _ONE_BY_ONE
    mixed = random.permutation(np.repeat(np.arange(group.size), group))
    parts = [np.array([kind]) for kind in range(group.size)] if one_by_one else [mixed[part::_GROUPS] for part in range(_GROUPS)]
    found, place = [], 0
    for size in chunk_sizes(people.size, len(parts)):
        weights = np.repeat(people[None, :], size, axis=0)
        for row, part in enumerate(parts[place : place + size]):
            weights[row, start : start + group.size] -= np.bincount(part, minlength=group.size)
        found.append(statistic(weights))
        place += size
    values = np.repeat(np.concatenate(found), group) if one_by_one else np.concatenate(found)
    influence: Floats = values.mean() - values
    return influence
