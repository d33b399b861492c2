"""Metrics of soundness: how often what people do goes wrong, and on how many pages everybody can do it."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.metric import Number, PlaceComparing, QueryMetric
from touchpath.metrics.places import at_cell, change_of_cells, share_change
from touchpath.metrics.totals import compare_totals, estimate_part, estimate_totals
from touchpath.stats.clustered import each_once
from touchpath.timelines.totals import TotalCounts

_NOTHING = "there is nothing of the denominator"


def estimate_opportunities(summary: TotalCounts, cell: int, confidence: float = 0.95) -> Number:
    """Errors for each opportunity: a share by person while nobody can err more than once where there is one, else a ratio of totals."""
    ratio = summary.moments.cell(cell)
    once_at_most = ratio.yy == ratio.y and ratio.people == ratio.x
    if ratio.y <= ratio.x and (once_at_most or not each_once(ratio)):
        return conclude_share(ratio, "opportunities", _NOTHING, confidence)
    return estimate_totals(summary, cell, confidence)


part_change: PlaceComparing[TotalCounts] = share_change(lambda summary, at: summary.moments.cell(at.cell), _NOTHING)

#: What shares of signals have in common: the query counts a part of what what `per` counts.
PART: dict[str, Any] = {
    "discipline": "UX",
    "level": "interface",
    "horizon": "session",
    "need": "functional",
    "unit": "share",
    "scale": "0 to 1",
    "query": "counts",
    "needs": {"part": ("true",)},
    "estimate": at_cell(estimate_part),
    "compare": part_change,
    "interval": "wilson-clustered",
    "source": "Wilson 1927; Deng, Knoblich & Lu 2018",
}

FAILED_INTERACTIONS: QueryMetric[TotalCounts] = QueryMetric(
    **PART,
    name="failed_interactions",
    title="Failed interactions",
    asks="Which share of what people ask of the product fails?",
    better="lower",
    definition="Interactions (the query's `per`: requests, submits, payments) that failed (its `of`), of all interactions in the "
    "period. Reliability is the rest: 1 minus this share.",
    formula="failed interactions / interactions",
    caveats=(
        "Failures that never reach a log are not in it: a page that does not load cannot say so.",
        "A failure that is retried and works is still one: people waited for it.",
    ),
)
ERRORS_PER_OPPORTUNITY: QueryMetric[TotalCounts] = QueryMetric(
    **PART
    | {
        "needs": {},
        "horizon": "task",
        "scale": "0 and up; above 1 where people err several times at one opportunity",
        "estimate": at_cell(estimate_opportunities),
        "compare": change_of_cells(compare_totals),
    },
    name="errors_per_opportunity",
    title="Errors per opportunity",
    asks="How often does something go wrong where it could go wrong?",
    better="lower",
    definition="Errors (the query's `of`) for each opportunity to make one (its `per`: fields shown, choices offered, steps taken), "
    "over all people together.",
    formula="errors / opportunities",
    method="Wilson interval, clustered by person where people have several opportunities; of more errors than opportunities the delta method.",
    caveats=(
        "What counts as an opportunity decides the number: fix it before looking, and keep it.",
        "It compares tasks of different length; for one task errors per attempt say more.",
        "People with many opportunities weigh much.",
    ),
)
ACCESSIBLE_PAGES: QueryMetric[TotalCounts] = QueryMetric(
    **PART | {"horizon": "quarter"},
    name="accessible_pages",
    title="Pages without accessibility violations",
    asks="On which share of the checked pages did a check find no barrier?",
    better="higher",
    definition="Checks of pages (the query's `per`) that found no violation (its `of`), of all checks in the period. To count only "
    "severe ones, let `of` ask for none of them: `{kind: page.scanned, where: {properties.serious: 0, properties.critical: 0}}`; `by` "
    "cuts by rule set or part of the site.",
    formula="checks without a violation / checks",
    caveats=(
        "Automatic checks find a part of the barriers only: no violation found is not conformance with WCAG.",
        "Pages nobody visits weigh as much as the home page, and pages checked often weigh more: check each once in a period.",
        "The interval takes checks for a sample of pages. When all pages are checked there is nothing to estimate.",
    ),
)
