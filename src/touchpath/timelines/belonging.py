"""How many people fall into none, into one, or into several of some groups that may overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Folded, Who
from touchpath.timelines.summaries import Counts


@dataclass(frozen=True, slots=True, eq=False)
class BelongingCounts(Counts):
    """people: (3,) those in no group, in one, and in several; whatever the cells."""

    people: Int64s


@dataclass(frozen=True, slots=True)
class Belonging:
    """People by how many of some filters they pass. Outcome of a person: 0, 1 or 2 = none, one, several; -1 = not read."""

    groups: tuple[Who, ...]

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[BelongingCounts]:
        """Ask each filter once; periods and segments do not matter."""
        passed = np.zeros(timelines.people, np.int64)
        for group in self.groups:
            inside = group.people(timelines)
            passed += inside if inside.size else 1
        outcomes = np.minimum(passed, 2).astype(np.int32)
        if people.size:
            outcomes[people == 0] = -1
        if timelines.skip.size:
            outcomes[timelines.skip != 0] = -1
        counts = np.bincount(outcomes[outcomes >= 0], minlength=3).astype(np.int64)
        return Folded(BelongingCounts(counts), outcomes)
