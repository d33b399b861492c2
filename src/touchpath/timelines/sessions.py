"""Sessions: visits separated by an idle gap, and the time spent in them. See docs/definitions/session.md."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_INT32S, NO_INT64S, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.durations import Durations, DurationTally
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import find_period, find_segment, fixed, is_read, lean_kernel, rate_of
from touchpath.timelines.listed import Span, rows_within, span_of
from touchpath.timelines.match import match
from touchpath.timelines.moments import WIDE_SUMS, Moments, add_ratio, add_widely, moments_of, moments_of_wide
from touchpath.timelines.shared import room_for, worked_out
from touchpath.timelines.summaries import Counts

#: A gap or a cap may not be longer than this.
LONGEST = timedelta(days=100 * 366)

_ENDLESS = np.iinfo(np.int64).max
_CLOSED, _SINGLE, _OPEN = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class SessionCounts(Counts):
    """Sessions in the cell of their first signal.

    sessions: (cells,) all; open: (cells,) those that may still go on at the end of the data; bounces: (cells,) closed ones of
    a single signal. Moments per person, rows = cells: per_person x = 1, y = sessions (open ones too); engaged x = closed
    sessions, y = milliseconds in them; bounced x = closed sessions, y = bounces. times: first to last signal of closed
    sessions of two signals or more, in milliseconds: one signal alone does not tell how long somebody stayed.
    """

    sessions: Int64s
    open: Int64s
    bounces: Int64s
    per_person: Moments
    engaged: Moments
    bounced: Moments
    times: Durations


@dataclass(frozen=True, slots=True)
class Sessions:
    """Visits: signals that follow each other by no more than `gap`.

    `breaks`: times in microseconds, ascending, at which every session ends, such as midnights. `cap`: a signal later than this
    after a session's first begins a new one. `of`: only these signals count, others neither begin nor prolong a session.
    A session is open if a signal after the end of the data could still belong to it.

    Reads: starts, times, and what `of` reads. Outcome: an owner's number of sessions in the cells, -1 = none.
    Source: the 30-minute rule that most web analytics share; see docs/definitions/session.md.
    Raises BadInput for a gap or cap that is not above 0 and at most 100 years, and for breaks that do not ascend.
    """

    gap: timedelta = timedelta(minutes=30)
    breaks: tuple[int, ...] = ()
    cap: timedelta | None = None
    of: EventRule | None = None

    def __post_init__(self) -> None:
        for name, came in (("gap", self.gap), ("cap", self.cap)):
            if came is not None and not timedelta() < came <= LONGEST:
                raise BadInput(f"The {name} of a session is above 0 and at most 100 years, but {came} came.")
        if any(after <= before for before, after in itertools.pairwise(self.breaks)):
            raise BadInput("The breaks of sessions must ascend.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """A session is closed once the gap after its last signal is over."""
        return Ending(reach=microseconds(self.gap))

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[SessionCounts]:
        """Read each timeline once."""
        sums = _no_sums(cells.count)
        outcomes, times = self.add_to(sums, timelines, cells, people, end, (-1, -1))
        return Folded(_summary(slice(0, cells.count), sums, Durations.of(cells.count, *times)), outcomes)

    def tally(self, cells: int) -> SessionTally:
        """Sessions by cell, and those of all cells and segments together; see `Totalling`."""
        return SessionTally(self, cells)

    def add_to(
        self, sums: Sums, timelines: Timelines, cells: Cells, people: Bytes, end: int, beside: tuple[int, int]
    ) -> tuple[Int32s, Int64s]:
        """Add up sessions; returns the outcomes, and (3, durations) their cell, owner and milliseconds. beside: the cells `nowhere` and `whole`,
        see `_add_visits`."""
        span = span_of(cells.edges)
        visits = worked_out(timelines, (self, span, end), people, lambda: self._visits(timelines, span, people, end))
        outcomes = np.full(timelines.people, -1, np.int32)
        times = np.empty((3, visits.rows.size + 1), np.int64)
        found = _add_visits(
            visits,
            fixed(timelines.owners, np.int64),
            fixed(cells.edges, np.int64),
            cells.segments,
            fixed(cells.signal_codes, np.int32),
            fixed(cells.owner_codes, np.int32),
            *beside,
            sums,
            outcomes,
            times,
        )
        return outcomes, times[:, :found]

    def _visits(self, timelines: Timelines, span: Span, people: Bytes, end: int) -> Visits:
        """All sessions that begin in the span, in order of owner and time, and perhaps one before it."""
        codes, bits = self._counted(timelines)
        room = room_for(timelines, 4 * (timelines.signals + 1)).reshape(4, -1)
        count = _find_visits(
            fixed(timelines.starts, np.int64),
            *rows_within(timelines, span),
            fixed(timelines.times, np.int64),
            codes,
            bits,
            fixed(people, np.uint8),
            fixed(timelines.skip, np.uint8),
            span.until,
            microseconds(self.gap),
            microseconds(self.cap) if self.cap else _ENDLESS,
            fixed(np.array(self.breaks, np.int64)),
            end,
            Visits(*room),
        )
        return Visits(*(fixed(column[:count]) for column in room))

    def _counted(self, timelines: Timelines) -> tuple[Int32s, Int64s]:
        """A code per signal and whether each code counts; both zero-length if every signal does."""
        if self.of is None:
            return NO_INT32S, NO_INT64S
        matched = match(timelines, [self.of])
        return (matched.codes, matched.bits) if bool((matched.bits == 0).any()) else (NO_INT32S, NO_INT64S)


class Visits(NamedTuple):
    """Sessions in order of owner and time: place of the owner, row and time of the first signal, and how it went.

    went: milliseconds * 4 + _CLOSED, _SINGLE (closed, with one signal) or _OPEN.
    """

    owners: Int64s
    rows: Int64s
    began: Int64s
    went: Int64s


class Sums(NamedTuple):
    """Per cell: counts (sessions, open, bounces), two ratios as plain sums, milliseconds by closed sessions as wide ones, and the owner in hand
    (sessions, closed, ms, bounces).

    touched: scratch, the owner's cells.
    """

    counts: Int64s
    per_person: Int64s
    bounced: Int64s
    engaged: Int64s
    mine: Int64s
    touched: Int64s


def _no_sums(cells: int) -> Sums:
    """Nothing counted yet."""
    counts, per_person, bounced, engaged, mine = (np.zeros((cells, width), np.int64) for width in (3, 6, 6, WIDE_SUMS, 4))
    return Sums(counts, per_person, bounced, engaged, mine, np.zeros(cells, np.int64))


class SessionTally:
    """Sessions by cell, and all of them in a cell after that of those in no segment; see `Tally`."""

    def __init__(self, fold: Sessions, cells: int) -> None:
        self._fold, self._cells = fold, cells
        self._sums, self._times = _no_sums(cells + 2), DurationTally(cells + 2, cells + 1)

    def add(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> None:
        """Read each timeline once."""
        _, times = self._fold.add_to(self._sums, timelines, cells, people, end, (self._cells, self._cells + 1))
        self._times.add(times)

    def both(self) -> tuple[SessionCounts, SessionCounts]:
        """The summary by cell, and that of the whole."""
        count, sums, times = self._cells, self._sums, self._times.durations()
        sums.counts[count + 1] = sums.counts[: count + 1].sum(axis=0)
        apart, whole = (0, count), (count + 1, count + 2)
        return _summary(slice(*apart), sums, times.part(*apart)), _summary(slice(*whole), sums, times.part(*whole))


def _summary(part: slice, sums: Sums, times: Durations) -> SessionCounts:
    """The summary of some cells."""
    sessions, waiting, bounces = np.ascontiguousarray(sums.counts[part].T)
    per_person, bounced, engaged = (
        moments_of(sums.per_person[part]),
        moments_of(sums.bounced[part]),
        moments_of_wide(sums.engaged[part]),
    )
    return SessionCounts(sessions, waiting, bounces, per_person, engaged, bounced, times)


@lean_kernel
def _next_break(breaks: Int64s, time: int) -> int:
    """The first break after a time."""
    low, high = 0, breaks.size
    while low < high:
        middle = (low + high) // 2
        if breaks[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return int(breaks[low]) if low < breaks.size else _ENDLESS


@lean_kernel
def _latest(last: int, began: int, gap: int, cap: int, until: int) -> int:
    """The latest time at which a signal would still belong to a session."""
    latest = min(last + gap, until - 1)
    return min(latest, began + cap) if cap != _ENDLESS else latest


@lean_kernel
def _add_owner(sums: Sums, cell: np.uint64) -> int:
    """Count the owner in hand into one cell's moments; returns their sessions there."""
    mine = sums.mine[cell]
    sessions, closed, spent, bounces = mine[0], mine[1], mine[2], mine[3]
    add_ratio(sums.per_person[cell], 1, sessions)
    add_ratio(sums.bounced[cell], closed, bounces)
    if closed > 0:
        add_widely(sums.engaged[cell], closed, spent)
    for column in range(4):
        mine[column] = 0
    return int(sessions)


@lean_kernel
def _session_before(low: int, row: int, high: int, times: Int64s, gap: int) -> int:
    """The latest row up to this one, of those from `low` up to `high`, at which a session begins if its signal counts: one after a pause."""
    while low < row < high and times[row] - times[row - 1] <= gap:
        row -= 1
    return row


@lean_kernel
def _find_plainly(
    owner: int, first: int, after: int, high: int, times: Int64s, gap: int, end: int, visits: Visits, found: int
) -> int:
    """Write the sessions of an owner that begin at the rows `first` up to `after`, where each pause decides by itself, after so many others;
    returns how many there are then.

    Whether a signal begins one cannot be foreseen, so each is written, over the one before if that did not. There is room for one more.
    """
    if first >= after:
        return found
    beyond, following = after, found + 1
    visits.rows[np.uint64(found)] = first
    for row in range(np.uint64(first + 1), np.uint64(after)):
        visits.rows[np.uint64(following)] = row
        following += times[row] - times[row - np.uint64(1)] > gap
    while beyond < high and times[beyond] - times[beyond - 1] <= gap:
        beyond += 1
    visits.rows[np.uint64(following)] = beyond
    for at in range(np.uint64(found), np.uint64(following)):
        begin, stop = np.uint64(visits.rows[at]), np.uint64(visits.rows[at + np.uint64(1)])
        began, last = times[begin], times[stop - np.uint64(1)]
        state = _OPEN if last + gap > end else _SINGLE if stop - begin == np.uint64(1) else _CLOSED
        visits.owners[at], visits.began[at], visits.went[at] = owner, began, (last - began) // 1000 * 4 + state
    return following


@lean_kernel
def _find_visits(
    starts: Int64s,
    firsts: Int64s,
    afters: Int64s,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    people: Bytes,
    skip: Bytes,
    before: int,
    gap: int,
    cap: int,
    breaks: Int64s,
    end: int,
    visits: Visits,
) -> int:
    """Write all sessions that begin before a time; returns how many. firsts, afters: each owner's rows in which they are asked for."""
    found, plainly = 0, codes.size == 0 and breaks.size == 0 and cap == _ENDLESS
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        high = starts[owner + 1]
        i = _session_before(starts[owner], firsts[owner], high, times, gap)
        if plainly:
            found = _find_plainly(owner, i, afters[owner], high, times, gap, end, visits, found)
            continue
        while i < high and times[i] < before:
            if codes.size > 0 and bits[codes[i]] == 0:
                i += 1
                continue
            first, began, last, signals = i, times[i], times[i], 0
            until = _next_break(breaks, began) if breaks.size > 0 else _ENDLESS
            latest = began
            while i < high and times[i] <= latest:
                if codes.size == 0 or bits[codes[i]] != 0:
                    last, signals = times[i], signals + 1
                    latest = _latest(last, began, gap, cap, until)
                i += 1
            state = _OPEN if latest > end else _SINGLE if signals == 1 else _CLOSED
            at = np.uint64(found)
            visits.owners[at], visits.rows[at], visits.began[at] = owner, first, began
            visits.went[at] = (last - began) // 1000 * 4 + state
            found += 1
    return found


@lean_kernel
def _add_visits(
    visits: Visits,
    owners: Int64s,
    edges: Int64s,
    segments: int,
    signal_codes: Int32s,
    owner_codes: Int32s,
    nowhere: int,
    whole: int,
    sums: Sums,
    outcomes: Int32s,
    rows: Int64s,
) -> int:
    """Add up all sessions; returns how many rows (cell, owner, milliseconds) of durations there are.

    nowhere: the cell of sessions between the edges, but in no segment.   whole: the cell of all between the edges. -1 = there is none.
    """
    row, at, rate = 0, 0, rate_of(edges)
    while at < visits.owners.size:
        owner, places = visits.owners[at], 0
        while at < visits.owners.size and visits.owners[at] == owner:
            period = find_period(visits.began[at], edges, rate)
            segment = find_segment(visits.rows[at], owner, signal_codes, owner_codes)
            state, spent = visits.went[at] & 3, visits.went[at] >> 2
            at += 1
            cell = nowhere if segment < 0 else period * segments + segment
            if period < 0 or cell < 0:
                continue
            if sums.mine[cell, 0] == 0:
                sums.touched[places] = cell
                places += 1
            sums.counts[cell, 0] += 1
            sums.mine[cell, 0] += 1
            if state == _OPEN:
                sums.counts[cell, 1] += 1
                continue
            sums.counts[cell, 2] += state == _SINGLE
            sums.mine[cell, 1] += 1
            sums.mine[cell, 2] += spent
            sums.mine[cell, 3] += state == _SINGLE
            rows[0, row], rows[1, row], rows[2, row] = cell, owners[owner], spent
            row += state == _CLOSED
        found = 0
        for place in range(places):
            mine = sums.mine[np.uint64(sums.touched[place])]
            if whole >= 0:
                for column in range(4):
                    sums.mine[np.uint64(whole), column] += mine[column]
            found += _add_owner(sums, np.uint64(sums.touched[place]))
        if whole >= 0 and places:
            _add_owner(sums, np.uint64(whole))
        if found > 0:
            outcomes[owner] = found
    return row
