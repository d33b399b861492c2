"""What durations of customers mean: which share is still there after a time, and how long half of them stay; Kaplan and Meier's curve.

Both are read from a query `between` whose start is a customer's beginning and whose end is their leaving: who has not left yet counts for as
long as they were seen.
"""

from __future__ import annotations

from typing import Any, Literal

from touchpath.metrics.between import estimate_met_by, estimate_waits
from touchpath.metrics.metric import Number, Place, QueryMetric
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.intervals import Interval, around_difference
from touchpath.timelines.between import BetweenCounts


def estimate_still_there(summary: BetweenCounts, at: Place, confidence: float = 0.95) -> Number:
    """Share still there after the first time that the query names, with limits on the scale of ln(-ln S)."""
    if not at.terms:
        return Undefined("the query does not say after which time: give it 'at'", 0, "customers")
    ((_, gone),) = estimate_met_by(summary.waits, at.cell, at.terms[:1], confidence)
    if isinstance(gone, Undefined):
        return Undefined(gone.reason, gone.n, "customers")
    return Estimate(
        1 - gone.value, 1 - gone.high, 1 - gone.low, gone.n, "customers", "share", confidence, gone.method, warnings=gone.warnings
    )


def compare_still_there(summary: BetweenCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    """The difference of two cohorts' shares, from the limits of both.

    Source: Zou & Donner 2008, Statistics in Medicine 27:1693 ("method of variance estimates recovery").
    """
    first, second = (estimate_still_there(summary, at, confidence) for at in (before, after))
    for one in (first, second):
        if isinstance(one, Undefined):
            return one
    assert isinstance(first, Estimate)
    assert isinstance(second, Estimate)
    limits = around_difference(second.value, Interval(second.low, second.high), first.value, Interval(first.low, first.high))
    changed: Literal["up", "down"] | None = "up" if limits.low > 0 else "down" if limits.high < 0 else None
    method = "difference of two Kaplan-Meier shares, from the limits of both"
    return Comparison("difference", second.value - first.value, *limits, confidence, "share", method, changed)


def estimate_half_life(summary: BetweenCounts, at: Place, confidence: float = 0.95) -> Number:
    """Seconds after which half of the customers have left; undefined where fewer are seen to leave."""
    (found,) = estimate_waits(summary.waits, at.cell, (0.5,), confidence)
    return found


def _no_comparison(summary: BetweenCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    del summary, before, after, confidence
    return Undefined("two medians of curves are not compared; compare the share still there after one time")


_STAYING: dict[str, Any] = {
    "discipline": "CX",
    "level": "relationship",
    "horizon": "lifetime",
    "need": "functional",
    "better": "higher",
    "query": "between",
    "interval": "kaplan-meier",
    "source": "Kaplan & Meier 1958; Greenwood 1926; Kalbfleisch & Prentice 2002",
    "minimum_n": 5,
}
_SURVIVORS = (
    "People who were customers before the data begin must not start in the data: those of them who left early are missing, and the curve "
    "would be too good (left truncation)."
)
_UNTIED = "Who has left without saying so counts as still there: the query's end must be a signal of leaving."

CUSTOMER_SURVIVAL: QueryMetric[BetweenCounts] = QueryMetric(
    **_STAYING,
    name="customer_survival",
    title="Customers still there",
    asks="Which share of customers is still there after a given time?",
    unit="share",
    scale="0 to 1",
    needs={"at": ()},
    estimate=estimate_still_there,
    compare=compare_still_there,
    definition="Customers who began in the period (the query's start) and had not left (its end) after the first time under `at`; who has not "
    "been a customer for so long yet counts for as long as they were seen.",
    formula="product over times t up to `at` of (1 - left at t / still there before t)",
    caveats=(_SURVIVORS, _UNTIED, "Cohorts are compared as if no person were in both."),
)
CUSTOMER_HALF_LIFE: QueryMetric[BetweenCounts] = QueryMetric(
    **_STAYING,
    name="customer_half_life",
    title="Customer half-life",
    asks="After how long has half of the customers left?",
    unit="seconds",
    scale="above 0",
    estimate=estimate_half_life,
    compare=_no_comparison,
    definition="The time after which the curve of customers still there falls to one half; undefined while more than half are still there.",
    formula="first t with S(t) <= 0.5 (the middle of the step where the curve is flat at one half)",
    caveats=(_SURVIVORS, _UNTIED),
)
