"""The query `stickiness`: on how many days of a period the active are active."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, get_args

import numpy as np

from touchpath.metrics.stickiness import estimate_at_least, estimate_days, estimate_stickiness
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.model.time import Grain, calendar_periods, to_micros
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import optional_rule
from touchpath.services.results import Table, Value
from touchpath.timelines.cut import period_edges
from touchpath.timelines.stickiness import MOST_DAYS, Stickiness, StickinessCounts


@dataclass(frozen=True, slots=True)
class StickinessQuery:
    """On how many days (or weeks, months) of each period people are active, of those active at all: DAU over MAU with its interval."""

    active: EventRule = EventRule(())  # noqa: RUF009
    each: Grain = "day"

    name: ClassVar[str] = "stickiness"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: active, each."""
        return cls(optional_rule(fields, "active") or EventRule(()), fields.choice("each", get_args(Grain), "day"))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What counts as active."""
        return (self.active,)

    def fold(self, setting: Setting) -> Stickiness:
        """Active days of the zone; the first and the last may be cut by the period asked about."""
        periods = calendar_periods(setting.period, self.each, setting.zone, setting.week_start)
        borders = period_edges(periods).clip(*setting.period.micros)
        return Stickiness(tuple(int(border) for border in np.unique(borders)), self.active)

    def tables(self, summary: StickinessCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`stickiness`: one row per period and segment; `days`: how many are active on at least so many days."""
        columns = (*WHERE, "complete", "active", "intervals", "stickiness", "active_intervals")
        days = Table("days", (*WHERE, "intervals", "people", "at_least"), tuple(self._days(summary, frame, confidence)))
        return Table("stickiness", columns, tuple(self._rows(summary, frame, confidence))), days

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Once, twice ... by the number of active days, up to 31; `often`: more."""
        named = {f"{days} days" if days > 1 else "1 day": frozenset({days}) for days in range(1, 32)}
        return {**named, "often": frozenset(range(32, MOST_DAYS))}

    def _rows(self, summary: StickinessCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            period = frame.periods[cell // len(frame.segments)]
            days = self.reached(frame, cell)
            stickiness = estimate_stickiness(summary, cell, days, confidence)
            mean = estimate_days(summary, cell, days, confidence)
            yield (*where, frame.complete(period), int(summary.owners[cell].sum()), days, stickiness, mean)

    def reached(self, frame: Frame, cell: int) -> int:
        """How many intervals of a period the data reach."""
        period = frame.periods[cell // len(frame.segments)]
        inside = calendar_periods(period, self.each, frame.zone, frame.week_start)
        return sum(to_micros(one.start) <= frame.timelines.end for one in inside)

    def _days(self, summary: StickinessCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            for days, people in enumerate(summary.owners[cell].tolist()):
                if people:
                    yield (*where, days, people, estimate_at_least(summary, cell, days, confidence))
