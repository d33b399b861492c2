"""The query `purchases`: who buys again, how customers buy and stop, and what they will still be worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from touchpath.metrics.purchases import FEWEST, Horizon, bought_again, estimate_repeat, estimate_value
from touchpath.model.estimate import Undefined
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at
from touchpath.services.results import Number, Table, Value
from touchpath.timelines.purchases import MOST_TIMES, PurchaseCounts, Purchases

Interval = Literal["day", "week", "month"]
#: Days of an interval: a month is 30, as everywhere where time does not follow the calendar.
LENGTHS: Mapping[Interval, int] = {"day": 1, "week": 7, "month": 30}
#: Of how many cells at most a value is told; each takes hundreds of fits.
MOST_VALUES = 24
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class PurchasesQuery:
    """Repeat purchases of what people buy, and what customers will be worth in the intervals ahead (percent: margin, discount a year)."""

    of: EventRule
    interval: Interval = "week"
    ahead: int = 52
    margin: int = 100
    discount: int = 0

    name: ClassVar[str] = "purchases"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: of, interval, ahead, margin, discount."""
        return cls(
            needed_rule_at(fields, "of"),
            fields.choice("interval", tuple(LENGTHS), "week"),
            fields.whole("ahead", 1, 1000, 52),
            fields.whole("margin", 1, 100, 100),
            fields.whole("discount", 0, 100, 0),
        )

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What people buy."""
        return (self.of,)

    def fold(self, setting: Setting) -> Purchases:
        """People by their history of purchases."""
        return Purchases(self.of)

    @property
    def terms(self) -> tuple[float, ...]:
        """Days of an interval, intervals ahead, margin and discount of an interval, as shares."""
        days = LENGTHS[self.interval]
        return Horizon(days, self.ahead, self.margin / 100, (1 + self.discount / 100) ** (days / _YEAR) - 1)

    def tables(self, summary: PurchaseCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`purchases`: customers, who bought again, and the mean lifetime value; `times`: customers by how often they bought again."""
        columns = (*WHERE, "customers", "bought_again", "repeat_share", "lifetime_value")
        times = Table("times", (*WHERE, "times", "customers"), tuple(self._times(summary, frame)))
        return Table("purchases", columns, tuple(self._rows(summary, frame, confidence))), times

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Once, again, and never."""
        return {"once": frozenset({0}), "again": frozenset(range(1, MOST_TIMES + 1)), "never": frozenset({-1})}

    def _rows(self, summary: PurchaseCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        valued = 0
        for cell, where in each_cell(frame):
            ratio = bought_again(summary, cell)
            valued += ratio.y >= FEWEST
            value: Number = Undefined(
                f"values are told of {MOST_VALUES} cells at most: ask for fewer periods or segments at once", ratio.x, "customers"
            )
            if valued <= MOST_VALUES:
                value = estimate_value(summary, cell, Horizon(*self.terms), confidence)
            yield (*where, ratio.x, ratio.y, estimate_repeat(summary, cell, confidence), value)

    def _times(self, summary: PurchaseCounts, frame: Frame) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            histories, sums = summary.of(cell)
            for times in sorted(set(histories[:, 0].tolist())):
                yield (*where, times, int(sums[histories[:, 0] == times, 0].sum()))
