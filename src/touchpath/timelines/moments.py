"""Integer building blocks of summaries: exact sums, per-person moments and bucket counts.

All arrays are int64 with the cell as first axis. Sums of squares may exceed 64 bits, so they keep LIMBS limbs on the last
axis and come out as Python integers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import BUCKETS, LIMBS, add_product, add_wide, fixed, lean_kernel, put_limbs

_CEILING = 1 << 62
#: What is said when a sum cannot be kept.
TOO_LARGE = "A sum passed 64 bits. Cut the period or the values smaller."


def add_counts(a: Int64s, b: Int64s) -> Int64s:
    """Elementwise sum; raises BadInput rather than overflow."""
    total: Int64s = a + b
    if bool(((a >= 0) == (b >= 0)).any()) and bool(((total >= 0) != (a >= 0))[(a >= 0) == (b >= 0)].any()):
        raise BadInput(TOO_LARGE)
    return total


def add_up(arrays: Sequence[Int64s], add: Callable[[Int64s, Int64s], Int64s] = add_counts) -> Int64s:
    """Elementwise sum of one array or more at once, the same as by adding one to the other by `add`, which is asked where it could matter."""
    together = np.concatenate(arrays).reshape(len(arrays), *arrays[0].shape)
    most = max(abs(int(together.max(initial=0))), abs(int(together.min(initial=0))))
    if most * len(arrays) > _CEILING:
        return reduce(add, arrays)
    total: Int64s = together.sum(axis=0, dtype=together.dtype)
    return total


def add_limbs(a: Int64s, b: Int64s) -> Int64s:
    """Sum of two exact sums."""
    return carried(a + b)


def carried(limbs: Int64s) -> Int64s:
    """Exact sums (..., LIMBS) that were added limb by limb, as they are kept: all limbs but the last 0 or more, and below 2**24."""
    limbs = np.ascontiguousarray(limbs)
    if not _carry(limbs.reshape(-1, LIMBS)):
        raise BadInput("A sum of squares passed 110 bits. Cut the period or the values smaller.")
    return limbs


@lean_kernel
def _carry(limbs: Int64s) -> bool:
    fits = True
    for row in range(limbs.shape[0]):
        limbs[row, 1] += limbs[row, 0] >> 24
        limbs[row, 0] &= 0xFFFFFF
        limbs[row, 2] += limbs[row, 1] >> 24
        limbs[row, 1] &= 0xFFFFFF
        fits &= -_CEILING <= limbs[row, 2] <= _CEILING
    return fits


def whole(limbs: Int64s) -> int:
    """An exact sum (three limbs) as a Python integer."""
    return _whole(*limbs.tolist())


def _whole(low: int, middle: int, high: int) -> int:
    return low + (middle << 24) + (high << 48)


@lean_kernel
def add_person(moments: Int64s, squares: Int64s, x: int, y: int) -> None:
    """Count one person whose denominator is x and whose numerator is y into one cell's moments."""
    moments[0] += 1
    moments[1] += x
    moments[2] += y
    add_product(squares[0], x, x)
    add_product(squares[1], x, y)
    add_product(squares[2], y, y)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Per-person moments of a ratio (sum of y over sum of x), per cell: what a clustered interval needs.

    counts: (cells, 3) people, sum of x, sum of y.   squares: (cells, 3, LIMBS) exact sums of xx, xy, yy over people.
    """

    counts: Int64s
    squares: Int64s

    @classmethod
    def zero(cls, cells: int) -> Moments:
        """Nothing counted yet, writable by a kernel."""
        return cls(np.zeros((cells, 3), np.int64), np.zeros((cells, 3, LIMBS), np.int64))

    def __add__(self, other: Moments) -> Moments:
        return Moments(add_counts(self.counts, other.counts), add_limbs(self.squares, other.squares))

    @classmethod
    def add_all(cls, parts: Sequence[Moments]) -> Moments:
        """The sum of several at once."""
        return cls(add_up([part.counts for part in parts]), carried(add_up([part.squares for part in parts], add_limbs)))

    def __sub__(self, other: Moments) -> Moments:
        return Moments(self.counts - other.counts, add_limbs(self.squares, -other.squares))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Moments):
            return NotImplemented
        return np.array_equal(self.counts, other.counts) and np.array_equal(self.squares, other.squares)

    def part(self, first: int, after: int) -> Moments:
        """Those of some neighbouring cells."""
        return Moments(self.counts[first:after], self.squares[first:after])

    def cell(self, cell: int) -> Ratio:
        """The moments of one cell as plain integers."""
        people, x, y = self.counts[cell].tolist()
        xx, xy, yy = self.squares[cell].tolist()
        return Ratio(people, x, y, _whole(*xx), _whole(*xy), _whole(*yy))


@lean_kernel
def add_ratio(sums: Int64s, x: int, y: int) -> None:
    """Count one person into a row of sums, see `moments_of`; a person without anything to count is left out."""
    if x > 0:
        sums[0] += 1
        sums[1] += x
        sums[2] += y
        sums[3] += x * x
        sums[4] += x * y
        sums[5] += y * y


def moments_of(sums: Int64s) -> Moments:
    """Moments from plain sums, (cells, 6) people, x, y, xx, xy, yy: exact as long as each sum stays below 2**63.

    Counts of signals do: a shard of fewer than 2**31 signals has sums of squares below 2**62.
    """
    return _moments_of(sums)


#: A row of sums that may pass 64 bits: people, x and y, then of two words each the sums of xx, xy and yy.
WIDE_SUMS = 9


@lean_kernel
def add_widely(sums: Int64s, x: int, y: int) -> None:
    """Count one person into such a row."""
    sums[0] += 1
    sums[1] += x
    sums[2] += y
    add_wide(sums, 3, x, x)
    add_wide(sums, 5, x, y)
    add_wide(sums, 7, y, y)


def moments_of_wide(sums: Int64s) -> Moments:
    """Moments from such rows, (cells, WIDE_SUMS)."""
    return _moments_of(sums)


def _moments_of(sums: Int64s) -> Moments:
    counts, squares = np.empty((sums.shape[0], 3), np.int64), np.empty((sums.shape[0], 3, LIMBS), np.int64)
    _write_moments(fixed(sums), counts, squares)
    return Moments(counts, squares)


@lean_kernel
def _write_moments(sums: Int64s, counts: Int64s, squares: Int64s) -> None:
    """Moments from sums: people, x and y, then those of the products, of one word or two each."""
    words = (sums.shape[1] - 3) // 3
    for cell in range(sums.shape[0]):
        for column in range(3):
            counts[cell, column] = sums[cell, column]
            low = sums[cell, 3 + words * column]
            put_limbs(squares[cell, column], low, sums[cell, 2 + words * (column + 1)] if words > 1 else low >> 63)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Per-person moments of one ratio as plain integers: people, sums of x and y, and of their products."""

    people: int
    x: int
    y: int
    xx: int
    xy: int
    yy: int

    def rest(self) -> Ratio:
        """The same denominators with what is not in the numerator: of a share, the others."""
        return Ratio(self.people, self.x, self.x - self.y, self.xx, self.xx - self.xy, self.xx - 2 * self.xy + self.yy)

    def above(self, base: int) -> Ratio:
        """The same with `base` taken off the numerator for each of the denominator: of a mean, how far it lies above that."""
        xy, yy = self.xy - base * self.xx, self.yy - 2 * base * self.xy + base * base * self.xx
        return Ratio(self.people, self.x, self.y - base * self.x, self.xx, xy, yy)


def no_buckets(cells: int, kinds: int) -> Int64s:
    """(cells, BUCKETS, kinds) zeros: counts by bucket of person, for the grouped jackknife."""
    return np.zeros((cells, BUCKETS, kinds), np.int64)
