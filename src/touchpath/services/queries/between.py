"""The query `between`: how long it takes from one signal to another, and whether promises are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self, get_args

from touchpath.metrics.between import estimate_kept, estimate_late, estimate_met, estimate_time
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at, read_span
from touchpath.services.results import Table
from touchpath.timelines.between import MET, MISSED, Between, BetweenCounts, Which

_UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class BetweenQuery:
    """How long it takes from one signal to another, how many do it in time, and whether promised times are kept."""

    between: Between

    name: ClassVar[str] = "between"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: start, end, limit, same, which, promise."""
        start, end = needed_rule_at(fields, "start"), needed_rule_at(fields, "end")
        promise = fields.choice("promise", ("", *_UNITS), "")
        same, which = fields.reference("same", "object kind"), fields.choice("which", get_args(Which), "each")
        return cls(Between(start, end, read_span(fields, "limit"), same, which, _UNITS.get(promise)))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Both signals."""
        return (self.between.start, self.between.end)

    def fold(self, setting: Setting) -> Between:
        """Cases and their times."""
        return self.between

    def tables(self, summary: BetweenCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`between`: cases, share met, typical time; `promises`, if there are any: kept and late."""
        rows, promises = [], []
        for cell, where in each_cell(frame):
            counts = (int(part[cell]) for part in (summary.cases, summary.open, summary.met))
            # Without a limit only what was met is decided, and the share of it would always be 1.
            share = estimate_met(summary, cell, confidence) if self.between.limit else None
            rows.append((*where, *counts, share, estimate_time(summary, cell, confidence)))
            made = (int(part[cell]) for part in (summary.promised, summary.kept))
            promises.append((*where, *made, estimate_kept(summary, cell, confidence), estimate_late(summary, cell, confidence)))
        tables = (Table("between", (*WHERE, "cases", "open", "met", "share", "seconds"), tuple(rows)),)
        if self.between.promise is None:
            return tables
        return (*tables, Table("promises", (*WHERE, "promised", "kept", "share", "late_seconds"), tuple(promises)))

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """How people's latest decided case went."""
        return {"met": frozenset({MET}), "missed": frozenset({MISSED})}
