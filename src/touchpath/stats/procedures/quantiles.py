"""Procedures about quantiles and rates of rare events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from touchpath.stats.exact_tests import equal_rates
from touchpath.stats.procedures.checked import Answer, Count, Numbers, Open, Positive, Procedure
from touchpath.stats.procedures.limits import limits
from touchpath.stats.quantiles import quantile_interval, reached_confidence
from touchpath.stats.rates import poisson_interval, rate_ratio_limits


def quantile_answer(values: Numbers, q: Open, confidence: Open = 0.95) -> Answer:
    """`reached_confidence`: how often the limits hold the quantile; of few values less than the confidence."""
    found = quantile_interval(values, q, confidence)
    reached = reached_confidence(len(values), q, confidence)
    return {"quantile": found.value, "lower": found.low, "upper": found.high, "reached_confidence": reached}


def _median(values: Numbers, q: Open = 0.5, confidence: Open = 0.95) -> Answer:
    return quantile_answer(values, q, confidence)


def _poisson(events: Count, exposure: Positive, confidence: Open = 0.95) -> Answer:
    return {"rate": events / exposure} | limits(poisson_interval(events, exposure, confidence))


def _rate_ratio(
    events: Annotated[list[Count], msgspec.Meta(min_length=2, max_length=2)],
    exposure: Annotated[list[Positive], msgspec.Meta(min_length=2, max_length=2)],
    confidence: Open = 0.95,
) -> Answer:
    (a, b), (for_a, for_b) = events, exposure
    p = equal_rates(a, for_a, b, for_b)
    low, high = rate_ratio_limits(a, for_a, b, for_b, confidence)
    ratio = a / for_a * (for_b / b) if b else None
    return {"rate_ratio": ratio, "p": p, "lower": low, "upper": high}


QUANTILES: Mapping[str, Procedure] = {
    "median_order_statistic_interval": _median,
    "poisson_exact_interval": _poisson,
    "poisson_rate_ratio_exact": _rate_ratio,
}
