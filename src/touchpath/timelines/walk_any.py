"""Chains in any order: for every entry how many different steps are met within its window, and when.

Of the signals to come only few matter: going through them in order of time, those that let one step more be met (the basis of a
matroid, so taking each as it comes is never worse). Their number is at most that of the steps, and a signal before them replaces
at most one. So reading backwards keeps a short list.
"""

from __future__ import annotations

from touchpath.timelines.kernels import lean_kernel, lean_part, plain
from touchpath.timelines.ties import seat_one
from touchpath.timelines.walk import NEVER, Met, Plan, Room


@lean_kernel
def _has_overlap(met: Met, low: int, high: int, whole: int) -> bool:
    """Whether a signal meets several steps."""
    for signal in range(low, high):
        mask = met.masks[signal] & whole
        if mask & (mask - 1):
            return True
    return False


@lean_part
def _keep(room: Room, start: int, count: int, target: int, steps: int) -> int:
    """Copy, of the signals in the list from `start` on, those that let one step more be met; returns how many are left."""
    kept, whole = 0, (1 << steps) - 1
    for step in range(steps):
        room.tie.holder[step] = -1
    for place in range(start, start + count):
        room.tie.step_of[place] = -1
        if kept < steps and seat_one(room.list_masks, place, place + 1, whole, plain(-1), room.tie):
            room.list_times[target + kept], room.list_masks[target + kept] = room.list_times[place], room.list_masks[place]
            kept += 1
    return kept


@lean_kernel
def _write_entry(room: Room, head: int, signal: int, at: int, start: int, count: int, deadline: int, steps: int) -> None:
    """Write the times of the list that are inside the window."""
    room.heads.signal[head], room.heads.at[head] = signal, at
    for step in range(steps):
        room.table[head, step] = NEVER
        if step < count and room.list_times[start + step] <= deadline:
            room.table[head, step] = room.list_times[start + step]


@lean_part
def find_in_any_order(low: int, high: int, plan: Plan, room: Room) -> int:
    """Note every entry among the signals `low` to `high`, the latest first, with its times; returns how many there are."""
    met, steps, whole, heads = room.met, plan.needed, (1 << plan.needed) - 1, 0
    if not _has_overlap(met, low, high, whole):
        return _find_apart(low, high, plan, room)
    third, kept, i = room.list_times.size // 3, 0, high - 1
    while i >= low:
        time, last_signal = met.times[i], i
        while i >= low and met.times[i] == time:
            i -= 1
        count = plain(0)
        for signal in range(i + 1, last_signal + 1):
            if met.masks[signal] & whole:
                room.list_times[third + count], room.list_masks[third + count] = time, met.masks[signal] & whole
                count += 1
        for place in range(kept):
            room.list_times[third + count], room.list_masks[third + count] = room.list_times[place], room.list_masks[place]
            count += 1
        kept = _keep(room, third, count, plain(0), steps)
        for signal in range(i + 1, last_signal + 1):
            mask = met.masks[signal] & whole
            if mask:
                room.list_times[third], room.list_masks[third] = time, mask
                count = plain(1)
                for place in range(kept):
                    room.list_times[third + count], room.list_masks[third + count] = (
                        room.list_times[place],
                        room.list_masks[place],
                    )
                    count += 1
                _drop_same(room, third, mask, time, count)
                found = _keep(room, third, count, 2 * third, steps)
                _write_entry(room, heads, signal, i + 1, 2 * third, found, time + plan.window, steps)
                heads += 1
    return heads


@lean_kernel
def _drop_same(room: Room, start: int, mask: int, time: int, count: int) -> None:
    """Blank the entry's own copy in the list that follows it, or one just like it."""
    for place in range(start + 1, start + count):
        if room.list_masks[place] == mask and room.list_times[place] == time:
            room.list_masks[place] = 0
            return


@lean_part
def _find_apart(low: int, high: int, plan: Plan, room: Room) -> int:
    """The same where no signal meets several steps: the steps in the order in which they come next."""
    met, steps, heads, known = room.met, plan.needed, 0, 0
    i = high - 1
    while i >= low:
        time, last_signal = met.times[i], i
        while i >= low and met.times[i] == time:
            i -= 1
        for signal in range(i + 1, last_signal + 1):
            known = _come_first(room, met.masks[signal] & ((1 << steps) - 1), time, known)
        for signal in range(i + 1, last_signal + 1):
            if met.masks[signal] & ((1 << steps) - 1):
                _write_entry(room, heads, signal, i + 1, 0, known, time + plan.window, steps)
                heads += 1
    return heads


@lean_kernel
def _come_first(room: Room, mask: int, time: int, known: int) -> int:
    """Move the step of a mask to the front of the list; returns how many steps are listed."""
    if mask == 0:
        return known
    place = 0
    while place < known and room.list_masks[place] != mask:
        place += 1
    known = max(known, place + 1)
    while place > 0:
        room.list_masks[place], room.list_times[place] = room.list_masks[place - 1], room.list_times[place - 1]
        place -= 1
    room.list_masks[0], room.list_times[0] = mask, time
    return known


@lean_part
def read_in_any_order(head: int, plan: Plan, room: Room) -> int:
    """Write the chain of an entry; returns the number of steps it meets, less one."""
    step = 0
    while step < plan.needed and room.table[head, step] != NEVER:
        room.chain.times[step], room.chain.at[step] = room.table[head, step], room.heads.at[head]
        step += 1
    return step - 1
