"""The query `variants`: the distinct whole paths of cases, and how many cases and people take each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from touchpath.metrics.variants import estimate_throughput, estimate_variant, estimate_variant_time
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.nodes import THEN, CaseWords, read_path
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.results import Table, Value
from touchpath.timelines.trails import PEOPLE, N
from touchpath.timelines.variants import LONGEST_VARIANT, ONE_WAY, OTHERS, SEVERAL, TOOK, VariantCounts, Variants


@dataclass(frozen=True, slots=True)
class VariantsQuery:
    """The distinct whole paths of people's cases, how many cases and people take each, and how long they take."""

    words: CaseWords
    collapse: bool = False
    longest: int = 100
    top: int = 20
    path: tuple[str, ...] = ()

    name: ClassVar[str] = "variants"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: nodes, journey, gap, window, same, collapse, longest, top, path."""
        words, collapse = CaseWords.read(fields), fields.flag("collapse", False)
        longest, top = fields.whole("longest", 1, LONGEST_VARIANT, 100), fields.whole("top", 1, 10_000, 20)
        return cls(words, collapse, longest, top, read_path(fields, "path"))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The nodes; none = every kind of signal is one. Kinds in `path` are checked like rules."""
        kinds = self.path if self.words.nodes.are_kinds else ()
        return (*self.words.nodes.rules(experience), *(EventRule((kind,)) for kind in kinds))

    def fold(self, setting: Setting) -> Variants:
        """Cases by their path."""
        path = tuple(self.words.nodes.place(name, setting.experience) for name in self.path)
        return Variants(self.words.cases(setting.experience), self.collapse, self.longest, path)

    def tables(self, summary: VariantCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`variants`: the most frequent paths; `cases`: all of them, those still open, and how long they take."""
        columns = (*WHERE, "rank", "path", "steps", "cases", "people", "share", "seconds")
        cases = (*WHERE, "cases", "open", "too_long", "people", "variants", "seconds")
        return (
            Table("variants", columns, tuple(self._variants(summary, frame, confidence))),
            Table("cases", cases, tuple(self._cases(summary, frame, confidence))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """With a path: who took exactly this one at least once; else whose cases all went one way."""
        if self.path:
            return {"took it": frozenset({TOOK}), "took others": frozenset({OTHERS})}
        return {"one way": frozenset({ONE_WAY}), "several ways": frozenset({SEVERAL})}

    def _variants(self, summary: VariantCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        names = self.words.nodes.told(frame)
        for cell, where in each_cell(frame):
            shown, rarer, cases = summary.variants.most_taken(summary.variants.rows_of(cell), self.top, names)
            for rank, row in enumerate(shown, 1):
                trail, sums = summary.variants.trail(row), summary.variants.sums[row]
                path = THEN.join(names[node] for node in trail)
                share = estimate_variant(summary, cell, row, confidence)
                seconds = estimate_variant_time(summary, row, confidence)
                yield (*where, rank, path, len(trail), int(sums[N]), int(sums[PEOPLE]), share, seconds)
            if rarer:
                yield (*where, None, f"({rarer:,} rarer paths)", None, cases, None, None, None)
            too_long = summary.cases.cell(cell).y
            if too_long:
                yield (*where, None, f"(longer than {self.longest})", None, too_long, None, None, None)

    def _cases(self, summary: VariantCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            total, variants = summary.cases.cell(cell), int(summary.variants.rows_of(cell).size)
            counts = (total.x + int(summary.open[cell]), int(summary.open[cell]), total.y, total.people, variants)
            yield (*where, *counts, estimate_throughput(summary, cell, confidence))
