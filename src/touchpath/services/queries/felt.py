"""The query `felt`: how long people say that they waited, beside how long they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from touchpath.metrics.felt import estimate_correlation, estimate_gap
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at, read_span
from touchpath.services.results import Table, Value
from touchpath.timelines.felt import Felt, FeltCounts

_UNITS = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class FeltQuery:
    """How long people say that they waited, beside how long they did: mean difference and correlation."""

    felt: Felt

    name: ClassVar[str] = "felt"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: answer, answered_in, start, end, window, same."""
        answer, start, end = (needed_rule_at(fields, key) for key in ("answer", "start", "end"))
        unit = _UNITS[fields.choice("answered_in", tuple(_UNITS))]
        window = read_span(fields, "window", _WEEK)
        if window is None:
            fields.fault(fields.line, "'window' is how long after a wait an answer may come, as in 7d.")
        return cls(Felt(answer, start, end, unit, window or _WEEK, fields.reference("same", "object kind")))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The answer, and both ends of a wait."""
        return (self.felt.felt, self.felt.start, self.felt.end)

    def fold(self, setting: Setting) -> Felt:
        """Answers with their waits."""
        return self.felt

    def tables(self, summary: FeltCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`felt`: pairs, what is in none, both means, their difference and the correlation."""
        columns = ("pairs", "people", "alone", "unread", "felt_seconds", "real_seconds", "difference", "correlation")
        return (Table("felt", (*WHERE, *columns), tuple(self._rows(summary, frame, confidence))),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Whose answers belong to a wait, and whose do not."""
        return {"paired": frozenset({1}), "alone": frozenset({0})}

    def _rows(self, summary: FeltCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            n, felt, real, *_ = (int(part) for part in summary.sums[cell].sum(axis=0))
            means = (felt / n / 10, real / n / 10) if n else (None, None)
            left_out = (int(summary.alone[cell]), int(summary.unread[cell]))
            numbers = (estimate_gap(summary, cell, confidence), estimate_correlation(summary, cell, confidence))
            yield (*where, n, summary.pairs.cell(cell).people, *left_out, *means, *numbers)
