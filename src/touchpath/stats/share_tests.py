"""Whether shares differ by more than chance: two groups, many groups, and one group against a benchmark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import betainc, chdtrc

from touchpath.model.errors import BadInput
from touchpath.stats.exact_tests import fisher_exact
from touchpath.stats.intervals import check_shares


class ChiSquare(NamedTuple):
    """A chi-square statistic with its degrees of freedom and p; both None where nothing varies, so that nothing can be tested."""

    statistic: float | None
    df: int
    p: float | None


def chi_square(statistic: float, df: int) -> ChiSquare:
    """The statistic with the probability of one at least as large."""
    return ChiSquare(statistic, df, float(chdtrc(df, statistic)))


def least_expected(successes_a: int, n_a: int, successes_b: int, n_b: int) -> float:
    """The smallest of the four counts that two groups would show if their shares were equal."""
    total = successes_a + successes_b
    return min(n_a, n_b) * min(total, n_a + n_b - total) / (n_a + n_b)


def n_minus_1_chi_square(successes_a: int, n_a: int, successes_b: int, n_b: int) -> ChiSquare:
    """Pearson's chi-square of two independent shares times (N - 1) / N, without continuity correction.

    Holds its level where every expected count is at least 1. Source: Campbell 2007, Statistics in Medicine 26:3661; E. S. Pearson
    1947, Biometrika 34:139. Nothing to test where everybody succeeds or nobody does. Raises BadInput for an empty group.
    """
    check_shares(successes_a, n_a)
    check_shares(successes_b, n_b)
    n, total = n_a + n_b, successes_a + successes_b
    if total in (0, n):
        return ChiSquare(None, 1, None)
    gap = successes_a * n_b - successes_b * n_a
    return chi_square(gap * gap * (n - 1) / (n_a * n_b * total * (n - total)), 1)


class Chosen(NamedTuple):
    """The p of the test that fits the counts, which test it is, and the smallest expected count that decided."""

    p: float
    method: str
    least_expected: float


def campbell_test(successes_a: int, n_a: int, successes_b: int, n_b: int) -> Chosen:
    """The test of two independent shares that fits their counts.

    The N - 1 chi-square where every expected count is at least 1, Fisher and Irwin's exact test otherwise.
    Source: Campbell 2007, Statistics in Medicine 26:3661. Raises BadInput for an empty group.
    """
    check_shares(successes_a, n_a)
    check_shares(successes_b, n_b)
    least = least_expected(successes_a, n_a, successes_b, n_b)
    found = n_minus_1_chi_square(successes_a, n_a, successes_b, n_b) if least >= 1 else None
    if found and found.p is not None:
        return Chosen(found.p, "n_minus_1_chi_square", least)
    return Chosen(fisher_exact(successes_a, n_a, successes_b, n_b), "fisher_exact_two_sided", least)


def equal_shares(successes: Sequence[int], n: Sequence[int]) -> ChiSquare:
    """Pearson's chi-square of equal shares in two or more independent groups, no continuity correction. As R's prop.test.

    Nothing to test where everybody succeeds or nobody does. Raises BadInput for fewer than two groups or an empty one.
    """
    if len(successes) != len(n) or len(n) < 2:
        raise BadInput(f"Two groups or more need successes and n each, but {len(successes)} and {len(n)} came.")
    for of_group, size in zip(successes, n, strict=True):
        check_shares(of_group, size)
    share, df = sum(successes) / sum(n), len(n) - 1
    if sum(successes) in (0, sum(n)):
        return ChiSquare(None, df, None)
    squares = math.fsum((s - size * share) ** 2 / size for s, size in zip(successes, n, strict=True))
    return chi_square(squares / (share * (1 - share)), df)


class AboveBenchmark(NamedTuple):
    """How likely at least as many successes are if the true share is the benchmark: exact, and counting the observed number half."""

    exact: float
    mid: float


def benchmark_test(successes: int, n: int, benchmark: float) -> AboveBenchmark:
    """One-sided p of a share above a benchmark, 0 to 1.

    The mid-p fits small n better; the exact one is never too small. Source: Sauro & Lewis 2016, Quantifying the User Experience,
    2nd ed., chapter 4. Raises BadInput for n = 0, successes outside 0..n, or a benchmark outside 0..1.
    """
    check_shares(successes, n)
    if not 0 <= benchmark <= 1:
        raise BadInput(f"A benchmark share lies between 0 and 1, but came as {benchmark}.")
    at_least, more = _at_least(successes, n, benchmark), _at_least(successes + 1, n, benchmark)
    return AboveBenchmark(at_least, (at_least + more) / 2)


def _at_least(successes: int, n: int, share: float) -> float:
    """P(X >= successes), X binomial."""
    if successes <= 0:
        return 1.0
    return float(betainc(successes, n - successes + 1, share)) if successes <= n else 0.0
