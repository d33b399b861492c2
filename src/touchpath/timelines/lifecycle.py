"""Lifecycle by activity: who is new, stays, comes back or falls asleep, period by period. See docs/definitions/lifecycle.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.summaries import Counts

#: What an owner is in a period, in the order of the summary's columns; also the outcome codes of the fold.
STATUSES = ("new", "current", "resurrected", "dormant", "waiting")
NEW, CURRENT, RESURRECTED, DORMANT, WAITING = range(5)

_ANYTHING = EventRule(())


@dataclass(frozen=True, slots=True, eq=False)
class LifecycleCounts(Counts):
    """Owners by what they are in each cell. counts: (cells, 5) in the order of STATUSES."""

    counts: Int64s


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Who is active in each period (a signal that meets `active`), against the period before and all of the past.

    new: active, and never before. current: active now and in the period before. resurrected: active now, not in the period before, but
    some time before that. dormant: active in the period before and not now; waiting: the same, but the period is not over at the
    end of the data. `before`: when the period before the first one begins, in microseconds.

    Cells: by period and by segments of owners. Outcome: the status in the last period that an owner has one in, -1 = in none.
    Raises BadInput for segments of signals.
    """

    before: int
    active: EventRule = _ANYTHING

    def ending(self, edges: Int64s, end: int) -> Ending:
        """What counts is which periods have begun and which are over."""
        return Ending((int((edges <= end).sum()), int((edges <= end + 1).sum())))

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[LifecycleCounts]:
        """Read each timeline once."""
        if cells.signal_codes.size:
            raise BadInput(
                "A lifecycle is cut by what an owner is, not by a signal. Take a dimension that is 'fixed' or 'latest'."
            )
        matched = match(timelines, [self.active])
        counts, outcomes = np.zeros((cells.count, len(STATUSES)), np.int64), np.full(timelines.people, -1, np.int32)
        _fold_lifecycle(
            fixed(timelines.starts, np.int64),
            fixed(timelines.times, np.int64),
            matched.codes,
            matched.bits,
            fixed(people, np.uint8),
            fixed(timelines.skip, np.uint8),
            fixed(cells.edges, np.int64),
            cells.segments,
            fixed(cells.owner_codes, np.int32),
            self.before,
            end,
            counts,
            outcomes,
        )
        return Folded(LifecycleCounts(counts), outcomes)


@lean_kernel
def _fold_lifecycle(
    starts: Int64s,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    people: Bytes,
    skip: Bytes,
    edges: Int64s,
    segments: int,
    owner_codes: Int32s,
    before: int,
    end: int,
    counts: Int64s,
    outcomes: Int32s,
) -> None:
    """Walk from each active period of an owner to the next; -1 is the period before the first."""
    periods = edges.size - 1
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        segment = owner_codes[owner] if owner_codes.size else 0
        if segment < 0:
            continue
        last, period, known = -2, -1, False
        for i in range(starts[owner], starts[owner + 1]):
            time = times[i]
            if time > end or time >= edges[periods]:
                break
            if bits[codes[i]] == 0:
                continue
            if time < edges[0]:
                known = True
                last = -1 if time >= before else last
                continue
            while edges[max(period, 0) + 1] <= time:
                period = max(period, 0) + 1
            period = max(period, 0)
            if period == last:
                continue
            if last >= -1 and period > last + 1:
                counts[(last + 1) * segments + segment, DORMANT] += 1
            status = NEW if not known else CURRENT if period == last + 1 and last >= -1 else RESURRECTED
            counts[period * segments + segment, status] += 1
            outcomes[owner] = status
            last, known = period, True
        if last >= -1 and last + 1 < periods and edges[last + 1] <= end:
            status = DORMANT if edges[last + 2] <= end + 1 else WAITING
            counts[(last + 1) * segments + segment, status] += 1
            outcomes[owner] = status
