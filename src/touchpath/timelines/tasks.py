"""Task attempts: how often people start a task, how it ends, how long it takes and what goes wrong on the way.

docs/definitions/task.md tells the rules with a drawn example.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_INT64S, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.durations import Durations
from touchpath.timelines.fold import Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.kernels import fixed, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally

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


@dataclass(frozen=True, slots=True)
class _Found:
    """Attempts in order of owner and start, one per row: place of the owner, cell, ending, errors and microseconds taken."""

    owner: Int64s
    cell: Int64s
    ending: Int64s
    errors: Int64s
    took: Int64s


@dataclass(frozen=True, slots=True)
class Attempts:
    """Attempts at one task. Outcome of a person: how the latest closed attempt ended (FAILED, SUCCEEDED, ABANDONED).

    learning: keep times by attempt number too.
    """

    task: Task
    learning: bool = False

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[AttemptCounts]:
        """Read each timeline once; an attempt whose limit runs out after `end` is open, however soon it ended.

        Counting early successes of the last attempts, but not those who might still succeed, would flatter the rate.
        """
        gathered = gather(timelines, match(timelines, self._rules()), people, cells)
        if not self.task.same:
            found = self._find(gathered, np.zeros(gathered.rows.size, np.int64), end)
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
        first, ending, errors, took = (np.empty(gathered.rows.size, np.int64) for _ in range(4))
        limit = microseconds(self.task.limit)
        count = _find_attempts(gathered.owners, fixed(objects), gathered.times, gathered.bits, limit, first, ending, errors, took)
        order = np.argsort(gathered.rows[first[:count]], kind="stable")
        place = first[:count][order]
        endings = np.where(gathered.times[place] > end - limit, OPEN, ending[order])
        return _Found(gathered.owners[place], gathered.cells[place], endings, errors[order], took[order])


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
    owners: Int64s,
    objects: Int64s,
    times: Int64s,
    bits: Int64s,
    limit: int,
    first: Int64s,
    ending: Int64s,
    errors: Int64s,
    took: Int64s,
) -> int:
    """Write one row per attempt: its start signal, ending, errors, microseconds; returns how many. All of an instant at once."""
    found, i = 0, 0
    while i < owners.size:
        owner, thing, began, running = owners[i], objects[i], 0, False
        while i < owners.size and owners[i] == owner and objects[i] == thing:
            now, low, start, wrong = times[i], i, -1, 0
            while i < owners.size and owners[i] == owner and objects[i] == thing and times[i] == now:
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
    return found


def _numbers(owner: Int64s) -> Int64s:
    """Which attempt of its person each row is, from 0; rows of one owner are neighbours."""
    places = np.arange(owner.size)
    first = np.concatenate(([True], owner[1:] != owner[:-1])) if owner.size else np.empty(0, np.bool_)
    numbers: Int64s = places - np.maximum.accumulate(np.where(first, places, 0))
    return numbers


def _count(found: _Found, timelines: Timelines, lost: Int64s, cells: int, learning: bool) -> Folded[AttemptCounts]:
    """The summary of attempts, and each owner's latest closed ending."""
    number = np.minimum(_numbers(found.owner), NUMBERS - 1)
    inside = found.cell >= 0
    closed = inside & (found.ending != OPEN)
    owner, cell, ending = found.owner[closed], found.cell[closed], found.ending[closed]
    won, done = ending == SUCCEEDED, closed & (found.ending == SUCCEEDED)
    outcomes = np.full(timelines.people, -1, np.int32)
    outcomes[owner] = ending
    endings = count_by(cells, found.cell[inside], (found.ending[inside], 4))
    late = number[closed] == NUMBERS - 1
    taken = (timelines.owners[found.owner[done]], found.took[done] // 1000)
    none = np.full(taken[0].size, -1, np.int64)
    summary = AttemptCounts(
        started=endings.sum(axis=1),
        succeeded=endings[:, SUCCEEDED],
        failed=endings[:, FAILED],
        abandoned=endings[:, ABANDONED],
        open=endings[:, OPEN],
        untied=count_by(cells, lost[lost >= 0]),
        success=tally(cells, owner, cell, won),
        errors=tally(cells, owner, cell, found.errors[closed]),
        abandonment=tally(cells, owner, cell, ending == ABANDONED),
        times=Durations.of(cells, found.cell[done], *taken),
        by_number=np.stack(
            (count_by(cells, cell, (number[closed], NUMBERS)), count_by(cells, cell[won], (number[done], NUMBERS))), -1
        ),
        later=tally(cells, owner[late], cell[late], won[late]),
        times_by_number=Durations.of(
            cells * NUMBERS if learning else 0, found.cell[done] * NUMBERS + number[done] if learning else none, *taken
        ),
    )
    return Folded(summary, outcomes)
