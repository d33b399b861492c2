"""The query `values`: which value of a property people have, and what numbers come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self, get_args

from touchpath.metrics.amounts import estimate_per_person, estimate_per_signal, estimate_person_quantile, estimate_quantile
from touchpath.metrics.conclude import conclude_share
from touchpath.model.errors import BadInput
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import optional_rule
from touchpath.services.results import Table, Value
from touchpath.timelines.amounts import MOST_DECIMALS, AmountCounts, Amounts
from touchpath.timelines.moments import Ratio
from touchpath.timelines.values import Take, ValueCounts, Values
from touchpath.timelines.who import restrict

#: What the row is called that pools all values beyond the most frequent.
OTHER = "(other)"


#: What `take` says where values are numbers.
NUMBERS = "numbers"
#: Quantiles that are told, by the columns that tell them.
QUANTILES = {"tenth": 0.1, "quarter": 0.25, "median": 0.5, "three_quarters": 0.75, "nine_tenths": 0.9}


@dataclass(frozen=True, slots=True)
class ValuesQuery:
    """Which value of a property people have (first, last, most frequent, any), or what its numbers come to: sum, mean, quantiles."""

    values: Values | Amounts
    top: int = 20
    currency: str = ""

    name: ClassVar[str] = "values"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: column, take, of, top; for numbers decimals, currency."""
        column, of = fields.text("column"), optional_rule(fields, "of") or EventRule(())
        takes = (NUMBERS,) if column == "value" else (*get_args(Take), NUMBERS)
        take = fields.choice("take", takes, NUMBERS if column == "value" else "last")
        if take != NUMBERS:
            return cls(Values(column, take, of), fields.whole("top", 1, 1_000, 20))
        currency, decimals = fields.text("currency", ""), fields.whole("decimals", 0, MOST_DECIMALS, 4)
        return cls(Amounts(of, column, decimals), currency=currency)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Whose values are read, and the column."""
        column = self.values.column
        return (self.values.of, *((EventRule((), (Condition(column, "exists", True),)),) if "." in column else ()))

    def fold(self, setting: Setting) -> Values | Amounts:
        """People by value, or amounts."""
        if isinstance(self.values, Amounts) and self.currency:
            return replace(self.values, of=restrict(self.values.of, Condition("unit", "equals", self.currency)))
        return self.values

    @property
    def scale(self) -> int:
        """How many of the last decimal make 1, of numbers; words have none."""
        return self.values.scale if isinstance(self.values, Amounts) else 1

    def tables(self, summary: ValueCounts | AmountCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`values`: a row per value, most frequent first, beyond `top` pooled; of numbers `numbers` and `quantiles` instead."""
        if isinstance(summary, AmountCounts):
            return self._numbers(summary, frame, confidence)
        return (Table("values", (*WHERE, "value", "people", "share", "pooled"), tuple(self._rows(summary, frame, confidence))),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Of numbers who has any; words are chosen by a filter, as in did: {kind: [], where: {properties.plan: gold}}."""
        return {"any": frozenset({1})} if isinstance(self.values, Amounts) else {}

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
                    None if isinstance(self.values, Values) and self.values.take == "any" else _share(owners, pooled, confidence),
                    len(rest),
                )

    def _numbers(self, summary: AmountCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        assert isinstance(self.values, Amounts)
        if self.values.column == "value":
            check_units(summary, frame.timelines.words.get("unit", ("",)))
        scale, totals, quantiles = self.values.scale, [], []
        for cell, where in each_cell(frame):
            ratio, ends = summary.moments.cell(cell), summary.extremes.of(cell)
            left_out = (int(summary.without[cell]), int(summary.unread[cell]))
            means = (ask(summary, cell, scale, confidence) for ask in (estimate_per_signal, estimate_per_person))
            shown = (ratio.y / scale, *(end / scale for end in ends)) if ends else (None, None, None)
            totals.append((*where, ratio.x, ratio.people, *left_out, *shown, *means))
            for of, ask in (("signals", estimate_quantile), ("people", estimate_person_quantile)):
                quantiles.append((*where, of, *(ask(summary, cell, share, scale, confidence) for share in QUANTILES.values())))
        counts = ("signals", "people", "without", "unread", "sum", "lowest", "highest", "per_signal", "per_person")
        return Table(NUMBERS, (*WHERE, *counts), tuple(totals)), Table("quantiles", (*WHERE, "of", *QUANTILES), tuple(quantiles))


def check_units(summary: AmountCounts, words: Sequence[str]) -> None:
    """Raise BadInput where amounts of several units were added up."""
    if summary.units.codes.size > 1:
        named = sorted(words[code] or "(no unit)" for code in summary.units.codes.tolist())
        first = next(words[code] for code in summary.units.codes.tolist() if words[code])
        raise BadInput(f"Values come in {', '.join(named)}, which cannot be added up. Give 'currency', as in currency: {first}.")


def _share(owners: int, count: int, confidence: float) -> Value:
    return conclude_share(Ratio(owners, owners, count, owners, count, count), "people", "nobody has a value", confidence)
