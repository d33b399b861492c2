"""Core Web Vitals of pages: each measure's values, told apart by the name that signals give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import Condition, EventRule
from touchpath.stats.vitals import VITALS
from touchpath.timelines.amounts import AmountCounts, Amounts
from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.summaries import Counts
from touchpath.timelines.who import restrict


@dataclass(frozen=True, slots=True, eq=False)
class VitalCounts(Counts):
    """The values of each measure, in the cell of their signal."""

    lcp: AmountCounts
    inp: AmountCounts
    cls: AmountCounts
    fcp: AmountCounts
    ttfb: AmountCounts

    def of(self, vital: str) -> AmountCounts:
        """Those of one measure, by the name that the library gives it; raises BadInput for another."""
        if vital not in VITALS:
            raise BadInput(f"There are {', '.join(VITALS)}, but '{vital}' came.")
        found: AmountCounts = getattr(self, vital.lower())
        return found


@dataclass(frozen=True, slots=True)
class Vitals:
    """The values that signals of `of` carry, by the measure that the column `measure` names. Outcome: 1 = has any, -1 = none."""

    of: EventRule
    measure: str = "properties.measure"

    @property
    def scale(self) -> int:
        """How many units of the counts make 1."""
        return Amounts(self.of).scale

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a measure stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[VitalCounts]:
        """Read each timeline once for each measure."""
        found = {
            vital: Amounts(restrict(self.of, Condition(self.measure, "equals", vital))).map(timelines, cells, people, end)
            for vital in VITALS
        }
        outcomes = np.maximum.reduce([one.outcomes for one in found.values()])
        return Folded(VitalCounts(**{vital.lower(): one.summary for vital, one in found.items()}), outcomes)
