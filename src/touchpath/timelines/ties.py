"""Ties: signals of one instant, which may come in any order. Which steps can different ones of them meet (bipartite matching)?

A step needs no more signals to choose from than there are steps: whatever the others take, one is left for it. So of a tie of any size
only few signals are looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import lean_kernel, lean_part, lowest_bit, plain


class Tie(NamedTuple):
    """The signals of a tie that are looked at, and scratch to give them steps.

    masks: the bits of the steps that each signal meets.   choices: (steps,) how many signals each step can choose from.
    step_of: the step that each signal has, -1 = none.   holder: (steps,) the signal that each step has, -1 = none.
    wanted_by, queue: traces and queue of the search.
    """

    masks: Int64s
    choices: Int64s
    step_of: Int64s
    holder: Int64s
    wanted_by: Int64s
    queue: Int64s


def tie_for(steps: int, signals: int = 0) -> Tie:
    """Room for a tie, or for that many signals if they are more."""
    size = max(signals, steps * (steps + 1))
    return Tie(*(np.empty(each, np.int64) for each in (size, steps, size, steps, steps, size + steps)))


@lean_part
def seat_one(masks: Int64s, low: int, high: int, wanted: int, taken: int, tie: Tie) -> bool:
    """Give one more of the wanted steps to one of the signals `low` to `high` that have none, moving others if need be.

    An augmenting path, breadth first. wanted: bits of steps.   taken: a signal that is not to be had, -1 = all are.
    """
    head, tail = 0, 0
    for signal in range(low, high):
        if tie.step_of[signal] < 0 and signal != taken:
            tie.queue[tail] = signal
            tail += 1
    while head < tail:
        wanting = tie.queue[head]
        head += 1
        rest = masks[wanting] & wanted
        while rest:
            step = lowest_bit(rest)
            rest &= rest - 1
            wanted &= ~(1 << step)
            tie.wanted_by[step] = wanting
            if tie.holder[step] >= 0:
                tie.queue[tail] = tie.holder[step]
                tail += 1
                continue
            while step >= 0:
                taker = tie.wanted_by[step]
                left = tie.step_of[taker]
                tie.step_of[taker], tie.holder[step] = step, taker
                step = left
            return True
    return False


@lean_part
def tie_up(signals: int, mask: int, steps: int, tie: Tie) -> int:
    """Add a signal to those that are looked at, if one of its steps has too few to choose from; returns how many they are."""
    if signals == 0:
        for step in range(steps):
            tie.choices[step] = 0
    rest, needed = mask, False
    while rest:
        step = lowest_bit(rest)
        rest &= rest - 1
        needed |= tie.choices[step] <= steps  # one more than there are steps, as one may be taken
        tie.choices[step] += 1
    if needed:
        tie.masks[signals] = mask
    return signals + needed


@lean_part
def _last_step(signals: int, taken_mask: int, step: int, steps: int, tie: Tie) -> int:
    """The last of the steps `step`, `step` + 1, ... that different signals of a tie can meet; `step` - 1 = not even the first."""
    taken, wanted = plain(-1), 0
    for signal in range(signals):
        tie.step_of[signal] = -1
        if tie.masks[signal] == taken_mask:
            taken = signal
    for following in range(step, steps):
        tie.holder[following] = -1
        wanted |= 1 << following
        if not seat_one(tie.masks, plain(0), signals, wanted, taken, tie):
            return following - 1
    return steps - 1


@lean_kernel
def leads_to(step: int, taken: int, union: int, signals: int, steps: int, tie: Tie) -> int:
    """The last step that an instant leads to from `step`, which one of its signals meets.

    taken: the mask of the very signal that meets the step, 0 = any.   union: the bits of all signals, if the instant has several.
    signals: how many of them are tied up, 0 = each meets one step only, so that none takes what another needs.
    """
    if signals:
        return _last_step(signals, taken, step + (taken != 0), steps, tie)
    while step + 1 < steps and (union >> (step + 1)) & 1:
        step += 1
    return step
