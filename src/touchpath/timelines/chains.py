"""The kernel under the funnel: for every entry of an owner, how far along the steps it leads, and when each step was met.

Read backwards, one pass is enough. Each time a step is met it becomes a node, linked to the nearest node ahead that meets the
next step. Meeting every step as early as possible is never worse, so an entry's chain is its own time followed by the links
from the nearest step 1, up to where the window closes. Signals of one instant may be taken in either order, each once: a node
then stands for all the steps that the instant leads to. When one signal of an instant meets several steps, a maximum matching
decides how far that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.furthest import NO_ENTRY, OPEN, TIED, furthest, write_gaps
from touchpath.timelines.kernels import find_cell, find_period, fixed, lean_kernel, lowest_bit, plain
from touchpath.timelines.listed import Listed, list_signals, span_of
from touchpath.timelines.objects import sort_by_object
from touchpath.timelines.ties import Tie, leads_to, tie_for, tie_up

A = TypeVar("A", bound=np.generic)

#: Which entries count: the first of an owner and cell, the one that leads furthest, or each by itself.
FIRST, BEST, EVERY = 0, 1, 2

_UNSEEN = -2


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
    """The chosen chain of each cell so far: last step (_UNSEEN, OPEN or a step), times of entry and last step, the last step met in
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


class State(NamedTuple):
    """Scratch of one shard: the places of one owner's signals that meet a step (and room to sort them), and what they lead to."""

    met: Int64s
    spare: Int64s
    nodes: Nodes
    tie: Tie
    best: Best


def _scratch(longest: int, steps: int, most: int, cells: int) -> State:
    """longest: signals of one owner. most: steps that one signal meets, entry aside."""

    def row(size: int) -> Int64s:
        return np.empty(size, np.int64)  # memory is only taken where it is written

    nodes = Nodes(row(longest * most), row(longest * most), row(longest * most), row(steps + 1))
    best = Best(np.full(cells, _UNSEEN, np.int64), row(cells), row(cells), row(cells), row(cells), row(cells))
    return State(row(longest), row(longest), nodes, tie_for(steps), best)


@lean_kernel
def _gather(low: int, high: int, signals: Signals, met: Int64s) -> int:
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
def _follow(time: int, last: int, node: int, nodes: Nodes, window: int) -> tuple[int, int]:
    """The last step that an entry meets inside the window, and when: its own instant leads to step `last`, and then to `node`."""
    reached, done = last, time
    while node >= 0 and nodes.times[node] <= time + window:
        reached, done = nodes.lasts[node], nodes.times[node]
        node = nodes.following[node]
    return reached, done


@lean_kernel
def _write(
    chains: Chains, row: int, gap: int, cell: int, place: int, reached: int, done: int, time: int, last: int, node: int, nodes: Nodes,
    asked: Asked,
) -> int:  # fmt: skip
    """Write one entrant, its entry given as in `_follow`; returns where the next one's gaps begin."""
    _put(chains, row, cell, place, reached, done - time)
    before, step = time, 1 if asked.gaps else reached + 1
    while step <= reached:
        met = time
        if step > last:
            met, last, node = nodes.times[node], nodes.lasts[node], nodes.following[node]
        chains.gaps[gap] = met - before
        before, step, gap, time = met, step + 1, gap + 1, met
    return gap


@lean_kernel
def _put(chains: Chains, row: int, cell: int, place: int, reached: int, took: int) -> None:
    """Write one entrant, but for the gaps."""
    at = np.uint64(row)
    chains.cells[at], chains.places[at], chains.reached[at] = cell, place, reached
    chains.took[at] = took if reached > 0 else 0


@lean_kernel
def _is_better_yet(reached: int, entered: int, done: int, held: int, held_entered: int, held_done: int) -> bool:
    """Whether an entrant of a cell rather than the one held so far is that of all cells: the furthest, of these the soonest there, then the
    latest to enter."""
    if reached != held:
        return reached > held
    if done != held_done:
        return done < held_done
    return entered > held_entered


@lean_kernel
def _is_better(best: Best, cell: int, mode: int, time: int, reached: int, done: int, instant: int) -> bool:
    """Whether a chain replaces the one chosen so far, which entered at the same time or later."""
    held = best.reached[cell]
    if held == _UNSEEN:
        return True
    if mode == FIRST and time < best.entered[cell]:
        return True
    if reached != held or reached == OPEN:
        return bool(reached > held)
    if done != best.done[cell]:
        return bool(done < best.done[cell])
    return bool(time == best.entered[cell] and instant > best.instant[cell])


@lean_kernel
def _choose(best: Best, touched: int, cell: int, time: int, reached: int, done: int, last: int, node: int) -> int:
    """Hold a chain as the best of its cell; returns how many cells have one."""
    if best.reached[cell] == _UNSEEN:
        best.cells[touched] = cell
        touched += 1
    best.reached[cell], best.entered[cell], best.done[cell] = reached, time, done
    best.instant[cell], best.nodes[cell] = last, node
    return touched


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
def _walk_back(
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
    steps, nodes, best = asked.steps, state.nodes, state.best
    for step in range(steps + 1):
        nodes.nearest[step] = -1
    made, touched, i = 0, 0, high - 1
    while i >= low:
        last_signal, time, union = i, _time(signals, met, i), _mask(signals, met, i)
        overlap = (union & (union - 1)) != 0
        i -= 1
        while i >= low and _time(signals, met, i) == time:
            mask = _mask(signals, met, i)
            union |= mask
            overlap |= (mask & (mask - 1)) != 0
            i -= 1
        tied = _tie_up(signals, met, i + 1, last_signal + 1, steps, state.tie) if overlap else 0
        beside = union if i + 1 < last_signal else 0
        if union & 1:
            known, last = 0, 0
            for entry in range(i + 1, last_signal + 1):
                mask = _mask(signals, met, entry)
                if not mask & 1:
                    continue
                cell = find_cell(met[entry], owner, time, where.edges, where.segments, where.signals, where.owners)
                if cell < 0 and find_period(time, where.edges, 0) >= 0:
                    cell = asked.whole
                if cell < 0:
                    continue
                if mask != known:
                    known = mask
                    last = leads_to(0, mask, beside, tied, steps, state.tie)
                node, reached, done = nodes.nearest[last + 1], OPEN, time
                if time <= asked.end - asked.window:
                    reached, done = _follow(time, last, node, nodes, asked.window)
                if asked.mode == EVERY:
                    gap = _write(chains, row, gap, cell, owner, reached, done, time, last, node, nodes, asked)
                    row += 1
                elif _is_better(best, cell, asked.mode, time, reached, done, last):
                    touched = _choose(best, touched, cell, time, reached, done, last, node)
        made = _remember(union & ~1, time, beside, tied, steps, state, made)
    held, held_entered, held_done = plain(_UNSEEN), 0, 0
    for place in range(touched):
        cell = best.cells[place]
        reached, entered, done = best.reached[cell], best.entered[cell], best.done[cell]
        gap = _write(
            chains, row, gap, cell, owner, reached, done, entered, best.instant[cell], best.nodes[cell], nodes, asked
        )  # fmt: skip
        row += 1
        best.reached[cell] = _UNSEEN
        if _is_better_yet(reached, entered, done, held, held_entered, held_done):
            held, held_entered, held_done = reached, entered, done
    if asked.whole >= 0 and touched:
        _put(chains, row, asked.whole + 1, owner, held, held_done - held_entered)
        row += 1
    return row, gap


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
    held, held_entered, held_done, before = plain(_UNSEEN), 0, 0, row
    period, closed, begin = 0, asked.end - asked.window, first
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
        period = find_period(time, where.edges, period)
        low, high = where.edges[period], where.edges[period + 1]
        reached, entered, done, following = furthest(
            times, codes, step_of, begin, after, state.nodes.nearest, asked.window, low, high, closed
        )
        if reached == TIED:
            return TIED, gap
        if reached != NO_ENTRY:
            cell = asked.whole if segment < 0 else period * where.segments + segment
            _put(chains, row, cell, owner, reached, done - entered)
            if asked.gaps:
                gap = write_gaps(times, codes, step_of, begin, entered, reached, chains.gaps, gap)
            row += 1
            if _is_better_yet(reached, entered, done, held, held_entered, held_done):
                held, held_entered, held_done = reached, entered, done
        begin = following
    if asked.whole >= 0 and row > before:
        _put(chains, row, asked.whole + 1, owner, held, held_done - held_entered)
        row += 1
    return row, gap


@lean_kernel
def _find(
    firsts: Int64s, afters: Int64s, signals: Signals, where: Where, asked: Asked, state: State, chains: Chains
) -> tuple[int, int]:
    """Write the entrants of all owners; returns how many rows and gaps there are."""
    row, gap = plain(0), plain(0)
    met = state.met
    quick = signals.objects.size == 0 and where.signals.size == 0 and asked.mode == BEST and signals.step_of.size > 0
    for owner in range(firsts.size):
        if firsts[owner] == afters[owner]:
            continue
        if quick:
            following, after = _take_furthest(owner, firsts[owner], afters[owner], signals, where, asked, state, chains, row, gap)
            if following != TIED:
                row, gap = following, after
                continue
        n = _gather(firsts[owner], afters[owner], signals, met)
        if signals.objects.size == 0:
            row, gap = _walk_back(owner, signals, met, 0, n, where, asked, state, chains, row, gap)
            continue
        sort_by_object(signals.objects, met, state.spare, n)
        low = 0
        for high in range(1, n + 1):
            if high == n or signals.objects[met[high]] != signals.objects[met[low]]:
                row, gap = _walk_back(owner, signals, met, low, high, where, asked, state, chains, row, gap)
                low = high
    return row, gap


def _room(listed: Listed, asked: Asked, cells: int, *, held: bool) -> int:
    """How many entrants there can be: one per owner and cell, or if that is more, one per signal; and one per owner of all cells."""
    signals, owners = listed.times.size, listed.firsts.size
    each = signals if asked.mode == EVERY or held else min(signals, owners * (cells + 1))
    return each + (min(signals, owners) if asked.whole >= 0 else 0)


def _steps_of(bits: Int64s, edges: Int64s, window: int) -> Bytes:
    """(codes,) the one step that each code meets; zero-length if some code meets several, or if windows reach over many periods.

    The quick way reads what lies in a window anew for each period.
    """
    periods = np.diff(edges.astype(np.float64))
    if bool((bits & (bits - 1) != 0).any()) or (periods.size > 1 and window > 2 * periods.min()):
        return NO_BYTES
    return fixed(np.bitwise_count(np.maximum(bits, 1) - 1), np.uint8)


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
            _of_listed(fixed(objects, np.int64), listed),
            _steps_of(matched.bits, cells.edges, asked.window),
        ),
        Where(
            fixed(cells.edges, np.int64),
            cells.segments,
            _of_listed(fixed(cells.signal_codes, np.int32), listed),
            fixed(cells.owner_codes, np.int32),
        ),
        asked,
        _scratch(longest, asked.steps, most, cells.count + 1),
        chains,
    )
    found, places, reached, took = (fixed(column[:rows]) for column in chains[:4])
    return Chains(found, places, reached, took, fixed(chains.gaps[:gaps]))


def _of_listed(column: NDArray[A], listed: Listed) -> NDArray[A]:
    """A column of all signals, of those that are listed; nothing if it is zero-length."""
    return fixed(column[listed.rows]) if column.size and listed.rows.size else column
