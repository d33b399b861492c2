"""Totals: how much of one thing people have for how much of another, as refunds for orders, or money refunded for money paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.amounts import LARGEST
from touchpath.timelines.arrays import NO_INT64S, NO_VALUE, VALUE_SCALE, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import find_segment, fixed, lean_kernel, period_after, plain, rate_of
from touchpath.timelines.listed import Listed, Wanted, list_signals, of_listed, span_of
from touchpath.timelines.moments import WIDE_SUMS, Moments, add_widely, moments_of_wide
from touchpath.timelines.summaries import Counts

#: What a denominator counts: the same as the numerator (signals, or the values that they carry), signals, or people once each.
Per = Literal["same", "signals", "people"]

#: Amounts are kept with four decimals.
SCALE = 10_000
_DIVISOR = VALUE_SCALE // SCALE
#: The bits of a signal that meets the numerator, and the denominator.
_NUMERATOR, _DENOMINATOR = 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class TotalCounts(Counts):
    """moments: per person x = total of the denominator, y = total of the numerator, of people with either, in the cell of the signal.

    without: (cells,) signals whose value would count and that carry none. Values are in units of 1 / SCALE, counts are whole.
    """

    moments: Moments
    without: Int64s


@dataclass(frozen=True, slots=True)
class Totals:
    """Two totals of each person: signals that meet a rule, or the values that they carry. A signal that meets both counts in both.

    `per`: what the denominator counts; "signals" and "people" also where the numerator is values. `part`: the numerator is a part of the
    denominator: of its signals only those count that meet the denominator too. Outcome: 1 = has either, -1 = none. Raises BadInput where
    one person's values add up to more than 2**47 units.
    """

    numerator: EventRule
    denominator: EventRule
    of_values: bool = False
    per: Per = "same"
    part: bool = False

    def __post_init__(self) -> None:
        if self.per not in get_args(Per):
            raise BadInput(f"A denominator counts {', '.join(get_args(Per))}, but '{self.per}' came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a total stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[TotalCounts]:
        """Read each timeline once."""
        sums = _no_sums(cells.count)
        outcomes = self.add_to(sums, timelines, cells, people, (-1, -1))
        return Folded(TotalCounts(moments_of_wide(sums.moments), sums.without), outcomes)

    def tally(self, cells: int) -> TotalTally:
        """Totals by cell, and those of all cells and segments together; see `Totalling`."""
        return TotalTally(self, cells)

    def lists(self, edges: Int64s) -> Wanted:
        """Both rules."""
        return Wanted((self.numerator, self.denominator), span_of(edges))

    def add_to(self, sums: _Sums, timelines: Timelines, cells: Cells, people: Bytes, beside: tuple[int, int]) -> Int32s:
        """Add up signals; returns the outcomes. beside: the cells `nowhere` and `whole`, see `_count`."""
        matched, listed = list_signals(timelines, (self.numerator, self.denominator), span_of(cells.edges), people)
        outcomes = np.full(timelines.people, -1, np.int32)
        most = _count(
            listed,
            matched.bits,
            of_listed(timelines, fixed(timelines.wide("value"), np.int64), listed) if self.of_values else NO_INT64S,
            _How(self.per != "same", self.per == "people", self.part),
            fixed(cells.edges, np.int64),
            cells.segments,
            of_listed(timelines, fixed(cells.signal_codes, np.int32), listed),
            fixed(cells.owner_codes, np.int32),
            *beside,
            sums.own,
            sums.moments,
            sums.without,
            outcomes,
        )
        if most > LARGEST:
            raise BadInput(f"One person's values add up to {most / SCALE:,.0f}, which is too much to be added up exactly.")
        return outcomes


class _How(NamedTuple):
    """What counts, as in Totals: apart = the denominator counts signals or people, whatever the numerator does; once = people."""

    apart: bool
    once: bool
    part: bool


class _Own(NamedTuple):
    """The owner in hand: which cells they come to, and per cell how many signals count there, the two totals, and how far each has moved."""

    touched: Int64s
    signals: Int64s
    x: Int64s
    y: Int64s
    moved_x: NDArray[np.float64]
    moved_y: NDArray[np.float64]


class _Sums(NamedTuple):
    """moments: (cells, WIDE_SUMS) as `add_widely` adds them.   without: as in TotalCounts."""

    moments: Int64s
    without: Int64s
    own: _Own


def _no_sums(cells: int) -> _Sums:
    """Nothing counted yet."""
    own = _Own(*np.zeros((4, cells + 1), np.int64), *np.zeros((2, cells + 1)))
    return _Sums(np.zeros((cells, WIDE_SUMS), np.int64), np.zeros(cells, np.int64), own)


class TotalTally:
    """Totals by cell, and of all signals in a cell after that of those in no segment; see `Tally`."""

    def __init__(self, fold: Totals, cells: int) -> None:
        self._fold, self._cells, self._sums = fold, cells, _no_sums(cells + 2)

    def add(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> None:
        """Read each timeline once."""
        self._fold.add_to(self._sums, timelines, cells, people, (self._cells, self._cells + 1))

    def both(self) -> tuple[TotalCounts, TotalCounts]:
        """The summary by cell, and that of the whole."""
        count, moments, without = self._cells, moments_of_wide(self._sums.moments), self._sums.without
        whole = without[: count + 1].sum(keepdims=True)
        return TotalCounts(moments.part(0, count), without[:count]), TotalCounts(moments.part(count + 1, count + 2), whole)


@lean_kernel
def _count(
    listed: Listed,
    bits: Int64s,
    values: Int64s,
    how: _How,
    edges: Int64s,
    segments: int,
    by_signal: Int32s,
    by_owner: Int32s,
    nowhere: int,
    whole: int,
    own: _Own,
    sums: Int64s,
    without: Int64s,
    outcomes: Int32s,
) -> float:
    """Add up each owner's totals per cell, and count the owner there; returns the most that anybody's amounts come to, whatever their signs.

    values: zero-length = every signal counts 1.   nowhere: the cell of signals in no segment.   whole: the cell of all signals. -1 = there
    is none.
    """
    rate, most, period = rate_of(edges), 0.0, plain(0)
    for owner in range(outcomes.size):
        places = plain(0)
        for place in range(np.uint64(listed.firsts[owner]), np.uint64(listed.afters[owner])):
            time, met = listed.times[place], bits[np.uint32(listed.codes[place])]
            period = period_after(period, time, edges, rate)
            segment = find_segment(place, owner, by_signal, by_owner)
            cell = nowhere if segment < 0 else period * segments + segment
            if cell < 0 or (how.part and met & _DENOMINATOR == 0):
                continue
            amount, counted = 1, how.apart and met & _DENOMINATOR != 0
            if values.size:
                amount = values[place]
                if amount == NO_VALUE:
                    without[cell] += met & _NUMERATOR != 0 or not counted
                    if not counted:
                        continue
                amount = 0 if amount == NO_VALUE else (amount + _DIVISOR // 2) // _DIVISOR
            places = _put_by(
                own, cell, places, (1 if counted else amount) if met & _DENOMINATOR else 0, amount * (met & _NUMERATOR)
            )
        if whole >= 0 and places:
            for place in range(places):
                _add_to(own, whole, own.touched[place])
            most = max(most, _add_owner(own, whole, how.once, sums[np.uint64(whole)]))
        for place in range(places):
            most = max(most, _add_owner(own, own.touched[place], how.once, sums[np.uint64(own.touched[place])]))
        if places:
            outcomes[owner] = 1
    return float(most)


@lean_kernel
def _put_by(own: _Own, cell: int, places: int, x: int, y: int) -> int:
    """Put a signal of the owner in hand by for its cell; returns how many cells the owner has come to."""
    own.touched[places] = cell  # over the one before, if that is this one
    places += own.signals[cell] == 0
    own.signals[cell] += 1
    own.x[cell] += x
    own.y[cell] += y
    own.moved_x[cell] += abs(float(x))
    own.moved_y[cell] += abs(float(y))
    return places


@lean_kernel
def _add_to(own: _Own, cell: int, other: int) -> None:
    """Add what is put by for another cell."""
    own.signals[cell] += own.signals[other]
    own.x[cell] += own.x[other]
    own.y[cell] += own.y[other]
    own.moved_x[cell] += own.moved_x[other]
    own.moved_y[cell] += own.moved_y[other]


@lean_kernel
def _add_owner(own: _Own, cell: int, once: bool, sums: Int64s) -> float:
    """Count the owner in hand into one cell's sums, if that can be done exactly; returns the most that their amounts come to."""
    x, y, most = own.x[cell], own.y[cell], max(own.moved_x[cell], own.moved_y[cell])
    if most <= LARGEST:
        add_widely(sums, min(x, 1) if once else x, y)
    own.signals[cell], own.x[cell], own.y[cell], own.moved_x[cell], own.moved_y[cell] = 0, 0, 0, 0.0, 0.0
    return float(most)
