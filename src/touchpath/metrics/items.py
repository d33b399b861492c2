"""Single items of surveys and reviews: effort as first asked, ratings of reviews, and "was it resolved?"."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.answers import compare_item_means, compare_points, estimate_mean, estimate_points, on_scale, told
from touchpath.metrics.metric import Metric, Number
from touchpath.metrics.scales import scale_of
from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.experience import Question
from touchpath.timelines.answers import AnswerCounts

_NOBODY = "nobody answered"
_WHO = "Only people who were asked and answered count; those who did not may think otherwise."
_SAME = "People who answered in both periods are counted as if they were different people."


def estimate_item(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean rating, kept on the question's own scale."""
    if not summary.moments.cell(cell).x:
        return Undefined(_NOBODY, 0, "answers")
    return estimate_mean(summary, cell, scale_of(summary, cell), confidence)


def estimate_effort(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean effort from 1 to 5, lower being better, with the ease that it comes to."""
    number = estimate_item(summary, cell, confidence)
    return number if isinstance(number, Undefined) else number.noted(f"As ease (6 - mean) it is {6 - number.value:.2f}.")


def estimate_rating(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean number of stars, with the reviews that gave each."""
    number = estimate_item(summary, cell, confidence)
    if isinstance(number, Undefined):
        return number
    low, scores = scale_of(summary, cell)[0], summary.scores[cell].tolist()
    return number.noted("Reviews by stars: " + ", ".join(f"{low + point}: {count:,}" for point, count in enumerate(scores)) + ".")


def estimate_resolved(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of answers that say it was resolved."""
    return told(estimate_points(summary, cell, 1, 1, confidence), summary, cell)


def compare_resolved(summary: AnswerCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two shares of answers that say it was resolved."""
    return compare_points(summary, before, after, 1, 1, confidence)


_ITEM: dict[str, Any] = {
    "discipline": "CX",
    "level": "journey",
    "horizon": "quarter",
    "need": "emotional",
    "unit": "score",
    "better": "higher",
    "interval": "t-clustered",
    "subject": "question",
    "estimate": estimate_item,
    "compare": compare_item_means,
    "source": "Student 1908; Welch 1947 for changes",
    "minimum_n": 2,
}

CUSTOMER_EFFORT_2010: Metric[Question, AnswerCounts] = Metric(
    **_ITEM
    | {
        "need": "functional",
        "better": "lower",
        "estimate": estimate_effort,
        "source": "Dixon, Freeman & Toman 2010; Student 1908",
    },
    name="customer_effort_2010",
    title="Customer effort (version of 2010)",
    asks="How much effort did people have to put in themselves?",
    scale="1 to 5, lower is better",
    fold=on_scale("customer_effort_2010"),
    definition="The latest answer of each person in the period, on a 1 to 5 scale from very low to very high effort. The mean.",
    formula="sum of ratings / answers",
    caveats=(
        "Another question on another scale than version 2.0 (customer_effort): the two never stand in one line.",
        "Lower is better; some read 5 as best and answer the wrong way round.",
        _WHO,
        _SAME,
    ),
)
REVIEW_RATING: Metric[Question, AnswerCounts] = Metric(
    **_ITEM | {"level": "relationship", "estimate": estimate_rating},
    name="review_rating",
    title="Review rating",
    asks="How many stars do reviews give?",
    scale="1 to 5 stars",
    fold=on_scale("review_rating", "all"),
    definition="Every review in the period that gives 1 to 5 whole stars, several of one person included. The mean, with how many gave each "
    "number of stars.",
    formula="sum of stars / reviews",
    caveats=(
        "Those who write reviews chose themselves: mostly the delighted and the angry. It is no measure of all customers.",
        "Platforms weigh, hide and date reviews in their own ways, so their headline may differ.",
        "A mean of 3 may be all threes or ones and fives: read the counts by stars.",
        _SAME,
    ),
)
RESOLVED_BY_SURVEY: Metric[Question, AnswerCounts] = Metric(
    **_ITEM
    | {
        "need": "functional",
        "unit": "share",
        "interval": "wilson-clustered",
        "estimate": estimate_resolved,
        "compare": compare_resolved,
        "source": "Wilson 1927; Newcombe 1998",
        "minimum_n": 1,
    },
    name="resolved_by_survey",
    title="Resolved, as people say",
    asks="Which share of the people who answered say that their problem was resolved?",
    scale="0 to 1",
    fold=on_scale("resolved_by_survey"),
    definition='The latest answer of each person in the period to "was it resolved?" (1 yes, 0 no), asked after a first contact. The share '
    "of yes.",
    formula="answers of yes / answers",
    caveats=(
        "The variant of first contact resolution that is asked; first_contact_resolution counts who comes back. Show both, never mixed.",
        "People are asked before they can know that it lasts.",
        _WHO,
        _SAME,
    ),
)
