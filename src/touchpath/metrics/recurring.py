"""What recurring values mean: churn of customers and of revenue, and revenue retention.

Definitions and their sources: docs/definitions/recurring.md.
"""

from __future__ import annotations

import math
from dataclasses import replace

from touchpath.metrics.conclude import conclude_mean, conclude_share
from touchpath.metrics.metric import Number, QueryMetric
from touchpath.metrics.places import at_cell, mean_change, share_change
from touchpath.timelines.moments import Ratio
from touchpath.timelines.recurring import SCALE, RecurringCounts

_NOBODY = "nobody had a level when the period began"


def _once(n: int, y: int) -> Ratio:
    """A ratio to which everybody contributes once."""
    return Ratio(n, n, y, n, y, y)


def churned(summary: RecurringCounts, cell: int) -> Ratio:
    """Those at 0 at the period's end among the customers at its start."""
    began, stayed = int(summary.owners[cell, 0]), int(summary.owners[cell, 1])
    return _once(began, began - stayed)


def estimate_churn(summary: RecurringCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the customers at the period's start who were at 0 at its end: returns within the period are not churn."""
    return conclude_share(churned(summary, cell), "customers", _NOBODY, confidence)


def estimate_churn_with_new(summary: RecurringCounts, cell: int, confidence: float = 0.95) -> Number:
    """How often customers churned in the period, by those at its start and those who were new in it; t by customer where some did twice.

    Source: Stripe Billing, "subscriber churn rate": new-and-gone counts in both, returning and leaving again is a second churn.
    """
    ratio, nobody = summary.churns.cell(cell), "nobody had a level or was new in the period"
    if ratio.people == ratio.x and ratio.yy == ratio.y:
        return conclude_share(_once(ratio.x, ratio.y), "customers", nobody, confidence)
    return conclude_mean(ratio, "share", "customers", nobody, confidence, 1.0, (0.0, math.inf))


#: Customer churn by the house whose documentation defines it.
CHURN_VARIANTS = {"chartmogul": estimate_churn, "stripe": estimate_churn_with_new}


def _ratio(ratio: Ratio, confidence: float, low: float = -math.inf, high: float = math.inf) -> Number:
    number = conclude_mean(ratio, "share", "customers", _NOBODY, confidence, 1.0, (low, high))
    return replace(number, n=ratio.people)  # not how much money there is, but how many customers it is of


def estimate_gross_churn(summary: RecurringCounts, cell: int, confidence: float = 0.95) -> Number:
    """Contraction and churn of the period over the level at its start. Source: ChartMogul, gross MRR churn rate."""
    return _ratio(summary.lost.cell(cell), confidence, 0.0)


def estimate_net_churn(summary: RecurringCounts, cell: int, confidence: float = 0.95) -> Number:
    """The same less expansion and reactivation: below 0 when more is gained than lost. Source: ChartMogul, net MRR churn rate."""
    return _ratio(summary.balance.cell(cell), confidence)


def estimate_gross_retention(summary: RecurringCounts, cell: int, confidence: float = 0.95) -> Number:
    """Of the level at the start what the same customers still bring at the end, each at most as much as before."""
    return _ratio(summary.gross.cell(cell), confidence, 0.0, 1.0)


def estimate_net_retention(summary: RecurringCounts, cell: int, confidence: float = 0.95) -> Number:
    """Of the level at the start what the same customers bring at the end, expansion included; new customers are not."""
    return _ratio(summary.net.cell(cell), confidence, 0.0)


def in_units(hundredths: int) -> float:
    """A level as people write it: whole units of money."""
    return hundredths / SCALE


CHURN: QueryMetric[RecurringCounts] = QueryMetric(
    name="churn",
    worthwhile=0.02,
    title="Customer churn",
    asks="Which share of the customers at the period's start had left at its end?",
    discipline="CX",
    level="relationship",
    horizon="lifetime",
    need="functional",
    unit="share",
    better="lower",
    scale="0 to 1",
    query="recurring",
    each="month",
    estimate=at_cell(estimate_churn),
    compare=share_change(lambda summary, at: churned(summary, at.cell), _NOBODY),
    interval="wilson",
    definition="Customers with a level above 0 when the period began and at 0 when it ended, of all customers with a level when it began. "
    "Those who joined during the period are not in it; those who left and came back within it have not churned.",
    formula="customers at the start who are at 0 at the end / customers at the start",
    source="Wilson 1927; ChartMogul, customer churn rate; see docs/definitions/recurring.md",
    caveats=(
        "A year's churn is 1 - (1 - m)^12 of a steady monthly m, never 12 m.",
        "Houses define it differently: Stripe also counts those who are new and gone within the period (churn_counting_new).",
        "People who were customers in both periods are compared as if they were different people.",
    ),
)
NET_REVENUE_RETENTION: QueryMetric[RecurringCounts] = QueryMetric(
    name="net_revenue_retention",
    title="Net revenue retention",
    asks="Of the recurring revenue at the period's start, how much do the same customers bring at its end?",
    discipline="CX",
    level="relationship",
    horizon="lifetime",
    need="functional",
    unit="share",
    better="higher",
    scale="0 and up; above 1 when expansion outweighs what was lost",
    query="recurring",
    each="month",
    estimate=at_cell(estimate_net_retention),
    compare=mean_change(lambda summary, at: summary.net.cell(at.cell), "share", _NOBODY),
    interval="delta",
    definition="Level at the period's end of the customers who had one at its start, expansion included, over their level at the start. "
    "New customers are not in it.",
    formula="level at the end of the customers of the start / level at the start",
    source="Deng, Knoblich & Lu 2018; see docs/definitions/recurring.md",
    caveats=(
        "A few large customers can carry it: read the number of customers and the interval.",
        "A month's retention and a year's are different numbers; say which.",
    ),
    minimum_n=2,
)
