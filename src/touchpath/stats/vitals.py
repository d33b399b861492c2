"""How fast and steady a page feels: Core Web Vitals, each rated by two thresholds, and a page by its 75th percentiles.

Source: web.dev, "Web Vitals" and the thresholds of the web-vitals library. Milliseconds; CLS has no unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from touchpath.model.errors import BadInput, unknown

Rating = Literal["good", "needs-improvement", "poor"]
#: A page is as good as the share of loads below: three quarters must feel like this or better.
VITAL_QUANTILE = 0.75


class Thresholds(NamedTuple):
    """Good up to the first, poor above the second; the boundary belongs to the better class."""

    good: float
    poor: float


VITALS: Mapping[str, Thresholds] = {
    "LCP": Thresholds(2500, 4000),
    "INP": Thresholds(200, 500),
    "CLS": Thresholds(0.1, 0.25),
    "FCP": Thresholds(1800, 3000),
    "TTFB": Thresholds(800, 1800),
}


def rate_vital(vital: str, value: float) -> Rating:
    """The class of one measure. Raises BadInput for an unknown vital or a value below 0."""
    if vital not in VITALS:
        raise BadInput(unknown("web vital", vital, VITALS))
    if not value >= 0:
        raise BadInput(f"A web vital is 0 or more, but {vital} came as {value}.")
    good, poor = VITALS[vital]
    return "good" if value <= good else "poor" if value > poor else "needs-improvement"


def passes_core_vitals(lcp: float, cls: float, inp: float | None) -> bool:
    """Whether a page passes: the 75th percentiles of LCP, CLS and INP are all good. Without INP the other two decide."""
    rated = [rate_vital("LCP", lcp), rate_vital("CLS", cls)] + ([] if inp is None else [rate_vital("INP", inp)])
    return all(rating == "good" for rating in rated)
