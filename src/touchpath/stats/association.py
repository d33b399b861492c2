"""How two measures of the same people (or months, or pages) go together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import stdtr

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, z_quantile
from touchpath.stats.ranks import mid_ranks


def pearson(x: Sequence[float], y: Sequence[float]) -> float | None:
    """The linear correlation of pairs, -1 to 1; None where one of the two does not vary.

    Raises BadInput for lists of unequal length or fewer than two pairs.
    """
    if len(x) != len(y) or len(x) < 2:
        raise BadInput(f"A correlation needs two pairs or more, but {len(x)} and {len(y)} numbers came.")
    if min(x) == max(x) or min(y) == max(y):
        return None
    a, b = _centred(x), _centred(y)
    return min(max(math.fsum(p * q for p, q in zip(a, b, strict=True)), -1.0), 1.0)


def _centred(values: Sequence[float]) -> list[float]:
    """The values less their mean, scaled so that their squares add up to 1."""
    largest = max(abs(value) for value in values)
    scaled = [value / largest for value in values]
    mean = math.fsum(scaled) / len(scaled)
    around = [value - mean for value in scaled]
    length = math.hypot(*around)
    return [value / length for value in around]


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """The correlation of ranks, equal values sharing theirs; None where one of the two does not vary.

    Source: Spearman 1904, Am. J. Psychology 15:72. Raises BadInput as `pearson`.
    """
    return pearson(mid_ranks(x).tolist(), mid_ranks(y).tolist())


def fisher_interval(r: float, n: int, confidence: float = 0.95) -> Interval | None:
    """Interval of a linear correlation of n independent pairs; None for three pairs or fewer. As R's cor.test.

    Source: Fisher 1921, Metron 1:3. For pairs of two normal variables; pairs in time (months) are not independent.
    """
    if n <= 3:
        return None
    if abs(r) == 1:
        return Interval(r, r)
    half = z_quantile(confidence) / math.sqrt(n - 3)
    return Interval(math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))


class Correlation(NamedTuple):
    """Linear correlation with its interval and two-sided p, and that of ranks; None where something is not defined."""

    pearson: float | None
    limits: Interval | None
    p: float | None
    spearman: float | None


def correlation(x: Sequence[float], y: Sequence[float], confidence: float = 0.95) -> Correlation:
    """How two measures of three or more pairs go together; says nothing of causes. Raises BadInput for fewer pairs."""
    if len(x) < 3:
        raise BadInput(f"A correlation with its test needs three pairs, but {len(x)} came.")
    r = pearson(x, y)
    if r is None:
        return Correlation(None, None, None, None)
    df = len(x) - 2
    p = 0.0 if abs(r) == 1 else 2 * float(stdtr(df, -abs(r) * math.sqrt(df / ((1 - r) * (1 + r)))))
    return Correlation(r, fisher_interval(r, len(x), confidence), p, spearman(x, y))
