"""Net sentiment: how much more of what is said is positive than negative, and whether anybody has checked the labels."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.answers import estimate_points
from touchpath.metrics.metric import Number, Place, QueryMetric
from touchpath.metrics.net import compare_net, conclude_net
from touchpath.metrics.places import at_cell
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.timelines.answers import AnswerCounts
from touchpath.timelines.labels import NEGATIVE, POSITIVE

_NOBODY = "nothing is labelled"
#: What a number of labels by a model that nobody checked comes with.
UNVALIDATED = "unvalidated: labels come from a model that nobody here has held against people's."


def estimate_net(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """100 times the share of positive texts less that of negative ones; neutral ones count in the whole."""
    number = conclude_net(summary, cell, NEGATIVE, POSITIVE, confidence, "texts", _NOBODY)
    if isinstance(number, Estimate) and (twice := int(summary.off_scale[cell])):
        return number.warned(f"{twice:,} texts have more than one label and are left out.")
    return number


def estimate_unvalidated(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """The same with a warning that the labels are a model's."""
    number = estimate_net(summary, cell, confidence)
    return number if isinstance(number, Undefined) else number.warned(UNVALIDATED)


def estimate_label(summary: AnswerCounts, cell: int, label: int, confidence: float = 0.95) -> Number:
    """Share of texts with one label."""
    if not summary.moments.cell(cell).x:
        return Undefined(_NOBODY, 0, "texts")
    return estimate_points(summary, cell, label, label, confidence)


def compare_labels(summary: AnswerCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two net sentiments in points."""
    return compare_net(summary, before.cell, after.cell, NEGATIVE, POSITIVE, confidence, _NOBODY)


_WORDS: dict[str, Any] = {
    "discipline": "CX",
    "level": "relationship",
    "horizon": "quarter",
    "need": "emotional",
    "unit": "score",
    "better": "higher",
    "scale": "-100 to 100",
    "query": "sentiment",
    "interval": "nps-adjusted-wald",
    "compare": compare_labels,
    "formula": "100 * (positive - negative) / (positive + neutral + negative)",
    "source": "Rocks 2016 for the interval; labels as in docs/definitions/sentiment.md",
}
_WHO = "Those who say something chose to: it is not what all customers feel."

NET_SENTIMENT: QueryMetric[AnswerCounts] = QueryMetric(
    **_WORDS | {"needs": {"labels": ("people", "ratings")}, "estimate": at_cell(estimate_net)},
    name="net_sentiment",
    title="Net sentiment",
    asks="Is more of what people say positive than negative?",
    definition="Of what was said in the period and labelled by people (or by the rating that came with it), 100 times the share that is positive "
    "less the share that is negative; neutral ones count in the whole. Every one counts, people are the unit.",
    caveats=(
        "Leaving neutral ones out would make it look stronger on both sides.",
        "People disagree on labels, too: with fewer than two who label, nobody knows how much.",
        _WHO,
    ),
)
NET_SENTIMENT_UNVALIDATED: QueryMetric[AnswerCounts] = QueryMetric(
    **_WORDS | {"needs": {"labels": ("model",)}, "estimate": at_cell(estimate_unvalidated)},
    name="net_sentiment_unvalidated",
    title="Net sentiment by a model (unvalidated)",
    asks="Does a model label more of what people say as positive than as negative?",
    definition="Of what was said in the period and labelled by a model, 100 times the share that is labelled positive less the share that is "
    "labelled negative; neutral ones count in the whole. Every one counts, people are the unit.",
    caveats=(
        "Unvalidated: a model's labels are measurements with error. Have 200 texts or more labelled by two people or more, and tell macro-F1, "
        "kappa and Krippendorff's alpha (0.8 is reliable, below 0.667 is not) before showing it as people's sentiment.",
        "The interval knows of sampling only, not of wrong labels. A new version of the model is another metric.",
        _WHO,
    ),
)
