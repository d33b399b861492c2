"""Sums per person: from rows that each belong to an owner and a cell to counts, moments and buckets."""

from __future__ import annotations

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import BUCKETS, bucket_of, fixed, kernel
from touchpath.timelines.moments import Moments, add_person


@kernel
def _tally(owner: Int64s, cell: Int64s, y: Int64s, counts: Int64s, squares: Int64s) -> None:
    cells = counts.shape[0]
    rows, sums = np.zeros(cells, np.int64), np.zeros(cells, np.int64)
    i = 0
    while i < owner.size:
        low = i
        while i < owner.size and owner[i] == owner[low]:
            rows[cell[i]] += 1
            sums[cell[i]] += y[i]
            i += 1
        for j in range(low, i):
            here = cell[j]
            if rows[here] > 0:
                add_person(counts[here], squares[here], rows[here], sums[here])
                rows[here], sums[here] = 0, 0


def tally(cells: int, owner: Int64s, cell: Int64s, y: Int64s) -> Moments:
    """Per person and cell: x = number of rows, y = sum of `y`. All rows of one owner are neighbours; cells are 0 or more."""
    moments = Moments.zero(cells)
    _tally(fixed(owner, np.int64), fixed(cell, np.int64), fixed(y, np.int64), moments.counts, moments.squares)
    return moments


def count_by(cells: int, cell: Int64s, *kinds: tuple[Int64s, int]) -> Int64s:
    """How many rows each cell has, by further codes given as (codes, how many there are): (cells, ...) counts."""
    place, shape = cell, [cells]
    for codes, size in kinds:
        place = place * size + codes
        shape.append(size)
    return np.bincount(place, minlength=int(np.prod(shape))).astype(np.int64).reshape(shape)


@kernel
def _buckets(keys: Int64s, found: Int64s) -> None:
    for i in range(keys.size):
        found[i] = bucket_of(keys[i])


def buckets_of(keys: Int64s) -> tuple[Int64s, int]:
    """The jackknife bucket of each owner's key, and how many buckets there are."""
    found = np.empty(keys.size, np.int64)
    _buckets(fixed(keys, np.int64), found)
    return found, BUCKETS
