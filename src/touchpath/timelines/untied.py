"""The chains of one owner, read backwards where no two signals are at the same time and none meets two steps: most owners, in less time.

As in `backwards`, each step met becomes a node, linked to the nearest node ahead that meets the next step; but an instant is one signal, which
leads to one step, so there is nothing to match.
"""

from __future__ import annotations

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.backwards import Signals, State, Where, follow, write_chosen
from touchpath.timelines.entrants import Asked, Chains, choose, is_better
from touchpath.timelines.furthest import OPEN, TIED
from touchpath.timelines.kernels import find_period, find_segment, lean_kernel, plain


@lean_kernel
def _is_tied(times: Int64s, first: int, after: int) -> bool:
    """Whether two signals that are neighbours are at the same time."""
    tied = False
    for place in range(np.uint64(first + 1), np.uint64(after)):
        tied |= times[place] == times[place - np.uint64(1)]
    return tied


@lean_kernel
def walk_untied(
    owner: int,
    first: int,
    after: int,
    signals: Signals,
    where: Where,
    asked: Asked,
    rate: float,
    state: State,
    chains: Chains,
    row: int,
    gap: int,
) -> tuple[int, int]:
    """Find the entrants among the signals of one owner, one per cell; returns the next free row and gap, or row TIED if they are tied."""
    if _is_tied(signals.times, first, after):
        return TIED, gap
    nodes, best, closed = state.nodes, state.best, asked.end - asked.window
    for step in range(asked.steps + 1):
        nodes.nearest[step] = -1
    made, touched = plain(0), plain(0)
    for back in range(after - first):
        place = np.uint64(after - 1 - back)
        time, step = signals.times[place], int(np.int64(signals.step_of[np.uint32(signals.codes[place])]))
        following = nodes.nearest[np.uint64(step + 1)]
        if step > 0:
            at = np.uint64(made)
            nodes.times[at], nodes.lasts[at], nodes.following[at] = time, step, following
            nodes.nearest[np.uint64(step)] = made
            made += 1
            continue
        period = find_period(time, where.edges, rate)
        segment = find_segment(place, owner, where.signals, where.owners)  # type: ignore[arg-type]
        cell = asked.whole if segment < 0 else period * where.segments + segment
        if period < 0 or cell < 0:
            continue
        reached, done = OPEN, time
        if time <= closed:
            reached, done = follow(time, plain(0), following, nodes, asked.window)
        if is_better(best, cell, asked.mode, time, reached, done, plain(0)):
            touched = choose(best, touched, cell, time, reached, done, plain(0), following)
    return write_chosen(owner, touched, asked, state, chains, row, gap)
