"""Signals of one instant: which different signals can meet which steps (bipartite matching)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import lean_kernel, lean_part


class Seats(NamedTuple):
    """Scratch for matching: the step each signal has, the signal each step has, and traces and queue of the two searches."""

    step_of: Int64s
    holder: Int64s
    wanted_by: Int64s
    wanted_for: Int64s
    queue: Int64s


def seats(longest: int, steps: int) -> Seats:
    """Room to match that many signals with that many steps."""
    sizes = (longest, steps, steps, longest, steps + 1)
    return Seats(*(np.zeros(size, np.int64) for size in sizes))


@lean_kernel
def empty_seats(room: Seats) -> None:
    """Take all steps from all signals."""
    for step in range(room.holder.size):
        room.holder[step] = -1


@lean_part
def seat_signal(masks: Int64s, signal: int, steps: int, room: Seats) -> bool:
    """Give a signal one of the steps it meets, moving others if need be (an augmenting path, breadth first)."""
    for step in range(steps):
        room.wanted_by[step] = -1
    room.step_of[signal] = -1
    room.queue[0], head, tail = signal, 0, 1
    while head < tail:
        wanting = room.queue[head]
        head += 1
        for step in range(steps):
            if not (masks[wanting] >> step) & 1 or room.wanted_by[step] >= 0:
                continue
            room.wanted_by[step] = wanting
            if room.holder[step] >= 0:
                room.queue[tail] = room.holder[step]
                tail += 1
                continue
            while True:
                taker = room.wanted_by[step]
                left = room.step_of[taker]
                room.step_of[taker], room.holder[step] = step, taker
                if taker == signal:
                    return True
                step = left
    return False


@lean_kernel
def _seat_step(masks: Int64s, low: int, high: int, taken: int, step: int, room: Seats) -> bool:
    """Give a step one of the signals `low` to `high` that meet it, moving others if need be; `taken` is not to be had."""
    for signal in range(low, high):
        room.wanted_for[signal] = -1
    room.queue[0], head, tail = step, 0, 1
    while head < tail:
        wanted = room.queue[head]
        head += 1
        for signal in range(low, high):
            if signal == taken or room.wanted_for[signal] >= 0 or not (masks[signal] >> wanted) & 1:
                continue
            room.wanted_for[signal] = wanted
            if room.step_of[signal] >= 0:
                room.queue[tail] = room.step_of[signal]
                tail += 1
                continue
            while True:
                given = room.wanted_for[signal]
                before = room.holder[given]
                room.step_of[signal], room.holder[given] = given, signal
                if given == step:
                    return True
                signal = before
    return False


@lean_part
def last_in_run(masks: Int64s, low: int, high: int, taken: int, step: int, steps: int, room: Seats) -> int:
    """The last of the steps `step`, `step` + 1, ... that different signals of the instant `low` to `high` can meet.

    taken: a signal that is not to be had (-1 = all are). step - 1 = not even the first.
    """
    union, overlap, whole = 0, False, (1 << steps) - 1
    for signal in range(low, high):
        mask = masks[signal] & whole
        if signal != taken:
            union |= mask
            overlap |= (mask & (mask - 1)) != 0
    if not overlap:
        while step < steps and (union >> step) & 1:
            step += 1
        return step - 1
    for signal in range(low, high):
        room.step_of[signal] = -1
    for following in range(step, steps):
        room.holder[following] = -1
        if not _seat_step(masks, low, high, taken, following, room):
            return following - 1
    return steps - 1
