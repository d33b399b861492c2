"""Metrics of answers: what people say about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from touchpath.metrics.benchmarks import Band, Benchmark, around
from touchpath.metrics.conclude import compare_mean, compare_share, conclude_mean, conclude_share
from touchpath.metrics.metric import Metric, Number
from touchpath.metrics.net import compare_net, conclude_net, tally_of
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Question
from touchpath.stats.clustered import each_once
from touchpath.timelines.answers import AnswerCounts, Answers, Take
from touchpath.timelines.moments import Ratio

_NOBODY = "nobody answered"
#: Points of 0 to 10, counted from 0: the last of detractors, the first of promoters.
_PROMOTED = (6, 9)
_LATEST = "The latest answer of each person in the period, on a {} scale. "
_WHO = "Only people who were asked and answered count; those who did not may think otherwise."
_SAME = "People who answered in both periods are counted as if they were different people."

#: The scales that each metric of answers reads, as (lowest, highest).
SCALES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "nps": ((0, 10),),
    "customer_satisfaction": ((1, 5), (1, 7)),
    "customer_effort": ((1, 7),),
    "single_ease": ((1, 7),),
    "customer_effort_2010": ((1, 5),),
    "review_rating": ((1, 5),),
    "resolved_by_survey": ((0, 1),),
}


def on_scale(metric: str, take: Take = "latest") -> Callable[[Question], Answers]:
    """Makes the fold of a question, and refuses questions on scales that the metric does not read."""
    scales = SCALES[metric]

    def fold(question: Question) -> Answers:
        if (question.low, question.high) not in scales:
            want = " or ".join(f"{low} to {high}" for low, high in scales)
            came = f"'{question.id}' runs from {question.low} to {question.high}"
            raise BadInput(f"'{metric}' is read from answers on a scale of {want}, but {came}.")
        return Answers(question, take)

    return fold


def told(number: Number, summary: AnswerCounts, cell: int) -> Number:
    """The number with the answers that were left out of it."""
    off_scale = int(summary.off_scale[cell])
    if isinstance(number, Estimate) and off_scale:
        return number.warned(f"{off_scale} ratings off the scale are left out.")
    return number


def estimate_nps(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """Net promoter score, -100 to 100."""
    estimate = conclude_net(summary, cell, *_PROMOTED, confidence)
    if isinstance(estimate, Estimate) and summary.moments.cell(cell).people < 30:
        tally = tally_of(summary, cell, *_PROMOTED)
        estimate = estimate.noted(f"{tally.promoters} promoters, {tally.passives} passives, {tally.detractors} detractors.")
    return told(estimate, summary, cell)


def compare_nps_cells(summary: AnswerCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two net promoter scores in points."""
    return compare_net(summary, before, after, *_PROMOTED, confidence)


def _top_two(summary: AnswerCounts, cell: int) -> Ratio:
    """How many answers are one of the two best, among all; per person, or per bucket of people where they repeat."""
    points = summary.buckets.shape[2]
    return _between(summary, cell, points - 2, points - 1)


def _between(summary: AnswerCounts, cell: int, first: int, last: int) -> Ratio:
    """How many answers lie from one point of the scale to another, both counted from 0, among all; else as `_top_two`."""
    buckets, ratio = summary.buckets[cell], summary.moments.cell(cell)
    chosen = buckets[:, first : last + 1].sum(axis=1)
    best = int(chosen.sum())
    if each_once(ratio):
        return Ratio(ratio.people, ratio.x, best, ratio.x, best, best)
    x, y = buckets.sum(axis=1), chosen
    return Ratio(int(np.count_nonzero(x)), int(x.sum()), best, int((x * x).sum()), int((x * y).sum()), int((y * y).sum()))


def estimate_points(summary: AnswerCounts, cell: int, first: int, last: int, confidence: float = 0.95) -> Number:
    """Share of answers from one point of the scale to another, both counted from 0 and inclusive."""
    ratio = summary.moments.cell(cell)
    return conclude_share(_between(summary, cell, first, last), "answers", _NOBODY, confidence, people=ratio.people)


def compare_points(
    summary: AnswerCounts, before: int, after: int, first: int, last: int, confidence: float = 0.95
) -> Comparison | Undefined:
    """Difference of two shares of answers from one point of the scale to another."""
    a, b = (_between(summary, cell, first, last) for cell in (before, after))
    return compare_share(a, b, _NOBODY, confidence)


def compare_item_means(summary: AnswerCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two mean ratings."""
    return compare_mean(summary.moments.cell(before), summary.moments.cell(after), "score", _NOBODY, confidence)


def estimate_mean(summary: AnswerCounts, cell: int, scale: tuple[int, int], confidence: float = 0.95) -> Number:
    """Mean of ratings on a scale, given by its ends."""
    number = conclude_mean(summary.moments.cell(cell), "score", "answers", _NOBODY, confidence, bounds=scale)
    return told(number, summary, cell)


def estimate_satisfaction(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of answers that are one of the two best."""
    ratio = summary.moments.cell(cell)
    number = conclude_share(_top_two(summary, cell), "answers", _NOBODY, confidence, people=ratio.people)
    number = told(number, summary, cell)
    if isinstance(number, Undefined):
        return number
    return number.noted(f"The mean is {ratio.y / ratio.x:.2f} of {int(summary.scores.shape[1])}.")


def compare_satisfaction(summary: AnswerCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two shares of satisfied answers."""
    return compare_share(_top_two(summary, before), _top_two(summary, after), _NOBODY, confidence)


def estimate_seven_point_mean(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean of ratings from 1 to 7."""
    ratio = summary.moments.cell(cell)
    number = conclude_mean(ratio, "score", "answers", _NOBODY, confidence, bounds=(1.0, 7.0))
    return told(number, summary, cell)


def compare_seven_point_means(summary: AnswerCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two mean ratings."""
    return compare_mean(summary.moments.cell(before), summary.moments.cell(after), "score", _NOBODY, confidence)


NPS: Metric[Question, AnswerCounts] = Metric(
    name="nps",
    worthwhile=10.0,
    title="Net promoter score",
    asks="Do more people recommend us than warn others?",
    discipline="CX",
    level="relationship",
    horizon="lifetime",
    need="emotional",
    unit="score",
    better="higher",
    scale="-100 to 100",
    interval="nps-adjusted-wald",
    subject="question",
    fold=on_scale("nps"),
    estimate=estimate_nps,
    compare=compare_nps_cells,
    method="Adjusted-Wald interval (three answers added); at the effective number of answers, clustered by person, where people "
    "answered more than once. The value is the raw score, so the interval is not centred on it.",
    definition=_LATEST.format("0 to 10")
    + "100 times the share of promoters (9 and 10) less the share of detractors (0 to 6), from -100 to 100.",
    formula="100 * (promoters - detractors) / answers",
    source="Reichheld 2003; Rocks 2016; Lewis & Sauro 2021",
    caveats=(
        _WHO,
        "With 10 answers the interval reaches 40 to 50 points to each side; half the width takes four times the answers.",
        "Scores differ by country and industry: compare with your own past.",
        _SAME,
    ),
    benchmarks=(
        Benchmark(
            "Net promoter score in general",
            (
                Band("negative", high=0.0),
                Band("good", 0.0, 50.0),
                Band("excellent", 50.0, 70.0),
                Band("world class", 70.0),
            ),
            "Bain & Company, Satmetrix",
            2003,
            graded=False,
            why="these bands are lore, not statistics, and scores differ by country and industry",
        ),
    ),
    licence="Net Promoter and NPS are registered marks of Bain & Company, NICE Systems and Fred Reichheld; name the score accordingly.",
)
CUSTOMER_SATISFACTION: Metric[Question, AnswerCounts] = Metric(
    name="customer_satisfaction",
    worthwhile=0.05,
    title="Customer satisfaction",
    asks="Which share of the people who answered were satisfied?",
    discipline="CX",
    level="journey",
    horizon="quarter",
    need="emotional",
    unit="share",
    better="higher",
    scale="0 to 1",
    interval="wilson-clustered",
    subject="question",
    fold=on_scale("customer_satisfaction"),
    estimate=estimate_satisfaction,
    compare=compare_satisfaction,
    method="Wilson interval; at the effective n, clustered by person, where people answered more than once.",
    definition=_LATEST.format("1 to 5 or 1 to 7") + "The share that gave one of the two best ratings (4 and 5, or 6 and 7).",
    formula="answers in the two best points / answers",
    source="Wilson 1927; Newcombe 1998",
    caveats=(_WHO, "The cut throws away how good or bad the others were: read the mean and the spread too.", _SAME),
)
CUSTOMER_EFFORT: Metric[Question, AnswerCounts] = Metric(
    name="customer_effort",
    worthwhile=0.5,
    title="Customer effort (ease)",
    asks="How easy was it to get the matter handled?",
    discipline="CX",
    level="journey",
    horizon="quarter",
    need="functional",
    unit="score",
    better="higher",
    scale="1 to 7",
    interval="t-clustered",
    subject="question",
    fold=on_scale("customer_effort"),
    estimate=estimate_seven_point_mean,
    compare=compare_seven_point_means,
    method="Mean with a t interval kept on the scale; clustered by person where people answered more than once.",
    definition=_LATEST.format("1 to 7") + 'The mean agreement with "... made it easy for me" (version 2.0, higher is easier).',
    formula="sum of ratings / answers",
    source="Dixon, Toman & DeLisi 2013",
    caveats=(
        _WHO,
        "Not comparable with the first version of 2010 (customer_effort_2010), which asked for effort from 1 to 5, lower being better.",
        "Others call the share of 5 to 7, or a net index, by the same name.",
        _SAME,
    ),
    minimum_n=2,
)
SINGLE_EASE: Metric[Question, AnswerCounts] = Metric(
    name="single_ease",
    worthwhile=0.5,
    title="Single ease question",
    asks="How easy did people find this task, right after it?",
    discipline="UX",
    level="interface",
    horizon="task",
    need="functional",
    unit="score",
    better="higher",
    scale="1 to 7",
    interval="t-clustered",
    subject="question",
    fold=on_scale("single_ease"),
    estimate=estimate_seven_point_mean,
    compare=compare_seven_point_means,
    method="Mean with a t interval kept on the scale; clustered by person where people answered more than once.",
    definition=_LATEST.format("1 to 7") + "The mean rating, from 1 (very difficult) to 7 (very easy).",
    formula="sum of ratings / answers",
    source="Sauro & Dumas 2009",
    caveats=(_WHO, "Ask right after the task: later answers tell what people remember.", _SAME),
    minimum_n=2,
    benchmarks=(around("Average ease over many tasks", 5.5, "Sauro, MeasuringU", 2012, "read"),),
    licence="The question is published for free use; name the source (Sauro & Dumas 2009).",
)
