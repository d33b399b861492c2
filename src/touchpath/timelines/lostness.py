"""Lostness: how far people wander in a task, from the pages of each attempt and the fewest pages that it takes.

docs/definitions/lostness.md tells the rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.attempts import SUCCEEDED, Found, Met, list_met, room_for_attempts, room_for_signals, row_of, walk
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import gather
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally

#: Lostness of single attempts is kept in parts of this.
SCALE = 1 << 30
_NO_SIGNALS = EventRule(("\x00no signal",))
_PAGE = 1 << 5


@dataclass(frozen=True, slots=True, eq=False)
class LostnessCounts(Counts):
    """Successful attempts whose time limit is over, in the cell of their start.

    lost: per person x = attempts with a page, y = their lostness in SCALE.   views, pages: per person x = attempts, y = views of pages, and of
    different ones.   fewer: (cells,) attempts with fewer different pages than it takes.   without: (cells,) attempts without a page.
    """

    lost: Moments
    views: Moments
    pages: Moments
    fewer: Int64s
    without: Int64s


@dataclass(frozen=True, slots=True)
class Lostness:
    """L = sqrt((N/S - 1)**2 + (R/N - 1)**2) of each successful attempt: N different pages of S seen, R = the fewest it takes.

    pages: signals that are views; page: the column that names the page. A view counts from the attempt's start to its success, both ends
    included. Outcome: 1 = a person has an attempt that counts, -1 = none.
    Source: Smith 1996, Interacting with Computers 8:365. Raises BadInput for a task of several objects side by side, and for R below 1.
    """

    task: Task
    pages: EventRule
    least: int
    page: str = "properties.path"

    def __post_init__(self) -> None:
        if self.least < 1:
            raise BadInput(f"A task takes one page or more, but {self.least} came.")
        if self.task.same:
            raise BadInput(
                "Pages belong to a person, not to an object, so lostness cannot be told of a task whose attempts run side by side ('same')."
            )

    def ending(self, edges: Int64s, end: int) -> Ending:
        """An attempt is closed once its limit is over."""
        return Ending(reach=microseconds(self.task.limit))

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[LostnessCounts]:
        """Read each timeline once."""
        task = self.task
        parts = (task.start, task.success, task.failure, task.abandon, task.error)
        rules = (*(rule or _NO_SIGNALS for rule in parts), self.pages)
        rows = gather(timelines, match(timelines, rules), people, cells)
        codes = fixed(timelines.code(self.page)[rows.rows], np.int32)
        words = len(timelines.words.get(self.page, ("",)))
        first, views, pages = self._attempts(rows.owners, rows.times, rows.bits, codes, words)
        counted = (rows.cells[first] >= 0) & (rows.times[first] + microseconds(task.limit) <= end)
        first, views, pages = first[counted], views[counted], pages[counted]
        without, owner, cell = views == 0, rows.owners[first], rows.cells[first]
        seen = ~without
        lost = np.array([self._lost(n, s) for n, s in zip(pages[seen].tolist(), views[seen].tolist(), strict=True)], np.int64)
        owner, cell, views, pages = owner[seen], cell[seen], views[seen], pages[seen]
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[owner] = 1
        summary = LostnessCounts(
            lost=tally(cells.count, owner, cell, lost),
            views=tally(cells.count, owner, cell, views),
            pages=tally(cells.count, owner, cell, pages),
            fewer=count_by(cells.count, cell[pages < self.least]),
            without=count_by(cells.count, rows.cells[first[without]]),
        )
        return Folded(summary, outcomes)

    def _attempts(self, owner: Int64s, time: Int64s, bits: Int64s, code: Int32s, words: int) -> tuple[Int64s, Int64s, Int64s]:
        """Of each success in order: the place of its start, views and different pages."""
        of_task = bits & (_PAGE - 1)
        most = int((of_task != 0).sum())
        found = np.empty((3, most + 1), np.int64)
        borders = (
            np.flatnonzero(np.concatenate(([True], owner[1:] != owner[:-1], [True]))) if owner.size else np.zeros(1, np.int64)
        )
        signals = (fixed(borders), fixed(time), fixed(of_task, np.int32), fixed(bits & _PAGE), code)
        room = (room_for_signals(most, fixed(np.arange(_PAGE))), room_for_attempts(most), np.full(words, -1, np.int64))
        count = _find(*signals, microseconds(self.task.limit), *room, found)
        return found[0, :count], found[1, :count], found[2, :count]

    def _lost(self, different: int, seen: int) -> int:
        """Lostness of one attempt in SCALE. Fewer different pages than it takes is no way lost by that part."""
        needed = min(self.least / different, 1.0) if different else 1.0
        return round(math.hypot(different / seen - 1, needed - 1) * SCALE)


@kernel
def _find(
    borders: Int64s,
    times: Int64s,
    of_task: Int32s,
    is_page: Int64s,
    code: Int32s,
    limit: int,
    met: Met,
    attempts: Found,
    seen: Int64s,
    found: Int64s,
) -> int:
    """Write the start, the views and the different pages of each success; returns how many there are.

    seen: (words,) scratch, the attempt in which a page was last seen.
    """
    count = 0
    for person in range(borders.size - 1):
        low, high = borders[person], borders[person + 1]
        last = walk(met, 0, list_met(low, high, times, of_task, met), limit, 0, attempts)
        for place in range(1, last + 1):
            if attempts.ending[place] != SUCCEEDED:
                continue
            first = row_of(met, attempts.first[place])
            until, views, pages, row = times[first] + attempts.took[place], 0, 0, first
            while row > low and times[row - 1] == times[first]:
                row -= 1
            while row < high and times[row] <= until:
                if is_page[row] != 0 and code[row] != 0:
                    views += 1
                    pages += seen[code[row]] != count
                    seen[code[row]] = count
                row += 1
            found[0, count], found[1, count], found[2, count] = first, views, pages
            count += 1
    return count
