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
def _gather(
    starts: Int64s, codes: Int32s, bits: Int64s, people: Bytes, skip: Bytes, rows: Int64s, owners: Int64s, found_bits: Int64s
) -> int:
    """Write every matching row; with zero-length outputs only count them."""
    found = 0
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        for row in range(starts[owner], starts[owner + 1]):
            met = bits[codes[row]]
            if met:
                if rows.size > 0:
                    rows[found], owners[found], found_bits[found] = row, owner, met
                found += 1
    return found


@lean_kernel
def _find_cells(
    rows: Int64s, owners: Int64s, times: Int64s, edges: Int64s, segments: int, by_signal: Int32s, by_owner: Int32s, cells: Int64s
) -> None:
    for i in range(rows.size):
        cells[i] = find_cell(rows[i], owners[i], times[i], edges, segments, by_signal, by_owner)


def gather(timelines: Timelines, matched: Matched, people: Bytes, cells: Cells) -> Gathered:
    """The matching signals of chosen owners with their cells; two reads of the codes, one to count and one to keep."""
    columns = (fixed(timelines.starts), fixed(matched.codes), fixed(matched.bits), fixed(people), fixed(timelines.skip))
    count = _gather(*columns, *(np.empty(0, np.int64) for _ in range(3)))
    rows, owners, bits = (np.empty(count, np.int64) for _ in range(3))
    if count:
        _gather(*columns, rows, owners, bits)
    rows, owners, found = fixed(rows), fixed(owners), np.empty(count, np.int64)
    times = fixed(timelines.times[rows])
    by_signal, by_owner = fixed(cells.signal_codes), fixed(cells.owner_codes)
    _find_cells(rows, owners, times, fixed(cells.edges), cells.segments, by_signal, by_owner, found)
    return Gathered(rows, owners, fixed(bits), times, fixed(found))
