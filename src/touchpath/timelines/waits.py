"""Waits: how long cases waited, those that are over and those that still wait, in bins per bucket of people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.coded import add_coded, take_coded
from touchpath.timelines.durations import BINS, bin_edges, bin_of, count_codes
from touchpath.timelines.gather import Bools
from touchpath.timelines.kernels import BUCKETS, bucket_of, fixed, lean_kernel
from touchpath.timelines.moments import Moments
from touchpath.timelines.tally import tally


@lean_kernel
def _code_waits(cell: Int64s, owner: Int64s, milliseconds: Int64s, over: Int64s, codes: Int64s) -> None:
    for row in range(codes.size):
        code = (cell[row] * BUCKETS + bucket_of(owner[row])) * BINS + bin_of(milliseconds[row])
        codes[row] = code << 1 | over[row]


@dataclass(frozen=True, slots=True)
class WaitTable:
    """The waits of one cell: inclusive bounds of the used bins in milliseconds, and counts (BUCKETS, bins) of those over and not."""

    low: Int64s
    high: Int64s
    over: Int64s
    waiting: Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Waits:
    """Waits per cell; the waits of two groups of people add up.

    codes: ascending ((cell * BUCKETS + bucket) * BINS + bin) * 2 + over, by `durations.bin_of`; counts: how many waits have that code.
    cases: per person and cell x = waits, y = those that are over.
    """

    codes: Int64s
    counts: Int64s
    cases: Moments

    @classmethod
    def of(cls, cells: int, cell: Int64s, place: Int64s, owner: Int64s, milliseconds: Int64s, over: Bools) -> Waits:
        """Count waits of 0 ms or more, one row each, all rows of one owner neighbours. place, owner: place and key of the owner."""
        codes = np.empty(cell.size, np.int64)
        ended = over.astype(np.int64)
        _code_waits(fixed(cell, np.int64), fixed(owner, np.int64), fixed(milliseconds, np.int64), fixed(ended), codes)
        found, counts = count_codes(codes, cells * BUCKETS * BINS * 2)
        return cls(found, counts, tally(cells, place, cell, ended))

    def __add__(self, other: Waits) -> Waits:
        codes, counts = add_coded(self.codes, self.counts, other.codes, other.counts)
        return Waits(codes, counts, self.cases + other.cases)

    def __sub__(self, other: Waits) -> Waits:
        codes, counts = take_coded(self.codes, self.counts, other.codes, other.counts)
        return Waits(codes, counts, self.cases - other.cases)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Waits):
            return NotImplemented
        same = np.array_equal(self.codes, other.codes) and np.array_equal(self.counts, other.counts)
        return same and self.cases == other.cases

    __hash__ = None  # type: ignore[assignment]

    def table(self, cell: int) -> WaitTable:
        """The waits of one cell, only the bins that hold any."""
        size = BUCKETS * BINS * 2
        first, last = np.searchsorted(self.codes, [cell * size, (cell + 1) * size])
        codes = self.codes[first:last] - cell * size
        bins, column = np.unique(codes >> 1 & (BINS - 1), return_inverse=True)
        counts = np.zeros((2, BUCKETS, bins.size), np.int64)
        counts[codes & 1, codes // (2 * BINS), column] = self.counts[first:last]
        return WaitTable(*bin_edges(bins), counts[1], counts[0])
