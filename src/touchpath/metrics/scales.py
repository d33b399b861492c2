"""Answers on any scale of whole numbers, as a query `answers` counts them: shares at the ends, an index of 0 to 100, net scores, the mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from touchpath.metrics.answers import compare_item_means, compare_points, estimate_mean, estimate_points, told
from touchpath.metrics.conclude import compare_mean, conclude_mean
from touchpath.metrics.metric import Number, Place, PlaceComparing, PlaceEstimating, QueryMetric
from touchpath.metrics.net import compare_net, conclude_net
from touchpath.model.estimate import Comparison, Undefined
from touchpath.timelines.answers import AnswerCounts

_NOBODY = "nobody answered"
_WHO = "Only people who were asked and answered count; those who did not may think otherwise."
_CUT = "The cut throws away how good or bad the others were: read the mean and the spread too."
_RULE = "Shares cut elsewhere go by the same names: say which points are in it whenever you show it."

#: The first and last of some points, counted from 0, of a scale of so many.
Points = Callable[[int], tuple[int, int]]


def scale_of(summary: AnswerCounts, cell: int) -> tuple[int, int]:
    """The ends of the scale on which a cell's answers lie; there must be any."""
    ratio, points = summary.moments.cell(cell), int(summary.scores.shape[1])
    low = (ratio.y - int(summary.scores[cell] @ np.arange(points))) // ratio.x
    return low, low + points - 1


def _of_scale(summary: AnswerCounts, cell: int, scale: tuple[int, int] | None) -> Undefined | None:
    """Why a number has no meaning for a cell's answers; None when it has one. scale: the only one that it is read on."""
    n = summary.moments.cell(cell).x
    if n == 0:
        return Undefined(_NOBODY, 0, "answers")
    found = scale_of(summary, cell)
    if scale is None or found == scale:
        return None
    return Undefined(
        f"it is read on a scale of {scale[0]} to {scale[1]}, but answers come on {found[0]} to {found[1]}", n, "answers"
    )


def _no_cut(summary: AnswerCounts, cell: int, points: tuple[int, int], scale: tuple[int, int] | None) -> Undefined | None:
    """Why a share of points has no meaning for a cell's answers; None when it has one."""
    if problem := _of_scale(summary, cell, scale):
        return problem
    size = int(summary.scores.shape[1])
    if (points[1] - points[0] + 1) * 2 <= size:
        return None
    return Undefined(f"a scale of {size} points is too short to be cut there", summary.moments.cell(cell).x, "answers")


def _share(points: Points, scale: tuple[int, int] | None = None) -> tuple[PlaceEstimating[Any], PlaceComparing[Any]]:
    """Estimate and comparison of the share of answers on some points."""

    def estimate(summary: AnswerCounts, at: Place, confidence: float = 0.95) -> Number:
        first, last = points(summary.scores.shape[1])
        problem = _no_cut(summary, at.cell, (first, last), scale)
        return problem or told(estimate_points(summary, at.cell, first, last, confidence), summary, at.cell)

    def compare(summary: AnswerCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
        first, last = points(summary.scores.shape[1])
        problem = next(filter(None, (_no_cut(summary, at.cell, (first, last), scale) for at in (before, after))), None)
        return problem or compare_points(summary, before.cell, after.cell, first, last, confidence)

    return estimate, compare


def _net(lower: int, upper: int, scale: tuple[int, int]) -> tuple[PlaceEstimating[Any], PlaceComparing[Any]]:
    """Estimate and comparison of the share from point `upper` on less that up to `lower`, both counted from 0."""

    def estimate(summary: AnswerCounts, at: Place, confidence: float = 0.95) -> Number:
        problem = _of_scale(summary, at.cell, scale)
        return problem or told(conclude_net(summary, at.cell, lower, upper, confidence), summary, at.cell)

    def compare(summary: AnswerCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
        problem = _of_scale(summary, before.cell, scale) or _of_scale(summary, after.cell, scale)
        return problem or compare_net(summary, before.cell, after.cell, lower, upper, confidence)

    return estimate, compare


def estimate_index(summary: AnswerCounts, at: Place, confidence: float = 0.95) -> Number:
    """The mean as a part of the way from the worst point (0) to the best (100)."""
    if problem := _of_scale(summary, at.cell, None):
        return problem
    low, high = scale_of(summary, at.cell)
    way = summary.moments.cell(at.cell).above(low)
    number = conclude_mean(way, "score", "answers", _NOBODY, confidence, 100 / (high - low), (0.0, 100.0))
    return told(number, summary, at.cell)


def compare_indexes(summary: AnswerCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two indexes in points."""
    if problem := _of_scale(summary, before.cell, None) or _of_scale(summary, after.cell, None):
        return problem
    (low, high), a, b = scale_of(summary, after.cell), *(summary.moments.cell(at.cell) for at in (before, after))
    return compare_mean(a.above(low), b.above(low), "score", _NOBODY, confidence, 100 / (high - low))


def estimate_likelihood(summary: AnswerCounts, at: Place, confidence: float = 0.95) -> Number:
    """Mean likelihood to recommend, 0 to 10."""
    return _of_scale(summary, at.cell, (0, 10)) or estimate_mean(summary, at.cell, (0, 10), confidence)


def compare_likelihoods(summary: AnswerCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two mean likelihoods to recommend."""
    problem = _of_scale(summary, before.cell, (0, 10)) or _of_scale(summary, after.cell, (0, 10))
    return problem or compare_item_means(summary, before.cell, after.cell, confidence)


def _share_words(points: Points, scale: tuple[int, int] | None = None) -> dict[str, Any]:
    """What all shares of points have in common."""
    estimate, compare = _share(points, scale)
    return _ANSWERS | {"estimate": estimate, "compare": compare}


_ANSWERS: dict[str, Any] = {
    "discipline": "CX",
    "level": "journey",
    "horizon": "quarter",
    "need": "emotional",
    "unit": "share",
    "better": "higher",
    "scale": "0 to 1",
    "query": "answers",
    "interval": "wilson-clustered",
    "source": "Wilson 1927; Newcombe 1998",
}
_SEVEN: dict[str, Any] = {"need": "functional", "source": "CEB 2013 for the question; Wilson 1927"}

TOP_BOX: QueryMetric[AnswerCounts] = QueryMetric(
    **_share_words(lambda points: (points - 1, points - 1)),
    name="top_box",
    title="Top box",
    asks="Which share of answers gives the best rating there is?",
    definition="Answers on the best point of their scale (the 5 of 1 to 5, five stars of five), of all answers on the scale.",
    formula="answers on the best point / answers",
    caveats=(_CUT, _RULE, _WHO),
)
TOP_TWO_BOX: QueryMetric[AnswerCounts] = QueryMetric(
    **_share_words(lambda points: (points - 2, points - 1)),
    name="top_two_box",
    title="Top two box",
    asks="Which share of answers gives one of the two best ratings?",
    definition="Answers on the two best points of their scale (4 and 5 of 1 to 5, 6 and 7 of 1 to 7), of all answers on the scale.",
    formula="answers on the two best points / answers",
    caveats=(_CUT, _RULE, "On 5 points two are a bigger part of the scale than on 7: the two are not compared.", _WHO),
)
BOTTOM_TWO_BOX: QueryMetric[AnswerCounts] = QueryMetric(
    **_share_words(lambda points: (0, 1)) | {"better": "lower"},
    name="bottom_two_box",
    title="Bottom two box",
    asks="Which share of answers gives one of the two worst ratings?",
    definition="Answers on the two lowest points of their scale (1 and 2 of 1 to 5), of all answers on the scale.",
    formula="answers on the two lowest points / answers",
    caveats=("Not one less the top two box: the middle is in neither.", _RULE, _WHO),
)
EFFORT_AGREEMENT: QueryMetric[AnswerCounts] = QueryMetric(
    **_share_words(lambda points: (4, 6), (1, 7)) | _SEVEN,
    name="effort_agreement",
    title="Customer effort, share who agree",
    asks="Which share of answers agrees that it was made easy?",
    definition='Answers of 5 to 7 to "... made it easy for me" (version 2.0, 1 to 7), of all answers on the scale.',
    formula="answers of 5 to 7 / answers",
    caveats=("Vendors disagree on what a CES is; the mean (customer_effort) is the first choice here.", _CUT, _WHO),
)
_effort_net, _effort_net_change = _net(2, 5, (1, 7))
EFFORT_NET: QueryMetric[AnswerCounts] = QueryMetric(
    **_ANSWERS
    | {"need": "functional", "unit": "score", "scale": "-100 to 100", "interval": "nps-adjusted-wald"}
    | {
        "estimate": _effort_net,
        "compare": _effort_net_change,
        "source": "CEB 2013 for the question; Rocks 2016 for the interval",
    },
    name="effort_net",
    title="Customer effort, net index",
    asks="Do more people find it easy than hard?",
    definition='To "... made it easy for me" (version 2.0, 1 to 7): 100 times the share of answers of 6 and 7 less the share of 1 to 3.',
    formula="100 * (answers of 6 and 7 - answers of 1 to 3) / answers",
    caveats=("An index of one vendor; others cut elsewhere or tell the mean. Say which one it is.", _CUT, _WHO),
)
SATISFACTION_INDEX: QueryMetric[AnswerCounts] = QueryMetric(
    **_ANSWERS
    | {"unit": "score", "scale": "0 to 100", "interval": "t-clustered"}
    | {
        "estimate": estimate_index,
        "compare": compare_indexes,
        "source": "Form of the ACSI's transformation; Student 1908",
        "minimum_n": 2,
    },
    name="satisfaction_index",
    title="Satisfaction index",
    asks="How far from the worst to the best rating does the mean lie?",
    definition="The mean rating, moved to 0 at the worst and 100 at the best point of its scale.",
    formula="100 * (mean - lowest) / (highest - lowest)",
    caveats=(
        "It has the form of the ACSI's index for one item; the ACSI itself weighs three items by a model, and is a registered name.",
        "Scales of different length give different numbers for the same people, also when moved to 0 to 100.",
        _WHO,
    ),
)
LIKELIHOOD_TO_RECOMMEND: QueryMetric[AnswerCounts] = QueryMetric(
    **_ANSWERS
    | {"level": "relationship", "horizon": "lifetime", "unit": "score", "scale": "0 to 10", "interval": "t-clustered"}
    | {"estimate": estimate_likelihood, "compare": compare_likelihoods, "source": "Student 1908; Welch 1947", "minimum_n": 2},
    name="likelihood_to_recommend",
    title="Likelihood to recommend",
    asks="How likely are people to recommend us, on average?",
    definition="The mean answer from 0 to 10 to the question that the net promoter score is made of.",
    formula="sum of ratings / answers",
    caveats=("It finds changes sooner than the net promoter score, which throws most of the scale away: show both.", _WHO),
)
