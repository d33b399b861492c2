"""Permutation tests: how often groups formed by chance would differ as much as these do. People move between groups with all their rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from touchpath.model.errors import BadInput
from touchpath.stats.resampling import Floats, Int64s, chunk_sizes, finite

#: Every division of people is looked at when there are at most so many.
MOST_EXACT = 50_000
#: Statistics closer than this share of the observed one, or than this in squared errors, are ties.
_SAME, _NOTHING = 1e-9, 1e-12
#: An error is never taken smaller than this share of the error of everybody, so that a group that does not vary can be compared.
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Permuted:
    """The answer of a permutation test.

    p: two-sided; statistic: what was compared (Welch's t squared for two groups; Q, the weighted squares between groups, for more).
    divisions: how many were looked at; exact: all of them. as_far: how many of them differ at least as much (with `exact` the
    observed one included). studentised: False where a group of one person made plain differences the statistic.
    """

    p: float
    statistic: float
    divisions: int
    as_far: int
    exact: bool
    studentised: bool


def permutation_test(
    people: ArrayLike,
    group: Sequence[int] | Int64s,
    *,
    seed: int,
    permutations: int = 9_999,
    most_exact: int = MOST_EXACT,
) -> Permuted:
    """Whether ratios of sums (means, where each person counts once) differ between two or more groups of people.

    people: (people, 2) with each person's x (rows, views ...) and y, the ratio is y / x; group: (people,) its group, 0, 1, 2 ... Rows of
    one person go together (sum them with `resampling.sum_by_person`). The statistic is studentised with clustered errors, so that the
    test is exact when the groups are alike in everything and right for many people when only the ratios are: with plain differences
    groups of unlike size and spread give false alarms. All divisions of people are looked at when there are at most `most_exact`,
    then p = those at least as far / all; else `permutations` random ones, then p = (as far + 1) / (permutations + 1), never 0.

    **Source**: Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9(1):39 (p values of random permutations); Chung & Romano 2013,
    Annals of Statistics 41:484 (studentised, k groups in section 3). It stops being informative with very few people: with 3 against 3
    no p is below 0.1. Raises BadInput for one group, groups without people, and people without a denominator in a group.
    """
    rows, groups = finite(people, "The sums of people", 2), np.asarray(group)
    sizes = _check(rows, groups)
    if permutations < 99:
        raise BadInput(f"A permutation test needs at least 99 permutations, but {permutations} came.")
    x, y = rows[:, 0], _centred(rows)
    columns = np.column_stack([np.ones(x.size), x, y, x * x, x * y, y * y])
    studentised = int(sizes.min()) > 1
    observed = float(_statistic(_sums(groups[None, :], columns, sizes.size), studentised)[0])
    if not np.isfinite(observed):
        raise BadInput("A group has a denominator of 0, so its ratio cannot be compared.")
    all_divisions = (
        math.factorial(groups.size) // math.prod(math.factorial(int(size)) for size in sizes) if groups.size <= 60 else None
    )
    exact = all_divisions is not None and all_divisions <= most_exact
    divisions = _every(sizes) if exact else _random(groups, permutations, np.random.default_rng(seed))
    threshold = observed * (1 - _SAME) - _NOTHING
    as_far = looked_at = 0
    for division in divisions:
        found = _statistic(_sums(division, columns, sizes.size), studentised)
        as_far += int((np.isnan(found) | (found >= threshold)).sum())
        looked_at += found.size
    p = as_far / looked_at if exact else (as_far + 1) / (looked_at + 1)
    return Permuted(p, observed, looked_at, as_far, exact, studentised)


def _check(rows: Floats, groups: Int64s) -> Int64s:
    """How many people each group has."""
    if rows.shape[1] != 2 or groups.shape != rows.shape[:1]:
        raise BadInput(
            f"Each person needs x, y and a group, but sums of the shape {rows.shape} and groups of {groups.shape} came."
        )
    if groups.dtype.kind not in "iu" or int(groups.min()) < 0 or int(groups.max()) >= groups.size:
        raise BadInput("Groups are numbered 0, 1, 2 ... without gaps.")
    sizes = np.bincount(groups)
    if sizes.size < 2 or int(sizes.min()) == 0:
        raise BadInput(f"A permutation test needs people in two groups or more, but the groups have {sizes.tolist()}.")
    return sizes.astype(np.int64)


def _centred(rows: Floats) -> Floats:
    """y less what everybody's ratio makes of x, so that differences do not drown in rounding where the ratio is large."""
    whole = rows[:, 0].sum()
    found: Floats = rows[:, 1] - (rows[:, 1].sum() / whole if whole else 0.0) * rows[:, 0]
    return found


def _random(groups: Int64s, permutations: int, random: np.random.Generator) -> Iterator[Int64s]:
    """Groups of people dealt by chance, (divisions, people)."""
    for size in chunk_sizes(groups.size, permutations):
        yield random.permuted(np.tile(groups, (size, 1)), axis=1)


def _every(sizes: Int64s) -> Iterator[Int64s]:
    """Every division of people into groups of these sizes, the observed one among them."""
    people = int(sizes.sum())
    kept: list[Int64s] = []
    for division in _divisions(tuple(range(people)), tuple(int(size) for size in sizes)):
        groups = np.empty(people, np.int64)
        for place, members in enumerate(division):
            groups[list(members)] = place
        kept.append(groups)
        if len(kept) == 1_000:
            yield np.stack(kept)
            kept = []
    if kept:
        yield np.stack(kept)


def _divisions(people: tuple[int, ...], sizes: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], ...]]:
    if len(sizes) == 1:
        yield (people,)
        return
    for first in combinations(people, sizes[0]):
        chosen = set(first)
        for others in _divisions(tuple(person for person in people if person not in chosen), sizes[1:]):
            yield (first, *others)


def _sums(division: Int64s, columns: Floats, groups: int) -> Floats:
    """Sums of people, x, y, xx, xy, yy in each group: (divisions, groups, 6)."""
    return np.stack([(division == group).astype(np.float64) @ columns for group in range(groups)], axis=1)


def _statistic(sums: Floats, studentised: bool) -> Floats:
    """Q of each division: squares of the ratios around their weighted mean; (divisions, groups, 6) to (divisions,)."""
    people, x, y = sums[..., 0], sums[..., 1], sums[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = y / x
        weights = 1 / _variance(sums) if studentised else people
        centre = (weights * ratio).sum(axis=-1) / weights.sum(axis=-1)
        found: Floats = (weights * (ratio - centre[..., None]) ** 2).sum(axis=-1)
    return found


def _variance(sums: Floats) -> Floats:
    """Squared error of each group's ratio by the delta method, see stats/clustered.py; a little above 0 where a group does not vary."""
    whole = sums.sum(axis=-2, keepdims=True)
    least = _LEAST_VARIANCE * _delta(whole)
    return np.maximum(_delta(sums), np.where(least > 0, least, 1.0))


def _delta(sums: Floats) -> Floats:
    people, x, y, xx, xy, yy = np.moveaxis(sums, -1, 0)
    ratio = y / x
    found: Floats = people / (people - 1) * (yy - 2 * ratio * xy + ratio**2 * xx) / x**2
    return found
