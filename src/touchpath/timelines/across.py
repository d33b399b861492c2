"""Answers to one question by what a column says of them: the same thing asked in several channels. See docs/definitions/consistency.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.timelines.answers import Take, taken
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.coded import Coded
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.match import match
from touchpath.timelines.moments import Ratio
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by

_WORD_BITS = 32


@dataclass(frozen=True, slots=True, eq=False)
class AcrossCounts(Counts):
    """Answers in the cell of the answer, by word of the column.

    table: code cell << 32 | word; people, and their sums of x = answers, y = what these come to, xx, xy and yy.
    nowhere: (cells,) answers of which the column says nothing.   left_out: (cells,) answers without a rating on the scale.
    """

    table: Coded
    nowhere: Int64s
    left_out: Int64s

    def of(self, cell: int) -> list[tuple[int, Ratio]]:
        """Each word of a cell with the moments of its answers."""
        rows = self.table.rows_of(cell, _WORD_BITS)
        codes, counts = self.table.codes, self.table.counts
        return [(int(codes[row]) & ((1 << _WORD_BITS) - 1), Ratio(*(int(n) for n in counts[row]))) for row in rows]


@dataclass(frozen=True, slots=True)
class Across:
    """Answers to one question by the word of `column`: their ratings, or with `points` 100 for each rating from the first to the last of these
    and 0 for others.

    `take`: as in `Answers`; the latest of a person counts in the word of that answer only. Outcome: 1 = has an answer with a word; -1 = none.
    Raises BadInput for points that are not on the scale, and a column that holds no words.
    """

    question: Question
    column: str = "channel"
    points: tuple[int, int] | None = None
    take: Take = "latest"

    def __post_init__(self) -> None:
        low, high = self.question.low, self.question.high
        if self.points is not None and not low <= self.points[0] <= self.points[1] <= high:
            raise BadInput(f"Points are a first and a last one on the scale from {low} to {high}, but {list(self.points)} came.")
        if self.column == "value" or self.column.startswith("objects."):
            raise BadInput(f"'{self.column}' holds no words. Take a column such as channel or properties.shop.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about an answer stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[AcrossCounts]:
        """Read each timeline once."""
        rows = gather(timelines, match(timelines, (self.question.asked,)), people, cells)
        rows = rows.at(rows.cells >= 0)
        values = timelines.wide("value")[rows.rows]
        whole, part = np.divmod(values, VALUE_SCALE)
        fits = (values != NO_VALUE) & (part == 0) & (whole >= self.question.low) & (whole <= self.question.high)
        left_out = count_by(cells.count, rows.cells[~fits])
        rated, ratings = rows.at(fits), whole[fits]
        kept = taken(self.take, rated.owners, rated.cells // cells.segments)
        rated, ratings = rated.at(kept), ratings[kept]
        words = timelines.code(self.column)[rated.rows].astype(np.int64)
        nowhere = count_by(cells.count, rated.cells[words == 0])
        rated, counted, words = rated.at(words != 0), self._counted(ratings[words != 0]), words[words != 0]
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[rated.owners] = 1
        return Folded(AcrossCounts(_table(rated, words, counted), nowhere, left_out), outcomes)

    def _counted(self, ratings: Int64s) -> Int64s:
        if self.points is None:
            return ratings
        inside: Int64s = np.where((ratings >= self.points[0]) & (ratings <= self.points[1]), 100, 0)
        return inside


def _table(rows: Gathered, words: Int64s, y: Int64s) -> Coded:
    """Each owner's answers and their sum by cell and word, and the sums of these and of their products over owners."""
    code = rows.cells << _WORD_BITS | words
    order = np.lexsort((code, rows.owners))
    owner, code, y = rows.owners[order], code[order], y[order]
    if not owner.size:
        return Coded(np.zeros(0, np.int64), np.zeros((0, 6), np.int64))
    starts = np.flatnonzero(np.concatenate(([True], (owner[1:] != owner[:-1]) | (code[1:] != code[:-1]))))
    x, y = np.diff(np.append(starts, owner.size)), np.add.reduceat(y, starts)
    codes, place = np.unique(code[starts], return_inverse=True)
    sums = np.zeros((codes.size, 6), np.int64)
    np.add.at(sums, place, np.stack((np.ones_like(x), x, y, x * x, x * y, y * y), axis=1))
    return Coded(codes, sums)
