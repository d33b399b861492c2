"""Trails: short sequences of nodes, each with how often and by whom it was taken; what variants, flows and patterns count.

A trail is found by a 128-bit hash of its cell and nodes, and compared with the nodes themselves, which are kept: two trails that
share a hash would be noticed, not mixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Int32s, Int64s
from touchpath.timelines.coded import add_rows
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.moments import Ratio, carried, whole

#: No answer holds more different trails than this (about 400 MB).
MOST_TRAILS = 1 << 21
#: No person's times on one trail may add up to more milliseconds than this (4,400 years).
LONGEST_MS = (1 << 47) - 1

#: Columns of `Trails.sums`. n: how often a person took the trail; m: at how many of these a second thing held (the fold says which);
#: a, b: the person's totals in the cell. Sums over people who took it; WHOLE: how many of them have n = a, so nothing else.
PEOPLE, N, M, NN, NM, MM, NA, NB, MA, MB, MS, WHOLE = range(12)
SUMS = 12


def check_count(trails: int) -> None:
    """Raise BadInput for more trails than an answer may hold."""
    if trails <= MOST_TRAILS:
        return
    raise BadInput(
        f"There are more than {MOST_TRAILS:,} different paths. Give fewer nodes, shorter paths, or a gap that divides them."
    )


@dataclass(frozen=True, slots=True, eq=False)
class Trails:
    """Trails of all cells, ascending by cell and hash, so that those of two groups of people add up in any order.

    keys: (trails, 3) cell and the two halves of the hash. starts: (trails + 1,) offsets into nodes; nodes: int32.
    sums: (trails, 12) over people, see the columns above. products: (trails, 2, LIMBS) exact sums of times and ms, ms and ms.
    """

    keys: Int64s
    starts: Int64s
    nodes: Int32s
    sums: Int64s
    products: Int64s

    def __add__(self, other: Trails) -> Trails:
        mine, theirs = np.empty(self.count, np.int64), np.empty(other.count, np.int64)
        rows = _merge(fixed(self.keys), fixed(other.keys), mine, theirs)
        check_count(rows)
        offsets, lengths, nodes = np.empty(rows, np.int64), np.empty(rows, np.int64), np.concatenate((self.nodes, other.nodes))
        offsets[theirs], lengths[theirs] = other.starts[:-1] + self.nodes.size, np.diff(other.starts)
        offsets[mine], lengths[mine] = self.starts[:-1], np.diff(self.starts)
        if not _agree(fixed(mine), fixed(theirs), fixed(self.starts), fixed(other.starts), fixed(self.nodes), fixed(other.nodes)):
            raise collided()
        keys = np.empty((rows, 3), np.int64)
        keys[mine], keys[theirs] = self.keys, other.keys
        sums = add_rows(rows, (mine, self.sums), (theirs, other.sums))
        products = carried(add_rows(rows, (mine, self.products), (theirs, other.products)))
        return Trails(keys, *line_nodes(offsets, lengths, nodes), sums, products)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trails):
            return NotImplemented
        names = ("keys", "starts", "nodes", "sums", "products")
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # type: ignore[assignment]

    @property
    def count(self) -> int:
        """How many trails there are, in all cells."""
        return int(self.keys.shape[0])

    def rows_of(self, cell: int) -> Int64s:
        """The rows of one cell's trails, which are neighbours."""
        low, high = np.searchsorted(self.keys[:, 0], [cell, cell + 1])
        return np.arange(low, high, dtype=np.int64)

    def lengths(self, rows: Int64s) -> Int64s:
        """How many nodes the trails of some rows have."""
        found: Int64s = self.starts[rows + 1] - self.starts[rows]
        return found

    def most_taken(self, rows: Int64s, top: int, names: Sequence[str]) -> tuple[list[int], int, int]:
        """The `top` of some rows that were taken most often, how many others there are, and how often these were taken.

        Of trails taken equally often those by more people come first, then in the order of their names: whatever order they were counted in.
        """
        shown = self._first(rows, min(top, rows.size), names).tolist()
        shown.sort(key=lambda row: (-int(self.sums[row, N]), -int(self.sums[row, PEOPLE]), [names[n] for n in self.trail(row)]))
        times = int(self.sums[rows, N].sum()) - int(self.sums[shown, N].sum())
        return shown, int(rows.size) - len(shown), times

    def _first(self, rows: Int64s, need: int, names: Sequence[str]) -> Int64s:
        """The `need` first of some rows of one cell in the order of `most_taken`, themselves in any order; no list of all is sorted."""
        ranks = np.empty(len(names), np.int64)
        ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
        sure, level = [], 0
        while rows.size > need:
            values = self._level(rows, level, ranks)
            border = np.partition(values, need - 1)[need - 1]
            sure.append(rows[values < border])
            need, rows, level = need - sure[-1].size, rows[values == border], level + 1
        return np.concatenate([*sure, rows])

    def _level(self, rows: Int64s, level: int, ranks: Int64s) -> Int64s:
        """What decides the order of rows that are equal in everything before: times, people, then node by node."""
        if level < 2:
            return -np.asarray(self.sums[rows, (N, PEOPLE)[level]], np.int64)
        found: Int64s = np.full(rows.size, -1, np.int64)
        place = self.starts[rows] + level - 2
        inside = place < self.starts[rows + 1]
        found[inside] = ranks[self.nodes[place[inside]]]
        return found

    def trail(self, row: int) -> tuple[int, ...]:
        """The nodes of one trail."""
        return tuple(self.nodes[self.starts[row] : self.starts[row + 1]].tolist())

    def trails(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Every trail's cell and nodes, in order of rows."""
        for row in range(self.count):
            yield int(self.keys[row, 0]), self.trail(row)

    def share(self, row: int, total: Ratio) -> Ratio:
        """Of the total of people (x), how much took this trail (y)."""
        people, n, _, nn, _, _, na, *_ = (int(count) for count in self.sums[row])
        return Ratio(max(total.people, people), total.x, n, total.xx, na, nn)

    def second(self, row: int) -> Ratio:
        """Of the times this trail was taken (x), how often the second thing held (y)."""
        people, n, m, nn, nm, mm, *_ = (int(count) for count in self.sums[row])
        return Ratio(people, n, m, nn, nm, mm)

    def spent(self, row: int) -> Ratio:
        """Milliseconds (y) by the times this trail was taken (x)."""
        sums = self.sums[row]
        return Ratio(
            int(sums[PEOPLE]), int(sums[N]), int(sums[MS]), int(sums[NN]), *(whole(limbs) for limbs in self.products[row])
        )


def collided() -> BadInput:
    """Two different trails have the same 128-bit hash, which chance does not do."""
    return BadInput("Two different paths have the same 128-bit hash, so they cannot be told apart. Give other nodes.")


def line_nodes(offsets: Int64s, lengths: Int64s, nodes: Int32s) -> tuple[Int64s, Int32s]:
    """Nodes in the order of rows, and where each row's begin."""
    starts = np.zeros(lengths.size + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    lined = np.empty(int(starts[-1]), np.int32)
    _copy_nodes(fixed(offsets, np.int64), fixed(starts), fixed(nodes), lined)
    return starts, lined


@kernel
def _copy_nodes(offsets: Int64s, starts: Int64s, nodes: Int32s, lined: Int32s) -> None:
    for row in range(offsets.size):
        for place in range(starts[row + 1] - starts[row]):
            lined[starts[row] + place] = nodes[offsets[row] + place]


@kernel
def _merge(mine: Int64s, theirs: Int64s, my_places: Int64s, their_places: Int64s) -> int:
    """Where the rows of two tables, each ascending by cell and hash, go in one; returns how many there are."""
    a, b, rows = 0, 0, 0
    while a < mine.shape[0] or b < theirs.shape[0]:
        if b >= theirs.shape[0]:
            side = -1
        elif a >= mine.shape[0]:
            side = 1
        else:
            side = 0
            for column in range(3):
                if side == 0 and mine[a, column] != theirs[b, column]:
                    side = -1 if mine[a, column] < theirs[b, column] else 1
        if side <= 0:
            my_places[a] = rows
            a += 1
        if side >= 0:
            their_places[b] = rows
            b += 1
        rows += 1
    return rows


@kernel
def _agree(
    my_places: Int64s, their_places: Int64s, my_starts: Int64s, their_starts: Int64s, my_nodes: Int32s, their_nodes: Int32s
) -> bool:
    """Whether trails of both tables that share a hash have the same nodes."""
    a, b = 0, 0
    while a < my_places.size and b < their_places.size:
        if my_places[a] < their_places[b]:
            a += 1
        elif my_places[a] > their_places[b]:
            b += 1
        else:
            if my_starts[a + 1] - my_starts[a] != their_starts[b + 1] - their_starts[b]:
                return False
            for place in range(my_starts[a + 1] - my_starts[a]):
                if my_nodes[my_starts[a] + place] != their_nodes[their_starts[b] + place]:
                    return False
            a += 1
            b += 1
    return True
