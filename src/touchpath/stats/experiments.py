"""Experiments with a control: relative lift, intervals that may be looked at any day, fewer people by what was known before.

The absolute difference (`means.welch_difference`, or the tests of shares) decides; the lift is shown beside it, and its p is of another
test. First of all `sample_ratio_mismatch` tells whether the groups are what was assigned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from scipy.special import stdtr

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_shares, t_quantile
from touchpath.stats.means import Mean, Welch, mean_of, welch_difference
from touchpath.stats.share_tests import ChiSquare, chi_square

#: A control mean nearer to 0 than this many of its errors has no lift: the interval of a ratio may then be endless (Fieller).
FIRM = 3.0


def share_mean(successes: int, n: int) -> Mean:
    """A share as a mean with its error, by the variance p * (1 - p) without n - 1. Raises BadInput for n < 2."""
    check_shares(successes, n)
    if n < 2:
        raise BadInput(f"A standard error needs two people, but {n} came.")
    share = successes / n
    return Mean(share, math.sqrt(share * (1 - share) / n), n - 1)


class Lift(NamedTuple):
    """(treatment - control) / control, and its error."""

    lift: float
    error: float


def relative_lift(control: Mean, treatment: Mean) -> Lift:
    """How many times the control's mean the treatment lies above it, with the noise of both means in its error.

    error**2 = error_t**2 / c**2 + t**2 * error_c**2 / c**4 (delta method). Source: Deng, Knoblich & Lu 2018, KDD, section 3.
    Raises BadInput for a control mean within three of its errors of 0, and where neither mean has an error.
    """
    c, t = control.mean, treatment.mean
    if not abs(c) > FIRM * control.error:
        raise BadInput(
            f"The control's mean is {c:g} with an error of {control.error:g}: within {FIRM:g} errors of 0 there is no lift to tell. "
            "Compare the absolute difference."
        )
    error = math.hypot(treatment.error / c, t / c * control.error / c)
    if not error > 0:
        raise BadInput("Neither mean brings any noise into the lift, so it has no interval.")
    return Lift((t - c) / c, error)


def lift_test(control: Mean, treatment: Mean, confidence: float = 0.95) -> Welch:
    """The relative lift with a t interval and two-sided p, on the degrees of freedom of Welch's difference of the same means.

    Raises BadInput as `relative_lift`. The p is not that of the absolute difference, which is the one to decide by.
    """
    lift, error = relative_lift(control, treatment)
    df = welch_difference(treatment, control, confidence).df
    half = t_quantile(confidence, df) * error
    return Welch(lift, error, lift / error, df, 2 * float(stdtr(df, -abs(lift / error))), lift - half, lift + half)


def always_valid_interval(found: Lift, n: int, alpha: float = 0.05, tuning_n: float = 5000) -> Interval:
    """An interval of a lift (or any mean) that may be looked at any day: wrong at any time with probability at most alpha.

    `n`: people in both groups; `tuning_n`: the number of people at which it is tightest. Asymptotic: for some hundreds of people on.
    Source: Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2021, arXiv 2103.06476v7, equations 9 and 161.
    """
    if not 0 < alpha < 1 or not tuning_n > 0 or n < 1:
        raise BadInput(f"An always valid interval needs 0 < alpha < 1, and people, but came with {alpha}, {n} and {tuning_n}.")
    rho_squared = (-2 * math.log(alpha) + math.log1p(-2 * math.log(alpha))) / tuning_n
    reach = n * rho_squared
    factor = math.sqrt(2 * (reach + 1) / reach * (math.log1p(reach) / 2 - math.log(alpha)))
    return Interval(found.lift - factor * found.error, found.lift + factor * found.error)


def sample_ratio_mismatch(observed: Sequence[int], weights: Sequence[float]) -> ChiSquare:
    """Whether as many people came into each group as were to be assigned to it; below p = 0.001 no result of the test can be trusted.

    `weights`: the shares assigned, in any unit. Source: Fabijan et al. 2019, KDD "Diagnosing sample ratio mismatch".
    Raises BadInput for fewer than two groups, nobody at all, or a weight of 0 or less.
    """
    if len(observed) != len(weights) or len(observed) < 2:
        raise BadInput(f"Two groups or more need a count and a weight each, but {len(observed)} and {len(weights)} came.")
    if min(observed) < 0 or not sum(observed) or not min(weights) > 0:
        raise BadInput(f"Groups need counts of people and weights above 0, but came with {list(observed)} and {list(weights)}.")
    people, total = sum(observed), math.fsum(weights)
    expected = [people * (weight / total) for weight in weights]
    if not min(expected) > 0:
        raise BadInput(f"The weights {list(weights)} lie too far apart to be compared.")
    return chi_square(math.fsum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True)), len(observed) - 1)


class Known(NamedTuple):
    """One group's people: what came, and what was known of each before the test began, in the same order."""

    post: Sequence[float]
    pre: Sequence[float]


def cuped_theta(treatment: Known, control: Known) -> float:
    """How much of what came is told by what was known before: cov(pre, post) / var(pre) over both groups; 0 where pre does not vary.

    Raises BadInput for groups of fewer than two people, or with another number of values before than after.
    """
    for group in (treatment, control):
        if len(group.post) != len(group.pre) or len(group.post) < 2:
            raise BadInput(
                f"A group needs two people, with a value before and after each, but {len(group.pre)} and {len(group.post)} came."
            )
    pre, post = [*treatment.pre, *control.pre], [*treatment.post, *control.post]
    if min(pre) == max(pre):
        return 0.0
    middle, before = math.fsum(post) / len(post), math.fsum(pre) / len(pre)
    squares = math.fsum((x - before) ** 2 for x in pre)
    return math.fsum((x - before) * (y - middle) for x, y in zip(pre, post, strict=True)) / squares if squares else 0.0


class Cuped(NamedTuple):
    """Treatment - control, plain and adjusted by what was known before, and the share of the variance that this saves."""

    theta: float
    plain: Welch
    adjusted: Welch
    saved: float


def cuped(treatment: Known, control: Known, confidence: float = 0.95) -> Cuped:
    """The difference of two groups, less noise that was already there before the test began; by Welch on post - theta * pre.

    What was known must be from before the exposure. The estimate moves by theta times the gap that was there before.
    Source: Deng, Xu, Kohavi & Walker 2013, WSDM. Raises BadInput as `cuped_theta`, and where neither group varies any more.
    """
    theta = cuped_theta(treatment, control)
    plain = welch_difference(mean_of(treatment.post), mean_of(control.post), confidence)
    adjusted = welch_difference(_adjusted(treatment, theta), _adjusted(control, theta), confidence)
    return Cuped(theta, plain, adjusted, 1 - (adjusted.error / plain.error) ** 2)


def _adjusted(group: Known, theta: float) -> Mean:
    return mean_of([post - theta * pre for post, pre in zip(group.post, group.pre, strict=True)])
