"""The attempts among one person's signals: where each starts, how it ends, how long it takes and what goes wrong in it.

The rules of docs/definitions/task.md, in one walk that jumps as little as it can.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Int32s, Int64s
from touchpath.timelines.kernels import fixed, lean_kernel, plain

#: How an attempt ended; also the outcome codes of the fold (-1 = no closed attempt).
FAILED, SUCCEEDED, ABANDONED = 0, 1, 2

#: What a signal may be to a task, as bits.
START, SUCCESS, FAILURE, ABANDON, ERROR = 1, 2, 4, 8, 16
_ENDS = SUCCESS | FAILURE | ABANDON

#: Earlier than any signal by more than any limit.
_NEVER = -(1 << 62)


def _ending(met: int) -> int:
    """How signals of one instant end an attempt: success before failure before all else."""
    if met & SUCCESS:
        return SUCCEEDED
    return FAILED if met & FAILURE else ABANDONED


#: The ending of an attempt by all bits of the instant at which it ends.
_ENDING = fixed(np.array([_ending(met) for met in range(2 * ERROR)], np.int64))


class Met(NamedTuple):
    """Signals that are something to a task, in order of time: their rows, times in microseconds, codes, and what each code is, as bits.

    rows: zero-length = each is in the row of its own place.
    """

    rows: Int64s
    times: Int64s
    codes: Int32s
    bits: Int64s


class Found(NamedTuple):
    """Attempts in order, one per place from 1 on: which signal it starts with and when, ending, errors, and microseconds to its end.

    Place 0 holds what belongs to no attempt. Microseconds tell of attempts that succeeded alone.
    """

    first: Int64s
    began: Int64s
    ending: Int64s
    errors: Int64s
    took: Int64s


def room_for_signals(most: int, bits: Int64s) -> Met:
    """Where so many signals can be listed, whose codes are so and so."""
    rows, times = np.empty((2, most + 1), np.int64)
    return Met(rows, times, np.empty(most + 1, np.int32), bits)


def room_for_attempts(most: int) -> Found:
    """Where so many attempts can be written: there are no more of them than signals that start one."""
    return Found(*np.empty((5, most + 2), np.int64))


@lean_kernel
def list_met(low: int, high: int, times: Int64s, codes: Int32s, met: Met) -> int:
    """Write the signals low to high that are something to the task, each over the one before if that was not; returns how many."""
    found = 0
    for row in range(np.uint64(low), np.uint64(high)):
        at, code = np.uint64(found), codes[row]
        met.rows[at], met.times[at], met.codes[at] = row, times[row], code
        found += met.bits[np.uint32(code)] != 0
    return found


@lean_kernel
def row_of(met: Met, place: int) -> int:
    """The row of a signal."""
    return int(met.rows[np.uint64(place)]) if met.rows.size else place


@lean_kernel
def _merge(met: Met, low: int, high: int) -> tuple[int, int, int, int]:
    """The signals of one instant as one: what they are, what all but the first start are, how many errors, the place of that start."""
    start, all_bits, others, wrong = 0, 0, 0, 0
    for i in range(np.uint64(low), np.uint64(high)):
        bits = met.bits[np.uint32(met.codes[i])]
        wrong += (bits & ERROR) // ERROR
        if bits & START and not all_bits & START:
            start = int(i)
        else:
            others |= bits
        all_bits |= bits
    return all_bits, others, wrong, start


@lean_kernel
def walk(met: Met, low: int, high: int, limit: int, before: int, found: Found) -> int:
    """Write the attempts among the signals low to high, after `before` others, each with the place of its first signal; returns the place of the
    last one.

    What comes next cannot be foreseen, so hardly anything is jumped over: an attempt is written before it is known whether one
    starts, and what would happen to a running one is written to place 0 if none runs. Masks are -1 or 0.
    """
    began, place, i = _NEVER, before, low
    while i < high:
        first, at = i, np.uint64(i)
        now, bits, others, start = met.times[at], met.bits[np.uint32(met.codes[at])], 0, i
        wrong = (bits & ERROR) // ERROR
        i += 1
        while i < high and met.times[np.uint64(i)] == now:
            i += 1
        if i > first + 1:
            bits, others, wrong, start = _merge(met, first, i)
        late = (limit - (now - began)) >> 63
        own, running, new = others & late, np.uint64(place & ~late), np.uint64(place + 1)
        found.ending[running], found.took[running] = _ENDING[np.uint64(bits)], now - began
        found.errors[running] += wrong
        found.first[new], found.began[new], found.ending[new] = start, now, _ENDING[np.uint64(own)]
        found.took[new], found.errors[new] = 0, wrong & late
        place += bits & START
        began = now if bits & START and not own & _ENDS else (_NEVER if bits & _ENDS else began)
    return place


def walk_groups(firsts: Int64s, afters: Int64s, met: Met, limit: int) -> Found:
    """The attempts among the signals of each group, one group after the other, each with the row of its first signal."""
    found = room_for_attempts(met.times.size)
    count = _walk_each(
        fixed(firsts), fixed(afters), Met(fixed(met.rows), fixed(met.times), fixed(met.codes), fixed(met.bits)), limit, found
    )
    first, *others = (fixed(column[1 : count + 1]) for column in found)
    return Found(fixed(met.rows[first]) if met.rows.size else first, *others)


@lean_kernel
def _walk_each(firsts: Int64s, afters: Int64s, met: Met, limit: int, found: Found) -> int:
    """Walk the signals of each group; returns how many attempts there are."""
    place = plain(0)
    for group in range(firsts.size):
        place = walk(met, firsts[group], afters[group], limit, place, found)
    return place
