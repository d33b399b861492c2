"""The few signals a fold cares about, taken out of all timelines in one pass, in owner and time order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import find_cell, fixed, is_read, lean_kernel
from touchpath.timelines.match import Matched

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Signals that met at least one rule, of owners who are read; all arrays (rows,) int64, read-only.

    rows: places in the timelines' columns.   owners: places in `timelines.owners`.   bits: which rules were met.
    times: microseconds.   cells: where each signal counts, -1 = nowhere.
    """

    rows: Int64s
    owners: Int64s
    bits: Int64s
    times: Int64s
    cells: Int64s

    def at(self, places: Int64s | Bools) -> Gathered:
        """Only these rows, in this order."""
        columns = (self.rows, self.owners, self.bits, self.times, self.cells)
        return Gathered(*(fixed(column[places]) for column in columns))


@lean_kernel
def _gather(starts: Int64s, codes: Int32s, meets: Bytes, people: Bytes, skip: Bytes, rows: Int64s, owners: Int64s) -> int:
    """Write every matching row with its owner; returns how many. meets: (codes,) whether a code meets any rule.

    Whether a signal is wanted cannot be foreseen, so all are written, each over the one before if that was not.
    """
    found = 0
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        low, mine = found, codes[starts[owner] : starts[owner + 1]]
        for i in range(mine.size):
            rows[np.uint64(found)] = starts[owner] + i
            found += meets[np.uint32(mine[i])]
        for row in range(low, found):
            owners[row] = owner
    return found


@lean_kernel
def _describe(
    rows: Int64s,
    owners: Int64s,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    edges: Int64s,
    segments: int,
    by_signal: Int32s,
    by_owner: Int32s,
    found_bits: Int64s,
    found_times: Int64s,
    cells: Int64s,
) -> None:
    for i in range(rows.size):
        row = np.uint64(rows[i])
        found_bits[i], found_times[i] = bits[np.uint32(codes[row])], times[row]
        cells[i] = find_cell(rows[i], owners[i], times[row], edges, segments, by_signal, by_owner)


def gather(timelines: Timelines, matched: Matched, people: Bytes, cells: Cells) -> Gathered:
    """The matching signals of chosen owners with their cells."""
    skip, meets = fixed(timelines.skip), fixed((matched.bits != 0).view(np.uint8))
    rows, owners = np.empty((2, timelines.signals + 1), np.int64)  # memory is only taken where it is written
    count = _gather(fixed(timelines.starts), fixed(matched.codes), meets, fixed(people), skip, rows, owners)
    rows, owners = fixed(rows[:count]), fixed(owners[:count])
    bits, times, found = np.empty((3, count), np.int64)
    by_signal, by_owner = fixed(cells.signal_codes), fixed(cells.owner_codes)
    columns = (fixed(timelines.times), fixed(matched.codes), fixed(matched.bits))
    _describe(rows, owners, *columns, fixed(cells.edges), cells.segments, by_signal, by_owner, bits, times, found)
    return Gathered(rows, owners, fixed(bits), fixed(times), fixed(found))


@lean_kernel
def _place(
    rows: Int64s,
    owners: Int64s,
    times: Int64s,
    edges: Int64s,
    segments: int,
    by_signal: Int32s,
    by_owner: Int32s,
    cells: Int64s,
) -> None:
    for i in range(rows.size):
        cells[i] = find_cell(rows[i], owners[i], times[i], edges, segments, by_signal, by_owner)


def cells_of(rows: Int64s, owners: Int64s, times: Int64s, cells: Cells) -> Int64s:
    """(rows,) where each of some signals counts, with its owner's place and its time; -1 = nowhere."""
    found = np.empty(rows.size, np.int64)
    by_signal, by_owner = fixed(cells.signal_codes), fixed(cells.owner_codes)
    _place(fixed(rows), fixed(owners), fixed(times), fixed(cells.edges), cells.segments, by_signal, by_owner, found)
    return found
