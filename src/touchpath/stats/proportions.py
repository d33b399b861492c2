"""Shares of independent people: intervals and point estimates of a binomial proportion, and the difference of two."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.special import betaincinv

from touchpath.stats.intervals import Interval, around_difference, check_confidence, check_shares, clip, z_quantile


def score_interval(share: float, n: float, quantile: float) -> Interval:
    """Wilson's score interval of a share for any effective n > 0 and any quantile; it always holds the share itself."""
    spread = quantile * quantile / n
    centre = (share + spread / 2) / (1 + spread)
    half = quantile / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = min(centre - half, share), max(centre + half, share)
    return clip(low if share > 0 else 0.0, high if share < 1 else 1.0, 0.0, 1.0)


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Wilson score interval of successes / n, without continuity correction.

    Sound for independent observations only. Source: Wilson 1927, JASA 22:209; Newcombe 1998, Statistics in Medicine 17:857,
    method 3. Raises BadInput for n = 0 or successes outside 0..n.
    """
    check_shares(successes, n)
    return score_interval(successes / n, n, z_quantile(confidence))


def adjusted_share(successes: int, n: int, confidence: float = 0.95) -> float:
    """The centre of the adjusted-Wald interval: (successes + z*z/2) / (n + z*z)."""
    check_shares(successes, n)
    z = z_quantile(confidence)
    return (successes + z * z / 2) / (n + z * z)


def adjusted_wald_interval(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Adjusted-Wald (Agresti-Coull) interval with the exact z*z, limits kept inside 0..1: the best minimum coverage at small n.

    Source: Agresti & Coull 1998, American Statistician 52:119; for usability tests Sauro & Lewis 2005, HFES 49:2100.
    """
    z = z_quantile(confidence)
    centre = adjusted_share(successes, n, confidence)
    half = z * math.sqrt(centre * (1 - centre) / (n + z * z))
    return clip(centre - half, centre + half, 0.0, 1.0)


def clopper_pearson_interval(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Exact binomial interval: at least the stated coverage, often more.

    Source: Clopper & Pearson 1934, Biometrika 26:404, by quantiles of the beta distribution.
    """
    check_shares(successes, n)
    check_confidence(confidence)
    tail = (1 - confidence) / 2
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1 - tail)) if successes < n else 1.0
    return Interval(low, high)


def jeffreys_interval(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Equal-tailed interval of the beta distribution (successes + 1/2, n - successes + 1/2), as it is: no limit is moved to 0 or 1.

    Source: Brown, Cai & DasGupta 2001, Statistical Science 16:101, equation 8 without the modification of their section 4.1.2.
    Covers less than stated near 0 % and 100 % of few people; Wilson's or the adjusted-Wald interval do better there.
    """
    check_shares(successes, n)
    check_confidence(confidence)
    tail = (1 - confidence) / 2
    a, b = successes + 0.5, n - successes + 0.5
    return Interval(float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail)))


class PointEstimate(NamedTuple):
    """A share and the rule that gave it: "mle" (x/n), "laplace" or "wilson_midpoint"."""

    share: float
    rule: str


def lewis_sauro_estimate(successes: int, n: int) -> PointEstimate:
    """The best single guess of a completion rate from few people: pulls 0 % and 100 % back to what is believable.

    Below 0.5 the midpoint of the 95 % Wilson interval, above 0.9 Laplace's (x + 1) / (n + 2), between them x / n.
    Source: Lewis & Sauro 2006, Journal of Usability Studies 1(3):136.
    """
    check_shares(successes, n)
    share = successes / n
    if share > 0.9:
        return PointEstimate((successes + 1) / (n + 2), "laplace")
    if share < 0.5:
        return PointEstimate(adjusted_share(successes, n), "wilson_midpoint")
    return PointEstimate(share, "mle")


def newcombe_interval(successes_a: int, n_a: int, successes_b: int, n_b: int, confidence: float = 0.95) -> Interval:
    """Interval of the difference A - B of two independent shares (hybrid score, no continuity correction).

    Source: Newcombe 1998, Statistics in Medicine 17:873, method 10.
    """
    a, b = wilson_interval(successes_a, n_a, confidence), wilson_interval(successes_b, n_b, confidence)
    return around_difference(successes_a / n_a, a, successes_b / n_b, b)


def agresti_caffo_interval(successes_a: int, n_a: int, successes_b: int, n_b: int, confidence: float = 0.95) -> Interval:
    """Interval of the difference A - B of two independent shares, after adding one success and one failure to each group.

    Source: Agresti & Caffo 2000, American Statistician 54:280; kept inside -1..1.
    Raises BadInput for an empty group or successes outside 0..n.
    """
    check_shares(successes_a, n_a)
    check_shares(successes_b, n_b)
    a, b = (successes_a + 1) / (n_a + 2), (successes_b + 1) / (n_b + 2)
    half = z_quantile(confidence) * math.sqrt(a * (1 - a) / (n_a + 2) + b * (1 - b) / (n_b + 2))
    return clip(a - b - half, a - b + half, -1.0, 1.0)
