"""Questionnaires: one score per response to a validated set of items, such as the System Usability Scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.stats.scores import SUS_MAY_MISS, SUS_NEUTRAL
from touchpath.timelines.answers import Take, taken
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally

_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class ScoringKey:
    """How a questionnaire turns ratings into points: rating - low, or high - rating for reversed items.

    A missing item counts as `neutral`; a response that misses more than `may_miss` items has no score.
    """

    name: str
    items: int
    low: int
    high: int
    reverse: frozenset[int]
    neutral: int
    may_miss: int

    @property
    def most_points(self) -> int:
        """The points of the best possible response."""
        return self.items * (self.high - self.low)


#: System Usability Scale: score = points * 2.5. Source: Brooke 1996, in Usability Evaluation in Industry, p. 189.
SUS = ScoringKey("sus", 10, 1, 5, frozenset({2, 4, 6, 8, 10}), SUS_NEUTRAL, SUS_MAY_MISS)


@dataclass(frozen=True, slots=True, eq=False)
class ScoreCounts(Counts):
    """Scored responses to one questionnaire, in the cell of their last answer.

    points: (cells, most points + 1) responses by points.   moments: per person x = responses, y = sum of their points.
    imputed: (cells,) scored responses with missing items.   dropped: (cells,) responses with too many missing to be scored.
    off_scale: (cells,) ratings off the scale, which count as missing.
    """

    points: Int64s
    moments: Moments
    imputed: Int64s
    dropped: Int64s
    off_scale: Int64s


@dataclass(frozen=True, slots=True)
class _Responses:
    """One row per response, in order of owner and last answer: owner's place, cell, points (-1 = not scored), missing items."""

    owner: Int64s
    cell: Int64s
    points: Int64s
    missing: Int64s


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one questionnaire; by default the latest scored response of each person in each period.

    Answers belong to one response when they name the same object of kind `response`; without one, when they come within 24 hours
    of the first and no item comes twice. Of several answers to one item of a response the last counts.
    Outcome of a person: points of the last response counted; -1 = none.
    Raises BadInput unless the items are numbered 1 to the number of items of the key, each once, on the key's scale.
    """

    items: tuple[Question, ...]
    key: ScoringKey = SUS
    take: Take = "latest"
    response: str = "response"

    def __post_init__(self) -> None:
        numbers = sorted(question.item for question in self.items)
        if numbers != list(range(1, self.key.items + 1)):
            raise BadInput(f"'{self.key.name}' needs items 1 to {self.key.items}, each once, but came with {numbers}.")
        for question in self.items:
            if (question.low, question.high) != (self.key.low, self.key.high):
                want, came = f"{self.key.low} to {self.key.high}", f"{question.low} to {question.high}"
                raise BadInput(f"Items of '{self.key.name}' run from {want}, but '{question.id}' runs from {came}.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a response stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[ScoreCounts]:
        """Read each timeline once; nothing about a response stays open."""
        by_number = sorted(self.items, key=lambda question: question.item)
        gathered = gather(timelines, match(timelines, [question.asked for question in by_number]), people, cells)
        values = timelines.wide("value")[gathered.rows]
        whole, part = np.divmod(values, VALUE_SCALE)
        rated = values != NO_VALUE
        fits = rated & (part == 0) & (whole >= self.key.low) & (whole <= self.key.high)
        objects = timelines.wide(f"objects.{self.response}")[gathered.rows]
        responses = self._score(gathered.at(fits), whole[fits], objects[fits])
        off_scale = gathered.cells[rated & ~fits & (gathered.cells >= 0)]
        return self._count(responses, off_scale, timelines, cells)

    def _score(self, gathered: Gathered, ratings: Int64s, objects: Int64s) -> _Responses:
        """Put answers together into responses and score each."""
        order = np.lexsort((gathered.rows, objects, gathered.owners))
        gathered, ratings, objects = gathered.at(order), ratings[order], fixed(objects[order])
        items, labels = np.empty(order.size, np.int64), np.empty(order.size, np.int64)
        count = _label(gathered.owners, objects, gathered.times, gathered.bits, items, labels)
        last = np.searchsorted(labels, np.arange(count), side="right") - 1
        table = np.full((count, self.key.items), -1, np.int64)
        table[labels, items] = ratings
        missing = (table < 0).sum(axis=1)
        points = np.where(missing > self.key.may_miss, -1, self._points(table))
        again = np.argsort(gathered.rows[last], kind="stable")
        return _Responses(gathered.owners[last][again], gathered.cells[last][again], points[again], missing[again])

    def _points(self, table: Int64s) -> Int64s:
        ratings = np.where(table < 0, self.key.neutral, table)
        reverse: NDArray[np.bool_] = np.array([number in self.key.reverse for number in range(1, self.key.items + 1)])
        points: Int64s = np.where(reverse, self.key.high - ratings, ratings - self.key.low).sum(axis=1)
        return points

    def _count(self, responses: _Responses, off_scale: Int64s, timelines: Timelines, cells: Cells) -> Folded[ScoreCounts]:
        inside = responses.cell >= 0
        scored = np.flatnonzero(inside & (responses.points >= 0))
        kept = scored[taken(self.take, responses.owner[scored], responses.cell[scored] // cells.segments)]
        owner, cell, points = responses.owner[kept], responses.cell[kept], responses.points[kept]
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[owner] = points
        summary = ScoreCounts(
            points=count_by(cells.count, cell, (points, self.key.most_points + 1)),
            moments=tally(cells.count, owner, cell, points),
            imputed=count_by(cells.count, cell[responses.missing[kept] > 0]),
            dropped=count_by(cells.count, responses.cell[inside & (responses.points < 0)]),
            off_scale=count_by(cells.count, off_scale),
        )
        return Folded(summary, outcomes)


@kernel
def _label(owners: Int64s, objects: Int64s, times: Int64s, bits: Int64s, items: Int64s, labels: Int64s) -> int:
    """Number the responses and give each answer's item (the lowest bit met); answers are grouped by owner and object."""
    label, seen, began = -1, 0, 0
    for i in range(owners.size):
        item = 0
        while not bits[i] >> item & 1:
            item += 1
        fresh = i == 0 or owners[i] != owners[i - 1] or objects[i] != objects[i - 1]
        if fresh or (objects[i] == 0 and (seen >> item & 1 or times[i] - began > _DAY)):
            label, seen, began = label + 1, 0, times[i]
        seen |= 1 << item
        items[i], labels[i] = item, label
    return label + 1
