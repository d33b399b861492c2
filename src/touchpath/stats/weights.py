"""Numbers of weighted answers, beside the same numbers unweighted: means, shares and net scores with linearised errors clustered by person.

A weighted mean is a ratio of sums over people (weights times values, over weights), so its error is the delta method's: what survey
packages call Taylor linearisation with people as clusters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from touchpath.model.errors import BadInput
from touchpath.stats.clustered import Sums, clustered_ratio_interval, clustered_share_interval, estimate_ratio
from touchpath.stats.intervals import Interval, t_quantile
from touchpath.stats.nps import Tally, clustered_nps_interval
from touchpath.stats.raking import checked_weights, effective_n
from touchpath.stats.resampling import Floats, Int64s, finite


@dataclass(frozen=True, slots=True)
class Weighted:
    """A number with weights and without, both with limits, in the number's own unit.

    value, limits, error: weighted; the error is linearised and clustered, None where it is not defined. plain, plain_limits: the same
    answers with equal weights. answers, people: how many. effective_n: Kish's, of the answers. weighting_effect: answers / effective n,
    what unequal weights alone cost. design_effect: the weighted number's squared error as a multiple of that of as many independent
    answers with equal weights, None where nothing varies.
    """

    value: float
    limits: Interval
    error: float | None
    plain: float
    plain_limits: Interval
    answers: int
    people: int
    effective_n: float
    weighting_effect: float
    design_effect: float | None


@dataclass(frozen=True, slots=True)
class _Answers:
    """values, weights (mean 1), person: (answers,); person counts 0, 1, 2 ..."""

    values: Floats
    weights: Floats
    person: Int64s

    def sums(self, weights: Floats) -> Sums:
        """Person moments: x = weights, y = weights times values."""
        x, y = np.bincount(self.person, weights), np.bincount(self.person, weights * self.values)
        return Sums(x.size, *(float(column.sum()) for column in (x, y, x * x, x * y, y * y)))


def _answers(values: ArrayLike, weights: ArrayLike, person: Sequence[Hashable] | None) -> _Answers:
    found = finite(values, "The values", 1)
    given = checked_weights(weights, found.size)
    owners = np.arange(found.size)
    if person is not None:
        places: dict[Hashable, int] = {}
        owners = np.array([places.setdefault(one, len(places)) for one in person], np.int64)
    if owners.size != found.size:
        raise BadInput(f"Each answer needs its person, but {found.size} answers and {owners.size} people's names came.")
    if owners.max() < 1:
        raise BadInput("Weighted numbers need the answers of two people; one person alone has no interval.")
    return _Answers(found, given / given.mean(), owners)


def weighted_mean(
    values: ArrayLike,
    weights: ArrayLike,
    person: Sequence[Hashable] | None = None,
    *,
    fitted_to: Sequence[Sequence[Hashable]] = (),
    confidence: float = 0.95,
) -> Weighted:
    """A weighted mean, linearised error clustered by person, t interval with people - 1 degrees of freedom.

    person: whose answer each is; None: everybody answered once. fitted_to: the values (one list a margin) to whose known shares the
    weights were raked or post-stratified; the error is then that of what the margins do not explain, as it should be. Without it the
    weights count as given, which is usually too careful.

    **Source**: Binder 1983, International Statistical Review 51:279 (linearisation); Lumley 2004, J. Statistical Software 9(8)
    (the survey package, `svymean`); Deville & Särndal 1992, JASA 87:376 (calibrated errors, residuals of the weighted regression).
    Intervals cover sampling error only: weights do not undo that some people never answer. Raises BadInput for fewer than two people.
    """
    given = _answers(values, weights, person)
    middle = float(given.values.mean())  # taken off, so that moments of large values that are alike keep their digits
    answers = replace(given, values=given.values - middle)
    ratio, error, df = estimate_ratio(answers.sums(answers.weights))
    if fitted_to:
        error = _calibrated_error(answers, fitted_to)
    half = t_quantile(confidence, df) * error
    limits = Interval(ratio - half, ratio + half)
    found = _both(answers, ratio, limits, error, lambda one: clustered_ratio_interval(one, confidence))
    return replace(
        found,
        value=found.value + middle,
        limits=_moved(found.limits, middle),
        plain=found.plain + middle,
        plain_limits=_moved(found.plain_limits, middle),
    )


def _moved(limits: Interval, by: float) -> Interval:
    return Interval(limits.low + by, limits.high + by)


def weighted_share(
    successes: ArrayLike, weights: ArrayLike, person: Sequence[Hashable] | None = None, *, confidence: float = 0.95
) -> Weighted:
    """A weighted share (successes are 0 or 1): Wilson's score interval at the effective n, with a t quantile.

    Stays inside 0 to 1 and keeps a width at 0 % and 100 %. **Source**: see `clustered.clustered_share_interval`. Raises BadInput for
    other values than 0 and 1.
    """
    answers = _answers(successes, weights, person)
    if not np.isin(answers.values, (0.0, 1.0)).all():
        raise BadInput("Successes are 0 or 1; for other values take weighted_mean.")
    sums = answers.sums(answers.weights)
    ratio, error, _ = estimate_ratio(_bounded(sums))
    return _both(
        answers,
        ratio,
        clustered_share_interval(_bounded(sums), confidence),
        error,
        lambda one: clustered_share_interval(_bounded(one), confidence),
    )


def _bounded(sums: Sums) -> Sums:
    """The sums with successes no more than answers, whatever rounding of the weights did."""
    return Sums(sums.people, sums.x, min(sums.y, sums.x), sums.xx, sums.xy, sums.yy)


def weighted_nps(
    nets: ArrayLike, weights: ArrayLike, person: Sequence[Hashable] | None = None, *, confidence: float = 0.95
) -> Weighted:
    """A weighted net score, -100 to 100, from 1 (promoter), 0 and -1 (detractor): adjusted-Wald at the effective number of answers.

    **Source**: see `nps.clustered_nps_interval`. Raises BadInput for other values than these three.
    """
    answers = _answers(nets, weights, person)
    if not np.isin(answers.values, (-1.0, 0.0, 1.0)).all():
        raise BadInput("A net score is made of 1 for promoters, 0 for passives and -1 for detractors.")
    ratio, error, _ = estimate_ratio(answers.sums(answers.weights))
    ones = np.ones(answers.values.size)
    limits = clustered_nps_interval(_tally(answers, answers.weights), answers.sums(answers.weights), confidence)
    plain = clustered_nps_interval(_tally(answers, ones), answers.sums(ones), confidence)
    found = _both(answers, ratio, limits, error, lambda _: plain)
    return Weighted(
        100 * found.value,
        limits,
        100 * error,
        100 * found.plain,
        plain,
        found.answers,
        found.people,
        found.effective_n,
        found.weighting_effect,
        found.design_effect,
    )


def _tally(answers: _Answers, weights: Floats) -> Tally:
    return Tally(*(float(weights[answers.values == net].sum()) for net in (1.0, 0.0, -1.0)))


def _both(answers: _Answers, value: float, limits: Interval, error: float, plain: Callable[[Sums], Interval]) -> Weighted:
    """The weighted number beside the unweighted one; plain: limits of person moments."""
    n, effective = answers.values.size, effective_n(answers.weights)
    ones = answers.sums(np.ones(n))
    spread = float((answers.weights * (answers.values - value) ** 2).sum() / answers.weights.sum())
    return Weighted(
        value=value,
        limits=limits,
        error=error,
        plain=ones.y / ones.x,
        plain_limits=plain(ones),
        answers=n,
        people=ones.people,
        effective_n=effective,
        weighting_effect=n / effective,
        design_effect=error**2 / (spread / (n - 1)) if spread > 0 else None,
    )


def _calibrated_error(answers: _Answers, fitted_to: Sequence[Sequence[Hashable]]) -> float:
    """The clustered error of a mean whose weights were fitted to margins: that of the residuals of the weighted regression on them."""
    design = np.column_stack([_indicators(values, answers.values.size) for values in fitted_to])
    root = np.sqrt(answers.weights)
    fitted, *_ = np.linalg.lstsq(design * root[:, None], answers.values * root, rcond=None)
    residuals = answers.values - design @ fitted
    totals = np.bincount(answers.person, answers.weights * residuals)
    return math.sqrt(totals.size / (totals.size - 1) * float((totals**2).sum())) / float(answers.weights.sum())


def _indicators(values: Sequence[Hashable], answers: int) -> Floats:
    """One column of 0 and 1 for each value."""
    if len(values) != answers:
        raise BadInput(f"Each answer needs a value in every margin, but {answers} answers and {len(values)} values came.")
    places: dict[Hashable, int] = {}
    codes = [places.setdefault(value, len(places)) for value in values]
    return np.eye(len(places))[codes]
