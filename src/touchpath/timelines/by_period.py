"""A fold over owners cut by what their signals say: in each period by what was so when it began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_INT32S, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Fold, Folded, ending_of
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments
from touchpath.timelines.summaries import Counts

C = TypeVar("C", bound=Counts)


@dataclass(frozen=True, slots=True)
class ByPeriod(Generic[C]):
    """The fold `of`, which takes segments of owners only, cut by segments of signals.

    In each period an owner is in the segment of their latest signal before it that meets one of `rules`; who has none yet, in that of
    their first one inside the period, up to the end of the data. So nobody's segment depends on what happens to them in the period, and
    the segments of a period add up to the whole. Without segments of signals it is the fold itself. Reads timelines once per period.
    """

    of: Fold[C]
    rules: tuple[EventRule, ...]

    def ending(self, edges: Int64s, end: int) -> Ending:
        """As the fold itself: who is in which segment depends on signals alone."""
        return ending_of(self.of, edges, end)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[C]:
        """Read each timeline once per period."""
        if not cells.signal_codes.size:
            return self.of.map(timelines, cells, people, end)
        matched = match(timelines, self.rules)
        columns = (fixed(timelines.starts, np.int64), fixed(timelines.times, np.int64), matched.codes, matched.bits)
        read = (fixed(people, np.uint8), fixed(timelines.skip, np.uint8), fixed(cells.signal_codes, np.int32))
        parts = []
        for period in range(int(cells.edges.size) - 1):
            owners = np.full(timelines.people, -1, np.int32)
            edges = cells.edges[period : period + 2]
            _segments_at(*columns, *read, int(edges[0]), min(int(edges[1]), end + 1), owners)
            once = replace(cells, edges=fixed(edges), signal_codes=NO_INT32S, owner_codes=fixed(owners))
            parts.append(self.of.map(timelines, once, people, end))
        return Folded(_joined([part.summary for part in parts]), parts[-1].outcomes)


@lean_kernel
def _segments_at(
    starts: Int64s,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    people: Bytes,
    skip: Bytes,
    segments: Int32s,
    begins: int,
    ends: int,
    found: Int32s,
) -> None:
    """The segment of each owner in the period [begins, ends), -1 = none."""
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        known = False
        for i in range(starts[owner], starts[owner + 1]):
            if times[i] >= ends or (times[i] >= begins and known):
                break
            if bits[codes[i]] != 0:
                found[owner], known = segments[i], True


def _joined(parts: Sequence[C]) -> C:
    """Summaries of single periods as one of all of them, period by period."""
    return type(parts[0])(**{name: _join([part._parts()[name] for part in parts]) for name in parts[0]._parts()})


def _join(parts: Sequence[Any]) -> Any:
    if isinstance(parts[0], Moments):
        return Moments(np.concatenate([part.counts for part in parts]), np.concatenate([part.squares for part in parts]))
    return np.concatenate(parts)
