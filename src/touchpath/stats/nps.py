"""Net scores of three groups (promoters, passives, detractors) on the scale -100 to 100."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.special import ndtr

from touchpath.model.errors import BadInput
from touchpath.stats.clustered import PersonMoments, estimate_ratio
from touchpath.stats.intervals import Interval, clip, t_quantile, z_quantile


class Tally(NamedTuple):
    """How many people (or, for an effective n, what weight of them) promote, are passive, and detract."""

    promoters: float
    passives: float
    detractors: float

    @property
    def n(self) -> float:
        return self.promoters + self.passives + self.detractors

    @property
    def score(self) -> float:
        """The raw net score, -100 to 100."""
        _check(self)
        return 100 * (self.promoters - self.detractors) / self.n


class AdjustedScore(NamedTuple):
    """A net score after adding 3/4 promoter, 3/4 detractor and 3/2 passives, with its standard error; -1 to 1."""

    score: float
    error: float


def _check(tally: Tally) -> None:
    if min(tally) < 0 or not tally.n > 0:
        raise BadInput(f"A net score needs counts of 0 or more and at least one answer, but came as {tuple(tally)}.")


def adjusted_score(tally: Tally) -> AdjustedScore:
    """The adjusted-Wald centre and error of a net score.

    Source: Rocks 2016, American Statistician 70:365 (n + 3, promoters + 3/4, detractors + 3/4).
    """
    _check(tally)
    n = tally.n + 3
    p, d = (tally.promoters + 0.75) / n, (tally.detractors + 0.75) / n
    return AdjustedScore(p - d, math.sqrt((p + d - (p - d) ** 2) / n))


def nps_interval(tally: Tally, confidence: float = 0.95) -> Interval:
    """Adjusted-Wald interval of a net score of independent answers, kept inside -100..100.

    Not centred on the raw score; with a few answers that all agree it does not even hold it.
    """
    score, error = adjusted_score(tally)
    return _limits(score, z_quantile(confidence) * error)


def _limits(score: float, half: float) -> Interval:
    return clip(100 * (score - half), 100 * (score + half), -100.0, 100.0)


def nps_wald_interval(tally: Tally, confidence: float = 0.95) -> tuple[float, Interval]:
    """Standard error and Wald interval of a net score in points, unadjusted, so that limits may lie beyond -100 and 100.

    For comparison with other tools only: covers 87 to 90 % where 95 % is stated at n = 10. Use `nps_interval`.
    """
    _check(tally)
    error = 100 * math.sqrt(_spread(tally) / tally.n)
    half = z_quantile(confidence) * error
    return error, Interval(tally.score - half, tally.score + half)


def nps_t_interval(tally: Tally, confidence: float = 0.95) -> Interval:
    """Student's t interval of the scores -1, 0 and 1 in points; may lie beyond -100 and 100. Two answers or more.

    Has no width where everybody answers alike. Use `nps_interval`.
    """
    _check(tally)
    half = 100 * t_quantile(confidence, tally.n - 1) * math.sqrt(_spread(tally) / (tally.n - 1))
    return Interval(tally.score - half, tally.score + half)


def _spread(tally: Tally) -> float:
    """The variance of the scores -1, 0 and 1 (by n)."""
    p, d = tally.promoters / tally.n, tally.detractors / tally.n
    return max(p + d - (p - d) ** 2, 0.0)


def effective_tally(tally: Tally, moments: PersonMoments) -> Tally:
    """The tally shrunk to as many answers as it is worth when people answered more than once.

    `moments`: per person (or group of people) x = answers, y = promoters - detractors among them. Where everybody answered
    alike no spread is seen, and the answers are worth (sum of x)**2 / sum of x*x people.
    """
    ratio, error, _ = estimate_ratio(moments)
    spread = (tally.promoters + tally.detractors) / tally.n - ratio**2
    worth = moments.x**2 / moments.xx if error == 0 or spread <= 0 else min(spread / error**2, tally.n)
    return Tally(*(count * worth / tally.n for count in tally))


def clustered_nps_interval(tally: Tally, moments: PersonMoments, confidence: float = 0.95) -> Interval:
    """Adjusted-Wald interval of a net score at the effective number of answers, with a t quantile (groups - 1).

    Simulated coverage: docs/decisions/0005-clustered-intervals.md.
    """
    score, error = adjusted_score(effective_tally(tally, moments))
    return _limits(score, t_quantile(confidence, moments.people - 1) * error)


class NpsDifference(NamedTuple):
    """Difference A - B of two net scores: raw, adjusted, standard error, limits (points), z and two-sided p."""

    difference: float
    adjusted: float
    error: float
    low: float
    high: float
    z: float
    p: float


def nps_difference(a: Tally, b: Tally, confidence: float = 0.95) -> NpsDifference:
    """Difference of two independent net scores, each adjusted as in `adjusted_score`.

    Source: Rocks 2016; Lewis & Sauro 2021, measuringu.com, "How to statistically compare two Net Promoter Scores".
    """
    adjusted_a, adjusted_b = adjusted_score(a), adjusted_score(b)
    gap = 100 * (adjusted_a.score - adjusted_b.score)
    error = 100 * math.hypot(adjusted_a.error, adjusted_b.error)
    half = z_quantile(confidence) * error
    low, high = clip(gap - half, gap + half, -200.0, 200.0)
    z = gap / error
    return NpsDifference(a.score - b.score, gap, error, low, high, z, 2 * float(ndtr(-abs(z))))
