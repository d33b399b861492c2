"""The signals that meet rules within a span of time, listed owner by owner, once for all folds and cuts that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, NO_INT64S, NO_VALUE, Bytes, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import Matched, bits_of_kinds, match
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


class Wanted(NamedTuple):
    """A list that somebody will ask for."""

    rules: tuple[EventRule, ...]
    span: Span


@runtime_checkable
class Listing(Protocol):
    """A fold that reads a list of signals."""

    def lists(self, edges: Int64s) -> Wanted | None:
        """The list that it will ask for, cut by these borders of periods; None = none."""
        ...


def list_signals(timelines: Timelines, rules: Sequence[EventRule], span: Span, people: Bytes) -> tuple[Matched, Listed]:
    """Which signals meet which rules, and the signals of owners who are read that meet any of them in the span."""
    wanted = Wanted(tuple(rules), span)
    return _kept(timelines, wanted, people, lambda: _listed(timelines, wanted, people))


class Lists(NamedTuple):
    """Lists of one span that are made in one pass. bits: of each list, as in Matched.   meets: (lists, codes) whether each code is listed.
    slots: see `_slots`."""

    wanted: tuple[Wanted, ...]
    bits: tuple[Int64s, ...]
    meets: Bytes
    slots: Bytes


def plan_lists(words: Sequence[str], wanted: Iterable[Wanted], *, every: bool) -> tuple[Lists, ...]:
    """What can be listed together, of rules that read kinds alone, for all timelines with these kinds.

    every: whether signals of every kind have to be listed, too, since some owners are not read. Raises BadInput as `match` does.
    """
    of_span = dict[Span, list[tuple[Wanted, Int64s]]]()
    for one in dict.fromkeys(wanted):
        if not any(rule.conditions for rule in one.rules):
            bits = fixed(bits_of_kinds(words, one.rules))
            if every or not bits.all():
                of_span.setdefault(one.span, []).append((one, bits))
    return tuple(
        _planned(lists[first : first + _MOST_LISTS]) for lists in of_span.values() for first in range(0, len(lists), _MOST_LISTS)
    )


def _planned(lists: Sequence[tuple[Wanted, Int64s]]) -> Lists:
    wanted, bits = zip(*lists, strict=True)
    meets = fixed((np.stack(bits) != 0).view(np.uint8))
    return Lists(wanted, bits, meets, _slots(meets))


def list_ahead(timelines: Timelines, planned: Iterable[Lists], people: Bytes) -> None:
    """List what `list_signals` will be asked for, where timelines are shared."""
    for lists in planned:
        made = _list_all(timelines, timelines.kinds, lists.meets, lists.slots, lists.wanted[0].span, people)
        codes = fixed(timelines.kinds, np.int32)
        for one, bits, listed in zip(lists.wanted, lists.bits, made, strict=True):
            _kept(timelines, one, people, partial(_given, Matched(codes, bits), listed))


def _given(matched: Matched, listed: Listed) -> tuple[Matched, Listed]:
    return matched, listed


def _kept(
    timelines: Timelines, wanted: Wanted, people: Bytes, work: Callable[[], tuple[Matched, Listed]]
) -> tuple[Matched, Listed]:
    return worked_out(timelines, ("listed", wanted), people, work)


def _listed(timelines: Timelines, wanted: Wanted, people: Bytes) -> tuple[Matched, Listed]:
    matched = match(timelines, wanted.rules)
    if bool((matched.bits != 0).all()) and not reads_some(timelines, people):
        every = rows_within(timelines, wanted.span)
        return matched, Listed(NO_INT64S, fixed(timelines.times, np.int64), matched.codes, *every)
    meets = fixed((matched.bits != 0).view(np.uint8)[None])
    return matched, _list_all(timelines, matched.codes, meets, _slots(meets), wanted.span, people)[0]


def reads_some(timelines: Timelines, people: Bytes) -> bool:
    """Whether some owners are not read."""
    return bool(people.size or timelines.skip.size)


def _list_all(timelines: Timelines, codes: Int32s, meets: Bytes, slots: Bytes, span: Span, people: Bytes) -> list[Listed]:
    """The signals of the span whose code is in each list; see Lists."""
    codes, lists = fixed(codes, np.int32), meets.shape[0]
    sizes = meets @ _counts_of(timelines, codes, meets.shape[1]) + 1  # whoever is read, there are no more
    begins = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.concatenate((sizes, np.ones(_NOWHERE, np.int64))))))
    size = int(begins[-1])  # memory is only taken where it is written
    room = _Room(np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int32))
    at, step = begins[:-1].copy(), np.ones(begins.size - 1, np.int64)
    step[lists:] = 0
    firsts, afters = np.empty((2, lists, timelines.people), np.int64)
    read = (fixed(people, np.uint8), fixed(timelines.skip, np.uint8))
    _write(*rows_within(timelines, span), fixed(timelines.times, np.int64), codes, slots, *read, at, step, room, firsts, afters)
    for places in (firsts, afters):
        places -= begins[:lists, None]
    rows, times, listed_codes = fixed(room.rows), fixed(room.times), fixed(room.codes)
    ends = zip(begins.tolist(), at[:lists].tolist(), fixed(firsts), fixed(afters), strict=False)
    return [Listed(rows[low:high], times[low:high], listed_codes[low:high], first, after) for low, high, first, after in ends]


class _Room(NamedTuple):
    """Where lists are written, one behind the other: as in Listed."""

    rows: Int64s
    times: Int64s
    codes: Int32s


#: Signals that are in no list are written too, each over one before: at one of so many places in turn, as each waits for the one before there.
_NOWHERE = 4
_MOST_LISTS = 200


def _slots(meets: Bytes) -> Bytes:
    """(_NOWHERE, codes, most lists that one code is in) the lists of each code by number, filled up with the numbers of nowhere."""
    before = meets.cumsum(axis=0, dtype=np.int64)
    slots = np.empty((_NOWHERE, meets.shape[1], max(1, int(before[-1].max(initial=0)))), np.uint8)
    slots[:] = np.arange(len(meets), len(meets) + _NOWHERE, dtype=np.uint8)[:, None, None]
    numbers, codes = np.nonzero(meets)
    slots[:, codes, before[numbers, codes] - 1] = numbers
    return fixed(slots)


def _counts_of(timelines: Timelines, codes: Int32s, size: int) -> Int64s:
    """(codes,) how many signals have each code, counted once where timelines are shared."""

    def count() -> Int64s:
        counts = np.zeros(size, np.int64)
        _count_codes(codes, counts)
        return counts

    return worked_out(timelines, ("counts of codes", size), codes, count)


@lean_kernel
def _count_codes(codes: Int32s, counts: Int64s) -> None:
    for row in range(codes.size):
        counts[np.uint32(codes[row])] += 1


@lean_kernel
def _write(
    begins: Int64s,
    ends: Int64s,
    times: Int64s,
    codes: Int32s,
    slots: Bytes,
    people: Bytes,
    skip: Bytes,
    at: Int64s,
    step: Int64s,
    room: _Room,
    firsts: Int64s,
    afters: Int64s,
) -> None:
    """Write every signal into the lists of its code, and where each owner's begin and end.

    Which lists these are cannot be foreseen, so each is written as often as any may be. at: where each list goes on.   step: 1, or 0 where
    nothing is kept.
    """
    lists = firsts.shape[0]
    for owner in range(begins.size):
        for number in range(lists):
            firsts[number, owner] = at[number]
        if is_read(owner, people, skip):
            for row in range(np.uint64(begins[owner]), np.uint64(ends[owner])):
                time, code = times[row], codes[row]
                for slot in range(slots.shape[2]):
                    into = slots[row & np.uint64(_NOWHERE - 1), np.uint32(code), slot]
                    place = at[into]
                    to = np.uint64(place)
                    room.rows[to], room.times[to], room.codes[to] = row, time, code
                    at[into] = place + step[into]
        for number in range(lists):
            afters[number, owner] = at[number]


def rows_within(timelines: Timelines, span: Span) -> tuple[Int64s, Int64s]:
    """(people,) twice: the first row of each owner in the span, and the row after the last."""
    return worked_out(timelines, ("within", span), NO_BYTES, lambda: _within(timelines, span))


def _within(timelines: Timelines, span: Span) -> tuple[Int64s, Int64s]:
    if span.longer:
        begins, ends = rows_within(timelines, span._replace(longer=0))
        return begins, _moved(ends, timelines, span.until, _go_on)
    return _rows_from(timelines, span.low), _rows_from(timelines, span.high)


def _rows_from(timelines: Timelines, time: int) -> Int64s:
    """(people,) the first row of each owner at or after a time."""
    starts = fixed(timelines.starts, np.int64)
    if time in (NO_VALUE, _ENDLESS):
        return fixed(starts[:-1] if time == NO_VALUE else starts[1:])
    return worked_out(timelines, ("rows from", time), NO_BYTES, lambda: _moved(starts[:-1], timelines, time, _find_first))


def _moved(firsts: Int64s, timelines: Timelines, time: int, find: object) -> Int64s:
    afters, times, found = (
        fixed(timelines.starts, np.int64)[1:],
        fixed(timelines.times, np.int64),
        np.empty(firsts.size, np.int64),
    )
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
