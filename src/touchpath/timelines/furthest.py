"""The furthest chain of an owner, read forwards: the quick way where no two signals are at the same time and none meets two steps.

For each step the latest entry that has reached it so far is enough: whatever an earlier entry can still reach within its window, that
one can too. So a signal costs one look at the step before its own, and nothing that cannot be foreseen decides where to jump. The
first signal to reach the furthest step tells which entry leads there first, and of those the latest; its chain is then read again.
"""

from __future__ import annotations

import numpy as np

from touchpath.timelines.arrays import Bytes, Int32s, Int64s
from touchpath.timelines.kernels import lean_kernel

#: What `furthest` gives instead of a step: an entry whose window is open, no entry at all, signals at the same time.
OPEN, NO_ENTRY, TIED = -1, -2, -3

_LONG_AGO = -(1 << 62)


@lean_kernel
def furthest(
    times: Int64s,
    codes: Int32s,
    step_of: Bytes,
    first: int,
    after: int,
    latest: Int64s,
    window: int,
    low: int,
    high: int,
    closed: int,
) -> tuple[int, int, int, int]:
    """The furthest step of one owner over entries from `low` up to but without `high`, when its entry was and when it was met; or OPEN,
    NO_ENTRY, TIED.

    times, codes: of signals that meet a step, the owner's from `first` (not before `low`) up to but without `after`.   step_of: (codes,)
    the step that a code meets.   latest: (steps + 1,) scratch.   closed: entries after this are open. The last number is the place of the
    first signal that is not before `high`.
    """
    for slot in range(latest.size):
        latest[slot] = _LONG_AGO
    reached, entered, done, waiting, tied, before, beyond = NO_ENTRY, 0, 0, False, False, _LONG_AGO, first
    for place in range(np.uint64(first), np.uint64(after)):
        time, step = times[place], int(np.int64(step_of[np.uint32(codes[place])]))
        if time - window >= high:
            break
        tied |= time == before
        before = time
        beyond += time < high
        # Step k looks at latest[k]: the latest entry that has reached the step before; an entry's own is itself, if it counts.
        counts = (time >= low) & (time < high)
        waiting |= (step == 0) & counts & (time > closed)
        latest[0] = time if counts & (time <= closed) else _LONG_AGO
        entry = latest[np.uint64(step)]
        holds = entry >= time - window
        following = np.uint64(step + 1)
        latest[following] = entry if holds else latest[following]
        further = holds & (step > reached)
        reached = step if further else reached
        entered = entry if further else entered
        done = time if further else done
    if tied:
        return TIED, 0, 0, beyond
    if reached == NO_ENTRY and waiting:
        return OPEN, 0, 0, beyond
    return reached, entered, done, beyond


@lean_kernel
def write_gaps(
    times: Int64s, codes: Int32s, step_of: Bytes, first: int, entered: int, reached: int, gaps: Int64s, gap: int
) -> int:
    """Write the time from each step to the next, from an entry on to the last step it reached; returns where the next ones begin."""
    place, step, before = np.uint64(first), 1, entered
    while step <= reached:
        if times[place] > before and step_of[np.uint32(codes[place])] == step:
            gaps[gap] = times[place] - before
            before, step, gap = times[place], step + 1, gap + 1
        place += np.uint64(1)
    return gap
