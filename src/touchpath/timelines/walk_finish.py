"""What becomes of a chain once it is found: exclusions cut it, optional steps are filled in, and it gets its cell."""

from __future__ import annotations

from touchpath.timelines.kernels import find_period, find_segment, lean_kernel, lean_part, rate_of
from touchpath.timelines.walk import ANY_ORDER, NEVER, Plan, Room, Where
from touchpath.timelines.walk_grace import first_mark
from touchpath.timelines.ways import AGREE, ENTRY, LAST


@lean_part
def mark_signals(low: int, high: int, plan: Plan, room: Room, with_needed: bool) -> None:
    """List where the signals `low` to `high` meet optional steps, exclusions and (with a grace) needed steps."""
    others = plan.optional + plan.cuts.shape[0]
    for mark in range(room.marked.size):
        room.marked[mark] = 0
    for signal in range(low, high):
        rest = room.met.masks[signal] >> plan.needed
        for mark in range(others):
            if (rest >> mark) & 1:
                room.marks[mark, room.marked[mark]] = signal
                room.marked[mark] += 1
        if with_needed:
            for step in range(plan.needed):
                if (room.met.masks[signal] >> step) & 1:
                    room.marks[others + step, room.marked[others + step]] = signal
                    room.marked[others + step] += 1


@lean_kernel
def _first_time(mark: int, time: int, room: Room) -> int:
    """The time of the first signal of a list later than a time; NEVER if there is none."""
    place = first_mark(room, mark, time + 1)
    found: int = room.met.times[room.marks[mark, place]] if place < room.marked[mark] else NEVER
    return found


@lean_part
def find_cut(reached: int, deadline: int, plan: Plan, room: Room) -> int:
    """When the first excluded signal comes in between; NEVER if none does."""
    cut, times = NEVER, room.chain.times
    for number in range(plan.cuts.shape[0]):
        mark = plan.optional + number
        if plan.way == ANY_ORDER:
            found = _first_time(mark, times[0], room)
            ends = times[reached] if reached == plan.needed - 1 else deadline + 1
            cut = min(cut, found) if found < ends else cut
            continue
        for step in range(plan.cuts[number, 0], min(plan.cuts[number, 1], reached + 1)):
            found = _first_time(mark, times[step] + plan.grace, room)
            ends = deadline + 1 if step == reached else times[step + 1] - plan.grace
            cut = min(cut, found) if found < ends else cut
    return cut


@lean_part
def open_until(step: int, high: int, deadline: int, plan: Plan, room: Room) -> int:
    """Until when something can follow the last needed step that was met before the way is blocked (inclusive)."""
    until, entered = deadline, room.chain.times[step]
    if step + 1 < plan.needed and plan.blocks[step] & ~plan.soft[step]:
        for number in range(plan.cuts.shape[0]):
            if plan.cuts[number, 0] <= step < plan.cuts[number, 1]:
                until = min(until, _first_time(plan.optional + number, entered, room))
    signal = room.chain.at[step]
    if step + 1 < plan.needed and plan.soft[step]:
        while signal < high and room.met.times[signal] <= until:
            mask = room.met.masks[signal]
            if room.met.times[signal] > entered and mask & plan.soft[step] and not mask & plan.passes[step]:
                until = min(until, room.met.times[signal])
            signal += 1
    return until


@lean_kernel
def _met_at(time: int, reached: int, options: int, plan: Plan, room: Room) -> int:
    """Bits of the needed steps, and of the first so many optional ones, that the chain meets at a time."""
    bits = 0
    for step in range(reached + 1):
        bits |= (room.chain.times[step] == time) << step
    for option in range(options):
        bits |= (room.chain.times[plan.needed + option] == time) << (plan.needed + option)
    return bits


@lean_part
def fill_in(reached: int, until: int, plan: Plan, room: Room) -> None:
    """Meet each optional step by the earliest signal between the steps around it that is none of those steps.

    until: when what follows the last needed step is over. A signal of the same instant as a step counts if it could not be that step.
    """
    times, met = room.chain.times, room.met
    for option in range(plan.optional):
        step, bit = plan.after[option], plan.needed + option
        times[bit] = NEVER
        if step > reached:
            continue
        since = times[step]
        for earlier in range(option):
            if plan.after[earlier] == step and times[plan.needed + earlier] != NEVER:
                since = times[plan.needed + earlier]
        limit = times[step + 1] if step < reached else until
        if plan.spans[bit] > 0:
            limit = min(limit, times[step] + plan.spans[bit])
        for place in range(first_mark(room, option, since), room.marked[option]):
            signal = room.marks[option, place]
            time = met.times[signal]
            if time > limit:
                break
            beside = time == since or (step < reached and time == times[step + 1])
            if beside and (plan.rise or met.masks[signal] & _met_at(time, reached, option, plan, room)):
                continue
            times[bit], room.chain.at[bit] = time, signal
            break


@lean_part
def _segment_at(bit: int, low: int, high: int, where: Where, room: Room) -> int:
    """The segment of a step: the first one, of those that signals of its instant which meet it are in; -1 = none."""
    met, at = room.met, room.chain.at[bit]
    time, found = met.times[at], -1
    first = at
    while first > low and met.times[first - 1] == time:
        first -= 1
    while first < high and met.times[first] == time:
        code = where.signals[met.signals[first]]
        if (met.masks[first] >> bit) & 1 and code >= 0 and (found < 0 or code < found):
            found = code
        first += 1
    return found


@lean_kernel
def _segment_of(entry: int, owner: int, reached: int, low: int, high: int, where: Where, plan: Plan, room: Room) -> int:
    """The segment in which a chain counts; -1 = none."""
    own = find_segment(room.met.signals[entry], owner, where.signals, where.owners)
    if plan.segment in (ENTRY, 0) or where.signals.size == 0:
        return own
    if plan.segment > 0:
        is_met = plan.segment <= reached if plan.segment < plan.needed else room.chain.times[plan.segment] != NEVER
        return _segment_at(plan.segment, low, high, where, room) if is_met else -1
    last, latest = own, room.chain.times[0]
    for step in range(1, plan.needed + plan.optional):
        is_met = step <= reached if step < plan.needed else room.chain.times[step] != NEVER
        if not is_met:
            continue
        segment = _segment_at(step, low, high, where, room)
        if plan.segment == AGREE and segment != own:
            return -1
        if plan.segment == LAST and (step < plan.needed or room.chain.times[step] > latest):
            last, latest = segment, room.chain.times[step]
    return last


@lean_part
def cell_of(entry: int, owner: int, reached: int, low: int, high: int, where: Where, plan: Plan, room: Room) -> int:
    """The cell of a chain: the period of its entry, and the segment the plan asks for; -1 = nowhere."""
    period = find_period(where.times[room.met.signals[entry]], where.edges, rate_of(where.edges))
    if period < 0:
        return -1
    segment = _segment_of(entry, owner, reached, low, high, where, plan, room)
    return -1 if segment < 0 else period * where.segments + segment
