"""Metrics of recurring revenue: what is lost of it, gross and net, what is kept, and churn as another house counts it."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.metric import QueryMetric
from touchpath.metrics.places import at_cell, mean_change, rate_change
from touchpath.metrics.recurring import (
    estimate_churn_with_new,
    estimate_gross_churn,
    estimate_gross_retention,
    estimate_net_churn,
)
from touchpath.timelines.recurring import RecurringCounts

_NOBODY = "nobody had a level when the period began"
_FEW_LARGE = "A few large customers can carry it: read the number of customers and the interval."
_SAME = "People who were customers in both periods are compared as if they were different people."

REVENUE_WORDS: dict[str, Any] = {
    "discipline": "CX",
    "level": "relationship",
    "horizon": "lifetime",
    "need": "functional",
    "unit": "share",
    "query": "recurring",
    "each": "month",
    "interval": "delta",
    "minimum_n": 2,
}

GROSS_REVENUE_CHURN: QueryMetric[RecurringCounts] = QueryMetric(
    **REVENUE_WORDS,
    name="gross_revenue_churn",
    title="Gross revenue churn",
    asks="Which part of the recurring revenue was lost in the period?",
    better="lower",
    scale="0 and up",
    estimate=at_cell(estimate_gross_churn),
    compare=rate_change(lambda summary, at: summary.lost.cell(at.cell), "share", _NOBODY),
    definition="Contraction and churn of the period, every movement counted, over the level at its start.",
    formula="(contraction + churn) / level at the start",
    source="ChartMogul, gross MRR churn rate; Deng, Knoblich & Lu 2018; see docs/definitions/recurring.md",
    caveats=(
        "Movements count, not only the ends: who dips and recovers, or joins and leaves within the period, shows here and not in gross "
        "revenue retention.",
        _FEW_LARGE,
        _SAME,
    ),
)
NET_REVENUE_CHURN: QueryMetric[RecurringCounts] = QueryMetric(
    **REVENUE_WORDS,
    name="net_revenue_churn",
    title="Net revenue churn",
    asks="Which part of the recurring revenue was lost, less what existing customers brought on top?",
    better="lower",
    scale="below 0 when more is gained than lost",
    estimate=at_cell(estimate_net_churn),
    compare=mean_change(lambda summary, at: summary.balance.cell(at.cell), "share", _NOBODY),
    definition="Contraction and churn less expansion and reactivation of the period, over the level at its start. New customers are not in "
    "it.",
    formula="(contraction + churn - expansion - reactivation) / level at the start",
    source="ChartMogul, net MRR churn rate; Deng, Knoblich & Lu 2018; see docs/definitions/recurring.md",
    caveats=("A good number may hide many who leave behind a few who pay more: read the gross one beside it.", _FEW_LARGE, _SAME),
)
GROSS_REVENUE_RETENTION: QueryMetric[RecurringCounts] = QueryMetric(
    **REVENUE_WORDS,
    name="gross_revenue_retention",
    title="Gross revenue retention",
    asks="Of the recurring revenue at the period's start, how much is still there at its end, expansion left out?",
    better="higher",
    scale="0 to 1",
    estimate=at_cell(estimate_gross_retention),
    compare=mean_change(lambda summary, at: summary.gross.cell(at.cell), "share", _NOBODY),
    definition="Level at the period's end of the customers who had one at its start, each counted with at most what they had then, over their "
    "level at the start.",
    formula="sum of min(level at the end, level at the start) / level at the start",
    source="Deng, Knoblich & Lu 2018; see docs/definitions/recurring.md",
    caveats=(_FEW_LARGE, "A month's retention and a year's are different numbers; say which.", _SAME),
)
CHURN_COUNTING_NEW: QueryMetric[RecurringCounts] = QueryMetric(
    **REVENUE_WORDS | {"interval": "wilson-clustered", "minimum_n": 1},
    name="churn_counting_new",
    title="Customer churn, new ones counted",
    asks="How often did customers leave, of those at the start and those who joined?",
    better="lower",
    scale="0 and up; above 1 when many leave twice",
    estimate=at_cell(estimate_churn_with_new),
    compare=rate_change(lambda summary, at: summary.churns.cell(at.cell), "share", "nobody had a level or was new in the period"),
    definition="Churns of the period, a second one of the same customer counted again, over the customers at its start and those who were new "
    "in it.",
    formula="churns / (customers at the start + new customers)",
    source="Stripe Billing, subscriber churn rate; Wilson 1927; Deng, Knoblich & Lu 2018; see docs/definitions/recurring.md",
    caveats=(
        "Not the usual churn (of those at the start alone), and not comparable with it.",
        "Stripe tells it for the last 30 days: ask for a period of 30 days for its number.",
        _SAME,
    ),
)
