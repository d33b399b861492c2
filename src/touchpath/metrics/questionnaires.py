"""Metrics of questionnaires, made from the registry: one mean score per scale, with what was imputed, left out and remarkable."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from touchpath.metrics.benchmarks import Band, Benchmark, Status
from touchpath.metrics.conclude import compare_mean, conclude_mean
from touchpath.metrics.metric import Metric, Number
from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.experience import Question
from touchpath.model.rules import EventRule
from touchpath.stats.questionnaires.kinds import Bands, Ends, Questionnaire, Scale
from touchpath.stats.questionnaires.registry import QUESTIONNAIRES
from touchpath.stats.questionnaires.scoring import scoring_key
from touchpath.stats.questionnaires.sus import GRADES, PERCENTILES, sus_grade
from touchpath.stats.reliability import alpha_from_sums
from touchpath.timelines.questionnaires import ScoreCounts, Scores

_NOBODY = "nobody answered"
#: From so many complete responses on, Cronbach's alpha is told.
ALPHA_FROM = 15


@dataclass(frozen=True, slots=True)
class _Conclusion:
    """How the counts of one scale are concluded: score = floor + points * step, between `low` and `high`."""

    questionnaire: Questionnaire
    scale: Scale
    floor: int
    step: Fraction
    low: float
    high: float

    @classmethod
    def of(cls, questionnaire: Questionnaire, scale: Scale) -> _Conclusion:
        key = scoring_key(questionnaire, scale.name)
        worths = [questionnaire.worth_of(questionnaire.item(number)) for number in scale.items]
        low, high = (sum(worth[end] for worth in worths) / len(worths) for end in (0, 1))
        return cls(questionnaire, scale, key.floor, key.step, low, high)

    @property
    def n_unit(self) -> str:
        return "answers" if self.questionnaire.single else "responses"

    def estimate(self, summary: ScoreCounts, cell: int, confidence: float = 0.95) -> Number:
        """The mean score with its interval."""
        nobody = "nobody answered enough items" if summary.dropped[cell] else _NOBODY
        number = conclude_mean(
            summary.moments.cell(cell),
            "score",
            self.n_unit,
            nobody,
            confidence,
            scale=float(self.step),
            bounds=(self.low, self.high),
            floor=self.floor,
        )
        if isinstance(number, Undefined):
            return number
        notes = tuple(self._notes(number.value, number.low, number.high)) + tuple(_consistency(summary, cell))
        return number.noted(*notes).warned(*self._warnings(summary, cell))

    def compare(self, summary: ScoreCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
        """The difference of two mean scores."""
        a, b = summary.moments.cell(before), summary.moments.cell(after)
        return compare_mean(a, b, "score", _NOBODY, confidence, scale=float(self.step))

    def _notes(self, value: float, low: float, high: float) -> Iterator[str]:
        if GRADES in self.scale.bands:
            yield grade_band(value, low, high)
            yield "Percentile {} to {} of published studies.".format(*PERCENTILES[sus_grade(value)])

    def _warnings(self, summary: ScoreCounts, cell: int) -> Iterator[str]:
        imputed, dropped = int(summary.imputed[cell]), int(summary.dropped[cell])
        straight, doubtful = int(summary.straight[cell]), int(summary.doubtful[cell])
        off_scale = int(summary.off_scale[cell])
        if imputed:
            how = "which count as the centre" if self.questionnaire.centre else "and are scored by those answered"
            yield f"{_responses(imputed)} missed items, {how}."
        if dropped:
            why = "a rating, or had weights that do not come to 15," if self.scale.weights else _too_many(self.scale)
            yield f"{_responses(dropped)} missed {why} and {'is' if dropped == 1 else 'are'} left out."
        if off_scale:
            yield f"{_ratings(off_scale)} off the scale {'counts' if off_scale == 1 else 'count'} as missing."
        if straight:
            yield f"{_responses(straight)} gave every item the same rating; kept, but look at them."
        if doubtful:
            yield f"{_responses(doubtful)} {'looks' if doubtful == 1 else 'look'} careless; kept, but look at them."


def _responses(count: int) -> str:
    return "1 response" if count == 1 else f"{count} responses"


def _ratings(count: int) -> str:
    return "1 rating" if count == 1 else f"{count} ratings"


def _too_many(scale: Scale) -> str:
    most = len(scale.items) - scale.least
    return f"more than {most} item{'' if most == 1 else 's'}" if most else "an item"


def grade_band(mean: float, low: float, high: float) -> str:
    """The letter grade of a mean SUS score and the grades its interval allows: "Grade B, plausible D to A+."."""
    grades = [sus_grade(end) for end in (mean, low, high)]
    if len(set(grades)) == 1:
        return f"Grade {grades[0]}."
    return f"Grade {grades[0]}, plausible {grades[1]} to {grades[2]}."


def _consistency(summary: ScoreCounts, cell: int) -> Iterator[str]:
    """How well the items go together, from enough complete responses."""
    complete = int(summary.complete[cell])
    if complete < ALPHA_FROM:
        return
    alpha = alpha_from_sums(complete, [(int(total), int(squares)) for total, squares in summary.spread[cell]])
    if alpha is not None:
        yield f"Cronbach's alpha {alpha:.2f} ({complete} complete responses)."


def _fold(questionnaire: Questionnaire, scale: Scale) -> Callable[[Any], Scores]:
    def fold(of: Question | tuple[Question, ...]) -> Scores:
        return Scores.of(questionnaire, scale.name, of if isinstance(of, tuple) else (of,))

    return fold


def _definition(questionnaire: Questionnaire, scale: Scale) -> str:
    who = (
        "The latest answer of each person in the period"
        if questionnaire.single
        else ("The latest scored response of each person in the period")
    )
    return f"{who}: {_how(questionnaire, scale)} {_missing(questionnaire, scale)}".rstrip()


def _how(questionnaire: Questionnaire, scale: Scale) -> str:
    conclusion = _Conclusion.of(questionnaire, scale)
    ends = _ends(questionnaire.ends)
    runs = f"{conclusion.low:g} to {conclusion.high:g}"
    if questionnaire.single:
        return f"a rating of {ends}, put on {runs} in equal steps."
    reverse = [number for number in scale.items if questionnaire.item(number).reverse]
    turned = f", {_numbers(reverse)} reversed" if reverse else ""
    if scale.weights:
        return f"{_numbers(scale.items)} (rated {ends}), put on {runs}, each times how often it was chosen in 15 pairs, over 15."
    others = [one for one in map(questionnaire.item, scale.items) if one.ends and one.worth]
    apart = "".join(
        f", item {one.number} {_ends((one.ends,))} put on {_ends((one.worth,))}" for one in others if one.ends and one.worth
    )
    return f"the mean of {_numbers(scale.items)} (rated {ends}{turned}{apart}), so that the score runs from {runs}."


def _ends(ends: Iterable[Ends]) -> str:
    return " or ".join(f"{low} to {high}" for low, high in ends)


def _numbers(items: Sequence[int]) -> str:
    """Items by number: "items 1 to 10", "items 4 and 10", "item 2"."""
    if len(items) == 1:
        return f"item {items[0]}"
    if len(items) > 2 and list(items) == list(range(items[0], items[-1] + 1)):
        return f"items {items[0]} to {items[-1]}"
    return f"items {', '.join(map(str, items[:-1]))} and {items[-1]}"


def _missing(questionnaire: Questionnaire, scale: Scale) -> str:
    most = len(scale.items) - scale.least
    if questionnaire.single:
        return ""
    if not most:
        return "Any missing item leaves the response out."
    how = "may be missing and count as the centre of the scale" if questionnaire.centre else "may be missing and are passed over"
    return f"Of the items {most} {how}; if more are missing, the response is left out."


def _formula(questionnaire: Questionnaire, scale: Scale) -> str:
    if questionnaire.single:
        low, high = questionnaire.worth
        return f"mean over answers of {low} + {high - low} * (rating - lowest) / (highest - lowest)"
    weighed = "sum of weight * worth of item / 15" if scale.weights else "sum of worths of items / how many count"
    return f"mean over responses of {weighed}"


def _benchmark(bands: Bands) -> Benchmark:
    lows = [low for low, _ in bands.edges[1:]]
    parts = tuple(
        Band(name, low, high) for (_, name), low, high in zip(bands.edges, (-math.inf, *lows), (*lows, math.inf), strict=True)
    )
    status: Status = "read" if bands.read else "recalled"
    return Benchmark(bands.title, parts, bands.source, bands.year, status, bands.judged, bands.why)


def _metric(questionnaire: Questionnaire, scale: Scale) -> Metric[Any, ScoreCounts]:
    conclusion = _Conclusion.of(questionnaire, scale)
    return Metric(
        name=scale.name,
        title=scale.title,
        asks=scale.asks,
        discipline=questionnaire.discipline,
        level=questionnaire.level,
        horizon=questionnaire.horizon,
        need=questionnaire.need,
        unit="score",
        better=questionnaire.better,
        scale=f"{conclusion.low:g} to {conclusion.high:g}",
        interval="t-clustered",
        subject="question" if questionnaire.single else "questionnaire",
        fold=_fold(questionnaire, scale),
        estimate=conclusion.estimate,
        compare=conclusion.compare,
        method="Mean with a t interval kept on the scale; clustered by person where people answered more than once."
        + (" Letter grades of the mean and of both ends of the interval." if GRADES in scale.bands else ""),
        definition=_definition(questionnaire, scale),
        formula=_formula(questionnaire, scale),
        source=questionnaire.source,
        caveats=(*questionnaire.caveats, "People who answered in both periods are counted as if they were different people."),
        minimum_n=2,
        benchmarks=tuple(_benchmark(bands) for bands in scale.bands if bands is not GRADES),
        licence=f"{questionnaire.licence} Checked: {questionnaire.checked}",
    )


#: The metrics of every scale, by name.
QUESTIONNAIRE_METRICS: Mapping[str, Metric[Any, ScoreCounts]] = {
    scale.name: _metric(one, scale) for one in QUESTIONNAIRES.values() if one.averaged for scale in one.scales
}
SUS = QUESTIONNAIRE_METRICS["sus"]
#: From where to where the score of each of these metrics runs.
SCORE_ENDS: Mapping[str, tuple[float, float]] = {
    scale.name: (conclusion.low, conclusion.high)
    for one in QUESTIONNAIRES.values()
    if one.averaged
    for scale in one.scales
    for conclusion in [_Conclusion.of(one, scale)]
}

#: By questionnaire, the metrics of its scales, those told wherever it is asked first.
SCALES_OF: Mapping[str, tuple[str, ...]] = {
    one.name: tuple(scale.name for scale in sorted(one.scales, key=lambda scale: not scale.headline))
    for one in QUESTIONNAIRES.values()
    if one.averaged
}


def told_scales(questionnaire: str, items: Iterable[Question]) -> tuple[str, ...]:
    """The metrics to tell of a questionnaire whose items are these: its headline scales that are asked as a whole."""
    one = QUESTIONNAIRES[questionnaire]
    asked = {1 if one.single else question.item for question in items}
    return tuple(scale.name for scale in one.scales if scale.headline and one.can_score(scale, asked))


def check_items(questionnaire: str) -> Callable[[Sequence[Question]], Iterator[tuple[Question, str]]]:
    """Tells what is wrong with questions that are asked together as one questionnaire: (question, why)."""
    one = QUESTIONNAIRES[questionnaire]

    def check(questions: Sequence[Question]) -> Iterator[tuple[Question, str]]:
        by_number = {question.item: question for question in questions}
        asked: list[tuple[int, Ends]] = [(question.item, (question.low, question.high)) for question in questions]
        for number, fault in one.faults(asked):
            yield by_number[number], fault

    return check


def items_of(metric: str, asked: Callable[[int], EventRule]) -> tuple[Question, ...]:
    """All items of the questionnaire that a metric reads, as questions; `asked` gives the rule of an item's answers."""
    one = next(one for one in QUESTIONNAIRES.values() if metric == one.name or metric in {scale.name for scale in one.scales})
    return tuple(
        Question(
            f"{one.name}-{item.number}", item.asks, asked(item.number), *one.ends_of(item)[0], one.name, one.name, item.number
        )
        for item in one.items
    )
