"""Paths: what people do next. The directly-follows graph of signals, sparse, per cell. See docs/definitions/paths.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.coded import add_coded, add_rows, join_codes
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import add_wide, find_cell, fixed, is_read, lean_kernel, limbs_of
from touchpath.timelines.match import MAX_RULES, match
from touchpath.timelines.moments import Moments, carried

#: Codes keep the node and the node before in 20 bits each.
NODE_BITS = 20
MAX_NODES = 1 << NODE_BITS
_NODE_MASK = MAX_NODES - 1

_ENDLESS = np.iinfo(np.int64).max
_FREE = -1
_ANY, _NOBODY = -1, -2


@dataclass(frozen=True, slots=True, eq=False)
class PathCounts:
    """Steps from one node to the next, in the cell of the signal they leave from.

    edges: ascending codes ((cell << 20 | from) << 20 | to). times: row i belongs to edges[i]; per person x = how often they took
    it, y = milliseconds it took them in all. nodes: ascending codes (cell << 20 | node). visits: (nodes, 4) signals, and of
    these how many begin a path, end one, or may still go on at the end of the data. So in each cell
    signals = steps that leave the node + ends + open.
    """

    edges: Int64s
    times: Moments
    nodes: Int64s
    visits: Int64s

    def __add__(self, other: PathCounts) -> PathCounts:
        edges, mine, theirs = join_codes(self.edges, other.edges)
        counts = add_rows(edges.size, (mine, self.times.counts), (theirs, other.times.counts))
        squares = add_rows(edges.size, (mine, self.times.squares), (theirs, other.times.squares))
        nodes, visits = add_coded(self.nodes, self.visits, other.nodes, other.visits)
        return PathCounts(edges, Moments(counts, carried(squares)), nodes, visits)

    def __sub__(self, other: PathCounts) -> PathCounts:
        less = Moments(-other.times.counts, -other.times.squares)
        left = self + PathCounts(other.edges, less, other.nodes, -other.visits)
        edges, nodes = left.times.counts[:, 1] != 0, left.visits[:, 0] != 0
        times = Moments(left.times.counts[edges], left.times.squares[edges])
        return PathCounts(left.edges[edges], times, left.nodes[nodes], left.visits[nodes])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PathCounts):
            return NotImplemented
        mine, theirs = (self.edges, self.nodes, self.visits), (other.edges, other.nodes, other.visits)
        return self.times == other.times and all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def graph(self, cell: int, most: int | None = None, names: Sequence[str] = ()) -> Graph:
        """The graph of one cell, its most travelled edges first; with `most`, only so many, and what was left out.

        names: of the nodes; edges taken equally often, and nodes, come in their order, else in that of the numbers.
        """
        low, high = np.searchsorted(self.edges, [cell << 2 * NODE_BITS, (cell + 1) << 2 * NODE_BITS])
        people, signals, spent = (self.times.counts[low:high, column] for column in range(3))
        sources, targets = self.edges[low:high] >> NODE_BITS & _NODE_MASK, self.edges[low:high] & _NODE_MASK
        order = np.lexsort((_order(targets, names), _order(sources, names), -signals))
        kept, rest = (order, order[:0]) if most is None else (order[:most], order[most:])
        codes = self.edges[low:high][kept]
        first, last = np.searchsorted(self.nodes, [cell << NODE_BITS, (cell + 1) << NODE_BITS])
        listed = first + np.lexsort((_order(self.nodes[first:last] & _NODE_MASK, names), -self.visits[first:last, 0]))
        return Graph(
            codes >> NODE_BITS & _NODE_MASK,
            codes & _NODE_MASK,
            signals[kept],
            people[kept],
            spent[kept],
            self.nodes[listed] & _NODE_MASK,
            self.visits[listed],
            int(rest.size),
            int(signals[rest].sum()),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """One cell's directly-follows graph, edges by falling count.

    sources, targets: node numbers of each edge; counts: how often it was taken; people: by how many; milliseconds: in all.
    nodes: node numbers, by falling signals; visits: (nodes, 4) signals, begins, ends, open. pooled_edges, pooled_counts: what was left out.
    """

    sources: Int64s
    targets: Int64s
    counts: Int64s
    people: Int64s
    milliseconds: Int64s
    nodes: Int64s
    visits: Int64s
    pooled_edges: int = 0
    pooled_counts: int = 0


@dataclass(frozen=True, slots=True)
class DirectlyFollows:
    """What comes directly after what in each timeline.

    `nodes`: event rules; a signal that meets none is passed over, one that meets several is the first of them. None = every
    kind of signal is a node, numbered by its code in `words["kind"]`. `gap`: a longer pause ends one path and begins another;
    the last signal is then open as long as a next one within the gap could still come after the end of the data.
    Signals with equal times follow each other in their stored order. Outcome: an owner's number of steps, -1 = no signal; with `move`, a
    node and the one directly after it, 1 = made this step, 0 = did not.

    Reads: starts, times, kinds, and what the rules read.
    Source: W. van der Aalst, Process Mining (2016), chapter 6 (the directly-follows relation), here with counts and times.
    Raises BadInput for no node, more than 62 rules, or a gap that is not above 0.
    """

    nodes: tuple[EventRule, ...] | None = None
    gap: timedelta | None = None
    move: tuple[int | str, int | str] | None = None

    def __post_init__(self) -> None:
        if self.nodes is not None and not 1 <= len(self.nodes) <= MAX_RULES:
            raise BadInput(f"A graph of rules has 1 to {MAX_RULES} nodes, but {len(self.nodes)} came.")
        if self.gap is not None and not timedelta() < self.gap <= timedelta(days=100 * 366):
            raise BadInput(f"The gap between paths is above 0 and at most 100 years, but {self.gap} came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """A path is closed once the gap after its last signal is over; without a gap at once."""
        return Ending(reach=microseconds(self.gap) if self.gap else 0)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[PathCounts]:
        """Read each timeline once."""
        codes, node_of = self._nodes(timelines)
        arguments = (
            fixed(timelines.starts, np.int64),
            fixed(timelines.times, np.int64),
            codes,
            node_of,
            fixed(people, np.uint8),
            fixed(timelines.skip, np.uint8),
            fixed(cells.edges, np.int64),
            cells.segments,
            fixed(cells.signal_codes, np.int32),
            fixed(cells.owner_codes, np.int32),
            microseconds(self.gap) if self.gap else _ENDLESS,
            end,
            *self._move(timelines),
        )
        room = _room(cells.count * node_of.size**2, timelines.signals)
        while True:
            outcomes, steps, ways = np.full(timelines.people, -1, np.int32), _steps(room), _ways(room)
            if _follow(*arguments, steps, ways, outcomes):
                return Folded(_summary(steps, ways), outcomes)
            room *= 8

    def _move(self, timelines: Timelines) -> tuple[int, int]:
        """The nodes of the move to choose people by; two of _ANY without one, _NOBODY for a kind that no signal has."""
        if self.move is None:
            return _ANY, _ANY
        kinds = timelines.words.get("kind", ("",))
        before, after = (one if isinstance(one, int) else kinds.index(one) if one in kinds else _NOBODY for one in self.move)
        return before, after

    def _nodes(self, timelines: Timelines) -> tuple[Int32s, Int64s]:
        """A code per signal, and the node of each code (-1 = none)."""
        if self.nodes is None:
            nodes = np.arange(len(timelines.words.get("kind", ("",))), dtype=np.int64)
            if nodes.size > MAX_NODES:
                raise BadInput(f"A graph has {MAX_NODES} nodes at most, but there are {nodes.size} kinds. Give rules as nodes.")
            return fixed(timelines.kinds, np.int32), fixed(nodes)
        matched = match(timelines, self.nodes)
        lowest = [(int(bits) & -int(bits)).bit_length() - 1 for bits in matched.bits]
        return matched.codes, fixed(np.array(lowest, np.int64))


class Steps(NamedTuple):
    """A hash table of edges: how many slots are used, and (slots, 12) rows.

    Columns: code (_FREE = empty slot), the owner in hand, how often they took it and in how many milliseconds so far, then the
    moments: people, x, y, and the exact sums of xx in one word, of xy and yy in two each.
    """

    used: Int64s
    rows: Int64s


class Ways(NamedTuple):
    """A hash table of nodes: how many slots are used, and (slots, 4) rows of code, paths that begin, end and stay open."""

    used: Int64s
    rows: Int64s


def _room(edges: int, signals: int) -> int:
    """Slots to begin with: twice the edges that there can be, but not much more than a quarter of the signals, nor 2**19."""
    return 1 << int(min(2 * edges, max(signals // 4, 1 << 10), (1 << 19) - 1)).bit_length()


def _steps(room: int) -> Steps:
    rows = np.zeros((room, 12), np.int64)
    rows[:, :2] = _FREE
    return Steps(np.zeros(1, np.int64), rows)


def _ways(room: int) -> Ways:
    rows = np.zeros((room, 4), np.int64)
    rows[:, 0] = _FREE
    return Ways(np.zeros(1, np.int64), rows)


@lean_kernel
def _slot(rows: Int64s, used: Int64s, code: int) -> int:
    """The slot of a code, taken if it is new; -1 = the table is half full."""
    last = rows.shape[0] - 1
    slot = ((code * -7046029254386353131) >> 32) & last
    while rows[slot, 0] != code:
        if rows[slot, 0] != _FREE:
            slot = (slot + 1) & last
        elif 2 * used[0] >= rows.shape[0]:
            return -1
        else:
            used[0] += 1
            rows[slot, 0] = code
    return int(slot)


@lean_kernel
def _step(steps: Steps, owner: int, code: int, took: int) -> bool:
    """Count one step along an edge; False = no room.

    The moments are kept as if the owner would take this edge never again: from (x, y) to (x + 1, y + took) the product xx grows
    by 2x + 1, xy by x * took + y + took, and yy by (2y + took) * took. So nothing is left to be closed.
    """
    slot = _slot(steps.rows, steps.used, code)
    if slot < 0:
        return False
    row = steps.rows[slot]
    known = row[1] == owner
    x, y = row[2] * known, row[3] * known
    row[1], row[2], row[3] = owner, x + 1, y + took
    row[4] += not known
    row[5] += 1
    row[6] += took
    row[7] += 2 * x + 1
    add_wide(row, 8, x + 1, took)
    add_wide(row, 8, 1, y)
    add_wide(row, 10, 2 * y + took, took)
    return True


@lean_kernel
def _mark(ways: Ways, cell: int, node: int, column: int) -> bool:
    """Count the begin (1), end (2) or open end (3) of a path at a node; False = no room."""
    if cell < 0:
        return True
    slot = _slot(ways.rows, ways.used, cell << NODE_BITS | node)
    if slot >= 0:
        ways.rows[slot, column] += 1
    return slot >= 0


@lean_kernel
def _follow(
    starts: Int64s,
    times: Int64s,
    codes: Int32s,
    node_of: Int64s,
    people: Bytes,
    skip: Bytes,
    edges: Int64s,
    segments: int,
    signal_codes: Int32s,
    owner_codes: Int32s,
    gap: int,
    end: int,
    before: int,
    after: int,
    steps: Steps,
    ways: Ways,
    outcomes: Int32s,
) -> bool:
    """Count the steps of all owners; False = a table has no room. before, after: the move to tell owners by, _ANY = none."""
    fits = True
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        node, time, cell, taken = -1, 0, -1, -1
        for i in range(starts[owner], starts[owner + 1]):
            following = node_of[codes[i]]
            if following < 0:
                continue
            pause = times[i] - time
            begins = node < 0 or pause > gap
            if begins and node >= 0:
                fits &= _mark(ways, cell, node, 2)
            elif not begins and cell >= 0:
                fits &= _step(steps, owner, (cell << NODE_BITS | node) << NODE_BITS | following, pause // 1000)
                if before == _ANY:
                    taken += 1
                elif node == before and following == after:
                    taken = 1
            node, time = following, times[i]
            cell = find_cell(i, owner, time, edges, segments, signal_codes, owner_codes)
            if cell >= 0 and taken < 0:
                taken = 0
            if begins:
                fits &= _mark(ways, cell, node, 1)
        if node >= 0:
            fits &= _mark(ways, cell, node, 3 if gap != _ENDLESS and time > end - gap else 2)
        outcomes[owner] = taken
        if not fits:
            return False
    return True


def _summary(steps: Steps, ways: Ways) -> PathCounts:
    """The tables in ascending order; how often a node came is how often it was left, ended at or stayed open."""
    rows = steps.rows[steps.rows[:, 0] != _FREE]
    rows = rows[np.argsort(rows[:, 0])]
    edges = np.ascontiguousarray(rows[:, 0])
    squares = np.stack((rows[:, 7], rows[:, 7] >> 63, *rows[:, 8:].T), axis=-1).reshape(-1, 3, 2)
    times = Moments(np.ascontiguousarray(rows[:, 4:7]), limbs_of(squares))
    marked = ways.rows[ways.rows[:, 0] != _FREE]
    nodes, place = np.unique(np.concatenate((edges >> NODE_BITS, marked[:, 0])), return_inverse=True)
    visits = np.zeros((nodes.size, 4), np.int64)
    np.add.at(visits[:, 0], place[: edges.size], times.counts[:, 1])
    visits[place[edges.size :], 1:] = marked[:, 1:]
    visits[:, 0] += visits[:, 2] + visits[:, 3]
    return PathCounts(edges, times, nodes, visits)


def _order(nodes: Int64s, names: Sequence[str]) -> Int64s:
    """The place of each node in the order of names; without names its number."""
    if not names:
        return nodes
    places = np.empty(len(names), np.int64)
    places[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    found: Int64s = places[nodes]
    return found
