"""Windows around anchors: which signals fall into each, and what they hold, in one pass however much windows overlap.

Anchors and signals are in order of owner and time, so both ends of the windows of an owner only ever move on.
"""

from __future__ import annotations

import numpy as np

from touchpath.timelines.arrays import Int32s, Int64s
from touchpath.timelines.gather import Gathered
from touchpath.timelines.kernels import fixed, kernel


def ranges(anchors: Gathered, signals: Gathered, span: int, after: bool) -> tuple[Int64s, Int64s]:
    """(anchors,) first and last + 1 of the signals in each window: [anchor - span, anchor), or (anchor, anchor + span] if `after`."""
    low, high = np.empty(anchors.times.size, np.int64), np.empty(anchors.times.size, np.int64)
    _ranges(anchors.owners, anchors.times, signals.owners, signals.times, span, after, low, high)
    return low, high


@kernel
def _ranges(
    anchor_owners: Int64s, anchor_times: Int64s, owners: Int64s, times: Int64s, span: int, after: bool, low: Int64s, high: Int64s
) -> None:
    first, last = 0, 0
    for i in range(anchor_owners.size):
        owner, time = anchor_owners[i], anchor_times[i]
        earliest, latest = (time + 1, time + span) if after else (time - span, time - 1)
        while first < owners.size and (owners[first] < owner or (owners[first] == owner and times[first] < earliest)):
            first += 1
        last = max(last, first)
        while last < owners.size and owners[last] == owner and times[last] <= latest:
            last += 1
        low[i], high[i] = first, last


def extremes(values: Int64s, low: Int64s, high: Int64s, *, largest: bool) -> Int64s:
    """(anchors,) the smallest or largest value of each window; 0 for an empty one."""
    found = np.zeros(low.size, np.int64)
    signed = fixed(-values if largest else values)
    _smallest(fixed(low), fixed(high), signed, np.empty(values.size + 1, np.int64), found)
    return -found if largest else found


@kernel
def _smallest(low: Int64s, high: Int64s, values: Int64s, queue: Int64s, found: Int64s) -> None:
    """Keep the places that may still be the smallest, values rising, in a queue that both ends of the window move along."""
    head, tail, place = 0, 0, 0
    for i in range(low.size):
        if place < low[i]:
            head, tail, place = 0, 0, low[i]
        while place < high[i]:
            while tail > head and values[queue[tail - 1]] >= values[place]:
                tail -= 1
            queue[tail] = place
            tail += 1
            place += 1
        while head < tail and queue[head] < low[i]:
            head += 1
        if high[i] > low[i]:
            found[i] = values[queue[head]]


def distinct_words(codes: Int32s, low: Int64s, high: Int64s, words: int) -> Int64s:
    """(anchors,) how many different words each window holds, "none" (code 0) left out."""
    found = np.zeros(low.size, np.int64)
    _distinct(fixed(low), fixed(high), fixed(codes, np.int32), np.zeros(words, np.int64), found)
    return found


@kernel
def _distinct(low: Int64s, high: Int64s, codes: Int32s, counts: Int64s, found: Int64s) -> None:
    first, last, different = 0, 0, 0
    for i in range(low.size):
        while last < high[i]:
            counts[codes[last]] += 1
            different += counts[codes[last]] == 1 and codes[last] != 0
            last += 1
        while first < low[i]:
            if first >= last:
                counts[codes[first]] += 1
                different += counts[codes[first]] == 1 and codes[first] != 0
                last = first + 1
            counts[codes[first]] -= 1
            different -= counts[codes[first]] == 0 and codes[first] != 0
            first += 1
        found[i] = different


def last_known(codes: Int32s, low: Int64s, high: Int64s) -> Int32s:
    """(anchors,) the code of the last signal of each window that has a word; 0 = none."""
    places = np.where(codes != 0, np.arange(codes.size), -1)
    latest = np.concatenate(([-1], np.maximum.accumulate(places))) if codes.size else np.full(1, -1)
    place = latest[high]
    known: Int32s = np.where(place >= low, np.concatenate((codes, [0]))[place], 0).astype(np.int32)
    return known
