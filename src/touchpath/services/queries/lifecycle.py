"""The query `lifecycle`: who is new, current, resurrected or dormant, period by period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from touchpath.metrics.lifecycle import estimate_new_share, estimate_staying, quick_ratio
from touchpath.model.errors import BadInput
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.model.time import Period, calendar_periods
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import optional_rule
from touchpath.services.results import Table
from touchpath.timelines.lifecycle import STATUSES, Lifecycle, LifecycleCounts


@dataclass(frozen=True, slots=True)
class LifecycleQuery:
    """Who is new, current, resurrected or dormant in each period, by what they do; give a grain."""

    active: EventRule = EventRule(())  # noqa: RUF009

    name: ClassVar[str] = "lifecycle"
    #: Its outcomes are selected by period too.
    needs_grain: ClassVar[bool] = True

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: active."""
        return cls(optional_rule(fields, "active") or EventRule(()))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What counts as active."""
        return (self.active,)

    def fold(self, setting: Setting) -> Lifecycle:
        """Owners by status; the period before the first one is looked at too. Raises BadInput without a grain."""
        if setting.grain is None:
            raise BadInput("A lifecycle compares periods. Give 'grain': day, week, month, quarter or year.")
        start = setting.period.start
        earlier = Period(start - timedelta(microseconds=1), start)
        before = calendar_periods(earlier, setting.grain, setting.zone, setting.week_start)[0]
        return Lifecycle(before.micros[0], self.active)

    def tables(self, summary: LifecycleCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """One row per period and segment: people by status, the share that stayed, the share that is new, the quick ratio."""
        rows = []
        for cell, where in each_cell(frame):
            counts = [int(count) for count in summary.counts[cell]]
            complete = frame.complete(frame.periods[cell // len(frame.segments)])
            staying, fresh = estimate_staying(summary, cell, confidence), estimate_new_share(summary, cell, confidence)
            rows.append((*where, complete, sum(counts[:3]), *counts, staying, fresh, quick_ratio(summary, cell)))
        columns = (*WHERE, "complete", "active", *STATUSES, "staying", "new_share", "quick_ratio")
        return (Table("lifecycle", columns, tuple(rows)),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """What people are in the last period in which they are anything."""
        return {status: frozenset({code}) for code, status in enumerate(STATUSES)}
