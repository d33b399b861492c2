"""The entrants of a funnel: which entry of an owner and cell is told, how far it leads, and the rows that tell it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.furthest import OPEN
from touchpath.timelines.kernels import lean_kernel

#: Which entries count: the first of an owner and cell, the one that leads furthest, or each by itself.
FIRST, BEST, EVERY = 0, 1, 2

#: Instead of a last step: no entry so far.
UNSEEN = -2


class Chains(NamedTuple):
    """One row per entrant, rows of one owner together.

    cells, places (which owner), reached (last step met, 0 = the entry itself; OPEN), took (microseconds from the entry to that; 0 if OPEN).
    gaps: microseconds from each step to the next, all entrants one after the other, `reached` of them each; none unless asked for.
    """

    cells: Int64s
    places: Int64s
    reached: Int64s
    took: Int64s
    gaps: Int64s


class Asked(NamedTuple):
    """The question: how many steps, window and end of the data in microseconds, FIRST, BEST or EVERY.

    gaps: whether the time of each step is told.   whole: the number of cells, if beside the entrant of each cell that of all of them together
    is told, in the cell whole + 1, and entries in no segment enter the cell `whole`; only with BEST and without objects. -1 = it is not.
    """

    steps: int
    window: int
    end: int
    mode: int
    gaps: bool = True
    whole: int = -1


class Best(NamedTuple):
    """The chosen chain of each cell so far: last step (UNSEEN, OPEN or a step), times of entry and last step, the last step met in
    the entry's instant, the node after it; and which cells have one.
    """

    reached: Int64s
    entered: Int64s
    done: Int64s
    instant: Int64s
    nodes: Int64s
    cells: Int64s


class Nodes(NamedTuple):
    """Steps met by one owner, latest first: when, the last step that their instant leads to, the nearest node of the step after it.

    nearest: (steps + 1,) for each step the nearest node that meets it. No node is -1.
    """

    times: Int64s
    lasts: Int64s
    following: Int64s
    nearest: Int64s


@lean_kernel
def put_entrant(chains: Chains, row: int, cell: int, place: int, reached: int, took: int) -> None:
    """Write one entrant, but for the gaps."""
    at = np.uint64(row)
    chains.cells[at], chains.places[at], chains.reached[at] = cell, place, reached
    chains.took[at] = took if reached > 0 else 0


@lean_kernel
def write_entrant(
    chains: Chains, row: int, gap: int, cell: int, place: int, reached: int, done: int, time: int, last: int, node: int, nodes: Nodes,
    asked: Asked,
) -> int:  # fmt: skip
    """Write one entrant, whose entry's instant leads to step `last` and then to `node`; returns where the next one's gaps begin."""
    put_entrant(chains, row, cell, place, reached, done - time)
    before, step = time, 1 if asked.gaps else reached + 1
    while step <= reached:
        met = time
        if step > last:
            met, last, node = nodes.times[node], nodes.lasts[node], nodes.following[node]
        chains.gaps[gap] = met - before
        before, step, gap, time = met, step + 1, gap + 1, met
    return gap


@lean_kernel
def is_better(best: Best, cell: int, mode: int, time: int, reached: int, done: int, instant: int) -> bool:
    """Whether a chain replaces the one chosen so far, which entered at the same time or later."""
    held = best.reached[cell]
    if held == UNSEEN:
        return True
    if mode == FIRST and time < best.entered[cell]:
        return True
    if reached != held or reached == OPEN:
        return bool(reached > held)
    if done != best.done[cell]:
        return bool(done < best.done[cell])
    return bool(time == best.entered[cell] and instant > best.instant[cell])


@lean_kernel
def choose(best: Best, touched: int, cell: int, time: int, reached: int, done: int, last: int, node: int) -> int:
    """Hold a chain as the best of its cell; returns how many cells have one."""
    if best.reached[cell] == UNSEEN:
        best.cells[touched] = cell
        touched += 1
    best.reached[cell], best.entered[cell], best.done[cell] = reached, time, done
    best.instant[cell], best.nodes[cell] = last, node
    return touched


@lean_kernel
def is_further(reached: int, entered: int, done: int, held: int, held_entered: int, held_done: int) -> bool:
    """Whether an entrant of a cell rather than the one held so far is that of all cells: the furthest, of these the soonest there, then the
    latest to enter."""
    if reached != held:
        return reached > held
    if done != held_done:
        return done < held_done
    return entered > held_entered
