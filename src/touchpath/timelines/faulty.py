"""Attempts in which anything went wrong: how many of the attempts at a task have an error in them, however many.

Attempts are those of docs/definitions/task.md, found as for all other numbers of a task.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.experience import Task
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import cells_of
from touchpath.timelines.moments import Moments
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally
from touchpath.timelines.tasks import Attempts


@dataclass(frozen=True, slots=True, eq=False)
class FaultyCounts(Counts):
    """Attempts at one task in the cell of their start; started, open and untied as `AttemptCounts` has them.

    faulty: per person x = closed attempts, y = those with an error or more.
    """

    started: Int64s
    open: Int64s
    untied: Int64s
    faulty: Moments


@dataclass(frozen=True, slots=True)
class FaultyAttempts:
    """In how many attempts at one task something went wrong. Outcome of a person: 1 = in the latest closed attempt something did, 0 = nothing."""

    task: Task

    def ending(self, edges: Int64s, end: int) -> Ending:
        """An attempt is closed once its limit is over."""
        return Ending(reach=microseconds(self.task.limit))

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[FaultyCounts]:
        """Read each timeline once; an attempt whose limit runs out after `end` is open."""
        tried, lost = Attempts(self.task).find_all(timelines, cells, people)
        owners = np.searchsorted(timelines.starts, tried.first, side="right").astype(np.int64) - 1
        cell = cells_of(tried.first, owners, tried.began, cells)
        over = tried.began <= end - microseconds(self.task.limit)
        closed = (cell >= 0) & over
        wrong = (tried.errors > 0).astype(np.int64)
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[owners[closed]] = wrong[closed]
        summary = FaultyCounts(
            started=count_by(cells.count, cell[cell >= 0]),
            open=count_by(cells.count, cell[(cell >= 0) & ~over]),
            untied=count_by(cells.count, lost[lost >= 0]),
            faulty=tally(cells.count, owners[closed], cell[closed], wrong[closed]),
        )
        return Folded(summary, outcomes)
