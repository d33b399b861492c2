"""Metrics of validated questionnaires: one score per response, a mean with its grade."""

from __future__ import annotations

from touchpath.metrics.benchmarks import Band, Benchmark, around
from touchpath.metrics.conclude import compare_mean, conclude_mean
from touchpath.metrics.metric import Metric, Number
from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.experience import Question
from touchpath.stats.questionnaires.sus import SUS as SUS_ITEMS
from touchpath.stats.questionnaires.sus import sus_grade
from touchpath.timelines.questionnaires import ScoreCounts, Scores

_NOBODY = "nobody answered"
#: A point of the scoring key is 2.5 points of the score.
_SCORE = 2.5


def sus_scores(items: tuple[Question, ...]) -> Scores:
    """The fold of ten SUS items; raises BadInput unless they are numbered 1 to 10 on a scale of 1 to 5."""
    return Scores.of(SUS_ITEMS, "sus", items)


def estimate_sus(summary: ScoreCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean SUS score, 0 to 100; the grades of the mean and of both ends of its interval are told as a note."""
    ratio = summary.moments.cell(cell)
    nobody = "nobody answered enough items" if summary.dropped[cell] else _NOBODY
    number = conclude_mean(ratio, "score", "responses", nobody, confidence, scale=_SCORE, bounds=(0.0, 100.0))
    if isinstance(number, Undefined):
        return number
    warnings: tuple[str, ...] = ()
    if summary.imputed[cell]:
        warnings += (f"{int(summary.imputed[cell])} responses missed items, which count as the centre.",)
    if summary.dropped[cell]:
        warnings += (f"{int(summary.dropped[cell])} responses missed more than two items and are left out.",)
    return number.noted(grade_band(number.value, number.low, number.high)).warned(*warnings)


def grade_band(mean: float, low: float, high: float) -> str:
    """The letter grade of a mean SUS score and the grades its interval allows: "Grade B, plausible D to A+."."""
    grades = [sus_grade(end) for end in (mean, low, high)]
    if len(set(grades)) == 1:
        return f"Grade {grades[0]}."
    return f"Grade {grades[0]}, plausible {grades[1]} to {grades[2]}."


def compare_sus(summary: ScoreCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two mean SUS scores."""
    a, b = summary.moments.cell(before), summary.moments.cell(after)
    return compare_mean(a, b, "score", _NOBODY, confidence, scale=_SCORE)


SUS: Metric[tuple[Question, ...], ScoreCounts] = Metric(
    name="sus",
    title="System Usability Scale",
    asks="How usable do people find the product as a whole?",
    discipline="UX",
    level="relationship",
    horizon="quarter",
    need="functional",
    unit="score",
    better="higher",
    scale="0 to 100",
    interval="t-clustered",
    subject="questionnaire",
    fold=sus_scores,
    estimate=estimate_sus,
    compare=compare_sus,
    method="Mean with a t interval kept on the scale; clustered by person where people answered more than once. Letter grades "
    "(curved scale of Sauro and Lewis) of the mean and of both ends of the interval.",
    definition="The latest scored response of each person in the period: ten items from 1 to 5, odd ones count rating - 1, even ones "
    "5 - rating, the sum times 2.5, from 0 to 100. Up to two missing items count as 3; more leave the response out.",
    formula="2.5 * (sum of odd items - 1, and of 5 - even items), averaged over responses",
    source="Brooke 1996, 2013; Sauro & Lewis 2016",
    caveats=(
        "It is no percentage: 68 is about average, and grades are for means, never for one person.",
        "Below about 15 responses the grade is hardly known.",
        "People who answered in both periods are counted as if they were different people.",
    ),
    minimum_n=2,
    benchmarks=(
        around("Average SUS of some 500 studies", 68.0, "Sauro, MeasuringU", 2011, "read"),
        Benchmark(
            "Acceptability",
            (Band("not acceptable", high=51.7), Band("marginal", 51.7, 71.1), Band("acceptable", 71.1)),
            "Bangor, Kortum & Miller",
            2008,
            "read",
        ),
    ),
    licence="Free to use when the source is named (Brooke 1996).",
)
