"""Funnels: who entered, how far they came within the window, and how long each step took. See docs/definitions/funnel.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_INT64S, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.chains import find_chains
from touchpath.timelines.durations import Durations, DurationTally
from touchpath.timelines.entrants import BEST, EVERY, FIRST, Asked, Chains
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import fixed, lean_kernel
from touchpath.timelines.listed import Wanted, span_of
from touchpath.timelines.match import MAX_RULES
from touchpath.timelines.moments import Moments, add_ratio, moments_of
from touchpath.timelines.summaries import Counts
from touchpath.timelines.walk import TOTALS, Rows
from touchpath.timelines.walk_count import count_rows
from touchpath.timelines.walk_plan import plan_of, rules_of
from touchpath.timelines.walk_rows import find_rows
from touchpath.timelines.ways import LONGEST_WINDOW, Ways

#: A funnel that differs from the plain one in nothing.
PLAIN = Ways()


@dataclass(frozen=True, slots=True, eq=False)
class FunnelCounts(Counts):
    """Entrants of a funnel and how far they came, per cell of their entry.

    step_times are none unless the funnel is asked for them.

    entrants: (cells,) all who entered; open: (cells,) those whose window had not closed at the end of the data: they count
    nowhere else. reached: (cells, steps) closed entrants who met step k and all before it; column 0 is all closed entrants.
    from_entry, from_previous: per-person moments, row = cell * steps + step: x = closed entrants, or those who reached the
    step before; y = those who reached this step. times: entry to last step. step_times: from the step before to this one,
    cell index = cell * steps + step. Both in milliseconds, cut to whole ones.
    """

    entrants: Int64s
    open: Int64s
    reached: Int64s
    from_entry: Moments
    from_previous: Moments
    times: Durations
    step_times: Durations


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far people come along ordered steps within a window from entry.

    A signal that meets step 1 is an entry. A chain meets the steps in order, by a different signal each, none later than
    entry + window (inclusive); signals with equal times may come in either order. Per owner and cell of entry there is one
    entrant: with `reentry` the entry that leads furthest, of those the one that gets there first, of those the latest; without,
    the first entry. `every`: each entry is an entrant of its own. `same`: a chain is held to one object of this kind, an entrant
    is an owner with one object, and signals about no such object do not count. An entry whose window closes after the end of
    the data is open: an entrant whose entries are all open is counted as open, otherwise only closed entries are looked at.
    `ways` tells how it differs from all this: order, exclusions, optional steps and more. `step_times`: whether the times from step to step
    are told, too.

    Reads: starts, times, kinds; the columns of the rules' conditions; "objects.KIND" for `same`; the column of `ways.held`.
    Outcome: the furthest step over an owner's closed entrants (optional ones left out), 0 = entered only, -1 = no closed entrant.
    Raises BadInput for no step, more than 62 rules, a window that is not above 0 and at most 100 years, or ways that do not go together.
    """

    steps: tuple[EventRule, ...]
    window: timedelta
    reentry: bool = True
    every: bool = False
    same: str = ""
    ways: Ways = PLAIN
    step_times: bool = True

    def __post_init__(self) -> None:
        if not 1 <= len(self.steps) <= MAX_RULES:
            raise BadInput(f"A funnel has 1 to {MAX_RULES} steps, but {len(self.steps)} came.")
        if not timedelta() < self.window <= LONGEST_WINDOW:
            raise BadInput(f"A funnel's window is above 0 and at most 100 years, but {self.window} came.")
        self.ways.check(len(self.steps))
        rules_of(self.steps, self.ways)

    def chains(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Chains:
        """The entrants one by one; see Chains."""
        return self.entrants(timelines, cells, people, end, -1)

    def entrants(self, timelines: Timelines, cells: Cells, people: Bytes, end: int, whole: int) -> Chains:
        """The entrants one by one, with those of all cells together if there is a `whole`; see Asked."""
        objects = timelines.wide(f"objects.{self.same}") if self.same else NO_INT64S
        asked = Asked(len(self.steps), microseconds(self.window), end, self._mode(), self.step_times, whole)
        return find_chains(timelines, self.steps, objects, cells, people, asked)

    def lists(self, edges: Int64s) -> Wanted | None:
        """What the steps meet; some ways of counting read all."""
        return Wanted(self.steps, span_of(edges, microseconds(self.window))) if self.ways == PLAIN else None

    def ending(self, edges: Int64s, end: int) -> Ending:
        """An entry is closed once its window is over; rounding may move it by a unit."""
        if self.ways.count_open:
            return Ending()
        return Ending(reach=microseconds(self.window + (self.ways.unit or timedelta())))

    def rows(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Rows:
        """The same by the general walk, which knows all ways of counting; see Rows."""
        plan = plan_of(len(self.steps), microseconds(self.window), end, self._mode(), self.ways)
        return find_rows(timelines, cells, people, self.steps, plan, self.ways, self.same)

    def _mode(self) -> int:
        """Which entries are entrants."""
        if self.ways.totals:
            return TOTALS
        return EVERY if self.every else BEST if self.reentry else FIRST

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[FunnelCounts]:
        """Count the entrants of each cell."""
        if self.ways != PLAIN:
            rows = self.rows(timelines, cells, people, end)
            counted = count_rows(rows, timelines.owners, cells.count, len(self.steps), self.ways.optional)
            return Folded(FunnelCounts(*counted.parts), counted.outcomes)
        chains = self.chains(timelines, cells, people, end)
        owners = fixed(timelines.owners, np.int64)
        if self.every or self.same:
            return _count(chains, owners, cells.count, len(self.steps), self.step_times)
        outcomes, ended = np.full(owners.size, -1, np.int32), np.zeros((cells.count, len(self.steps) + 1), np.int64)
        _count_ends(chains, ended, outcomes)
        return Folded(_count_once(ended, *_durations(chains, owners, cells.count, len(self.steps), self.step_times)), outcomes)

    def tally(self, cells: int) -> FunnelTally | None:
        """Entrants of each cell, and those of all cells and segments together; see `Totalling`.

        The one of all is the best of those of the cells, as long as one of them is chosen and its steps need not be told.
        """
        if self.ways != PLAIN or self.step_times or self.same or self._mode() != BEST:
            return None
        return FunnelTally(self, cells)


class FunnelTally:
    """Entrants of each cell, and those of all cells in a cell after that of entries in no segment; see `Tally`."""

    def __init__(self, fold: Funnel, cells: int) -> None:
        self._fold, self._cells, self._ended = fold, cells, np.zeros((cells + 2, len(fold.steps) + 1), np.int64)
        self._times = DurationTally(cells + 2)

    def add(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> None:
        """Read each timeline once."""
        chains = self._fold.entrants(timelines, cells, people, end, self._cells)
        _count_ends(chains, self._ended, np.full(timelines.people, -1, np.int32))
        self._times.add(_rows_of(chains, fixed(timelines.owners, np.int64), len(self._fold.steps))[0])

    def both(self) -> tuple[FunnelCounts, FunnelCounts]:
        """The summary by cell, and that of the whole."""
        count, times, none = self._cells, self._times.durations(), Durations.none(0)
        apart, together = (times.part(first, after) for first, after in ((0, count), (count + 1, count + 2)))
        return _count_once(self._ended[:count], apart, none), _count_once(self._ended[count + 1 :], together, none)


def _count_once(ended: Int64s, times: Durations, step_times: Durations) -> FunnelCounts:
    """Where an owner is one entrant of a cell at most, so that every sum over owners is a count of entrants.

    ended: (cells, steps + 1) open entrants, then those whose last step is the first, the second ...
    """
    reached = np.ascontiguousarray(ended[:, :0:-1].cumsum(axis=1)[:, ::-1])
    before = np.concatenate((reached[:, :1], reached[:, :-1]), axis=1)
    from_entry, from_previous = (
        _moments_once(np.broadcast_to(reached[:, :1], reached.shape), reached),
        _moments_once(before, reached),
    )
    return FunnelCounts(ended.sum(axis=1), ended[:, 0].copy(), reached, from_entry, from_previous, times, step_times)


def _moments_once(x: Int64s, y: Int64s) -> Moments:
    """Moments of owners who count once in the denominator, and once or not in the numerator."""
    return moments_of(np.stack((x, x, y, x, y, y), axis=-1).reshape(-1, 6))


def _count(chains: Chains, owners: Int64s, cells: int, steps: int, told: bool) -> Folded[FunnelCounts]:
    outcomes = np.full(owners.size, -1, np.int32)
    entrants, waiting, reached = np.zeros(cells, np.int64), np.zeros(cells, np.int64), np.zeros((cells, steps), np.int64)
    from_entry, from_previous = np.zeros((cells * steps, 6), np.int64), np.zeros((cells * steps, 6), np.int64)
    _count_entrants(
        chains, steps, np.zeros((cells, steps), np.int64), entrants, waiting, reached, from_entry, from_previous, outcomes
    )
    times, step_times = _durations(chains, owners, cells, steps, told)
    summary = FunnelCounts(entrants, waiting, reached, moments_of(from_entry), moments_of(from_previous), times, step_times)
    return Folded(summary, outcomes)


def _durations(chains: Chains, owners: Int64s, cells: int, steps: int, told: bool) -> tuple[Durations, Durations]:
    """The times of whole chains, and those of steps if they are to be told."""
    total, step = _rows_of(chains, owners, steps)
    return Durations.of(cells, *total), Durations.of(cells * steps, *step) if told else Durations.none(0)


def _rows_of(chains: Chains, owners: Int64s, steps: int) -> tuple[Int64s, Int64s]:
    """(3, rows) cell, owner, milliseconds: of whole chains, and of steps."""
    total, step = _no_rows(chains.cells.size), _no_rows(chains.gaps.size)
    whole = _list_durations(chains, owners, steps, total, step)
    return total[:, :whole], step


def _no_rows(rows: int) -> Int64s:
    """(3, rows) cell, owner, milliseconds: to be filled."""
    return np.empty((3, rows), np.int64)


@lean_kernel
def _count_ends(chains: Chains, ended: Int64s, outcomes: Int32s) -> None:
    """Count entrants by cell and the last step they met, after the open ones, and the furthest of each owner."""
    for row in range(chains.cells.size):
        place, last = chains.places[row], chains.reached[row]
        ended[chains.cells[row], last + 1] += 1
        outcomes[place] = max(outcomes[place], last)


@lean_kernel
def _count_entrants(
    chains: Chains,
    steps: int,
    mine: Int64s,
    entrants: Int64s,
    waiting: Int64s,
    reached: Int64s,
    from_entry: Int64s,
    from_previous: Int64s,
    outcomes: Int32s,
) -> None:
    """Add up entrants by cell, and each owner's own into the moments. mine: (cells, steps) zeros to work with."""
    row = 0
    while row < chains.cells.size:
        first, place = row, chains.places[row]
        while row < chains.cells.size and chains.places[row] == place:
            cell, last = chains.cells[row], chains.reached[row]
            entrants[cell] += 1
            waiting[cell] += last < 0
            outcomes[place] = max(outcomes[place], last)
            for step in range(last + 1):
                mine[cell, step] += 1
            row += 1
        for i in range(first, row):
            cell = chains.cells[i]
            closed = mine[cell, 0]
            if closed == 0:
                continue
            before = closed
            for step in range(steps):
                here = mine[cell, step]
                reached[cell, step] += here
                add_ratio(from_entry[cell * steps + step], closed, here)
                add_ratio(from_previous[cell * steps + step], before, here)
                before, mine[cell, step] = here, 0


@lean_kernel
def _list_durations(chains: Chains, owners: Int64s, steps: int, total: Int64s, step: Int64s) -> int:
    """One row (cell, owner, milliseconds) per whole chain into `total`, and one per step told into `step`; returns how many are whole."""
    whole, gap = 0, 0
    for row in range(chains.cells.size):
        cell, last = chains.cells[row], chains.reached[row]
        if last <= 0:
            continue
        owner = owners[chains.places[row]]
        for following in range(1, last + 1 if chains.gaps.size else 1):
            step[0, gap], step[1, gap], step[2, gap] = cell * steps + following, owner, chains.gaps[gap] // 1000
            gap += 1
        if last == steps - 1:
            total[0, whole], total[1, whole], total[2, whole] = cell, owner, chains.took[row] // 1000
            whole += 1
    return whole
