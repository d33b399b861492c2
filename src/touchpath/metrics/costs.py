"""Metrics of money per person or per success: cost to serve, cost per conversion, and what people pay and spend."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.amounts import compare_per_person, compare_per_signal, estimate_per_person, estimate_per_signal
from touchpath.metrics.metric import Number, Place, QueryMetric
from touchpath.metrics.totals import compare_totals, conclude_totals
from touchpath.model.estimate import Comparison, Undefined
from touchpath.timelines.amounts import AmountCounts
from touchpath.timelines.totals import SCALE, TotalCounts


def estimate_cost(summary: TotalCounts, at: Place, confidence: float = 0.95) -> Number:
    """Sum of values for each of what the denominator counts."""
    return conclude_totals(summary, at.cell, "value", 1 / SCALE, confidence)


def compare_costs(summary: TotalCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two sums of values for each of what the denominators count."""
    return compare_totals(summary, before.cell, after.cell, confidence, "value", 1 / SCALE)


def estimate_price(summary: AmountCounts, at: Place, confidence: float = 0.95) -> Number:
    """Mean value of single signals."""
    return estimate_per_signal(summary, at.cell, at.scale, confidence)


def compare_prices(summary: AmountCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two means of single values."""
    return compare_per_signal(summary, before.cell, after.cell, after.scale, confidence)


def estimate_spend(summary: AmountCounts, at: Place, confidence: float = 0.95) -> Number:
    """Mean of people's sums."""
    return estimate_per_person(summary, at.cell, at.scale, confidence)


def compare_spend(summary: AmountCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two means of people's sums."""
    return compare_per_person(summary, before.cell, after.cell, after.scale, confidence)


_MONEY: dict[str, Any] = {
    "discipline": "CX",
    "level": "relationship",
    "horizon": "quarter",
    "need": "functional",
    "unit": "value",
    "scale": "in the currency of the values",
    "minimum_n": 2,
}
_COST: dict[str, Any] = _MONEY | {
    "query": "totals",
    "better": "lower",
    "interval": "delta",
    "estimate": estimate_cost,
    "compare": compare_costs,
    "source": "Deng, Knoblich & Lu 2018; totals as in docs/definitions/totals.md",
}
_MEAN: dict[str, Any] = _MONEY | {
    "query": "values",
    "better": "higher",
    "interval": "t-clustered",
    "source": "Student 1908; Welch 1947 for changes; numbers as in docs/definitions/values.md",
}
_NOBODYS = "Costs of nobody in particular (a campaign, a lease) are in no signal of a person, and so not in it."
_REFUNDS = (
    "Refunds are not taken off, and one told as an order below 0 counts as one more price: leave it out of the query's `of` with "
    "`where: {value: {'>': 0}}`."
)
_BY_BAND = (
    "By band of experience: tie it once for each band, with `who: {people: {query: answers, question: nps}, outcome: high}` (middle, low). "
    "Those who answered are not all, and those who spend more may be happier for other reasons: an association, no effect."
)

COST_TO_SERVE: QueryMetric[TotalCounts] = QueryMetric(
    **_COST | {"needs": {"sum": (), "per": (), "each": ("person",)}},
    name="cost_to_serve",
    title="Cost to serve",
    asks="How much does it cost to serve a customer?",
    definition="The sum of the costs of the period (values of the query's `sum`), divided by the people with anything of its `per` in it. Costs of "
    "people who are not among these count, too.",
    formula="sum of costs / customers",
    caveats=(
        "Cheap is not good: read it next to satisfaction and first contact resolution.",
        _NOBODYS,
        "A few people can carry it.",
    ),
)
COST_PER_CONTACT: QueryMetric[TotalCounts] = QueryMetric(
    **_COST | {"needs": {"sum": (), "per": (), "each": ("signal",)}},
    name="cost_per_contact",
    title="Cost per contact",
    asks="How much does a contact cost?",
    definition="The sum of the costs of the period (values of the query's `sum`), divided by the contacts in it (signals of its `per`).",
    formula="sum of costs / contacts",
    caveats=("It falls when people have to ask twice: read it next to contacts per problem.", _NOBODYS),
)
COST_PER_CONVERSION: QueryMetric[TotalCounts] = QueryMetric(
    **_COST | {"needs": {"sum": (), "per": (), "each": ("signal",)}},
    name="cost_per_conversion",
    title="Cost per conversion",
    asks="How much is spent for each success?",
    definition="The sum of the costs of the period (values of the query's `sum`, those of people who did not convert included), divided by the "
    "conversions in it (signals of its `per`).",
    formula="sum of costs / conversions",
    caveats=(
        _NOBODYS,
        "Costs come before conversions: in a short or growing period the two belong to different people.",
        "Many would have converted without it: it is no cost of one more conversion.",
    ),
)
AVERAGE_PRICE: QueryMetric[AmountCounts] = QueryMetric(
    **_MEAN | {"estimate": estimate_price, "compare": compare_prices},
    name="average_price",
    title="Average price paid",
    asks="How much is paid at a time?",
    definition="The mean value of single signals (orders, invoices) of the query, people as the unit.",
    formula="sum of values / signals with a value",
    caveats=("A mean of skewed values: read the median beside it.", _REFUNDS, _BY_BAND),
)
SPEND_PER_PERSON: QueryMetric[AmountCounts] = QueryMetric(
    **_MEAN | {"estimate": estimate_spend, "compare": compare_spend},
    name="spend_per_person",
    title="Spend per person",
    asks="How much does a person spend in a period?",
    definition="The mean of people's sums of the query's values in the period, of those who have any.",
    formula="sum of values / people with any",
    caveats=(
        "It grows with the period: compare periods of one length.",
        "Those who spend nothing are not in it.",
        "Refunds are taken off only where the query's `of` means them, too, and they carry values below 0.",
        _BY_BAND,
    ),
)
