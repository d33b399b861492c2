"""Where times lie in intervals, between calendar borders or of equal length from a start on. See docs/definitions/retention.md."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import fixed, lean_kernel, lowest_bit

#: So many intervals can be kept as bits of one number.
MOST_BITS = 62
#: How uneven these may be (borders off by a share), and the share that rounding may cost.
_UNEVEN, _ROUNDING = 0.1, 1e-6


class Intervals(NamedTuple):
    """Calendar intervals by their borders (ascending microseconds), or without borders those of `length` microseconds from a start on.

    deepest: the furthest interval after a start that is asked for.   end: of the data.   last: the last border that the data reach.
    until: a time before this lies in a calendar interval and not after the end of the data.
    per_length, margin: one over an interval's (mean) length, and how far a border may lie from where that puts it, as a share.
    at_once: whether intervals are few and even enough to be kept as bits.
    """

    borders: Int64s
    length: int
    deepest: int
    end: int
    last: int
    until: int
    per_length: float
    margin: float
    at_once: bool


def prepare_intervals(borders: Int64s, length: int, deepest: int, end: int) -> Intervals:
    """What kernels need to know of the intervals."""
    per_length, margin = _evenness(borders, length)
    few = (borders.size - 1 if borders.size else deepest + 1) <= MOST_BITS
    last = int((borders <= end + 1).sum()) - 1
    until = min(int(borders[-1]), end + 1) if borders.size else 0
    return Intervals(fixed(borders), length, deepest, end, last, until, per_length, margin, few and margin < _UNEVEN)


def _evenness(borders: Int64s, length: int) -> tuple[float, float]:
    """One over the mean length of intervals, and the largest share of it by which a border is off, rounding included."""
    if borders.size < 2:
        return 1 / length, _ROUNDING
    mean = (int(borders[-1]) - int(borders[0])) / (borders.size - 1)
    off = np.abs((borders - borders[0]) / mean - np.arange(borders.size)).max()
    return 1 / mean, float(off) + _ROUNDING


@lean_kernel
def interval_of(intervals: Intervals, time: int) -> int:
    """The calendar interval of a time: guessed by their mean length, then put right; borders.size - 1 and -1 lie outside."""
    borders = intervals.borders
    guess = int(min(max((time - borders[0]) * intervals.per_length, -1.0), borders.size - 1.0))
    while guess >= 0 and time < borders[guess]:
        guess -= 1
    while guess + 1 < borders.size and time >= borders[guess + 1]:
        guess += 1
    return guess


@lean_kernel
def intervals_over(intervals: Intervals, base: int, began: int) -> int:
    """How many intervals after a start's own (`base`, of a calendar) are over at the end of the data."""
    if intervals.borders.size:
        return max(intervals.last - base - 1, 0)
    return max((intervals.end + 1 - began) // intervals.length - 1, 0)


@lean_kernel
def intervals_seen(intervals: Intervals, times: Int64s, began: int, most: int) -> int:
    """In which intervals since `began` there is a signal, one bit each, all from `most` on in one; 0 = not to be told from here.

    No step depends on the one before, so eight signals are placed at once. A signal within the margin of a border might be placed on
    its wrong side: then the borders have to be looked at one by one.
    """
    seen, near, per_length, margin = 0, 0, intervals.per_length, intervals.margin
    for i in range(times.size):
        place = (times[i] - began) * per_length
        part = place - np.floor(place)
        near |= (part < margin) | (part > 1 - margin)
        seen |= 1 << int(min(place, float(most)))
    return 0 if near else seen


@lean_kernel
def list_seen(mask: int, first: int, seen: Int64s) -> int:
    """Write the intervals from `first` on whose bits are set, ascending; returns how many."""
    found, mask = 0, mask & -(1 << first)
    while mask:
        seen[found] = lowest_bit(mask)
        mask &= mask - 1
        found += 1
    return found
