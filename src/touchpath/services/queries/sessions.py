"""The query `sessions`: visits separated by an idle gap, how long they are, and how many are bounces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from touchpath.metrics.conclude import conclude_rate, conclude_share, conclude_time
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.model.time import calendar_periods
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import optional_rule, read_span
from touchpath.services.results import Table, Value
from touchpath.timelines.counting import CountSessions, SessionNumbers
from touchpath.timelines.cut import period_edges
from touchpath.timelines.sessions import SessionCounts, Sessions

_GAP = timedelta(minutes=30)
_NOBODY = "nobody had a session that is over"


@dataclass(frozen=True, slots=True)
class SessionsQuery:
    """Visits separated by an idle gap: how many, how long, how many bounces; with a cap, and cut at midnight if wished.

    `counts_only`: only how many there are, by the gap alone, for a quick look at very much data.
    """

    gap: timedelta = _GAP
    cap: timedelta | None = None
    midnight: bool = False
    of: EventRule | None = None
    counts_only: bool = False

    name: ClassVar[str] = "sessions"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: gap, cap, midnight, of, counts_only."""
        gap, cap = read_span(fields, "gap", _GAP) or _GAP, read_span(fields, "cap")
        midnight, of, counts_only = fields.flag("midnight", False), optional_rule(fields, "of"), fields.flag("counts_only", False)
        if counts_only and (cap or midnight or of):
            fields.fault(fields.line, "'counts_only' counts sessions by their gap alone. Leave it out, or cap, midnight and of.")
        return cls(gap, cap, midnight, of, counts_only)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The signals that make sessions."""
        return (self.of,) if self.of else ()

    def fold(self, setting: Setting) -> Sessions | CountSessions:
        """Sessions; with `midnight` they end with each day of the zone."""
        if self.counts_only:
            return CountSessions(self.gap)
        days = calendar_periods(setting.period, "day", setting.zone, setting.week_start) if self.midnight else ()
        return Sessions(self.gap, tuple(int(edge) for edge in period_edges(days)) if days else (), self.cap, self.of)

    def tables(self, summary: SessionCounts | SessionNumbers, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """One row per period and segment."""
        if isinstance(summary, SessionNumbers):
            counts = ((*where, int(summary.sessions[cell]), int(summary.owners[cell])) for cell, where in each_cell(frame))
            return (Table("sessions", (*WHERE, "sessions", "people"), tuple(counts)),)
        columns = (*WHERE, "sessions", "open", "bounces", "per_person", "bounce_rate", "seconds")
        return (Table("sessions", columns, tuple(self._rows(summary, frame, confidence))),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Who came once only."""
        return {"one session": frozenset({1})}

    def _rows(self, summary: SessionCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            counts = (int(part[cell]) for part in (summary.sessions, summary.open, summary.bounces))
            per_person = conclude_rate(summary.per_person.cell(cell), "per_person", "people", "nobody had a session", confidence)
            bounces = conclude_share(summary.bounced.cell(cell), "sessions", _NOBODY, confidence)
            yield (*where, *counts, per_person, bounces, conclude_time(summary.times, cell, "sessions", _NOBODY, confidence))
