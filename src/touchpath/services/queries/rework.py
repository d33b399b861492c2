"""The query `rework`: what people do again, where they turn back and go round in circles, and where cases end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from touchpath.metrics.rework import estimate_measure, estimate_reworked, nearest_return
from touchpath.model.errors import BadInput
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.nodes import THEN, CaseWords, read_coded, read_path, rules_of_column
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.results import Table, Value
from touchpath.timelines.rework import (
    BACK,
    BACKTRACK,
    DEAD_END,
    END,
    REDO,
    REDONE,
    REPETITION,
    REWORK,
    REWORKED,
    SELF_LOOP,
    SMOOTH,
    Rework,
    ReworkCounts,
)

_COLUMNS = (
    *("node", "cases", "signals", "again", "again_at_once", "again_later", "backtracks", "fewest_between", "again_share"),
    *("resource_known", "redone", "redone_share", "back", "back_share", "ends", "end_share", "dead_ends", "dead_end_share"),
)


@dataclass(frozen=True, slots=True)
class ReworkQuery:
    """What people have to do again in a case, at once or later or by somebody else, loops, and where cases end."""

    words: CaseWords
    resource: str = ""
    ordered: bool = False
    goals: tuple[str, ...] = ()
    top: int = 20

    name: ClassVar[str] = "rework"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: nodes, journey, gap, window, same, resource, ordered, goals, top."""
        words, goals = CaseWords.read(fields), read_path(fields, "goals")
        ordered = fields.flag("ordered", bool(words.nodes.journey))
        if ordered and words.nodes.are_kinds:
            raise BadInput("'ordered' needs nodes in their designed order, or a journey; kinds of signals have none.")
        return cls(words, read_coded(fields, "resource"), ordered, goals, fields.whole("top", 1, 10_000, 20))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The nodes (none = every kind is one), the goals, and the column of the resource."""
        kinds = self.goals if self.words.nodes.are_kinds else ()
        rules = (*self.words.nodes.rules(experience), *(EventRule((kind,)) for kind in kinds))
        return (*rules, *rules_of_column(self.resource))

    def fold(self, setting: Setting) -> Rework:
        """What comes again."""
        goals = tuple(self.words.nodes.place(name, setting.experience) for name in self.goals)
        return Rework(self.words.cases(setting.experience), self.resource, self.ordered, goals)

    def tables(self, summary: ReworkCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`rework`: node by node; `loops`: the most frequent circles of two and three; `cases`: all of them."""
        cases = (*WHERE, "cases", "open", "people", "reworked", "share")
        return (
            Table("rework", (*WHERE, *_COLUMNS), tuple(self._nodes(summary, frame, confidence))),
            Table("loops", (*WHERE, "loop", "times", "people"), tuple(self._loops(summary, frame))),
            Table("cases", cases, tuple(self._cases(summary, frame, confidence))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """The worst that happened to people in cases that are over."""
        found = {"smooth": frozenset({SMOOTH}), "reworked": frozenset({REWORKED, REDONE})}
        return found | ({"redone": frozenset({REDONE})} if self.resource else {})

    def _nodes(self, summary: ReworkCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        names = self.words.nodes.told(frame)
        for cell, where in each_cell(frame):
            rows = summary.nodes_of(cell)
            order = range(len(names)) if not self.words.nodes.are_kinds else self._by_rework(summary, rows, names)
            for node in order:
                if node in rows:
                    yield (*where, names[node], *self._numbers(summary, rows[node], confidence))
                else:
                    yield (*where, names[node], 0, 0, *(None for _ in _COLUMNS[3:]))

    def _by_rework(self, summary: ReworkCounts, rows: Mapping[int, int], names: Sequence[str]) -> list[int]:
        """Kinds, those that are reworked most often first."""
        return sorted(rows, key=lambda node: (-summary.signals(rows[node], REWORK), names[node]))

    def _numbers(self, summary: ReworkCounts, row: int, confidence: float) -> Iterator[Value]:
        def share(measure: int) -> Value:
            return estimate_measure(summary, row, measure, confidence)

        cases, again = summary.share(row, REWORK).x, summary.signals(row, REWORK)
        yield from (cases, cases + again, again)  # the first of each case, and those that come again
        yield from (summary.signals(row, measure) for measure in (SELF_LOOP, REPETITION, BACKTRACK))
        yield from (nearest_return(summary, row), share(REWORK))
        redo = (summary.known(row), summary.signals(row, REDO), share(REDO)) if self.resource else (None, None, None)
        yield from redo
        yield from ((summary.signals(row, BACK), share(BACK)) if self.ordered else (None, None))
        yield from (summary.signals(row, END), share(END))
        yield from ((summary.signals(row, DEAD_END), share(DEAD_END)) if self.goals else (None, None))

    def _loops(self, summary: ReworkCounts, frame: Frame) -> Iterator[tuple[Value, ...]]:
        names = self.words.nodes.told(frame)
        for cell, where in each_cell(frame):
            loops = sorted(
                (-times, -people, [names[node] for node in (*way, way[0])]) for way, people, times in summary.loops_of(cell)
            )
            for times, people, way in loops[: self.top]:
                yield (*where, THEN.join(way), -times, -people)
            if loops[self.top :]:
                rest = sum(-times for times, _, _ in loops[self.top :])
                yield (*where, f"({len(loops) - self.top:,} rarer loops)", rest, None)

    def _cases(self, summary: ReworkCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            total, waiting = summary.cases.cell(cell), int(summary.open[cell])
            counts = (total.x + waiting, waiting, total.people, total.y)
            yield (*where, *counts, estimate_reworked(summary, cell, confidence))
