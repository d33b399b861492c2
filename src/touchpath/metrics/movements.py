"""Metrics of recurring levels and of what moved them: revenue a month and a year, per customer, each movement, and why customers left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from touchpath.metrics.conclude import compare_intervals, compare_mean, conclude_mean, conclude_share, few
from touchpath.metrics.metric import Number, Place, PlaceComparing, PlaceEstimating, QueryMetric
from touchpath.metrics.places import share_change
from touchpath.metrics.revenue import REVENUE_WORDS
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.sums_of_amounts import sum_interval
from touchpath.timelines.moments import Ratio
from touchpath.timelines.recurring import CHURN, CONTRACTION, EXPANSION, MOVEMENTS, NEW, REACTIVATION, SCALE, RecurringCounts

_NO_LEVEL = "nobody had a level when the period ended"
_NO_START = "nobody had a level when the period began"
_FEW_LARGE = "A few large customers can carry it: read the number of customers and the interval."
_SAME = "People who were customers in both periods are compared as if they were different people."
#: Below so many amounts of one size that would vary as much, a sum comes with a warning.
_LEAST_EQUAL = 10


def conclude_sum(amounts: Ratio, scale: float, n_unit: str, nobody: str, confidence: float) -> Number:
    """A sum over people, each with one amount above 0 (x = 1, y = it), with how far it might have come out otherwise."""
    if amounts.y == 0:
        return Undefined(nobody, 0, n_unit)
    low, high = sum_interval(amounts.y, amounts.yy, confidence)
    equal, warnings = amounts.y**2 / amounts.yy, few(amounts.people)
    if equal < _LEAST_EQUAL <= amounts.people:
        warnings += (f"A few large amounts carry it: it is as sure as {equal:.1f} equal ones would be.",)
    limits = (low * scale, amounts.y * scale, high * scale)
    return Estimate(
        limits[1],
        limits[0],
        limits[2],
        amounts.people,
        n_unit,
        "value",
        confidence,
        "gamma, of a Poisson number",
        warnings=warnings,
    )


def _level(months: int) -> tuple[PlaceEstimating[RecurringCounts], PlaceComparing[RecurringCounts]]:
    """Estimate and comparison of the level at the end, for so many months."""

    def estimate(summary: RecurringCounts, at: Place, confidence: float = 0.95) -> Number:
        return conclude_sum(summary.held.cell(at.cell), months / SCALE, "customers", _NO_LEVEL, confidence)

    def change(summary: RecurringCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
        return compare_intervals(estimate(summary, before, confidence), estimate(summary, after, confidence), confidence)

    return estimate, change


#: MOVEMENTS as nouns.
_NAMED = ("new customer", "reactivation", "expansion", "contraction", "churn")


def _moved(kind: int) -> tuple[PlaceEstimating[RecurringCounts], PlaceComparing[RecurringCounts]]:
    """Estimate and comparison of what one movement came to."""
    nobody = f"there was no {_NAMED[kind]} in the period, so how much more it might have been cannot be told"

    def estimate(summary: RecurringCounts, at: Place, confidence: float = 0.95) -> Number:
        moved = summary.moved.cell(at.cell * len(MOVEMENTS) + kind)
        return conclude_sum(moved, 1 / SCALE, "customers", nobody, confidence)

    def change(summary: RecurringCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
        return compare_intervals(estimate(summary, before, confidence), estimate(summary, after, confidence), confidence)

    return estimate, change


def estimate_per_customer(summary: RecurringCounts, at: Place, confidence: float = 0.95) -> Number:
    """Mean level of those who have one at the period's end."""
    held = summary.held.cell(at.cell)
    return conclude_mean(held, "value", "customers", _NO_LEVEL, confidence, 1 / SCALE, (0.0, float("inf")))


def compare_per_customer(
    summary: RecurringCounts, before: Place, after: Place, confidence: float = 0.95
) -> Comparison | Undefined:
    """Difference of two mean levels."""
    a, b = (summary.held.cell(at.cell) for at in (before, after))
    return compare_mean(a, b, "value", _NO_LEVEL, confidence, 1 / SCALE)


def _left(summary: RecurringCounts, at: Place, forced: bool) -> Ratio:
    """Those who were gone at the end, by an involuntary churn or by any other, among the customers at the start."""
    began, stayed = int(summary.owners[at.cell, 0]), int(summary.owners[at.cell, 1])
    by_force = int(summary.forced[at.cell])
    left = by_force if forced else began - stayed - by_force
    return Ratio(began, began, left, began, left, left)


def _involuntary(summary: RecurringCounts, at: Place) -> Ratio:
    return _left(summary, at, forced=True)


def _voluntary(summary: RecurringCounts, at: Place) -> Ratio:
    return _left(summary, at, forced=False)


def estimate_involuntary(summary: RecurringCounts, at: Place, confidence: float = 0.95) -> Number:
    """Share of the customers at the start who were gone at the end without having decided to go."""
    return conclude_share(_involuntary(summary, at), "customers", _NO_START, confidence)


def estimate_voluntary(summary: RecurringCounts, at: Place, confidence: float = 0.95) -> Number:
    """Share of the customers at the start who were gone at the end by any other churn."""
    return conclude_share(_voluntary(summary, at), "customers", _NO_START, confidence)


def estimate_forced_loss(summary: RecurringCounts, at: Place, confidence: float = 0.95) -> Number:
    """Involuntary churn of the period over the level at its start."""
    lost = summary.forced_lost.cell(at.cell)
    number = conclude_mean(lost, "share", "customers", _NO_START, confidence, 1.0, (0.0, float("inf")))
    return replace(number, n=lost.people)


def compare_forced_loss(
    summary: RecurringCounts, before: Place, after: Place, confidence: float = 0.95
) -> Comparison | Undefined:
    """Difference of two parts of revenue that were lost involuntarily."""
    a, b = (summary.forced_lost.cell(at.cell) for at in (before, after))
    return compare_mean(a, b, "share", _NO_START, confidence)


_SUM: dict[str, Any] = REVENUE_WORDS | {"unit": "value", "interval": "sum-gamma", "minimum_n": 1}
_SUM["source"] = "Fay & Feuer 1997; movements as in docs/definitions/recurring.md"
_RECORDED = "What was recorded is exact. The interval tells how far it might have come out otherwise, had as many customers come by chance."
_monthly, _monthly_change = _level(1)
_yearly, _yearly_change = _level(12)

RECURRING_REVENUE: QueryMetric[RecurringCounts] = QueryMetric(
    **_SUM | {"estimate": _monthly, "compare": _monthly_change, "better": "higher"},
    name="recurring_revenue",
    title="Monthly recurring revenue",
    asks="How much recurring revenue is there at the period's end?",
    scale="above 0, in the currency of the values",
    definition="The sum of all customers' levels at the period's end, each divided by the months that it pays for (the query's `monthly`).",
    formula="sum of levels at the end",
    caveats=(
        _RECORDED,
        "Whether it changed is told by its movements: the same customers stand behind both ends, and are compared as if they did not.",
        _FEW_LARGE,
    ),
)
ANNUAL_RECURRING_REVENUE: QueryMetric[RecurringCounts] = QueryMetric(
    **_SUM | {"estimate": _yearly, "compare": _yearly_change, "better": "higher"},
    name="annual_recurring_revenue",
    title="Annual recurring revenue",
    asks="How much is the recurring revenue of the period's end in a year?",
    scale="above 0, in the currency of the values",
    definition="Twelve times the sum of all customers' monthly levels at the period's end.",
    formula="12 * sum of levels at the end",
    caveats=("It takes every customer to stay and to pay the same for a year: a rate, no forecast.", _RECORDED, _FEW_LARGE),
)
REVENUE_PER_CUSTOMER: QueryMetric[RecurringCounts] = QueryMetric(
    **REVENUE_WORDS
    | {"unit": "value", "interval": "t-clustered", "source": "Student 1908; Welch 1947 for changes"}
    | {"estimate": estimate_per_customer, "compare": compare_per_customer, "better": "higher"},
    name="revenue_per_customer",
    title="Recurring revenue per customer",
    asks="How much recurring revenue does a customer bring?",
    scale="above 0, in the currency of the values",
    definition="The mean level at the period's end of the customers who have one.",
    formula="sum of levels at the end / customers at the end",
    caveats=("It also rises when small customers leave: read churn beside it.", _FEW_LARGE, _SAME),
)


def _movement(
    kind: int, name: str, title: str, asks: str, definition: str, better: str, caveat: str
) -> QueryMetric[RecurringCounts]:
    estimate, change = _moved(kind)
    return QueryMetric(
        **_SUM | {"estimate": estimate, "compare": change, "better": better},
        name=name,
        title=title,
        asks=asks,
        scale="above 0, in the currency of the values",
        definition=definition,
        formula=f"sum over customers of what they moved by: {MOVEMENTS[kind]}",
        caveats=(caveat, _RECORDED, _FEW_LARGE),
    )


NEW_REVENUE = _movement(
    NEW,
    "new_revenue",
    "New revenue",
    "How much recurring revenue did new customers bring?",
    "What the levels rose by that came from 0 for the first time.",
    "higher",
    "What a new customer adds later in the period is expansion.",
)
EXPANSION_REVENUE = _movement(
    EXPANSION,
    "expansion_revenue",
    "Expansion revenue",
    "How much more recurring revenue did existing customers bring?",
    "What levels above 0 rose by, every movement counted.",
    "higher",
    "A level that dips and recovers is contraction and expansion, though nothing is gained.",
)
CONTRACTION_REVENUE = _movement(
    CONTRACTION,
    "contraction_revenue",
    "Contraction revenue",
    "How much less recurring revenue did customers bring who stayed?",
    "What levels fell by to something above 0, every movement counted.",
    "lower",
    "One of several subscriptions that ends is contraction; only the last one is churn.",
)
CHURNED_REVENUE = _movement(
    CHURN,
    "churned_revenue",
    "Churned revenue",
    "How much recurring revenue left with customers who left?",
    "What levels fell by to 0, each time it happened.",
    "lower",
    "Who comes back within the period churned too; what came back is reactivation.",
)
REACTIVATED_REVENUE = _movement(
    REACTIVATION,
    "reactivated_revenue",
    "Reactivated revenue",
    "How much recurring revenue came back with customers who had left?",
    "What levels rose by from 0 of those who had a level before.",
    "higher",
    "Where the data begin late, who comes back looks new.",
)

_WHY: dict[str, Any] = REVENUE_WORDS | {
    "needs": {"involuntary": ()},
    "better": "lower",
    "interval": "wilson",
    "minimum_n": 1,
    "source": "Wilson 1927; the rule is the model's own, see docs/definitions/recurring.md",
    "scale": "0 to 1",
}
_BY_RULE = "Why somebody left is read from the signal that ended it: what the source does not tell apart counts as voluntary."

VOLUNTARY_CHURN: QueryMetric[RecurringCounts] = QueryMetric(
    **_WHY | {"estimate": estimate_voluntary, "compare": share_change(_voluntary, _NO_START)},
    name="voluntary_churn",
    title="Voluntary churn",
    asks="Which share of the customers at the period's start had decided to leave by its end?",
    definition="Customers with a level above 0 when the period began and at 0 when it ended, whose last churn was not involuntary, of all "
    "customers with a level when it began.",
    formula="customers at the start who are at 0 at the end, not by an involuntary end / customers at the start",
    caveats=(_BY_RULE, "With involuntary churn it adds up to customer churn.", _SAME),
)
INVOLUNTARY_CHURN: QueryMetric[RecurringCounts] = QueryMetric(
    **_WHY | {"estimate": estimate_involuntary, "compare": share_change(_involuntary, _NO_START)},
    name="involuntary_churn",
    title="Involuntary churn",
    asks="Which share of the customers at the period's start was lost without wanting to leave?",
    definition="Customers with a level above 0 when the period began and at 0 when it ended, whose last churn came by an end that the query's "
    "`involuntary` means (a payment that failed, say), of all customers with a level when it began.",
    formula="customers at the start who are at 0 at the end by an involuntary end / customers at the start",
    caveats=(_BY_RULE, "Some let a payment fail because they want to leave: part of it is voluntary after all.", _SAME),
)
INVOLUNTARY_REVENUE_CHURN: QueryMetric[RecurringCounts] = QueryMetric(
    **_WHY
    | {"estimate": estimate_forced_loss, "compare": compare_forced_loss, "interval": "delta", "minimum_n": 2}
    | {"scale": "0 and up", "source": "Deng, Knoblich & Lu 2018; see docs/definitions/recurring.md"},
    name="involuntary_revenue_churn",
    title="Involuntary revenue churn",
    asks="Which part of the recurring revenue was lost with customers who did not want to leave?",
    definition="Involuntary churn of the period, each time it happened, over the level at its start.",
    formula="involuntary churn / level at the start",
    caveats=("Much of it can be won back by asking for another way to pay.", _FEW_LARGE, _SAME),
)
