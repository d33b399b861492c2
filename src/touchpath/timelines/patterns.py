"""Patterns: parts of paths that come before an outcome, against cases without it. See docs/definitions/patterns.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.cases import MAX_NODES, Cases, Line, case_cell, case_end, case_is_open, line_up
from touchpath.timelines.fold import Folded
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, moments_of
from touchpath.timelines.summaries import Counts
from touchpath.timelines.trail_table import (
    Table,
    check_table,
    close_person,
    close_totals,
    find_trail,
    first_in_case,
    first_room,
    grown,
    has_room,
    mix_high,
    mix_low,
    new_table,
    note_case,
    take_trail,
    trails_of,
)
from touchpath.timelines.trails import Trails

#: No run-up is longer than this, no pattern of neighbours longer than that, and with gaps none longer than the third.
LONGEST_RUN, LONGEST_PATTERN, LONGEST_GAPPED = 30, 5, 3
#: Which nodes of a case are its run-up: the last before the outcome (or before its end), or the first.
Part = Literal["last", "first"]
#: The first number of a pattern's trail: its nodes follow each other at once, or with others between.
AT_ONCE, LATER = MAX_NODES, MAX_NODES - 1
#: Outcome codes of owners' cases: of several the highest. With a pattern whether a case has it, without one whether it has the outcome.
WITHOUT, WITH = 0, 1

_DONE = -1
_AT_OWNER, _AT_PLACE, _CELLS, _CASE = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class PatternCounts(Counts):
    """Cases that are over and have a run-up, in the cell of their first signal.

    open: (cells,) cases that may still go on.   at_once: (cells,) cases that begin with the outcome, so that nothing runs up to it.
    cases: per owner x = cases, y = of these with the outcome.   patterns: n = cases of a person that have it, m = of these with the
    outcome; a, b = x and y. A trail begins with AT_ONCE or LATER, then come its nodes.
    """

    open: Int64s
    at_once: Int64s
    cases: Moments
    patterns: Trails


@dataclass(frozen=True, slots=True)
class Patterns:
    """Which patterns the run-ups of cases have, and which cases have the outcome.

    A case with the outcome is read up to its first signal of `outcome`, any other whole. Its run-up is the `last` (or `first`) `run` nodes of that.
    Patterns are all runs of 1 to `length` nodes that follow each other at once, and all of 2 to `gapped` nodes in this order with at most
    `apart` others between neighbours (None = any number); `gapped` 0 = none. Each counts once in a case. `pattern`: names of
    nodes, and whether they follow at once, to choose people by.

    Raises BadInput for a run outside 1 to 30, a length outside 1 to 5, `gapped` other than 0, 2 and 3, and `apart` below 0.
    """

    outcome: EventRule
    cases: Cases = field(default_factory=Cases)
    run: int = 10
    part: Part = "last"
    length: int = 3
    gapped: int = 2
    apart: int | None = None
    pattern: tuple[int | str, ...] = ()
    at_once: bool = True

    def __post_init__(self) -> None:
        for name, came, low, high in (("run-up", self.run, 1, LONGEST_RUN), ("pattern", self.length, 1, LONGEST_PATTERN)):
            if not low <= came <= high:
                raise BadInput(f"A {name} has {low} to {high} nodes, but {came} came.")
        if self.gapped not in (0, 2, LONGEST_GAPPED) or (self.apart is not None and self.apart < 0):
            raise BadInput(
                f"Patterns with gaps have 2 or 3 nodes (0 = none) and 0 or more between, but {self.gapped} and {self.apart} came."
            )
        if self.part not in get_args(Part):
            raise BadInput(f"A run-up is the last or the first part of a case, but '{self.part}' came.")

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[PatternCounts]:
        """Read each timeline once."""
        outcome = fixed(match(timelines, [self.outcome]).of(0), np.uint8)
        line, room = self.cases.line(timelines, cells, people, end, outcome), first_room(timelines.signals)
        sums, counts = np.zeros((cells.count, 6), np.int64), np.zeros((2, cells.count), np.int64)
        outcomes = np.full(timelines.people, -1, np.int32)
        scratch = np.zeros(LONGEST_RUN, np.int64), np.zeros(LONGEST_PATTERN + 1, np.int64)
        state = State(np.zeros(4, np.int64), np.zeros(cells.count, np.int64), np.zeros((cells.count, 2), np.int64), *scratch)
        asked, most = self._asked(timelines), self.most
        table = new_table(room, 4 * room)
        while (said := _follow(line, asked, table, state, sums, counts, outcomes)) != _DONE:
            check_table(said)
            table = grown(table, most, most * (LONGEST_PATTERN + 1))
        return Folded(PatternCounts(counts[0].copy(), counts[1].copy(), moments_of(sums), trails_of(table)), outcomes)

    @property
    def most(self) -> int:
        """No case has more patterns than this."""
        run = self.run
        gapped = (run * run if self.gapped >= 2 else 0) + (run**3 // 6 if self.gapped == 3 else 0)
        return run * self.length + gapped

    def _asked(self, timelines: Timelines) -> Asked:
        places = [self.cases.place(timelines, one) for one in self.pattern]
        wanted = [AT_ONCE if self.at_once else LATER, *places] if places else []
        apart = self.run if self.apart is None else self.apart
        return Asked(
            self.run, self.part == "first", self.length, self.gapped, apart, self.most, fixed(np.array(wanted, np.int64))
        )


class Asked(NamedTuple):
    """The question, see `Patterns`; most: patterns of one case; pattern: the trail to choose people by, zero-length = none."""

    run: int
    from_start: bool
    length: int
    gapped: int
    apart: int
    most: int
    pattern: Int64s


class State(NamedTuple):
    """Where reading stopped to get more room: at: (4,) owner, place in the line, cells touched, number of cases. run: the run-up in hand; trail: a pattern."""

    at: Int64s
    touched: Int64s
    totals: Int64s
    run: Int64s
    trail: Int64s


@lean_kernel
def _run_up(line: Line, asked: Asked, state: State, first: int, after: int) -> int:
    """Write the run-up of the case at places `first` to `after`; returns how many nodes it has."""
    count = 0
    if asked.from_start:
        place = first
        while place < after and count < asked.run:
            if line.nodes[place] >= 0:
                state.run[count] = line.nodes[place]
                count += 1
            place += 1
        return count
    place = after - 1
    while place >= first and count < asked.run:
        if line.nodes[place] >= 0:
            count += 1
            state.run[asked.run - count] = line.nodes[place]
        place -= 1
    for place in range(count):
        state.run[place] = state.run[asked.run - count + place]
    return count


@lean_kernel
def _take(table: Table, asked: Asked, state: State, owner: int, cell: int, size: int, ended: bool) -> int:
    """Count the pattern in hand (its kind and nodes) if it is new in the case; 1 = it is the one asked for, -2 = collision."""
    high, low = mix_high(0, cell), mix_low(0, cell)
    for place in range(size):
        high, low = mix_high(high, state.trail[place]), mix_low(low, state.trail[place])
    row = find_trail(table, cell, high, low, state.trail, 0, size)
    if row < 0:
        return row
    if first_in_case(table, row, state.at[_CASE]):
        take_trail(table, row, owner, ended, 0)
    place = 0
    while size == asked.pattern.size and place < size and state.trail[place] == asked.pattern[place]:
        place += 1
    return 1 if place == size else 0


@lean_kernel
def _take_runs(table: Table, asked: Asked, state: State, owner: int, cell: int, count: int, ended: bool) -> int:
    """Count all runs of neighbours in the run-up in hand."""
    had = 0
    state.trail[0] = AT_ONCE
    for begin in range(count):
        for size in range(1, min(asked.length, count - begin) + 1):
            state.trail[size] = state.run[begin + size - 1]
            said = _take(table, asked, state, owner, cell, size + 1, ended)
            if said < 0:
                return said
            had = max(had, said)
    return had


@lean_kernel
def _take_gapped(table: Table, asked: Asked, state: State, owner: int, cell: int, count: int, ended: bool) -> int:
    """Count all pairs (and triples) with others between in the run-up in hand."""
    had = 0
    state.trail[0] = LATER
    for begin in range(count):
        for second in range(begin + 1, min(begin + asked.apart + 2, count)):
            state.trail[1], state.trail[2] = state.run[begin], state.run[second]
            said = _take(table, asked, state, owner, cell, 3, ended)
            if said < 0:
                return said
            had = max(had, said)
            if asked.gapped < 3:
                continue
            for third in range(second + 1, min(second + asked.apart + 2, count)):
                state.trail[3] = state.run[third]
                said = _take(table, asked, state, owner, cell, 4, ended)
                if said < 0:
                    return said
                had = max(had, said)
    return had


@lean_kernel
def _outcome_place(line: Line, first: int, after: int) -> int:
    """The place of the first signal of the outcome in a case; `after` = it has none."""
    place = first
    while place < after and line.extra[line.rows[place]] == 0:
        place += 1
    return place


@lean_kernel
def _count_case(table: Table, asked: Asked, state: State, owner: int, cell: int, count: int, ended: bool) -> int:
    """Count a case's patterns; returns WITH or WITHOUT, or -2 = collision."""
    had = _take_runs(table, asked, state, owner, cell, count, ended)
    if had >= 0 and asked.gapped > 0:
        more = _take_gapped(table, asked, state, owner, cell, count, ended)
        had = more if more < 0 else max(had, more)
    if had < 0:
        return had
    state.at[_CASE] += 1
    state.at[_CELLS] = note_case(state.totals, state.touched, state.at[_CELLS], cell, ended)
    return had if asked.pattern.size > 0 else (WITH if ended else WITHOUT)


@lean_kernel
def _follow(line: Line, asked: Asked, table: Table, state: State, sums: Int64s, counts: Int64s, outcomes: Int32s) -> int:
    """Count the cases of all owners; _DONE, an error, or 0 = the table needs more room, then go on where it stopped. counts: open, at once."""
    at = state.at
    while at[_AT_OWNER] < line.starts.size - 1:
        owner = at[_AT_OWNER]
        if not is_read(owner, line.people, line.skip):
            at[_AT_OWNER] += 1
            continue
        n = line_up(line, owner)
        while at[_AT_PLACE] < n:
            if not has_room(table, asked.most, asked.most * state.trail.size):
                return 0
            first = at[_AT_PLACE]
            after = case_end(line, first, n)
            at[_AT_PLACE] = after
            cell = case_cell(line, owner, first)
            if cell < 0:
                continue
            if case_is_open(line, first, after):
                counts[0, cell] += 1
                continue
            until = _outcome_place(line, first, after)
            count = _run_up(line, asked, state, first, until)
            if count == 0:
                counts[1, cell] += 1
                continue
            had = _count_case(table, asked, state, owner, cell, count, until < after)
            if had < 0:
                return had
            outcomes[owner] = max(outcomes[owner], had)
        if not close_person(table, state.totals):
            return -3
        close_totals(state.totals, state.touched, at[_CELLS], sums)
        at[_CELLS], at[_AT_PLACE] = 0, 0
        at[_AT_OWNER] += 1
    return _DONE
