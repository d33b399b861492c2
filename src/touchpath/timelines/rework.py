"""Rework: what people have to do again, where they turn back, go round in circles, and where cases end. See docs/definitions/rework.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import NO_INT32S, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.cases import NODE_BITS, Cases, Line, case_cell, case_end, case_is_open, line_up
from touchpath.timelines.coded import Coded, Slots, coded, find_slot, has_slots, more_slots, new_slots
from touchpath.timelines.fold import Folded
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.moments import Moments, Ratio, moments_of
from touchpath.timelines.summaries import Counts
from touchpath.timelines.trail_table import close_totals, note_case

#: What can happen to a node in a case, in the order of the summary's columns.
MEASURES = ("rework", "self_loop", "repetition", "redo", "backtrack", "back", "end", "dead_end")
REWORK, SELF_LOOP, REPETITION, REDO, BACKTRACK, BACK, END, DEAD_END = range(8)
#: Returns with this many other signals between, or more, share the last bin.
FARTHEST = 31

#: Outcome codes: how an owner's cases went that are over, the worst of them.
SMOOTH, REWORKED, REDONE = 0, 1, 2

_MEASURES = len(MEASURES)
#: Hash tables may not have more slots than this (1 GB each).
MOST_ROWS, MOST_LOOPS = 1 << 21, 1 << 25

# Columns of a row of nodes, after the code and the person in hand.
_OWNER, _CASES, _HAND = 1, 2, 3
_SIGNALS = _HAND + _MEASURES
_KNOWN = _SIGNALS + _MEASURES
_RETURNS = _KNOWN + 1
_SUMS = _RETURNS + FARTHEST + 1
_WIDTH = _SUMS + 3 + 3 * _MEASURES

# Columns of a row of loops.
_LOOP_OWNER, _LOOP_PEOPLE, _LOOP_TIMES = 1, 2, 3

_NONE = (1 << NODE_BITS) - 1


@dataclass(frozen=True, slots=True, eq=False)
class ReworkCounts(Counts):
    """Nodes and loops of cases that are over, in the cell of the case's first signal.

    open: (cells,) cases that may still go on.   cases: per owner x = cases that are over, y = of these with a node that comes twice.
    nodes: by cell << 16 | node. Columns: 8 numbers of signals by MEASURES (with REWORK all that come again, with END and DEAD_END cases);
    reworked signals whose resource is known, there and where the node came before; 32 numbers of reworked signals by how many others
    lie between, 31 = that many or more; then sums over people: how many, x = cases with the node, xx, and for each measure y = those
    with it, xy, yy.
    loops: by ((cell << 16 | first) << 16 | second) << 16 | third, where third = 65,535 in a loop of two. Columns: people, and how often.
    """

    open: Int64s
    cases: Moments
    nodes: Coded
    loops: Coded

    def nodes_of(self, cell: int) -> dict[int, int]:
        """The row of each node that a cell has."""
        return {int(self.nodes.codes[row]) & _NONE: row for row in self.nodes.rows_of(cell, NODE_BITS)}

    def signals(self, row: int, measure: int) -> int:
        """How many signals of a node (or cases that end there) a measure counts."""
        return int(self.nodes.counts[row, measure])

    def known(self, row: int) -> int:
        """How many of a node's reworked signals have a known resource, there and before."""
        return int(self.nodes.counts[row, _KNOWN - _SIGNALS])

    def returns(self, row: int) -> list[int]:
        """A node's reworked signals by how many others lie between: 0, 1, ... 30, 31 or more."""
        return [int(count) for count in self.nodes.counts[row, _RETURNS - _SIGNALS : _SUMS - _SIGNALS]]

    def share(self, row: int, measure: int) -> Ratio:
        """Of the cases with a node (x), those in which a measure holds (y)."""
        sums = [int(count) for count in self.nodes.counts[row, _SUMS - _SIGNALS :]]
        y, xy, yy = sums[3 + 3 * measure : 6 + 3 * measure]
        return Ratio(sums[0], sums[1], y, sums[2], xy, yy)

    def loops_of(self, cell: int) -> list[tuple[tuple[int, ...], int, int]]:
        """The loops of a cell: their two or three nodes from where they begin, people, and how often."""
        found: list[tuple[tuple[int, ...], int, int]] = []
        for row in self.loops.rows_of(cell, 3 * NODE_BITS):
            code = int(self.loops.codes[row])
            nodes = (code >> 2 * NODE_BITS & _NONE, code >> NODE_BITS & _NONE, code & _NONE)
            people, times = (int(count) for count in self.loops.counts[row])
            found.append((nodes[:2] if nodes[2] == _NONE else nodes, people, times))
        return found


@dataclass(frozen=True, slots=True)
class Rework:
    """What comes again in cases.

    A signal is rework when its node came before in the same case: a self-loop when directly before, else a repetition. It is a redo when
    `resource` (a column such as "properties.agent" or "channel") is known there and where the node came last, and differs. A backtrack
    returns to a node with exactly one other signal between (A, B, A). `ordered`: the nodes stand in a designed order, and a
    signal directly after one of a later node goes back. `goals`: places (or kinds) of nodes; a case without one of them ends in a dead end.
    A loop is a way from a node over one or two different others back to it.
    Outcome: the worst of an owner's cases that are over (SMOOTH, REWORKED, REDONE), -1 = none.

    Source: edeaR (number_of_selfloops, number_of_repetitions, redo by another resource); pm4py get_rework_cases_per_activity.
    """

    cases: Cases = field(default_factory=Cases)
    resource: str = ""
    ordered: bool = False
    goals: tuple[int | str, ...] = ()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[ReworkCounts]:
        """Read each timeline once."""
        line, nodes = self.cases.line(timelines, cells, people, end), self.cases.count(timelines)
        if cells.count > 1 << 14:
            raise BadInput(f"Rework can be cut into {1 << 14:,} cells at most, but {cells.count:,} came.")
        resources = fixed(timelines.code(self.resource), np.int32) if self.resource else NO_INT32S
        sums, waiting = np.zeros((cells.count, 6), np.int64), np.zeros(cells.count, np.int64)
        outcomes = np.full(timelines.people, -1, np.int32)
        asked = Asked(resources, self.ordered, self._goals(timelines, nodes))
        row, place, known = np.full((3, nodes), -1, np.int64)
        seen = Seen(row, place, known, np.zeros((nodes, _MEASURES), np.int64))
        state = State(np.zeros(4, np.int64), np.zeros(cells.count, np.int64), np.zeros((cells.count, 2), np.int64), seen)
        rows, loops, most = new_slots(1 << 8, _WIDTH), new_slots(1 << 8, 4), line.rows.size
        while not _follow(line, asked, state, rows, loops, sums, waiting, outcomes):
            rows, loops = more_slots(rows, min(nodes, most)), more_slots(loops, most)
            if rows.rows.shape[0] > MOST_ROWS or loops.rows.shape[0] > MOST_LOOPS:
                raise BadInput("There are too many different nodes, loops and cells to hold. Give fewer nodes, or fewer cells.")
        return Folded(ReworkCounts(waiting, moments_of(sums), coded(rows, _SIGNALS), coded(loops, 2)), outcomes)

    def _goals(self, timelines: Timelines, nodes: int) -> Bytes:
        places = [self.cases.place(timelines, one) for one in self.goals]
        goals = np.zeros(nodes, np.uint8)
        goals[[place for place in places if place >= 0]] = 1
        return fixed(goals) if self.goals else fixed(np.zeros(0, np.uint8))


class Asked(NamedTuple):
    """The question: (signals,) resources, zero-length = not asked; whether nodes are ordered; (nodes,) goals, zero-length = none."""

    resources: Int32s
    ordered: bool
    goals: Bytes


class Seen(NamedTuple):
    """What is known of each node in the case in hand: its row, the place where it came last, and what happened to it.

    row: (nodes,) -1 = has not come; place; known: resource there; did: (nodes, 8) by MEASURES.
    """

    row: Int64s
    place: Int64s
    known: Int64s
    did: Int64s


class State(NamedTuple):
    """Where reading stopped to get more room: at: (4,) owner, place in the line, cells touched, unused; see `note_case`."""

    at: Int64s
    touched: Int64s
    totals: Int64s
    seen: Seen


_AT_OWNER, _AT_PLACE, _CELLS = range(3)


@lean_kernel
def _close(row: Int64s) -> None:
    """Add what the person in hand did at a node to its sums."""
    x = row[_CASES]
    if x > 0:
        row[_SUMS] += 1
        row[_SUMS + 1] += x
        row[_SUMS + 2] += x * x
        for measure in range(_MEASURES):
            y, sums = row[_HAND + measure], _SUMS + 3 + 3 * measure
            row[sums] += y
            row[sums + 1] += x * y
            row[sums + 2] += y * y
            row[_HAND + measure] = 0
        row[_CASES] = 0


@lean_kernel
def _close_all(rows: Int64s) -> None:
    for slot in range(rows.shape[0]):
        _close(rows[slot])


@lean_kernel
def _meet(line: Line, asked: Asked, state: State, rows: Slots, first: int, place: int, owner: int, cell: int) -> int:
    """Count one signal of the case in hand; returns what it makes of the case: SMOOTH, REWORKED or REDONE."""
    seen, node, signal = state.seen, line.nodes[place], line.rows[place]
    known = asked.resources[signal] if asked.resources.size > 0 else 0
    if seen.row[node] < 0:
        slot = find_slot(rows, cell << NODE_BITS | node)
        seen.row[node] = slot
        row = rows.rows[slot]
        if row[_OWNER] != owner:
            _close(row)
            row[_OWNER] = owner
        row[_CASES] += 1
        how = SMOOTH
    else:
        row, did, between, how = rows.rows[seen.row[node]], seen.did[node], place - seen.place[node] - 1, REWORKED
        row[_RETURNS + min(between, FARTHEST)] += 1
        row[_SIGNALS + REWORK] += 1
        did[REWORK] = 1
        kind = SELF_LOOP if between == 0 else REPETITION
        row[_SIGNALS + kind] += 1
        did[kind] = 1
        if between == 1:
            row[_SIGNALS + BACKTRACK] += 1
            did[BACKTRACK] = 1
        if known > 0 and seen.known[node] > 0:
            row[_KNOWN] += 1
            if known != seen.known[node]:
                row[_SIGNALS + REDO] += 1
                did[REDO] = 1
                how = REDONE
    if asked.ordered and place > first and line.nodes[place - 1] > node:
        row[_SIGNALS + BACK] += 1
        seen.did[node, BACK] = 1
    seen.place[node], seen.known[node] = place, known
    return how


@lean_kernel
def _loop(line: Line, loops: Slots, first: int, place: int, owner: int, cell: int) -> None:
    """Count the loop that the signal at `place` closes, if it does."""
    a = line.nodes[place]
    if place - first < 2 or line.nodes[place - 1] == a:
        return
    if line.nodes[place - 2] == a:
        second, third = line.nodes[place - 1], _NONE
    elif place - first >= 3 and line.nodes[place - 3] == a and line.nodes[place - 2] != line.nodes[place - 1]:
        second, third = line.nodes[place - 2], line.nodes[place - 1]
    else:
        return
    row = loops.rows[find_slot(loops, ((cell << NODE_BITS | a) << NODE_BITS | second) << NODE_BITS | third)]
    row[_LOOP_PEOPLE] += row[_LOOP_OWNER] != owner
    row[_LOOP_OWNER] = owner
    row[_LOOP_TIMES] += 1


@lean_kernel
def _end_case(line: Line, asked: Asked, state: State, rows: Slots, first: int, after: int) -> None:
    """Count where a case ends, and everything that happened at its nodes, each once."""
    seen, last, reached = state.seen, line.nodes[after - 1], asked.goals.size == 0
    if not reached:
        for place in range(first, after):
            reached |= asked.goals[line.nodes[place]] != 0
    seen.did[last, END], seen.did[last, DEAD_END] = 1, not reached
    rows.rows[seen.row[last], _SIGNALS + END] += 1
    rows.rows[seen.row[last], _SIGNALS + DEAD_END] += not reached
    for place in range(first, after):
        node = line.nodes[place]
        if seen.row[node] >= 0:
            row = rows.rows[seen.row[node]]
            for measure in range(_MEASURES):
                row[_HAND + measure] += seen.did[node, measure]
                seen.did[node, measure] = 0
            seen.row[node] = -1


@lean_kernel
def _follow(
    line: Line, asked: Asked, state: State, rows: Slots, loops: Slots, sums: Int64s, waiting: Int64s, outcomes: Int32s
) -> bool:
    """Count the cases of all owners; False = a table needs more room, then go on where it stopped."""
    at = state.at
    while at[_AT_OWNER] < line.starts.size - 1:
        owner = at[_AT_OWNER]
        if not is_read(owner, line.people, line.skip):
            at[_AT_OWNER] += 1
            continue
        n = line_up(line, owner)
        while at[_AT_PLACE] < n:
            first = at[_AT_PLACE]
            after = case_end(line, first, n)
            most = min(after - first, state.seen.row.size)
            if not (has_slots(rows, most) and has_slots(loops, after - first)):
                return False
            at[_AT_PLACE] = after
            cell = case_cell(line, owner, first)
            if cell < 0:
                continue
            if case_is_open(line, first, after):
                waiting[cell] += 1
                continue
            how = SMOOTH
            for place in range(first, after):
                how = max(how, _meet(line, asked, state, rows, first, place, owner, cell))
                _loop(line, loops, first, place, owner, cell)
            _end_case(line, asked, state, rows, first, after)
            at[_CELLS] = note_case(state.totals, state.touched, at[_CELLS], cell, how > SMOOTH)
            outcomes[owner] = max(outcomes[owner], how)
        close_totals(state.totals, state.touched, at[_CELLS], sums)
        at[_CELLS], at[_AT_PLACE] = 0, 0
        at[_AT_OWNER] += 1
    _close_all(rows.rows)
    return True
