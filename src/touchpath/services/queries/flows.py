"""The query `flows`: which ways people go after (or before) a signal, step by step, and where they are lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self, get_args

from touchpath.metrics.flows import estimate_end, estimate_lost, estimate_way, estimate_way_time
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.nodes import THEN, CaseWords, read_path
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at, read_span, rule_title
from touchpath.services.results import Table, Value
from touchpath.timelines.cases import NODE_BITS
from touchpath.timelines.flows import ANY, MOST_STEPS, NOTHING, OTHERS, TOOK, Direction, FlowCounts, Flows, Which
from touchpath.timelines.trails import PEOPLE, M, N

#: What a link leads to (or comes from) where a flow ends.
NONE = "(nothing)"
#: In a `path`: whatever node comes there.
ANY_NODE = "(any)"
#: So many times as many links as paths are shown of each step.
_LINKS = 5
#: What a path may name besides nodes.
_NAMED = {ANY_NODE: ANY, NONE: NOTHING}


@dataclass(frozen=True, slots=True)
class FlowsQuery:
    """The steps that come after (or before) a signal, as a tree of paths and as links, with what is lost at each step."""

    of: EventRule
    words: CaseWords
    steps: int = 5
    direction: Direction = "after"
    which: Which = "first"
    within: timedelta | None = None
    collapse: bool = False
    top: int = 20
    path: tuple[str, ...] = ()

    name: ClassVar[str] = "flows"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: of, nodes, journey, gap, window, same, steps, direction, which, within, collapse, top, path."""
        found = cls(
            needed_rule_at(fields, "of"),
            CaseWords.read(fields),
            fields.whole("steps", 1, MOST_STEPS, 5),
            fields.choice("direction", get_args(Direction), "after"),
            fields.choice("which", get_args(Which), "first"),
            read_span(fields, "within"),
            fields.flag("collapse", False),
            fields.whole("top", 1, 10_000, 20),
            read_path(fields, "path"),
        )
        if NONE in found.path[:-1]:
            fields.fault(fields.line, f"'path': after '{NONE}' there is no step. Let it be the last one.")
        Flows(found.of, found.words.spans, found.steps, within=found.within, path=found.path)  # raises for what cannot be
        return found

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Where flows begin, and the nodes; none = every kind is one."""
        kinds = [name for name in self.path if name not in _NAMED] if self.words.nodes.are_kinds else ()
        return (self.of, *self.words.nodes.rules(experience), *(EventRule((kind,)) for kind in kinds))

    def fold(self, setting: Setting) -> Flows:
        """The flows of each signal."""
        nodes = self.words.nodes
        path = tuple(_NAMED[name] if name in _NAMED else nodes.place(name, setting.experience) for name in self.path)
        cases = self.words.cases(setting.experience)
        return Flows(self.of, cases, self.steps, self.direction, self.which, self.within, self.collapse, path)

    def tables(self, summary: FlowCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`flows`: the tree of paths; `links`: from one step to the next, for a drawing; `steps`: how far flows come."""
        flows = (*WHERE, "step", "path", "times", "people", "share", "ended", "end_share", "seconds")
        links = (*WHERE, "step", "before", "after", "times", "people")
        steps = (*WHERE, "step", "reached", "people", "ended", "end_share", "open")
        return (
            Table("flows", flows, tuple(self._tree(summary, frame, confidence))),
            Table("links", links, tuple(self._links(summary, frame))),
            Table("steps", steps, tuple(self._steps(summary, frame, confidence))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """With a path: whether any flow of a person begins with it; else whether any has a step at all."""
        if self.path:
            return {"took it": frozenset({TOOK}), "took others": frozenset({OTHERS})}
        return {"went on": frozenset({TOOK}), "nothing": frozenset({OTHERS})}

    def _path(self, names: Sequence[str], trail: Sequence[int]) -> str:
        """A path in order of time, with the signal that it begins at (or leads to)."""
        ways = [rule_title(self.of), *(names[node] for node in trail)]
        return THEN.join(ways if self.direction == "after" else reversed(ways))

    def _tree(self, summary: FlowCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        names, sums = self.words.nodes.told(frame), summary.trails.sums
        for cell, where in each_cell(frame):
            base = cell * (self.steps + 1)
            rows = summary.trails.rows_of(base)
            lengths = summary.trails.lengths(rows)
            for step in range(self.steps + 1):
                shown, rarer, times = summary.trails.most_taken(rows[lengths == step], self.top, names)
                for row in shown:
                    share, last = estimate_way(summary, base, row, confidence), step == self.steps
                    ended = (None, None) if last else (int(sums[row, M]), estimate_end(summary, row, confidence))
                    seconds = estimate_way_time(summary, row, confidence) if step else None
                    path = self._path(names, summary.trails.trail(row))
                    yield (*where, step, path, int(sums[row, N]), int(sums[row, PEOPLE]), share, *ended, seconds)
                if rarer:
                    yield (*where, step, f"({rarer:,} rarer paths)", times, *(None for _ in range(5)))

    def _links(self, summary: FlowCounts, frame: Frame) -> Iterator[tuple[Value, ...]]:
        names = self.words.nodes.told(frame)

        def told(node: int, step: int) -> str:
            if node != NOTHING:
                return names[node]
            return rule_title(self.of) if step == 0 else NONE

        for cell, where in each_cell(frame):
            found = []
            for row in summary.links.rows_of(cell, 2 * NODE_BITS + 4):
                code, (people, times) = int(summary.links.codes[row]), summary.links.counts[row].tolist()
                step, one, following = code >> 2 * NODE_BITS & 15, code >> NODE_BITS & NOTHING, code & NOTHING
                ends = (told(one, step), names[following] if following != NOTHING else NONE)
                found.append((step, -times, ends if self.direction == "after" else ends[::-1], people))
            found.sort()
            for step in range(self.steps):
                here = [link for link in found if link[0] == step]
                for _, times, ends, people in here[: _LINKS * self.top]:
                    yield (*where, step, *ends, -times, people)
                if rest := here[_LINKS * self.top :]:
                    yield (*where, step, f"({len(rest):,} rarer links)", "", -sum(link[1] for link in rest), None)

    def _steps(self, summary: FlowCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            for step in range(self.steps + 1):
                row = cell * (self.steps + 1) + step
                reached, last = summary.reached.cell(row), step == self.steps
                ended = (None, None) if last else (reached.y, estimate_lost(summary, row, confidence))
                yield (*where, step, reached.x, reached.people, *ended, None if step else int(summary.open[cell]))
