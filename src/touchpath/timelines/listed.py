"""The signals that meet rules within a span of time, listed owner by owner, once for all folds and cuts that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, NO_INT64S, NO_VALUE, Bytes, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import fixed, is_read, lean_kernel, plain
from touchpath.timelines.match import Matched, bits_of_kinds, match
from touchpath.timelines.shared import room_for, worked_out

A = TypeVar("A", bound=np.generic)

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


def of_listed(timelines: Timelines, column: NDArray[A], listed: Listed) -> NDArray[A]:
    """What a column of all signals says of those that are listed, one after the other; nothing if it is zero-length.

    Where what is done with a signal cannot be foreseen, this is quicker than to look up each in its turn.
    """
    if not (column.size and listed.rows.size):
        return column
    if column.dtype != np.int32:  # values and objects, which few ask for
        return fixed(column[listed.rows])
    taken = room_for(timelines, listed.rows.size, np.int32)
    _take_codes(column, listed.rows, taken)  # type: ignore[arg-type]
    return fixed(taken)


@lean_kernel
def _take_codes(column: Int32s, rows: Int64s, taken: Int32s) -> None:
    for place in range(rows.size):
        taken[place] = column[np.uint64(rows[place])]


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
    """Lists of one span that are made together. bits: of each list, as in Matched.   meets: (lists, codes) whether each code is listed."""

    wanted: tuple[Wanted, ...]
    bits: tuple[Int64s, ...]
    meets: Bytes


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
    return tuple(map(_planned, of_span.values()))


def _planned(lists: Sequence[tuple[Wanted, Int64s]]) -> Lists:
    wanted, bits = zip(*lists, strict=True)
    return Lists(wanted, bits, fixed((np.stack(bits) != 0).view(np.uint8)))


def list_ahead(timelines: Timelines, planned: Iterable[Lists], people: Bytes) -> None:
    """List what `list_signals` will be asked for, where timelines are shared."""
    for lists in planned:
        made = _list_all(timelines, timelines.kinds, lists.meets, lists.wanted[0].span, people)
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
    return matched, _list_all(timelines, matched.codes, meets, wanted.span, people)[0]


def reads_some(timelines: Timelines, people: Bytes) -> bool:
    """Whether some owners are not read."""
    return bool(people.size or timelines.skip.size)


def _list_all(timelines: Timelines, codes: Int32s, meets: Bytes, span: Span, people: Bytes) -> list[Listed]:
    """The signals of the span whose code is in each list; meets as in Lists."""
    codes, lists = fixed(codes, np.int32), meets.shape[0]
    masks = _masks(meets)
    sizes = np.ones(masks.shape[0] * _AT_ONCE, np.int64)  # one that is written over
    sizes[:lists] += meets @ _counts_of(timelines, codes, meets.shape[1])  # whoever is read, there are no more
    begins = np.append(0, sizes.cumsum())
    size, (firsts, afters) = int(begins[-1]), np.empty((2, sizes.size, timelines.people), np.int64)
    room = _Room(room_for(timelines, size), room_for(timelines, size), room_for(timelines, size, np.int32))
    read = (fixed(people, np.uint8), fixed(timelines.skip, np.uint8))
    found = np.empty_like(sizes)
    _write(
        *rows_within(timelines, span), fixed(timelines.times, np.int64), codes, masks, *read, begins, room, firsts, afters, found
    )
    rows, times, listed_codes = fixed(room.rows), fixed(room.times), fixed(room.codes)
    ends = zip(begins[:lists].tolist(), found.tolist(), fixed(firsts), fixed(afters), strict=False)
    return [
        Listed(rows[low : low + many], times[low : low + many], listed_codes[low : low + many], first, after)
        for low, many, first, after in ends
    ]


class _Room(NamedTuple):
    """Where lists are written, one behind the other: as in Listed."""

    rows: Int64s
    times: Int64s
    codes: Int32s


#: So many lists are written in one go over the signals.
_AT_ONCE = 4


def _masks(meets: Bytes) -> Bytes:
    """(lists / _AT_ONCE, codes) in which of the next few lists each code is, as bits."""
    lists, codes = meets.shape
    filled = np.zeros((-(-lists // _AT_ONCE), _AT_ONCE, codes), np.uint8)
    filled.reshape(-1, codes)[:lists] = meets
    return fixed(np.packbits(filled, axis=1, bitorder="little")[:, 0])


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
    masks: Bytes,
    people: Bytes,
    skip: Bytes,
    at: Int64s,
    room: _Room,
    firsts: Int64s,
    afters: Int64s,
    found: Int64s,
) -> None:
    """Write the lists of all masks, and where each owner's begin and end in them. at: where each list begins.   found: how long it becomes."""
    for group in range(masks.shape[0]):
        lists = slice(group * _AT_ONCE, (group + 1) * _AT_ONCE)
        _write_rows(
            begins, ends, codes, masks[group], people, skip, at[lists], room.rows, firsts[lists], afters[lists], found[lists]
        )
    for number in range(found.size):
        for place in range(np.uint64(at[number]), np.uint64(at[number] + found[number])):
            row = np.uint64(room.rows[place])
            room.times[place], room.codes[place] = times[row], codes[row]


@lean_kernel
def _write_rows(
    begins: Int64s,
    ends: Int64s,
    codes: Int32s,
    masks: Bytes,
    people: Bytes,
    skip: Bytes,
    at: Int64s,
    rows: Int64s,
    firsts: Int64s,
    afters: Int64s,
    found: Int64s,
) -> None:
    """Write the rows of a few lists.

    Which lists a signal is in cannot be foreseen, so each row is written into all of them, over the one before if that was in none.
    """
    one, two, three, four = plain(0), plain(0), plain(0), plain(0)
    first, second, third, fourth = rows[at[0] :], rows[at[1] :], rows[at[2] :], rows[at[3] :]
    for owner in range(begins.size):
        firsts[0, owner], firsts[1, owner], firsts[2, owner], firsts[3, owner] = one, two, three, four
        if is_read(owner, people, skip):
            for row in range(np.uint64(begins[owner]), np.uint64(ends[owner])):
                mask = int(np.int64(masks[np.uint32(codes[row])]))
                first[np.uint64(one)] = second[np.uint64(two)] = third[np.uint64(three)] = fourth[np.uint64(four)] = row
                one += mask & 1
                two += mask >> 1 & 1
                three += mask >> 2 & 1
                four += mask >> 3
        afters[0, owner], afters[1, owner], afters[2, owner], afters[3, owner] = one, two, three, four
    found[0], found[1], found[2], found[3] = one, two, three, four


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
