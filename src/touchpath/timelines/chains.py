"""The kernel under the funnel: for every entry of an owner, how far along the steps it leads, and when each step was met.

Read backwards, one pass is enough: `ahead[k]` holds when the steps k, k+1, ... are met if step k is met by the nearest signal
that is still to come. Meeting every step as early as possible is never worse, so an entry's chain is its own time followed by
`ahead[1]`, cut off where the window closes. Signals of one instant may be taken in either order, each once; when one of them
meets several steps, a maximum matching decides how far the instant itself leads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import find_cell, fixed, is_read, lean_kernel
from touchpath.timelines.match import Matched

#: Which entries count: the first of an owner and cell, the one that leads furthest, or each by itself.
FIRST, BEST, EVERY = 0, 1, 2

#: `reached` of an entrant whose window is still open.
OPEN = -1

_NEVER = np.iinfo(np.int64).max
_UNSEEN = -2


class Chains(NamedTuple):
    """One row per entrant, rows of one owner together.

    cells, places (which owner), reached (last step met, 0 = the entry itself; OPEN). gaps: microseconds from each step to the
    next, all entrants one after the other, `reached` of them each.
    """

    cells: Int64s
    places: Int64s
    reached: Int64s
    gaps: Int64s


class Met(NamedTuple):
    """The signals of one owner that meet a step, in order of time: time, bits of the steps, place, object."""

    times: Int64s
    masks: Int64s
    signals: Int64s
    objects: Int64s


class Where(NamedTuple):
    """The cells, as in `Cells`."""

    edges: Int64s
    segments: int
    signals: Int32s
    owners: Int32s


class Asked(NamedTuple):
    """The question: how many steps, window and end of the data in microseconds, FIRST, BEST or EVERY."""

    steps: int
    window: int
    end: int
    mode: int


class Best(NamedTuple):
    """The chosen chain of each cell so far: last step (_UNSEEN, OPEN or a step), step times, steps met in the entry's instant."""

    reached: Int64s
    times: Int64s
    instant: Int64s
    cells: Int64s


class Tie(NamedTuple):
    """Scratch for matching: the step each signal meets, who holds each step, and the search's traces and queue."""

    meets: Int64s
    holder: Int64s
    came: Int64s
    queue: Int64s


class State(NamedTuple):
    """Scratch of one shard: signals met (and room to sort them), `ahead` (steps, steps), the chain in hand (1, steps) ..."""

    met: Met
    spare: Met
    ahead: Int64s
    chain: Int64s
    tie: Tie
    best: Best


def _scratch(longest: int, steps: int, cells: int) -> State:
    def row(size: int) -> Int64s:
        return np.zeros(size, np.int64)

    def table(rows: int) -> Int64s:
        return np.zeros((rows, steps), np.int64)

    met, spare = (Met(row(longest), row(longest), row(longest), row(longest)) for _ in range(2))
    best = Best(np.full(cells, _UNSEEN, np.int64), table(cells), row(cells), row(cells))
    return State(met, spare, table(steps), table(1), Tie(row(longest), row(steps), row(longest), row(steps)), best)


@lean_kernel
def _gather(low: int, high: int, times: Int64s, codes: Int32s, bits: Int64s, objects: Int64s, met: Met) -> int:
    """Copy the signals that meet a step (and are about an object, if chains are held to one); returns how many."""
    n = 0
    if objects.size == 0:
        for i in range(low, high):
            mask = bits[codes[i]]
            met.times[n], met.masks[n], met.signals[n] = times[i], mask, i
            n += mask != 0
        return n
    for i in range(low, high):
        mask = bits[codes[i]]
        met.times[n], met.masks[n], met.signals[n], met.objects[n] = times[i], mask, i, objects[i]
        n += mask != 0 and objects[i] != 0
    return n


@lean_kernel
def _copy(source: Met, row: int, target: Met, at: int) -> None:
    target.times[at], target.masks[at] = source.times[row], source.masks[row]
    target.signals[at], target.objects[at] = source.signals[row], source.objects[row]


@lean_kernel
def _sort_by_object(met: Met, spare: Met, n: int) -> None:
    """Bring signals about the same object together, in order of time (a stable merge sort)."""
    width = 1
    while width < n:
        for low in range(0, n, 2 * width):
            left, middle, high = low, min(low + width, n), min(low + 2 * width, n)
            right = middle
            for at in range(low, high):
                if right >= high or (left < middle and met.objects[left] <= met.objects[right]):
                    _copy(met, left, spare, at)
                    left += 1
                else:
                    _copy(met, right, spare, at)
                    right += 1
        for at in range(n):
            _copy(spare, at, met, at)
        width *= 2


@lean_kernel
def _assign(masks: Int64s, low: int, high: int, taken: int, step: int, tie: Tie) -> bool:
    """Give `step` a signal of the instant, moving others if need be (an augmenting path, breadth first)."""
    for p in range(low, high):
        tie.came[p] = -1
    tie.queue[0], head, tail = step, 0, 1
    while head < tail:
        wanted = tie.queue[head]
        head += 1
        for p in range(low, high):
            if p == taken or tie.came[p] >= 0 or not (masks[p] >> wanted) & 1:
                continue
            tie.came[p] = wanted
            if tie.meets[p] >= 0:
                tie.queue[tail] = tie.meets[p]
                tail += 1
                continue
            while True:
                given = tie.came[p]
                before = tie.holder[given]
                tie.meets[p], tie.holder[given] = given, p
                if given == step:
                    return True
                p = before
    return False


@lean_kernel
def _match_instant(masks: Int64s, low: int, high: int, taken: int, step: int, steps: int, tie: Tie) -> int:
    """The last of the steps `step`, `step` + 1, ... that different signals of the instant `low` to `high` can meet.

    taken: a signal that cannot be used (-1 = all can). step - 1 = not even the first.
    """
    for p in range(low, high):
        tie.meets[p] = -1
    for following in range(step, steps):
        tie.holder[following] = -1
        if not _assign(masks, low, high, taken, following, tie):
            return following - 1
    return steps - 1


@lean_kernel
def _run(union: int, step: int, steps: int) -> int:
    """The last of the steps from `step` on whose bits are all set; step - 1 = none."""
    while step < steps and (union >> step) & 1:
        step += 1
    return step - 1


@lean_kernel
def _write(chains: Chains, row: int, gap: int, cell: int, place: int, reached: int, times: Int64s, at: int) -> int:
    """Write one entrant whose step times are `times[at]`; returns where the next one's gaps begin."""
    chains.cells[row], chains.places[row], chains.reached[row] = cell, place, reached
    for step in range(1, reached + 1):
        chains.gaps[gap] = times[at, step] - times[at, step - 1]
        gap += 1
    return gap


@lean_kernel
def _follow(time: int, last: int, ahead: Int64s, window: int, chain: Int64s) -> int:
    """Write the step times of an entry whose instant leads to step `last`; returns the last step met inside the window."""
    for step in range(last + 1):
        chain[0, step] = time
    step = last + 1
    while step < ahead.shape[0] and ahead[last + 1, step] <= time + window:
        chain[0, step] = ahead[last + 1, step]
        step += 1
    return step - 1


@lean_kernel
def _extend(time: int, step: int, last: int, ahead: Int64s, window: int) -> None:
    """Let `ahead[step]` begin at this instant, which leads to step `last`."""
    for following in range(step, last + 1):
        ahead[step, following] = time
    following = last + 1
    while following < ahead.shape[0] and ahead[last + 1, following] <= time + window:
        ahead[step, following] = ahead[last + 1, following]
        following += 1
    if following < ahead.shape[0]:
        ahead[step, following] = _NEVER


@lean_kernel
def _is_better(best: Best, cell: int, mode: int, chain: Int64s, reached: int, instant: int) -> bool:
    """Whether a chain replaces the one chosen so far, which entered at the same time or later."""
    held = best.reached[cell]
    if held == _UNSEEN:
        return True
    if mode == FIRST and chain[0, 0] < best.times[cell, 0]:
        return True
    if reached != held or reached == OPEN:
        return bool(reached > held)
    done, before = chain[0, reached], best.times[cell, held]
    if done != before:
        return bool(done < before)
    return bool(chain[0, 0] == best.times[cell, 0] and instant > best.instant[cell])


@lean_kernel
def _leads_to(masks: Int64s, low: int, high: int, union: int, overlap: bool, taken: int, step: int, steps: int, tie: Tie) -> int:
    """The last step that the instant `low` to `high` leads to from `step` on.

    taken: the signal that meets `step` itself, -1 = any. union, overlap: all bits of the instant; whether a signal has several.
    """
    if high - low == 1:
        return step
    if not overlap:
        return _run(union, step, steps)
    if taken < 0:
        return _match_instant(masks, low, high, -1, step, steps, tie)
    return _match_instant(masks, low, high, taken, step + 1, steps, tie)


@lean_kernel
def _first_of_entry(met: Met, low: int, high: int) -> int:
    """Where the instant of the first entry begins; `high` if there is no entry."""
    first = low
    while first < high and not met.masks[first] & 1:
        first += 1
    while low < first < high and met.times[first - 1] == met.times[first]:
        first -= 1
    return first


@lean_kernel
def _walk_back(
    owner: int, met: Met, low: int, high: int, where: Where, asked: Asked, state: State, chains: Chains, row: int, gap: int
) -> tuple[int, int]:
    """Find the entrants among the signals `low` to `high` of one owner (of one object); returns the next free row and gap."""
    steps, window, best, chain = asked.steps, asked.window, state.best, state.chain
    for step in range(steps):
        state.ahead[step, step] = _NEVER
    touched, first, i = 0, _first_of_entry(met, low, high), high - 1
    while i >= first:
        time, union, overlap, last_signal = met.times[i], 0, False, i
        while i >= first and met.times[i] == time:
            mask = met.masks[i]
            union |= mask
            overlap |= (mask & (mask - 1)) != 0
            i -= 1
        if union & 1:
            known, last = 0, 0
            for entry in range(i + 1, last_signal + 1):
                mask = met.masks[entry]
                if not mask & 1:
                    continue
                cell = find_cell(met.signals[entry], owner, time, where.edges, where.segments, where.signals, where.owners)
                if cell < 0:
                    continue
                if mask != known:
                    known, last = mask, _leads_to(met.masks, i + 1, last_signal + 1, union, overlap, entry, 0, steps, state.tie)
                reached = OPEN
                chain[0, 0] = time
                if time <= asked.end - window:
                    reached = _follow(time, last, state.ahead, window, chain)
                if asked.mode == EVERY:
                    gap = _write(chains, row, gap, cell, owner, reached, chain, 0)
                    row += 1
                elif _is_better(best, cell, asked.mode, chain, reached, last):
                    if best.reached[cell] == _UNSEEN:
                        best.cells[touched] = cell
                        touched += 1
                    best.reached[cell], best.instant[cell] = reached, last
                    for step in range(max(reached, 0) + 1):
                        best.times[cell, step] = chain[0, step]
        for step in range(1, steps):
            if (union >> step) & 1:
                last = _leads_to(met.masks, i + 1, last_signal + 1, union, overlap, -1, step, steps, state.tie)
                _extend(time, step, last, state.ahead, window)
    for place in range(touched):
        cell = best.cells[place]
        gap = _write(chains, row, gap, cell, owner, best.reached[cell], best.times, cell)
        row += 1
        best.reached[cell] = _UNSEEN
    return row, gap


@lean_kernel
def _count_entries(codes: Int32s, bits: Int64s) -> int:
    """How many signals meet the first step: no more entrants can there be."""
    entries = 0
    for i in range(codes.size):
        entries += bits[codes[i]] & 1
    return entries


@lean_kernel
def _find(
    starts: Int64s,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    objects: Int64s,
    people: Bytes,
    skip: Bytes,
    where: Where,
    asked: Asked,
    state: State,
    chains: Chains,
) -> tuple[int, int]:
    """Write the entrants of all owners; returns how many rows and gaps there are."""
    row, gap = 0, 0
    met = state.met
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        n = _gather(starts[owner], starts[owner + 1], times, codes, bits, objects, met)
        if objects.size == 0:
            row, gap = _walk_back(owner, met, 0, n, where, asked, state, chains, row, gap)
            continue
        _sort_by_object(met, state.spare, n)
        low = 0
        for high in range(1, n + 1):
            if high == n or met.objects[high] != met.objects[low]:
                row, gap = _walk_back(owner, met, low, high, where, asked, state, chains, row, gap)
                low = high
    return row, gap


def find_chains(timelines: Timelines, matched: Matched, objects: Int64s, cells: Cells, people: Bytes, asked: Asked) -> Chains:
    """The entrants of all owners with their chains.

    matched: which steps a signal meets (bit k = step k). objects: (signals,) hashes that chains are held to, 0 = none;
    zero-length = not held.
    """
    starts = fixed(timelines.starts, np.int64)
    longest = int(np.diff(starts).max(initial=0)) + 1
    entries = _count_entries(matched.codes, matched.bits)
    chains = Chains(*(np.empty(size, np.int64) for size in (entries, entries, entries, entries * (asked.steps - 1))))
    rows, gaps = _find(
        starts,
        fixed(timelines.times, np.int64),
        matched.codes,
        matched.bits,
        fixed(objects, np.int64),
        fixed(people, np.uint8),
        fixed(timelines.skip, np.uint8),
        Where(
            fixed(cells.edges, np.int64), cells.segments, fixed(cells.signal_codes, np.int32), fixed(cells.owner_codes, np.int32)
        ),
        asked,
        _scratch(longest, asked.steps, cells.count),
        chains,
    )
    return Chains(
        fixed(chains.cells[:rows]), fixed(chains.places[:rows]), fixed(chains.reached[:rows]), fixed(chains.gaps[:gaps])
    )
