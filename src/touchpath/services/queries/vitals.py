"""The query `vitals`: how fast and steady pages are, measure by measure, and whether they pass the Core Web Vitals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from touchpath.metrics.benchmarks import judge
from touchpath.metrics.metric import Number, Place
from touchpath.metrics.vitals import MEASURES, estimate_vital, judge_page
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at
from touchpath.services.results import Table, Value
from touchpath.timelines.vitals import VitalCounts, Vitals

#: What is said of a page.
VERDICTS = {True: "passes", False: "fails", None: "inconclusive"}


@dataclass(frozen=True, slots=True)
class VitalsQuery:
    """Core Web Vitals of field data: the 75th percentile of each measure with its class, and whether a page (or device) passes."""

    of: EventRule
    measure: str = "properties.measure"

    name: ClassVar[str] = "vitals"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: of, measure."""
        return cls(needed_rule_at(fields, "of"), fields.text("measure", "properties.measure"))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The signals that carry measures, and the column that names them."""
        named = (EventRule((), (Condition(self.measure, "exists", True),)),) if "." in self.measure else ()
        return (self.of, *named)

    def fold(self, setting: Setting) -> Vitals:
        """The values of each measure."""
        return Vitals(self.of, self.measure)

    def tables(self, summary: VitalCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`pages`: whether each period and segment passes; `vitals`: each measure with its class."""
        scale = Vitals(self.of).scale
        pages: list[tuple[Value, ...]] = []
        measures: list[tuple[Value, ...]] = []
        for cell, where in each_cell(frame):
            found = {vital: estimate_vital(summary.of(vital), Place(cell, scale=scale), confidence) for vital in MEASURES}
            verdict = VERDICTS[judge_page(found["LCP"], found["CLS"], found["INP"])]
            pages.append((*where, verdict, *(found[vital] for vital in MEASURES)))
            measures += [(*where, *row) for row in _classes(found)]
        columns = (*WHERE, "verdict", *(vital.lower() for vital in MEASURES))
        return Table("pages", columns, tuple(pages)), Table(
            "vitals", (*WHERE, "measure", "loads", "p75", "class"), tuple(measures)
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Whose loads were measured."""
        return {"any": frozenset({1})}


def _classes(found: Mapping[str, Number]) -> Iterator[tuple[Value, ...]]:
    """Each measure with its class; "" where its interval reaches into two, or there is none."""
    for vital, number in found.items():
        yield vital, number.n, number, judge(number, MEASURES[vital].benchmarks[0]).label
