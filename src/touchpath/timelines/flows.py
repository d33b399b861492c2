"""Flows: the steps that come after (or before) a signal, as a tree of paths with what is lost at each step. See docs/definitions/flows.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NamedTuple, get_args

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.cases import ENDLESS, NODE_BITS, Cases, Line, case_cell, case_end, case_is_open, line_up
from touchpath.timelines.coded import Coded, Slots, coded, find_slot, has_slots, more_slots, new_slots
from touchpath.timelines.fold import Folded
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, moments_of
from touchpath.timelines.summaries import Counts
from touchpath.timelines.trail_table import (
    COLLISION,
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
    take_trail,
    trails_of,
)
from touchpath.timelines.trails import Trails

#: A flow has no more steps than this.
MOST_STEPS = 10
#: Which way steps are followed from the signal, and which signals of a case begin a flow.
Direction = Literal["after", "before"]
Which = Literal["first", "each"]
#: Outcome codes: with a path whether any flow of an owner begins with it, without one whether any has a step at all.
OTHERS, TOOK = 0, 1

#: What stands for "nothing" (or for the signal itself, at step 0) where links name a node.
NOTHING = (1 << NODE_BITS) - 1
#: In a path to choose people by: any node.
ANY = -2
_DONE = -1
_LINK_OWNER, _LINK_PEOPLE, _LINK_TIMES = 1, 2, 3
_AT_OWNER, _AT_CASE, _AT_PLACE, _CELLS = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class FlowCounts(Counts):
    """Flows that are decided, in the cell of the signal they begin at. steps = the most steps a flow has.

    open: (cells,) flows to which more may still come.
    reached: rows cell * (steps + 1) + step: per owner x = flows that come so far, y = those that end there (at the last step it is not known).
    trails: in the same rows at step 0, the paths of 0 to `steps` nodes that flows begin with: n = how often, m = how often the flow ends there,
    milliseconds from the signal to the path's last node.
    links: by ((cell << 4 | step) << 16 | one) << 16 | next, from the node at a step to that of the next; NOTHING for the signal itself at
    step 0, and as the next where the flow ends. Columns: people, and how often.
    """

    open: Int64s
    reached: Moments
    trails: Trails
    links: Coded


@dataclass(frozen=True, slots=True)
class Flows:
    """The steps after (or before) each signal of `anchor`, inside its case.

    `which`: the first such signal of a case, or each. `within`: only steps no later (earlier) than that, inclusive. `collapse`: a node
    that comes again at once counts once. `path`: names of nodes, to choose people by; ANY is any node,
    and NOTHING, as the last of them, the end of a flow. A flow after a signal is open while its case is, and its `within` not over;
    before a signal nothing is open. The signal itself is no step.
    Outcome: OTHERS, TOOK; -1 = no flow that is decided.

    Raises BadInput for steps outside 1 to 10, a span that is not above 0, and a word that is no direction.
    """

    anchor: EventRule
    cases: Cases = field(default_factory=Cases)
    steps: int = 5
    direction: Direction = "after"
    which: Which = "first"
    within: timedelta | None = None
    collapse: bool = False
    path: tuple[int | str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MOST_STEPS:
            raise BadInput(f"A flow has 1 to {MOST_STEPS} steps, but {self.steps} came.")
        if self.within is not None and not timedelta() < self.within <= timedelta(days=100 * 366):
            raise BadInput(f"'within' is above 0 and at most 100 years, but {self.within} came.")
        if self.direction not in get_args(Direction) or self.which not in get_args(Which):
            raise BadInput(f"Flows go after or before the first or each signal, but '{self.direction}' and '{self.which}' came.")
        if len(self.path) > self.steps:
            raise BadInput(f"A flow of {self.steps} steps cannot begin with a path of {len(self.path)}. Give more 'steps'.")

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[FlowCounts]:
        """Read each timeline once."""
        anchors = fixed(match(timelines, [self.anchor]).of(0), np.uint8)
        line = self.cases.line(timelines, cells, people, end, anchors)
        size, room = cells.count * (self.steps + 1), first_room(timelines.signals)
        sums, waiting, outcomes = (
            np.zeros((size, 6), np.int64),
            np.zeros(cells.count, np.int64),
            np.full(timelines.people, -1, np.int32),
        )
        scratch = np.zeros(size, np.int64), np.zeros(self.steps + 1, np.int64), np.zeros((size, 2), np.int64)
        state = State(np.zeros(4, np.int64), *scratch)
        table, links = new_table(room, 4 * room), new_slots(1 << 10, 4)
        asked = self._asked(timelines)
        while (said := _follow(line, asked, table, links, state, sums, waiting, outcomes)) != _DONE:
            check_table(said)
            table = grown(table, self.steps + 1, (self.steps + 1) * self.steps)
            links = more_slots(links, self.steps + 1)
        return Folded(FlowCounts(waiting, moments_of(sums), trails_of(table), coded(links, _LINK_PEOPLE)), outcomes)

    def _asked(self, timelines: Timelines) -> Asked:
        return Asked(
            self.steps,
            1 if self.direction == "after" else -1,
            self.which == "each",
            microseconds(self.within) if self.within else ENDLESS,
            self.collapse,
            fixed(np.array([self.cases.place(timelines, one) for one in self.path], np.int64)),
        )


class Asked(NamedTuple):
    """The question: most steps, 1 or -1 for the direction, each or the first, microseconds, collapse, path to choose people by."""

    steps: int
    way: int
    each: bool
    within: int
    collapse: bool
    path: Int64s


class State(NamedTuple):
    """Where reading stopped to get more room: at: (4,) owner, where the case begins, place in it, rows touched. nodes: the flow in hand."""

    at: Int64s
    touched: Int64s
    nodes: Int64s
    totals: Int64s


@lean_kernel
def _is_open(line: Line, asked: Asked, anchor: int, case_open: bool) -> bool:
    """Whether a step may still come to the flow of the signal at row `anchor`."""
    if asked.way < 0:
        return False
    bounded = line.gap != ENDLESS or line.window != ENDLESS
    if bounded and not case_open:
        return False
    return line.times[anchor] > line.end - asked.within if asked.within != ENDLESS else bounded


@lean_kernel
def _link(links: Slots, owner: int, cell: int, step: int, one: int, following: int) -> None:
    row = links.rows[find_slot(links, ((cell << 4 | step) << NODE_BITS | one) << NODE_BITS | following)]
    row[_LINK_PEOPLE] += row[_LINK_OWNER] != owner
    row[_LINK_OWNER] = owner
    row[_LINK_TIMES] += 1


@lean_kernel
def _next_step(line: Line, asked: Asked, place: int, anchor: int, first: int, after: int, before: int) -> int:
    """The place of the next step from `place` on, or -1. before: the node of the last step, which collapsing passes over."""
    place += asked.way
    while first <= place < after:
        row = line.rows[place]
        if abs(line.times[row] - line.times[anchor]) > asked.within:
            return -1
        node = line.nodes[place]
        if node >= 0 and not (asked.collapse and node == before):
            return place
        place += asked.way
    return -1


@lean_kernel
def _count_flow(
    line: Line, asked: Asked, table: Table, links: Slots, state: State, owner: int, cell: int, place: int, first: int, after: int
) -> int:
    """Count the flow of the signal at `place`; returns 1 if it begins with the path (has a step, without a path), 0 if not, or COLLISION."""
    anchor, base = line.rows[place], cell * (asked.steps + 1)
    high, low, length, last = mix_high(0, base), mix_low(0, base), 0, line.nodes[place]
    one, taken = NOTHING, True
    while True:
        spent = abs(line.times[line.rows[place]] - line.times[anchor]) // 1000
        following = _next_step(line, asked, place, anchor, first, after, last) if length < asked.steps else -1
        ends = following < 0 and length < asked.steps
        row = find_trail(table, base, high, low, state.nodes, 0, length)
        if row < 0:
            return COLLISION
        take_trail(table, row, owner, ends, spent)
        state.at[_CELLS] = note_case(state.totals, state.touched, state.at[_CELLS], base + length, ends)
        if ends:
            _link(links, owner, cell, length, one, NOTHING)
        if following < 0:
            as_asked = ends and asked.path.size == length + 1 and asked.path[length] == NOTHING
            return 1 if taken and (as_asked or length >= max(asked.path.size, 1)) else 0
        node = line.nodes[following]
        _link(links, owner, cell, length, one, node)
        taken &= length >= asked.path.size or asked.path[length] == node or asked.path[length] == ANY
        state.nodes[length] = node
        high, low, length, last, one, place = mix_high(high, node), mix_low(low, node), length + 1, node, node, following


@lean_kernel
def _follow(
    line: Line,
    asked: Asked,
    table: Table,
    links: Slots,
    state: State,
    sums: Int64s,
    waiting: Int64s,
    outcomes: Int32s,
) -> int:
    """Count the flows of all owners; _DONE, COLLISION, TOO_LONG, or 0 = a table needs more room, then go on where it stopped."""
    at = state.at
    while at[_AT_OWNER] < line.starts.size - 1:
        owner = at[_AT_OWNER]
        if not is_read(owner, line.people, line.skip):
            at[_AT_OWNER] += 1
            continue
        n = line_up(line, owner)
        while at[_AT_CASE] < n:
            first = at[_AT_CASE]
            after = case_end(line, first, n)
            case_open, place = case_is_open(line, first, after), max(at[_AT_PLACE], first)
            while place < after:
                at[_AT_PLACE] = place
                if line.extra[line.rows[place]] == 0:
                    place += 1
                    continue
                if not (has_room(table, asked.steps + 1, (asked.steps + 1) * asked.steps) and has_slots(links, asked.steps + 1)):
                    return 0
                cell = case_cell(line, owner, place)
                if cell >= 0 and _is_open(line, asked, line.rows[place], case_open):
                    waiting[cell] += 1
                elif cell >= 0:
                    taken = _count_flow(line, asked, table, links, state, owner, cell, place, first, after)
                    if taken < 0:
                        return COLLISION
                    outcomes[owner] = max(outcomes[owner], taken)
                place = place + 1 if asked.each else after
            at[_AT_CASE], at[_AT_PLACE] = after, after
        if not close_person(table, state.totals):
            return TOO_LONG
        close_totals(state.totals, state.touched, at[_CELLS], sums)
        at[_CELLS], at[_AT_CASE], at[_AT_PLACE] = 0, 0, 0
        at[_AT_OWNER] += 1
    return _DONE
