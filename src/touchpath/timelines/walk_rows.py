"""The general walk of a funnel: reads each owner once, finds the chain of every entry, and keeps those that are entrants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_INT64S, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import fixed, is_read, lean_kernel, lean_part, plain
from touchpath.timelines.match import match
from touchpath.timelines.objects import sort_by_object
from touchpath.timelines.walk import (
    ANY_ORDER,
    BY_LEVEL,
    CHAIN,
    DROP,
    EVERY,
    NEVER,
    OPEN,
    STOP,
    TOTALS,
    UNSEEN,
    WITH_GRACE,
    Plan,
    Room,
    Rows,
    Where,
    room_for,
)
from touchpath.timelines.walk_any import find_in_any_order, read_in_any_order
from touchpath.timelines.walk_choose import choose, is_alike, is_better, write
from touchpath.timelines.walk_finish import cell_of, fill_in, find_cut, mark_signals, open_until
from touchpath.timelines.walk_grace import find_entries, read_with_grace
from touchpath.timelines.walk_levels import find_levels, read_level
from touchpath.timelines.walk_ordered import find_in_order, read_in_order
from touchpath.timelines.walk_plan import rules_of
from touchpath.timelines.ways import Ways

#: Spreads the codes of a held property over 64 bits, so that they can be mixed with the hashes of objects.
_SPREAD = -7046029254386353131


class Signals(NamedTuple):
    """The columns a walk reads: as in Timelines; codes and bits as in Matched; groups that chains are held to (0 = none; () = not)."""

    starts: Int64s
    times: Int64s
    codes: Int32s
    bits: Int64s
    groups: Int64s
    people: Bytes
    skip: Bytes


def _groups(timelines: Timelines, same: str, held: str) -> Int64s:
    """(signals,) what chains are held to: object, value of a property, or both; 0 = none of it; zero-length = nothing."""
    if not held:
        return timelines.wide(f"objects.{same}") if same else NO_INT64S
    codes = timelines.code(held).astype(np.int64)
    if not same:
        return codes
    objects = timelines.wide(f"objects.{same}")
    mixed = objects ^ (codes * np.int64(_SPREAD))
    mixed[mixed == 0] = 1
    return np.where((objects != 0) & (codes != 0), mixed, 0)


def find_rows(
    timelines: Timelines, cells: Cells, people: Bytes, steps: Sequence[EventRule], plan: Plan, ways: Ways, same: str
) -> Rows:
    """The entrants of all owners with their chains."""
    matched = match(timelines, rules_of(steps, ways))
    signals = Signals(
        fixed(timelines.starts, np.int64),
        fixed(timelines.times, np.int64),
        matched.codes,
        matched.bits,
        fixed(_groups(timelines, same, ways.held), np.int64),
        fixed(people, np.uint8),
        fixed(timelines.skip, np.uint8),
    )
    segments = (fixed(cells.signal_codes, np.int32), fixed(cells.owner_codes, np.int32))
    where = Where(fixed(cells.edges, np.int64), cells.segments, *segments, signals.times)
    longest, fits, entries = _measure(signals, plan)
    followers = plan.needed + plan.optional - 1
    rows = Rows(*(np.empty(size, np.int64) for size in (entries, entries, entries, entries, entries * followers)))
    found, gaps = _walk(signals, where, plan, room_for(plan, longest + 1, fits, cells.count), rows)
    cells_found, places, reached, met = (fixed(column[:found]) for column in rows[:4])
    return Rows(cells_found, places, reached, met, fixed(rows.gaps[:gaps]))


# -- the walk ----------------------------------------------------------------------------------------------------------


@lean_kernel
def _measure(signals: Signals, plan: Plan) -> tuple[int, int, int]:
    """The most signals one owner has, the most needed steps one owner's signals meet, and how many entries there are."""
    longest, most, entries = 0, 0, 0
    whole = (1 << plan.needed) - 1
    enters = whole if plan.way == ANY_ORDER else 1
    for owner in range(signals.starts.size - 1):
        if not is_read(owner, signals.people, signals.skip):
            continue
        fits = 0
        for i in range(signals.starts[owner], signals.starts[owner + 1]):
            mask = signals.bits[signals.codes[i]] & whole
            entries += mask & enters != 0
            while mask:
                mask &= mask - 1
                fits += 1
        longest, most = max(longest, signals.starts[owner + 1] - signals.starts[owner]), max(most, fits)
    return longest, most, entries


@lean_part
def _gather(low: int, high: int, signals: Signals, unit: int, room: Room) -> int:
    """Copy the signals that meet a rule (and are in a group, if chains are held to one), group by group; returns how many."""
    n, met = 0, room.met
    for i in range(low, high):
        met.signals[n] = i
        n += signals.bits[signals.codes[i]] != 0 and (signals.groups.size == 0 or signals.groups[i] != 0)
    if signals.groups.size:
        sort_by_object(signals.groups, met.signals, room.spare, n)
    for place in range(n):
        signal = met.signals[place]
        time = signals.times[signal]
        met.times[place] = time if unit == 1 else (time + unit // 2) // unit * unit
        met.masks[place] = signals.bits[signals.codes[signal]]
    return n


@lean_part
def _write_levels(owner: int, touched: int, plan: Plan, room: Room, rows: Rows, row: int, gap: int) -> tuple[int, int]:
    """Write the level of each cell that an owner's signals touched and step 1 is in."""
    for place in range(touched):
        cell = room.chosen.cells[place]
        reached = read_level(cell, plan, room)
        if reached >= 0:
            choose(cell, reached, plain(0), plan, room)
            row, gap = write(rows, row, gap, cell, owner, cell, plan, room)
    return row, gap


@lean_kernel
def _find(low: int, high: int, plan: Plan, room: Room) -> int:
    if plan.way == ANY_ORDER:
        return find_in_any_order(low, high, plan, room)
    if plan.way == WITH_GRACE:
        return find_entries(low, high, room)
    return find_in_order(low, high, plan, room)


@lean_kernel
def _read(head: int, plan: Plan, room: Room) -> int:
    if plan.way == ANY_ORDER:
        return read_in_any_order(head, plan, room)
    if plan.way == WITH_GRACE:
        return read_with_grace(head, plan, room)
    return read_in_order(head, plan, room)


@lean_kernel
def _open_if_late(row: int, plan: Plan, room: Room) -> None:
    """With totals, how an entry goes decides when the next can come, so that it is open is seen last."""
    if room.chosen.times[row, 0] > plan.end - plan.window:
        room.chosen.reached[row] = OPEN


@lean_part
def _walk_owner(
    owner: int, low: int, high: int, where: Where, plan: Plan, room: Room, rows: Rows, row: int, gap: int
) -> tuple[int, int]:
    """Find the entrants among the signals `low` to `high` of one owner (of one group); returns the next free row and gap."""
    if plan.way == BY_LEVEL:
        return _write_levels(owner, find_levels(owner, low, high, where, plan, room), plan, room, rows, row, gap)
    if room.marked.size:
        mark_signals(low, high, plan, room, plan.way == WITH_GRACE)
    touched, spare, waiting, left, leaves = 0, room.chosen.reached.size - 1, plain(-1), 0, 0
    has_left = False
    for entry in range(_find(low, high, plan, room) - 1, -1, -1):
        signal = room.heads.signal[entry]
        entered = room.met.times[signal]
        if plan.mode == TOTALS and waiting >= 0 and entered > room.chosen.times[spare, 0]:
            _open_if_late(spare, plan, room)
            row, gap = write(rows, row, gap, waiting, owner, spare, plan, room)
            waiting, left, has_left = plain(-1), leaves, True
        if plan.mode == TOTALS and has_left and entered <= left:
            continue
        reached, deadline, dropped, cut = _read(entry, plan, room), entered + plan.window, plain(0), NEVER
        until = deadline
        if plan.effect != CHAIN and plan.cuts.shape[0]:
            cut = find_cut(reached, deadline, plan, room)
            dropped, until = int(plan.effect == DROP and cut != NEVER), min(deadline, cut)
            while plan.effect == STOP and room.chain.times[reached] > cut:
                reached -= 1
        if plan.optional:
            fill_in(reached, open_until(reached, high, until, plan, room), plan, room)
        cell = cell_of(signal, owner, reached, low, high, where, plan, room)
        if cell < 0:
            continue
        ends = room.chain.times[reached] if reached == plan.needed - 1 else until
        if entered > plan.end - plan.window and plan.mode != TOTALS:
            reached = plain(OPEN)
        if plan.mode == EVERY:
            choose(spare, reached, dropped, plan, room)
            row, gap = write(rows, row, gap, cell, owner, spare, plan, room)
        elif plan.mode == TOTALS:
            alike = cell < waiting and is_alike(spare, reached, dropped, room)
            if alike or is_better(spare, reached, dropped, plan, room):
                choose(spare, reached, dropped, plan, room)
                waiting, leaves = cell, ends
        elif is_better(cell, reached, dropped, plan, room):
            if room.chosen.reached[cell] == UNSEEN:
                room.chosen.cells[touched] = cell
                touched += 1
            choose(cell, reached, dropped, plan, room)
    if waiting >= 0:
        _open_if_late(spare, plan, room)
        row, gap = write(rows, row, gap, waiting, owner, spare, plan, room)
    for place in range(touched):
        cell = room.chosen.cells[place]
        row, gap = write(rows, row, gap, cell, owner, cell, plan, room)
    return row, gap


@lean_kernel
def _walk(signals: Signals, where: Where, plan: Plan, room: Room, rows: Rows) -> tuple[int, int]:
    """Write the entrants of all owners; returns how many rows and gaps there are."""
    row, gap, start = plain(0), plain(0), plain(0)
    for owner in range(signals.starts.size - 1):
        if not is_read(owner, signals.people, signals.skip):
            continue
        n = _gather(signals.starts[owner], signals.starts[owner + 1], signals, plan.unit, room)
        if signals.groups.size == 0:
            row, gap = _walk_owner(owner, start, n, where, plan, room, rows, row, gap)
            continue
        low, of = start, room.met.signals
        for high in range(1, n + 1):
            if high == n or signals.groups[of[high]] != signals.groups[of[low]]:
                row, gap = _walk_owner(owner, low, high, where, plan, room, rows, row, gap)
                low = high
    return row, gap
