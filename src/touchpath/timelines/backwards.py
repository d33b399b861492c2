"""The chains of one owner, read backwards: the general way, which knows ties, objects and signals that meet several steps.

Read backwards, one pass is enough. Each time a step is met it becomes a node, linked to the nearest node ahead that meets the
next step. Meeting every step as early as possible is never worse, so an entry's chain is its own time followed by the links
from the nearest step 1, up to where the window closes. Signals of one instant may be taken in either order, each once: a node
then stands for all the steps that the instant leads to. When one signal of an instant meets several steps, a maximum matching
decides how far that is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Bytes, Int32s, Int64s
from touchpath.timelines.entrants import (
    EVERY,
    UNSEEN,
    Asked,
    Best,
    Chains,
    Nodes,
    choose,
    is_better,
    is_further,
    put_entrant,
    write_entrant,
)
from touchpath.timelines.furthest import OPEN
from touchpath.timelines.kernels import find_cell, find_period, lean_kernel, lowest_bit, plain, rate_of
from touchpath.timelines.ties import Tie, leads_to, tie_for, tie_up


class Signals(NamedTuple):
    """The signals that meet a step, as in Listed: time, code, and the bits of the steps that a code meets; objects as in `find_chains`.

    step_of: the step that a code meets; zero-length if some code meets several.
    """

    times: Int64s
    codes: Int32s
    bits: Int64s
    objects: Int64s
    step_of: Bytes


class Where(NamedTuple):
    """The cells, as in `Cells`; signals: of those that meet a step."""

    edges: Int64s
    segments: int
    signals: Int32s
    owners: Int32s


class State(NamedTuple):
    """Scratch of one shard: the places of one owner's signals that meet a step (and room to sort them), and what they lead to."""

    met: Int64s
    spare: Int64s
    nodes: Nodes
    tie: Tie
    best: Best


def state_for(longest: int, steps: int, most: int, cells: int) -> State:
    """longest: signals of one owner. most: steps that one signal meets, entry aside."""

    def row(size: int) -> Int64s:
        return np.empty(size, np.int64)  # memory is only taken where it is written

    nodes = Nodes(row(longest * most), row(longest * most), row(longest * most), row(steps + 1))
    best = Best(np.full(cells, UNSEEN, np.int64), row(cells), row(cells), row(cells), row(cells), row(cells))
    return State(row(longest), row(longest), nodes, tie_for(steps), best)


@lean_kernel
def gather_met(low: int, high: int, signals: Signals, met: Int64s) -> int:
    """List the places of signals that are about an object, if chains are held to one; returns how many."""
    n = 0
    for place in range(low, high):
        met[np.uint64(n)] = place
        n += signals.objects.size == 0 or signals.objects[np.uint64(place)] != 0
    return n


@lean_kernel
def _time(signals: Signals, met: Int64s, place: int) -> int:
    return int(signals.times[np.uint64(met[np.uint64(place)])])


@lean_kernel
def _mask(signals: Signals, met: Int64s, place: int) -> int:
    """The bits of the steps that a gathered signal meets."""
    return int(signals.bits[np.uint32(signals.codes[np.uint64(met[np.uint64(place)])])])


@lean_kernel
def _tie_up(signals: Signals, met: Int64s, low: int, high: int, steps: int, tie: Tie) -> int:
    """Tie up the gathered signals `low` to `high` of one instant; returns how many are looked at, 0 if there is but one."""
    tied = plain(0)
    if high - low > 1:
        for place in range(low, high):
            tied = tie_up(tied, _mask(signals, met, place), steps, tie)
    return tied


@lean_kernel
def follow(time: int, last: int, node: int, nodes: Nodes, window: int) -> tuple[int, int]:
    """The last step that an entry meets inside the window, and when: its own instant leads to step `last`, and then to `node`."""
    reached, done = last, time
    while node >= 0 and nodes.times[node] <= time + window:
        reached, done = nodes.lasts[node], nodes.times[node]
        node = nodes.following[node]
    return reached, done


@lean_kernel
def _remember(met: int, time: int, beside: int, tied: int, steps: int, state: State, made: int) -> int:
    """Keep a node for each step that signals of one time meet, before its followers; returns the next free node."""
    nodes, rest = state.nodes, met
    while rest:
        step = lowest_bit(rest)
        rest &= rest - 1
        last = leads_to(step, plain(0), beside, tied, steps, state.tie)
        nodes.times[made], nodes.lasts[made], nodes.following[made] = time, last, nodes.nearest[last + 1]
        nodes.nearest[step] = made
        made += 1
    return made


@lean_kernel
def _instant_before(signals: Signals, met: Int64s, low: int, after: int) -> tuple[int, int, bool]:
    """The latest instant of met[low:after]: its first place, the bits of all steps that it meets, and whether one signal meets several."""
    first = after - 1
    time, union = _time(signals, met, first), _mask(signals, met, first)
    overlap = (union & (union - 1)) != 0
    while first > low and _time(signals, met, first - 1) == time:
        first -= 1
        mask = _mask(signals, met, first)
        union |= mask
        overlap |= (mask & (mask - 1)) != 0
    return first, union, overlap


@lean_kernel
def _cell_of(signal: int, owner: int, time: int, where: Where, asked: Asked) -> int:
    """The cell that an entry counts in, or -1; for one in no segment that of the whole, if it is asked for."""
    cell = find_cell(signal, owner, time, where.edges, where.segments, where.signals, where.owners)
    if cell < 0 and find_period(time, where.edges, rate_of(where.edges)) >= 0:
        cell = asked.whole
    return cell


@lean_kernel
def _follow_entries(
    owner: int,
    signals: Signals,
    met: Int64s,
    first: int,
    after: int,
    time: int,
    beside: int,
    tied: int,
    where: Where,
    asked: Asked,
    state: State,
    chains: Chains,
    row: int,
    gap: int,
    touched: int,
) -> tuple[int, int, int]:
    """Write or hold the chain of each entry among met[first:after], signals of one time, of which `beside` and `tied` tell as in `leads_to`.

    Returns the next free row and gap, and how many cells hold a chain.
    """
    nodes, best, known, last = state.nodes, state.best, 0, 0
    for entry in range(first, after):
        mask = _mask(signals, met, entry)
        if not mask & 1:
            continue
        cell = _cell_of(met[entry], owner, time, where, asked)
        if cell < 0:
            continue
        if mask != known:
            known = mask
            last = leads_to(0, mask, beside, tied, asked.steps, state.tie)
        node, reached, done = nodes.nearest[last + 1], OPEN, time
        if time <= asked.end - asked.window:
            reached, done = follow(time, last, node, nodes, asked.window)
        if asked.mode == EVERY:
            gap = write_entrant(chains, row, gap, cell, owner, reached, done, time, last, node, nodes, asked)
            row += 1
        elif is_better(best, cell, asked.mode, time, reached, done, last):
            touched = choose(best, touched, cell, time, reached, done, last, node)
    return row, gap, touched


@lean_kernel
def write_chosen(owner: int, touched: int, asked: Asked, state: State, chains: Chains, row: int, gap: int) -> tuple[int, int]:
    """Write the chain that each cell of an owner holds, and that of all of them together if it is asked for, and hold none again."""
    nodes, best = state.nodes, state.best
    held, held_entered, held_done = plain(UNSEEN), 0, 0
    for place in range(touched):
        cell = best.cells[place]
        reached, entered, done = best.reached[cell], best.entered[cell], best.done[cell]
        gap = write_entrant(
            chains, row, gap, cell, owner, reached, done, entered, best.instant[cell], best.nodes[cell], nodes, asked
        )
        row += 1
        best.reached[cell] = UNSEEN
        if is_further(reached, entered, done, held, held_entered, held_done):
            held, held_entered, held_done = reached, entered, done
    if asked.whole >= 0 and touched:
        put_entrant(chains, row, asked.whole + 1, owner, held, held_done - held_entered)
        row += 1
    return row, gap


@lean_kernel
def walk_back(
    owner: int,
    signals: Signals,
    met: Int64s,
    low: int,
    high: int,
    where: Where,
    asked: Asked,
    state: State,
    chains: Chains,
    row: int,
    gap: int,
) -> tuple[int, int]:
    """Find the entrants among the signals met[low:high] of one owner (of one object); returns the next free row and gap."""
    for step in range(asked.steps + 1):
        state.nodes.nearest[step] = -1
    made, touched, after = 0, 0, high
    while after > low:
        first, union, overlap = _instant_before(signals, met, low, after)
        time = _time(signals, met, first)
        tied = _tie_up(signals, met, first, after, asked.steps, state.tie) if overlap else 0
        beside = union if after - first > 1 else 0
        if union & 1:
            row, gap, touched = _follow_entries(
                owner, signals, met, first, after, time, beside, tied, where, asked, state, chains, row, gap, touched
            )
        made = _remember(union & ~1, time, beside, tied, asked.steps, state, made)
        after = first
    return write_chosen(owner, touched, asked, state, chains, row, gap)
