"""Retention: who comes back, in which interval after the start. See docs/definitions/retention.md."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple, get_args

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_INT32S, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.intervals import (
    MOST_BITS,
    Intervals,
    interval_of,
    intervals_over,
    intervals_seen,
    list_seen,
    prepare_intervals,
)
from touchpath.timelines.kernels import find_period, find_segment, fixed, is_read, lean_kernel, rate_of
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, add_ratio, moments_of
from touchpath.timelines.summaries import Counts

#: When a return counts: exactly in interval k, in k or later, in 1 to k, in a bracket of intervals, in every interval up to k.
Kind = Literal["on", "on or after", "on or before", "bracket", "streak"]
#: More intervals than this are refused.
MOST_INTERVALS = 1_000

_ANYTHING = EventRule(())
_START, _RETURN = 1, 2
_HOUR = 3_600_000_000
#: Places in `Kind` that kernels tell apart.
_ON, _OR_AFTER, _STREAK = (get_args(Kind).index(kind) for kind in ("on", "on or after", "streak"))


@dataclass(frozen=True, slots=True, eq=False)
class RetentionCounts(Counts):
    """Cohorts (owners by the cell of their start) and their returns.

    started: (cells,) owners.   complete, returned: (cells, columns) of these, those whose interval is over at the end of the data, and
    those among them who came back.   pooled: rows segment * columns + column, all cohorts of a segment: per owner x = cohorts whose
    interval is over, y = of these those they came back in.
    """

    started: Int64s
    complete: Int64s
    returned: Int64s
    pooled: Moments


@dataclass(frozen=True, slots=True)
class Retention:
    """Who starts (a signal that meets `start`) and who comes back (a later one that meets `back`), by intervals after the start.

    Intervals are numbered from 1; what happens in the start's own interval 0 is no return. `borders`: calendar intervals, ascending, in
    microseconds: interval k of a start is the k-th calendar interval after the one it lies in. Without borders intervals are `rolling`:
    k * length <= time since the start < (k + 1) * length; `rounded`: from the start's full hour. `first`: "ever" = only an owner's
    first start of all counts, "period" = the first one in each period of the cells, so that an owner may be in several cohorts.

    `kind` says which returns count for a column; columns are the intervals 1 to `intervals`, or `brackets` (first, last interval). A
    column counts for an owner when its last interval is over at the end of the data.
    Outcome: the furthest interval, up to `intervals`, in which an owner came back after the last start; 0 = never, -1 = no start.
    """

    start: EventRule = _ANYTHING
    back: EventRule = _ANYTHING
    borders: tuple[int, ...] = ()
    length: timedelta = timedelta(days=1)
    intervals: int = 12
    kind: Kind = "on"
    brackets: tuple[tuple[int, int], ...] = ()
    first: Literal["ever", "period"] = "ever"
    rounded: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise BadInput(f"Returns count {', '.join(get_args(Kind))}, but '{self.kind}' came.")
        if not 1 <= self.intervals <= MOST_INTERVALS:
            raise BadInput(f"There can be 1 to {MOST_INTERVALS:,} intervals, but {self.intervals} came.")
        if (self.kind == "bracket") != bool(self.brackets) or any(not 1 <= low <= high for low, high in self.brackets):
            raise BadInput(
                f"Kind 'bracket' needs brackets, and only it: first and last interval from 1, but {self.brackets} came."
            )
        if any(high > MOST_INTERVALS for _, high in self.brackets) or len(self.brackets) > MOST_INTERVALS:
            raise BadInput(f"Brackets reach to interval {MOST_INTERVALS:,} at most.")
        if any(after <= before for before, after in itertools.pairwise(self.borders)):
            raise BadInput("The borders of intervals must ascend.")
        if not self.borders and not timedelta() < self.length <= timedelta(days=36_525):
            raise BadInput(f"An interval is longer than 0 and at most 100 years, but {self.length} came.")
        if self.rounded and self.length < timedelta(hours=1):
            raise BadInput(f"Starts can be rounded to the hour for intervals of an hour and more, but {self.length} came.")

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The first and last interval of each column."""
        if self.kind == "bracket":
            return self.brackets
        return tuple((1 if self.kind in ("on or before", "streak") else k, k) for k in range(1, self.intervals + 1))

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Calendar intervals end for all at once, rolling ones so long after an owner's start."""
        if self.borders:
            return Ending(int((np.array(self.borders, np.int64) <= end + 1).sum()))
        deepest = max(high for _, high in self.spans)
        return Ending(reach=(deepest + 1) * microseconds(self.length))

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[RetentionCounts]:
        """Read each timeline once."""
        matched = match(timelines, (self.start, self.back))
        spans = np.array(self.spans, np.int64)
        columns, deepest = len(spans), int(spans.max())
        room = len(self.borders) + deepest + 2
        complete, returned = np.zeros((2, cells.count, columns), np.int64)
        sums = _Sums(
            started=np.zeros(cells.count, np.int64),
            complete=complete,
            returned=returned,
            ripe=np.zeros((cells.count, columns + 1), np.int64),
            pooled=np.zeros((cells.segments * columns, 6), np.int64),
            mine=np.zeros((cells.segments, columns, 2), np.int64),
            seen=np.zeros(room, np.int64),
        )
        borders = np.array(self.borders, np.int64)
        asked = _Asked(
            prepare_intervals(borders, microseconds(self.length), deepest, end),
            _first_interval(borders, cells.edges),
            fixed(np.ascontiguousarray(spans[:, 0])),
            fixed(np.ascontiguousarray(spans[:, 1])),
            get_args(Kind).index(self.kind),
            self.first == "ever",
            self.rounded,
        )
        where = _Where(
            fixed(cells.edges, np.int64), cells.segments, fixed(cells.signal_codes, np.int32), fixed(cells.owner_codes, np.int32)
        )
        outcomes = np.full(timelines.people, -1, np.int32)
        _fold_retention(
            fixed(timelines.starts, np.int64),
            fixed(timelines.times, np.int64),
            NO_INT32S if bool((matched.bits == _START | _RETURN).all()) else matched.codes,
            matched.bits,
            fixed(people, np.uint8),
            fixed(timelines.skip, np.uint8),
            where,
            asked,
            sums,
            outcomes,
        )
        return Folded(_summary(sums, cells.segments, once=self.first == "ever"), outcomes)


def _summary(sums: _Sums, segments: int, *, once: bool) -> RetentionCounts:
    """The counts of all owners. once: nobody is in two cohorts, so the pooled ratios are those of the counts."""
    complete = sums.complete + sums.ripe[:, :0:-1].cumsum(axis=1)[:, ::-1]
    if not once:
        return RetentionCounts(sums.started, complete, sums.returned, moments_of(sums.pooled))
    x, y = (part.reshape(-1, segments, part.shape[1]).sum(axis=0).ravel() for part in (complete, sums.returned))
    return RetentionCounts(sums.started, complete, sums.returned, moments_of(np.stack((x, x, y, x, y, y), axis=1)))


class _Where(NamedTuple):
    """The cells, as in `Cells`."""

    edges: Int64s
    segments: int
    signals: Int32s
    owners: Int32s


class _Asked(NamedTuple):
    """The question: the intervals, first and last interval of each column, how returns count (a place in `Kind`).

    first_interval: of the first period, where every period is one interval, else -1.
    """

    intervals: Intervals
    first_interval: int
    lows: Int64s
    highs: Int64s
    kind: int
    ever: bool
    rounded: bool


def _first_interval(borders: Int64s, edges: Int64s) -> int:
    """The interval that is the first period, if each period is the interval after the one before it; else -1."""
    first = int(np.searchsorted(borders, edges[0]))
    return first if np.array_equal(borders[first : first + edges.size], edges) else -1


class _Sums(NamedTuple):
    """As in RetentionCounts. ripe: (cells, columns + 1) owners by how many of their intervals are over, where that is all that is needed.

    mine: (segments, columns, 2) of the owner in hand.   seen: the distances of one start's returns, ascending.
    """

    started: Int64s
    complete: Int64s
    returned: Int64s
    ripe: Int64s
    pooled: Int64s
    mine: Int64s
    seen: Int64s


@lean_kernel
def _meets(signal: int, codes: Int32s, bits: Int64s, rule: int) -> bool:
    """Whether a signal meets a rule (its bit); no codes: every signal meets both."""
    return codes.size == 0 or (bits[codes[signal]] & rule) != 0


@lean_kernel
def _returns_by_calendar(
    first: int, last: int, interval: int, times: Int64s, codes: Int32s, bits: Int64s, intervals: Intervals, seen: Int64s
) -> int:
    """Write the calendar intervals after `interval` in which an owner came back, ascending; returns how many."""
    borders, found, beyond = intervals.borders, 0, intervals.borders[interval + 1]
    for i in range(first, last):
        if times[i] >= beyond and _meets(i, codes, bits, _RETURN):
            if times[i] > intervals.end:
                break
            interval = interval_of(intervals, times[i])
            if interval >= borders.size - 1:
                break
            seen[found] = interval
            found += 1
            beyond = borders[interval + 1]
    return found


@lean_kernel
def _returns_rolling(
    first: int, last: int, began: int, times: Int64s, codes: Int32s, bits: Int64s, intervals: Intervals, seen: Int64s
) -> int:
    """The same for intervals from the start on, up to the deepest asked for; one further return stands for all later ones."""
    deepest = intervals.deepest
    if codes.size == 0 and intervals.at_once and first < last and times[last - 1] <= intervals.end:
        mask = intervals_seen(intervals, times[first:last], began, deepest + 1)
        if mask:
            return list_seen(mask, 1, seen)
    found, distance, beyond = 0, 0, began + intervals.length
    for i in range(first, last):
        if times[i] >= beyond and _meets(i, codes, bits, _RETURN):
            if times[i] > intervals.end:
                break
            while beyond <= times[i] and distance <= deepest:
                distance += 1
                beyond += intervals.length
            seen[found] = distance
            found += 1
            if distance > deepest:
                break
    return found


@lean_kernel
def _returns(
    first: int,
    last: int,
    base: int,
    began: int,
    mask: int,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    intervals: Intervals,
    seen: Int64s,
) -> int:
    """The same for either way, of a start in calendar interval `base`. mask: the calendar intervals of all that the owner did, or 0."""
    if intervals.borders.size == 0:
        return _returns_rolling(first, last, began, times, codes, bits, intervals, seen)
    if mask:
        return list_seen(mask, base + 1, seen)
    if 0 <= base < intervals.borders.size - 1:
        return _returns_by_calendar(first, last, base, times, codes, bits, intervals, seen)
    return 0


@lean_kernel
def _came_back(seen: Int64s, found: int, base: int, low: int, high: int, kind: int) -> bool:
    """Whether the distances seen (less `base`) make a return for one column."""
    if kind == _OR_AFTER:
        return bool(found > 0 and seen[found - 1] - base >= low)
    if kind == _STREAK:
        for k in range(high):  # noqa: SIM110
            if k >= found or seen[k] - base != k + 1:
                return False
        return True
    for k in range(found):
        if seen[k] - base >= low:
            return bool(seen[k] - base <= high)
    return False


@lean_kernel
def _count_start(asked: _Asked, sums: _Sums, cell: int, segment: int, base: int, began: int, found: int) -> int:
    """Count one start with its returns; returns the furthest interval of a return."""
    sums.started[cell] += 1
    over = intervals_over(asked.intervals, base, began)
    if asked.kind == _ON and asked.ever:
        sums.ripe[cell, min(over, asked.lows.size)] += 1
        for k in range(found):
            if sums.seen[k] - base <= min(over, asked.lows.size):
                sums.returned[cell, sums.seen[k] - base - 1] += 1
    else:
        for column in range(asked.lows.size):
            if asked.highs[column] <= over:
                back = _came_back(sums.seen, found, base, asked.lows[column], asked.highs[column], asked.kind)
                sums.complete[cell, column] += 1
                sums.returned[cell, column] += back
                sums.mine[segment, column, 0] += 1
                sums.mine[segment, column, 1] += back
    furthest = 0
    for k in range(found):
        if sums.seen[k] - base <= asked.intervals.deepest:
            furthest = sums.seen[k] - base
    return furthest


@lean_kernel
def _close_owner(sums: _Sums, segments: int) -> None:
    """Add the owner in hand to the pooled ratios."""
    columns = sums.mine.shape[1]
    for segment in range(segments):
        for column in range(columns):
            add_ratio(sums.pooled[segment * columns + column], sums.mine[segment, column, 0], sums.mine[segment, column, 1])
            sums.mine[segment, column, 0] = 0
            sums.mine[segment, column, 1] = 0


@lean_kernel
def _fold_retention(
    starts: Int64s,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    people: Bytes,
    skip: Bytes,
    where: _Where,
    asked: _Asked,
    sums: _Sums,
    outcomes: Int32s,
) -> None:
    """Find each owner's starts, then the returns of each."""
    intervals, last, rate = asked.intervals, where.edges.size - 1, rate_of(where.edges)
    calendar = intervals.borders.size > 0
    ahead = codes.size == 0 and intervals.at_once and calendar
    for owner in range(starts.size - 1):
        low, high = starts[owner], starts[owner + 1]
        if low == high or not is_read(owner, people, skip):
            continue
        mask, until, counted = 0, where.edges[0], False
        if ahead and times[low] >= intervals.borders[0] and times[high - 1] < intervals.until:
            mask = intervals_seen(intervals, times[low:high], intervals.borders[0], MOST_BITS)
        for i in range(low, high):
            if not _meets(i, codes, bits, _START):
                continue
            time = times[i]
            if time >= where.edges[last] or time > intervals.end or (asked.ever and time < where.edges[0]):
                break
            if time < until:
                continue
            base = interval_of(intervals, time) if calendar else 0
            period = base - asked.first_interval if asked.first_interval >= 0 else find_period(time, where.edges, rate)
            segment = find_segment(i, owner, where.signals, where.owners)
            until = where.edges[period + 1]
            if segment >= 0:
                began = time - time % _HOUR if asked.rounded else time
                found = _returns(i + 1, high, base, began, mask, times, codes, bits, intervals, sums.seen)
                outcomes[owner] = _count_start(asked, sums, period * where.segments + segment, segment, base, began, found)
                counted = True
            if asked.ever:
                break
        if counted and not asked.ever:
            _close_owner(sums, where.segments)
