"""Stickiness: on how many days of a period those who are active at all are active. See docs/definitions/stickiness.md."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, add_person
from touchpath.timelines.summaries import Counts

_ANYTHING = EventRule(())
#: More days than this in one period are refused.
MOST_DAYS = 4_000


@dataclass(frozen=True, slots=True, eq=False)
class StickinessCounts(Counts):
    """Active owners by on how many days of the period they were active.

    owners: (cells, most + 1) by number of days, column 0 is empty.   moments: (cells,) per active owner x = 1, y = active days.
    """

    owners: Int64s
    moments: Moments


@dataclass(frozen=True, slots=True)
class Stickiness:
    """On how many days (or weeks ...) of each period owners are active: have a signal that meets `active`.

    `days`: borders of the days in microseconds, ascending, days + 1 of them; they cover all periods, and no day lies in two periods.
    Cells: by period and by segments of owners. Outcome: active days in all periods together, -1 = none.
    Raises BadInput for borders that do not ascend, more than 4,000 days in a period, days across two periods, and segments of signals.
    """

    days: tuple[int, ...]
    active: EventRule = _ANYTHING

    def __post_init__(self) -> None:
        if len(self.days) < 2 or any(after <= before for before, after in itertools.pairwise(self.days)):
            raise BadInput("The borders of days must ascend, and there must be two at least.")

    def days_of(self, edges: Int64s) -> Int64s:
        """(periods,) how many days each period has."""
        borders = np.array(self.days, np.int64)
        inside = edges[(edges >= borders[0]) & (edges <= borders[-1])]
        if inside.size != edges.size or not np.isin(inside, borders).all():
            raise BadInput("Every period must begin and end with a day.")
        found: Int64s = np.diff(np.searchsorted(borders, edges)).astype(np.int64)
        return found

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about an active day stays open; periods must be those of the days."""
        return Ending(placed=False)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[StickinessCounts]:
        """Read each timeline once."""
        if cells.signal_codes.size:
            raise BadInput(
                "Stickiness is cut by what an owner is, not by a signal. Take a dimension that is 'fixed' or 'latest'."
            )
        most = int(self.days_of(cells.edges).max())
        if most > MOST_DAYS:
            raise BadInput(
                f"A period has {most:,} days; at most {MOST_DAYS:,} are told apart. Take a shorter period or longer days."
            )
        matched = match(timelines, [self.active])
        owners, moments = np.zeros((cells.count, most + 1), np.int64), Moments.zero(cells.count)
        outcomes = np.full(timelines.people, -1, np.int32)
        _fold_stickiness(
            fixed(timelines.starts, np.int64),
            fixed(timelines.times, np.int64),
            matched.codes,
            matched.bits,
            fixed(people, np.uint8),
            fixed(timelines.skip, np.uint8),
            fixed(cells.edges, np.int64),
            cells.segments,
            fixed(cells.owner_codes, np.int32),
            fixed(np.array(self.days, np.int64)),
            end,
            owners,
            moments.counts,
            moments.squares,
            outcomes,
        )
        return Folded(StickinessCounts(owners, moments), outcomes)


@lean_kernel
def _fold_stickiness(
    starts: Int64s,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    people: Bytes,
    skip: Bytes,
    edges: Int64s,
    segments: int,
    owner_codes: Int32s,
    days: Int64s,
    end: int,
    owners: Int64s,
    counts: Int64s,
    squares: Int64s,
    outcomes: Int32s,
) -> None:
    """Count each owner's active days, and the owner when a period of theirs is over."""
    periods = edges.size - 1
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        segment = owner_codes[owner] if owner_codes.size else 0
        if segment < 0:
            continue
        period, active, total, day, until = 0, 0, 0, 0, edges[0]
        for i in range(starts[owner], starts[owner + 1]):
            time = times[i]
            if time < until or bits[codes[i]] == 0:
                continue
            if time >= edges[periods] or time > end:
                break
            if time >= edges[period + 1]:
                if active:
                    cell = period * segments + segment
                    owners[cell, active] += 1
                    add_person(counts[cell], squares[cell], 1, active)
                active = 0
                while edges[period + 1] <= time:
                    period += 1
            while days[day + 1] <= time:
                day += 1
            until = days[day + 1]
            active += 1
            total += 1
        if active:
            cell = period * segments + segment
            owners[cell, active] += 1
            add_person(counts[cell], squares[cell], 1, active)
        if total:
            outcomes[owner] = total
