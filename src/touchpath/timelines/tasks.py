"""Task attempts: how often people start a task, how it ends, how long it takes and what goes wrong on the way.

docs/definitions/task.md tells the rules with a drawn example.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_INT64S, NO_VALUE, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.attempts import ABANDONED, ERROR, START, SUCCEEDED, Found, Met, room_for_attempts, walk
from touchpath.timelines.durations import Durations, DurationTally
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import gather
from touchpath.timelines.kernels import LIMBS, add_wide, find_period, find_segment, fixed, lean_kernel, plain, put_limbs
from touchpath.timelines.learning import learn
from touchpath.timelines.listed import Span, Wanted, list_signals, span_of
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, add_ratio
from touchpath.timelines.shared import worked_out
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by

#: Attempts are numbered per person up to this; the last number stands for it and all later ones.
NUMBERS = 10
#: Successes per minute are kept in parts of this: a success within a millisecond, the shortest there is, comes to 6e11 of them.
PACE_SCALE = 10_000_000
_MINUTE = 60_000 * PACE_SCALE

_NO_SIGNALS = EventRule(("\x00no signal",))


@dataclass(frozen=True, slots=True, eq=False)
class AttemptCounts(Counts):
    """Attempts at one task, counted in the cell of their start. Closed = started less open.

    started, succeeded, failed, abandoned, open: (cells,) attempts.   untied: (cells,) starts without the object that ties an
    attempt together; they begin none.   success, errors, abandonment: per person x = closed attempts, y = successes, errors,
    abandoned attempts.   times: successful attempts.   by_number: (cells, NUMBERS, 2) closed and succeeded attempts by
    whether they were the person's first, second ... tenth or later.   later: per person x = closed attempts from the tenth on, y =
    successes among them.   times_by_number: successful attempts, in the cells cell * NUMBERS + number; none unless asked for.
    """

    started: Int64s
    succeeded: Int64s
    failed: Int64s
    abandoned: Int64s
    open: Int64s
    untied: Int64s
    success: Moments
    errors: Moments
    abandonment: Moments
    times: Durations
    by_number: Int64s
    later: Moments
    times_by_number: Durations
    pace: Moments
    spent: Moments
    gains: Moments
    slopes: Moments


class _Where(NamedTuple):
    """Where attempts count, as `Cells` says it; those that start after `closed` are open.

    nowhere: the cell of those that start between the edges, but in no segment.   whole: the cell of all between the edges. -1 = there is none.
    """

    edges: Int64s
    segments: int
    by_signal: Int32s
    by_owner: Int32s
    closed: int
    nowhere: int
    whole: int


class _Mine(NamedTuple):
    """Of the owner in hand, in one cell: closed, won, errors, abandoned, late and late and won attempts, pace, and milliseconds."""

    closed: int
    won: int
    errors: int
    abandoned: int
    late: int
    late_won: int
    pace: int
    spent: int


class _Sums(NamedTuple):
    """Per cell: open attempts, counts by number, and sums over people.

    closed: people, x, xx of closed attempts.   shares: (cells, 3, 3) y, xy, yy of successes, errors and abandoned attempts.   later:
    as `add_ratio` adds it.   amounts: (cells, 2) y of pace and milliseconds.   products: (cells, 8) xy and yy of pace, then of
    milliseconds, of two words each.   mine: (cells, 8) scratch, see _Mine.   touched: scratch, the owner's cells.
    """

    open: Int64s
    by_number: Int64s
    closed: Int64s
    shares: Int64s
    later: Int64s
    amounts: Int64s
    products: Int64s
    mine: Int64s
    touched: Int64s


class _Put(NamedTuple):
    """What is told of one shard. outcomes: (people,) as the fold says.   times: (4, successes) cell, owner's key, milliseconds and attempt
    number; memory is only taken where it is written."""

    outcomes: Int32s
    times: Int64s


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts at one task. Outcome of a person: how the latest closed attempt ended (FAILED, SUCCEEDED, ABANDONED).

    learning: keep times by attempt number, and how people learn, too.
    """

    task: Task
    learning: bool = False

    def ending(self, edges: Int64s, end: int) -> Ending:
        """An attempt is closed once its limit is over."""
        return Ending(reach=microseconds(self.task.limit))

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[AttemptCounts]:
        """Read each timeline once; an attempt whose limit runs out after `end` is open, however soon it ended.

        Counting early successes of the last attempts, but not those who might still succeed, would flatter the rate.
        """
        if self.task.same:
            tried, lost = self._with_objects(timelines, cells, people)
        else:
            tried, lost = self.tried(timelines, cells, people), NO_INT64S
        sums = _no_sums(cells.count)
        outcomes, times = self.add_to(sums, timelines, cells, tried, end, (-1, -1))
        return Folded(_summary(cells.count, sums, times, lost, self.learning), outcomes)

    def tally(self, cells: int) -> AttemptTally | None:
        """Attempts by cell, and those of all cells and segments together; see `Totalling`."""
        return None if self.task.same or self.learning else AttemptTally(self, cells)

    def add_to(
        self, sums: _Sums, timelines: Timelines, cells: Cells, tried: Found, end: int, beside: tuple[int, int]
    ) -> tuple[Int32s, Int64s]:
        """Add up attempts; returns the outcomes, and the times of those that succeeded as in `_Put`. beside: the cells `nowhere` and `whole`."""
        segments = (fixed(cells.signal_codes, np.int32), fixed(cells.owner_codes, np.int32))
        closed = end - microseconds(self.task.limit)
        where = _Where(fixed(cells.edges, np.int64), cells.segments, *segments, closed, *beside)
        put = _Put(np.full(timelines.people, -1, np.int32), np.empty((4, tried.first.size + 1), np.int64))
        found = _add_found(fixed(timelines.owners, np.int64), fixed(timelines.starts, np.int64), tried, where, sums, put)
        return put.outcomes, put.times[:, :found]

    def tried(self, timelines: Timelines, cells: Cells, people: Bytes) -> Found:
        """All attempts up to the last edge, found once where timelines are shared; the first ones count for the numbers of later ones."""
        span = self._span(cells.edges)
        return worked_out(timelines, ("attempts", self._rules(), span), people, lambda: self._find(timelines, span, people))

    def lists(self, edges: Int64s) -> Wanted | None:
        """What the task's rules meet; attempts with objects are not listed."""
        return None if self.task.same else Wanted(self._rules(), self._span(edges))

    def _span(self, edges: Int64s) -> Span:
        return span_of(edges, microseconds(self.task.limit))._replace(low=NO_VALUE)

    def _find(self, timelines: Timelines, span: Span, people: Bytes) -> Found:
        """All attempts that start in the span, in order of owner and start, and perhaps some that start soon after it."""
        matched, listed = list_signals(timelines, self._rules(), span, people)
        met = Met(listed.rows, listed.times, listed.codes, matched.bits)
        return _walked(listed.firsts, listed.afters, met, microseconds(self.task.limit))

    def _with_objects(self, timelines: Timelines, cells: Cells, people: Bytes) -> tuple[Found, Int64s]:
        """The attempts of each owner with each object, in order of owner and start, and the cells of starts that name no object."""
        gathered = gather(timelines, match(timelines, self._rules()), people, cells)
        objects = timelines.wide(f"objects.{self.task.same}")[gathered.rows]
        lost = gathered.cells[(objects == 0) & (gathered.bits & START != 0)]
        tied, objects = gathered.at(objects != 0), objects[objects != 0]
        order = np.lexsort((tied.rows, objects, tied.owners))
        met = Met(tied.rows[order], tied.times[order], tied.bits[order].astype(np.int32), np.arange(2 * ERROR))
        borders = _borders(tied.owners[order], objects[order])
        found = _walked(borders[:-1], borders[1:], met, microseconds(self.task.limit))
        return Found(*(fixed(column[np.argsort(found.first, kind="stable")]) for column in found)), lost

    def _rules(self) -> tuple[EventRule, ...]:
        """In the order of the bits START to ERROR."""
        task = self.task
        return tuple(rule or _NO_SIGNALS for rule in (task.start, task.success, task.failure, task.abandon, task.error))


def _borders(owners: Int64s, objects: Int64s) -> Int64s:
    """Where signals of another owner or object begin, and the end."""
    if not owners.size:
        return np.zeros(1, np.int64)
    return np.flatnonzero(np.concatenate(([True], (owners[1:] != owners[:-1]) | (objects[1:] != objects[:-1]), [True])))


def _walked(firsts: Int64s, afters: Int64s, met: Met, limit: int) -> Found:
    """The attempts among the signals of each group, one group after the other."""
    found = room_for_attempts(met.times.size)
    count = _walk_each(
        fixed(firsts), fixed(afters), Met(fixed(met.rows), fixed(met.times), fixed(met.codes), fixed(met.bits)), limit, found
    )
    return Found(*(fixed(column[1 : count + 1]) for column in found))


@lean_kernel
def _walk_each(firsts: Int64s, afters: Int64s, met: Met, limit: int, found: Found) -> int:
    """Walk the signals of each group; returns how many attempts there are."""
    place = plain(0)
    for group in range(firsts.size):
        place = walk(met, firsts[group], afters[group], limit, place, found)
    return place


@lean_kernel
def _add_found(owners: Int64s, starts: Int64s, attempts: Found, where: _Where, sums: _Sums, put: _Put) -> int:
    """Add up attempts in order of owner and start; returns how many rows of times there are."""
    row, high, owner = plain(0), plain(0), plain(0)
    while high < attempts.first.size:
        low = high
        while starts[owner + 1] <= attempts.first[low]:
            owner += 1
        while high < attempts.first.size and attempts.first[high] < starts[owner + 1]:
            high += 1
        row = _add(owner, owners[owner], low, high, attempts, where, sums, put, row)
    return row


@lean_kernel
def _add(owner: int, key: int, low: int, high: int, attempts: Found, where: _Where, sums: _Sums, put: _Put, row: int) -> int:
    """Count one owner's attempts, after so many rows of times; returns how many there are then."""
    number, places, cell, outcome, period = 0, plain(0), plain(-1), -1, 0
    done, won, errors, abandoned, late, late_won, pace, spent = 0, 0, 0, 0, 0, 0, 0, 0
    for i in range(np.uint64(low), np.uint64(high)):
        began, ending = attempts.began[i], attempts.ending[i]
        period = find_period(began, where.edges, max(period, 0))
        segment = find_segment(attempts.first[i], owner, where.by_signal, where.by_owner)
        here = where.nowhere if segment < 0 else period * where.segments + segment
        here = -1 if period < 0 else here
        if here >= 0 and began > where.closed:
            sums.open[here] += 1
        elif here >= 0:
            if here != cell:
                places = _put_by(sums, cell, places, _Mine(done, won, errors, abandoned, late, late_won, pace, spent))
                done, won, errors, abandoned, late, late_won, pace, spent = 0, 0, 0, 0, 0, 0, 0, 0
                cell = here
            outcome, took, at = ending, attempts.took[i] // 1000, np.uint64(row)
            succeeded, last = ending == SUCCEEDED, number == NUMBERS - 1
            done += 1
            won += succeeded
            errors += attempts.errors[i]
            abandoned += ending == ABANDONED
            late += last
            late_won += last & succeeded
            if succeeded:
                pace += _MINUTE // max(took, 1)
                spent += took
            sums.by_number[here, number, 0] += 1
            sums.by_number[here, number, 1] += succeeded
            put.times[0, at], put.times[1, at], put.times[2, at], put.times[3, at] = here, key, took, number
            row += succeeded
        number += number < NUMBERS - 1
    put.outcomes[owner] = outcome
    if cell >= 0:
        last_ones = _Mine(done, won, errors, abandoned, late, late_won, pace, spent)
        if places == 0:  # as with most people
            _add_to_one(sums, cell, where.whole, last_ones)
        else:
            _add_to_several(sums, _put_by(sums, cell, places, last_ones), where.whole)
    return row


@lean_kernel
def _put_by(sums: _Sums, cell: int, places: int, more: _Mine) -> int:
    """Put attempts of the owner in hand by for their cell; returns how many cells the owner has come to."""
    if cell < 0:
        return places
    mine = sums.mine[np.uint64(cell)]
    if mine[0] == 0:
        sums.touched[places] = cell
        places += 1
    mine[0] += more.closed
    mine[1] += more.won
    mine[2] += more.errors
    mine[3] += more.abandoned
    mine[4] += more.late
    mine[5] += more.late_won
    mine[6] += more.pace
    mine[7] += more.spent
    return places


@lean_kernel
def _add_to_one(sums: _Sums, cell: int, whole: int, mine: _Mine) -> None:
    """Count an owner whose attempts are all in one cell, there and in the whole."""
    for to in range(1 if whole < 0 else 2):
        _add_owner(sums, np.uint64(whole if to else cell), mine)


@lean_kernel
def _add_to_several(sums: _Sums, places: int, whole: int) -> None:
    """Count the owner in hand into each of their cells, and what these come to into the whole."""
    closed, won, errors, abandoned, late, late_won, pace, spent = 0, 0, 0, 0, 0, 0, 0, 0
    for place in range(places if whole < 0 else places + 1):
        if place < places:
            cell = np.uint64(sums.touched[place])
            own = sums.mine[cell]
            mine = _Mine(own[0], own[1], own[2], own[3], own[4], own[5], own[6], own[7])
            closed, won, errors, abandoned = closed + own[0], won + own[1], errors + own[2], abandoned + own[3]
            late, late_won, pace, spent = late + own[4], late_won + own[5], pace + own[6], spent + own[7]
            for column in range(8):
                own[column] = 0
        else:
            cell, mine = np.uint64(whole), _Mine(closed, won, errors, abandoned, late, late_won, pace, spent)
        _add_owner(sums, cell, mine)


@lean_kernel
def _add_owner(sums: _Sums, cell: np.uint64, mine: _Mine) -> None:
    """Count an owner into one cell."""
    closed, shares, x = sums.closed[cell], sums.shares[cell], mine.closed
    closed[0] += 1
    closed[1] += x
    closed[2] += x * x
    _add_share(shares[0], x, mine.won)
    _add_share(shares[1], x, mine.errors)
    _add_share(shares[2], x, mine.abandoned)
    add_ratio(sums.later[cell], mine.late, mine.late_won)
    if mine.won:
        sums.amounts[cell, 0] += mine.pace
        sums.amounts[cell, 1] += mine.spent
        products = sums.products[cell]
        add_wide(products, 0, x, mine.pace)
        add_wide(products, 2, mine.pace, mine.pace)
        add_wide(products, 4, x, mine.spent)
        add_wide(products, 6, mine.spent, mine.spent)


@lean_kernel
def _add_share(share: Int64s, x: int, y: int) -> None:
    share[0] += y
    share[1] += x * y
    share[2] += y * y


def _no_sums(cells: int) -> _Sums:
    """Nothing counted yet."""
    return _Sums(
        open=np.zeros(cells, np.int64),
        by_number=np.zeros((cells, NUMBERS, 2), np.int64),
        closed=np.zeros((cells, 3), np.int64),
        shares=np.zeros((cells, 3, 3), np.int64),
        later=np.zeros((cells, 6), np.int64),
        amounts=np.zeros((cells, 2), np.int64),
        products=np.zeros((cells, 8), np.int64),
        mine=np.zeros((cells, 8), np.int64),
        touched=np.zeros(cells, np.int64),
    )


#: Which moments are which, as `_write_moments` writes them.
_SUCCESS, _ERRORS, _ABANDONMENT, _LATER, _PACE, _SPENT = range(6)


@lean_kernel
def _write_moments(sums: _Sums, counts: Int64s, squares: Int64s) -> None:
    """All moments of all cells: (6, cells, 3) and (6, cells, 3, LIMBS)."""
    for cell in range(sums.open.size):
        closed, later = sums.closed[cell], sums.later[cell]
        for share in range(3):
            own = sums.shares[cell, share]
            counts[share, cell, 0], counts[share, cell, 1], counts[share, cell, 2] = closed[0], closed[1], own[0]
            put_limbs(squares[share, cell, 0], closed[2], 0)
            put_limbs(squares[share, cell, 1], own[1], 0)
            put_limbs(squares[share, cell, 2], own[2], 0)
        for column in range(3):
            counts[_LATER, cell, column] = later[column]
            put_limbs(squares[_LATER, cell, column], later[3 + column], 0)
        for amount in range(2):
            at, own = _PACE + amount, sums.products[cell]
            counts[at, cell, 0], counts[at, cell, 1], counts[at, cell, 2] = closed[0], closed[1], sums.amounts[cell, amount]
            put_limbs(squares[at, cell, 0], closed[2], 0)
            put_limbs(squares[at, cell, 1], own[4 * amount], own[4 * amount + 1])
            put_limbs(squares[at, cell, 2], own[4 * amount + 2], own[4 * amount + 3])


def _moments(sums: _Sums) -> list[Moments]:
    """The moments of all cells, one after the other."""
    cells = sums.open.size
    counts, squares = np.empty((6, cells, 3), np.int64), np.empty((6, cells, 3, LIMBS), np.int64)
    _write_moments(sums, counts, squares)
    return [Moments(*both) for both in zip(counts, squares, strict=True)]


def _summary(cells: int, sums: _Sums, of_successes: Int64s, lost: Int64s, learning: bool) -> AttemptCounts:
    """The summary of attempts."""
    cell, owner, took, number = of_successes
    kept = (cell * NUMBERS + number, owner, took)
    gains, slopes = learn(cells, cell, owner, took, number) if learning else (Moments.zero(cells), Moments.zero(cells))
    by_number = Durations.of(cells * NUMBERS, *kept) if learning else Durations.none(0)
    times = Durations.of(cells, cell, owner, took)
    untied = count_by(cells, lost[lost >= 0])
    return _counts(slice(0, cells), sums, _moments(sums), times, (untied, by_number, gains, slopes))


class AttemptTally:
    """Attempts by cell, and all of them in a cell after that of those in no segment; see `Tally`."""

    def __init__(self, fold: Attempts, cells: int) -> None:
        self._fold, self._cells = fold, cells
        self._sums, self._times = _no_sums(cells + 2), DurationTally(cells + 2, cells + 1)

    def add(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> None:
        """Read each timeline once."""
        tried = self._fold.tried(timelines, cells, people)
        _, times = self._fold.add_to(self._sums, timelines, cells, tried, end, (self._cells, self._cells + 1))
        self._times.add(times[:3])

    def both(self) -> tuple[AttemptCounts, AttemptCounts]:
        """The summary by cell, and that of the whole."""
        cells, sums = self._cells, self._sums
        for counts in (sums.open, sums.by_number):
            counts[cells + 1] = counts[: cells + 1].sum(axis=0)
        moments, times = _moments(sums), self._times.durations()
        return (
            _counts(slice(0, cells), sums, moments, times.part(0, cells), _nothing_more(cells)),
            _counts(slice(cells + 1, cells + 2), sums, moments, times.part(cells + 1, cells + 2), _nothing_more(1)),
        )


def _nothing_more(cells: int) -> tuple[Int64s, Durations, Moments, Moments]:
    """What is told of attempts with objects, and of learning, where there is none."""
    return np.zeros(cells, np.int64), Durations.none(0), Moments.zero(cells), Moments.zero(cells)


def _counts(
    part: slice, sums: _Sums, moments: Sequence[Moments], times: Durations, rest: tuple[Int64s, Durations, Moments, Moments]
) -> AttemptCounts:
    """The summary of some cells. rest: untied, and what is told of learning."""
    closed, won, abandoned = sums.closed[part, 1], sums.shares[part, 0, 0], sums.shares[part, 2, 0]
    untied, times_by_number, gains, slopes = rest
    of_each = [one.part(part.start, part.stop) for one in moments]
    return AttemptCounts(
        started=closed + sums.open[part],
        succeeded=won.copy(),
        failed=closed - won - abandoned,
        abandoned=abandoned.copy(),
        open=sums.open[part],
        untied=untied,
        success=of_each[_SUCCESS],
        errors=of_each[_ERRORS],
        abandonment=of_each[_ABANDONMENT],
        times=times,
        by_number=sums.by_number[part],
        later=of_each[_LATER],
        times_by_number=times_by_number,
        pace=of_each[_PACE],
        spent=of_each[_SPENT],
        gains=gains,
        slopes=slopes,
    )
