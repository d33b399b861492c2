"""Tests that look at the order of numbers only: two groups, the same people twice, many groups, many tasks per person.

Equal numbers share the mean of their ranks. The exact tests count every way in which the ranks that came could have fallen to the
groups (or the signs to the differences), so ties are no hindrance: as R's package exactRankTests. R itself took a normal approximation
where there are ties, as of 4.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb, ndtr

from touchpath.model.errors import BadInput
from touchpath.stats.share_tests import ChiSquare, chi_square

Ranks = NDArray[np.float64]
#: Which way a difference is looked for.
Alternative = Literal["two-sided", "greater", "less"]
#: An exact test that would need more steps than this (some seconds) is refused; at equal sizes that is about 160 in each group.
MOST_STEPS = 2_000_000_000


class RankTest(NamedTuple):
    """The statistic, and the probability of one at least as far out; None where all numbers are equal, so that nothing is known."""

    statistic: float
    p: float | None


def mid_ranks(values: Sequence[float]) -> Ranks:
    """Ranks from 1 on; equal values share the mean of their ranks."""
    _, places, counts = np.unique(np.asarray(values, np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[places], np.float64)


def tie_excess(ranks: Ranks) -> float:
    """Sum over groups of equal values of size**3 - size; 0 without ties."""
    sizes = np.unique(ranks, return_counts=True)[1].astype(np.float64)
    return float(np.sum(sizes**3 - sizes))


def mann_whitney(a: Sequence[float], b: Sequence[float], exact: bool = True) -> RankTest:
    """Whether numbers of A tend to be larger or smaller than those of B: U of A (pairs that A wins, equal ones half) and two-sided p.

    `exact`: the p of the ranks' permutations; otherwise the normal approximation with correction for ties and continuity, as in R.
    Tests equal distributions; only where both have one shape is it a test of medians.
    Source: Mann & Whitney 1947, Ann. Math. Statist. 18:50; exact with ties: Streitberg & Roehmel 1986, Statistical Software Newsletter
    12:10. Raises BadInput for an empty group, and for an exact test of more values than MOST_STEPS allows.
    """
    if not len(a) or not len(b):
        raise BadInput(f"Two groups need values, but {len(a)} and {len(b)} came.")
    ranks = mid_ranks([*a, *b])
    m, n = len(a), len(b)
    u = float(ranks[:m].sum()) - m * (m + 1) / 2
    return RankTest(u, _exact_sum(ranks, m) if exact else _normal_u(u, m, n, tie_excess(ranks)))


def _normal_u(u: float, m: int, n: int, ties: float) -> float | None:
    """Two-sided p of U by its normal approximation."""
    variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
    if not variance > 0:
        return None
    return 2 * float(ndtr(min(0.5 - abs(u - m * n / 2), 0.0) / math.sqrt(variance)))


def _exact_sum(ranks: Ranks, m: int) -> float:
    """Two-sided p of the rank sum of the first m, among all choices of m of the ranks: twice the smaller tail, as in R."""
    places = _whole(ranks - ranks.min())
    chosen = places[:m] if 2 * m <= places.size else places[m:]
    most = int(np.sort(places)[-chosen.size :].sum())
    _check_steps(places.size * chosen.size * (most + 1))
    ways = np.zeros((chosen.size + 1, most + 1))
    ways[0, 0] = 1.0
    for place in places.tolist():
        ways[1:, place:] += ways[:-1, : most + 1 - place]
    return _two_tails(ways[-1] / comb(places.size, chosen.size), int(chosen.sum()))


def _whole(ranks: Ranks) -> NDArray[np.int64]:
    """Ranks, of which ties may leave halves, in the largest whole steps that they all are multiples of."""
    doubled = np.rint(2 * ranks).astype(np.int64)
    return np.asarray(doubled // max(int(np.gcd.reduce(doubled)) if doubled.size else 0, 1))


def signed_rank(differences: Sequence[float], alternative: Alternative = "two-sided") -> RankTest:
    """Whether the same people's differences lie above 0: V (the rank sum of the positive ones) and its exact p.

    Differences of 0 tell nothing and are left out, as in R. Tests that the differences are symmetric around 0.
    Source: Wilcoxon 1945, Biometrics Bulletin 1:80. Raises BadInput for no difference at all to look at, or more than MOST_STEPS allows.
    """
    if not len(differences):
        raise BadInput("Differences are needed, but none came.")
    told = np.asarray([difference for difference in differences if difference != 0], np.float64)
    ranks = mid_ranks(np.abs(told).tolist())
    places = _whole(ranks)
    most = int(places.sum())
    _check_steps(places.size * (most + 1))
    chances = np.zeros(most + 1)
    chances[0] = 1.0
    for place in places.tolist():
        chances *= 0.5
        chances[place:] += chances[: most + 1 - place].copy()
    observed = int(places[told > 0].sum())
    tails = {"greater": chances[observed:], "less": chances[: observed + 1]}
    p = _two_tails(chances, observed) if alternative == "two-sided" else min(float(tails[alternative].sum()), 1.0)
    return RankTest(float(ranks[told > 0].sum()), p)


def paired_differences(a: Sequence[float], b: Sequence[float]) -> list[float]:
    """A - B of each person, exact in the decimals as they are written, so that 0.3 - 0.1 and 0.2 - 0 are a tie.

    Raises BadInput for lists of unequal length.
    """
    if len(a) != len(b):
        raise BadInput(f"Pairs need as many values of A as of B, but {len(a)} and {len(b)} came.")
    return [float(Decimal(repr(x)) - Decimal(repr(y))) for x, y in zip(a, b, strict=True)]


def _two_tails(chances: NDArray[np.float64], observed: int) -> float:
    """Twice the smaller of the two tails that hold the observed place."""
    return min(2 * min(float(chances[: observed + 1].sum()), float(chances[observed:].sum())), 1.0)


def _check_steps(steps: int) -> None:
    if steps > MOST_STEPS:
        raise BadInput(
            f"An exact test of these values takes {steps:,} steps, more than the {MOST_STEPS:,} that are allowed; "
            "with so many values the normal approximation is as good."
        )


def kruskal_wallis(groups: Sequence[Sequence[float]]) -> ChiSquare:
    """Whether independent groups differ in the order of their numbers: H corrected for ties, with k - 1 degrees of freedom.

    The chi-square p is rough below five values a group. Nothing to test where all numbers are equal.
    Source: Kruskal & Wallis 1952, JASA 47:583. Raises BadInput for fewer than two groups or an empty one.
    """
    sizes = [len(group) for group in groups]
    if len(groups) < 2 or not min(sizes):
        raise BadInput(f"Two groups or more with values are needed, but groups of {sizes} came.")
    ranks, n = mid_ranks([value for group in groups for value in group]), sum(sizes)
    ties = 1 - tie_excess(ranks) / (n**3 - n)
    if not ties > 0:
        return ChiSquare(None, len(groups) - 1, None)
    sums = [float(part.sum()) for part in np.split(ranks, np.cumsum(sizes)[:-1])]
    middle = (n + 1) / 2
    spread = math.fsum((total - size * middle) ** 2 / size for total, size in zip(sums, sizes, strict=True))
    return chi_square(12 * spread / (n * (n + 1)) / ties, len(groups) - 1)


def friedman(blocks: Sequence[Sequence[float]]) -> ChiSquare:
    """Whether tasks (columns) differ for the same people (rows): chi-square corrected for ties, with k - 1 degrees of freedom.

    The chi-square p is rough below ten people or so. Nothing to test where nobody's numbers differ.
    Source: Friedman 1937, JASA 32:675. Raises BadInput for fewer than two columns, or rows of unequal length.
    """
    k = len(blocks[0]) if blocks else 0
    if k < 2 or any(len(block) != k for block in blocks):
        raise BadInput(f"Rows of two numbers or more, all as long, are needed, but rows of {[len(b) for b in blocks][:10]} came.")
    ranks = [mid_ranks(block) for block in blocks]
    n = len(ranks)
    scale = n * k * (k + 1) - math.fsum(tie_excess(row) for row in ranks) / (k - 1)
    if not scale > 0:
        return ChiSquare(None, k - 1, None)
    spread = float(np.sum((np.sum(ranks, axis=0) - n * (k + 1) / 2) ** 2))
    return chi_square(12 * spread / scale, k - 1)
