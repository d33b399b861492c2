"""The query `paths`: what directly follows what, where paths begin and end, and how long each move takes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

import numpy as np

from touchpath.metrics.conclude import conclude_mean
from touchpath.model.errors import Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.nodes import read_path
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import read_span, rule_title, rules_at
from touchpath.services.results import Table, Value
from touchpath.timelines.counting import CountMoves, MoveNumbers
from touchpath.timelines.paths import NODE_BITS, DirectlyFollows, PathCounts


@dataclass(frozen=True, slots=True)
class PathsQuery:
    """What directly follows what (the directly-follows graph), where paths begin and end, and how long each move takes.

    `counts_only`: only how often each kind follows which, for a quick look at very much data. `move`: a node and the one directly after it,
    to choose people by.
    """

    nodes: tuple[EventRule, ...] = ()
    gap: timedelta | None = None
    top: int = 50
    counts_only: bool = False
    move: tuple[str, ...] = ()

    name: ClassVar[str] = "paths"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: nodes, gap, top, counts_only, move."""
        nodes, gap, counts_only = rules_at(fields, "nodes"), read_span(fields, "gap"), fields.flag("counts_only", False)
        if counts_only and (nodes or gap):
            fields.fault(fields.line, "'counts_only' counts moves between all kinds of signals. Leave it out, or nodes and gap.")
        move = read_path(fields, "move")
        if move and (len(move) != 2 or counts_only):
            fields.fault(
                fields.line, f"'move' lists two nodes, [before, after], and goes without 'counts_only'; it came as {list(move)}."
            )
        return cls(nodes, gap, fields.whole("top", 1, 10_000, 50), counts_only, move)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The nodes; none = every kind of signal is one."""
        return self.nodes or tuple(EventRule((kind,)) for kind in self.move)

    def fold(self, setting: Setting) -> DirectlyFollows | CountMoves:
        """The directly-follows graph."""
        if self.counts_only:
            return CountMoves()
        move = (self._place(self.move[0]), self._place(self.move[1])) if self.move else None
        return DirectlyFollows(self.nodes or None, self.gap, move)

    def _place(self, name: str) -> int | str:
        """A node by its name: its place among the rules, or the kind itself; raises Missing with what there is."""
        if not self.nodes:
            return name
        names = [rule_title(rule) for rule in self.nodes]
        if name not in names:
            raise Missing(unknown("node", name, names))
        return names.index(name)

    def tables(self, summary: PathCounts | MoveNumbers, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`edges`: the most frequent moves; `nodes`: signals, and where paths begin, end and are still open."""
        if isinstance(summary, MoveNumbers):
            return (Table("edges", (*WHERE, "before", "after", "times"), tuple(self._moves(summary, frame))),)
        edges = (*WHERE, "before", "after", "times", "people", "seconds")
        nodes = (*WHERE, "node", "signals", "begins", "ends", "open")
        return (
            Table("edges", edges, tuple(self._edges(summary, frame, confidence))),
            Table("nodes", nodes, tuple(self._nodes(summary, frame))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Who made the move that is asked for, else who made none at all."""
        if self.move:
            return {"made it": frozenset({1}), "did not": frozenset({0})}
        return {"no move": frozenset({0})}

    def _names(self, frame: Frame) -> Sequence[str]:
        return [rule_title(rule) for rule in self.nodes] or frame.timelines.words.get("kind", ("",))

    def _edges(self, summary: PathCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        names = self._names(frame)
        for cell, where in each_cell(frame):
            graph = summary.graph(cell, self.top, names)
            for before, after, times in zip(graph.sources.tolist(), graph.targets.tolist(), graph.counts.tolist(), strict=True):
                code = (cell << NODE_BITS | before) << NODE_BITS | after
                spent = summary.times.cell(int(np.searchsorted(summary.edges, code)))
                time = conclude_mean(spent, "seconds", "moves", "nobody moved so", confidence, 0.001, (0.0, math.inf))
                yield (*where, names[before], names[after], times, spent.people, time)
            if graph.pooled_edges:
                yield (*where, f"({graph.pooled_edges} rarer moves)", "", graph.pooled_counts, None, None)

    def _moves(self, summary: MoveNumbers, frame: Frame) -> Iterator[tuple[Value, ...]]:
        """By falling count, ties by name."""
        names = self._names(frame)
        for cell, where in each_cell(frame):
            found = [
                (names[before], names[after], int(summary.moves[cell, before, after]))
                for before, after in np.argwhere(summary.moves[cell])
            ]
            found.sort(key=lambda move: (-move[2], move[:2]))
            yield from ((*where, *move) for move in found[: self.top])
            if rest := found[self.top :]:
                yield (*where, f"({len(rest)} rarer moves)", "", sum(move[2] for move in rest))

    def _nodes(self, summary: PathCounts, frame: Frame) -> Iterator[tuple[Value, ...]]:
        names = self._names(frame)
        for cell, where in each_cell(frame):
            graph = summary.graph(cell, None, names)
            for node, visits in zip(graph.nodes.tolist(), graph.visits.tolist(), strict=True):
                yield (*where, names[node], *visits)
