"""Variants: the distinct whole paths of cases, how many cases and people take each. See docs/definitions/variants.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.cases import Cases, Line, case_cell, case_end, case_is_open, line_up
from touchpath.timelines.durations import Durations
from touchpath.timelines.fold import Folded
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.moments import Moments, moments_of
from touchpath.timelines.summaries import Counts
from touchpath.timelines.trail_table import (
    TOO_LONG,
    Table,
    check_table,
    close_person,
    close_totals,
    find_trail,
    first_room,
    grown,
    has_room,
    mix_high,
    mix_low,
    new_table,
    note_case,
    same_trail,
    take_trail,
    trails_of,
)
from touchpath.timelines.trails import Trails

#: No variant is longer than this.
LONGEST_VARIANT = 10_000
#: Outcome codes: whether an owner took the path asked for; without one, whether all their cases went one way.
OTHERS, TOOK = 0, 1
SEVERAL, ONE_WAY = 2, 3

_DONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class VariantCounts(Counts):
    """Cases in the cell of their first signal.

    open: (cells,) cases that may still go on.   cases: per owner x = those that are over, y = those with more nodes than `longest`, which
    are no variant.   variants: n = times a person took it, a = all their cases; milliseconds from first to last signal.
    times: first to last signal of cases of two signals or more that are over.
    """

    open: Int64s
    cases: Moments
    variants: Trails
    times: Durations


@dataclass(frozen=True, slots=True)
class Variants:
    """The distinct paths of cases.

    `collapse`: a node that comes again at once counts once. `longest`: cases with more nodes (after collapsing) are counted as too long
    and belong to no variant. `path`: names of nodes, as a place in the rules or as the word of a kind; owners who took exactly this path are
    selected. Outcome with a path: OTHERS, TOOK; without: SEVERAL, ONE_WAY; -1 = no case that is over.

    Source: W. van der Aalst, Process Mining (2016), chapter 5 (trace variants).
    Raises BadInput for a `longest` outside 1 to 10,000.
    """

    cases: Cases = field(default_factory=Cases)
    collapse: bool = False
    longest: int = 100
    path: tuple[int | str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.longest <= LONGEST_VARIANT:
            raise BadInput(f"The longest path has 1 to {LONGEST_VARIANT:,} nodes, but {self.longest} came.")

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[VariantCounts]:
        """Read each timeline once."""
        line = self.cases.line(timelines, cells, people, end)
        sums, waiting = np.zeros((cells.count, 6), np.int64), np.zeros(cells.count, np.int64)
        outcomes, spans = np.full(timelines.people, -1, np.int32), np.empty((3, timelines.signals // 2 + 1), np.int64)
        state = State(np.zeros(6, np.int64), np.zeros(cells.count, np.int64), np.zeros((cells.count, 2), np.int64))
        table = new_table(first_room(timelines.signals), self.longest + 8 * first_room(timelines.signals))
        way = fixed(np.array([self.cases.place(timelines, one) for one in self.path], np.int64))
        asked = Asked(self.collapse, self.longest, way)
        owners = fixed(timelines.owners, np.int64)
        while (said := _follow(line, asked, owners, table, state, sums, waiting, spans, outcomes)) != _DONE:
            check_table(said)
            table = grown(table, 1, self.longest)
        times = Durations.of(cells.count, *spans[:, : int(state.at[_SPANS])])
        return Folded(VariantCounts(waiting, moments_of(sums), trails_of(table), times), outcomes)


class Asked(NamedTuple):
    """The question: whether repeats are collapsed, the longest path, and the path to select people by."""

    collapse: bool
    longest: int
    path: Int64s


class State(NamedTuple):
    """Where reading stopped to get more room: at: (6,) owner, place in the line, cells touched, first variant's row, whether another came, spans.

    touched: (cells,) the cells of the person in hand; totals: (cells, 2) their cases, and those too long.
    """

    at: Int64s
    touched: Int64s
    totals: Int64s


_AT_OWNER, _AT_PLACE, _CELLS, _WAY, _OTHER, _SPANS = range(6)


@lean_kernel
def _collapse(line: Line, first: int, after: int) -> int:
    """Write each node that comes again at once only once, from place `first` on; returns how many are left."""
    length = 0
    for place in range(first, after):
        node = line.nodes[place]
        if length == 0 or node != line.nodes[first + length - 1]:
            line.nodes[first + length] = node
            length += 1
    return length


@lean_kernel
def _is_path(line: Line, first: int, length: int, path: Int64s) -> bool:
    if length != path.size:
        return False
    place = 0
    while place < length and line.nodes[first + place] == path[place]:
        place += 1
    return place == length


@lean_kernel
def _find(line: Line, table: Table, cell: int, first: int, length: int) -> int:
    high, low = mix_high(0, cell), mix_low(0, cell)
    for place in range(first, first + length):
        high, low = mix_high(high, line.nodes[place]), mix_low(low, line.nodes[place])
    return find_trail(table, cell, high, low, line.nodes, first, length)


@lean_kernel
def _outcome(before: int, asked: Asked, taken: bool, state: State, table: Table, row: int) -> int:
    """An owner's outcome after one more case. row: of its variant, -1 = too long for one."""
    if asked.path.size > 0:
        return max(before, TOOK if taken else OTHERS)
    if before < 0:
        state.at[_WAY] = row
        return ONE_WAY
    way = state.at[_WAY]
    # The same path has another row in another cell.
    one_way = before == ONE_WAY and row >= 0 and way >= 0 and (row == way or same_trail(table, row, way))
    return ONE_WAY if one_way else SEVERAL


@lean_kernel
def _follow(
    line: Line,
    asked: Asked,
    owners: Int64s,
    table: Table,
    state: State,
    sums: Int64s,
    waiting: Int64s,
    spans: Int64s,
    outcomes: Int32s,
) -> int:
    """Count the cases of all owners; _DONE, COLLISION, TOO_LONG, or 0 = the table needs more room, then go on where it stopped."""
    at = state.at
    while at[_AT_OWNER] < line.starts.size - 1:
        owner = at[_AT_OWNER]
        if not is_read(owner, line.people, line.skip):
            at[_AT_OWNER] += 1
            continue
        n = line_up(line, owner)
        while at[_AT_PLACE] < n:
            if not has_room(table, 1, asked.longest):
                return 0
            first = at[_AT_PLACE]
            after = case_end(line, first, n)
            at[_AT_PLACE] = after
            cell = case_cell(line, owner, first)
            if cell < 0:
                continue
            if case_is_open(line, first, after):
                waiting[cell] += 1
                continue
            spent = (line.times[line.rows[after - 1]] - line.times[line.rows[first]]) // 1000
            if after - first > 1:
                spans[0, at[_SPANS]], spans[1, at[_SPANS]], spans[2, at[_SPANS]] = cell, owners[owner], spent
                at[_SPANS] += 1
            length, row = _collapse(line, first, after) if asked.collapse else after - first, -1
            if length <= asked.longest:
                row = _find(line, table, cell, first, length)
                if row < 0:
                    return row
                take_trail(table, row, owner, 0, spent)
            at[_CELLS] = note_case(state.totals, state.touched, at[_CELLS], cell, length > asked.longest)
            taken = _is_path(line, first, length, asked.path)
            outcomes[owner] = _outcome(outcomes[owner], asked, taken, state, table, row)
        if not close_person(table, state.totals):
            return TOO_LONG
        close_totals(state.totals, state.touched, at[_CELLS], sums)
        at[_CELLS], at[_AT_PLACE] = 0, 0
        at[_AT_OWNER] += 1
    return _DONE
