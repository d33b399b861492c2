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
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.funnel_ways import read_options, read_variant, read_window, ways_of
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import rule_title, rules_at
from touchpath.services.results import Table, Value
from touchpath.timelines.funnel import PLAIN, Funnel, FunnelCounts
from touchpath.timelines.ways import Ways


@dataclass(frozen=True, slots=True)
class FunnelQuery:
    """How far people come along steps within a window, where they are lost, and how long it takes."""

    steps: tuple[EventRule, ...]
    window: timedelta = timedelta(days=7)
    reentry: bool = True
    every: bool = False
    same: str = ""
    ways: Ways = PLAIN

    name: ClassVar[str] = "funnel"

    @property
    def uneven(self) -> str:
        """Nothing: every entry has the same window."""
        return ""

    def open_for(self, column: str) -> timedelta:
        """How long after a period's end entries that count while their window is open may still go on."""
        return self.window if self.ways.count_open else timedelta()

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: steps, window, reentry, every, totals, same, held, order, else, repeats, between, without, effect, optional, ties, grace,
        round, segment, open, variant, mode.
        """
        steps = rules_at(fields, "steps")
        variant = read_variant(fields)
        options = read_options(fields, variant, max(len(steps), 1))
        window = read_window(fields, options["between"], len(steps))
        query = cls(steps, window, options["reentry"], options["every"], options["same"], ways_of(options, variant))
        query._fold()
        return query

    def _fold(self) -> Funnel:
        return Funnel(self.steps, self.window, self.reentry, self.every, self.same, self.ways)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The steps, what may not happen, and the property that is held."""
        held = (EventRule((), (Condition(self.ways.held, "exists", True),)),) if self.ways.held else ()
        return (*self.steps, *(one.rule for one in self.ways.without), *self.ways.others, *held)

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
        """Who got through, who was lost, and who came to or stopped at a step that is needed, counted from 1."""
        last = len(self.steps)
        named = {"converted": frozenset({last - 1}), "lost": frozenset(range(last - 1))}
        for step in range(last):
            if step not in self.ways.optional:
                named[f"reached {step + 1}"] = frozenset(range(step, last))
                named[f"stopped at {step + 1}"] = frozenset({step})
        return named

    def _rows(self, summary: FunnelCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            entered = (int(summary.entrants[cell]), int(summary.open[cell]))
            for step in range(len(self.steps)):
                numbers: list[Value] = [estimate_reach(summary, cell, step, confidence), None, None, None]
                if step:
                    numbers[1] = estimate_step(summary, cell, step, confidence)
                    numbers[3] = estimate_step_time(summary, cell, step, confidence)
                if step and step not in self.ways.optional:
                    numbers[2] = estimate_lost(summary, cell, step, confidence)
                yield (*where, self._title(step), *entered, int(summary.reached[cell, step]), *numbers)

    def _title(self, step: int) -> str:
        """What a step is called; in any order only their number counts."""
        return f"{step + 1} of {len(self.steps)}" if self.ways.order == "any" else rule_title(self.steps[step])
