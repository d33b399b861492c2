"""The query `conformance`: how far observed journeys follow a designed one, and where they leave it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import ClassVar, Self

from touchpath.metrics.conformance import (
    estimate_branch,
    estimate_fitness,
    estimate_fitting,
    estimate_log_fitness,
    estimate_on_way,
    estimate_variant,
)
from touchpath.model.errors import Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.flow import Flow, told_flow
from touchpath.model.flow_text import Named, read_flow
from touchpath.model.nodes import ListNode, MapNode, Node, Scalar, came
from touchpath.model.rule_text import rule_at
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.deviations import told_alignment, told_deviations
from touchpath.services.queries.nodes import THEN
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import read_span
from touchpath.services.results import Table, Value
from touchpath.timelines.alignment import explain
from touchpath.timelines.conformance import ANOTHER, DEVIATING, FITTING, OPEN, TAKEN, Conformance, ConformanceCounts
from touchpath.timelines.design import branches_of, compile_flow

SHOWS = ("deviating", "all")


@dataclass(frozen=True, slots=True)
class ConformanceQuery:
    """How far observed journeys follow a designed one: fitness, where they leave it, which ways they went, and which branches they took."""

    journey: str = ""
    names: tuple[str, ...] = ()
    matches: tuple[EventRule, ...] = ()
    flow: Flow = ()
    window: timedelta | None = None
    same: str = ""
    variant: tuple[str, ...] = ()
    show: str = "deviating"
    top: int = 20

    name: ClassVar[str] = "conformance"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: journey, or steps; flow, window, same, variant, show, top."""
        journey, found = fields.text("journey", ""), fields.node("steps")
        pairs = found.pairs if isinstance(found, MapNode) else {}
        if bool(journey) == bool(pairs):
            fields.fault(
                fields.line,
                "give either a 'journey' of the model, or 'steps' as in steps: {find: page.viewed, buy: order.placed}.",
            )
        known = partial(_known, fields, pairs) if pairs else lambda name, line, key: None
        return cls(
            journey=journey,
            names=tuple(pairs),
            matches=tuple(rule_at(fields, name, node) for name, node in pairs.items()),
            flow=read_flow(fields, "flow", partial(known, key="flow")),
            window=read_span(fields, "window"),
            same=fields.reference("same", "object kind"),
            variant=_variant(fields, partial(known, key="variant")),
            show=fields.choice("show", SHOWS, "deviating"),
            top=fields.whole("top", 0, 1_000, 20),
        )

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The rules of the steps."""
        return self.matches or tuple(step.match for step in experience.journey(self.journey).steps)

    def fold(self, setting: Setting) -> Conformance:
        """Cases aligned with the design: of a journey as its flow says, unless another flow is given."""
        journey = setting.experience.journey(self.journey) if self.journey else None
        names, flow = self._steps(setting.experience), _numbered(self._flow(setting.experience), self._steps(setting.experience))
        variant = tuple(_number(name, names) for name in self.variant)
        if journey is None:
            return Conformance(self.matches, flow, self.window, self.same, variant)
        rules = tuple(step.match for step in journey.steps)
        return Conformance(rules, flow, self.window or journey.window, self.same or journey.same, variant)

    def _steps(self, experience: Experience) -> tuple[str, ...]:
        """What the steps are called."""
        return self.names if not self.journey else tuple(step.id for step in experience.journey(self.journey).steps)

    def _flow(self, experience: Experience) -> Flow:
        """The design, in names."""
        if self.flow or self.journey:
            return self.flow or experience.journey(self.journey).design
        return ("sequence", *(("step", name) for name in self.names))

    def tables(self, summary: ConformanceCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`conformance`: fitness; `steps`: where journeys leave the design; `variants`: which ways they went; `branches`: which they took."""
        assert frame.experience is not None
        names, flow = self._steps(frame.experience), self._flow(frame.experience)
        counts = ("journeys", "open", "too_long", "fitting")
        shares = ("fitting_share", "fitness", "log_fitness", "open_on_way", "open_on_way_share")
        steps = ("step", "done", "skipped", "extra", "repeated_in")
        variants = ("path", "journeys", "people", "share", "cost", "fitness", "alignment", "deviations")
        branches = ("choice", "branch", "journeys", "share")
        return (
            Table("conformance", (*WHERE, *counts, *shares), tuple(_journeys(summary, frame, confidence))),
            Table("steps", (*WHERE, *steps), tuple(_steps(summary, frame, names))),
            Table("variants", (*WHERE, *variants), tuple(self._variants(summary, frame, flow, names, confidence))),
            Table("branches", (*WHERE, *branches), tuple(_branches(summary, frame, flow, confidence))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """How people's latest journey went; with `variant`, whether any journey of theirs went this way."""
        if self.variant:
            return {"variant": frozenset({TAKEN}), "another": frozenset({ANOTHER}), "open": frozenset({OPEN})}
        return {"fitting": frozenset({FITTING}), "deviating": frozenset({DEVIATING}), "open": frozenset({OPEN})}

    def _variants(
        self, summary: ConformanceCounts, frame: Frame, flow: Flow, names: Sequence[str], confidence: float
    ) -> Iterator[tuple[Value, ...]]:
        """The most frequent ways in each cell, and in one row what the others come to."""
        machine = compile_flow(_numbered(flow, names))
        only = tuple(names.index(name) for name in self.variant)
        for cell, where in each_cell(frame):
            top = summary.variants.top(cell, self.top, summary.fits.cell(cell), fitting=self.show == "all", only=only)
            for variant in top.variants:
                moves = explain(machine, variant.path)
                share = estimate_variant(variant.share, confidence)
                worst = len(variant.path) + machine.shortest
                fitness = (worst - variant.cost) / worst
                words = told_alignment(moves, names), told_deviations(moves, names)
                path = THEN.join(names[step] for step in variant.path)
                yield (*where, path, variant.share.y, variant.owners, share, variant.cost, fitness, *words)
            if top.pooled:
                yield (*where, f"({top.pooled:,} other ways)", top.pooled_cases, *(None,) * 6)


def _journeys(summary: ConformanceCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
    for cell, where in each_cell(frame):
        counts = (int(part[cell]) for part in (summary.cases, summary.open, summary.long, summary.fitting))
        over = (estimate(summary, cell, confidence) for estimate in (estimate_fitting, estimate_fitness, estimate_log_fitness))
        yield (*where, *counts, *over, summary.on_way.cell(cell).y, estimate_on_way(summary, cell, confidence))


def _steps(summary: ConformanceCounts, frame: Frame, names: Sequence[str]) -> Iterator[tuple[Value, ...]]:
    for cell, where in each_cell(frame):
        for place, name in enumerate(names):
            parts = (summary.done, summary.skipped, summary.extra, summary.again)
            yield (*where, name, *(int(part[cell, place]) for part in parts))


def _branches(summary: ConformanceCounts, frame: Frame, flow: Flow, confidence: float) -> Iterator[tuple[Value, ...]]:
    """Every branch; after those of a choice the journeys that took none of them."""
    branches = branches_of(flow)
    for cell, where in each_cell(frame):
        for number, branch in enumerate(branches):
            row = cell * len(branches) + number
            share = estimate_branch(summary, row, confidence, none=not branch.part)
            took = summary.taken.cell(row)
            journeys = took.y if branch.part else took.x - took.y
            yield (*where, told_flow(branch.choice), told_flow(branch.part) if branch.part else "(none)", journeys, share)


def _variant(fields: Fields, named: Named) -> tuple[str, ...]:
    """The steps of one way: a list of names, or as answers write it, a > b > c."""
    node = fields.node("variant")
    if node is None:
        return ()
    if isinstance(node, Scalar):
        node = ListNode(node.line, [Scalar(node.line, name.strip()) for name in node.text.split(THEN.strip())])
    steps = node.items if isinstance(node, ListNode) else []
    if not steps or not all(isinstance(step, Scalar) and not step.is_null for step in steps):
        fields.fault(node.line, f"'variant' is a list of steps as they came, as in [find, find, buy], but {came(node)} came.")
        return ()
    names = [(step.text, step.line) for step in steps if isinstance(step, Scalar)]
    for name, line in names:
        named(name, line)
    return tuple(name for name, _ in names)


def _known(fields: Fields, steps: Mapping[str, Node], name: str, line: int, key: str) -> None:
    """Note a fault for a name that no step of the query has."""
    if name not in steps:
        fields.fault(line, f"'{key}': {unknown('step', name, steps)}")


def _number(name: str, names: Sequence[str]) -> int:
    """The place of a step; raises Missing for a name that none has."""
    if name not in names:
        raise Missing(unknown("step", name, names))
    return names.index(name)


def _numbered(flow: Flow, names: Sequence[str]) -> Flow:
    """The flow with the places of steps for their names; raises Missing for a name that no step has."""
    kind, *parts = flow
    return ("step", _number(parts[0], names)) if kind == "step" else (kind, *(_numbered(part, names) for part in parts))
