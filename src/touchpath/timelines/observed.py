"""Observed journeys: cases cut out of timelines, equal ones together as variants, and a sparse count of variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Bytes, Int64s, Timelines
from touchpath.timelines.coded import add_coded
from touchpath.timelines.gather import Gathered
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.moments import Ratio


class Cases(NamedTuple):
    """starts: (cases + 1,) offsets into steps; owners, cells, open, times: (cases,) of each case, times of its first signal."""

    starts: Int64s
    steps: Int64s
    owners: Int64s
    cells: Int64s
    open: Int64s
    times: Int64s


class Variants(NamedTuple):
    """Distinct cases: of: (cases,) which variant each is; example: (variants,) a case of each; marks: (variants, 2) their 128-bit hash."""

    of: Int64s
    example: Int64s
    marks: Int64s
    cases: Cases


def cut_cases(gathered: Gathered, timelines: Timelines, same: str, window: timedelta | None, end: int) -> Cases:
    """The cases, in order of owner and object; signals of one instant in the order of the steps."""
    step = _lowest(gathered.bits)
    objects = timelines.wide(f"objects.{same}")[gathered.rows] if same else np.zeros(gathered.rows.size, np.int64)
    order = _in_order(gathered, step, objects) if same else _settle_ties(np.arange(step.size), gathered, step, objects)
    rows, step, objects = gathered.at(order), fixed(step[order]), fixed(objects[order])
    span = microseconds(window) if window else -1
    starts = np.empty(order.size + 1, np.int64)
    starts = fixed(starts[: _cut(rows.owners, objects, rows.times, span, starts) + 1])
    first = starts[:-1]
    late = rows.times[first] > end - span if window else np.zeros(first.size, np.bool_)
    return Cases(starts, step, rows.owners[first], rows.cells[first], fixed(late.astype(np.int64)), rows.times[first])


def _in_order(gathered: Gathered, step: Int64s, objects: Int64s) -> Int64s:
    """The signals about an object, object by object; signals are in order of owner and time already."""
    known = np.flatnonzero(objects)
    return _settle_ties(known[np.lexsort((objects[known], gathered.owners[known]))], gathered, step, objects)


def _settle_ties(order: Int64s, gathered: Gathered, step: Int64s, objects: Int64s) -> Int64s:
    """The same order with signals of one owner, object and instant in the order of the steps; only these are sorted."""
    columns = [column[order] for column in (gathered.times, objects, gathered.owners)]
    alike = np.logical_and.reduce([column[1:] == column[:-1] for column in columns])
    tied = np.flatnonzero(np.append(alike, [False]) | np.append([False], alike)) if order.size else order
    order[tied] = order[tied[np.lexsort((step[order[tied]], *(column[tied] for column in columns)))]]
    return order


@kernel
def _lowest_bits(bits: Int64s, found: Int64s) -> None:
    for i in range(bits.size):
        step, rest = 0, bits[i]
        while rest & 1 == 0:
            rest >>= 1
            step += 1
        found[i] = step


def _lowest(bits: Int64s) -> Int64s:
    """(rows,) the first rule that each row meets."""
    found = np.empty(bits.size, np.int64)
    _lowest_bits(fixed(bits, np.int64), found)
    return found


@kernel
def _cut(owners: Int64s, objects: Int64s, times: Int64s, window: int, starts: Int64s) -> int:
    """Write where each case begins, and where the last one ends; returns how many there are. window: -1 = no end."""
    cases, began = 0, 0
    for i in range(owners.size):
        same = i > 0 and owners[i] == owners[i - 1] and objects[i] == objects[i - 1]
        if not same or (window >= 0 and times[i] - began > window):
            starts[cases] = i
            began = times[i]
            cases += 1
    starts[cases] = owners.size
    return cases


@kernel
def _hash_cases(starts: Int64s, steps: Int64s, marks: Int64s) -> None:
    for case in range(starts.size - 1):
        a, b = 1469598103934665603, 88172645463325252
        for i in range(starts[case], starts[case + 1]):
            a = (a ^ (steps[i] + 1)) * 1099511628211
            b = (b + steps[i] + 1) * 6364136223846793005 + 1442695040888963407
            b ^= b >> 29
        marks[case, 0], marks[case, 1] = a, b


@kernel
def _all_equal(starts: Int64s, steps: Int64s, of: Int64s, example: Int64s) -> bool:
    """Whether every case has exactly the steps of its variant's example."""
    for case in range(of.size):
        other = example[of[case]]
        length = starts[case + 1] - starts[case]
        if starts[other + 1] - starts[other] != length:
            return False
        for i in range(length):
            if steps[starts[case] + i] != steps[starts[other] + i]:
                return False
    return True


def find_variants(cases: Cases) -> Variants:
    """Equal cases together, found by a 128-bit hash and compared, so that a chance hit can never pass for an answer."""
    marks = np.empty((cases.owners.size, 2), np.int64)
    _hash_cases(cases.starts, cases.steps, marks)
    example, of = _distinct(marks)
    if not _all_equal(cases.starts, cases.steps, of, example):
        raise BadInput("Two different paths have the same 128-bit mark, which should never happen. Please report these signals.")
    return Variants(of, example, marks[example], cases)


def _distinct(marks: Int64s) -> tuple[Int64s, Int64s]:
    """Of each distinct row (in ascending order) the place where it comes first, and which one each row is."""
    order = np.argsort(marks[:, 0], kind="stable")  # Quick where two ascending halves come one after the other.
    first = _changes(marks[order])
    if (
        marks[order][1:][first[1:], 0] == marks[order][:-1][first[1:], 0]
    ).any():  # Half of a mark alike: that half decides nothing.
        order = np.lexsort((marks[:, 1], marks[:, 0]))
        first = _changes(marks[order])
    of = np.empty(order.size, np.int64)
    of[order] = np.cumsum(first) - 1
    return fixed(order[first], np.int64), fixed(of)


def _changes(rows: Int64s) -> NDArray[np.bool_]:
    """(rows,) whether each differs from the one before it."""
    first = np.ones(rows.shape[0], np.bool_)
    first[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    return first


def path_of(cases: Cases, case: int) -> Int64s:
    """The steps of one case."""
    return cases.steps[cases.starts[case] : cases.starts[case + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class WayCounts:
    """How many cases took which path, and by how many owners; every path is kept, so that no division of people changes what is on top.

    marks: (variants, 2) 128-bit hashes, ascending.   costs: (variants,) of the alignment.   starts: (variants + 1,) offsets into
    `steps`, uint8.   codes: (rows,) ascending, cell * variants + variant.   counts: (rows, 4) over the owners with a case of this path
    in the cell: owners, their cases of this path (y), sums of x * y and y * y, where x = all aligned cases of the owner in the cell.
    """

    marks: Int64s
    costs: Int64s
    starts: Int64s
    steps: Bytes
    codes: Int64s
    counts: Int64s

    def __add__(self, other: WayCounts) -> WayCounts:
        marks = np.concatenate((self.marks, other.marks))
        example, of = _distinct(marks)
        mine, theirs = (
            _recoded(one.codes, one.costs.size, number, example.size)
            for one, number in ((self, of[: self.costs.size]), (other, of[self.costs.size :]))
        )
        codes, counts = add_coded(mine, self.counts, theirs, other.counts)
        lengths = np.concatenate((np.diff(self.starts), np.diff(other.starts)))
        offsets = np.concatenate((self.starts[:-1], other.starts[:-1] + self.steps.size))
        starts, steps = take_paths(offsets[example], lengths[example], np.concatenate((self.steps, other.steps)))
        return WayCounts(marks[example], np.concatenate((self.costs, other.costs))[example], starts, steps, codes, counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WayCounts):
            return NotImplemented
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def path(self, variant: int) -> tuple[int, ...]:
        """The steps of a variant."""
        return tuple(self.steps[self.starts[variant] : self.starts[variant + 1]].tolist())

    def top(self, cell: int, most: int, whole: Ratio, *, fitting: bool, only: tuple[int, ...] = ()) -> Top:
        """The paths of one cell by falling number of cases (then the shorter one, then the one that keeps to earlier steps), and what is left.

        whole: per owner x = aligned cases in the cell.   fitting: also those that follow the design exactly.
        only: nothing but this path, if it is there.
        """
        size = self.costs.size
        low, high = np.searchsorted(self.codes, [cell * size, (cell + 1) * size])
        variants, counts = self.codes[low:high] - cell * size, self.counts[low:high]
        kept = np.flatnonzero((self.costs[variants] > 0) | fitting)
        if only:
            alike = (row for row in range(variants.size) if self.path(int(variants[row])) == only)
            kept = np.fromiter(alike, np.int64)
        lengths = np.diff(self.starts)[variants]
        order = kept[np.lexsort((lengths[kept], -counts[kept, 1]))]
        if order.size > most:
            least = order[most - 1]
            tied = (counts[order, 1] == counts[least, 1]) & (lengths[order] == lengths[least])
            order = order[: max(most, int(np.flatnonzero(tied)[-1]) + 1)]
        ranked = sorted(order.tolist(), key=lambda row: (-counts[row, 1], lengths[row], self.path(int(variants[row]))))
        shown = tuple(
            Variant(
                self.path(int(variants[row])), int(self.costs[variants[row]]), int(counts[row, 0]), _ratio(counts[row], whole)
            )
            for row in ranked[:most]
        )
        rest = np.setdiff1d(kept, ranked[:most])
        return Top(shown, int(rest.size), int(counts[rest, 1].sum()))


class Variant(NamedTuple):
    """One path: its steps, the cost of its alignment, how many owners took it, and per owner x = aligned cases, y = cases of this path."""

    path: tuple[int, ...]
    cost: int
    owners: int
    share: Ratio


class Top(NamedTuple):
    """The most frequent paths; how many others there are, and how many cases took these."""

    variants: tuple[Variant, ...]
    pooled: int
    pooled_cases: int


def _ratio(counts: Int64s, whole: Ratio) -> Ratio:
    _, y, xy, yy = (int(count) for count in counts)
    return Ratio(whole.people, whole.x, y, whole.xx, xy, yy)


def _recoded(codes: Int64s, size: int, number: Int64s, new_size: int) -> Int64s:
    """The codes when variant i has become number[i] of new_size."""
    recoded = codes // max(size, 1) * new_size + number[codes % max(size, 1)] if size else codes
    return np.asarray(recoded, np.int64)


@kernel
def _copy_paths(offsets: Int64s, starts: Int64s, steps: Bytes, taken: Bytes) -> None:
    for i in range(offsets.size):
        for k in range(starts[i + 1] - starts[i]):
            taken[starts[i] + k] = steps[offsets[i] + k]


def take_paths(offsets: Int64s, lengths: Int64s, steps: Bytes) -> tuple[Int64s, Bytes]:
    """Some paths out of many: where each begins in the new steps, and these."""
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths))).astype(np.int64)
    taken = np.empty(int(starts[-1]), np.uint8)
    _copy_paths(fixed(offsets, np.int64), fixed(starts), fixed(steps, np.uint8), taken)
    return starts, taken


def same_path(variants: Variants, path: Sequence[int]) -> NDArray[np.bool_]:
    """(cases,) whether each went exactly this way."""
    wanted, mark = fixed(np.array(path, np.int64)), np.empty((1, 2), np.int64)
    _hash_cases(fixed(np.array([0, wanted.size], np.int64)), wanted, mark)
    alike = np.flatnonzero((variants.marks == mark).all(axis=1))
    same = [number for number in alike.tolist() if np.array_equal(path_of(variants.cases, int(variants.example[number])), wanted)]
    return np.isin(variants.of, same)
