"""How sure measures of agreement and reliability are: intervals of kappa, Krippendorff's alpha, Cronbach's alpha and ICC."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import fdtri

from touchpath.model.errors import BadInput
from touchpath.stats.agreement import Level, confusion, krippendorff_alpha
from touchpath.stats.intervals import Interval, check_confidence, z_quantile
from touchpath.stats.reliability import cronbach_alpha, intraclass_correlations, mean_squares, rectangle

LEAST_THINGS, LEAST_RESAMPLES = 10, 200


def kappa_limits(
    matrix: Sequence[Sequence[int]], weights: Literal["unweighted", "quadratic"] = "unweighted", confidence: float = 0.95
) -> Interval | None:
    """Limits of Cohen's kappa, plain or with squared steps; None where chance alone agrees fully or the sample holds no disagreement.

    By the large-sample error, for some 200 things or more: of 50 with a rare label the quadratic one holds 86 % (docs/reference/coverage.md);
    kept inside -1 to 1. **Source**: Fleiss, Cohen & Everitt 1969, Psychological
    Bulletin 72:323.
    """
    table = confusion(matrix)
    n = float(table.sum())
    place = np.arange(len(table), dtype=np.float64)
    steps = np.abs(place[:, None] - place[None, :])
    agree = (steps == 0).astype(np.float64) if weights == "unweighted" else 1 - (steps / max(len(table) - 1, 1)) ** 2
    shares = table / n
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    seen, chance = float((agree * shares).sum()), float((agree * np.outer(rows, columns)).sum())
    if not 1 - chance > 1e-12 or not 1 - seen > 1e-12:
        return None
    beside = (agree @ columns)[:, None] + (rows @ agree)[None, :]
    spread = float((shares * (agree * (1 - chance) - beside * (1 - seen)) ** 2).sum()) - (seen * chance - 2 * chance + seen) ** 2
    error = math.sqrt(max(spread, 0.0) / n) / (1 - chance) ** 2
    kappa, half = (seen - chance) / (1 - chance), z_quantile(confidence) * error
    return Interval(max(kappa - half, -1.0), min(kappa + half, 1.0))


def krippendorff_limits(
    judgements: Sequence[Sequence[float | None]], level: Level, *, seed: int, resamples: int = 1_000, confidence: float = 0.95
) -> Interval | None:
    """Percentile limits of Krippendorff's alpha, the judged things drawn again; None where alpha itself is none, or in many resamples.

    **Source**: Zapf, Castell, Morawietz & Karch 2016, BMC Medical Research Methodology 16:93 (things drawn whole, in place of
    Krippendorff's drawing of single pairs, which is too narrow). Raises BadInput with fewer than ten things judged twice.
    """
    check_confidence(confidence)
    if resamples < LEAST_RESAMPLES:
        raise BadInput(f"Limits by drawing again need {LEAST_RESAMPLES} resamples or more, but {resamples} came.")
    if krippendorff_alpha(judgements, level) is None:
        return None
    columns = [column for column in zip(*judgements, strict=True) if sum(one is not None for one in column) > 1]
    if len(columns) < LEAST_THINGS:
        raise BadInput(f"Limits of agreement need {LEAST_THINGS} things judged twice or more, but there are {len(columns)}.")
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(resamples):
        again = [columns[one] for one in random.integers(0, len(columns), len(columns))]
        alpha = krippendorff_alpha([list(row) for row in zip(*again, strict=True)], level)
        if alpha is not None:
            drawn.append(alpha)
    if resamples - len(drawn) > resamples * (1 - confidence) / 2:
        return None
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2], method="weibull")
    return Interval(float(low), float(high))


def cronbach_limits(respondents: Sequence[Sequence[float]], confidence: float = 0.95) -> Interval | None:
    """Limits of Cronbach's alpha; None where alpha is none. **Source**: Feldt 1965, Psychometrika 30:357 (items that vary alike, normal)."""
    check_confidence(confidence)
    n, items = rectangle(respondents, "respondents", "items").shape
    alpha = cronbach_alpha(respondents)
    if alpha is None:
        return None
    low, high = (_f((1 + side * confidence) / 2, n - 1, (n - 1) * (items - 1)) for side in (1, -1))
    return Interval(1 - (1 - alpha) * low, 1 - (1 - alpha) * high)


class IccLimits(NamedTuple):
    """Limits of the three intraclass correlations of `intraclass_correlations`; None where one is none, or full."""

    one_way: Interval | None
    agreement: Interval | None
    consistency: Interval | None


def icc_limits(ratings: Sequence[Sequence[float]], confidence: float = 0.95) -> IccLimits:
    """Limits of the intraclass correlations of single ratings, by F distributions (Satterthwaite's for agreement).

    **Source**: Shrout & Fleiss 1979, Psychological Bulletin 86:420, equations on pages 424 to 426; McGraw & Wong 1996, Psychological
    Methods 1:30, table 7. For normal ratings.
    """
    check_confidence(confidence)
    n, k, between, within, _, rest = mean_squares(ratings)
    if not rest > 0 or not between > 0:
        return IccLimits(_by_f(between, within, n, k, n * (k - 1), confidence), None, None)
    one_way = _by_f(between, within, n, k, n * (k - 1), confidence)
    return IccLimits(one_way, _agreement(ratings, confidence), _by_f(between, rest, n, k, (n - 1) * (k - 1), confidence))


def _by_f(between: float, noise: float, n: int, k: int, freedom: int, confidence: float) -> Interval | None:
    if not noise > 0:
        return None
    level, ratio = (1 + confidence) / 2, between / noise
    low, high = ratio / _f(level, n - 1, freedom), ratio * _f(level, freedom, n - 1)
    return Interval((low - 1) / (low + k - 1), (high - 1) / (high + k - 1))


def _agreement(ratings: Sequence[Sequence[float]], confidence: float) -> Interval | None:
    n, k, between, _, columns, rest = mean_squares(ratings)
    icc = intraclass_correlations(ratings).agreement
    if icc is None:
        return None
    level, shift = (1 + confidence) / 2, n * (1 + (k - 1) * icc) - k * icc
    apart = columns / rest
    freedom = (k - 1) * (n - 1) * (k * icc * apart + shift) ** 2 / ((n - 1) * (k * icc * apart) ** 2 + shift**2)
    if not freedom > 0:
        return None
    upper, lower = _f(level, n - 1, freedom), _f(level, freedom, n - 1)
    noise = k * columns + (k * n - k - n) * rest
    return Interval(
        n * (between - upper * rest) / (upper * noise + n * between), n * (lower * between - rest) / (noise + n * lower * between)
    )


def _f(level: float, above: float, below: float) -> float:
    """The quantile of the F distribution."""
    return float(fdtri(above, below, level))
