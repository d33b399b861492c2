"""Which chains are kept: the best of each cell so far, and what is written of it."""

from __future__ import annotations

from touchpath.timelines.kernels import lean_kernel, lean_part
from touchpath.timelines.walk import FIRST, NEVER, OPEN, UNSEEN, Plan, Room, Rows


@lean_kernel
def _skipped(plan: Plan, room: Room) -> int:
    """How many optional steps the chain in hand does not meet."""
    skipped = 0
    for option in range(plan.optional):
        skipped += room.chain.times[plan.needed + option] == NEVER
    return skipped


@lean_part
def is_better(row: int, reached: int, dropped: int, plan: Plan, room: Room) -> bool:
    """Whether the chain in hand replaces the one chosen so far, which entered at the same time or earlier."""
    chosen, times = room.chosen, room.chain.times
    held = chosen.reached[row]
    if held == UNSEEN:
        return True
    if plan.mode == FIRST and times[0] > chosen.times[row, 0]:
        return False
    if reached != held:
        return bool(reached > held)
    if reached == OPEN:
        return False
    if dropped != chosen.dropped[row]:
        return bool(dropped < chosen.dropped[row])
    skipped = _skipped(plan, room)
    if skipped != chosen.skipped[row]:
        return bool(skipped < chosen.skipped[row])
    if times[reached] != chosen.times[row, reached]:
        return bool(times[reached] < chosen.times[row, reached])
    if times[0] != chosen.times[row, 0]:
        return True
    for step in range(1, reached):
        if times[step] != chosen.times[row, step]:
            return bool(times[step] < chosen.times[row, step])
    return False


@lean_part
def is_alike(row: int, reached: int, dropped: int, room: Room) -> bool:
    """Whether the chain in hand meets the same steps at the same times as the one chosen so far."""
    if room.chosen.reached[row] != reached or room.chosen.dropped[row] != dropped:
        return False
    alike = True
    for step in range(max(reached, 0) + 1):
        alike &= room.chosen.times[row, step] == room.chain.times[step]
    return alike


@lean_part
def choose(row: int, reached: int, dropped: int, plan: Plan, room: Room) -> None:
    """Keep the chain in hand."""
    room.chosen.reached[row], room.chosen.dropped[row], room.chosen.skipped[row] = reached, dropped, _skipped(plan, room)
    for step in range(plan.needed + plan.optional):
        if step <= reached or step >= plan.needed or step == 0:
            room.chosen.times[row, step] = room.chain.times[step]


@lean_part
def write(rows: Rows, row: int, gap: int, cell: int, place: int, chosen: int, plan: Plan, room: Room) -> tuple[int, int]:
    """Write one entrant unless it is dropped; returns the next free row and gap."""
    reached, times = room.chosen.reached[chosen], room.chosen.times[chosen]
    room.chosen.reached[chosen] = UNSEEN
    if room.chosen.dropped[chosen] and reached != OPEN:
        return row, gap
    rows.cells[row], rows.places[row], rows.reached[row], rows.met[row] = cell, place, OPEN, 0
    if reached == OPEN:
        return row + 1, gap
    rows.reached[row], rows.met[row] = plan.numbers[reached], 1
    step, option = 1, 0
    while step <= reached or option < plan.optional:
        if option < plan.optional and (step > reached or plan.after[option] < step):
            bit, before = plan.needed + option, plan.after[option]
            option += 1
            if before > reached or times[bit] == NEVER:
                continue
        else:
            bit, before = step, step - 1
            step += 1
        rows.met[row] |= 1 << plan.numbers[bit]
        rows.gaps[gap] = times[bit] - times[before]
        gap += 1
    return row + 1, gap
