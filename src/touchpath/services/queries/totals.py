"""The query `totals`: how much money there is for each person, or for each of something else: cost to serve, cost per conversion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from touchpath.metrics.costs import estimate_cost
from touchpath.metrics.metric import Place
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.currency import in_one_currency
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at
from touchpath.services.results import Table, Value
from touchpath.timelines.totals import SCALE, Per, TotalCounts, Totals

_EACH: Mapping[str, Per] = {"signal": "signals", "person": "people"}


@dataclass(frozen=True, slots=True)
class TotalsQuery:
    """How much the values of some signals come to for each of others, or for each person with any of them."""

    sum: EventRule
    per: EventRule
    each: str = "signal"
    currency: str = ""

    name: ClassVar[str] = "totals"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: sum, per, each, currency."""
        values, per = needed_rule_at(fields, "sum"), needed_rule_at(fields, "per")
        return cls(values, per, fields.choice("each", tuple(_EACH), "signal"), fields.text("currency", ""))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What is added up, and for what."""
        return (self.sum, self.per)

    def fold(self, setting: Setting) -> Totals:
        """Sums of people; raises BadInput when values in several currencies would be added up."""
        return Totals(in_one_currency(self.sum, self.currency, setting.timelines), self.per, True, _EACH[self.each])

    def tables(self, summary: TotalCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`totals`: the sum, how many it is for, people with either, signals without a value, and the sum for each."""
        columns = (*WHERE, "sum", "per", "people", "without", "each")
        return (Table("totals", columns, tuple(self._rows(summary, frame, confidence))),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Who has either."""
        return {"any": frozenset({1})}

    def _rows(self, summary: TotalCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            ratio, each = summary.moments.cell(cell), estimate_cost(summary, Place(cell), confidence)
            yield (*where, ratio.y / SCALE, ratio.x, ratio.people, int(summary.without[cell]), each)
