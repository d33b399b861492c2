"""Customers with contracts who renew or not: the shifted-beta-geometric model of how long they stay.

Each has their own probability to cancel at a renewal, the same at every one; over customers it is a beta distribution. So churn falls
with the age of a cohort although nobody changes: those who cancel readily go first.
Source: Fader & Hardie 2007, Journal of Interactive Marketing 21:76.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import check_confidence
from touchpath.stats.likelihood import Summit, Terrain, check_positive, climb, maximum

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

NAMES = ("alpha", "beta")


class Renewing(NamedTuple):
    """The parameters of the beta distribution of the probability to cancel; alpha / (alpha + beta) is the churn of the first renewal."""

    alpha: float
    beta: float


@dataclass(frozen=True, eq=False)
class Renewals:
    """How many cancelled and how many renewed at the first renewal, the second ...; both (renewals,), cohorts of any start added up."""

    cancelled: Floats
    renewed: Floats

    def __add__(self, other: Renewals) -> Renewals:
        size = max(self.renewed.size, other.renewed.size)
        longer = [np.pad(one, (0, size - one.size)) for one in (self.cancelled, other.cancelled, self.renewed, other.renewed)]
        return Renewals(longer[0] + longer[1], longer[2] + longer[3])


def renewals_of(remaining: Sequence[int]) -> Renewals:
    """The renewals of one cohort, from its customers at the start and after each renewal.

    Raises BadInput unless these are at least two counts that never grow.
    """
    left = np.asarray(remaining, float)
    if left.size < 2 or left[0] < 1:
        raise BadInput(f"A cohort has its customers at the start and after one renewal or more, but {list(remaining)} came.")
    if (left < 0).any() or (np.diff(left) > 0).any():
        raise BadInput("The customers left of a cohort never grow in number; those who join belong to another cohort.")
    return Renewals(-np.diff(left), left[1:])


class RenewingFit(NamedTuple):
    """The parameters at the maximum, the log-likelihood there, and the covariance (2, 2) of the parameters' logarithms."""

    renewing: Renewing
    log_likelihood: float
    covariance: Floats


def fit_renewing(found: Renewals) -> RenewingFit:
    """The parameters under which these renewals are most likely.

    Raises BadInput where there is no maximum: nobody cancelled, nobody renewed, one renewal only, or churn does not fall with age.
    """
    why = (
        "Churn that does not fall with age, or a single renewal, leaves nothing to tell customers apart by: use a constant rate."
    )
    summit = maximum(climb_renewing(found), why)
    assert summit.covariance is not None
    return RenewingFit(Renewing(*(float(one) for one in summit.parameters)), summit.value, summit.covariance)


def climb_renewing(found: Renewals, start: Renewing | None = None) -> Summit:
    """Where the search for the best parameters ends, be it a maximum or not."""
    if not found.cancelled.sum() > 0:
        raise BadInput("The likelihood has no maximum: nobody cancelled, so it rises while alpha goes to 0.")
    if not found.renewed.sum() > 0:
        raise BadInput("The likelihood has no maximum: nobody renewed, so it rises while beta goes to 0.")
    if np.count_nonzero(found.cancelled + found.renewed) < 2:
        raise BadInput("One renewal does not tell alpha and beta apart; the model needs two or more.")
    starts = [(1.0, 1.0), (0.5, 5.0), (5.0, 50.0)] if start is None else [start]
    return climb(lambda point: _terrain(found, *point), NAMES, starts)


def _terrain(found: Renewals, alpha: float, beta: float) -> Terrain:
    """The log-likelihood with its derivatives: at renewal t the churn is alpha / (alpha + beta + t - 1)."""
    kept = beta + np.arange(found.renewed.size)
    both = alpha + kept
    value = -float(found.cancelled @ np.log1p(kept / alpha) + found.renewed @ np.log1p(alpha / kept))
    slope = np.array(
        [
            found.cancelled @ (kept / (alpha * both)) - found.renewed @ (1 / both),
            found.renewed @ (alpha / (kept * both)) - found.cancelled @ (1 / both),
        ]
    )
    shared = float((found.cancelled + found.renewed) @ both**-2.0)
    own = np.array([found.cancelled.sum() / alpha**2, found.renewed @ kept**-2.0])
    return Terrain(value, slope, np.full((2, 2), shared) - np.diag(own))


def surviving(renewing: Renewing, renewals: Sequence[int] | Counts) -> Floats:
    """The share of a cohort still there after so many renewals: B(alpha, beta + t) / B(alpha, beta)."""
    check_positive(**renewing._asdict())
    t = np.asarray(renewals, float)
    if (t < 0).any():
        raise BadInput("A share survives 0 renewals or more, but less came.")
    alpha, beta = renewing
    result: Floats = np.exp(betaln(alpha, beta + t) - betaln(alpha, beta))
    return result


class Projection(NamedTuple):
    """The share still there after each of some renewals, with limits; all (renewals,). failed: share of resamples without a maximum."""

    share: Floats
    low: Floats
    high: Floats
    failed: float


def project(found: Renewals, renewals: Sequence[int], seed: int, rounds: int = 400, confidence: float = 0.95) -> Projection:
    """The share still there after renewals seen and not seen yet, with bootstrap percentile limits.

    At each renewal those at risk are drawn again (a binomial of the churn observed), and the model is fitted to each draw. The limits hold
    how far the numbers could be by chance, not whether customers go on as before. In a draw without a maximum the edge it rises to stands
    in: there the projection settles although the parameters do not.
    Raises BadInput as fit_renewing does, and for fewer than 200 rounds.
    """
    check_confidence(confidence)
    if rounds < 200:
        raise BadInput(f"Bootstrap limits need 200 rounds or more, but {rounds} came.")
    fit = fit_renewing(found).renewing
    rng = np.random.default_rng(seed)
    at_risk = (found.cancelled + found.renewed).astype(np.int64)
    churn = np.divide(found.cancelled, at_risk, out=np.zeros(at_risk.size), where=at_risk > 0)
    drawn, failed = [], 0
    for _ in range(rounds):
        cancelled = rng.binomial(at_risk, churn).astype(float)
        again = Renewals(cancelled, at_risk - cancelled)
        if not (cancelled.any() and again.renewed.any()):
            failed += 1
            continue
        summit = climb_renewing(again, fit)
        failed += bool(summit.runaways)
        drawn.append(surviving(Renewing(*summit.parameters), renewals))
    tails = 50 * (1 - confidence), 50 * (1 + confidence)
    low, high = np.percentile(np.array(drawn), tails, axis=0)
    return Projection(surviving(fit, renewals), low, high, failed / rounds)
