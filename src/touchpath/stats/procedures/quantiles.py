"""Procedures about quantiles and rates of rare events."""

from __future__ import annotations

from collections.abc import Mapping

from touchpath.stats.procedures.checked import Answer, Count, Numbers, Open, Positive, Procedure
from touchpath.stats.procedures.limits import limits
from touchpath.stats.quantiles import quantile_interval
from touchpath.stats.rates import poisson_interval


def _quantile(values: Numbers, q: Open, confidence: Open = 0.95) -> Answer:
    found = quantile_interval(values, q, confidence)
    return {"quantile": found.value, "lower": found.low, "upper": found.high}


def _median(values: Numbers, q: Open = 0.5, confidence: Open = 0.95) -> Answer:
    return _quantile(values, q, confidence)


def _poisson(events: Count, exposure: Positive, confidence: Open = 0.95) -> Answer:
    return {"rate": events / exposure} | limits(poisson_interval(events, exposure, confidence))


QUANTILES: Mapping[str, Procedure] = {
    "median_order_statistic_interval": _median,
    "poisson_exact_interval": _poisson,
}
