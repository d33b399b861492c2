"""Chains in order with a grace: each step is taken by the earliest signal that is left and comes no more than the grace too early.

A step that came too early counts as if it had come with the step before, so times never fall and the grace never adds up.
"""

from __future__ import annotations

from touchpath.timelines.kernels import lean_kernel, lean_part
from touchpath.timelines.walk import Plan, Room


@lean_part
def first_mark(room: Room, mark: int, time: int) -> int:
    """The place in a list of marks of the first signal at a time or later."""
    low, high = 0, room.marked[mark]
    while low < high:
        middle = (low + high) // 2
        if room.met.times[room.marks[mark, middle]] < time:
            low = middle + 1
        else:
            high = middle
    return low


@lean_part
def find_entries(low: int, high: int, room: Room) -> int:
    """Note every entry among the signals `low` to `high`, the latest first; returns how many there are."""
    heads = 0
    for place in range(low, high):
        signal = high - 1 - (place - low)
        if room.met.masks[signal] & 1:
            room.heads.signal[heads], room.heads.at[heads] = signal, signal
            heads += 1
    return heads


@lean_kernel
def _is_taken(signal: int, steps: int, room: Room) -> bool:
    taken = False
    for step in range(steps):
        taken |= room.chain.at[step] == signal
    return taken


@lean_kernel
def _steps_met(mask: int) -> int:
    """How many bits are set."""
    number = 0
    while mask:
        mask &= mask - 1
        number += 1
    return number


@lean_kernel
def _earliest(step: int, time: int, deadline: int, plan: Plan, room: Room) -> int:
    """The earliest signal left that meets a step from a time on; of those of one instant the one that meets the fewest steps."""
    mark, whole, found, fewest, least = plan.optional + plan.cuts.shape[0] + step, (1 << plan.needed) - 1, -1, 0, 0
    for place in range(first_mark(room, mark, time), room.marked[mark]):
        signal = room.marks[mark, place]
        came = room.met.times[signal]
        if came > deadline or (found >= 0 and came > room.met.times[found]):
            break
        mask = room.met.masks[signal] & whole
        number = _steps_met(mask)
        if not _is_taken(signal, step, room) and (found < 0 or number < fewest or (number == fewest and mask < least)):
            found, fewest, least = signal, number, mask
    return found


@lean_part
def read_with_grace(head: int, plan: Plan, room: Room) -> int:
    """Write the chain of an entry; returns the last step it meets inside the window."""
    signal = room.heads.signal[head]
    entered = room.met.times[signal]
    room.chain.times[0], room.chain.at[0] = entered, signal
    for step in range(1, plan.needed):
        before = room.chain.times[step - 1]
        found = _earliest(step, before - plan.grace, entered + plan.window, plan, room)
        if found < 0:
            return step - 1
        room.chain.times[step], room.chain.at[step] = max(before, room.met.times[found]), found
    return plan.needed - 1
