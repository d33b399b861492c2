"""Questionnaires: one score per response to a validated set of items, such as the System Usability Scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.stats.questionnaires.kinds import Ends, Questionnaire
from touchpath.stats.questionnaires.scoring import Scored, ScoringKey, score_table, scoring_key
from touchpath.timelines.answers import Take, taken
from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.moments import Moments
from touchpath.timelines.one_by_one import Each
from touchpath.timelines.responses import Responses, read_responses
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally


@dataclass(frozen=True, slots=True, eq=False)
class ScoreCounts(Counts):
    """Scored responses to one questionnaire, in the cell of their last answer.

    moments: per person x = responses, y = sum of their points.   imputed: (cells,) scored responses with missing items.
    straight: (cells,) those whose ratings are all alike.   doubtful: (cells,) those that look careless.
    dropped: (cells,) responses with too many missing (or with wrong weights) to be scored.   off_scale: (cells,) ratings off the
    scale, which count as missing.   complete: (cells,) scored responses without missing items.   spread: (cells, items + 1, 2) their
    sums and sums of squares, of what each item is worth, and of all together.
    """

    moments: Moments
    imputed: Int64s
    straight: Int64s
    doubtful: Int64s
    dropped: Int64s
    off_scale: Int64s
    complete: Int64s
    spread: Int64s


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one questionnaire on one scale; by default the latest scored response of each person in each period.

    items: in the order of their numbers, as in the key.   Which answers make a response: see `read_responses`.
    Outcome of a person: points of the last response counted; -1 = none. Raises BadInput for items on other scales than the key's.
    """

    items: tuple[Question, ...]
    key: ScoringKey
    take: Take = "latest"
    response: str = "response"

    def __post_init__(self) -> None:
        ends = [(question.low, question.high) for question in self.items]
        if ends != [(item.low, item.high) for item in self.key.items]:
            raise BadInput(f"The items of '{self.key.name}' do not fit how it is scored: they came on the scales {ends}.")

    @classmethod
    def of(cls, questionnaire: Questionnaire, scale: str, items: tuple[Question, ...], take: Take = "latest") -> Self:
        """The fold of items that the model asks; raises BadInput unless they can be scored."""
        numbered = [(1 if questionnaire.single else question.item, question) for question in items]
        asked: dict[int, Ends] = {number: (question.low, question.high) for number, question in numbered}
        for number, fault in questionnaire.faults((number, (question.low, question.high)) for number, question in numbered):
            names = ", ".join(question.id for its, question in numbered if its == number)
            raise BadInput(f"{fault[0].upper()}{fault[1:]} (asked as {names}).")
        ordered = tuple(question for _, question in sorted(numbered, key=lambda one: one[0]))
        return cls(ordered, scoring_key(questionnaire, scale, asked), take)

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a response stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[ScoreCounts]:
        """Read each timeline once; nothing about a response stays open."""
        responses, scored, kept = self._read(timelines, cells, people)
        inside = responses.cell >= 0
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[responses.owner[kept]] = scored.points[kept]
        dropped = responses.cell[inside & (scored.points < 0)]
        return Folded(_count(responses, scored, kept, dropped, cells.count), outcomes)

    def each(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Each:
        """The responses that count, by their points; each by its last answer."""
        responses, scored, kept = self._read(timelines, cells, people)
        return Each(responses.owner[kept], responses.last.rows[kept], responses.cell[kept], scored.points[kept])

    def _read(self, timelines: Timelines, cells: Cells, people: Bytes) -> tuple[Responses, Scored, Int64s]:
        """All responses, what they are worth, and the places of those that count."""
        responses = read_responses(timelines, cells, people, self.items, self.response)
        scored = score_table(self.key, responses.ratings)
        some = np.flatnonzero((responses.cell >= 0) & (scored.points >= 0))
        return responses, scored, some[taken(self.take, responses.owner[some], responses.cell[some] // cells.segments)]


def _count(responses: Responses, scored: Scored, kept: Int64s, dropped: Int64s, cells: int) -> ScoreCounts:
    cell, points = responses.cell[kept], scored.points[kept]
    whole = scored.missing[kept] == 0
    return ScoreCounts(
        moments=tally(cells, responses.owner[kept], cell, points),
        imputed=count_by(cells, cell[~whole]),
        straight=count_by(cells, cell[scored.straight[kept]]),
        doubtful=count_by(cells, cell[scored.doubtful[kept]]),
        dropped=count_by(cells, dropped),
        off_scale=count_by(cells, responses.off_scale),
        complete=count_by(cells, cell[whole]),
        spread=_spread(cells, cell[whole], scored.parts[kept][whole]),
    )


def _spread(cells: int, cell: Int64s, parts: Int64s) -> Int64s:
    """(cells, items + 1, 2) sums and sums of squares by item, and of the items together."""
    values = np.concatenate((parts, parts.sum(axis=1, keepdims=True)), axis=1)
    spread = np.zeros((cells, values.shape[1], 2), np.int64)
    np.add.at(spread, cell, np.stack((values, values * values), axis=2))
    return spread
