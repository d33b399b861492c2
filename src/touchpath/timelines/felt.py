"""Felt waits: how long people say that they waited, beside how long they did. See docs/definitions/felt.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import gather
from touchpath.timelines.kernels import BUCKETS, fixed, kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import TOO_LARGE, Moments
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import buckets_of, count_by, tally

#: Waits longer than this, felt or real, are in no pair.
LONGEST = timedelta(days=366)
#: Waits are kept in tenths of a second.
TENTH = 100_000

_START, _END, _FELT = 1, 2, 4
_NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class FeltCounts(Counts):
    """Pairs of a felt and a real wait in the cell of the answer, in tenths of a second.

    pairs: per person x = pairs, y = sum of felt less real.   sums: (cells, BUCKETS, 6) by bucket of person: pairs, felt, real, felt squared,
    felt times real, real squared.   alone: (cells,) answers without a wait before them.   unread: (cells,) answers, and pairs, that say
    nothing usable: no value, one below 0, or a wait of more than 366 days.
    """

    pairs: Moments
    sums: Int64s
    alone: Int64s
    unread: Int64s


@dataclass(frozen=True, slots=True)
class Felt:
    """Pairs each answer of `felt`, whose value is a time in `unit`, with the last wait of its owner (about the same object, with `same`).

    A wait runs from a signal of `start` to the next of `end`; further starts within it change nothing. At one instant starts come first,
    then ends, then answers; what is start and end ends the wait before it and begins one. An answer belongs to a wait that ended at most
    `window` before it; a wait has one answer, the first. Outcome: 1 = has a pair, 0 = answered without one, -1 = did not answer.
    Raises BadInput for a unit or a window that is not above 0.
    """

    felt: EventRule
    start: EventRule
    end: EventRule
    unit: timedelta = timedelta(minutes=1)
    window: timedelta = timedelta(days=7)
    same: str = ""

    def __post_init__(self) -> None:
        for name, span in (("unit", self.unit), ("window", self.window)):
            if not timedelta() < span <= timedelta(days=36_525):
                raise BadInput(f"The {name} of felt waits is above 0 and at most 100 years, but {span} came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """An answer looks back only."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[FeltCounts]:
        """Read each timeline once."""
        rows = gather(timelines, match(timelines, (self.start, self.end, self.felt)), people, cells)
        objects = timelines.wide(f"objects.{self.same}")[rows.rows] if self.same else np.zeros(rows.rows.size, np.int64)
        first = np.where(rows.bits & _START, 0, np.where(rows.bits & _END, 1, 2))
        order = np.lexsort((first, rows.times, objects, rows.owners))
        order = order[(objects[order] != 0) | (not self.same)]
        rows, objects = rows.at(order), fixed(objects[order])
        real = np.full(order.size, _NONE, np.int64)
        _find_waits(rows.owners, objects, rows.times, rows.bits, microseconds(self.window), real)
        answers = np.flatnonzero((rows.bits & _FELT != 0) & (rows.cells >= 0))
        rows, real = rows.at(answers), real[answers]
        felt = self._tenths(timelines.wide("value")[rows.rows])
        most = microseconds(LONGEST) // TENTH
        alone, real = real == _NONE, real // TENTH
        usable = (felt >= 0) & (felt <= most) & (real <= most)
        paired = usable & ~alone
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[rows.owners] = 0
        outcomes[rows.owners[paired]] = 1
        owner, cell, felt, real = rows.owners[paired], rows.cells[paired], felt[paired], real[paired]
        summary = FeltCounts(
            pairs=tally(cells.count, owner, cell, felt - real),
            sums=_sums(cells.count, cell, buckets_of(timelines.owners[owner])[0], felt, real),
            alone=count_by(cells.count, rows.cells[alone & usable]),
            unread=count_by(cells.count, rows.cells[~usable]),
        )
        return Folded(summary, outcomes)

    def _tenths(self, values: Int64s) -> Int64s:
        """(rows,) the time that each value is, in tenths of a second, halves up; -1 = none."""
        tenths = microseconds(self.unit) / TENTH
        known = (values != NO_VALUE) & (values >= 0) & (np.where(values == NO_VALUE, 0, values) < 1 << 47)
        exact: Int64s = np.where(known, np.floor(np.where(known, values, 0) / VALUE_SCALE * tenths + 0.5), _NONE).astype(np.int64)
        return exact


def _sums(cells: int, cell: Int64s, bucket: Int64s, felt: Int64s, real: Int64s) -> Int64s:
    parts = np.stack((np.ones_like(felt), felt, real, felt * felt, felt * real, real * real), axis=1)
    if parts.size and float(parts.astype(np.float64).sum(axis=0).max()) >= 2.0**62:
        raise BadInput(TOO_LARGE)
    sums = np.zeros((cells, BUCKETS, 6), np.int64)
    np.add.at(sums, (cell, bucket), parts)
    return sums


@kernel
def _find_waits(owners: Int64s, objects: Int64s, times: Int64s, bits: Int64s, window: int, real: Int64s) -> None:
    """For each answer the microseconds of the wait that it belongs to, left at -1 where there is none."""
    began, waited, ended = _NONE, _NONE, 0
    waiting = False
    for i in range(owners.size):
        if i == 0 or owners[i] != owners[i - 1] or objects[i] != objects[i - 1]:
            waiting, waited = False, _NONE
        if bits[i] & _END and waiting:
            waited, ended, waiting = times[i] - began, times[i], False
        if bits[i] & _START and not waiting:
            began, waiting = times[i], True
        if bits[i] & _FELT and waited != _NONE and times[i] - ended <= window:
            real[i], waited = waited, _NONE
