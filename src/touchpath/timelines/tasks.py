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
from touchpath.timelines.durations import Durations
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.kernels import fixed, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, add_ratio, moments_of
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by

#: How an attempt ended; also the outcome codes of the fold (-1 = no closed attempt).
FAILED, SUCCEEDED, ABANDONED, OPEN = 0, 1, 2, 3
#: Attempts are numbered per person up to this; the last number stands for it and all later ones.
NUMBERS = 10

_START, _SUCCESS, _FAILURE, _ABANDON, _ERROR = 1, 2, 4, 8, 16
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


class _Found(NamedTuple):
    """Attempts in order of owner and start, one per row: place of the owner, cell, ending, errors, microseconds, the signal it starts with."""

    owner: Int64s
    cell: Int64s
    ending: Int64s
    errors: Int64s
    took: Int64s
    first: Int64s


class _Sums(NamedTuple):
    """Counts as in AttemptCounts, ratios as plain sums, and scratch: per cell the owner in hand (closed, won, errors, abandoned, later, later won)."""

    endings: Int64s
    by_number: Int64s
    success: Int64s
    errors: Int64s
    abandonment: Int64s
    later: Int64s
    mine: Int64s
    touched: Int64s


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts at one task. Outcome of a person: how the latest closed attempt ended (FAILED, SUCCEEDED, ABANDONED).

    learning: keep times by attempt number too.
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
        gathered = gather(timelines, match(timelines, self._rules()), people, cells)
        if not self.task.same:
            found = self._find(gathered, NO_INT64S, end)
            return _count(found, timelines, NO_INT64S, cells.count, self.learning)
        objects = timelines.wide(f"objects.{self.task.same}")[gathered.rows]
        lost = gathered.cells[(objects == 0) & (gathered.bits & _START != 0)]
        tied = objects != 0
        return _count(self._find(gathered.at(tied), objects[tied], end), timelines, lost, cells.count, self.learning)

    def _rules(self) -> tuple[EventRule, ...]:
        """In the order of the bits _START to _ERROR."""
        task = self.task
        return tuple(rule or _NO_SIGNALS for rule in (task.start, task.success, task.failure, task.abandon, task.error))

    def _find(self, gathered: Gathered, objects: Int64s, end: int) -> _Found:
        """The attempts of each owner with each object, then back in order of owner and start."""
        if self.task.same:
            order = np.lexsort((gathered.rows, objects, gathered.owners))
            gathered, objects = gathered.at(order), objects[order]
        owner, cell, ending, errors, took, first = np.empty((6, gathered.rows.size), np.int64)
        found = _Found(owner, cell, ending, errors, took, first)
        columns = (gathered.owners, fixed(objects), gathered.times, gathered.bits, gathered.cells)
        count = _find_attempts(*columns, microseconds(self.task.limit), end, found)
        rows = gathered.rows[first[:count]] if self.task.same else NO_INT64S
        places = np.argsort(rows, kind="stable") if self.task.same else slice(count)
        return _Found(*(fixed(column[places]) for column in found))


@lean_kernel
def _first_ending(bits: Int64s, low: int, high: int, start: int) -> int:
    """How the signals of one instant end an attempt (success before failure before abandonment), or -1; never by its start."""
    met = 0
    for i in range(low, high):
        if i != start:
            met |= bits[i]
    if met & _SUCCESS:
        return SUCCEEDED
    if met & _FAILURE:
        return FAILED
    return ABANDONED if met & _ABANDON else -1


@lean_kernel
def _find_attempts(
    owners: Int64s, objects: Int64s, times: Int64s, bits: Int64s, cells: Int64s, limit: int, end: int, attempts: _Found
) -> int:
    """Write one row per attempt; returns how many. All signals of an instant at once. No objects: all are of one."""
    first, ending, errors, took = attempts.first, attempts.ending, attempts.errors, attempts.took
    found, i = 0, 0
    while i < owners.size:
        owner, thing, began, running, high = owners[i], objects[i] if objects.size else 0, 0, False, i
        while high < owners.size and owners[high] == owner and (objects.size == 0 or objects[high] == thing):
            high += 1
        while i < high:
            now, low, start, wrong = times[i], i, -1, 0
            while i < high and times[i] == now:
                wrong += (bits[i] & _ERROR) // _ERROR
                if bits[i] & _START and start < 0:
                    start = i
                i += 1
            if running and now - began > limit:
                ending[found], took[found] = ABANDONED, limit
                found, running = found + 1, False
            ended = False
            if running:
                errors[found] += wrong
                wrong = 0
                how = _first_ending(bits, low, i, -1)
                if how >= 0 or start >= 0:
                    ended = how >= 0
                    ending[found], took[found] = how if ended else ABANDONED, now - began
                    found, running = found + 1, False
            if start >= 0:
                first[found], errors[found], began, running = start, wrong, now, True
                how = -1 if ended else _first_ending(bits, low, i, start)
                if how >= 0:
                    ending[found], took[found] = how, 0
                    found, running = found + 1, False
        if running:
            ending[found], took[found] = ABANDONED, limit
            found += 1
    for row in range(found):
        start = first[row]
        attempts.owner[row], attempts.cell[row] = owners[start], cells[start]
        if times[start] > end - limit:
            ending[row] = OPEN
    return found


@lean_kernel
def _add_owner(sums: _Sums, cell: int) -> None:
    """Count the owner in hand into one cell's ratios."""
    closed, won, errors, abandoned, later, later_won = sums.mine[cell]
    add_ratio(sums.success[cell], closed, won)
    add_ratio(sums.errors[cell], closed, errors)
    add_ratio(sums.abandonment[cell], closed, abandoned)
    add_ratio(sums.later[cell], later, later_won)
    for column in range(6):
        sums.mine[cell, column] = 0


@lean_kernel
def _add_up(found: _Found, owners: Int64s, sums: _Sums, outcomes: Int32s, times: Int64s, numbered: Int64s) -> int:
    """Add up all attempts; returns how many rows (cell, owner, milliseconds) of times there are. numbered: their cells by attempt number."""
    row, i = 0, 0
    while i < found.owner.size:
        place, number, places = found.owner[i], 0, 0
        while i < found.owner.size and found.owner[i] == place:
            cell, ending = found.cell[i], found.ending[i]
            if cell >= 0:
                sums.endings[cell, ending] += 1
            if cell >= 0 and ending != OPEN:
                won, late = ending == SUCCEEDED, number == NUMBERS - 1
                outcomes[place] = ending
                if sums.mine[cell, 0] == 0:
                    sums.touched[places] = cell
                    places += 1
                sums.mine[cell, 0] += 1
                sums.mine[cell, 1] += won
                sums.mine[cell, 2] += found.errors[i]
                sums.mine[cell, 3] += ending == ABANDONED
                sums.mine[cell, 4] += late
                sums.mine[cell, 5] += late and won
                sums.by_number[cell, number, 0] += 1
                sums.by_number[cell, number, 1] += won
                if won:
                    times[0, row], times[1, row], times[2, row] = cell, owners[place], found.took[i] // 1000
                    numbered[row] = cell * NUMBERS + number
                    row += 1
            number = min(number + 1, NUMBERS - 1)
            i += 1
        for touched in range(places):
            _add_owner(sums, sums.touched[touched])
    return row


def _count(found: _Found, timelines: Timelines, lost: Int64s, cells: int, learning: bool) -> Folded[AttemptCounts]:
    """The summary of attempts, and each owner's latest closed ending."""
    outcomes = np.full(timelines.people, -1, np.int32)
    endings, by_number = np.zeros((cells, 4), np.int64), np.zeros((cells, NUMBERS, 2), np.int64)
    success, errors, abandonment, later, mine = np.zeros((5, cells, 6), np.int64)
    sums = _Sums(endings, by_number, success, errors, abandonment, later, mine, np.zeros(cells, np.int64))
    times, numbered = np.empty((3, found.owner.size), np.int64), np.empty(found.owner.size, np.int64)
    rows = _add_up(found, fixed(timelines.owners, np.int64), sums, outcomes, times, numbered)
    cell, owner, took = times[:, :rows]
    kept = rows if learning else 0
    summary = AttemptCounts(
        started=endings.sum(axis=1),
        succeeded=endings[:, SUCCEEDED],
        failed=endings[:, FAILED],
        abandoned=endings[:, ABANDONED],
        open=endings[:, OPEN],
        untied=count_by(cells, lost[lost >= 0]),
        success=moments_of(success),
        errors=moments_of(errors),
        abandonment=moments_of(abandonment),
        times=Durations.of(cells, cell, owner, took),
        by_number=by_number,
        later=moments_of(later),
        times_by_number=Durations.of(cells * NUMBERS if learning else 0, numbered[:kept], owner[:kept], took[:kept]),
    )
    return Folded(summary, outcomes)
