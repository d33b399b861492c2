"""States over time: in which state everybody is at the end of each period, and who moved. See docs/definitions/states.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_BYTES, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.summaries import Counts

#: More states than this are refused: a table of movements has a row and a column for each.
MOST_STATES = 30
#: A state may last at most this long without a signal.
LONGEST_LAPSE = timedelta(days=100 * 366)

_ENDLESS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class StateCounts(Counts):
    """Owners by state, in each cell; states are numbered from 1, 0 = none yet, a lapsed state comes last.

    moves: (cells, states, states) owners by the state at the period's start and at its end (or at the end of the data, if that is
    before); those without a state at both are not counted.   entered: (cells, states) how often a state was entered.
    milliseconds: (cells, states) time spent in each state in the period, all owners together.
    """

    moves: Int64s
    entered: Int64s
    milliseconds: Int64s


@dataclass(frozen=True, slots=True)
class States:
    """Which state owners are in over time: a signal that meets the rule of a state puts its owner there until another does.

    `states`: a rule for each state. A signal that meets several puts its owner into the first of them; of the signals of one instant
    the one whose state stands last in the list counts, so that their stored order does not matter. A signal for the state that one is
    in changes nothing, but renews it. `lapse`: after so long without a signal of any state one falls into a further state, the last.
    What happens exactly at a border belongs to the period that begins there.

    Cells: by period and by segments of owners. Outcome: the state at the end of the last period, or of the data; -1 = not read.
    Raises BadInput for no state, more than 30, a lapse that is not above 0 and at most 100 years, and segments of signals.
    """

    states: tuple[EventRule, ...]
    lapse: timedelta | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.states) <= MOST_STATES:
            raise BadInput(f"There can be 1 to {MOST_STATES} states, but {len(self.states)} came.")
        if self.lapse is not None and not timedelta() < self.lapse <= LONGEST_LAPSE:
            raise BadInput(f"A state lapses after more than 0 and at most 100 years, but {self.lapse} came.")

    @property
    def size(self) -> int:
        """How many states there are with "none yet" and the lapsed one."""
        return len(self.states) + 1 + (self.lapse is not None)

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Time in a state runs on until the last period is over."""
        return Ending(end if edges[-1] - 1 > end else None, placed=False)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[StateCounts]:
        """Read each timeline once."""
        if cells.signal_codes.size:
            raise BadInput("States are cut by what an owner is, not by a signal. Take a dimension that is 'fixed' or 'latest'.")
        matched = match(timelines, self.states)
        lowest = fixed(np.array([(int(bits) & -int(bits)).bit_length() for bits in matched.bits], np.int64))
        size = self.size
        moves, (entered, spent) = np.zeros((cells.count, size, size), np.int64), np.zeros((2, cells.count, size), np.int64)
        outcomes = np.full(timelines.people, -1, np.int32)
        where = _Where(fixed(cells.edges, np.int64), cells.segments, fixed(cells.owner_codes, np.int32), end)
        _fold_states(
            fixed(timelines.starts, np.int64),
            fixed(timelines.times, np.int64),
            matched.codes,
            lowest,
            fixed(people if people.size else NO_BYTES, np.uint8),
            fixed(timelines.skip, np.uint8),
            where,
            microseconds(self.lapse) if self.lapse else _ENDLESS,
            size - 1,
            _Counted(moves, entered, spent),
            outcomes,
        )
        return Folded(StateCounts(moves, entered, spent), outcomes)


class _Where(NamedTuple):
    """Period borders, how many segments, each owner's segment (zero-length = all in 0), and the end of the data."""

    edges: Int64s
    segments: int
    owners: Int32s
    end: int


class _Counted(NamedTuple):
    """As in StateCounts."""

    moves: Int64s
    entered: Int64s
    spent: Int64s


@lean_kernel
def _spend(counted: _Counted, cell: int, state: int, since: int, until: int) -> None:
    """Add the time in a state to a cell."""
    if until > since:
        counted.spent[cell, state] += (until - since) // 1000


@lean_kernel
def _close(
    where: _Where, counted: _Counted, segment: int, period: int, start: int, state: int, since: int, until: int
) -> tuple[int, int]:
    """Close the periods that end by `until`; returns the period then running and the state in which it began.

    since: from when on the state holds.
    """
    while period < where.edges.size - 1 and where.edges[period + 1] <= until:
        cell = period * where.segments + segment
        if start or state:
            counted.moves[cell, start, state] += 1
        if state:
            _spend(counted, cell, state, max(since, where.edges[period]), where.edges[period + 1])
        start = state
        period += 1
    return period, start


@lean_kernel
def _change(
    where: _Where, counted: _Counted, segment: int, period: int, start: int, state: int, since: int, time: int, to: int
) -> tuple[int, int]:
    """Leave a state for another; returns the period then running and the state in which it began."""
    period, start = _close(where, counted, segment, period, start, state, since, time)
    if time < where.edges[0]:
        return period, to
    if period < where.edges.size - 1:
        cell = period * where.segments + segment
        if state:
            _spend(counted, cell, state, max(since, where.edges[period]), time)
        counted.entered[cell, to] += 1
    return period, start


@lean_kernel
def _fold_states(
    starts: Int64s,
    times: Int64s,
    codes: Int32s,
    state_of: Int64s,
    people: Bytes,
    skip: Bytes,
    where: _Where,
    lapse: int,
    lapsed: int,
    counted: _Counted,
    outcomes: Int32s,
) -> None:
    """Follow every owner through their states. state_of: the state of each code, 0 = none."""
    last = min(where.edges[where.edges.size - 1] - 1, where.end)
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        segment = where.owners[owner] if where.owners.size else 0
        if segment < 0:
            continue
        period, start, state, since, renewed = 0, 0, 0, 0, 0
        i, high = starts[owner], starts[owner + 1]
        while i < high and times[i] <= last:
            time, to = times[i], 0
            while i < high and times[i] == time:
                to = max(to, state_of[codes[i]])
                i += 1
            if to == 0:
                continue
            if lapse != _ENDLESS and state and state != lapsed and time - renewed > lapse:
                fell = renewed + lapse
                period, start = _change(where, counted, segment, period, start, state, since, fell, lapsed)
                state, since = lapsed, fell
            if to != state:
                period, start = _change(where, counted, segment, period, start, state, since, time, to)
                state, since = to, time
            renewed = time
        if lapse != _ENDLESS and state and state != lapsed and last - renewed >= lapse:
            fell = renewed + lapse
            period, start = _change(where, counted, segment, period, start, state, since, fell, lapsed)
            state, since = lapsed, fell
        period, start = _close(where, counted, segment, period, start, state, since, last + 1)
        if period < where.edges.size - 1 and where.edges[period] <= last:
            cell = period * where.segments + segment
            if start or state:
                counted.moves[cell, start, state] += 1
            if state:
                _spend(counted, cell, state, max(since, where.edges[period]), last + 1)
        outcomes[owner] = state
