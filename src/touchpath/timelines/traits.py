"""Traits: one number for each answer to a question, such as another answer of the same person, or what they did before it.

Rows for models of what goes with what; see docs/definitions/traits.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from touchpath.model.experience import Question
from touchpath.model.rules import EventRule
from touchpath.stats.questionnaires.scoring import score_table
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Int64s, Timelines, one_cell
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.match import match
from touchpath.timelines.questionnaires import Scores
from touchpath.timelines.responses import read_responses
from touchpath.timelines.windows import ranges

Floats = NDArray[np.float64]
#: What is told of the signals before an answer: how many, whether any, the sum or the mean of their values.
Deed = Literal["count", "did", "sum", "mean"]


@dataclass(frozen=True, slots=True)
class Rating:
    """The ratings of one question; those off its scale are no answers."""

    question: Question


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of one questionnaire, one per response, at its last answer."""

    scores: Scores


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a person did before the answer that it is held beside."""

    deed: Deed
    rule: EventRule


Trait = Rating | Score | Deeds


@dataclass(frozen=True, slots=True)
class Given:
    """Answers in order of owner and time, with what they are worth. off_scale: how many ratings were none."""

    signals: Gathered
    values: Floats
    off_scale: int

    def at(self, places: Int64s | NDArray[np.bool_]) -> Given:
        """Only these."""
        return Given(self.signals.at(places), self.values[places], self.off_scale)


@dataclass(frozen=True, slots=True)
class TraitRows:
    """One row per answer to the outcome. owners: whose. places, rows: the owner's and the answer's place in the shard.

    table: (rows, traits), NaN where nothing is known. early: windows that reach back beyond the first signal of all.
    """

    owners: Int64s
    places: Int64s
    rows: Int64s
    outcome: Floats
    table: Floats
    off_scale: int
    early: int


def read_traits(
    timelines: Timelines,
    people: Bytes,
    outcome: Rating | Score,
    traits: tuple[Trait, ...],
    span: int,
    within: tuple[int, int],
    began: int,
    every: bool = False,
) -> TraitRows:
    """The traits beside each person's latest answer to the outcome (each answer, if `every`) at low <= time < high of `within`.

    span: microseconds. An answer beside the outcome's is the one nearest in time, at most so far from it, the earlier of two as near; deeds
    are those in [answer - span, answer). began: when the data begin.
    """
    given = answers_to(timelines, people, outcome)
    low, high = within
    given = given.at((given.signals.times >= low) & (given.signals.times < high))
    if not every and given.values.size:
        given = given.at(np.concatenate((given.signals.owners[1:] != given.signals.owners[:-1], [True])))
    columns = [_beside(timelines, people, given.signals, trait, span) for trait in traits]
    table = np.column_stack(columns) if columns else np.empty((given.values.size, 0))
    looks_back = any(isinstance(trait, Deeds) for trait in traits)
    early = int((given.signals.times - span < began).sum()) if looks_back else 0
    owners = np.asarray(timelines.owners[given.signals.owners], np.int64)
    return TraitRows(owners, given.signals.owners, given.signals.rows, given.values, table, given.off_scale, early)


def answers_to(timelines: Timelines, people: Bytes, outcome: Rating | Score) -> Given:
    """All answers to a question, or all scored responses to a questionnaire."""
    if isinstance(outcome, Rating):
        return _ratings(timelines, people, outcome.question)
    scores = outcome.scores
    responses = read_responses(timelines, one_cell(), people, scores.items, scores.response)
    points = score_table(scores.key, responses.ratings).points
    key, scored = scores.key, points >= 0
    values = np.asarray(key.floor + points[scored] * float(key.step), np.float64)
    return Given(responses.last.at(scored), values, int(responses.off_scale.size))


def _ratings(timelines: Timelines, people: Bytes, question: Question) -> Given:
    gathered = gather(timelines, match(timelines, (question.asked,)), people, one_cell())
    values = timelines.wide("value")[gathered.rows]
    whole, part = np.divmod(values, VALUE_SCALE)
    rated = values != NO_VALUE
    fits = rated & (part == 0) & (whole >= question.low) & (whole <= question.high)
    return Given(gathered.at(fits), whole[fits].astype(np.float64), int((rated & ~fits).sum()))


def _beside(timelines: Timelines, people: Bytes, anchors: Gathered, trait: Trait, span: int) -> Floats:
    """One trait of every anchor: (anchors,)."""
    if isinstance(trait, Deeds):
        return _done(timelines, people, anchors, trait, span)
    given = answers_to(timelines, people, trait)
    before, _ = ranges(anchors, given.signals, span, False)
    after, beyond = ranges(anchors, given.signals, span, True)
    return _nearest(anchors.times, given, (before, after, beyond))


def _nearest(times: Int64s, given: Given, places: tuple[Int64s, Int64s, Int64s]) -> Floats:
    """The value nearest to each time; `places` says where each window begins, where what is later than the time does, and its end."""
    before, after, beyond = places
    found = np.full(times.size, np.nan)
    if not given.values.size:
        return found
    last = given.values.size - 1
    earlier, later = np.maximum(after - 1, 0), np.minimum(after, last)
    has_earlier, has_later = after > before, beyond > after
    nearer = ~has_earlier | (given.signals.times[later] - times < times - given.signals.times[earlier])
    takes_later = has_later & nearer
    found[has_earlier] = given.values[earlier[has_earlier]]
    found[takes_later] = given.values[later[takes_later]]
    return found


def _done(timelines: Timelines, people: Bytes, anchors: Gathered, trait: Deeds, span: int) -> Floats:
    signals = gather(timelines, match(timelines, (trait.rule,)), people, one_cell())
    if trait.deed in ("count", "did"):
        low, high = ranges(anchors, signals, span, False)
        count = (high - low).astype(np.float64)
        return count if trait.deed == "count" else np.minimum(count, 1.0)
    values = timelines.wide("value")[signals.rows]
    valued = values != NO_VALUE
    low, high = ranges(anchors, signals.at(valued), span, False)
    total = np.concatenate((np.zeros(1, np.int64), np.cumsum(values[valued])))
    summed = np.asarray((total[high] - total[low]) / VALUE_SCALE, np.float64)
    if trait.deed == "sum":
        return summed
    found = np.full(summed.size, np.nan)
    some = high > low
    found[some] = summed[some] / (high - low)[some]
    return found
