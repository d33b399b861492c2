"""Procedures about Core Web Vitals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from touchpath.stats.procedures.checked import Answer, NotNegative, Numbers, Open, Procedure
from touchpath.stats.procedures.quantiles import quantile_answer
from touchpath.stats.vitals import VITAL_QUANTILE, passes_core_vitals, rate_vital


class Page(msgspec.Struct, forbid_unknown_fields=True):
    """The 75th percentiles of a page; it may be too seldom clicked to have an INP."""

    LCP: NotNegative
    CLS: NotNegative
    INP: NotNegative | None = None


def _p75(values: Numbers, q: Open = VITAL_QUANTILE, confidence: Open = 0.95) -> Answer:
    return quantile_answer(values, q, confidence)


def _rate(cases: Annotated[list[tuple[str, float]], msgspec.Meta(min_length=1)]) -> Answer:
    return {"ratings": [rate_vital(vital, value) for vital, value in cases]}


def _assess(cases: Annotated[list[Page], msgspec.Meta(min_length=1)]) -> Answer:
    return {"passes": [passes_core_vitals(page.LCP, page.CLS, page.INP) for page in cases]}


VITALS: Mapping[str, Procedure] = {
    "cwv_assessment": _assess,
    "p75_with_interval": _p75,
    "rate_web_vital": _rate,
}
