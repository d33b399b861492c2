"""Counts the entrants that the general walk found: steps may be skipped, so each is counted by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Bytes, Int32s, Int64s
from touchpath.timelines.durations import Durations
from touchpath.timelines.kernels import fixed, lean_kernel
from touchpath.timelines.moments import Moments, add_ratio, moments_of
from touchpath.timelines.walk import Rows


class Counted(NamedTuple):
    """The parts of a funnel's summary in its order (see FunnelCounts), and each owner's outcome."""

    parts: tuple[Int64s, Int64s, Int64s, Moments, Moments, Durations, Durations]
    outcomes: Int32s


def count_rows(rows: Rows, owners: Int64s, cells: int, steps: int, optional: Sequence[int]) -> Counted:
    """Count entrants by cell and step. optional: steps that may be skipped; what follows is compared with the needed step before."""
    needed = fixed(np.array([step not in optional for step in range(steps)], np.uint8))
    before = np.zeros(steps, np.int64)
    for step in range(1, steps):
        before[step] = max(earlier for earlier in range(step) if needed[earlier])
    outcomes = np.full(owners.size, -1, np.int32)
    entrants, waiting, reached = np.zeros(cells, np.int64), np.zeros(cells, np.int64), np.zeros((cells, steps), np.int64)
    from_entry, from_previous = np.zeros((cells * steps, 6), np.int64), np.zeros((cells * steps, 6), np.int64)
    mine = np.zeros((cells, steps), np.int64)
    _count_entrants(rows, fixed(before), mine, entrants, waiting, reached, from_entry, from_previous, outcomes)
    whole = int((rows.reached == steps - 1).sum()) if steps > 1 else 0
    total, each = np.empty((3, whole), np.int64), np.empty((3, rows.gaps.size), np.int64)
    _list_durations(rows, needed, fixed(owners, np.int64), total, each)
    times, step_times = Durations.of(cells, *total), Durations.of(cells * steps, *each)
    moments = moments_of(from_entry), moments_of(from_previous)
    return Counted((entrants, waiting, reached, *moments, times, step_times), outcomes)


@lean_kernel
def _count_entrants(
    rows: Rows,
    before: Int64s,
    mine: Int64s,
    entrants: Int64s,
    waiting: Int64s,
    reached: Int64s,
    from_entry: Int64s,
    from_previous: Int64s,
    outcomes: Int32s,
) -> None:
    """Add up entrants by cell, and each owner's own into the moments. mine: (cells, steps) zeros to work with."""
    row, steps = 0, before.size
    while row < rows.cells.size:
        first, place = row, rows.places[row]
        while row < rows.cells.size and rows.places[row] == place:
            cell, met = rows.cells[row], rows.met[row]
            entrants[cell] += 1
            waiting[cell] += met == 0
            outcomes[place] = max(outcomes[place], rows.reached[row])
            for step in range(steps):
                mine[cell, step] += (met >> step) & 1
            row += 1
        for i in range(first, row):
            cell = rows.cells[i]
            if mine[cell, 0] == 0:
                continue
            for step in range(steps):
                here = mine[cell, step]
                reached[cell, step] += here
                add_ratio(from_entry[cell * steps + step], mine[cell, 0], here)
                add_ratio(from_previous[cell * steps + step], mine[cell, before[step]], here)
            for step in range(steps):
                mine[cell, step] = 0


@lean_kernel
def _list_durations(rows: Rows, needed: Bytes, owners: Int64s, total: Int64s, each: Int64s) -> None:
    """One row (cell, owner, milliseconds) per whole chain into `total`, and one per step met after the entry into `each`."""
    whole, gap, steps = 0, 0, needed.size
    for row in range(rows.cells.size):
        cell, owner, took = rows.cells[row], owners[rows.places[row]], 0
        for step in range(1, steps):
            if (rows.met[row] >> step) & 1:
                took += rows.gaps[gap] if needed[step] else 0
                each[0, gap], each[1, gap], each[2, gap] = cell * steps + step, owner, rows.gaps[gap] // 1000
                gap += 1
        if steps > 1 and rows.reached[row] == steps - 1:
            total[0, whole], total[1, whole], total[2, whole] = cell, owner, took // 1000
            whole += 1
