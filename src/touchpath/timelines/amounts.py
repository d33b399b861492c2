"""Amounts: sums, means, extremes and quantiles of numbers that signals carry. See docs/definitions/values.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.coded import add_coded, add_rows, join_codes
from touchpath.timelines.durations import BINS, bin_edges, bin_of, count_codes
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.kernels import BUCKETS, bucket_of, fixed, lean_kernel
from touchpath.timelines.match import as_number, match
from touchpath.timelines.moments import Moments
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally

#: A person's amounts in one cell may add up to so much at most, whatever their sign: their squares must be summed exactly.
LARGEST = (1 << 47) - 1
#: Numbers keep at most so many decimals, as many as the values of signals have.
MOST_DECIMALS = 6

#: How finely the place of an amount in its bin is kept.
PARTS = 1 << 16

#: A table of places has at most so many entries (64 MB).
_TABLE = 1 << 24

_NOTHING = np.iinfo(np.int64).max
_NO_NUMBER = np.iinfo(np.int64).min


@lean_kernel
def _code_amounts(cell: Int64s, owner: Int64s, amounts: Int64s, codes: Int64s, parts: Int64s) -> None:
    for row in range(codes.size):
        size = abs(amounts[row])
        found = bin_of(size)
        codes[row] = (cell[row] * BUCKETS + bucket_of(owner[row])) * 2 * BINS + (
            BINS + found if amounts[row] >= 0 else BINS - 1 - found
        )
        # Bins from 256 on are 2, 4, 8 ... wide and begin at whole multiples of that.
        width = 1 if found < 256 else 1 << ((found - 256) // 128 + 1)
        parts[row] = (size & (width - 1)) * PARTS // width


def _places(found: Int64s, codes: Int64s, size: int) -> NDArray[np.integer]:
    """Where each code (0 to size - 1) stands among the distinct ones: by a table while it is small, else by searching."""
    if size > _TABLE:
        return np.searchsorted(found, codes)
    places = np.empty(size, np.int32)
    places[found] = np.arange(found.size, dtype=np.int32)
    return places[codes]


@dataclass(frozen=True, slots=True)
class AmountTable:
    """The amounts of one cell: the mean of each used bin, ascending, and counts (BUCKETS, bins)."""

    mean: NDArray[np.float64]
    counts: Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How amounts spread, per cell and bucket of people, in bins on both sides of 0 (exact below 256, then at most 0.8 % wide).

    codes: ascending (cell * BUCKETS + bucket) * 2 * BINS + place of the bin; counts: how many amounts have that code; parts: the sum of
    how far into their bin they lie, away from 0, in PARTS of its width: the mean of a bin is known to a ten-millionth.
    """

    codes: Int64s
    counts: Int64s
    parts: Int64s

    @classmethod
    def of(cls, cells: int, cell: Int64s, owner: Int64s, amounts: Int64s) -> Spread:
        """Count amounts, one row each; owner: keys."""
        codes, parts = np.empty((2, cell.size), np.int64)
        _code_amounts(fixed(cell, np.int64), fixed(owner, np.int64), fixed(amounts, np.int64), codes, parts)
        size = cells * BUCKETS * 2 * BINS
        found, counts = count_codes(codes.copy(), size)
        sums = np.bincount(_places(found, codes, size), parts, found.size)  # whole numbers below 2**53: exact
        return cls(found, counts, sums.astype(np.int64))

    def __add__(self, other: Spread) -> Spread:
        codes, mine, theirs = join_codes(self.codes, other.codes)
        counts, parts = (
            add_rows(codes.size, (mine, a), (theirs, b)) for a, b in ((self.counts, other.counts), (self.parts, other.parts))
        )
        return Spread(codes, counts, parts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spread):
            return NotImplemented
        mine, theirs = (self.codes, self.counts, self.parts), (other.codes, other.counts, other.parts)
        return all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def table(self, cell: int) -> AmountTable:
        """The amounts of one cell, only the bins that hold any."""
        size = BUCKETS * 2 * BINS
        first, last = np.searchsorted(self.codes, [cell * size, (cell + 1) * size])
        buckets, places = np.divmod(self.codes[first:last] - cell * size, 2 * BINS)
        bins, column = np.unique(places, return_inverse=True)
        counts = np.zeros((BUCKETS, bins.size), np.int64)
        counts[buckets, column] = self.counts[first:last]
        parts = np.bincount(column, self.parts[first:last], bins.size)
        low, high = bin_edges(np.where(bins >= BINS, bins - BINS, BINS - 1 - bins))
        sizes = low + parts / PARTS / counts.sum(axis=0) * (high - low + 1)
        return AmountTable(np.where(bins >= BINS, sizes, -sizes), counts)


@dataclass(frozen=True, slots=True, eq=False)
class Extremes:
    """(cells,) the lowest and the highest amount of each cell; of two groups of people the lower and the higher."""

    lowest: Int64s
    highest: Int64s

    def __add__(self, other: Extremes) -> Extremes:
        return Extremes(np.minimum(self.lowest, other.lowest), np.maximum(self.highest, other.highest))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Extremes):
            return NotImplemented
        return np.array_equal(self.lowest, other.lowest) and np.array_equal(self.highest, other.highest)

    __hash__ = None  # type: ignore[assignment]

    def of(self, cell: int) -> tuple[int, int] | None:
        """The lowest and the highest of one cell; None without any."""
        lowest, highest = int(self.lowest[cell]), int(self.highest[cell])
        return (lowest, highest) if lowest <= highest else None


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """In which units amounts come: ascending codes of words (0 = none), and how many amounts have each."""

    codes: Int64s
    counts: Int64s

    def __add__(self, other: Units) -> Units:
        return Units(*add_coded(self.codes, self.counts, other.codes, other.counts))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Units):
            return NotImplemented
        return np.array_equal(self.codes, other.codes) and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, eq=False)
class AmountCounts(Counts):
    """Amounts in units of 10**-decimals, in the cell of their signal.

    moments: per person x = amounts, y = their sum.   amounts, totals: how single amounts, and people's sums, spread.
    extremes: of single amounts.   without, unread: (cells,) signals with no value, and with one that is no number or too large.
    units: of all cells together.
    """

    moments: Moments
    amounts: Spread
    totals: Spread
    extremes: Extremes
    without: Int64s
    unread: Int64s
    units: Units


@dataclass(frozen=True, slots=True)
class Amounts:
    """The numbers that signals of `of` carry in `column`: "value", or "properties.NAME" where its texts are numbers.

    decimals: numbers are rounded to so many, halves up. Whatever is added up is exact from there on. Outcome: 1 = has any, -1 = none.
    Raises BadInput for a column without numbers, and where one person's amounts add up to more than 2**47 units.
    """

    of: EventRule
    column: str = "value"
    decimals: int = 4

    def __post_init__(self) -> None:
        if self.column != "value" and not self.column.startswith("properties."):
            raise BadInput(f"Numbers stand in 'value' or in properties.NAME, but '{self.column}' came.")
        if not 0 <= self.decimals <= MOST_DECIMALS:
            raise BadInput(f"Numbers are kept with 0 to {MOST_DECIMALS} decimals, but {self.decimals} came.")

    @property
    def scale(self) -> int:
        """Units in 1."""
        return int(10**self.decimals)

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about an amount stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[AmountCounts]:
        """Read each timeline once; nothing about an amount stays open."""
        rows = gather(timelines, match(timelines, [self.of]), people, cells)
        rows = rows.at(rows.cells >= 0)
        given, amounts = self._numbers(timelines, rows)
        usable = given & (np.abs(np.where(amounts == _NO_NUMBER, 0, amounts)) <= LARGEST) & (amounts != _NO_NUMBER)
        kept, amounts, size = rows.at(usable), amounts[usable], cells.count
        owner, cell, total = self._totals(kept, amounts)
        keys, lowest, highest = timelines.owners, np.full(size, _NOTHING), np.full(size, _NO_NUMBER)
        np.minimum.at(lowest, kept.cells, amounts)
        np.maximum.at(highest, kept.cells, amounts)
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[kept.owners] = 1
        units, counts = np.unique(timelines.code("unit")[kept.rows].astype(np.int64), return_counts=True)
        summary = AmountCounts(
            moments=tally(size, kept.owners, kept.cells, amounts),
            amounts=Spread.of(size, kept.cells, keys[kept.owners], amounts),
            totals=Spread.of(size, cell, keys[owner], total),
            extremes=Extremes(lowest, highest),
            without=count_by(size, rows.cells[~given]),
            unread=count_by(size, rows.cells[given & ~usable]),
            units=Units(units, counts.astype(np.int64)),
        )
        return Folded(summary, outcomes)

    def _numbers(self, timelines: Timelines, rows: Gathered) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Int64s]:
        """(rows,) whether a signal has any value, and the number in units; _NO_NUMBER = it is none."""
        if self.column == "value":
            values, divisor = timelines.wide("value")[rows.rows], VALUE_SCALE // self.scale
            given = values != NO_VALUE
            return given, np.where(given, (np.where(given, values, 0) + divisor // 2) // divisor, _NO_NUMBER)
        codes = timelines.code(self.column)[rows.rows]
        used = np.unique(codes)
        words = timelines.words.get(self.column, ("",))
        numbers = np.array([self._unit(words[code]) for code in used.tolist()], np.int64)
        return codes != 0, numbers[np.searchsorted(used, codes)] if used.size else np.zeros(0, np.int64)

    def _unit(self, word: str) -> int:
        number = as_number(word)
        if number is None or not abs(number) * self.scale <= LARGEST:
            return _NO_NUMBER
        # Halves of the number as written go up, whatever the nearest binary fraction is.
        return int((round(number * VALUE_SCALE) + VALUE_SCALE // self.scale // 2) // (VALUE_SCALE // self.scale))

    def _totals(self, rows: Gathered, amounts: Int64s) -> tuple[Int64s, Int64s, Int64s]:
        """One row per owner and cell: place of the owner, cell, sum. Raises BadInput for a sum beyond LARGEST."""
        order = np.lexsort((rows.cells, rows.owners))
        owner, cell, amounts = rows.owners[order], rows.cells[order], amounts[order]
        starts = (
            np.flatnonzero(np.concatenate(([True], (owner[1:] != owner[:-1]) | (cell[1:] != cell[:-1])))) if owner.size else order
        )
        if not starts.size:
            return owner, cell, amounts
        most = float(np.add.reduceat(np.abs(amounts).astype(np.float64), starts).max())
        if most > LARGEST:
            raise BadInput(
                f"One person's values add up to {most / self.scale:,.0f}, which is too much to be added up exactly with "
                f"{self.decimals} decimals. Keep fewer, as in decimals: {max(self.decimals - 2, 0)}."
            )
        return owner[starts], cell[starts], np.add.reduceat(amounts, starts)
