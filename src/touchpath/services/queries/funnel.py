"""The query `funnel`: how far people come along steps, where they are lost, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from touchpath.metrics.journeys import (
    estimate_conversion,
    estimate_lost,
    estimate_reach,
    estimate_step,
    estimate_step_time,
    estimate_time_to_convert,
)
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import read_span, rule_title, rules_at
from touchpath.services.results import Table, Value
from touchpath.timelines.funnel import Funnel, FunnelCounts


@dataclass(frozen=True, slots=True)
class FunnelQuery:
    """How far people come along ordered steps within a window from entry."""

    steps: tuple[EventRule, ...]
    window: timedelta = timedelta(days=7)
    reentry: bool = True
    every: bool = False
    same: str = ""

    name: ClassVar[str] = "funnel"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: steps, window, reentry, every, same."""
        query = cls(
            steps=rules_at(fields, "steps"),
            window=read_span(fields, "window") or timedelta(days=7),
            reentry=fields.flag("reentry", True),
            every=fields.flag("every", False),
            same=fields.text("same", ""),
        )
        query._fold()
        return query

    def _fold(self) -> Funnel:
        return Funnel(self.steps, self.window, self.reentry, self.every, self.same)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The steps."""
        return self.steps

    def fold(self, setting: Setting) -> Funnel:
        """The funnel of these steps."""
        return self._fold()

    def tables(self, summary: FunnelCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`steps`: one row per cell and step; `conversion`: one row per cell."""
        numbers = ("reach", "completion", "lost", "time")
        steps = Table(
            "steps", (*WHERE, "step", "entrants", "open", "reached", *numbers), tuple(self._rows(summary, frame, confidence))
        )
        whole = (
            (*where, estimate_conversion(summary, cell, confidence), estimate_time_to_convert(summary, cell, confidence))
            for cell, where in each_cell(frame)
        )
        return steps, Table("conversion", (*WHERE, "conversion", "time"), tuple(whole))

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Who got through, who was lost, and who came to or stopped at a step, counted from 1."""
        last = len(self.steps)
        named = {"converted": frozenset({last - 1}), "lost": frozenset(range(last - 1))}
        for step in range(last):
            named[f"reached {step + 1}"] = frozenset(range(step, last))
            named[f"stopped at {step + 1}"] = frozenset({step})
        return named

    def _rows(self, summary: FunnelCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            entered = (int(summary.entrants[cell]), int(summary.open[cell]))
            for step, rule in enumerate(self.steps):
                told = [estimate_reach(summary, cell, step, confidence)]
                if step:
                    told += [ask(summary, cell, step, confidence) for ask in (estimate_step, estimate_lost, estimate_step_time)]
                row = (*where, rule_title(rule), *entered, int(summary.reached[cell, step]), *told)
                yield (*row, *[None] * (4 - len(told)))
