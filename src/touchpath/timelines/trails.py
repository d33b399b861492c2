"""Trails: short sequences of nodes, each with how often and by whom it was taken; what variants, flows and patterns count.

A trail is found by a 128-bit hash of its cell and nodes, and compared with the nodes themselves, which are kept: two trails that
share a hash would be noticed, not mixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Int32s, Int64s
from touchpath.timelines.kernels import LIMBS, add_product, fixed, kernel, lean_kernel
from touchpath.timelines.moments import Ratio, whole

#: No answer holds more different trails than this (about 400 MB).
MOST_TRAILS = 1 << 21
#: No person's times on one trail may add up to more milliseconds than this (4,400 years).
LONGEST_MS = (1 << 47) - 1

#: Columns of `Trails.sums`. n: how often a person took the trail; m: at how many of these a second thing held (the fold says which);
#: a, b: the person's totals in the cell. Sums over people who took it; WHOLE: how many of them have n = a, so nothing else.
PEOPLE, N, M, NN, NM, MM, NA, NB, MA, MB, MS, WHOLE = range(12)
_SUMS = 12

# Columns of a table's keys and of the person in hand.
_CELL, _HIGH, _LOW, _OFFSET, _LENGTH = range(5)
_OWNER, _TIMES, _SECOND, _SPENT, _STAMP = range(5)

_FREE = -1
_MASK = (1 << 32) - 1

#: What `find_trail` and `close_person` say when it cannot be done.
COLLISION, TOO_LONG = -2, -3


class Table(NamedTuple):
    """A hash table of trails, while a shard is read.

    slots: (slots,) row of a trail, _FREE = none. used: (3,) rows, exemplar nodes, and rows of the person in hand that are in `touched`.
    keys: (rows, 5) cell, hash, hash, where its nodes begin, how many. hand: (rows, 5) the person in hand: who, times, second, ms, case.
    sums: (rows, 12), products: (rows, 2, LIMBS) of times and ms, and of ms and ms. nodes: exemplars, one after the other.
    """

    slots: Int64s
    used: Int64s
    keys: Int64s
    hand: Int64s
    sums: Int64s
    products: Int64s
    nodes: Int32s
    touched: Int64s


def first_room(signals: int) -> int:
    """How many trails a table has room for to begin with."""
    return min(max(signals // 32, 1 << 10), 1 << 16)


def new_table(rows: int, nodes: int) -> Table:
    """An empty table with room for so many trails and nodes in all."""
    slots = 1 << max(2 * rows - 1, 1).bit_length()
    return Table(
        np.full(slots, _FREE, np.int64),
        np.zeros(3, np.int64),
        np.zeros((rows, 5), np.int64),
        np.full((rows, 5), -1, np.int64),
        np.zeros((rows, _SUMS), np.int64),
        np.zeros((rows, 2, LIMBS), np.int64),
        np.zeros(nodes, np.int32),
        np.zeros(rows, np.int64),
    )


def grown(table: Table, rows: int, nodes: int) -> Table:
    """The same trails with room for at least so many more; raises BadInput beyond MOST_TRAILS."""
    used_rows, used_nodes, _ = (int(count) for count in table.used)
    if used_rows > MOST_TRAILS:
        raise too_many()
    larger = new_table(max(2 * table.keys.shape[0], used_rows + rows), max(2 * table.nodes.size, used_nodes + nodes))
    for name in ("keys", "hand", "sums", "products", "nodes", "touched"):
        mine = getattr(table, name)
        getattr(larger, name)[: mine.shape[0]] = mine
    larger.used[:] = table.used
    _index_again(larger.slots, fixed(larger.keys), used_rows)
    return larger


def too_many() -> BadInput:
    """What to say when there are too many different trails."""
    return BadInput(
        f"There are more than {MOST_TRAILS:,} different paths. Give fewer nodes, shorter paths, or a gap that divides them."
    )


@kernel
def _index_again(slots: Int64s, keys: Int64s, rows: int) -> None:
    last = slots.size - 1
    for row in range(rows):
        slot = keys[row, _HIGH] & last
        while slots[slot] != _FREE:
            slot = (slot + 1) & last
        slots[slot] = row


@lean_kernel
def has_room(table: Table, rows: int, nodes: int) -> bool:
    """Whether so many more trails and nodes fit."""
    return bool(table.used[0] + rows <= table.keys.shape[0] and table.used[1] + nodes <= table.nodes.size)


@lean_kernel
def mix_high(mixed: int, node: int) -> int:
    """The first 64 bits of a trail's hash, one node further. Each step is one to one, so only chance makes two agree."""
    mixed = (mixed ^ (node + 1)) * -7046029254386353131
    return mixed ^ ((mixed >> 32) & _MASK)


@lean_kernel
def mix_low(mixed: int, node: int) -> int:
    """The other 64 bits, by other constants."""
    mixed = (mixed + node + 1) * -4417276706812531889
    return mixed ^ ((mixed >> 29) & _MASK)


@lean_kernel
def _same_nodes(table: Table, row: int, cell: int, nodes: Int64s, first: int, length: int) -> bool:
    if table.keys[row, _CELL] != cell or table.keys[row, _LENGTH] != length:
        return False
    offset = table.keys[row, _OFFSET]
    place = 0
    while place < length and table.nodes[offset + place] == nodes[first + place]:
        place += 1
    return place == length


@lean_kernel
def same_trail(table: Table, row: int, other: int) -> bool:
    """Whether two rows, of whatever cells, have the same nodes."""
    length = table.keys[row, _LENGTH]
    if table.keys[other, _LENGTH] != length:
        return False
    first, second, place = table.keys[row, _OFFSET], table.keys[other, _OFFSET], 0
    while place < length and table.nodes[first + place] == table.nodes[second + place]:
        place += 1
    return bool(place == length)


@lean_kernel
def find_trail(table: Table, cell: int, high: int, low: int, nodes: Int64s, first: int, length: int) -> int:
    """The row of a trail, added if it is new (there must be room); COLLISION = another one has the same hash."""
    last = table.slots.size - 1
    slot = high & last
    while table.slots[slot] != _FREE:
        row = table.slots[slot]
        if table.keys[row, _HIGH] == high and table.keys[row, _LOW] == low:
            return int(row) if _same_nodes(table, row, cell, nodes, first, length) else COLLISION
        slot = (slot + 1) & last
    row, offset = table.used[0], table.used[1]
    table.slots[slot] = row
    key = table.keys[row]
    key[_CELL], key[_HIGH], key[_LOW], key[_OFFSET], key[_LENGTH] = cell, high, low, offset, length
    for place in range(length):
        table.nodes[offset + place] = nodes[first + place]
    table.used[0] += 1
    table.used[1] += length
    return int(row)


@lean_kernel
def take_trail(table: Table, row: int, owner: int, second: int, spent: int) -> None:
    """Count that an owner took a trail once. second: 1 = the second thing held; spent: milliseconds."""
    hand = table.hand[row]
    if hand[_OWNER] != owner:
        hand[_OWNER], hand[_TIMES], hand[_SECOND], hand[_SPENT] = owner, 0, 0, 0
        table.touched[table.used[2]] = row
        table.used[2] += 1
    hand[_TIMES] += 1
    hand[_SECOND] += second
    hand[_SPENT] += spent


@lean_kernel
def first_in_case(table: Table, row: int, case: int) -> bool:
    """Whether a trail comes for the first time in a case; cases have numbers that never come again."""
    new = table.hand[row, _STAMP] != case
    table.hand[row, _STAMP] = case
    return bool(new)


@lean_kernel
def close_person(table: Table, totals: Int64s) -> bool:
    """Add what the person in hand did to the sums. totals: (cells, 2) theirs; False = too many milliseconds."""
    fits = True
    for place in range(table.used[2]):
        row = table.touched[place]
        hand, sums, cell = table.hand[row], table.sums[row], table.keys[row, _CELL]
        n, m, ms, a, b = hand[_TIMES], hand[_SECOND], hand[_SPENT], totals[cell, 0], totals[cell, 1]
        fits &= ms <= LONGEST_MS
        sums[PEOPLE] += 1
        sums[N] += n
        sums[M] += m
        sums[NN] += n * n
        sums[NM] += n * m
        sums[MM] += m * m
        sums[NA] += n * a
        sums[NB] += n * b
        sums[MA] += m * a
        sums[MB] += m * b
        sums[MS] += ms
        sums[WHOLE] += n == a
        if ms > 0:
            add_product(table.products[row, 0], n, ms)
            add_product(table.products[row, 1], ms, ms)
    table.used[2] = 0
    return fits


@lean_kernel
def note_case(totals: Int64s, touched: Int64s, count: int, cell: int, second: int) -> int:
    """Count one case into the person's totals, and the cell as touched; returns how many cells are."""
    if totals[cell, 0] == 0:
        touched[count] = cell
        count += 1
    totals[cell, 0] += 1
    totals[cell, 1] += second
    return count


@lean_kernel
def close_totals(totals: Int64s, touched: Int64s, count: int, sums: Int64s) -> None:
    """Add the person's totals (a, b) of each touched cell to the sums (cells, 6) as in `moments_of`, and clear them."""
    for place in range(count):
        cell = touched[place]
        a, b = totals[cell, 0], totals[cell, 1]
        sums[cell, 0] += 1
        sums[cell, 1] += a
        sums[cell, 2] += b
        sums[cell, 3] += a * a
        sums[cell, 4] += a * b
        sums[cell, 5] += b * b
        totals[cell, 0], totals[cell, 1] = 0, 0


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

    @classmethod
    def of(cls, table: Table) -> Trails:
        """What a table holds, when every person is closed."""
        rows = int(table.used[0])
        if rows > MOST_TRAILS:
            raise too_many()
        order = _in_order(table.keys[:rows, _CELL], table.keys[:rows, _HIGH], table.keys[:rows, _LOW])
        keys = table.keys[:rows][order]
        starts, nodes = _lined_up(keys[:, _OFFSET], keys[:, _LENGTH], table.nodes)
        return cls(np.ascontiguousarray(keys[:, :3]), starts, nodes, table.sums[:rows][order], table.products[:rows][order])

    def __add__(self, other: Trails) -> Trails:
        mine, theirs = np.empty(self.count, np.int64), np.empty(other.count, np.int64)
        rows = _merge(fixed(self.keys), fixed(other.keys), mine, theirs)
        if rows > MOST_TRAILS:
            raise too_many()
        offsets, lengths, nodes = np.empty(rows, np.int64), np.empty(rows, np.int64), np.concatenate((self.nodes, other.nodes))
        offsets[theirs], lengths[theirs] = other.starts[:-1] + self.nodes.size, np.diff(other.starts)
        offsets[mine], lengths[mine] = self.starts[:-1], np.diff(self.starts)
        if not _agree(fixed(mine), fixed(theirs), fixed(self.starts), fixed(other.starts), fixed(self.nodes), fixed(other.nodes)):
            raise collided()
        keys = np.empty((rows, 3), np.int64)
        keys[mine], keys[theirs] = self.keys, other.keys
        sums, products = np.zeros((rows, _SUMS), np.int64), np.zeros((rows, 2, LIMBS), np.int64)
        for places, part in ((mine, self), (theirs, other)):
            if not _add_rows(fixed(places), fixed(part.sums), fixed(part.products), sums, products):
                raise BadInput("A sum passed 64 bits. Cut the period smaller.")
        return Trails(keys, *_lined_up(offsets, lengths, nodes), sums, products)

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


def check_table(said: int) -> None:
    """Raise BadInput if a table cannot be read any further."""
    if said == COLLISION:
        raise collided()
    if said == TOO_LONG:
        raise BadInput("The times of one person on one path add up to more than 4,400 years.")


def collided() -> BadInput:
    """Two different trails have the same 128-bit hash, which chance does not do."""
    return BadInput("Two different paths have the same 128-bit hash, so they cannot be told apart. Give other nodes.")


def _in_order(cells: Int64s, high: Int64s, low: Int64s) -> Int64s:
    """The order of rows by cell and hash. Mostly there is one cell, and the hash's second half does not have to decide."""
    if cells.size and bool((cells == cells[0]).all()):
        order = np.argsort(high)
        ascending = high[order]
        if not bool((ascending[1:] == ascending[:-1]).any()):
            return order
    return np.lexsort((low, high, cells))


@kernel
def _add_rows(places: Int64s, sums: Int64s, products: Int64s, all_sums: Int64s, all_products: Int64s) -> bool:
    """Add rows to a larger table at their places, products carried limb by limb; False = a sum (none is below 0) passed 64 bits."""
    fits = True
    for row in range(places.size):
        place = places[row]
        for column in range(sums.shape[1]):
            all_sums[place, column] += sums[row, column]
            fits &= all_sums[place, column] >= 0
        for kind in range(products.shape[1]):
            limbs = all_products[place, kind]
            for limb in range(3):
                limbs[limb] += products[row, kind, limb]
            limbs[1] += limbs[0] >> 24
            limbs[0] &= 0xFFFFFF
            limbs[2] += limbs[1] >> 24
            limbs[1] &= 0xFFFFFF
            fits &= limbs[2] >= 0
    return fits


def _lined_up(offsets: Int64s, lengths: Int64s, nodes: Int32s) -> tuple[Int64s, Int32s]:
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
