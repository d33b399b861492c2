"""Totals: how much of one thing people have for how much of another, as refunds for orders, or money refunded for money paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.amounts import LARGEST
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.kernels import fixed, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, add_person
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by

#: What a denominator counts: the same as the numerator (signals, or the values that they carry), signals, or people once each.
Per = Literal["same", "signals", "people"]

#: Amounts are kept with four decimals.
SCALE = 10_000
#: The bit of a signal that meets the denominator.
_DENOMINATOR = 2


@dataclass(frozen=True, slots=True, eq=False)
class TotalCounts(Counts):
    """moments: per person x = total of the denominator, y = total of the numerator, of people with either, in the cell of the signal.

    without: (cells,) signals whose value would count and that carry none. Values are in units of 1 / SCALE, counts are whole.
    """

    moments: Moments
    without: Int64s


@dataclass(frozen=True, slots=True)
class Totals:
    """Two totals of each person: signals that meet a rule, or the values that they carry. A signal that meets both counts in both.

    `per`: what the denominator counts; "signals" and "people" also where the numerator is values. `part`: the numerator is a part of the
    denominator: of its signals only those count that meet the denominator too. Outcome: 1 = has either, -1 = none. Raises BadInput where
    one person's values add up to more than 2**47 units.
    """

    numerator: EventRule
    denominator: EventRule
    of_values: bool = False
    per: Per = "same"
    part: bool = False

    def __post_init__(self) -> None:
        if self.per not in get_args(Per):
            raise BadInput(f"A denominator counts {', '.join(get_args(Per))}, but '{self.per}' came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a total stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[TotalCounts]:
        """Read each timeline once."""
        rows = gather(timelines, match(timelines, [self.numerator, self.denominator]), people, cells)
        rows = rows.at((rows.cells >= 0) & ((rows.bits & _DENOMINATOR != 0) | (not self.part)))
        amounts = self._amounts(timelines, rows)
        given, above, below = amounts != NO_VALUE, rows.bits & 1 != 0, rows.bits & 2 != 0
        counted = below if self.per != "same" else np.zeros(rows.rows.size, np.bool_)
        without = count_by(cells.count, rows.cells[~given & (above | ~counted)])
        y, x = np.where(above & given, amounts, 0), np.where(below, np.where(counted, 1, amounts), 0)
        kept = given | counted
        rows = rows.at(kept)
        moments = _moments(cells.count, rows, x[kept], y[kept], once=self.per == "people")
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[rows.owners] = 1
        return Folded(TotalCounts(moments, without), outcomes)

    def _amounts(self, timelines: Timelines, rows: Gathered) -> Int64s:
        """(rows,) what each signal adds to a total; NO_VALUE = it carries none."""
        if not self.of_values:
            return np.ones(rows.rows.size, np.int64)
        values, divisor = timelines.wide("value")[rows.rows], VALUE_SCALE // SCALE
        given = values != NO_VALUE
        return np.where(given, (np.where(given, values, 0) + divisor // 2) // divisor, NO_VALUE)


def _moments(cells: int, rows: Gathered, x: Int64s, y: Int64s, *, once: bool) -> Moments:
    """Each owner's two sums in each cell, counted once. once: a denominator is 1 however much there is."""
    moments = Moments.zero(cells)
    if not rows.rows.size:
        return moments
    order = np.lexsort((rows.cells, rows.owners))
    owner, cell, x, y = rows.owners[order], rows.cells[order], x[order], y[order]
    starts = np.flatnonzero(np.concatenate(([True], (owner[1:] != owner[:-1]) | (cell[1:] != cell[:-1]))))
    most = max(float(np.add.reduceat(np.abs(amounts).astype(np.float64), starts).max()) for amounts in (x, y))
    if most > LARGEST:
        raise BadInput(f"One person's values add up to {most / SCALE:,.0f}, which is too much to be added up exactly.")
    x, y = np.add.reduceat(x, starts), np.add.reduceat(y, starts)
    if once:
        x = np.minimum(x, 1)
    _count(fixed(cell[starts]), fixed(x), fixed(y), moments.counts, moments.squares)
    return moments


@lean_kernel
def _count(cell: Int64s, x: Int64s, y: Int64s, counts: Int64s, squares: Int64s) -> None:
    for row in range(cell.size):
        add_person(counts[cell[row]], squares[cell[row]], x[row], y[row])
