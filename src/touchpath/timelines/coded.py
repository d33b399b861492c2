"""Sparse tables of counts by code: hash tables while a shard is read, ascending codes once it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import fixed, lean_kernel
from touchpath.timelines.moments import TOO_LARGE

_FREE = -1
#: Bits of a code and its count that are sorted as one number.
_ROOM = 62
#: Fewer numbers than this are sorted by comparing them; others by digits of so many bits, which takes a few calls, but then a third of the time.
_FEW, _DIGIT = 1 << 10, 11


def add_coded(codes: Int64s, counts: Int64s, more: Int64s, more_counts: Int64s) -> tuple[Int64s, Int64s]:
    """The sum of two sparse tables of counts, each with ascending distinct codes; counts: (rows, ...), the same columns in both.

    Raises BadInput rather than overflow.
    """
    both, mine, theirs = join_codes(codes, more)
    return both, add_rows(both.size, (mine, counts), (theirs, more_counts))


def sort_by_digits(numbers: Int64s, low: int, high: int) -> Int64s:
    """Numbers of 0 or more in ascending order of their bits from `low` up to but without `high`; there are none above."""
    if numbers.size < _FEW:
        return np.sort(numbers)
    places, spare, found = np.empty(1 << _DIGIT, np.int64), np.empty(numbers.size, np.int64), numbers
    for shift in range(low, high, _DIGIT):
        _sort_digit(fixed(found), shift, places, spare)
        found, spare = spare, np.empty(numbers.size, np.int64) if found is numbers else found
    return found


@lean_kernel
def _sort_digit(codes: Int64s, shift: int, places: Int64s, target: Int64s) -> None:
    """One pass of a radix sort, by the DIGIT bits from `shift` on. places: scratch, one per value of a digit."""
    for digit in range(places.size):
        places[digit] = 0
    for row in range(codes.size):
        places[codes[row] >> shift & (places.size - 1)] += 1
    before = 0
    for digit in range(places.size):
        places[digit], before = before, before + places[digit]
    for row in range(codes.size):
        digit = codes[row] >> shift & (places.size - 1)
        target[places[digit]] = codes[row]
        places[digit] += 1


def add_tables(tables: Sequence[tuple[Int64s, Int64s]]) -> tuple[Int64s, Int64s]:
    """The sum of one sparse table or more, as `add_coded` adds two, of a single count per code: sorted once, each count beside its code.

    Raises BadInput rather than overflow.
    """
    if len(tables) == 1:
        return tables[0]
    codes, counts = (np.concatenate(column) for column in zip(*tables, strict=True))
    bits = int(counts.max(initial=0)).bit_length()
    room = bits + max(int(codes.max(initial=0)).bit_length(), len(tables).bit_length())
    if room > _ROOM or min(codes.min(initial=0), counts.min(initial=0)) < 0:
        return _add_halves(tables)
    both = sort_by_digits(codes << bits | counts, bits, bits + int(codes.max(initial=0)).bit_length())
    codes = both >> bits
    new = np.ones(codes.size, np.bool_)
    new[1:] = codes[1:] != codes[:-1]
    first = np.flatnonzero(new)
    counts = np.add.reduceat(both & ((1 << bits) - 1), first) if first.size else both
    return codes[first], counts


def _add_halves(tables: Sequence[tuple[Int64s, Int64s]]) -> tuple[Int64s, Int64s]:
    """The same, neighbours first and then their sums, so that each code is read a few times only."""
    while len(tables) > 1:
        last = tables[len(tables) // 2 * 2 :]
        tables = [*(add_coded(*one, *other) for one, other in zip(tables[::2], tables[1::2], strict=False)), *last]
    return tables[0]


def take_coded(codes: Int64s, counts: Int64s, less: Int64s, less_counts: Int64s) -> tuple[Int64s, Int64s]:
    """What `add_coded` added, taken away again: codes that are left with no count go."""
    both, found = add_coded(codes, counts, less, -less_counts)
    left = _flat(found).any(axis=1)
    return both[left], found[left]


def join_codes(codes: Int64s, more: Int64s) -> tuple[Int64s, Int64s, Int64s]:
    """The union of two lists of ascending distinct codes, and where each of the two finds its own."""
    both, mine, theirs = np.empty(codes.size + more.size, np.int64), np.empty(codes.size, np.int64), np.empty(more.size, np.int64)
    rows = _join(fixed(codes), fixed(more), both, mine, theirs)
    return both[:rows].copy(), mine, theirs


def add_rows(rows: int, *parts: tuple[Int64s, Int64s]) -> Int64s:
    """A table of so many rows, the sum of parts: the place of each row of a part (distinct ones), and its counts (rows, ...).

    Raises BadInput rather than overflow.
    """
    sums = np.zeros((rows, *parts[0][1].shape[1:]), np.int64)
    for places, counts in parts:
        if not _add_at(fixed(places), fixed(_flat(counts)), _flat(sums)):
            raise BadInput(TOO_LARGE)
    return sums


def _flat(counts: Int64s) -> Int64s:
    """(rows, columns) of counts with any number of axes."""
    return counts.reshape(counts.shape[0], math.prod(counts.shape[1:]))


@lean_kernel
def _join(codes: Int64s, more: Int64s, both: Int64s, to_mine: Int64s, to_theirs: Int64s) -> int:
    """Merge without a jump that could be foreseen wrongly; returns how many codes there are."""
    rows, mine, theirs = 0, 0, 0
    while mine < codes.size and theirs < more.size:
        one, other = codes[mine], more[theirs]
        both[rows] = min(one, other)
        to_mine[mine], to_theirs[theirs] = rows, rows  # that of the larger code is written again
        rows, mine, theirs = rows + 1, mine + (one <= other), theirs + (other <= one)
    while mine < codes.size:
        both[rows], to_mine[mine] = codes[mine], rows
        rows, mine = rows + 1, mine + 1
    while theirs < more.size:
        both[rows], to_theirs[theirs] = more[theirs], rows
        rows, theirs = rows + 1, theirs + 1
    return rows


@lean_kernel
def _add_at(places: Int64s, counts: Int64s, sums: Int64s) -> bool:
    """Add rows to those at their places; False = a sum is too large."""
    wrong = 0
    for row in range(places.size):
        for column in range(counts.shape[1]):
            before, more = sums[places[row], column], counts[row, column]
            total = before + more
            sums[places[row], column] = total
            wrong |= (before ^ total) & (more ^ total)  # below 0 once a sum has the sign of neither
    return wrong >= 0


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Counts of things that have a code; those of two groups of people add up in any order.

    codes: (rows,) ascending, the cell in the highest bits.   counts: (rows, columns), the fold says which.
    """

    codes: Int64s
    counts: Int64s

    def __add__(self, other: Coded) -> Coded:
        return Coded(*add_coded(self.codes, self.counts, other.codes, other.counts))

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
