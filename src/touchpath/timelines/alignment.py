"""Alignments: the cheapest way to explain an observed path by a design, found once for each distinct path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Bytes, Int32s, Int64s
from touchpath.timelines.design import Machine
from touchpath.timelines.kernels import fixed, kernel, lean_kernel
from touchpath.timelines.observed import Variants

#: Paths with more signals than this, or with more signals x moves of the design, are not aligned but counted apart.
LONGEST_CASE = 5_000
MOST_WORK = 20_000_000

#: What an alignment does: a step as designed, a signal besides, a step left out.
DONE, EXTRA, SKIPPED = 1, 2, 3

_FAR = np.iinfo(np.int32).max // 2


def longest_case(machine: Machine) -> int:
    """How many signals a case may have to be aligned with this design."""
    return min(LONGEST_CASE, MOST_WORK // max(len(machine.edges), 1))


class Design(NamedTuple):
    """A machine as kernels want it: edges (4, edges) state before, step, state after, mention; ends (states,) 1 = may end here."""

    edges: Int64s
    ends: Int64s

    @classmethod
    def of(cls, machine: Machine) -> Design:
        """The arrays of a machine."""
        rows = [(before, machine.mentions[mention], after, mention) for before, mention, after in machine.edges]
        ends = np.zeros(machine.states, np.int64)
        ends[sorted(machine.ends)] = 1
        return cls(fixed(np.array(rows, np.int64).reshape(-1, 4).T.copy()), fixed(ends))


class Room(NamedTuple):
    """Scratch: costs (2, states), row % 2 is in hand; how each state was reached after each signal, and over which edge: (rows, states)."""

    costs: Int32s
    came: Int32s
    used: Int32s

    @classmethod
    def for_paths(cls, longest: int, states: int) -> Room:
        """Room for paths of up to so many signals."""
        return cls(np.empty((2, states), np.int32), *np.empty((2, longest + 1, states), np.int32))


class Aligned(NamedTuple):
    """Per variant: cost (-1 = too long), and whether it is on its way through the design so far. taken: (variants, spans) see `align`.

    Per cell, over the cases that count: done (cells, mentions); skipped, extra and again (cells, steps).
    """

    cost: Int64s
    on_way: Int64s
    taken: Bytes
    done: Int64s
    skipped: Int64s
    extra: Int64s
    again: Int64s


def align(machine: Machine, variants: Variants, counted: Int64s, shape: tuple[int, int], spans: Int64s) -> Aligned:
    """Align every variant once.

    counted: (cases,) the cell in which a case counts, -1 = none.   shape: how many cells and steps.
    spans: (spans, 2) ranges of mentions: a case has taken one if it does a step mentioned there.
    """
    cases, count, design = variants.cases, variants.example.size, Design.of(machine)
    cells, steps = shape
    lengths, most = np.diff(cases.starts), longest_case(machine)
    room = Room.for_paths(int(lengths[lengths <= most].max(initial=0)), machine.states)
    cost, on_way = np.empty((2, count), np.int64)
    taken, done = np.zeros((count, spans.shape[0]), np.uint8), np.zeros((cells, len(machine.mentions)), np.int64)
    skipped, extra, again = np.zeros((3, cells, steps), np.int64)
    order = fixed(np.argsort(variants.of, kind="stable"), np.int64)
    offsets = fixed(np.searchsorted(variants.of[order], np.arange(count + 1)), np.int64)
    _align_all(
        cases.starts,
        cases.steps,
        variants.example,
        offsets,
        order,
        fixed(counted),
        design,
        most,
        fixed(spans, np.int64),
        room,
        cost,
        on_way,
        taken,
        done,
        skipped,
        extra,
        again,
    )
    return Aligned(cost, on_way, taken, done, skipped, extra, again)


class Move(NamedTuple):
    """One move of an alignment: DONE, EXTRA or SKIPPED, and the step."""

    how: int
    step: int


def explain(machine: Machine, path: Sequence[int]) -> tuple[Move, ...]:
    """The alignment of one path, from its beginning to its end."""
    design, steps = Design.of(machine), fixed(np.array(path, np.int64))
    room = Room.for_paths(steps.size, machine.states)
    moves = np.empty((steps.size + machine.states + len(machine.edges), 2), np.int64)
    count = _trace(steps, design, room, moves)
    return tuple(Move(how, step) for how, step in moves[:count][::-1].tolist())


@lean_kernel
def _skip_ahead(edges: Int64s, room: Room, row: int) -> None:
    """Leave steps out where that is cheaper, or as cheap as a signal besides, until nothing changes."""
    costs, changed = room.costs, True
    while changed:
        changed = False
        for e in range(edges.shape[1]):
            cost = costs[row % 2, edges[0, e]] + 1
            known = costs[row % 2, edges[2, e]]
            if cost < known or (cost == known and room.came[row, edges[2, e]] == EXTRA):
                costs[row % 2, edges[2, e]] = cost
                room.came[row, edges[2, e]], room.used[row, edges[2, e]] = SKIPPED, e
                changed = True


@lean_kernel
def _fill(steps: Int64s, low: int, high: int, design: Design, room: Room) -> int:
    """Find the cheapest way to each state after each signal; returns the best state to end in."""
    edges, costs, states = design.edges, room.costs, design.ends.size
    for state in range(states):
        costs[0, state] = _FAR
    costs[0, 0], room.came[0, 0] = 0, 0
    _skip_ahead(edges, room, 0)
    for row in range(1, high - low + 1):
        step, now, before = steps[low + row - 1], row % 2, (row - 1) % 2
        for state in range(states):
            costs[now, state] = _FAR
        for e in range(edges.shape[1]):
            if edges[1, e] == step and costs[before, edges[0, e]] < costs[now, edges[2, e]]:
                costs[now, edges[2, e]] = costs[before, edges[0, e]]
                room.came[row, edges[2, e]], room.used[row, edges[2, e]] = DONE, e
        for state in range(states):
            if costs[before, state] + 1 < costs[now, state]:
                costs[now, state] = costs[before, state] + 1
                room.came[row, state] = EXTRA
        _skip_ahead(edges, room, row)
    row, best = (high - low) % 2, -1
    for state in range(states):
        if design.ends[state] and (best < 0 or costs[row, state] < costs[row, best]):
            best = state
    return best


@lean_kernel
def _fits_so_far(costs: Int32s, row: int) -> int:
    """1 if some state can be reached without any deviation: every state leads on to an end."""
    for state in range(costs.shape[1]):
        if costs[row % 2, state] == 0:
            return 1
    return 0


@kernel
def _trace(steps: Int64s, design: Design, room: Room, moves: Int64s) -> int:
    """Write the moves of one path, the last one first; returns how many there are."""
    row, state, count = steps.size, _fill(steps, 0, steps.size, design, room), 0
    while row > 0 or state != 0:
        how, edge = room.came[row, state], room.used[row, state]
        moves[count, 0], moves[count, 1] = how, steps[row - 1] if how == EXTRA else design.edges[1, edge]
        count += 1
        row -= how != SKIPPED
        state = state if how == EXTRA else design.edges[0, edge]
    return count


@lean_kernel
def _comes_again(steps: Int64s, low: int, high: int) -> int:
    """Bits of the steps that come more than once."""
    seen, twice = 0, 0
    for i in range(low, high):
        twice |= seen & (1 << steps[i])
        seen |= 1 << steps[i]
    return twice


@kernel
def _align_all(
    starts: Int64s,
    steps: Int64s,
    example: Int64s,
    offsets: Int64s,
    members: Int64s,
    counted: Int64s,
    design: Design,
    most: int,
    spans: Int64s,
    room: Room,
    cost: Int64s,
    on_way: Int64s,
    taken: Bytes,
    done: Int64s,
    skipped: Int64s,
    extra: Int64s,
    again: Int64s,
) -> None:
    """Align each variant and count what it does for each of its cases (members[offsets[v]] ...) in the cell of that case."""
    edges, columns = design.edges, skipped.shape[1]
    did, left, added = np.zeros(done.shape[1], np.int64), np.zeros(columns, np.int64), np.zeros(columns, np.int64)
    for variant in range(example.size):
        low, high = starts[example[variant]], starts[example[variant] + 1]
        if high - low > most:
            cost[variant], on_way[variant] = -1, 0
            continue
        row, state = high - low, _fill(steps, low, high, design, room)
        cost[variant] = room.costs[row % 2, state]
        on_way[variant] = _fits_so_far(room.costs, row)
        did[:], left[:], added[:] = 0, 0, 0
        while row > 0 or state != 0:
            how, edge = room.came[row, state], room.used[row, state]
            if how == EXTRA:
                added[steps[low + row - 1]] += 1
                row -= 1
                continue
            if how == DONE:
                did[edges[3, edge]] += 1
                row -= 1
            else:
                left[edges[1, edge]] += 1
            state = edges[0, edge]
        for span in range(spans.shape[0]):
            for mention in range(spans[span, 0], spans[span, 1]):
                if did[mention] > 0:
                    taken[variant, span] = 1
        twice = _comes_again(steps, low, high)
        for i in range(offsets[variant], offsets[variant + 1]):
            cell = counted[members[i]]
            if cell >= 0:
                for mention in range(did.size):
                    done[cell, mention] += did[mention]
                for step in range(columns):
                    skipped[cell, step] += left[step]
                    extra[cell, step] += added[step]
                    again[cell, step] += twice >> step & 1
