"""The signals that meet rules within a span of time, listed owner by owner, once for all folds and cuts that ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, NO_INT64S, NO_VALUE, Bytes, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import Matched, match
from touchpath.timelines.shared import worked_out

_ENDLESS = int(np.iinfo(np.int64).max)


class Listed(NamedTuple):
    """Signals in order of owner and time: those of an owner at the places firsts[owner] up to but without afters[owner].

    times: microseconds.   codes: as in Matched.   rows: where each is in the timelines; zero-length = at its own place, as all signals of
    the span meet the rules.   Owners who are not read have none.
    """

    rows: Int64s
    times: Int64s
    codes: Int32s
    firsts: Int64s
    afters: Int64s


class Span(NamedTuple):
    """Times in microseconds from `low` up to but without `high` + `longer`; the smallest and largest int64 are the ends of time."""

    low: int
    high: int
    longer: int = 0

    @property
    def until(self) -> int:
        """The time after the last."""
        return min(self.high + self.longer, _ENDLESS)


def span_of(edges: Int64s, longer: int = 0) -> Span:
    """From the first border of periods to the last, and so many microseconds more."""
    return Span(int(edges[0]), int(edges[-1]), longer)


@lean_kernel
def row_at(listed: Listed, place: int) -> int:
    """The row at a place of the list, both unsigned."""
    return np.uint64(listed.rows[place]) if listed.rows.size else place  # type: ignore[return-value]


def list_signals(timelines: Timelines, rules: Sequence[EventRule], span: Span, people: Bytes) -> tuple[Matched, Listed]:
    """Which signals meet which rules, and the signals of owners who are read that meet any of them in the span."""
    matched = match(timelines, rules)
    what = ("listed", tuple(rules), span)
    return matched, worked_out(timelines, what, people, lambda: _list(timelines, matched, span, people))


def _list(timelines: Timelines, matched: Matched, span: Span, people: Bytes) -> Listed:
    within, times = rows_within(timelines, span), fixed(timelines.times, np.int64)
    meets, skip = fixed((matched.bits != 0).view(np.uint8)), fixed(timelines.skip, np.uint8)
    if not people.size and not skip.size and bool(meets.all()):
        return Listed(NO_INT64S, times, matched.codes, *within)
    firsts, afters = np.empty((2, timelines.people), np.int64)
    # All lists are written to the same room first: memory that is asked for anew takes longer to get than to fill.
    rows, at, what = worked_out(timelines, "room for signals", NO_BYTES, lambda: _room(timelines.signals + 1))
    count = _write(*within, matched.codes, meets, fixed(people, np.uint8), skip, rows, firsts, afters)
    _tell(rows, count, times, matched.codes, at, what)
    signals = (fixed(rows[:count].copy()), fixed(at[:count].copy()), fixed(what[:count].copy()))
    return Listed(*signals, fixed(firsts), fixed(afters))


def _room(most: int) -> tuple[Int64s, Int64s, Int32s]:
    return np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int32)


@lean_kernel
def _write(
    begins: Int64s,
    ends: Int64s,
    codes: Int32s,
    meets: Bytes,
    people: Bytes,
    skip: Bytes,
    rows: Int64s,
    firsts: Int64s,
    afters: Int64s,
) -> int:
    """Write the row of every signal that meets a rule; returns how many.

    Whether one does cannot be foreseen, so all are written, each over one that does not.
    """
    found = 0
    for owner in range(begins.size):
        firsts[owner] = found
        if is_read(owner, people, skip):
            for row in range(np.uint64(begins[owner]), np.uint64(ends[owner])):
                rows[np.uint64(found)] = row
                found += meets[np.uint32(codes[row])]
        afters[owner] = found
    return found


@lean_kernel
def _tell(rows: Int64s, count: int, times: Int64s, codes: Int32s, at: Int64s, what: Int32s) -> None:
    """Write the time and the code of each signal listed."""
    for place in range(np.uint64(count)):
        row = np.uint64(rows[place])
        at[place], what[place] = times[row], codes[row]


def rows_within(timelines: Timelines, span: Span) -> tuple[Int64s, Int64s]:
    """(people,) twice: the first row of each owner in the span, and the row after the last."""
    return worked_out(timelines, ("within", span), NO_BYTES, lambda: _within(timelines, span))


def _within(timelines: Timelines, span: Span) -> tuple[Int64s, Int64s]:
    starts, times = fixed(timelines.starts, np.int64), fixed(timelines.times, np.int64)
    firsts, afters = starts[:-1], starts[1:]
    if span.longer:
        begins, ends = rows_within(timelines, span._replace(longer=0))
        return begins, _moved(ends, afters, times, span.until, _go_on)
    if span.low > NO_VALUE:
        firsts = _moved(firsts, afters, times, span.low, _find_first)
    if span.high < _ENDLESS:
        afters = _moved(firsts, afters, times, span.high, _find_first)
    return firsts, afters


def _moved(firsts: Int64s, afters: Int64s, times: Int64s, time: int, find: object) -> Int64s:
    found = np.empty(firsts.size, np.int64)
    find(fixed(firsts), fixed(afters), times, time, found)  # type: ignore[operator]
    return fixed(found)


@lean_kernel
def _find_first(firsts: Int64s, afters: Int64s, times: Int64s, time: int, found: Int64s) -> None:
    """The first row of each owner at or after a time; where to look next is computed rather than jumped to."""
    for owner in range(firsts.size):
        row, width = np.uint64(firsts[owner]), np.uint64(afters[owner] - firsts[owner])
        if width > 0 and times[row] < time:
            while width > 1:
                half = width >> np.uint64(1)
                row += half * np.uint64(times[row + half - np.uint64(1)] < time)
                width -= half
            row += np.uint64(times[row] < time)
        found[owner] = row


@lean_kernel
def _go_on(firsts: Int64s, afters: Int64s, times: Int64s, time: int, found: Int64s) -> None:
    """The first row of each owner at or after a time that is likely to come soon."""
    for owner in range(firsts.size):
        row, after = firsts[owner], afters[owner]
        while row < after and times[np.uint64(row)] < time:
            row += 1
        found[owner] = row
