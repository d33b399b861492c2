"""How much of the variance of answers lies between groups: the intraclass correlation of a one-way layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import fdtrc, fdtri

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_confidence


class Group(NamedTuple):
    """Answers of one group: how many, their sum, and the sum of their squares."""

    n: int
    total: float
    squares: float


class Intraclass(NamedTuple):
    """value: of the sample, below 0 where groups differ less than chance makes them. f, df: of the test that all groups are alike."""

    value: float
    limits: Interval
    f: float
    df: tuple[int, int]
    p: float


def intraclass(groups: Sequence[Group], confidence: float = 0.95) -> Intraclass:
    """Share of the variance that lies between groups, by analysis of variance, with limits from the F distribution.

    With n0 = (N - sum n^2 / N) / (k - 1) in place of the size of groups that differ in it; exact for groups of one size. Answers are of
    different people, and alike in spread within all groups. It stops being sound for few groups of very different sizes.
    **Source**: Fisher 1925; Shrout & Fleiss 1979, Psychological Bulletin 86:420, ICC(1,1) and its limits; Donner & Wells 1986, Biometrics 42:401
    for n0. Raises BadInput for fewer than two groups, one without answers, no more answers than groups, and where nobody differs within any.
    """
    check_confidence(confidence)
    if len(groups) < 2 or any(one.n < 1 for one in groups):
        raise BadInput(f"Two or more groups with answers are compared, but the sizes came as {[one.n for one in groups]}.")
    k, n = len(groups), sum(one.n for one in groups)
    if n <= k:
        raise BadInput(f"Some group needs two answers, but {n} answers in {k} groups came.")
    between = sum(one.total**2 / one.n for one in groups)
    within = (sum(one.squares for one in groups) - between) / (n - k)
    if not within > 1e-12 * max(1.0, sum(one.squares for one in groups) / n):
        raise BadInput("Nobody differs from anybody within any group, so there is no variance to compare with.")
    f = (between - sum(one.total for one in groups) ** 2 / n) / (k - 1) / within
    size = (n - sum(one.n**2 for one in groups) / n) / (k - 1)
    ends = [_share(f / float(fdtri(k - 1, n - k, at)), size) for at in ((1 + confidence) / 2, (1 - confidence) / 2)]
    return Intraclass(_share(f, size), Interval(*ends), f, (k - 1, n - k), float(fdtrc(k - 1, n - k, f)))


def _share(f: float, size: float) -> float:
    return (f - 1) / (f + size - 1)
