"""Task attempts: how often people start a task, how it ends, how long it takes and what goes wrong on the way.

docs/definitions/task.md tells the rules with a drawn example.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_INT64S, NO_VALUE, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.attempt_sums import (
    NUMBERS,
    AttemptMoments,
    Put,
    Sums,
    Where,
    add_found,
    add_met,
    moments_of,
    no_sums,
)
from touchpath.timelines.attempts import ERROR, START, Found, Met, room_for_attempts, walk_groups
from touchpath.timelines.durations import Durations, DurationTally
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import cells_of, gather
from touchpath.timelines.kernels import fixed
from touchpath.timelines.learning import learn
from touchpath.timelines.listed import Listed, Span, Wanted, list_signals, of_listed, span_of
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments
from touchpath.timelines.one_by_one import Each
from touchpath.timelines.shared import worked_out
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by

_NO_SIGNALS = EventRule(("\x00no signal",))


@dataclass(frozen=True, slots=True, eq=False)
class AttemptCounts(Counts):
    """Attempts at one task, counted in the cell of their start. Closed = started less open.

    started, succeeded, failed, abandoned, open: (cells,) attempts.   untied: (cells,) starts without the object that ties an
    attempt together; they begin none.   success, errors, abandonment, faulty: per person x = closed attempts, y = successes, errors,
    abandoned attempts, attempts with an error or more.   times: successful attempts.   by_number: (cells, NUMBERS, 2) closed and succeeded attempts by
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
    faulty: Moments
    times: Durations
    by_number: Int64s
    later: Moments
    times_by_number: Durations
    pace: Moments
    spent: Moments
    gains: Moments
    slopes: Moments


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
        sums = no_sums(cells.count)
        if self.task.same:
            tried, lost = self.find_all(timelines, cells, people)
            put, where = _room_for(timelines, tried.first.size), self._where(cells.signal_codes, cells, end, (-1, -1))
            owners, starts = fixed(timelines.owners, np.int64), fixed(timelines.starts, np.int64)
            own = Found(*map(np.array, tried))  # writable, as those are that `add_met` finds: so counting is compiled once
            times = put.times[:, : add_found(owners, starts, own, where, sums, put)]
            return Folded(_summary(cells.count, sums, times, lost, self.learning), put.outcomes)
        outcomes, times = self.add_to(sums, timelines, cells, people, end, (-1, -1))
        return Folded(_summary(cells.count, sums, times, NO_INT64S, self.learning), outcomes)

    def tally(self, cells: int) -> AttemptTally | None:
        """Attempts by cell, and those of all cells and segments together; see `Totalling`."""
        return None if self.task.same or self.learning else AttemptTally(self, cells)

    def each(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Each:
        """The closed attempts, by how they ended; each by the signal that it starts with."""
        tried, _ = self.find_all(timelines, cells, people)
        owners = np.searchsorted(timelines.starts, tried.first, side="right").astype(np.int64) - 1
        cell = cells_of(tried.first, owners, tried.began, cells)
        closed = np.flatnonzero((cell >= 0) & (tried.began <= end - microseconds(self.task.limit)))
        return Each(owners[closed], tried.first[closed], cell[closed], tried.ending[closed])

    def find_all(self, timelines: Timelines, cells: Cells, people: Bytes) -> tuple[Found, Int64s]:
        """All attempts up to the last edge, in order of owner and start, and perhaps some that start soon after it; and the cells of starts that
        begin none for want of an object. Found once where timelines are shared."""
        if self.task.same:
            return self._with_objects(timelines, cells, people)
        what = ("attempts", self._rules(), self._span(cells.edges))
        return worked_out(timelines, what, people, lambda: self._find(timelines, cells, people)), NO_INT64S

    def add_to(
        self, sums: Sums, timelines: Timelines, cells: Cells, people: Bytes, end: int, beside: tuple[int, int]
    ) -> tuple[Int32s, Int64s]:
        """Add up attempts that are not with objects; returns the outcomes, and the times of those that succeeded as in `Put`. beside: the cells
        `nowhere` and `whole`."""
        listed, met = self._met(timelines, cells, people)
        room, put = room_for_attempts(met.times.size), _room_for(timelines, met.times.size)
        where = self._where(of_listed(timelines, fixed(cells.signal_codes, np.int32), listed), cells, end, beside)
        owners, limit = fixed(timelines.owners, np.int64), microseconds(self.task.limit)
        found = add_met(owners, listed.firsts, listed.afters, met, limit, room, where, sums, put)
        return put.outcomes, put.times[:, :found]

    def _where(self, by_signal: Int32s, cells: Cells, end: int, beside: tuple[int, int]) -> Where:
        segments, closed = (fixed(by_signal, np.int32), fixed(cells.owner_codes, np.int32)), end - microseconds(self.task.limit)
        return Where(fixed(cells.edges, np.int64), cells.segments, *segments, closed, *beside)

    def lists(self, edges: Int64s) -> Wanted | None:
        """What the task's rules meet; attempts with objects are not listed."""
        return None if self.task.same else Wanted(self._rules(), self._span(edges))

    def _span(self, edges: Int64s) -> Span:
        return span_of(edges, microseconds(self.task.limit))._replace(low=NO_VALUE)

    def _met(self, timelines: Timelines, cells: Cells, people: Bytes) -> tuple[Listed, Met]:
        """The signals up to what can belong to an attempt that starts before the last edge; the first attempts count for the numbers of later ones."""
        matched, listed = list_signals(timelines, self._rules(), self._span(cells.edges), people)
        return listed, Met(listed.rows, listed.times, listed.codes, matched.bits)

    def _find(self, timelines: Timelines, cells: Cells, people: Bytes) -> Found:
        listed, met = self._met(timelines, cells, people)
        return walk_groups(listed.firsts, listed.afters, met, microseconds(self.task.limit))

    def _with_objects(self, timelines: Timelines, cells: Cells, people: Bytes) -> tuple[Found, Int64s]:
        """The attempts of each owner with each object, in order of owner and start, and the cells of starts that name no object."""
        gathered = gather(timelines, match(timelines, self._rules()), people, cells)
        objects = timelines.wide(f"objects.{self.task.same}")[gathered.rows]
        lost = gathered.cells[(objects == 0) & (gathered.bits & START != 0)]
        tied, objects = gathered.at(objects != 0), objects[objects != 0]
        order = np.lexsort((tied.rows, objects, tied.owners))
        met = Met(tied.rows[order], tied.times[order], tied.bits[order].astype(np.int32), np.arange(2 * ERROR))
        borders = _borders(tied.owners[order], objects[order])
        found = walk_groups(borders[:-1], borders[1:], met, microseconds(self.task.limit))
        return Found(*(fixed(column[np.argsort(found.first, kind="stable")]) for column in found)), lost

    def _rules(self) -> tuple[EventRule, ...]:
        """In the order of the bits START to ERROR."""
        task = self.task
        return tuple(rule or _NO_SIGNALS for rule in (task.start, task.success, task.failure, task.abandon, task.error))


def _room_for(timelines: Timelines, most: int) -> Put:
    """Where so many attempts can be told of; memory is only taken where it is written."""
    return Put(np.full(timelines.people, -1, np.int32), np.empty((4, most + 1), np.int64))


def _borders(owners: Int64s, objects: Int64s) -> Int64s:
    """Where signals of another owner or object begin, and the end."""
    if not owners.size:
        return np.zeros(1, np.int64)
    return np.flatnonzero(np.concatenate(([True], (owners[1:] != owners[:-1]) | (objects[1:] != objects[:-1]), [True])))


def _summary(cells: int, sums: Sums, of_successes: Int64s, lost: Int64s, learning: bool) -> AttemptCounts:
    """The summary of attempts."""
    cell, owner, took, number = of_successes
    kept = (cell * NUMBERS + number, owner, took)
    gains, slopes = learn(cells, cell, owner, took, number) if learning else (Moments.zero(cells), Moments.zero(cells))
    by_number = Durations.of(cells * NUMBERS, *kept) if learning else Durations.none(0)
    times = Durations.of(cells, cell, owner, took)
    untied = count_by(cells, lost[lost >= 0])
    return _counts(slice(0, cells), sums, moments_of(sums), times, (untied, by_number, gains, slopes))


class AttemptTally:
    """Attempts by cell, and all of them in a cell after that of those in no segment; see `Tally`."""

    def __init__(self, fold: Attempts, cells: int) -> None:
        self._fold, self._cells = fold, cells
        self._sums, self._times = no_sums(cells + 2), DurationTally(cells + 2, cells + 1)

    def add(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> None:
        """Read each timeline once."""
        _, times = self._fold.add_to(self._sums, timelines, cells, people, end, (self._cells, self._cells + 1))
        self._times.add(times[:3])

    def both(self) -> tuple[AttemptCounts, AttemptCounts]:
        """The summary by cell, and that of the whole."""
        cells, sums = self._cells, self._sums
        for counts in (sums.open, sums.by_number):
            counts[cells + 1] = counts[: cells + 1].sum(axis=0)
        moments, times = moments_of(sums), self._times.durations()
        return (
            _counts(slice(0, cells), sums, moments, times.part(0, cells), _nothing_more(cells)),
            _counts(slice(cells + 1, cells + 2), sums, moments, times.part(cells + 1, cells + 2), _nothing_more(1)),
        )


def _nothing_more(cells: int) -> tuple[Int64s, Durations, Moments, Moments]:
    """What is told of attempts with objects, and of learning, where there is none."""
    return np.zeros(cells, np.int64), Durations.none(0), Moments.zero(cells), Moments.zero(cells)


def _counts(
    part: slice, sums: Sums, moments: AttemptMoments, times: Durations, rest: tuple[Int64s, Durations, Moments, Moments]
) -> AttemptCounts:
    """The summary of some cells. rest: untied, and what is told of learning."""
    closed, won, abandoned = sums.closed[part, 1], sums.shares[part, 0, 0], sums.shares[part, 2, 0]
    untied, times_by_number, gains, slopes = rest
    of_each = moments.part(part.start, part.stop)
    return AttemptCounts(
        started=closed + sums.open[part],
        succeeded=won.copy(),
        failed=closed - won - abandoned,
        abandoned=abandoned.copy(),
        open=sums.open[part],
        untied=untied,
        success=of_each.success,
        errors=of_each.errors,
        abandonment=of_each.abandonment,
        faulty=of_each.faulty,
        times=times,
        by_number=sums.by_number[part],
        later=of_each.later,
        times_by_number=times_by_number,
        pace=of_each.pace,
        spent=of_each.spent,
        gains=gains,
        slopes=slopes,
    )
