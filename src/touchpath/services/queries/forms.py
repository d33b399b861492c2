"""The query `forms`: how a form is filled, and what happens at each of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from touchpath.metrics.forms import (
    estimate_changes,
    estimate_field_left,
    estimate_field_refilled,
    estimate_left,
    estimate_refilled,
    estimate_wait,
)
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at, read_span
from touchpath.services.results import Table, Value
from touchpath.timelines.forms import LEFT, WAS_SENT, FormCounts, Forms

_GAP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class FormsQuery:
    """Fillings of a form: how many are sent, and at which fields people come back, wait or leave."""

    changed: EventRule
    sent: EventRule
    field: str = "properties.field"
    gap: timedelta = _GAP

    name: ClassVar[str] = "forms"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: changed, sent, field, gap."""
        changed, sent = needed_rule_at(fields, "changed"), needed_rule_at(fields, "sent")
        return cls(changed, sent, fields.text("field", "properties.field"), read_span(fields, "gap", _GAP) or _GAP)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Changes and sendings, and the column that names a field."""
        named = (EventRule((), (Condition(self.field, "exists", True),)),) if "." in self.field else ()
        return (self.changed, self.sent, *named)

    def fold(self, setting: Setting) -> Forms:
        """Fillings, field by field."""
        return Forms(self.changed, self.sent, self.field, self.gap)

    def tables(self, summary: FormCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`fields`: one row per field, those that most leave at first; `forms`: one row per period and segment."""
        whole = []
        for cell, where in each_cell(frame):
            counts = (summary.left.cell(cell).x, int(summary.open[cell]), int(summary.unread[cell]))
            whole.append((*where, *counts, *(ask(summary, cell, confidence) for ask in (estimate_left, estimate_refilled))))
        columns = (*WHERE, "field", "fillings", "left_here", "changes", "refilled", "seconds_before")
        return (
            Table("fields", columns, tuple(self._rows(summary, frame, confidence))),
            Table("forms", (*WHERE, "fillings", "open", "unread", "abandoned", "refilled"), tuple(whole)),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """How somebody's latest filling went."""
        return {"sent": frozenset({WAS_SENT}), "abandoned": frozenset({LEFT})}

    def _rows(self, summary: FormCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        words = frame.timelines.words.get(self.field, ("",))
        asked = (estimate_field_left, estimate_changes, estimate_field_refilled, estimate_wait)
        for cell, where in each_cell(frame):
            told = sorted(summary.fields.of(cell), key=lambda one: (-one[1]["left"].y, -one[1]["left"].x, words[one[0]]))
            for code, ratios in told:
                yield (*where, words[code], ratios["left"].x, *(ask(ratios, confidence) for ask in asked))
