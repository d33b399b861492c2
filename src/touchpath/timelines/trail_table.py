"""Tables of trails: where a shard's trails are found and counted while it is read. See `trails`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Int32s, Int64s
from touchpath.timelines.kernels import LIMBS, add_product, fixed, kernel, lean_kernel
from touchpath.timelines.trails import (
    LONGEST_MS,
    MA,
    MB,
    MM,
    MS,
    NA,
    NB,
    NM,
    NN,
    PEOPLE,
    SUMS,
    WHOLE,
    M,
    N,
    Trails,
    check_count,
    collided,
    line_nodes,
)

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
        np.zeros((rows, SUMS), np.int64),
        np.zeros((rows, 2, LIMBS), np.int64),
        np.zeros(nodes, np.int32),
        np.zeros(rows, np.int64),
    )


def grown(table: Table, rows: int, nodes: int) -> Table:
    """The same trails with room for at least so many more; raises BadInput beyond MOST_TRAILS."""
    used_rows, used_nodes, _ = (int(count) for count in table.used)
    check_count(used_rows)
    larger = new_table(max(2 * table.keys.shape[0], used_rows + rows), max(2 * table.nodes.size, used_nodes + nodes))
    for name in ("keys", "hand", "sums", "products", "nodes", "touched"):
        mine = getattr(table, name)
        getattr(larger, name)[: mine.shape[0]] = mine
    larger.used[:] = table.used
    _index_again(larger.slots, fixed(larger.keys), used_rows)
    return larger


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


def check_table(said: int) -> None:
    """Raise BadInput if a table cannot be read any further."""
    if said == COLLISION:
        raise collided()
    if said == TOO_LONG:
        raise BadInput("The times of one person on one path add up to more than 4,400 years.")


def trails_of(table: Table) -> Trails:
    """What a table holds, when every person is closed."""
    rows = int(table.used[0])
    check_count(rows)
    order = _in_order(table.keys[:rows, _CELL], table.keys[:rows, _HIGH], table.keys[:rows, _LOW])
    keys = table.keys[:rows][order]
    starts, nodes = line_nodes(keys[:, _OFFSET], keys[:, _LENGTH], table.nodes)
    return Trails(np.ascontiguousarray(keys[:, :3]), starts, nodes, table.sums[:rows][order], table.products[:rows][order])


def _in_order(cells: Int64s, high: Int64s, low: Int64s) -> Int64s:
    """The order of rows by cell and hash. Mostly there is one cell, and the hash's second half does not have to decide."""
    if cells.size and bool((cells == cells[0]).all()):
        order = np.argsort(high)
        ascending = high[order]
        if not bool((ascending[1:] == ascending[:-1]).any()):
            return order
    return np.lexsort((low, high, cells))
