"""Recency, frequency and money: how long ago, how often, and for how much. See docs/definitions/rfm.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.durations import BINS, bin_edges, bin_of
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import add_counts

#: Money is kept in hundredths.
SCALE = 100

_BITS = 13  # bins of one dimension


@dataclass(frozen=True, slots=True, eq=False)
class RfmCounts:
    """Owners by recency, frequency and money at the end of each period, in bins of `durations.bin_of` (at most 0.8 % wide).

    codes: ascending ((cell << 13 | recency) << 13 | frequency) << 13 | money.   sums: (codes, 4) owners, their milliseconds since the
    last, signals, and hundredths of money.
    """

    codes: Int64s
    sums: Int64s

    def __add__(self, other: RfmCounts) -> RfmCounts:
        codes, place = np.unique(np.concatenate((self.codes, other.codes)), return_inverse=True)
        mine, theirs = np.zeros((codes.size, 4), np.int64), np.zeros((codes.size, 4), np.int64)
        mine[place[: self.codes.size]] = self.sums
        theirs[place[self.codes.size :]] = other.sums
        return RfmCounts(codes, add_counts(mine, theirs))

    def __sub__(self, other: RfmCounts) -> RfmCounts:
        left = self + RfmCounts(other.codes, -other.sums)
        some = left.sums[:, 0] != 0
        return RfmCounts(left.codes[some], left.sums[some])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RfmCounts):
            return NotImplemented
        return np.array_equal(self.codes, other.codes) and np.array_equal(self.sums, other.sums)

    __hash__ = None  # type: ignore[assignment]

    def of(self, cell: int) -> tuple[Int64s, Int64s]:
        """One cell: (rows, 3) bins of recency, frequency and money, and (rows, 4) sums."""
        low, high = np.searchsorted(self.codes, [cell << 3 * _BITS, (cell + 1) << 3 * _BITS])
        codes = self.codes[low:high]
        bins = np.stack([codes >> 2 * _BITS & (BINS - 1), codes >> _BITS & (BINS - 1), codes & (BINS - 1)], axis=1)
        return bins, self.sums[low:high]


@dataclass(frozen=True, slots=True)
class Rfm:
    """What owners have done by the end of each period: how long ago they last did `of`, how often, and the sum of its values.

    A period that is not over ends with the data. Signals of the time before the first period count too, and whoever did nothing by
    then is not counted. A signal without a value brings no money; a sum below 0 counts as 0 in its bin.
    Cells: by period and by segments of owners. Outcome: how often in all, at most 2**31 - 1; -1 = never.
    Raises BadInput for segments of signals.
    """

    of: EventRule

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Recency runs on until the last period is over."""
        return Ending(end if edges[-1] - 1 > end else None, placed=False)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[RfmCounts]:
        """Read each timeline once."""
        if cells.signal_codes.size:
            raise BadInput("Recency is cut by what an owner is, not by a signal. Take a dimension that is 'fixed' or 'latest'.")
        matched = match(timelines, [self.of])
        periods = int((np.asarray(cells.edges[:-1]) <= end).sum())
        room = timelines.people * periods
        codes, rows, outcomes = np.empty(room, np.int64), np.empty((room, 4), np.int64), np.full(timelines.people, -1, np.int32)
        count = _fold_rfm(
            fixed(timelines.starts, np.int64),
            fixed(timelines.times, np.int64),
            matched.codes,
            matched.bits,
            fixed(timelines.wide("value"), np.int64),
            fixed(people, np.uint8),
            fixed(timelines.skip, np.uint8),
            fixed(cells.edges, np.int64),
            cells.segments,
            fixed(cells.owner_codes, np.int32),
            end,
            codes,
            rows,
            outcomes,
        )
        found, place = np.unique(codes[:count], return_inverse=True)
        sums = np.zeros((found.size, 4), np.int64)
        np.add.at(sums, place, rows[:count])
        return Folded(RfmCounts(found, sums), outcomes)


@lean_kernel
def _fold_rfm(
    starts: Int64s,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    values: Int64s,
    people: Bytes,
    skip: Bytes,
    edges: Int64s,
    segments: int,
    owner_codes: Int32s,
    end: int,
    found: Int64s,
    rows: Int64s,
    outcomes: Int32s,
) -> int:
    """One row per owner and period that has begun by the end of the data; returns how many."""
    count, periods = 0, edges.size - 1
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        segment = owner_codes[owner] if owner_codes.size else 0
        if segment < 0:
            continue
        i, often, last, money = starts[owner], 0, 0, 0
        for period in range(periods):
            if edges[period] > end:
                break
            until = min(edges[period + 1], end + 1)
            while i < starts[owner + 1] and times[i] < until:
                if bits[codes[i]] != 0:
                    often, last = often + 1, times[i]
                    if values[i] != NO_VALUE:
                        money += values[i]
                i += 1
            if often == 0:
                continue
            ago, spent = (until - last) // 1000, money // (VALUE_SCALE // SCALE)
            code = (period * segments + segment) << 13 | bin_of(ago)
            found[count] = (code << 13 | bin_of(often)) << 13 | bin_of(max(spent, 0))
            rows[count, 0], rows[count, 1], rows[count, 2], rows[count, 3] = 1, ago, often, spent
            count += 1
        if often > 0:
            outcomes[owner] = min(often, 2147483647)
    return count


def bounds(bins: Int64s) -> tuple[Int64s, Int64s]:
    """The smallest and the largest value of each bin, inclusive: milliseconds, signals or hundredths."""
    return bin_edges(bins)
