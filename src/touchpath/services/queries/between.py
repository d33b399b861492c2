"""The query `between`: how long it takes from one signal to another, and whether promises are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, Self, get_args

from touchpath.metrics.between import estimate_kept, estimate_late, estimate_met, estimate_met_by, estimate_time, estimate_waits
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.hours import read_zone
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.hours import Hours, open_time, read_hours
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import column_at, needed_rule_at, read_span, read_spans
from touchpath.services.results import Table, Value
from touchpath.timelines.between import MET, MISSED, Between, BetweenCounts, Which

#: Shares of the cases, and the names of the columns that tell when so many are met.
QUANTILES = {"quarter_seconds": 0.25, "median_seconds": 0.5, "three_quarters_seconds": 0.75, "ninety_percent_seconds": 0.9}

#: What `promise` says where a day or a moment is promised.
DATE = "date"

_UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class BetweenQuery:
    """How long it takes from one signal to another, how many do it in time, and whether promised times are kept."""

    between: Between
    hours: Hours = None
    at: tuple[timedelta, ...] = ()

    name: ClassVar[str] = "between"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: start, end, limit, same, which, promise, promised, zone, hours, at."""
        start, end = needed_rule_at(fields, "start"), needed_rule_at(fields, "end")
        promise = fields.choice("promise", (*_UNITS, DATE)) if fields.node("promise") else ""
        same, which = fields.reference("same", "object kind"), fields.choice("which", get_args(Which), "each")
        hours = read_hours(fields, "limit")
        if hours is not None and promise == "days":
            fields.fault(fields.line, "'promise': with business hours a day has no fixed length. Promise hours or minutes.")
        promised = column_at(fields, "promised")
        if (
            (promised and not promise)
            or (promise == DATE and not promised)
            or not promised.startswith(("properties.", "")[not promised])
        ):
            fields.fault(
                fields.line,
                "'promise' is a unit or 'date', and 'promised' the column that says it, as in properties.promised_by.",
            )
        zone, unit = read_zone(fields), _UNITS.get(promise)
        between = Between(start, end, read_span(fields, "limit"), same, which, unit, promised=promised, zone=zone)
        return cls(between, hours, read_spans(fields, "at"))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Both signals, and the column of a promise."""
        column = self.between.promised
        named = (EventRule((), (Condition(column, "exists", True),)),) if column.startswith("properties.") else ()
        return (self.between.start, self.between.end, *named)

    @property
    def terms(self) -> tuple[float, ...]:
        """Seconds after which the curve is asked for."""
        return tuple(span.total_seconds() for span in self.at)

    def fold(self, setting: Setting) -> Between:
        """Cases and their times; raises Missing for a schedule that the model does not have."""
        return replace(self.between, hours=open_time(self.hours, setting), zone=self.between.zone or setting.zone)

    def tables(self, summary: BetweenCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`between`: cases, share met, typical time; `waits`: with those that still wait; `curve`, `promises` if asked for."""
        rows, promises = [], []
        for cell, where in each_cell(frame):
            counts = (int(part[cell]) for part in (summary.cases, summary.open, summary.met))
            # Without a limit only what was met is decided, and the share of it would always be 1.
            share = estimate_met(summary, cell, confidence) if self.between.limit else None
            rows.append((*where, *counts, share, estimate_time(summary, cell, confidence)))
            made = (int(part[cell]) for part in (summary.promised, summary.kept))
            promises.append((*where, *made, estimate_kept(summary, cell, confidence), estimate_late(summary, cell, confidence)))
        tables = [
            Table("between", (*WHERE, "cases", "open", "met", "share", "seconds"), tuple(rows)),
            Table("waits", (*WHERE, "cases", "over", "waiting", *QUANTILES), tuple(self._waits(summary, frame, confidence))),
        ]
        if self.at:
            curve = (*WHERE, "after_seconds", "still_waiting", "met")
            tables.append(Table("curve", curve, tuple(self._curve(summary, frame, confidence))))
        if self.between.promise is not None or self.between.promised:
            tables.append(Table("promises", (*WHERE, "promised", "kept", "share", "late_seconds"), tuple(promises)))
        return tuple(tables)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """How people's latest decided case went."""
        return {"met": frozenset({MET}), "missed": frozenset({MISSED})}

    def _waits(self, summary: BetweenCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            cases = summary.waits.cases.cell(cell)
            told = estimate_waits(summary.waits, cell, tuple(QUANTILES.values()), confidence)
            yield (*where, cases.x, cases.y, cases.x - cases.y, *told)

    def _curve(self, summary: BetweenCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        seconds = [span.total_seconds() for span in self.at]
        for cell, where in each_cell(frame):
            for after, (waiting, met) in zip(seconds, estimate_met_by(summary.waits, cell, seconds, confidence), strict=True):
                yield (*where, after, waiting, met)
