"""The query `recurring`: levels such as monthly recurring revenue, what moved them, churn and retention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from touchpath.metrics.metric import Place
from touchpath.metrics.movements import estimate_forced_loss, estimate_involuntary, estimate_voluntary
from touchpath.metrics.recurring import (
    CHURN_VARIANTS,
    estimate_churn,
    estimate_churn_with_new,
    estimate_gross_churn,
    estimate_gross_retention,
    estimate_net_churn,
    estimate_net_retention,
    in_units,
)
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.nodes import MapNode, Scalar
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.currency import in_one_currency
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at, optional_rule
from touchpath.services.results import Table, Value
from touchpath.timelines.by_period import ByPeriod
from touchpath.timelines.recurring import MOVEMENTS, Recurring, RecurringCounts

RATES = {
    "customer_churn": estimate_churn,
    "customer_churn_with_new": estimate_churn_with_new,
    "gross_churn": estimate_gross_churn,
    "net_churn": estimate_net_churn,
    "gross_retention": estimate_gross_retention,
    "net_retention": estimate_net_retention,
}

#: Rates that are told where the query says which ends are involuntary.
_WHY = {
    "voluntary_churn": estimate_voluntary,
    "involuntary_churn": estimate_involuntary,
    "involuntary_revenue_churn": estimate_forced_loss,
}


@dataclass(frozen=True, slots=True)
class RecurringQuery:
    """A recurring value such as monthly recurring revenue: levels, movements, churn and retention of customers and of money."""

    sets: EventRule
    ends: EventRule
    same: str = ""
    currency: str = ""
    monthly: tuple[str, tuple[tuple[str, int], ...]] | None = None
    variant: str = ""
    involuntary: EventRule | None = None

    name: ClassVar[str] = "recurring"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: sets, ends, same, currency, monthly, variant, involuntary."""
        sets, ends = needed_rule_at(fields, "sets"), needed_rule_at(fields, "ends")
        same, currency = fields.reference("same", "object kind"), fields.text("currency", "")
        return cls(
            sets,
            ends,
            same,
            currency,
            _monthly(fields),
            fields.choice("variant", tuple(CHURN_VARIANTS)) if fields.node("variant") else "",
            optional_rule(fields, "involuntary"),
        )

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What sets a level, and what ends it."""
        column = EventRule((), (Condition(self.monthly[0], "exists", True),)) if self.monthly else None
        return (self.sets, self.ends, *(rule for rule in (column, self.involuntary) if rule))

    def fold(self, setting: Setting) -> ByPeriod[RecurringCounts]:
        """Levels and movements; raises BadInput when values in several currencies would be added up."""
        sets = in_one_currency(self.sets, self.currency, setting.timelines)
        return ByPeriod(Recurring(sets, self.ends, self.same, self.monthly, self.involuntary), (sets, self.ends))

    def tables(self, summary: RecurringCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`levels`: customers and levels at both ends; `movements`; `rates`: churn and retention."""
        levels = Table(
            "levels",
            (*WHERE, "complete", "customers_at_start", "customers_at_end", "level_at_start", "level_at_end", "unpriced"),
            tuple(self._levels(summary, frame)),
        )
        moved = Table(
            "movements", (*WHERE, "complete", "movement", "customers", "times", "amount"), tuple(self._moved(summary, frame))
        )
        churn, why = ("churn",) if self.variant else (), tuple(_WHY) if self.involuntary else ()
        rates = Table("rates", (*WHERE, "complete", *churn, *RATES, *why), tuple(self._rates(summary, frame, confidence)))
        return levels, moved, rates

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Who has a level in the end, who had one, and who never did."""
        return {"active": frozenset({1}), "churned": frozenset({2}), "never": frozenset({0})}

    def _levels(self, summary: RecurringCounts, frame: Frame) -> Iterator[tuple[Value, ...]]:
        for cell, where in _cells(frame):
            began, _, ended, _ = summary.owners[cell].tolist()
            yield (*where, began, ended, *map(in_units, summary.levels[cell].tolist()), int(summary.unpriced[cell]))

    def _moved(self, summary: RecurringCounts, frame: Frame) -> Iterator[tuple[Value, ...]]:
        for cell, where in _cells(frame):
            for kind, title in enumerate(MOVEMENTS):
                people, times, amount = (int(part[cell, kind]) for part in (summary.movers, summary.events, summary.amounts))
                yield (*where, title, people, times, in_units(amount))

    def _rates(self, summary: RecurringCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in _cells(frame):
            asked = (*((CHURN_VARIANTS[self.variant],) if self.variant else ()), *RATES.values())
            why = (tell(summary, Place(cell), confidence) for tell in (_WHY.values() if self.involuntary else ()))
            yield (*where, *(estimate(summary, cell, confidence) for estimate in asked), *why)


def _cells(frame: Frame) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """Every cell with the columns WHERE, and whether the data reach its end."""
    for cell, where in each_cell(frame):
        yield cell, (*where, frame.complete(frame.periods[cell // len(frame.segments)]))


def _monthly(fields: Fields) -> tuple[str, tuple[tuple[str, int], ...]] | None:
    """How many months a value pays for: `monthly: {properties.interval: {month: 1, year: 12}}`."""
    found = fields.node("monthly")
    if found is None:
        return None
    pairs = found.pairs if isinstance(found, MapNode) else {}
    ((column, words),) = pairs.items() if len(pairs) == 1 else (("", None),)
    months = words.pairs if isinstance(words, MapNode) else {}
    texts = {word: node.text if isinstance(node, Scalar) else "" for word, node in months.items()}
    if not texts or not all(text.isascii() and text.isdigit() and int(text) for text in texts.values()):
        fields.fault(
            found.line, "'monthly' says how many months a value pays for, as in {properties.interval: {month: 1, year: 12}}."
        )
        return None
    return column, tuple((word, int(text)) for word, text in texts.items())
