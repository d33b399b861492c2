"""The chains under the funnel: for every entry of an owner, how far along the steps it leads, and when each step was met.

Most owners are read forwards, the quick way of `furthest`, or where segments are those of signals backwards, the quick way of `untied`; who has
signals of one time is read backwards in the general way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.backwards import Signals, State, Where, gather_met, state_for, walk_back
from touchpath.timelines.entrants import BEST, EVERY, UNSEEN, Asked, Chains, is_further, put_entrant
from touchpath.timelines.furthest import NO_ENTRY, TIED, furthest, write_gaps
from touchpath.timelines.kernels import find_period, fixed, lean_kernel, plain, rate_of
from touchpath.timelines.listed import Listed, list_signals, of_listed, span_of
from touchpath.timelines.objects import sort_by_object
from touchpath.timelines.untied import walk_untied


@lean_kernel
def _take_furthest(
    owner: int,
    first: int,
    after: int,
    signals: Signals,
    where: Where,
    asked: Asked,
    state: State,
    chains: Chains,
    row: int,
    gap: int,
) -> tuple[int, int]:
    """Find the entrant of each period of an owner who has one segment, the quick way; returns the next free row and gap, or row TIED if it cannot."""
    segment = where.owners[owner] if where.owners.size else 0
    if segment < 0 and asked.whole < 0:
        return row, gap
    times, codes, step_of, ends = signals.times, signals.codes, signals.step_of, where.edges[where.edges.size - 1]
    held, held_entered, held_done, before = plain(UNSEEN), 0, 0, row
    closed, begin, rate = asked.end - asked.window, first, rate_of(where.edges)
    while begin < after:
        place = np.uint64(begin)
        time = times[place]
        if step_of[np.uint32(codes[place])] != 0 and time < ends:
            begin += 1  # What comes before the first entry of a period leads nowhere.
            continue
        if time >= ends:
            break
        if begin > first and times[place - np.uint64(1)] == time:
            return TIED, gap
        period = find_period(time, where.edges, rate)
        low, high = where.edges[period], where.edges[period + 1]
        reached, entered, done, following = furthest(
            times, codes, step_of, begin, after, state.nodes.nearest, asked.window, low, high, closed
        )
        if reached == TIED:
            return TIED, gap
        if reached != NO_ENTRY:
            cell = asked.whole if segment < 0 else period * where.segments + segment
            put_entrant(chains, row, cell, owner, reached, done - entered)
            if asked.gaps:
                gap = write_gaps(times, codes, step_of, begin, entered, reached, chains.gaps, gap)
            row += 1
            if is_further(reached, entered, done, held, held_entered, held_done):
                held, held_entered, held_done = reached, entered, done
        begin = following
    if asked.whole >= 0 and row > before:
        put_entrant(chains, row, asked.whole + 1, owner, held, held_done - held_entered)
        row += 1
    return row, gap


@lean_kernel
def _find(
    firsts: Int64s,
    afters: Int64s,
    signals: Signals,
    where: Where,
    asked: Asked,
    short: bool,
    state: State,
    chains: Chains,
) -> tuple[int, int]:
    """Write the entrants of all owners; returns how many rows and gaps there are. short: windows do not reach over many periods."""
    row, gap, rate, met = plain(0), plain(0), rate_of(where.edges), state.met
    untied = signals.objects.size == 0 and asked.mode != EVERY and signals.step_of.size > 0
    quick = untied and short and where.signals.size == 0 and asked.mode == BEST
    for owner in range(firsts.size):
        if firsts[owner] == afters[owner]:
            continue
        if quick:
            following, after = _take_furthest(owner, firsts[owner], afters[owner], signals, where, asked, state, chains, row, gap)
            if following != TIED:
                row, gap = following, after
                continue
        elif untied:
            following, after = walk_untied(
                owner, firsts[owner], afters[owner], signals, where, asked, rate, state, chains, row, gap
            )
            if following != TIED:
                row, gap = following, after
                continue
        n = gather_met(firsts[owner], afters[owner], signals, met)
        if signals.objects.size == 0:
            row, gap = walk_back(owner, signals, met, 0, n, where, asked, state, chains, row, gap)
            continue
        sort_by_object(signals.objects, met, state.spare, n)
        low = 0
        for high in range(1, n + 1):
            if high == n or signals.objects[met[high]] != signals.objects[met[low]]:
                row, gap = walk_back(owner, signals, met, low, high, where, asked, state, chains, row, gap)
                low = high
    return row, gap


def _room(listed: Listed, asked: Asked, cells: int, *, held: bool) -> int:
    """How many entrants there can be: one per owner and cell, or if that is more, one per signal; and one per owner of all cells."""
    signals, owners = listed.times.size, listed.firsts.size
    each = signals if asked.mode == EVERY or held else min(signals, owners * (cells + 1))
    return each + (min(signals, owners) if asked.whole >= 0 else 0)


def _steps_of(bits: Int64s) -> Bytes:
    """(codes,) the one step that each code meets; zero-length if some code meets several."""
    if bool((bits & (bits - 1) != 0).any()):
        return NO_BYTES
    return fixed(np.bitwise_count(np.maximum(bits, 1) - 1), np.uint8)


def _is_short(window: int, edges: Int64s) -> bool:
    """Whether windows do not reach over many periods: the quick way reads what lies in a window anew for each period."""
    return edges.size == 2 or window <= 2 * np.diff(edges.astype(np.float64)).min()


def find_chains(
    timelines: Timelines, steps: Sequence[EventRule], objects: Int64s, cells: Cells, people: Bytes, asked: Asked
) -> Chains:
    """The entrants of all owners with their chains.

    steps: what signals must meet.   objects: (signals,) hashes that chains are held to, 0 = none; zero-length = not held.
    """
    matched, listed = list_signals(timelines, steps, span_of(cells.edges, asked.window), people)
    longest, most = (
        int((listed.afters - listed.firsts).max(initial=0)) + 1,
        int(np.bitwise_count(matched.bits >> 1).max(initial=0)),
    )
    room = _room(listed, asked, cells.count, held=objects.size > 0)
    sizes = (room, room, room, room, room * (asked.steps - 1) if asked.gaps else 0)
    chains = Chains(*(np.empty(size, np.int64) for size in sizes))  # memory is only taken where it is written
    rows, gaps = _find(
        listed.firsts,
        listed.afters,
        Signals(
            listed.times,
            listed.codes,
            matched.bits,
            of_listed(timelines, fixed(objects, np.int64), listed),
            _steps_of(matched.bits),
        ),
        Where(
            fixed(cells.edges, np.int64),
            cells.segments,
            of_listed(timelines, fixed(cells.signal_codes, np.int32), listed),
            fixed(cells.owner_codes, np.int32),
        ),
        asked,
        _is_short(asked.window, cells.edges),
        state_for(longest, asked.steps, most, cells.count + 1),
        chains,
    )
    found, places, reached, took = (fixed(column[:rows]) for column in chains[:4])
    return Chains(found, places, reached, took, fixed(chains.gaps[:gaps]))
