"""The query `conformance`: how far observed journeys follow a designed one, and where they leave it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import ClassVar, Self

from touchpath.metrics.conformance import estimate_fitness, estimate_fitting, estimate_log_fitness
from touchpath.model.errors import Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.flow import Flow, read_flow
from touchpath.model.nodes import MapNode, Node
from touchpath.model.rule_text import rule_at
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import read_span
from touchpath.services.results import Table, Value
from touchpath.timelines.conformance import DEVIATING, FITTING, OPEN, Conformance, ConformanceCounts


@dataclass(frozen=True, slots=True)
class ConformanceQuery:
    """How far observed journeys follow a designed one: fitness, and at each step what is left out, repeated or done besides."""

    journey: str = ""
    names: tuple[str, ...] = ()
    matches: tuple[EventRule, ...] = ()
    flow: Flow = ()
    window: timedelta | None = None
    same: str = ""

    name: ClassVar[str] = "conformance"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: journey, or steps; flow, window, same."""
        journey, found = fields.text("journey", ""), fields.node("steps")
        pairs = found.pairs if isinstance(found, MapNode) else {}
        if bool(journey) == bool(pairs):
            fields.fault(
                fields.line,
                "give either a 'journey' of the model, or 'steps' as in steps: {find: page.viewed, buy: order.placed}.",
            )
        matches = tuple(rule_at(fields, name, node) for name, node in pairs.items())
        flow = read_flow(fields, "flow", partial(_known, fields, pairs) if pairs else lambda name, line: None)
        return cls(journey, tuple(pairs), matches, flow, read_span(fields, "window"), fields.reference("same", "object kind"))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The rules of the steps."""
        return self.matches or tuple(step.match for step in experience.journey(self.journey).steps)

    def fold(self, setting: Setting) -> Conformance:
        """Cases aligned with the design: of a journey as its flow says, unless another flow is given."""
        if not self.journey:
            flow = self.flow or ("sequence", *(("step", name) for name in self.names))
            return Conformance(self.matches, _numbered(flow, self.names), self.window, self.same)
        journey = setting.experience.journey(self.journey)
        names = tuple(step.id for step in journey.steps)
        flow = self.flow or journey.design
        window, same = self.window or journey.window, self.same or journey.same
        return Conformance(tuple(step.match for step in journey.steps), _numbered(flow, names), window, same)

    def tables(self, summary: ConformanceCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`conformance`: fitness of the journeys; `steps`: where they leave the design."""
        columns = (*WHERE, "journeys", "open", "too_long", "fitting", "fitting_share", "fitness", "log_fitness")
        steps = (*WHERE, "step", "done", "skipped", "extra", "repeated_in")
        return (
            Table("conformance", columns, tuple(self._journeys(summary, frame, confidence))),
            Table("steps", steps, tuple(self._steps(summary, frame))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """How people's latest journey went."""
        return {"fitting": frozenset({FITTING}), "deviating": frozenset({DEVIATING}), "open": frozenset({OPEN})}

    def _journeys(self, summary: ConformanceCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            counts = (int(part[cell]) for part in (summary.cases, summary.open, summary.long, summary.fitting))
            estimates = (
                estimate(summary, cell, confidence) for estimate in (estimate_fitting, estimate_fitness, estimate_log_fitness)
            )
            yield (*where, *counts, *estimates)

    def _steps(self, summary: ConformanceCounts, frame: Frame) -> Iterator[tuple[Value, ...]]:
        names = self.names
        if self.journey and frame.experience:
            names = tuple(step.id for step in frame.experience.journey(self.journey).steps)
        for cell, where in each_cell(frame):
            for place, name in enumerate(names):
                parts = (summary.done, summary.skipped, summary.extra, summary.again)
                yield (*where, name, *(int(part[cell, place]) for part in parts))


def _known(fields: Fields, steps: Mapping[str, Node], name: str, line: int) -> None:
    """Note a fault for a name that no step of the query has."""
    if name not in steps:
        fields.fault(line, f"'flow': {unknown('step', name, steps)}")


def _numbered(flow: Flow, names: Sequence[str]) -> Flow:
    """The flow with the places of steps for their names; raises Missing for a name that no step has."""
    kind, *parts = flow
    if kind == "step":
        if parts[0] not in names:
            raise Missing(unknown("step", str(parts[0]), names))
        return ("step", names.index(parts[0]))
    return (kind, *(_numbered(part, names) for part in parts))
