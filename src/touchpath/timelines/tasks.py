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
from touchpath.timelines.arrays import NO_INT64S, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.attempts import (
    ABANDONED,
    START,
    SUCCEEDED,
    Found,
    Met,
    list_met,
    room_for_attempts,
    room_for_signals,
    walk,
)
from touchpath.timelines.durations import Durations
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.kernels import find_cell, fixed, is_read, lean_kernel, plain
from touchpath.timelines.learning import learn
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, add_person, add_ratio, carried, moments_of
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


class _Signals(NamedTuple):
    """What is read: columns of Timelines, codes and bits as in Matched, and who is read."""

    owners: Int64s
    starts: Int64s
    times: Int64s
    codes: Int32s
    bits: Int64s
    people: Bytes
    skip: Bytes


class _Where(NamedTuple):
    """Where attempts count, as `Cells` says it; those that start after `closed` are open."""

    edges: Int64s
    segments: int
    by_signal: Int32s
    by_owner: Int32s
    closed: int


class _Sums(NamedTuple):
    """Counts as in AttemptCounts, ratios as plain sums, outcomes, and rows (cell, owner's key, microseconds, attempt number) of successes.

    paces, spent: moments as (counts, squares).   mine: scratch, per cell the owner in hand (closed, won, errors, abandoned, late, late and
    won, pace, milliseconds).   touched: scratch, the owner's cells.
    """

    open: Int64s
    by_number: Int64s
    success: Int64s
    errors: Int64s
    abandonment: Int64s
    later: Int64s
    mine: Int64s
    touched: Int64s
    outcomes: Int32s
    times: Int64s
    pace: Int64s
    pace_squares: Int64s
    spent: Int64s
    spent_squares: Int64s


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
        matched, limit = match(timelines, self._rules()), microseconds(self.task.limit)
        columns = (fixed(timelines.owners, np.int64), fixed(timelines.starts, np.int64), fixed(timelines.times, np.int64))
        signals = _Signals(*columns, matched.codes, matched.bits, fixed(people, np.uint8), fixed(timelines.skip, np.uint8))
        segments = (fixed(cells.signal_codes, np.int32), fixed(cells.owner_codes, np.int32))
        where = _Where(fixed(cells.edges, np.int64), cells.segments, *segments, end - limit)
        if not self.task.same:
            sums, most = _no_sums(cells.count, timelines.people, timelines.signals), int(np.diff(timelines.starts).max(initial=0))
            rows = _add_owners(signals, where, limit, room_for_signals(most), room_for_attempts(most), sums)
            return _folded(sums, rows, NO_INT64S, self.learning)
        gathered = gather(timelines, matched, people, cells)
        objects = timelines.wide(f"objects.{self.task.same}")[gathered.rows]
        lost = gathered.cells[(objects == 0) & (gathered.bits & START != 0)]
        attempts = _side_by_side(gathered.at(objects != 0), objects[objects != 0], limit)
        sums = _no_sums(cells.count, timelines.people, attempts.first.size)
        return _folded(sums, _add_found(signals, where, attempts, sums), lost, self.learning)

    def _rules(self) -> tuple[EventRule, ...]:
        """In the order of the bits START to ERROR."""
        task = self.task
        return tuple(rule or _NO_SIGNALS for rule in (task.start, task.success, task.failure, task.abandon, task.error))


def _side_by_side(tied: Gathered, objects: Int64s, limit: int) -> Found:
    """The attempts of each owner with each object, back in order of owner and start."""
    order = np.lexsort((tied.rows, objects, tied.owners))
    met = Met(tied.rows[order], tied.times[order], tied.bits[order])
    found = room_for_attempts(order.size)
    count = _walk_each(fixed(tied.owners[order]), fixed(objects[order]), met, limit, found)
    places = 1 + np.argsort(found.first[1 : count + 1], kind="stable")
    return Found(*(column[places] for column in found))


@lean_kernel
def _walk_each(owners: Int64s, objects: Int64s, met: Met, limit: int, found: Found) -> int:
    """Walk what each owner did with each object; returns how many attempts there are."""
    place, low = plain(0), plain(0)
    while low < owners.size:
        high = low
        while high < owners.size and owners[high] == owners[low] and objects[high] == objects[low]:
            high += 1
        place, low = walk(met, low, high, limit, place, found), high
    return place


@lean_kernel
def _add_owners(signals: _Signals, where: _Where, limit: int, met: Met, attempts: Found, sums: _Sums) -> int:
    """Find and add up each owner's attempts while they are at hand; returns how many rows of times there are."""
    row = plain(0)
    for owner in range(signals.starts.size - 1):
        if is_read(owner, signals.people, signals.skip):
            low, high = signals.starts[owner], signals.starts[owner + 1]
            found = list_met(low, high, signals.times, signals.codes, signals.bits, met)
            last = walk(met, plain(0), found, limit, plain(0), attempts)
            row = _add(owner, plain(1), last + 1, signals, where, attempts, sums, row)
    return row


@lean_kernel
def _add_found(signals: _Signals, where: _Where, attempts: Found, sums: _Sums) -> int:
    """Add up attempts in order of owner and start; returns how many rows of times there are."""
    row, high, owner = plain(0), plain(0), plain(0)
    while high < attempts.first.size:
        low = high
        while signals.starts[owner + 1] <= attempts.first[low]:
            owner += 1
        while high < attempts.first.size and attempts.first[high] < signals.starts[owner + 1]:
            high += 1
        row = _add(owner, low, high, signals, where, attempts, sums, row)
    return row


@lean_kernel
def _add(owner: int, low: int, high: int, signals: _Signals, where: _Where, attempts: Found, sums: _Sums, row: int) -> int:
    """Count one owner's attempts, after so many rows of times; returns how many there are then."""
    number, places, cell, outcome = 0, 0, -1, -1
    done, won, errors, abandoned, late, late_won, pace, spent = 0, 0, 0, 0, 0, 0, 0, 0
    for i in range(np.uint64(low), np.uint64(high)):
        first, ending = attempts.first[i], attempts.ending[i]
        began = signals.times[np.uint64(first)]
        here = find_cell(first, owner, began, where.edges, where.segments, where.by_signal, where.by_owner)
        if here >= 0 and began > where.closed:
            sums.open[here] += 1
        elif here >= 0:
            if here != cell:
                places = _put_by(sums, cell, places, done, won, errors, abandoned, late, late_won, pace, spent)
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
            mine[0], mine[1], mine[2], mine[3] = here, signals.owners[owner], attempts.took[i], number
            row += succeeded
        number += number < NUMBERS - 1
    places = _put_by(sums, cell, places, done, won, errors, abandoned, late, late_won, pace, spent)
    sums.outcomes[owner] = outcome
    for touched in range(places):
        _add_owner(sums, sums.touched[touched])
    return row


@lean_kernel
def _put_by(
    sums: _Sums,
    cell: int,
    places: int,
    closed: int,
    won: int,
    errors: int,
    abandoned: int,
    late: int,
    late_won: int,
    pace: int,
    spent: int,
) -> int:
    """Put attempts of the owner in hand by for their cell; returns how many cells the owner has come to."""
    if cell < 0:
        return places
    mine = sums.mine[np.uint64(cell)]
    if mine[0] == 0:
        sums.touched[places] = cell
        places += 1
    mine[0] += closed
    mine[1] += won
    mine[2] += errors
    mine[3] += abandoned
    mine[4] += late
    mine[5] += late_won
    mine[6] += pace
    mine[7] += spent
    return places


@lean_kernel
def _add_owner(sums: _Sums, cell: int) -> None:
    """Count the owner in hand into one cell's ratios."""
    closed, won, errors, abandoned, later, later_won, pace, spent = sums.mine[cell]
    add_ratio(sums.success[cell], closed, won)
    add_ratio(sums.errors[cell], closed, errors)
    add_ratio(sums.abandonment[cell], closed, abandoned)
    add_ratio(sums.later[cell], later, later_won)
    add_person(sums.pace[cell], sums.pace_squares[cell], closed, pace)
    add_person(sums.spent[cell], sums.spent_squares[cell], closed, spent)
    for column in range(8):
        sums.mine[cell, column] = 0


def _no_sums(cells: int, people: int, most: int) -> _Sums:
    """Nothing counted yet, with room for so many times."""
    waiting, by_number = np.zeros(cells, np.int64), np.zeros((cells, NUMBERS, 2), np.int64)
    success, errors, abandonment, later = np.zeros((4, cells, 6), np.int64)
    pace, spent, mine = Moments.zero(cells), Moments.zero(cells), np.zeros((cells, 8), np.int64)
    outcomes, times = np.full(people, -1, np.int32), np.empty((most + 1, 4), np.int64)  # memory is only taken where it is written
    of_times = (pace.counts, pace.squares, spent.counts, spent.squares)
    return _Sums(
        waiting, by_number, success, errors, abandonment, later, mine, np.zeros(cells, np.int64), outcomes, times, *of_times
    )


def _folded(sums: _Sums, rows: int, lost: Int64s, learning: bool) -> Folded[AttemptCounts]:
    """The summary of attempts, and each owner's latest closed ending."""
    cells, closed, won, abandoned = sums.open.size, sums.success[:, 1], sums.success[:, 2], sums.abandonment[:, 2]
    cell, owner, took, number = sums.times[:rows].T.copy()
    took //= 1000
    kept = rows if learning else 0
    gains, slopes = learn(cells, cell[:kept], owner[:kept], took[:kept], number[:kept])
    summary = AttemptCounts(
        started=closed + sums.open,
        succeeded=won,
        failed=closed - won - abandoned,
        abandoned=abandoned,
        open=sums.open,
        untied=count_by(cells, lost[lost >= 0]),
        success=moments_of(sums.success),
        errors=moments_of(sums.errors),
        abandonment=moments_of(sums.abandonment),
        times=Durations.of(cells, cell, owner, took),
        by_number=sums.by_number,
        later=moments_of(sums.later),
        times_by_number=Durations.of(
            cells * NUMBERS if learning else 0, (cell * NUMBERS + number)[:kept], owner[:kept], took[:kept]
        ),
        pace=Moments(sums.pace, carried(sums.pace_squares)),
        spent=Moments(sums.spent, carried(sums.spent_squares)),
        gains=gains,
        slopes=slopes,
    )
    return Folded(summary, sums.outcomes)
