"""The query `patterns`: what people do before an outcome (a contact, a cancellation), against cases that end without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, get_args

from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.patterns import (
    Compared,
    Tested,
    compare_patterns,
    estimate_difference,
    estimate_ratio_of_shares,
    estimate_with,
    estimate_without,
)
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.nodes import THEN, CaseWords, read_path
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at
from touchpath.services.results import Table, Value
from touchpath.timelines.patterns import (
    AT_ONCE,
    LONGEST_PATTERN,
    LONGEST_RUN,
    WITH,
    WITHOUT,
    Part,
    PatternCounts,
    Patterns,
)
from touchpath.timelines.trails import PEOPLE

#: Between the nodes of a pattern that may have others between them.
LATER_ON = " .. "
Follow = Literal["at_once", "later"]


@dataclass(frozen=True, slots=True)
class PatternsQuery:
    """Which paths come before an outcome more often, or less often, than in cases without it; nothing here is a cause."""

    outcome: EventRule
    words: CaseWords
    run: int = 10
    part: Part = "last"
    length: int = 3
    gapped: int = 2
    apart: int | None = None
    least: int = 10
    top: int = 20
    pattern: tuple[str, ...] = ()
    follow: Follow = "at_once"

    name: ClassVar[str] = "patterns"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: outcome, nodes, journey, gap, window, same, run, part, length, gapped, apart, least, top, pattern, follow."""
        found = cls(
            needed_rule_at(fields, "outcome"),
            CaseWords.read(fields),
            fields.whole("run", 1, LONGEST_RUN, 10),
            fields.choice("part", get_args(Part), "last"),
            fields.whole("length", 1, LONGEST_PATTERN, 3),
            fields.whole("gapped", 0, 3, 2),
            fields.whole("apart", 0, LONGEST_RUN) if fields.node("apart") else None,
            fields.whole("least", 1, 1_000_000_000, 10),
            fields.whole("top", 1, 10_000, 20),
            read_path(fields, "pattern"),
            fields.choice("follow", get_args(Follow), "at_once"),
        )
        Patterns(found.outcome, gapped=found.gapped)  # raises for what cannot be
        return found

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The outcome, and the nodes; none = every kind is one."""
        kinds = self.pattern if self.words.nodes.are_kinds else ()
        return (self.outcome, *self.words.nodes.rules(experience), *(EventRule((kind,)) for kind in kinds))

    def fold(self, setting: Setting) -> Patterns:
        """Patterns of run-ups."""
        places = tuple(self.words.nodes.place(name, setting.experience) for name in self.pattern)
        cases, at_once = self.words.cases(setting.experience), self.follow == "at_once"
        return Patterns(self.outcome, cases, self.run, self.part, self.length, self.gapped, self.apart, places, at_once)

    def tables(self, summary: PatternCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`patterns`: the clearest differences; `cases`: how many there are, and how many patterns were compared."""
        numbers = ("cases", "people", "outcomes", "share", "others_share", "difference", "ratio", "p", "p_adjusted")
        cases = ("cases", "open", "outcome_first", "people", "outcomes", "share", "patterns", "compared")
        tested = {cell: compare_patterns(summary, cell, self.least) for cell, _ in each_cell(frame)}
        return (
            Table("patterns", (*WHERE, "pattern", *numbers), tuple(self._patterns(summary, tested, frame, confidence))),
            Table("cases", (*WHERE, *cases), tuple(self._cases(summary, tested, frame, confidence))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """With a pattern: whether any case of a person has it; else whether any has the outcome."""
        names = ("with it", "without it") if self.pattern else ("with outcome", "without outcome")
        return {names[0]: frozenset({WITH}), names[1]: frozenset({WITHOUT})}

    def _patterns(
        self, summary: PatternCounts, tested: Mapping[int, Compared], frame: Frame, confidence: float
    ) -> Iterator[tuple[Value, ...]]:
        names = self.words.nodes.told(frame)
        for cell, where in each_cell(frame):
            shown = tested[cell].clearest(self.top, confidence, lambda row: _told(summary, row, names))
            for one in shown:
                yield (*where, _told(summary, one.row, names), *self._numbers(summary, cell, one, confidence))
            if rest := tested[cell].rows.size - len(shown):
                yield (*where, f"({rest:,} other patterns)", *(None for _ in range(9)))

    def _numbers(self, summary: PatternCounts, cell: int, one: Tested, confidence: float) -> Iterator[Value]:
        sums = one.sums
        yield from (sums.n, int(summary.patterns.sums[one.row, PEOPLE]), sums.m)
        yield estimate_with(summary, one.row, confidence)
        yield estimate_without(summary, cell, one.row, confidence)
        yield from (estimate_difference(sums, confidence), estimate_ratio_of_shares(sums, confidence), one.p, one.adjusted)

    def _cases(
        self, summary: PatternCounts, tested: Mapping[int, Compared], frame: Frame, confidence: float
    ) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            total, waiting, at_once = summary.cases.cell(cell), int(summary.open[cell]), int(summary.at_once[cell])
            share = conclude_share(total, "cases", "no case is over", confidence)
            found, compared = int(summary.patterns.rows_of(cell).size), tested[cell].count
            counts = (total.x + waiting + at_once, waiting, at_once, total.people, total.y)
            yield (*where, *counts, share, found, compared)


def _told(summary: PatternCounts, row: int, names: Sequence[str]) -> str:
    kind, *nodes = summary.patterns.trail(row)
    return (THEN if kind == AT_ONCE else LATER_ON).join(names[node] for node in nodes)
