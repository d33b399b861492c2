"""The query `counts`: how much of one thing there is for each of another, or which share of a thing's signals are of one sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from touchpath.metrics.totals import estimate_part, estimate_totals
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at
from touchpath.services.results import Table
from touchpath.timelines.totals import TotalCounts, Totals


@dataclass(frozen=True, slots=True)
class CountsQuery:
    """How many signals of one thing there are for each of another: errors per opportunity, or the share of searches that found nothing."""

    of: EventRule
    per: EventRule
    part: bool = False

    name: ClassVar[str] = "counts"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: of, per, part."""
        return cls(needed_rule_at(fields, "of"), needed_rule_at(fields, "per"), fields.flag("part", False))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What is counted for each of what."""
        return (self.of, self.per)

    def fold(self, setting: Setting) -> Totals:
        """Two totals of each person."""
        return Totals(self.of, self.per, part=self.part)

    def tables(self, summary: TotalCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """One row per period and segment: both counts, people with either, and the share (of a part) or the ratio."""
        ask, name = (estimate_part, "share") if self.part else (estimate_totals, "ratio")
        rows = []
        for cell, where in each_cell(frame):
            ratio = summary.moments.cell(cell)
            rows.append((*where, ratio.y, ratio.x, ratio.people, ask(summary, cell, confidence)))
        return (Table("counts", (*WHERE, "of", "per", "people", name), tuple(rows)),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Who has either."""
        return {"either": frozenset({1})}
