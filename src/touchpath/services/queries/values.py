"""The query `values`: which value of a property people have: the first, the last, the most frequent, or any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, get_args

from touchpath.metrics.conclude import conclude_share
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import optional_rule
from touchpath.services.results import Table, Value
from touchpath.timelines.moments import Ratio
from touchpath.timelines.values import Take, ValueCounts, Values

#: What the row is called that pools all values beyond the most frequent.
OTHER = "(other)"


@dataclass(frozen=True, slots=True)
class ValuesQuery:
    """Which value of a property people have in each period: the first, the last, the most frequent, or any of them."""

    values: Values
    top: int = 20

    name: ClassVar[str] = "values"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: column, take, of, top."""
        column, take = fields.text("column"), fields.choice("take", get_args(Take), "last")
        of = optional_rule(fields, "of") or EventRule(())
        return cls(Values(column, take, of), fields.whole("top", 1, 1_000, 20))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Whose values are read, and the column."""
        column = self.values.column
        return (self.values.of, *((EventRule((), (Condition(column, "exists", True),)),) if "." in column else ()))

    def fold(self, setting: Setting) -> Values:
        """People by value."""
        return self.values

    def tables(self, summary: ValueCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """One row per period, segment and value, most frequent first; beyond `top` values are pooled."""
        return (Table("values", (*WHERE, "value", "people", "share", "pooled"), tuple(self._rows(summary, frame, confidence))),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """None by name: values are chosen by a filter, as in did: {kind: [], where: {properties.plan: gold}}."""
        return {}

    def _rows(self, summary: ValueCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        words = frame.timelines.words.get(self.values.column, ("",))
        for cell, where in each_cell(frame):
            codes, counts = (part.tolist() for part in summary.of(cell))
            ranked = sorted(
                ((count, words[code]) for code, count in zip(codes, counts, strict=True)), key=lambda row: (-row[0], row[1])
            )
            owners = int(summary.owners[cell])
            for count, word in ranked[: self.top]:
                yield (*where, word, count, _share(owners, count, confidence), 0)
            if rest := ranked[self.top :]:
                # Of `any` one person may have several of the pooled values: then there is no share of people.
                pooled = sum(count for count, _ in rest)
                yield (
                    *where,
                    OTHER,
                    pooled,
                    None if self.values.take == "any" else _share(owners, pooled, confidence),
                    len(rest),
                )


def _share(owners: int, count: int, confidence: float) -> Value:
    return conclude_share(Ratio(owners, owners, count, owners, count, count), "people", "nobody has a value", confidence)
