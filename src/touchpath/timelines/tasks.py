"""Task attempts: how often people start a task, how it ends, how long it takes and what goes wrong on the way.

docs/definitions/task.md tells the rules with a drawn example.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_INT64S, NO_VALUE, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.attempts import ABANDONED, START, SUCCEEDED, Found, Met, room_for_attempts, walk
from touchpath.timelines.durations import Durations
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import gather
from touchpath.timelines.kernels import LIMBS, add_product, find_period, find_segment, fixed, lean_kernel, plain
from touchpath.timelines.learning import learn
from touchpath.timelines.listed import Span, list_signals, span_of
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, add_ratio, carried, moments_of
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
    """Where attempts count, as `Cells` says it; those that start after `closed` are open."""

    edges: Int64s
    segments: int
    by_signal: Int32s
    by_owner: Int32s
    closed: int


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
    as `moments_of` wants it.   amounts: (cells, 2) y of pace and milliseconds.   products: (cells, 4, LIMBS) xy and yy of pace, then of
    milliseconds.   mine: (cells, 8) scratch, see _Mine.   touched: scratch, the owner's cells.   times: rows (cell, owner's key, microseconds,
    attempt number) of successes.
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
        limit = microseconds(self.task.limit)
        segments = (fixed(cells.signal_codes, np.int32), fixed(cells.owner_codes, np.int32))
        where = _Where(fixed(cells.edges, np.int64), cells.segments, *segments, end - limit)
        if self.task.same:
            tried, lost = self._with_objects(timelines, cells, people)
        else:
            span = span_of(cells.edges, limit)._replace(
                low=NO_VALUE
            )  # the first ones count for the numbers of those in the period
            what = ("attempts", self._rules(), span)
            tried, lost = worked_out(timelines, what, people, lambda: self._tried(timelines, span, people)), NO_INT64S
        sums = _no_sums(cells.count, timelines.people, tried.first.size)
        rows = _add_found(fixed(timelines.owners, np.int64), fixed(timelines.starts, np.int64), tried, where, sums)
        return _folded(sums, rows, lost, self.learning)

    def _tried(self, timelines: Timelines, span: Span, people: Bytes) -> Found:
        """All attempts that start in the span, in order of owner and start, and perhaps some that start soon after it."""
        matched, listed = list_signals(timelines, self._rules(), span, people)
        rows = listed.rows if listed.rows.size else np.arange(listed.times.size)
        met = Met(fixed(rows), listed.times, fixed(matched.bits[listed.codes]))
        return _walked(listed.firsts, listed.afters, met, microseconds(self.task.limit))

    def _with_objects(self, timelines: Timelines, cells: Cells, people: Bytes) -> tuple[Found, Int64s]:
        """The attempts of each owner with each object, in order of owner and start, and the cells of starts that name no object."""
        gathered = gather(timelines, match(timelines, self._rules()), people, cells)
        objects = timelines.wide(f"objects.{self.task.same}")[gathered.rows]
        lost = gathered.cells[(objects == 0) & (gathered.bits & START != 0)]
        tied, objects = gathered.at(objects != 0), objects[objects != 0]
        order = np.lexsort((tied.rows, objects, tied.owners))
        met, owners, objects = Met(tied.rows[order], tied.times[order], tied.bits[order]), tied.owners[order], objects[order]
        borders = _borders(owners, objects)
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
    found = room_for_attempts(int(np.count_nonzero(met.bits & START)))
    count = _walk_each(fixed(firsts), fixed(afters), Met(*(fixed(column) for column in met)), limit, found)
    return Found(*(fixed(column[1 : count + 1]) for column in found))


@lean_kernel
def _walk_each(firsts: Int64s, afters: Int64s, met: Met, limit: int, found: Found) -> int:
    """Walk the signals of each group; returns how many attempts there are."""
    place = plain(0)
    for group in range(firsts.size):
        place = walk(met, firsts[group], afters[group], limit, place, found)
    return place


@lean_kernel
def _add_found(owners: Int64s, starts: Int64s, attempts: Found, where: _Where, sums: _Sums) -> int:
    """Add up attempts in order of owner and start; returns how many rows of times there are."""
    row, high, owner = plain(0), plain(0), plain(0)
    while high < attempts.first.size:
        low = high
        while starts[owner + 1] <= attempts.first[low]:
            owner += 1
        while high < attempts.first.size and attempts.first[high] < starts[owner + 1]:
            high += 1
        row = _add(owner, owners[owner], low, high, attempts, where, sums, row)
    return row


@lean_kernel
def _add(owner: int, key: int, low: int, high: int, attempts: Found, where: _Where, sums: _Sums, row: int) -> int:
    """Count one owner's attempts, after so many rows of times; returns how many there are then."""
    number, places, cell, outcome, period = 0, plain(0), plain(-1), -1, 0
    done, won, errors, abandoned, late, late_won, pace, spent = 0, 0, 0, 0, 0, 0, 0, 0
    for i in range(np.uint64(low), np.uint64(high)):
        began, ending = attempts.began[i], attempts.ending[i]
        period = find_period(began, where.edges, max(period, 0))
        segment = find_segment(attempts.first[i], owner, where.by_signal, where.by_owner)
        here = -1 if period < 0 or segment < 0 else period * where.segments + segment
        if here >= 0 and began > where.closed:
            sums.open[here] += 1
        elif here >= 0:
            if here != cell:
                places = _put_by(sums, cell, places, _Mine(done, won, errors, abandoned, late, late_won, pace, spent))
                done, won, errors, abandoned, late, late_won, pace, spent = 0, 0, 0, 0, 0, 0, 0, 0
                cell = here
            outcome, at = ending, np.uint64(row)
            succeeded, last = ending == SUCCEEDED, number == NUMBERS - 1
            done += 1
            won += succeeded
            errors += attempts.errors[i]
            abandoned += ending == ABANDONED
            late += last
            late_won += last & succeeded
            if succeeded:
                took = attempts.took[i] // 1000
                pace += _MINUTE // max(took, 1)
                spent += took
            sums.by_number[here, number, 0] += 1
            sums.by_number[here, number, 1] += succeeded
            mine = sums.times[at]
            mine[0], mine[1], mine[2], mine[3] = here, key, attempts.took[i], number
            row += succeeded
        number += number < NUMBERS - 1
    places = _put_by(sums, cell, places, _Mine(done, won, errors, abandoned, late, late_won, pace, spent))
    sums.outcomes[owner] = outcome
    for touched in range(places):
        _add_owner(sums, sums.touched[touched])
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
def _add_owner(sums: _Sums, cell: int) -> None:
    """Count the owner in hand into one cell."""
    mine, closed, shares = sums.mine[cell], sums.closed[cell], sums.shares[cell]
    x, won = mine[0], mine[1]
    closed[0] += 1
    closed[1] += x
    closed[2] += x * x
    for share in range(3):
        y = mine[1 + share]
        shares[share, 0] += y
        shares[share, 1] += x * y
        shares[share, 2] += y * y
    add_ratio(sums.later[cell], mine[4], mine[5])
    if won:
        for amount in range(2):
            y = mine[6 + amount]
            sums.amounts[cell, amount] += y
            add_product(sums.products[cell, 2 * amount], x, y)
            add_product(sums.products[cell, 2 * amount + 1], y, y)
    for column in range(8):
        mine[column] = 0


def _no_sums(cells: int, people: int, most: int) -> _Sums:
    """Nothing counted yet, with room for so many times."""
    return _Sums(
        open=np.zeros(cells, np.int64),
        by_number=np.zeros((cells, NUMBERS, 2), np.int64),
        closed=np.zeros((cells, 3), np.int64),
        shares=np.zeros((cells, 3, 3), np.int64),
        later=np.zeros((cells, 6), np.int64),
        amounts=np.zeros((cells, 2), np.int64),
        products=np.zeros((cells, 4, LIMBS), np.int64),
        mine=np.zeros((cells, 8), np.int64),
        touched=np.zeros(cells, np.int64),
        outcomes=np.full(people, -1, np.int32),
        times=np.empty((most + 1, 4), np.int64),  # memory is only taken where it is written
    )


def _share(sums: _Sums, share: int) -> Moments:
    """Per-person moments of a count among closed attempts."""
    return moments_of(
        np.stack((*sums.closed.T[:2], sums.shares[:, share, 0], sums.closed[:, 2], *sums.shares[:, share, 1:].T), axis=-1)
    )


def _amount(sums: _Sums, amount: int) -> Moments:
    """Per-person moments of an amount per closed attempt."""
    closed = moments_of(
        np.stack(
            (*sums.closed.T[:2], sums.amounts[:, amount], sums.closed[:, 2], *np.zeros((2, sums.open.size), np.int64)), axis=-1
        )
    )
    closed.squares[:, 1:] = carried(sums.products[:, 2 * amount : 2 * amount + 2])
    return closed


def _folded(sums: _Sums, rows: int, lost: Int64s, learning: bool) -> Folded[AttemptCounts]:
    """The summary of attempts, and each owner's latest closed ending."""
    cells, closed = sums.open.size, sums.closed[:, 1]
    won, abandoned = sums.shares[:, 0, 0], sums.shares[:, 2, 0]
    cell, owner, took, number = sums.times[:rows].T.copy()
    took //= 1000
    kept = rows if learning else 0
    gains, slopes = learn(cells, cell[:kept], owner[:kept], took[:kept], number[:kept])
    summary = AttemptCounts(
        started=closed + sums.open,
        succeeded=won.copy(),
        failed=closed - won - abandoned,
        abandoned=abandoned.copy(),
        open=sums.open,
        untied=count_by(cells, lost[lost >= 0]),
        success=_share(sums, 0),
        errors=_share(sums, 1),
        abandonment=_share(sums, 2),
        times=Durations.of(cells, cell, owner, took),
        by_number=sums.by_number,
        later=moments_of(sums.later),
        times_by_number=Durations.of(
            cells * NUMBERS if learning else 0, (cell * NUMBERS + number)[:kept], owner[:kept], took[:kept]
        ),
        pace=_amount(sums, 0),
        spent=_amount(sums, 1),
        gains=gains,
        slopes=slopes,
    )
    return Folded(summary, sums.outcomes)
