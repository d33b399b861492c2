"""The query `friction`: how often something goes wrong in a visit, and in how many visits and to how many people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self, get_args

from touchpath.metrics.friction import estimate_people, estimate_per_visit, estimate_visits
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at, optional_rule, read_span
from touchpath.services.results import Table, Value
from touchpath.timelines.friction import MOST, Friction, FrictionCounts, Marking, QuickBacks, Told
from touchpath.timelines.rage_clicks import RageClicks, Variant

_GAP, _DWELL = timedelta(minutes=30), timedelta(seconds=5)
_KINDS = ("of", "clicks", "pages")


@dataclass(frozen=True, slots=True)
class FrictionQuery:
    """Friction in visits: as a tracker told it, or found in raw clicks (rage clicks, by a tracker's rule) or in views of pages (quick backs)."""

    marking: Marking
    visits: EventRule | None = None
    gap: timedelta = _GAP

    name: ClassVar[str] = "friction"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: of, or clicks with variant, x, y and element, or pages with page and dwell; visits, gap."""
        given = [key for key in _KINDS if fields.node(key) is not None]
        if len(given) != 1:
            fields.fault(
                fields.line, f"one of {', '.join(_KINDS)} says what friction is, but {' and '.join(given) or 'none'} came."
            )
        return cls(
            _marking(fields, given[0] if given else "of"), optional_rule(fields, "visits"), read_span(fields, "gap", _GAP) or _GAP
        )

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What is judged, what makes visits, and the columns that are read."""
        read = tuple(EventRule((), (Condition(name, "exists", True),)) for name in self.marking.columns if "." in name)
        return (self.marking.rule, *((self.visits,) if self.visits else ()), *read)

    def fold(self, setting: Setting) -> Friction:
        """Visits and what goes wrong in them."""
        return Friction(self.marking, self.visits or EventRule(()), self.gap)

    def tables(self, summary: FrictionCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """One row per period and segment."""
        columns = (*WHERE, "visits", "open", "events", "unread", "per_visit", "visits_with", "people_with")
        return (Table("friction", columns, tuple(self._rows(summary, frame, confidence))),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Who met it, and who came and did not."""
        return {"met": frozenset(range(1, MOST + 1)), "not met": frozenset({0})}

    def _rows(self, summary: FrictionCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            events = summary.events.cell(cell)
            counts = (events.x, int(summary.open[cell]), events.y, int(summary.unread[cell]))
            yield (
                *where,
                *counts,
                *(ask(summary, cell, confidence) for ask in (estimate_per_visit, estimate_visits, estimate_people)),
            )


def _marking(fields: Fields, kind: str) -> Marking:
    rule = needed_rule_at(fields, kind)
    if kind == "clicks":
        columns = (fields.text(name, f"properties.{name}") for name in ("x", "y", "element"))
        return RageClicks(rule, fields.choice("variant", get_args(Variant), "posthog"), *columns)
    if kind == "pages":
        return QuickBacks(rule, read_span(fields, "dwell", _DWELL) or _DWELL, fields.text("page", "properties.path"))
    return Told(rule)
