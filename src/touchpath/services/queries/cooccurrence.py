"""The query `cooccurrence`: which nodes come in the same cases, how often, and whether more often than by chance."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, get_args

from touchpath.metrics.cooccurrence import estimate_first, estimate_lift, estimate_second
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.nodes import CaseWords, read_path
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.results import Table, Value
from touchpath.timelines.cases import NODE_BITS
from touchpath.timelines.cooccurrence import (
    BOTH,
    FIRST_ONLY,
    NEITHER,
    SECOND_ONLY,
    Cooccurrence,
    CooccurrenceCounts,
    Pair,
)

Sort = Literal["both", "lift"]


@dataclass(frozen=True, slots=True)
class CooccurrenceQuery:
    """Which nodes come in the same case in any order: cases with both, one and neither, and the lift."""

    words: CaseWords
    least: int = 1
    sort: Sort = "both"
    top: int = 50
    pair: tuple[str, ...] = ()

    name: ClassVar[str] = "cooccurrence"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: nodes, journey, gap, window, same, least, sort, top, pair."""
        words, pair = CaseWords.read(fields), read_path(fields, "pair")
        if pair and len(set(pair)) != 2:
            raise BadInput(f"'pair' names two different nodes, but {', '.join(pair)} came.")
        least, top = fields.whole("least", 0, 1_000_000_000, 1), fields.whole("top", 1, 10_000, 50)
        return cls(words, least, fields.choice("sort", get_args(Sort), "both"), top, pair)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """The nodes; none = every kind is one."""
        kinds = self.pair if self.words.nodes.are_kinds else ()
        return (*self.words.nodes.rules(experience), *(EventRule((kind,)) for kind in kinds))

    def fold(self, setting: Setting) -> Cooccurrence:
        """Nodes and pairs of nodes in cases."""
        places = [self.words.nodes.place(name, setting.experience) for name in self.pair]
        return Cooccurrence(self.words.cases(setting.experience), (places[0], places[1]) if places else None)

    def tables(self, summary: CooccurrenceCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`cooccurrence`: pair by pair; `cases`: all of them."""
        shares = ("lift", "second_with_first", "first_with_second")
        pairs = (*WHERE, "first", "second", "both", "first_only", "second_only", "neither", "people", *shares)
        return (
            Table("cooccurrence", pairs, tuple(self._pairs(summary, frame, confidence))),
            Table("cases", (*WHERE, "cases", "open", "people"), tuple(self._cases(summary, frame))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """With a pair: the most that any case of a person has of it."""
        if not self.pair:
            return {}
        found = {"both": BOTH, "first only": FIRST_ONLY, "second only": SECOND_ONLY, "neither": NEITHER}
        return {name: frozenset({code}) for name, code in found.items()}

    def _pairs(self, summary: CooccurrenceCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        names = self.words.nodes.told(frame)
        for cell, where in each_cell(frame):
            all_pairs, asked = self._asked(summary, cell, names)
            rows = [self._named(summary, cell, names, *nodes) for nodes in asked]
            told = [
                (pair, estimate_lift(pair, confidence), first, second) for first, second, pair in rows if pair.c >= self.least
            ]
            told.sort(key=lambda one: (*self._rank(one[0], one[1]), one[2], one[3]))
            for pair, lifted, first, second in told[: self.top]:
                counts = (pair.c, pair.a - pair.c, pair.b - pair.c, pair.t - pair.a - pair.b + pair.c, pair.with_both)
                yield (
                    *where,
                    first,
                    second,
                    *counts,
                    lifted,
                    estimate_second(pair, confidence),
                    estimate_first(pair, confidence),
                )
            if left := all_pairs - len(told[: self.top]):
                yield (*where, f"({left:,} other pairs)", "", *(None for _ in range(8)))

    def _named(
        self, summary: CooccurrenceCounts, cell: int, names: Sequence[str], first: int, second: int
    ) -> tuple[str, str, Pair]:
        """A pair with its names: rules in the order given, kinds in that of the alphabet, whatever their codes are."""
        pair = summary.pair(cell, first, second)
        if self.words.nodes.are_kinds and names[first] > names[second]:
            return names[second], names[first], pair.turned
        return names[first], names[second], pair

    def _asked(self, summary: CooccurrenceCounts, cell: int, names: Sequence[str]) -> tuple[int, Sequence[tuple[int, int]]]:
        """How many pairs there are, all of rules, of kinds those that some person has; and those to look at."""
        if self.words.nodes.are_kinds:
            top = self.top if self.sort == "both" else None
            return len(summary.pairs.rows_of(cell, 2 * NODE_BITS)), summary.pairs_of(cell, self.least, top)
        pairs = list(itertools.combinations(range(len(names)), 2))
        return len(pairs), pairs

    def _rank(self, pair: Pair, lifted: object) -> tuple[float, ...]:
        """By cases with both; or by the lower limit of the lift, so that rare pairs do not come first by chance."""
        if self.sort == "both":
            return (-pair.c,)
        return (-lifted.low if isinstance(lifted, Estimate) else 0.0, -pair.c)

    def _cases(self, summary: CooccurrenceCounts, frame: Frame) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            total, waiting = summary.cases.cell(cell), int(summary.open[cell])
            yield (*where, total.x + waiting, waiting, total.people)
