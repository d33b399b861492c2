"""Volume: how many people did something, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import find_segment, fixed, lean_kernel, period_after, plain, rate_of
from touchpath.timelines.listed import Listed, Wanted, list_signals, of_listed, span_of
from touchpath.timelines.moments import Moments, moments_of
from touchpath.timelines.summaries import Counts

#: Outcomes are 32-bit masks of rules, with the sign kept free.
MOST_RULES = 31
_ANYTHING = EventRule(())


@dataclass(frozen=True, slots=True, eq=False)
class VolumeCounts(Counts):
    """People and signals of several rules, in the cell of the signal.

    base: (cells,) people among whom is counted.   people, signals: (cells, rules).   moments: rows cell * rules + rule, per
    person of the base x = 1, y = signals of that rule.
    """

    base: Int64s
    people: Int64s
    signals: Int64s
    moments: Moments


@dataclass(frozen=True, slots=True)
class Volume:
    """People who met each rule, and their signals, among the people of each cell.

    `among`: people count in a cell only if a signal of theirs meets one of these rules there; empty = any signal at all.
    Outcome of a person: bit mask of the rules met in any cell whose base they are in; -1 = in no base.
    Raises BadInput for no rules, and for more than 31 of either.
    """

    rules: tuple[EventRule, ...]
    among: tuple[EventRule, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.rules) <= MOST_RULES or len(self.among) > MOST_RULES:
            came = f"{len(self.rules)} and {len(self.among)}"
            raise BadInput(f"Volume counts 1 to {MOST_RULES} rules among people of up to {MOST_RULES}, but {came} came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a count stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[VolumeCounts]:
        """Read each timeline once; nothing about a count stays open."""
        sums, own = _no_sums(cells.count, len(self.rules))
        outcomes = self.add_to(sums, own, timelines, cells, people, (-1, -1))
        return Folded(_summary(sums, slice(0, cells.count)), outcomes)

    def tally(self, cells: int) -> VolumeTally:
        """Counts by cell, and those of all cells and segments together; see `Totalling`."""
        return VolumeTally(self, cells)

    def add_to(
        self, sums: _Sums, own: _Own, timelines: Timelines, cells: Cells, people: Bytes, beside: tuple[int, int]
    ) -> Int32s:
        """Add up signals; returns the outcomes. beside: the cells `nowhere` and `whole`, see `_count`."""
        matched, listed = list_signals(timelines, self._all_rules(), span_of(cells.edges), people)
        outcomes = np.full(timelines.people, -1, np.int32)
        _count(
            listed,
            matched.bits,
            fixed(cells.edges),
            cells.segments,
            of_listed(timelines, fixed(cells.signal_codes, np.int32), listed),
            fixed(cells.owner_codes),
            *beside,
            sums,
            outcomes,
            *own,
        )
        return outcomes

    def lists(self, edges: Int64s) -> Wanted:
        """What is counted, and what makes the base."""
        return Wanted(self._all_rules(), span_of(edges))

    def _all_rules(self) -> tuple[EventRule, ...]:
        """What is counted, then what makes the base."""
        return (*self.rules, *(self.among or (_ANYTHING,)))


class _Sums(NamedTuple):
    """Counts as in VolumeCounts, and the squares of each person's signals: (cells, rules)."""

    base: Int64s
    people: Int64s
    signals: Int64s
    squares: Int64s


class _Own(NamedTuple):
    """The owner in hand: signals of each rule by cell, (cells, rules), the rules met in each cell, and which cells they come to, and one more. Zeros in between."""

    signals: Int64s
    masks: Int64s
    touched: Int64s


def _no_sums(cells: int, rules: int) -> tuple[_Sums, _Own]:
    """Nothing counted yet, and room to count an owner in."""
    sums = _Sums(np.zeros(cells, np.int64), *np.zeros((3, cells, rules), np.int64))
    return sums, _Own(np.zeros((cells, rules), np.int64), *np.zeros((2, cells + 1), np.int64))


class VolumeTally:
    """Counts by cell, and of all signals in a cell after that of those in no segment; see `Tally`."""

    def __init__(self, fold: Volume, cells: int) -> None:
        self._fold, self._cells = fold, cells
        self._sums, self._own = _no_sums(cells + 2, len(fold.rules))

    def add(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> None:
        """Read each timeline once."""
        self._fold.add_to(self._sums, self._own, timelines, cells, people, (self._cells, self._cells + 1))

    def both(self) -> tuple[VolumeCounts, VolumeCounts]:
        """The summary by cell, and that of the whole."""
        return _summary(self._sums, slice(0, self._cells)), _summary(self._sums, slice(self._cells + 1, self._cells + 2))


def _summary(sums: _Sums, part: slice) -> VolumeCounts:
    """The summary of some cells."""
    own = _Sums(*(column[part] for column in sums))
    return VolumeCounts(own.base, own.people, own.signals, _moments(own))


def _moments(sums: _Sums) -> Moments:
    """Each person of the base has x = 1, so that sums of x, xx and xy are counts, too."""
    base = np.broadcast_to(sums.base[:, None], sums.signals.shape)
    return moments_of(np.stack((base, base, sums.signals, base, sums.signals, sums.squares), axis=-1).reshape(-1, 6))


@lean_kernel
def _count(
    listed: Listed,
    bits: Int64s,
    edges: Int64s,
    segments: int,
    by_signal: Int32s,
    by_owner: Int32s,
    nowhere: int,
    whole: int,
    sums: _Sums,
    outcomes: Int32s,
    own: Int64s,
    masks: Int64s,
    touched: Int64s,
) -> None:
    """Add up each owner's signals per cell and rule, then count the owner where the base was met. Base rules follow the others.

    nowhere: the cell of signals in no segment.   whole: the cell of all signals. -1 = there is none.   own, masks, touched: zeros to
    work with, as in _Own.
    """
    rate, period = rate_of(edges), plain(0)
    for owner in range(outcomes.size):
        places, mask = plain(0), plain(-1)
        for place in range(np.uint64(listed.firsts[owner]), np.uint64(listed.afters[owner])):
            time, met = listed.times[place], bits[np.uint32(listed.codes[place])]
            period = period_after(period, time, edges, rate)
            segment = find_segment(place, owner, by_signal, by_owner)
            cell = nowhere if segment < 0 else period * segments + segment
            if cell >= 0:
                places = _put_by(own, masks, touched, np.uint64(cell), places, met)
        if whole >= 0 and places:
            _put_together(own, masks, touched, np.uint64(whole), places)
            _add_owner(sums, own, masks, np.uint64(whole), -1)
        for place in range(places):
            mask = _add_owner(sums, own, masks, np.uint64(touched[place]), mask)
        outcomes[owner] = mask


@lean_kernel
def _put_by(own: Int64s, masks: Int64s, touched: Int64s, cell: np.uint64, places: int, met: int) -> int:
    """Put a signal of the owner in hand by for its cell, with the rules it meets; returns how many cells there are.

    Whether the cell is a new one cannot be foreseen, so it is written after the others, and counted if it is.
    """
    touched[np.uint64(places)] = cell
    places += masks[cell] == 0
    masks[cell] |= met
    own[cell, 0] += met & 1
    for rule in range(1, own.shape[1]):
        own[cell, rule] += (met >> rule) & 1
    return places


@lean_kernel
def _put_together(own: Int64s, masks: Int64s, touched: Int64s, whole: np.uint64, places: int) -> None:
    """Put by for the whole what is put by for the cells of the owner in hand."""
    for place in range(places):
        cell = np.uint64(touched[place])
        masks[whole] |= masks[cell]
        for rule in range(own.shape[1]):
            own[whole, rule] += own[cell, rule]


@lean_kernel
def _add_owner(sums: _Sums, own: Int64s, masks: Int64s, cell: np.uint64, mask: int) -> int:
    """Count the owner in hand into one cell, if they are in its base; returns the rules met so far."""
    rules = own.shape[1]
    if masks[cell] >> rules:
        mask = max(mask, 0) | (masks[cell] & ((1 << rules) - 1))
        sums.base[cell] += 1
        for rule in range(rules):
            signals = own[cell, rule]
            sums.people[cell, rule] += signals > 0
            sums.signals[cell, rule] += signals
            sums.squares[cell, rule] += signals * signals
    masks[cell] = 0
    for rule in range(rules):
        own[cell, rule] = 0
    return mask
