"""How long things took: histograms of milliseconds per bucket of people, and exact per-person sums of times and their logs.

Integers only, so any sharding gives the same bits: bins come from bit shifts, logarithms from a table in fixed point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import NO_INT64S, Int32s, Int64s
from touchpath.timelines.coded import add_coded, add_tables, sort_by_digits, take_coded
from touchpath.timelines.kernels import BUCKETS, bucket_of, fixed, highest_bit, lean_kernel
from touchpath.timelines.moments import WIDE_SUMS, Moments, Ratio, add_widely, moments_of_wide

#: Bins of one histogram: milliseconds are exact below 256, then 128 equal bins per doubling (at most 0.8 % wide).
BINS = 8192
_BIN_BITS = BINS.bit_length() - 1
#: Logarithms are kept in units of 2**-20 (about a millionth).
LOG_SCALE = 1 << 20
#: A table of counts has at most so many entries (64 MB); more are sorted.
_DENSE = 1 << 24
#: So many durations at most wait to be counted together (8 MB).
_MOST_WAITING = 1 << 20
#: No person's times in one cell may add up to more milliseconds than this (4,400 years).
_LONGEST = (1 << 47) - 1

_ONE = Decimal(1 << 32)
#: Logarithms by integers: ln 2, and ln of 1 to 2 in steps, in units of 2**-32.
LN_2 = int((Decimal(2).ln() * _ONE).to_integral_value())
LN_STEPS = fixed(np.array([int(((1 + Decimal(i) / 4096).ln() * _ONE).to_integral_value()) for i in range(4096)]), np.int64)


@lean_kernel
def bin_of(milliseconds: int) -> int:
    """The bin of a duration of 0 ms or more."""
    if milliseconds < 256:
        return milliseconds
    doublings = highest_bit(milliseconds)
    return 256 + (doublings - 8) * 128 + ((milliseconds >> (doublings - 7)) & 127)


def bin_edges(bins: Int64s) -> tuple[Int64s, Int64s]:
    """The smallest and the largest duration of each bin in milliseconds, both inclusive."""
    doublings, step = np.divmod(np.maximum(bins, 256) - 256, 128)
    low = np.where(bins < 256, bins, (128 + step) << (doublings + 1))
    width = np.where(bins < 256, 1, np.int64(1) << (doublings + 1))
    return low, low + width - 1


#: The same of every bin.
_LOWEST, _HIGHEST = map(fixed, bin_edges(np.arange(BINS)))


@lean_kernel
def log_of(milliseconds: int, steps: Int64s, log_two: int) -> int:
    """ln(milliseconds) in units of 2**-20, by integers only: table of the leading 13 bits, then ln(1 + r) = r - r*r/2.

    Error below one unit. Durations below 1 ms count as 1 ms, whose logarithm is 0.
    """
    if milliseconds < 2:
        return 0
    doublings = highest_bit(milliseconds)
    mantissa = milliseconds << (61 - doublings)
    leading = mantissa >> 49
    rest = int((mantissa & 0x1FFFFFFFFFFFF) / (leading << 17))  # exact: 49 bits by 30 leave 2**-50 to the next whole number
    logarithm = doublings * log_two + steps[leading - 4096] + rest - ((rest * rest) >> 33)
    return int((logarithm + 2048) >> 12)


@lean_kernel
def _fold_durations(
    cell: Int64s,
    owner: Int64s,
    milliseconds: Int64s,
    steps: Int64s,
    log_two: int,
    whole: int,
    mine: Int64s,
    codes: Int64s,
    sums: Int64s,
) -> int:
    """Bin each duration and add up each owner's; returns the row of a duration or a sum that is out of range, or -1.

    whole: a further cell in which all of them count, -1 = none.   mine: (cells, 3) zeros to work with.   sums: of logs, then
    of milliseconds, (2, cells, WIDE_SUMS).
    """
    row = 0
    while row < owner.size:
        first, bucket = row, bucket_of(owner[row])
        number, logs, total = 0, 0, 0
        while row < owner.size and owner[row] == owner[first]:
            here, took = np.uint64(cell[row]), milliseconds[row]
            if took < 0 or took > _LONGEST or mine[here, 2] + took > _LONGEST:
                return row
            log = log_of(took, steps, log_two)
            codes[row] = (cell[row] * BUCKETS + bucket) * BINS + bin_of(took)
            mine[here, 0] += 1
            mine[here, 1] += log
            mine[here, 2] += took
            number, logs, total = number + 1, logs + log, total + took
            row += 1
        if whole >= 0:
            if total > _LONGEST:
                return first
            _add_owner(sums, np.uint64(whole), number, logs, total)
        for i in range(first, row):
            own = mine[np.uint64(cell[i])]
            if own[0] > 0:
                _add_owner(sums, np.uint64(cell[i]), own[0], own[1], own[2])
                own[0], own[1], own[2] = 0, 0, 0
    return -1


@lean_kernel
def _add_owner(sums: Int64s, cell: np.uint64, number: int, logs: int, total: int) -> None:
    """Count one owner's durations into a cell."""
    add_widely(sums[0, cell], number, logs)
    add_widely(sums[1, cell], number, total)


@lean_kernel
def _count_dense(codes: Int64s, counts: Int32s) -> None:
    for row in range(codes.size):
        counts[codes[row]] += 1


@lean_kernel
def _count_runs(codes: Int64s, found: Int64s, counts: Int64s) -> int:
    """The distinct ones of ascending codes and how often each comes; returns how many there are."""
    runs = 0
    for row in range(codes.size):
        if row == 0 or codes[row] != codes[row - 1]:
            found[runs], counts[runs] = codes[row], 0
            runs += 1
        counts[runs - 1] += 1
    return runs


def count_codes(codes: Int64s, size: int) -> tuple[Int64s, Int64s]:
    """The distinct codes (0 to size - 1), ascending, and how often each comes: in a table if it is small, else by sorting."""
    if size <= min(_DENSE, 8 * codes.size + BINS):
        table = np.zeros(size, np.int32)
        _count_dense(fixed(codes), table)
        found = np.flatnonzero(table)
        return found, table[found].astype(np.int64)
    codes = sort_by_digits(codes, 0, (size - 1).bit_length())
    found, counts = np.empty(codes.size, np.int64), np.empty(codes.size, np.int64)
    runs = _count_runs(fixed(codes), found, counts)
    return found[:runs].copy(), counts[:runs].copy()


def _counted(cells: int, cell: Int64s, owner: Int64s, milliseconds: Int64s) -> tuple[Int64s, Moments, Moments]:
    """The code of each duration, and the moments of logs and of milliseconds; see `_fold_durations`."""
    sums = np.zeros((2, cells, WIDE_SUMS), np.int64)
    codes = _add_durations((cell, owner, milliseconds), -1, np.zeros((cells, 3), np.int64), sums)
    return codes, moments_of_wide(sums[0]), moments_of_wide(sums[1])


def _add_durations(rows: Int64s | Sequence[Int64s], whole: int, mine: Int64s, sums: Int64s) -> Int64s:
    """The code of each duration, all of them added to the sums; see `_fold_durations`. rows: cell, owner, milliseconds."""
    cell, owner, milliseconds = (fixed(column, np.int64) for column in rows)
    codes = np.empty(cell.size, np.int64)
    wrong = _fold_durations(cell, owner, milliseconds, LN_STEPS, LN_2, whole, mine, codes, sums)
    if wrong >= 0:
        raise BadInput(
            f"A duration of {int(milliseconds[wrong])} ms cannot be counted: times run from 0, and one person's may not "
            "add up to more than 4,400 years."
        )
    return codes


@dataclass(frozen=True, slots=True)
class Histogram:
    """The durations of one cell: inclusive bounds of the used bins in milliseconds, and counts (BUCKETS, bins) by bucket."""

    low: Int64s
    high: Int64s
    counts: Int64s

    @property
    def instants(self) -> int:
        """How many were shorter than a millisecond; their logarithm counts as that of 1 ms."""
        return int(self.counts[:, 0].sum()) if self.low.size and self.low[0] == 0 else 0


@dataclass(frozen=True, slots=True, eq=False)
class Durations:
    """Durations per cell, as counted bins and per-person sums; the durations of two groups of people add up.

    codes: ascending (cell * BUCKETS + bucket) * BINS + bin; counts: how many durations have that code.
    logs: per person and cell x = number of durations, y = sum of ln(milliseconds) in units of 2**-20.
    totals: per person and cell x = number of durations, y = sum of milliseconds.
    """

    codes: Int64s
    counts: Int64s
    logs: Moments
    totals: Moments

    @classmethod
    def of(cls, cells: int, cell: Int64s, owner: Int64s, milliseconds: Int64s) -> Durations:
        """Count durations (>= 0 ms), one row each; `owner` holds owners' keys, and all rows of one owner are neighbours.

        Rows whose cell is -1 count nowhere. Raises BadInput for a negative duration and for more than 4,400 years.
        """
        if bool((cell < 0).any()):
            inside = cell >= 0
            cell, owner, milliseconds = cell[inside], owner[inside], milliseconds[inside]
        codes, logs, totals = _counted(cells, cell, owner, milliseconds)
        return cls(*count_codes(codes, cells * BUCKETS * BINS), logs, totals)

    def part(self, first: int, after: int) -> Durations:
        """Those of some neighbouring cells."""
        size = BUCKETS * BINS
        low, high = np.searchsorted(self.codes, [first * size, after * size])
        of_each = (one.part(first, after) for one in (self.logs, self.totals))
        return Durations(self.codes[low:high] - first * size, self.counts[low:high], *of_each)

    @classmethod
    def none(cls, cells: int) -> Durations:
        """No durations at all."""
        return cls(NO_INT64S, NO_INT64S, Moments.zero(cells), Moments.zero(cells))

    @classmethod
    def add_all(cls, parts: Sequence[Durations]) -> Durations:
        """The sum of several at once."""
        codes, counts = add_tables([(part.codes, part.counts) for part in parts])
        return cls(
            codes, counts, Moments.add_all([part.logs for part in parts]), Moments.add_all([part.totals for part in parts])
        )

    def __add__(self, other: Durations) -> Durations:
        codes, counts = add_coded(self.codes, self.counts, other.codes, other.counts)
        return Durations(codes, counts, self.logs + other.logs, self.totals + other.totals)

    def __sub__(self, other: Durations) -> Durations:
        codes, counts = take_coded(self.codes, self.counts, other.codes, other.counts)
        return Durations(codes, counts, self.logs - other.logs, self.totals - other.totals)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Durations):
            return NotImplemented
        same = np.array_equal(self.codes, other.codes) and np.array_equal(self.counts, other.counts)
        return same and self.logs == other.logs and self.totals == other.totals

    def histogram(self, cell: int) -> Histogram:
        """The durations of one cell, only the bins that hold any."""
        first, last = np.searchsorted(self.codes, [cell * BUCKETS * BINS, (cell + 1) * BUCKETS * BINS])
        codes = self.codes[first:last]
        buckets, places = codes >> _BIN_BITS & (BUCKETS - 1), codes & (BINS - 1)
        used, columns = np.zeros(BINS, np.bool_), np.empty(BINS, np.int64)  # marked and listed: quicker than sorting
        used[places] = True
        bins = np.flatnonzero(used)
        columns[bins] = np.arange(bins.size)
        counts = np.zeros((BUCKETS, bins.size), np.int64)
        counts[buckets, columns[places]] = self.counts[first:last]
        return Histogram(_LOWEST[bins], _HIGHEST[bins], counts)

    def instants(self, cell: int) -> int:
        """How many durations of one cell were shorter than a millisecond; their logarithm counts as that of 1 ms."""
        return self.histogram(cell).instants

    def log_ratio(self, cell: int) -> Ratio:
        """Per-person moments of one cell's logs, in units of 2**-20 (LOG_SCALE)."""
        return self.logs.cell(cell)


class DurationTally:
    """Durations by cell, which go on from one shard to the next. whole: the last cell, in which all of them count beside; -1 = there is none."""

    def __init__(self, cells: int, whole: int = -1) -> None:
        self._cells, self._whole, self._waiting = cells, whole, 0
        self._mine, self._sums = np.zeros((cells, 3), np.int64), np.zeros((2, cells, WIDE_SUMS), np.int64)
        self._codes: list[Int64s] = []
        self._counted: list[tuple[Int64s, Int64s]] = []

    def add(self, rows: Int64s | Sequence[Int64s]) -> None:
        """Count durations as `Durations.of` does, none of them in no cell. rows: cell, owner, milliseconds."""
        codes = _add_durations(rows, self._whole, self._mine, self._sums)
        self._codes.append(codes)
        self._waiting += codes.size
        if self._waiting > _MOST_WAITING:
            self._count()

    def durations(self) -> Durations:
        """All that was added."""
        self._count()
        return Durations(*add_tables(self._counted), *(moments_of_wide(sums) for sums in self._sums))

    def _count(self) -> None:
        """Count the codes that wait, by cell, and all of them in that of the whole."""
        codes, size = np.concatenate([NO_INT64S, *self._codes]), BUCKETS * BINS
        table = count_codes(codes, self._cells * size)
        if self._whole >= 0:
            together, counts = count_codes(codes & (size - 1), size)
            table = (np.concatenate((table[0], together + self._whole * size)), np.concatenate((table[1], counts)))
        self._counted.append(table)
        self._codes, self._waiting = [], 0
