"""Friction: visits, and what goes wrong in them: rage, dead and error clicks, quick backs, scrolling about.

docs/definitions/friction.md tells the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Bools, Gathered, gather
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally

_LONGEST = timedelta(days=36_525)
_ANYTHING = EventRule(())
#: How often somebody met friction is told up to this.
MOST = 1_000
#: Bits of what is gathered.
_MARKABLE = 2


class Marking(Protocol):
    """Tells which of the signals that meet its rule are friction."""

    @property
    def rule(self) -> EventRule:
        """The signals that are looked at."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read beside the rule."""
        ...

    def marks(self, timelines: Timelines, rows: Gathered) -> tuple[Bools, Bools]:
        """(rows,) which signals are friction, and which cannot be judged; rows of one owner are neighbours, in order of time."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """Every signal that meets the rule is friction: a tracker has judged already."""

    rule: EventRule

    @property
    def columns(self) -> tuple[str, ...]:
        """Nothing more."""
        return ()

    def marks(self, timelines: Timelines, rows: Gathered) -> tuple[Bools, Bools]:
        """All of them."""
        return np.ones(rows.rows.size, np.bool_), np.zeros(rows.rows.size, np.bool_)


@dataclass(frozen=True, slots=True)
class QuickBacks:
    """Marks the view of a page that is the one before the last, left for less than `dwell`. Views without a page are left out.

    page: the column that names it.   A page loaded again is no other page. Raises BadInput for a dwell that is not above 0.
    """

    rule: EventRule
    dwell: timedelta
    page: str = "properties.path"

    def __post_init__(self) -> None:
        if not timedelta() < self.dwell <= _LONGEST:
            raise BadInput(
                f"Somebody who is back quickly stayed away for more than 0 and at most 100 years, but {self.dwell} came."
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The page."""
        return (self.page,)

    def marks(self, timelines: Timelines, rows: Gathered) -> tuple[Bools, Bools]:
        """Of views in a row of one page only the first counts; from the third page on it can be the first one again."""
        page = timelines.code(self.page)[rows.rows]
        known = np.flatnonzero(page != 0)
        owner, named = rows.owners[known], page[known]
        moved = np.ones(known.size, np.bool_)
        moved[1:] = (owner[1:] != owner[:-1]) | (named[1:] != named[:-1])
        place = known[moved]
        owner, named, time = rows.owners[place], page[place], rows.times[place]
        back = np.zeros(place.size, np.bool_)
        quick = time[2:] - time[1:-1] < microseconds(self.dwell)
        back[2:] = (owner[2:] == owner[:-2]) & (named[2:] == named[:-2]) & quick
        marks = np.zeros(rows.rows.size, np.bool_)
        marks[place[back]] = True
        return marks, page == 0


@dataclass(frozen=True, slots=True, eq=False)
class FrictionCounts(Counts):
    """Visits that are over, in the cell of their first signal.

    events: per person x = visits, y = friction in them.   visits: per person x = visits, y = those with any.   people: (cells,) those with
    any.   open: (cells,) visits that may still go on.   unread: (cells,) signals that could not be judged, in the cell of their own.
    """

    events: Moments
    visits: Moments
    people: Int64s
    open: Int64s
    unread: Int64s


@dataclass(frozen=True, slots=True)
class Friction:
    """Visits, separated by pauses longer than `gap`, and the friction in each.

    of: which signals make visits; those that are judged always do.   Outcome: how often an owner met friction in the cells, at most 1,000; -1 = no visit.
    Raises BadInput for a gap that is not above 0 and at most 100 years.
    """

    marking: Marking
    of: EventRule = _ANYTHING
    gap: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if not timedelta() < self.gap <= _LONGEST:
            raise BadInput(f"The gap between visits is above 0 and at most 100 years, but {self.gap} came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """A visit is over once the gap after its last signal is."""
        return Ending(reach=microseconds(self.gap))

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[FrictionCounts]:
        """Read each timeline once."""
        rows = gather(timelines, match(timelines, (self.of, self.marking.rule)), people, cells)
        judged = np.flatnonzero(rows.bits & _MARKABLE)
        marked, unclear = self.marking.marks(timelines, rows.at(judged))
        events = np.zeros(rows.rows.size, np.int64)
        events[judged] = marked
        unread = rows.cells[judged[unclear]]
        first = _first_of_visits(rows, microseconds(self.gap))
        last = np.append(first[1:], rows.rows.size) - 1 if first.size else first
        over = rows.times[last] + microseconds(self.gap) <= end
        owner, cell = rows.owners[first], rows.cells[first]
        met = np.add.reduceat(events, first) if first.size else first
        waiting = cell[~over & (cell >= 0)]
        kept = over & (cell >= 0)
        owner, cell, met = owner[kept], cell[kept], met[kept]
        with_any = (met > 0).astype(np.int64)
        pairs = np.unique(owner[met > 0] * cells.count + cell[met > 0])
        summary = FrictionCounts(
            events=tally(cells.count, owner, cell, met),
            visits=tally(cells.count, owner, cell, with_any),
            people=count_by(cells.count, pairs % cells.count),
            open=count_by(cells.count, waiting),
            unread=count_by(cells.count, unread[unread >= 0]),
        )
        outcomes = np.full(timelines.people, -1, np.int64)
        outcomes[owner] = 0
        np.add.at(outcomes, owner, met)
        return Folded(summary, np.minimum(outcomes, MOST).astype(np.int32))


def _first_of_visits(rows: Gathered, gap: int) -> Int64s:
    """The places of signals that begin a visit."""
    begins = np.ones(rows.rows.size, np.bool_)
    begins[1:] = (rows.owners[1:] != rows.owners[:-1]) | (rows.times[1:] - rows.times[:-1] > gap)
    return np.flatnonzero(begins)
