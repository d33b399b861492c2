"""Sparse tables of counts by code: hash tables while a shard is read, ascending codes once it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import lean_kernel
from touchpath.timelines.moments import add_counts

_FREE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Counts of things that have a code; those of two groups of people add up in any order.

    codes: (rows,) ascending, the cell in the highest bits.   counts: (rows, columns), the fold says which.
    """

    codes: Int64s
    counts: Int64s

    def __add__(self, other: Coded) -> Coded:
        codes = np.union1d(self.codes, other.codes)
        mine, theirs = np.zeros((2, codes.size, self.counts.shape[1]), np.int64)
        mine[np.searchsorted(codes, self.codes)] = self.counts
        theirs[np.searchsorted(codes, other.codes)] = other.counts
        return Coded(codes, add_counts(mine, theirs))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Coded):
            return NotImplemented
        return np.array_equal(self.codes, other.codes) and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]

    def rows_of(self, cell: int, bits: int) -> range:
        """The rows of one cell; bits: how many the code has below the cell."""
        low, high = np.searchsorted(self.codes, [cell << bits, (cell + 1) << bits])
        return range(int(low), int(high))

    def row(self, code: int) -> int | None:
        """The row of a code, None if it has none."""
        place = int(np.searchsorted(self.codes, code))
        return place if place < self.codes.size and self.codes[place] == code else None


class Slots(NamedTuple):
    """A hash table: used: (1,) how many slots are; rows: (slots, columns), in each the code and the owner in hand first, -1 = none."""

    used: Int64s
    rows: Int64s


def new_slots(slots: int, columns: int) -> Slots:
    """An empty table with room for half as many codes as it has slots, a power of two."""
    table = Slots(np.zeros(1, np.int64), np.zeros((slots, columns), np.int64))
    table.rows[:, :2] = _FREE
    return table


def more_slots(table: Slots, more: int) -> Slots:
    """The same rows with room for at least so many more codes."""
    size = 2 * table.rows.shape[0]
    while size < 2 * (int(table.used[0]) + more):
        size *= 2
    larger = new_slots(size, table.rows.shape[1])
    _move(table.rows, larger)
    return larger


def coded(table: Slots, first: int) -> Coded:
    """The counts of a table, from column `first` on."""
    rows = table.rows[table.rows[:, 0] != _FREE]
    rows = rows[np.argsort(rows[:, 0])]
    return Coded(np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, first:]))


@lean_kernel
def has_slots(table: Slots, more: int) -> bool:
    """Whether so many more codes fit."""
    return bool(2 * (table.used[0] + more) <= table.rows.shape[0])


@lean_kernel
def find_slot(table: Slots, code: int) -> int:
    """The slot of a code, taken if it is new; there must be room."""
    last = table.rows.shape[0] - 1
    slot = ((code * -7046029254386353131) >> 32) & last
    while table.rows[slot, 0] != code:
        if table.rows[slot, 0] == _FREE:
            table.used[0] += 1
            table.rows[slot, 0] = code
        else:
            slot = (slot + 1) & last
    return int(slot)


@lean_kernel
def _move(rows: Int64s, larger: Slots) -> None:
    for old in range(rows.shape[0]):
        if rows[old, 0] != _FREE:
            slot = find_slot(larger, rows[old, 0])
            for column in range(rows.shape[1]):
                larger.rows[slot, column] = rows[old, column]
