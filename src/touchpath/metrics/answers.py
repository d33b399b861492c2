"""Metrics of answers: what people say about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from touchpath.metrics.benchmarks import Band, Benchmark, around
from touchpath.metrics.conclude import compare_mean, compare_share, conclude_mean, conclude_share, few
from touchpath.metrics.metric import Metric, Number
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Question
from touchpath.stats.clustered import Sums, each_once, estimate_ratio, sum_people
from touchpath.stats.comparisons import compare_means, compare_nps
from touchpath.stats.means import Mean
from touchpath.stats.nps import Tally, clustered_nps_interval, nps_interval
from touchpath.timelines.answers import AnswerCounts, Answers
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.moments import Ratio

_NOBODY = "nobody answered"
_LATEST = "The latest answer of each person in the period, on a {} scale. "
_WHO = "Only people who were asked and answered count; those who did not may think otherwise."
_SAME = "People who answered in both periods are counted as if they were different people."


#: The scales that each metric of answers reads, as (lowest, highest).
SCALES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "nps": ((0, 10),),
    "customer_satisfaction": ((1, 5), (1, 7)),
    "customer_effort": ((1, 7),),
    "single_ease": ((1, 7),),
}


def on_scale(metric: str) -> Callable[[Question], Answers]:
    """Makes the fold of a question, and refuses questions on scales that the metric does not read."""
    scales = SCALES[metric]

    def fold(question: Question) -> Answers:
        if (question.low, question.high) not in scales:
            want = " or ".join(f"{low} to {high}" for low, high in scales)
            came = f"'{question.id}' runs from {question.low} to {question.high}"
            raise BadInput(f"'{metric}' is read from answers on a scale of {want}, but {came}.")
        return Answers(question)

    return fold


def _told(number: Number, summary: AnswerCounts, cell: int) -> Number:
    """The number with the answers that were left out of it."""
    off_scale = int(summary.off_scale[cell])
    if isinstance(number, Estimate) and off_scale:
        return number.warned(f"{off_scale} ratings off the scale are left out.")
    return number


def tally_of(buckets: Int64s) -> Tally:
    """Promoters (9-10), passives (7-8) and detractors (0-6) among (..., 11) counts of ratings."""
    scores = buckets.reshape(-1, 11).sum(axis=0)
    return Tally(int(scores[9:].sum()), int(scores[7:9].sum()), int(scores[:7].sum()))


def _net_by_bucket(buckets: Int64s) -> Sums:
    """Per bucket of people: answers, and promoters less detractors."""
    nets = buckets[:, 9:].sum(axis=1) - buckets[:, :7].sum(axis=1)
    return sum_people(buckets.sum(axis=1).tolist(), nets.tolist())


def estimate_nps(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """Net promoter score, -100 to 100."""
    buckets, ratio = summary.buckets[cell], summary.moments.cell(cell)
    if ratio.x == 0:
        return Undefined(_NOBODY, 0, "answers")
    tally = tally_of(buckets)
    method, limits = "adjusted-Wald", nps_interval(tally, confidence)
    if not each_once(ratio):
        groups = _net_by_bucket(buckets)
        if groups.people < 2:
            return Undefined("too few people to tell how sure this is", ratio.x, "answers")
        method = f"adjusted-Wald, clustered by person ({ratio.people} people)"
        limits = clustered_nps_interval(tally, groups, confidence)
    low, high = min(limits.low, tally.score), max(limits.high, tally.score)  # a few who all agree lie beyond the adjusted limits
    estimate = Estimate(tally.score, low, high, ratio.x, "answers", "score", confidence, method)
    estimate = estimate.warned(*few(ratio.people))
    if ratio.people < 30:
        estimate = estimate.noted(f"{tally.promoters} promoters, {tally.passives} passives, {tally.detractors} detractors.")
    return _told(estimate, summary, cell)


def compare_nps_cells(summary: AnswerCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two net promoter scores in points."""
    cells, ratios = (before, after), [summary.moments.cell(cell) for cell in (before, after)]
    if not all(ratio.x for ratio in ratios):
        return Undefined(_NOBODY)
    tallies = [tally_of(summary.buckets[cell]) for cell in cells]
    if all(each_once(ratio) for ratio in ratios):
        return compare_nps(tallies[0], tallies[1], confidence)
    groups = [_net_by_bucket(summary.buckets[cell]) for cell in cells]
    if min(group.people for group in groups) < 2:
        return Undefined("an interval needs more people on each side")
    means = [Mean(100 * net.ratio, 100 * net.error, net.df) for net in map(estimate_ratio, groups)]
    if means[0].error == means[1].error == 0:
        return Undefined("nobody differs from anybody on either side, so the difference has no interval")
    return compare_means(means[0], means[1], confidence, "score", "Welch t, clustered by person")


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
    return _told(number, summary, cell)


def estimate_satisfaction(summary: AnswerCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of answers that are one of the two best."""
    ratio = summary.moments.cell(cell)
    number = conclude_share(_top_two(summary, cell), "answers", _NOBODY, confidence, people=ratio.people)
    number = _told(number, summary, cell)
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
    return _told(number, summary, cell)


def compare_seven_point_means(summary: AnswerCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two mean ratings."""
    return compare_mean(summary.moments.cell(before), summary.moments.cell(after), "score", _NOBODY, confidence)


NPS: Metric[Question, AnswerCounts] = Metric(
    name="nps",
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
        "Not comparable with the first version of 2010, which asked for effort from 1 to 5, lower being better.",
        "Others call the share of 5 to 7, or a net index, by the same name.",
        _SAME,
    ),
    minimum_n=2,
)
SINGLE_EASE: Metric[Question, AnswerCounts] = Metric(
    name="single_ease",
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
