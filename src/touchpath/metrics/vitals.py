"""Metrics of speed: how soon a page shows, answers and stands still, by the 75th percentile of page loads (Core Web Vitals).

Thresholds and the verdict on a page: `stats.vitals`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from touchpath.metrics.amounts import estimate_quantile
from touchpath.metrics.benchmarks import Band, Benchmark
from touchpath.metrics.conclude import compare_intervals, people_behind
from touchpath.metrics.metric import Number, Place, QueryMetric
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.vitals import VITAL_QUANTILE, VITALS, passes_core_vitals
from touchpath.timelines.amounts import AmountCounts

#: Fewer page loads than this say little about a 75th percentile.
ENOUGH = 100


def estimate_vital(summary: AmountCounts, at: Place, confidence: float = 0.95) -> Number:
    """The 75th percentile of page loads with order-statistic limits, by person where people loaded more than one."""
    if summary.units.codes.size > 1:
        several = summary.moments.cell(at.cell)
        return Undefined("its values come in several units", several.x, "page loads", people=people_behind(several))
    ratio, number = summary.moments.cell(at.cell), estimate_quantile(summary, at.cell, VITAL_QUANTILE, at.scale, confidence)
    if isinstance(number, Undefined):
        return Undefined(
            "no page load was measured" if ratio.x == 0 else number.reason, ratio.x, "page loads", people=number.people
        )
    told = Estimate(
        number.value,
        number.low,
        number.high,
        number.n,
        "page loads",
        "value",
        confidence,
        number.method,
        warnings=number.warnings,
        people=number.people,
    )
    if number.n < ENOUGH:
        told = told.warned(f"Only {number.n} page loads: a 75th percentile needs {ENOUGH}.")
    left_out = int(summary.without[at.cell] + summary.unread[at.cell])
    return told.warned(f"{left_out:,} measures carry no number and are left out.") if left_out else told


def change_of_vital(summary: AmountCounts, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined:
    """The difference of two 75th percentiles, from both intervals."""
    return compare_intervals(estimate_vital(summary, before, confidence), estimate_vital(summary, after, confidence), confidence)


def judge_page(lcp: Number, cls: Number, inp: Number) -> bool | None:
    """Whether a page passes: the 75th percentiles of LCP, CLS and INP are all good; without INP the other two decide.

    None: one that has to be there is missing, or the interval of one holds a threshold, so that chance may decide it either way.
    """
    if isinstance(lcp, Undefined) or isinstance(cls, Undefined):
        return None
    most = None if isinstance(inp, Undefined) else inp
    best = passes_core_vitals(lcp.low, cls.low, most.low if most else None)
    worst = passes_core_vitals(lcp.high, cls.high, most.high if most else None)
    return best if best == worst else None


def _bands(short: str) -> Benchmark:
    """Good, needs improvement, poor. A value on a threshold belongs to the better class, so edges lie just above."""
    good, poor = (math.nextafter(edge, math.inf) for edge in VITALS[short])
    bands = (Band("good", high=good), Band("needs improvement", good, poor), Band("poor", poor))
    return Benchmark(f"Thresholds of {short}", bands, "web.dev, web-vitals", 2024, "read")


def _vital(short: str, title: str, asks: str, what: str, *caveats: str) -> QueryMetric[AmountCounts]:
    unit = "a score without unit" if short == "CLS" else "milliseconds"
    return QueryMetric(
        name=short.lower(),
        title=f"{title} ({short})",
        asks=asks,
        discipline="UX",
        level="interface",
        horizon="session",
        need="functional",
        unit="value",
        better="lower",
        scale=f"0 and up; {unit}",
        query="values",
        needs={"column": ("value",)},
        estimate=estimate_vital,
        compare=change_of_vital,
        interval="order-statistics",
        method="The value at rank 1 + (n - 1) 0.75 of all page loads (linear interpolation, type 7), with order-statistic limits; where people "
        "loaded more than one page, at ranks with an error clustered by person. Changes come from both intervals.",
        definition=f"75th percentile over page loads of {what}, measured in browsers of people. The query's `of` says which signals carry it: "
        f"`{{kind: page.measured, where: {{properties.measure: {short}}}}}`.",
        formula=f"the value that 75 % of the page loads do not exceed, in {unit}",
        source="web.dev, Web Vitals; thresholds of the web-vitals library; Conover 1999; Woodruff 1952 for people who repeat",
        caveats=(
            "Field data only: measures of a laboratory (Lighthouse) are another number and must not be mixed in.",
            "Telephones and desktops differ widely: ask by device. The usual period is 28 days.",
            "Values are read from bins at most 0.8 % wide; tools that read theirs from histograms of their own differ in the last digits.",
            *caveats,
        ),
        minimum_n=2,
        benchmarks=(_bands(short),),
    )


LCP = _vital(
    "LCP",
    "Largest contentful paint",
    "How long until people see the main thing on a page?",
    "the time until the largest text or image was drawn",
    "A page passes the Core Web Vitals when LCP, INP and CLS are all good; where INP is missing, the other two decide: the query `vitals` says.",
)
INP = _vital(
    "INP",
    "Interaction to next paint",
    "How long until a page answers to a click or a key?",
    "the slowest (of many, nearly the slowest) time from an interaction to the next frame",
    "It exists only where people interacted. It replaced first input delay (FID) in March 2024.",
)
CLS = _vital(
    "CLS",
    "Cumulative layout shift",
    "How much does a page jump about while people read it?",
    "the largest burst of unexpected layout shifts",
)
FCP = _vital(
    "FCP", "First contentful paint", "How long until people see anything on a page?", "the time until anything was drawn"
)
TTFB = _vital(
    "TTFB",
    "Time to first byte",
    "How long until the server begins to answer?",
    "the time from the start of the navigation to the first byte of the answer",
    "OpenReplay grades it by thresholds of its own (200 and 600 ms).",
)
#: All of them by the name that the library gives them.
MEASURES: Mapping[str, QueryMetric[AmountCounts]] = {"LCP": LCP, "INP": INP, "CLS": CLS, "FCP": FCP, "TTFB": TTFB}
