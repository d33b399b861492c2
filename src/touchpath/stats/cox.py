"""How much faster people with one property leave than people without it, all durations used: Cox's proportional hazards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr

from touchpath.model.errors import BadInput
from touchpath.stats.durations import check_durations, survival_curve
from touchpath.stats.intervals import z_quantile

Floats = NDArray[np.float64]

#: How leavers of the same time are counted.
TIES = ("efron", "breslow")


class Hazard(NamedTuple):
    """The log of the hazard ratio for one more of the covariate, its error and Wald p; the ratio with its limits.

    log_likelihood: partial, at the maximum.   proportional: p of the test that the ratio stays the same over time (a small one says
    that it does not, and that one number tells half the story); None where it cannot be tested.
    """

    coefficient: float
    error: float
    p: float
    ratio: float
    low: float
    high: float
    log_likelihood: float
    proportional: float | None


def cox_single_covariate(
    durations: Sequence[float], ended: Sequence[int], covariate: Sequence[float], ties: str = "efron", confidence: float = 0.95
) -> Hazard:
    """The hazard ratio of one covariate (0 or 1, or any number): 2 means that they leave twice as fast at any time.

    Sources: Cox 1972, JRSS B 34:187; ties: Efron 1977, JASA 72:557 (as R and lifelines by default), Breslow 1974 (statsmodels'
    default); test of proportionality: the score test of Grambsch & Therneau 1994, Biometrika 81:515, with time as 1 - Kaplan-Meier, as
    R's cox.zph since 3.0. Sound for ten leavers and more.
    Raises BadInput where there is no finite maximum: nobody left; nobody at risk differs in the covariate; or at each leaving it was one
    with the highest (or lowest) value of all still there (separation: R warns of a coefficient that may be infinite).
    """
    check_durations(durations, ended)
    if len(covariate) != len(durations):
        raise BadInput(f"Each duration has a covariate, but {len(durations)} durations and {len(covariate)} covariates came.")
    if ties not in TIES:
        raise BadInput(f"Ties are counted by {' or '.join(TIES)}, but '{ties}' came.")
    values = np.asarray(covariate, float)
    if not np.isfinite(values).all():
        raise BadInput("A covariate is a finite number, but something else came.")
    spread = float(values.std()) or 1.0
    risk = _RiskSets(np.asarray(durations, float), np.asarray(ended, float), (values - values.mean()) / spread, ties == "efron")
    risk.check()
    beta = risk.maximise()
    coefficient, error = beta / spread, 1 / math.sqrt(risk.information(beta).sum()) / spread
    half = z_quantile(confidence) * error
    ratio, low, high = (_exp(log) for log in (coefficient, coefficient - half, coefficient + half))
    p = 2 * float(ndtr(-abs(coefficient / error)))
    return Hazard(coefficient, error, p, ratio, low, high, risk.log_likelihood(beta), risk.proportional(beta))


def _exp(log: float) -> float:
    if abs(log) > 700:
        raise BadInput(
            f"The hazard ratio is e to the power of {log:.0f}, which no number holds: measure the covariate in another unit."
        )
    return math.exp(log)


class _RiskSets:
    """Who was still there at each leaving, as sums by time; `rows` below are leavers, those of one time after each other."""

    def __init__(self, times: Floats, ended: Floats, x: Floats, efron: bool) -> None:
        self.x = x
        self.moments, self.place = np.unique(times, return_inverse=True)
        self.ended, self.times = ended > 0, times
        self.leavers = np.bincount(self.place, weights=ended, minlength=self.moments.size).astype(np.int64)
        self.sums = np.bincount(self.place, weights=ended * x, minlength=self.moments.size)
        self.row = np.repeat(np.arange(self.moments.size), self.leavers)
        nth = np.arange(self.row.size) - np.repeat(np.cumsum(self.leavers) - self.leavers, self.leavers)
        #: How much of the leavers' own weight has gone already when the n-th of one time leaves.
        self.gone = nth / self.leavers[self.row] if efron else np.zeros(self.row.size)

    def check(self) -> None:
        """Raises BadInput where the partial likelihood has no finite maximum."""
        if not self.row.size:
            raise BadInput("A hazard ratio needs somebody who left, but nobody did.")
        highest = np.full(self.moments.size, -np.inf)
        np.maximum.at(highest, self.place, self.x)
        lowest = np.full(self.moments.size, np.inf)
        np.minimum.at(lowest, self.place, self.x)
        highest, lowest = np.maximum.accumulate(highest[::-1])[::-1], np.minimum.accumulate(lowest[::-1])[::-1]
        own = self.x[self.ended]
        below, above = own < highest[self.place[self.ended]], own > lowest[self.place[self.ended]]
        if not (below.any() or above.any()):
            raise BadInput(
                "The covariate is the same for all who were still there whenever somebody left: there is nothing to compare."
            )
        if not (below.any() and above.any()):
            most = "lowest" if below.any() else "highest"
            raise BadInput(
                f"The hazard ratio has no finite estimate: whenever somebody left, it was one with the {most} value of the covariate"
                " among all still there (separation)."
            )

    def _weighted(self, beta: float) -> tuple[Floats, Floats, Floats]:
        """By leaver: log of the sum of weights of all still there, the weighted mean of x, and its weighted variance."""
        shift = float((beta * self.x).max())
        weight = np.exp(beta * self.x - shift)
        powers = np.stack([weight, weight * self.x, weight * self.x**2])
        still, leaving = (
            np.stack([np.bincount(self.place, weights=row, minlength=self.moments.size) for row in rows])
            for rows in (powers, powers * self.ended)
        )
        still = np.cumsum(still[:, ::-1], axis=1)[:, ::-1]
        s0, s1, s2 = still[:, self.row] - self.gone * leaving[:, self.row]
        mean = s1 / s0
        return np.log(s0) + shift, mean, np.maximum(s2 / s0 - mean**2, 0.0)

    def log_likelihood(self, beta: float) -> float:
        """The partial log-likelihood."""
        return float(beta * self.sums.sum() - self._weighted(beta)[0].sum())

    def information(self, beta: float) -> Floats:
        """What each leaver tells of the coefficient (minus the second derivative)."""
        return self._weighted(beta)[2]

    def maximise(self) -> float:
        """The coefficient at which the score is 0: Newton, kept inside a bracket that the falling score narrows."""
        low, high, beta, total = -math.inf, math.inf, 0.0, float(self.sums.sum())
        for _ in range(200):
            _, mean, variance = self._weighted(beta)
            score, information = total - float(mean.sum()), float(variance.sum())
            low, high = (beta, high) if score > 0 else (low, beta)
            step = max(-2.0, min(2.0, score / information if information > 0 else math.copysign(2.0, score)))
            after = beta + step
            if not low <= after <= high:
                after = (low + high) / 2
            if abs(after - beta) <= 1e-13 * (1 + abs(beta)):
                return after
            beta = after
        raise BadInput("The hazard ratio could not be estimated: the search for the maximum did not settle.")

    def proportional(self, beta: float) -> float | None:
        """The p value of the score test for a coefficient that changes with 1 - Kaplan-Meier just before each time."""
        curve = survival_curve(self.times.tolist(), self.ended.astype(int).tolist())
        clock = (1 - np.concatenate([[1.0], curve.waits[:-1]]))[self.row]
        _, mean, variance = self._weighted(beta)
        sums = np.where(self.leavers > 0, self.sums / np.maximum(self.leavers, 1), 0.0)[self.row]
        clock = clock - clock.mean()
        score = float((clock * (sums - mean)).sum())
        spread = float((clock**2 * variance).sum()) - float((clock * variance).sum()) ** 2 / float(variance.sum())
        return float(chdtrc(1, score**2 / spread)) if spread > 1e-12 else None
