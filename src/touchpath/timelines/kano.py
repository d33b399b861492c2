"""Kano: how often each category came out of people's pairs of answers about one feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.stats.kano import CATEGORIES, EVALUATION
from touchpath.stats.questionnaires.kano import KANO
from touchpath.stats.questionnaires.scoring import NOT_ANSWERED
from touchpath.timelines.answers import taken
from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.responses import read_responses
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by


@dataclass(frozen=True, slots=True, eq=False)
class KanoCounts(Counts):
    """The latest pair of each person, in the cell of its last answer.

    categories: (cells, 6) people by category, in the order of CATEGORIES.   dropped: (cells,) pairs of which one answer is missing.
    off_scale: (cells,) answers off the scale, which count as missing.
    """

    categories: Int64s
    dropped: Int64s
    off_scale: Int64s


@dataclass(frozen=True, slots=True)
class KanoPairs:
    """Categories of the latest complete pair of each person in each period. items: with the feature, without it.

    Outcome of a person: place of the category in CATEGORIES; -1 = none.
    """

    items: tuple[Question, ...]
    response: str = "response"

    @classmethod
    def of(cls, items: tuple[Question, ...]) -> Self:
        """The fold of items that the model asks; raises BadInput unless they are 1 and 2, each once, on a scale of 1 to 5."""
        for _, fault in KANO.faults((question.item, (question.low, question.high)) for question in items):
            raise BadInput(f"{fault[0].upper()}{fault[1:]}.")
        if not items:
            raise BadInput("A Kano pair needs items 1 and 2, but none came.")
        return cls(tuple(sorted(items, key=lambda question: question.item)))

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a pair stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[KanoCounts]:
        """Read each timeline once; nothing about a pair stays open."""
        responses = read_responses(timelines, cells, people, self.items, self.response)
        inside = responses.cell >= 0
        whole = (responses.ratings != NOT_ANSWERED).all(axis=1)
        some = np.flatnonzero(inside & whole)
        kept = some[taken("latest", responses.owner[some], responses.cell[some] // cells.segments)]
        pairs = responses.ratings[kept] - 1
        category = np.array(EVALUATION, np.int64)[pairs[:, 0], pairs[:, 1]]
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[responses.owner[kept]] = category
        summary = KanoCounts(
            categories=count_by(cells.count, responses.cell[kept], (category, len(CATEGORIES))),
            dropped=count_by(cells.count, responses.cell[inside & ~whole]),
            off_scale=count_by(cells.count, responses.off_scale),
        )
        return Folded(summary, outcomes)
