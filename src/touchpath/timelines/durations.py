"""How long things took: histograms of milliseconds per bucket of people, and exact per-person sums of times and their logs.

Integers only, so any sharding gives the same bits: bins come from bit shifts, logarithms from a table in fixed point.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Int32s, Int64s
from touchpath.timelines.coded import add_coded, take_coded
from touchpath.timelines.kernels import BUCKETS, bucket_of, fixed, highest_bit, kernel, lean_kernel
from touchpath.timelines.moments import Moments, Ratio, add_person

#: Bins of one histogram: milliseconds are exact below 256, then 128 equal bins per doubling (at most 0.8 % wide).
BINS = 8192
#: Logarithms are kept in units of 2**-20 (about a millionth).
LOG_SCALE = 1 << 20
#: A table of counts has at most so many entries (64 MB); more are sorted, by digits of so many bits.
_DENSE, _DIGIT = 1 << 24, 11
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


@kernel
def _fold_durations(
    cell: Int64s,
    owner: Int64s,
    milliseconds: Int64s,
    steps: Int64s,
    log_two: int,
    codes: Int64s,
    log_counts: Int64s,
    log_squares: Int64s,
    total_counts: Int64s,
    total_squares: Int64s,
) -> int:
    """Bin each duration and add up each owner's; returns the row of a duration or a sum that is out of range, or -1."""
    cells = log_counts.shape[0]
    number, logs, total = np.zeros(cells, np.int64), np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    row = 0
    while row < owner.size:
        first = row
        bucket = bucket_of(owner[first])
        while row < owner.size and owner[row] == owner[first]:
            here, took = cell[row], milliseconds[row]
            if took < 0 or took > _LONGEST or total[here] + took > _LONGEST:
                return row
            codes[row] = (here * BUCKETS + bucket) * BINS + bin_of(took)
            number[here] += 1
            logs[here] += log_of(took, steps, log_two)
            total[here] += took
            row += 1
        for i in range(first, row):
            here = cell[i]
            if number[here] > 0:
                add_person(log_counts[here], log_squares[here], number[here], logs[here])
                add_person(total_counts[here], total_squares[here], number[here], total[here])
                number[here], logs[here], total[here] = 0, 0, 0
    return -1


@lean_kernel
def _count_dense(codes: Int64s, counts: Int32s) -> None:
    for row in range(codes.size):
        counts[codes[row]] += 1


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
    places, spare = np.empty(1 << _DIGIT, np.int64), np.empty(codes.size, np.int64)
    for shift in range(0, (size - 1).bit_length(), _DIGIT):
        _sort_digit(fixed(codes), shift, places, spare)
        codes, spare = spare, np.empty(codes.size, np.int64) if shift == 0 else codes
    found, counts = np.empty(codes.size, np.int64), np.empty(codes.size, np.int64)
    runs = _count_runs(fixed(codes), found, counts)
    return found[:runs].copy(), counts[:runs].copy()


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
        codes = np.empty(cell.size, np.int64)
        logs, totals = Moments.zero(cells), Moments.zero(cells)
        wrong = _fold_durations(
            fixed(cell, np.int64),
            fixed(owner, np.int64),
            fixed(milliseconds, np.int64),
            LN_STEPS,
            LN_2,
            codes,
            logs.counts,
            logs.squares,
            totals.counts,
            totals.squares,
        )
        if wrong >= 0:
            raise BadInput(
                f"A duration of {int(milliseconds[wrong])} ms cannot be counted: times run from 0, and one person's may not "
                "add up to more than 4,400 years."
            )
        return cls(*count_codes(codes, cells * BUCKETS * BINS), logs, totals)

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
        buckets, places = np.divmod(self.codes[first:last] - cell * BUCKETS * BINS, BINS)
        used, columns = np.zeros(BINS, np.bool_), np.empty(BINS, np.int64)  # marked and listed: quicker than sorting
        used[places] = True
        bins = np.flatnonzero(used)
        columns[bins] = np.arange(bins.size)
        counts = np.zeros((BUCKETS, bins.size), np.int64)
        counts[buckets, columns[places]] = self.counts[first:last]
        return Histogram(*bin_edges(bins), counts)

    def instants(self, cell: int) -> int:
        """How many durations of one cell were shorter than a millisecond; their logarithm counts as that of 1 ms."""
        return self.histogram(cell).instants

    def log_ratio(self, cell: int) -> Ratio:
        """Per-person moments of one cell's logs, in units of 2**-20 (LOG_SCALE)."""
        return self.logs.cell(cell)
