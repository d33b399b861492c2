"""Values: which value of a property owners have in each period: the first, the last, the most frequent, or any.

See docs/definitions/values.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.coded import add_coded, take_coded
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Bools, gather
from touchpath.timelines.match import match
from touchpath.timelines.moments import add_counts
from touchpath.timelines.tally import count_by

#: Which value of an owner in a cell counts.
Take = Literal["first", "last", "most", "any"]

_WORD_BITS = 32
_ANYTHING = EventRule(())


@dataclass(frozen=True, slots=True, eq=False)
class ValueCounts:
    """Owners by value. owners: (cells,) with any value.   codes: ascending cell << 32 | word code; counts: owners with that value."""

    owners: Int64s
    codes: Int64s
    counts: Int64s

    def __add__(self, other: ValueCounts) -> ValueCounts:
        codes, counts = add_coded(self.codes, self.counts, other.codes, other.counts)
        return ValueCounts(add_counts(self.owners, other.owners), codes, counts)

    def __sub__(self, other: ValueCounts) -> ValueCounts:
        codes, counts = take_coded(self.codes, self.counts, other.codes, other.counts)
        return ValueCounts(self.owners - other.owners, codes, counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ValueCounts):
            return NotImplemented
        mine, theirs = (self.owners, self.codes, self.counts), (other.owners, other.codes, other.counts)
        return all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def of(self, cell: int) -> tuple[Int64s, Int64s]:
        """The word codes of one cell and how many owners have each."""
        low, high = np.searchsorted(self.codes, [cell << _WORD_BITS, (cell + 1) << _WORD_BITS])
        return self.codes[low:high] & ((1 << _WORD_BITS) - 1), self.counts[low:high]


@dataclass(frozen=True, slots=True)
class Values:
    """Which value of `column` ("channel", "surface", "properties.NAME" ...) the signals of `of` give each owner, in each cell.

    first, last: in time. most: the most frequent. any: every value counts once, so an owner may have several. Where times or
    frequencies are equal, the value that comes first in the order of texts counts, whatever order signals are stored in.
    Outcome: with one cell the code of the owner's value (`any`: the first in order of texts); -1 = none.
    """

    column: str
    take: Take = "last"
    of: EventRule = _ANYTHING

    def __post_init__(self) -> None:
        if self.take not in get_args(Take):
            raise BadInput(f"Of a property the {', '.join(get_args(Take))} value can be taken, but '{self.take}' came.")
        if self.column == "value" or self.column.startswith("objects."):
            raise BadInput(f"'{self.column}' holds no words. Take a column such as channel or properties.plan.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a value stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[ValueCounts]:
        """Read each timeline once; nothing about a value stays open."""
        gathered = gather(timelines, match(timelines, [self.of]), people, cells)
        words = timelines.code(self.column)[gathered.rows].astype(np.int64)
        known = (words != 0) & (gathered.cells >= 0)
        rows, words = gathered.at(known), words[known]
        owner, cell, word = self._values(
            rows.owners, rows.cells, rows.times, words, _ranks(timelines.words.get(self.column, ("",)))
        )
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[owner[::-1]] = word[::-1]
        codes, counts = np.unique(cell << _WORD_BITS | word, return_counts=True)
        first = _begins(owner, cell)
        return Folded(ValueCounts(count_by(cells.count, cell[first]), codes, counts.astype(np.int64)), outcomes)

    def _values(self, owner: Int64s, cell: Int64s, time: Int64s, word: Int64s, rank: Int64s) -> tuple[Int64s, Int64s, Int64s]:
        """One row per owner, cell and value that counts, in that order, values by rank."""
        order = np.lexsort((rank[word], cell, owner))
        owner, cell, time, word = owner[order], cell[order], time[order], word[order]
        starts = np.flatnonzero(_begins(owner, cell, word))
        if not starts.size or self.take == "any":
            return owner[starts], cell[starts], word[starts]
        if self.take == "most":
            merit = -np.diff(np.append(starts, owner.size))
        elif self.take == "first":
            merit = np.minimum.reduceat(time, starts)
        else:
            merit = -np.maximum.reduceat(time, starts)
        owner, cell, word = owner[starts], cell[starts], word[starts]
        order = np.lexsort((rank[word], merit, cell, owner))
        owner, cell, word = owner[order], cell[order], word[order]
        best = _begins(owner, cell)
        return owner[best], cell[best], word[best]


def _ranks(words: Sequence[str]) -> Int64s:
    """(words,) the place of each word in the order of texts."""
    ranks = np.empty(len(words), np.int64)
    ranks[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    return ranks


def _begins(*columns: Int64s) -> Bools:
    """(rows,) whether a row differs from the one before it in any column."""
    begins = np.ones(columns[0].size, np.bool_)
    begins[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return begins
