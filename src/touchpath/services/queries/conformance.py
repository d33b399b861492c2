"""The query `conformance`: how far observed journeys follow a designed one, and where they leave it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from touchpath.metrics.conformance import estimate_fitness, estimate_fitting, estimate_log_fitness
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.nodes import ListNode, MapNode, Node, Scalar, came
from touchpath.model.rule_text import rule_at
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import read_span
from touchpath.services.results import Table, Value
from touchpath.timelines.conformance import DEVIATING, FITTING, OPEN, Conformance, ConformanceCounts
from touchpath.timelines.design import Flow

PARTS = ("one_of", "all_of", "repeat", "optional")

_HOW = "Write it as in flow: [find, {one_of: [shop, phone]}, {optional: review}, {repeat: use}, {all_of: [pay, collect]}]."


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
        node = fields.node("flow")
        flow = () if node is None else _flow(fields, node)
        return cls(journey, tuple(pairs), matches, flow, read_span(fields, "window"), fields.reference("same", "object kind"))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The rules of the steps."""
        return self.matches or tuple(step.match for step in experience.journey(self.journey).steps)

    def fold(self, setting: Setting) -> Conformance:
        """Cases aligned with the design: of a journey its steps in order, optional ones optional, unless a flow is given."""
        if not self.journey:
            flow = self.flow or ("sequence", *(("step", name) for name in self.names))
            return Conformance(self.matches, _numbered(flow, self.names), self.window, self.same)
        journey = setting.experience.journey(self.journey)
        names = tuple(step.id for step in journey.steps)
        plain = (("optional", ("step", step.id)) if step.optional else ("step", step.id) for step in journey.steps)
        flow = self.flow or ("sequence", *plain)
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


def _flow(fields: Fields, node: Node) -> Flow:
    """A flow of names: a list is a sequence, a mapping one of PARTS."""
    if isinstance(node, Scalar) and not node.is_null:
        return ("step", node.text)
    if isinstance(node, ListNode) and node.items:
        return ("sequence", *(_flow(fields, one) for one in node.items))
    if isinstance(node, MapNode) and len(node.pairs) == 1:
        ((kind, inside),) = node.pairs.items()
        if kind in ("one_of", "all_of") and isinstance(inside, ListNode):
            return (kind, *(_flow(fields, one) for one in inside.items))
        if kind in ("repeat", "optional"):
            return (kind, _flow(fields, inside))
    fields.fault(node.line, f"'flow' cannot hold {came(node)} here. {_HOW}")
    return ("sequence",)


def _numbered(flow: Flow, names: Sequence[str]) -> Flow:
    """The flow with the places of steps for their names; raises Missing for a name that no step has."""
    kind, *parts = flow
    if kind == "step":
        if parts[0] not in names:
            raise Missing(unknown("step", str(parts[0]), names))
        return ("step", names.index(parts[0]))
    if not parts:
        raise BadInput(f"'{kind}' of nothing is no part of a journey. {_HOW}")
    return (kind, *(_numbered(part, names) for part in parts))
