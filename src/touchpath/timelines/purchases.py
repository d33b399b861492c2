"""Histories of purchases, as models of what customers will still buy need them. See docs/definitions/purchases.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.durations import bin_of
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import TOO_LARGE

#: Money is kept in hundredths.
SCALE = 100
#: An occasion lasts a day from its first purchase; what else is bought within it belongs to it.
DAY = 86_400_000_000
#: The most repeat occasions told apart, and the longest time in days.
MOST_TIMES, MOST_DAYS = 0x7FFF, 0xFFFF

_MONEY = 13  # bits of a bin


@dataclass(frozen=True, slots=True, eq=False)
class PurchaseCounts:
    """Owners by their history at the end of each period, rows in ascending order of cell and code.

    cells: (rows,).   codes: (rows,) ((x << 16 | last) << 16 | watched) << 13 | bin of money: repeat occasions, days from the first to the
    last and to the end of the period, and what the repeat occasions came to (a bin of `durations.bin_of`, at most 0.8 % wide).
    sums: (rows, 2) owners, and hundredths of money of all their repeat occasions.
    """

    cells: Int64s
    codes: Int64s
    sums: Int64s

    def __add__(self, other: PurchaseCounts) -> PurchaseCounts:
        cells, codes = np.concatenate((self.cells, other.cells)), np.concatenate((self.codes, other.codes))
        return _grouped(cells, codes, np.concatenate((self.sums, other.sums)))

    def __sub__(self, other: PurchaseCounts) -> PurchaseCounts:
        left = self + PurchaseCounts(other.cells, other.codes, -other.sums)
        some = left.sums[:, 0] != 0
        return PurchaseCounts(left.cells[some], left.codes[some], left.sums[some])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PurchaseCounts):
            return NotImplemented
        mine, theirs = (self.cells, self.codes, self.sums), (other.cells, other.codes, other.sums)
        return all(np.array_equal(one, another) for one, another in zip(mine, theirs, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def of(self, cell: int) -> tuple[Int64s, Int64s]:
        """One cell: (rows, 3) repeat occasions, days to the last and days watched, and (rows, 2) sums."""
        low, high = np.searchsorted(self.cells, [cell, cell + 1])
        codes = self.codes[low:high] >> _MONEY
        histories = np.stack([codes >> 32, codes >> 16 & MOST_DAYS, codes & MOST_DAYS], axis=1)
        return histories, self.sums[low:high]


def _grouped(cells: Int64s, codes: Int64s, sums: Int64s) -> PurchaseCounts:
    """Rows of the same cell and code as one; raises BadInput where money may pass 64 bits."""
    if np.abs(sums[:, 1].astype(float)).sum() > 2.0**62:
        raise BadInput(TOO_LARGE)
    order = np.lexsort((codes, cells))
    cells, codes, sums = cells[order], codes[order], sums[order]
    new = np.ones(cells.size, bool)
    new[1:] = (np.diff(cells) != 0) | (np.diff(codes) != 0)
    first = np.flatnonzero(new)
    summed = np.add.reduceat(sums, first, axis=0) if first.size else sums
    return PurchaseCounts(cells[first], codes[first], summed)


@dataclass(frozen=True, slots=True)
class Purchases:
    """What owners have bought by the end of each period: how often again after the first time, when last, and since when they are watched.

    Purchases within a day of an occasion's first one are one occasion. A period that is not over ends with the data. Signals of the time
    before the first period count too, and whoever bought nothing by then is not counted. A signal without a value brings no money; a
    sum below 0 counts as 0 in its bin.
    Cells: by period and by segments of owners. Outcome: repeat occasions in all, at most 32,767; -1 = bought nothing.
    Raises BadInput for segments of signals.
    """

    of: EventRule

    def ending(self, edges: Int64s, end: int) -> Ending:
        """The time watched runs on until the last period is over."""
        return Ending(end if edges[-1] - 1 > end else None, placed=False)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[PurchaseCounts]:
        """Read each timeline once."""
        if cells.signal_codes.size:
            raise BadInput(
                "Histories of purchases are cut by what an owner is, not by a signal. Take a dimension that is 'fixed' or 'latest'."
            )
        matched = match(timelines, [self.of])
        periods = int((np.asarray(cells.edges[:-1]) <= end).sum())
        rows, outcomes = np.empty((timelines.people * periods, 3), np.int64), np.full(timelines.people, -1, np.int32)
        count = _fold_purchases(
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
            rows,
            outcomes,
        )
        cell, code, money = rows[:count].T
        return Folded(_grouped(cell, code, np.stack([np.ones(count, np.int64), money], axis=1)), outcomes)


@lean_kernel
def _fold_purchases(
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
    rows: Int64s,
    outcomes: Int32s,
) -> int:
    """One row (cell, code, money) per owner and period that has begun by the end of the data; returns how many."""
    count, periods = 0, edges.size - 1
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        segment = owner_codes[owner] if owner_codes.size else 0
        if segment < 0:
            continue
        i, occasions, first, last, money = starts[owner], 0, 0, 0, 0
        for period in range(periods):
            if edges[period] > end:
                break
            until = min(edges[period + 1], end + 1)
            while i < starts[owner + 1] and times[i] < until:
                if bits[codes[i]] != 0:
                    if occasions == 0:
                        first = times[i]
                    if occasions == 0 or times[i] - last >= DAY:
                        occasions, last = occasions + 1, times[i]
                    if occasions > 1 and values[i] != NO_VALUE:
                        money += values[i]
                i += 1
            if occasions == 0:
                continue
            again, spent = min(occasions - 1, MOST_TIMES), money // (VALUE_SCALE // SCALE)
            history = (again << 16 | min((last - first) // DAY, MOST_DAYS)) << 16 | min((until - first) // DAY, MOST_DAYS)
            rows[count, 0], rows[count, 1], rows[count, 2] = (
                period * segments + segment,
                history << _MONEY | bin_of(max(spent, 0)),
                spent,
            )
            count += 1
        if occasions > 0:
            outcomes[owner] = min(occasions - 1, MOST_TIMES)
    return count
