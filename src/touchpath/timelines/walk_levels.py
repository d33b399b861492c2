"""What ClickHouse's windowFunnel answers, signal by signal, for all of one owner's signals in each cell.

It keeps, for each step, the latest chain that came so far: when it was entered and when it met the step. Signals of one instant go
by the number of the step they meet, those that meet none first; a signal that meets several steps meets each. A chain goes on while
it is inside the window. Source: ClickHouse's documentation of windowFunnel and its source (AggregateFunctionWindowFunnel.cpp, 26.9).
"""

from __future__ import annotations

from touchpath.timelines.kernels import find_cell, lean_kernel, lean_part
from touchpath.timelines.walk import NEVER, Plan, Room, Where

DEDUPLICATION, ORDER, INCREASE, REENTRY = 1, 2, 4, 8

#: A cell's state: whether it was seen, whether step 1 came, whether it is over; then, for each step, the step times of its chain.
SEEN, ENTERED, _OVER, _CHAINS = 0, 1, 2, 3


@lean_kernel
def chain_at(step: int, plan: Plan) -> int:
    """Where the times of a step's chain begin in a cell's state; NEVER there = none."""
    return _CHAINS + step * plan.needed


@lean_kernel
def _take(state: int, step: int, time: int, plan: Plan, room: Room) -> None:
    """Let a signal of a cell meet a step; step -1 = none."""
    levels, modes = room.levels, plan.levels
    entered, here, before = levels[state, ENTERED] != 0, chain_at(step, plan), chain_at(step - 1, plan)
    if step < 0:
        levels[state, _OVER] = entered and modes & ORDER != 0
    elif step == 0:
        levels[state, here], levels[state, ENTERED] = time, 1
    elif modes & DEDUPLICATION and levels[state, here] != NEVER:
        levels[state, _OVER] = 1
    elif levels[state, before] == NEVER:
        levels[state, _OVER] = entered and modes & ORDER != 0 and modes & REENTRY == 0
    else:
        rises = modes & INCREASE == 0 or levels[state, before + step - 1] < time
        if time <= levels[state, before] + plan.window and rises:
            for earlier in range(step):
                levels[state, here + earlier] = levels[state, before + earlier]
            levels[state, here + step] = time
            levels[state, _OVER] = step == plan.needed - 1


@lean_kernel
def _begin(state: int, plan: Plan, room: Room) -> None:
    room.levels[state, SEEN], room.levels[state, ENTERED], room.levels[state, _OVER] = 1, 0, 0
    for step in range(plan.needed):
        room.levels[state, chain_at(step, plan)] = NEVER


@lean_part
def find_levels(owner: int, low: int, high: int, where: Where, plan: Plan, room: Room) -> int:
    """Read the signals `low` to `high` into the levels of their cells; returns how many cells were touched."""
    met, touched, i = room.met, 0, low
    while i < high:
        at = i
        while i < high and met.times[i] == met.times[at]:
            i += 1
        for step in range(-1, plan.needed):
            for signal in range(at, i):
                mask = met.masks[signal] & ((1 << plan.needed) - 1)
                if (step >= 0 and not (mask >> step) & 1) or (step < 0 and mask != 0):
                    continue
                row = met.signals[signal]
                cell = find_cell(row, owner, where.times[row], where.edges, where.segments, where.signals, where.owners)
                if cell < 0:
                    continue
                if room.levels[cell, SEEN] == 0:
                    _begin(cell, plan, room)
                    room.chosen.cells[touched] = cell
                    touched += 1
                if room.levels[cell, _OVER] == 0:
                    _take(cell, step, met.times[signal], plan, room)
    return touched


@lean_part
def read_level(state: int, plan: Plan, room: Room) -> int:
    """Write the chain of the highest level of a cell and forget the cell; returns its last step, -1 if step 1 never came."""
    room.levels[state, SEEN], reached = 0, plan.needed - 1
    while reached >= 0 and room.levels[state, chain_at(reached, plan)] == NEVER:
        reached -= 1
    for step in range(reached + 1):
        room.chain.times[step] = room.levels[state, chain_at(reached, plan) + step]
    return reached
