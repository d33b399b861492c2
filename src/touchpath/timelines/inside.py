"""A cut into the people whom a filter chooses and all others, so that both are read, and compared, as two segments are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.experience import Dimension
from touchpath.timelines.arrays import Cells, Int64s, Timelines
from touchpath.timelines.fold import Who
from touchpath.timelines.kernels import fixed


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """Periods x two groups of owners: cell = period * 2, and 1 more for those whom `who` leaves out. labels: of the two, in that order."""

    edges: Int64s
    who: Who
    labels: tuple[str, str]

    @property
    def pooled(self) -> int:
        """Nothing is pooled."""
        return 0

    @property
    def dimension(self) -> Dimension | None:
        """None: it is not one."""
        return None

    def cells(self, timelines: Timelines) -> Cells:
        """The cells of one shard."""
        chosen = self.who.people(timelines)
        others = chosen == 0 if chosen.size else np.zeros(timelines.people, np.bool_)
        return Cells(fixed(self.edges), 2, owner_codes=fixed(others.astype(np.int32)))

    def count(self, timelines: Timelines) -> Int64s:
        """(2,) how many owners are in each group, whenever they did anything."""
        found = np.bincount(self.cells(timelines).owner_codes, minlength=2)
        return found.astype(np.int64)
