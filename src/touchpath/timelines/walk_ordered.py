"""Chains in order, read backwards: for every entry how far it leads and by which instants, whatever blocks the way between steps.

From a step that is met at one instant, the next can be met until some limit: the longest time between the two, or the next signal
that must not come in between. Limits never move back as instants move on. So of all instants that meet a step and lead to an aim,
the nearest one is always the best to go on with, and a chain costs one look per step. Without limits one aim is enough: whatever
leads furthest leads everywhere as early as possible.
"""

from __future__ import annotations

from touchpath.timelines.kernels import lean_kernel, lean_part, plain
from touchpath.timelines.ties import leads_to, tie_up
from touchpath.timelines.walk import NEVER, Plan, Room


@lean_kernel
def _limit(step: int, time: int, plan: Plan, room: Room) -> int:
    """Until when the step after `step`, met at a time, can be met (inclusive)."""
    limit = int(room.blocked[step])
    if plan.spans[step + 1] > 0:
        limit = min(limit, time + plan.spans[step + 1])
    return limit


@lean_kernel
def _leave(step: int, last: int, aim: int, time: int, plan: Plan, room: Room) -> tuple[int, int]:
    """From an instant that meets `step` to `last`: the last step to meet there on the way to an aim, and the node that follows.

    The step is `step` - 1 if no way leads to the aim, the node -1 if none is needed.
    """
    if plan.free:
        return last, room.first[last + 1, 0] if last + 1 < plan.needed else -1
    if aim <= last:
        return last, -1
    while last >= step:
        following = room.first[last + 1, aim]
        if following >= 0 and room.met.times[room.nodes.at[following]] <= _limit(last, time, plan, room):
            return last, following
        last -= 1
    return last, -1


@lean_kernel
def _add_entry(signal: int, at: int, last: int, time: int, heads: int, plan: Plan, room: Room) -> None:
    """Note an entry whose instant meets the steps to `last`, with the furthest step it leads to."""
    aim, deadline = plan.needed - 1, time + plan.window
    end, following = _leave(0, last, aim, time, plan, room)
    while not plan.free and aim > last and (end < 0 or room.arrives[end + 1, aim] > deadline):
        aim -= 1
        end, following = _leave(0, last, aim, time, plan, room)
    room.heads.signal[heads], room.heads.at[heads], room.heads.last[heads] = signal, at, end
    room.heads.following[heads], room.heads.aim[heads] = following, aim


@lean_kernel
def _add_nodes(step: int, at: int, last: int, time: int, nodes: int, plan: Plan, room: Room) -> int:
    """Let `step` begin at an instant that meets the steps to `last`, for every aim it leads to; returns the next free node."""
    known, known_following = -1, -1
    for aim in range(0 if plan.free else step, room.first.shape[1]):
        end, following = _leave(step, last, aim, time, plan, room)
        if end < step:
            continue
        if end != known or following != known_following:
            room.nodes.at[nodes], room.nodes.last[nodes], room.nodes.following[nodes] = at, end, following
            known, known_following = end, following
            nodes += 1
        room.first[step, aim] = nodes - 1
        room.arrives[step, aim] = time if following < 0 or aim <= end else room.arrives[end + 1, aim]
    return nodes


@lean_kernel
def _block(mask: int, time: int, plan: Plan, room: Room) -> None:
    """Note which ways a signal blocks."""
    for step in range(plan.needed - 1):
        stops = mask & plan.blocks[step]
        if stops & ~plan.soft[step] or (stops and not mask & plan.passes[step]):
            room.blocked[step] = time


@lean_kernel
def _tie_up(low: int, high: int, whole: int, plan: Plan, room: Room) -> int:
    """Tie up the signals `low` to `high` of one instant; returns how many are looked at."""
    tied = plain(0)
    for signal in range(low, high):
        tied = tie_up(tied, room.met.masks[signal] & whole, plan.needed, room.tie)
    return tied


@lean_part
def find_in_order(low: int, high: int, plan: Plan, room: Room) -> int:
    """Note every entry among the signals `low` to `high`, the latest first; returns how many there are."""
    needed, met, nodes, heads = plan.needed, room.met, 0, 0
    whole, blocking = (1 << needed) - 1, plain(0)
    for step in range(needed):
        room.blocked[step] = NEVER
        blocking |= plan.blocks[step]
        for aim in range(room.first.shape[1]):
            room.first[step, aim] = -1
    i = high - 1
    while i >= low:
        time, union, overlap, end = met.times[i], 0, False, i + 1
        while i >= low and met.times[i] == time:
            mask = met.masks[i]
            union |= mask
            overlap |= (mask & whole & (mask & whole) - 1) != 0
            i -= 1
        at = i + 1
        single = plan.rise or at + 1 == end
        tied = _tie_up(at, end, whole, plan, room) if overlap and not single else plain(0)
        beside = plain(0) if single else union
        if union & 1:
            known, last = 0, plain(0)
            for signal in range(at, end):
                mask = met.masks[signal] & whole
                if mask & 1:
                    if mask != known:
                        known = mask
                        last = leads_to(0, mask, beside, tied, needed, room.tie)
                    _add_entry(signal, at, last, time, heads, plan, room)
                    heads += 1
        for step in range(1, needed):
            if (union >> step) & 1:
                last = leads_to(step, plain(0), beside, tied, needed, room.tie)
                nodes = _add_nodes(step, at, last, time, nodes, plan, room)
        if blocking:
            for signal in range(at, end):
                if met.masks[signal] & blocking:
                    _block(met.masks[signal], time, plan, room)
    return heads


@lean_part
def read_in_order(head: int, plan: Plan, room: Room) -> int:
    """Write the chain of an entry; returns the last step it meets inside the window."""
    heads, times, nodes = room.heads, room.met.times, room.nodes
    entered, aim = times[heads.signal[head]], heads.aim[head]
    last, following, at, step = min(heads.last[head], aim), heads.following[head], heads.at[head], 0
    while True:
        while step <= last:
            room.chain.times[step], room.chain.at[step] = times[at], at
            step += 1
        if following < 0 or step > aim:
            return step - 1
        at, last = nodes.at[following], min(nodes.last[following], aim)
        following = nodes.following[following]
        if times[at] > entered + plan.window:
            return step - 1
