"""Co-occurrence: which nodes come in the same cases, how often, and whether more often than by chance. See docs/definitions/cooccurrence.md."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.cases import NODE_BITS, Cases, Line, case_cell, case_end, case_is_open, line_up
from touchpath.timelines.coded import Coded, Slots, coded, find_slot, has_slots, more_slots, new_slots
from touchpath.timelines.fold import Folded
from touchpath.timelines.kernels import is_read, lean_kernel
from touchpath.timelines.moments import Moments, Ratio, moments_of
from touchpath.timelines.summaries import Counts
from touchpath.timelines.trail_table import close_totals, note_case

#: Outcome codes: which of the two nodes asked for an owner's cases hold; of several cases the highest.
NEITHER, SECOND_ONLY, FIRST_ONLY, BOTH = 0, 1, 2, 3
#: Hash tables may not have more slots than this (about 1 GB).
MOST_SLOTS = 1 << 24

_MASK = (1 << NODE_BITS) - 1
# Columns of a row of nodes: the person in hand has it in so many cases; the next slot of the same cell; then sums over people.
_OWNER, _TIMES, _NEXT, _PEOPLE, _A, _AA, _AT = range(1, 8)
# Columns of a row of pairs: the person in hand has both in so many cases; then sums over people.
_BOTH, _WITH, _C, _CC, _CA, _CB, _CT, _AB = range(2, 10)
_AT_OWNER, _AT_PLACE, _CELLS, _CASE, _MORE_NODES, _MORE_PAIRS = range(6)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two nodes in one cell, over people: in how many of their cases a person has the first (a), the second (b), both (c), of all (t).

    with_both: people with a case that has both.   The other names are sums of these over people, and of their products.
    """

    people: int
    with_both: int
    t: int
    a: int
    b: int
    c: int
    tt: int
    aa: int
    bb: int
    cc: int
    at: int
    bt: int
    ct: int
    ab: int
    ca: int
    cb: int
    people_a: int
    people_b: int

    @property
    def turned(self) -> Pair:
        """The same with the second node as the first."""
        firsts = {"a": self.b, "aa": self.bb, "at": self.bt, "ca": self.cb, "people_a": self.people_b}
        seconds = {"b": self.a, "bb": self.aa, "bt": self.at, "cb": self.ca, "people_b": self.people_a}
        return replace(self, **firsts, **seconds)

    @property
    def second_with_first(self) -> Ratio:
        """Of the cases with the first node (x), those with the second (y)."""
        return Ratio(self.people_a, self.a, self.c, self.aa, self.ca, self.cc)

    @property
    def first_with_second(self) -> Ratio:
        """Of the cases with the second node (x), those with the first (y)."""
        return Ratio(self.people_b, self.b, self.c, self.bb, self.cb, self.cc)


@dataclass(frozen=True, slots=True, eq=False)
class CooccurrenceCounts(Counts):
    """Nodes and pairs of nodes in cases that are over, in the cell of the case's first signal.

    open: (cells,) cases that may still go on.   cases: per owner x = cases that are over.
    nodes: by cell << 16 | node. Columns: people with it, cases with it (a), sums of a*a and of a*t over people (t = all their cases).
    pairs: by (cell << 16 | first) << 16 | second, first < second, for every two nodes that one person has. Columns: people with a case that
    has both, cases with both (c), sums over people of c*c, c*a, c*b, c*t and a*b (b = their cases with the second).
    """

    open: Int64s
    cases: Moments
    nodes: Coded
    pairs: Coded

    def nodes_of(self, cell: int) -> dict[int, int]:
        """The row of each node that a cell has."""
        return {int(self.nodes.codes[row]) & _MASK: row for row in self.nodes.rows_of(cell, NODE_BITS)}

    def pairs_of(self, cell: int, least: int = 0, top: int | None = None) -> list[tuple[int, int]]:
        """The pairs of nodes that some person of a cell has, with at least so many cases that have both.

        top: only those that may be among the so many with the most such cases.
        """
        rows = self.pairs.rows_of(cell, 2 * NODE_BITS)
        codes, both = self.pairs.codes[rows.start : rows.stop], self.pairs.counts[rows.start : rows.stop, 1]
        if top is not None and both.size > top:
            least = max(least, int(np.partition(both, both.size - top)[both.size - top]))
        return [(code >> NODE_BITS & _MASK, code & _MASK) for code in codes[both >= least].tolist()]

    def pair(self, cell: int, first: int, second: int) -> Pair:
        """What is known of two nodes of a cell, first < second; zeros for a node that does not come."""
        total = self.cases.cell(cell)
        (pa, a, aa, at), (pb, b, bb, bt) = (self._counts(self.nodes, cell << NODE_BITS | node) for node in (first, second))
        both, c, cc, ca, cb, ct, ab = self._counts(self.pairs, (cell << NODE_BITS | first) << NODE_BITS | second)
        return Pair(total.people, both, total.x, a, b, c, total.xx, aa, bb, cc, at, bt, ct, ab, ca, cb, pa, pb)

    def _counts(self, table: Coded, code: int) -> list[int]:
        row = table.row(code)
        return [0] * table.counts.shape[1] if row is None else [int(count) for count in table.counts[row]]


@dataclass(frozen=True, slots=True)
class Cooccurrence:
    """Which nodes come in the same case, in any order.

    `pair`: two nodes to choose owners by; outcome: the most that any case of an owner holds of them (NEITHER, SECOND_ONLY, FIRST_ONLY,
    BOTH), -1 = no case that is over; without a pair always NEITHER.
    """

    cases: Cases = field(default_factory=Cases)
    pair: tuple[int | str, int | str] | None = None

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[CooccurrenceCounts]:
        """Read each timeline once."""
        line, nodes = self.cases.line(timelines, cells, people, end), self.cases.count(timelines)
        sums, waiting, outcomes = (
            np.zeros((cells.count, 6), np.int64),
            np.zeros(cells.count, np.int64),
            np.full(timelines.people, -1, np.int32),
        )
        heads = np.full(cells.count, -1, np.int64), np.zeros(cells.count, np.int64)
        state = State(
            np.zeros(6, np.int64),
            np.zeros(cells.count, np.int64),
            np.zeros((cells.count, 2), np.int64),
            *heads,
            np.full(nodes, -1, np.int64),
            np.zeros(nodes, np.int64),
        )
        asked = [self.cases.place(timelines, one) for one in self.pair] if self.pair else [-1, -1]
        found, pairs = new_slots(1 << 10, 8), new_slots(1 << 10, 10)
        while not _follow(line, asked[0], asked[1], state, found, pairs, sums, waiting, outcomes):
            nodes, more = (int(state.at[column]) for column in (_MORE_NODES, _MORE_PAIRS))
            found, pairs = more_slots(found, nodes) if nodes else found, more_slots(pairs, more) if more else pairs
            if max(found.rows.shape[0], pairs.rows.shape[0]) > MOST_SLOTS:
                raise BadInput("There are too many different pairs to hold. Give fewer nodes, or fewer cells.")
        return Folded(CooccurrenceCounts(waiting, moments_of(sums), coded(found, _PEOPLE), coded(pairs, _WITH)), outcomes)


class State(NamedTuple):
    """Where reading stopped to get more room, and scratch.

    at: (6,) owner, place in the line, cells touched, number of cases so far, room that is wanted for nodes and for pairs. touched, totals: see `note_case`. heads, lengths: (cells,)
    the first node's slot of the person in hand, and how many nodes they have. stamps: (nodes,) the last case that had a node; kept: its nodes.
    """

    at: Int64s
    touched: Int64s
    totals: Int64s
    heads: Int64s
    lengths: Int64s
    stamps: Int64s
    kept: Int64s


@lean_kernel
def _pair_code(cell: int, one: int, other: int) -> int:
    return (cell << NODE_BITS | min(one, other)) << NODE_BITS | max(one, other)


@lean_kernel
def _distinct(line: Line, state: State, first: int, after: int) -> int:
    """Keep each node of a case once; returns how many there are."""
    count, case = 0, state.at[_CASE]
    for place in range(first, after):
        node = line.nodes[place]
        if state.stamps[node] != case:
            state.stamps[node], state.kept[count] = case, node
            count += 1
    state.at[_CASE] += 1
    return count


@lean_kernel
def _count_case(state: State, found: Slots, pairs: Slots, owner: int, cell: int, count: int) -> None:
    """Count the `count` nodes of a case in hand, and their pairs."""
    for place in range(count):
        node = state.kept[place]
        slot = find_slot(found, cell << NODE_BITS | node)
        row = found.rows[slot]
        if row[_OWNER] != owner:
            row[_OWNER], row[_TIMES], row[_NEXT] = owner, 0, state.heads[cell]
            state.heads[cell] = slot
            state.lengths[cell] += 1
        row[_TIMES] += 1
        for other in range(place):
            pair = pairs.rows[find_slot(pairs, _pair_code(cell, node, state.kept[other]))]
            if pair[_OWNER] != owner:
                pair[_OWNER], pair[_BOTH] = owner, 0
            pair[_BOTH] += 1


@lean_kernel
def _pairs_of_person(state: State) -> int:
    """How many pairs of nodes the person in hand has."""
    count = 0
    for place in range(state.at[_CELLS]):
        length = state.lengths[state.touched[place]]
        count += length * (length - 1) // 2
    return count


@lean_kernel
def _close_pair(pair: Int64s, owner: int, a: int, b: int, t: int) -> None:
    """Add the person's numbers of one pair to its sums; a: of the lower node."""
    c = pair[_BOTH] if pair[_OWNER] == owner else 0
    pair[_WITH] += c > 0
    pair[_C] += c
    pair[_CC] += c * c
    pair[_CA] += c * a
    pair[_CB] += c * b
    pair[_CT] += c * t
    pair[_AB] += a * b


@lean_kernel
def _close_person(state: State, found: Slots, pairs: Slots, owner: int) -> None:
    """Add the person's numbers of nodes and pairs to the sums, cell by cell."""
    for place in range(state.at[_CELLS]):
        cell = state.touched[place]
        t, slot = state.totals[cell, 0], state.heads[cell]
        while slot >= 0:
            row = found.rows[slot]
            a, node = row[_TIMES], row[0] & _MASK
            row[_PEOPLE] += 1
            row[_A] += a
            row[_AA] += a * a
            row[_AT] += a * t
            other = row[_NEXT]
            while other >= 0:
                b, second = found.rows[other, _TIMES], found.rows[other, 0] & _MASK
                pair = pairs.rows[find_slot(pairs, _pair_code(cell, node, second))]
                if node < second:
                    _close_pair(pair, owner, a, b, t)
                else:
                    _close_pair(pair, owner, b, a, t)
                other = found.rows[other, _NEXT]
            slot = row[_NEXT]
        state.heads[cell], state.lengths[cell] = -1, 0


@lean_kernel
def _holds(state: State, count: int, first: int, second: int) -> int:
    """What the case in hand holds of the pair asked for."""
    held = NEITHER
    for place in range(count):
        held += FIRST_ONLY * (state.kept[place] == first) + SECOND_ONLY * (state.kept[place] == second)
    return held


@lean_kernel
def _follow(
    line: Line,
    one: int,
    other: int,
    state: State,
    found: Slots,
    pairs: Slots,
    sums: Int64s,
    waiting: Int64s,
    outcomes: Int32s,
) -> bool:
    """Count the cases of all owners; False = a table needs more room, then go on where it stopped."""
    at = state.at
    while at[_AT_OWNER] < line.starts.size - 1:
        owner = at[_AT_OWNER]
        if not is_read(owner, line.people, line.skip):
            at[_AT_OWNER] += 1
            continue
        n = line_up(line, owner)
        most = min(n, state.stamps.size * state.heads.size)
        # Slots of nodes are linked with each other while a person is in hand, so their table may only grow between people.
        if at[_AT_PLACE] == 0 and not has_slots(found, most):
            at[_MORE_NODES], at[_MORE_PAIRS] = most, 0
            return False
        while at[_AT_PLACE] < n:
            first = at[_AT_PLACE]
            after = case_end(line, first, n)
            count = _distinct(line, state, first, after)
            more = count * (count - 1) // 2
            if not has_slots(pairs, more):
                at[_MORE_NODES], at[_MORE_PAIRS] = 0, more
                return False
            at[_AT_PLACE] = after
            cell = case_cell(line, owner, first)
            if cell < 0:
                continue
            if case_is_open(line, first, after):
                waiting[cell] += 1
                continue
            _count_case(state, found, pairs, owner, cell, count)
            at[_CELLS] = note_case(state.totals, state.touched, at[_CELLS], cell, 0)
            outcomes[owner] = max(outcomes[owner], _holds(state, count, one, other))
        more = _pairs_of_person(state)
        if not has_slots(pairs, more):
            at[_MORE_NODES], at[_MORE_PAIRS] = 0, more
            return False
        _close_person(state, found, pairs, owner)
        close_totals(state.totals, state.touched, at[_CELLS], sums)
        at[_CELLS], at[_AT_PLACE] = 0, 0
        at[_AT_OWNER] += 1
    return True
