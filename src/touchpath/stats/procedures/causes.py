"""Procedures about what a change did: differences in differences and interrupted series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import msgspec

from touchpath.stats.difference_in_differences import did_from_means, did_regression
from touchpath.stats.interrupted_series import count_step, segmented_regression
from touchpath.stats.procedures.checked import Answer, Count, Counts, Flags, Numbers, Open, Positive, Procedure, zero_or_one
from touchpath.stats.regression import usual_lags

Place = Annotated[int, msgspec.Meta(ge=1)]
Exposures = Annotated[list[Positive], msgspec.Meta(min_length=1)]


class ErrorsOfSegments(NamedTuple):
    """The standard errors of the four coefficients of two lines."""

    intercept: float
    pre_slope: float
    level_change: float
    slope_change: float


def _did(outcome: Numbers, treated: Flags, post: Flags, cluster: list[str | int] | None = None) -> Answer:
    found = did_regression(outcome, zero_or_one(treated), zero_or_one(post), cluster)
    return {"did": found.did, "se_ols": found.se_plain, "se_hc1": found.se_hc1, "se_cluster": found.se_cluster}


def _did_means(treated_pre: float, treated_post: float, control_pre: float, control_post: float) -> Answer:
    return {"did": did_from_means(treated_pre, treated_post, control_pre, control_post)}


def _step(
    counts: Counts, exposure: Exposures, first_post_index: Place, harmonic_pairs: Count = 0, confidence: Open = 0.95
) -> Answer:
    found = count_step(counts, exposure, first_post_index, harmonic_pairs, confidence=confidence)
    return {"rate_ratio": found.ratio, "lower": found.low, "upper": found.high, "dispersion": found.dispersion}


def _segmented(series: Numbers, first_post_index: Place, hac_lags: Count | None = None) -> Answer:
    """The standard errors come in the order of the four coefficients, and by their names."""
    lags = usual_lags(len(series)) if hac_lags is None else hac_lags
    found = segmented_regression(series, first_post_index, lags)
    return {
        "intercept": found.intercept,
        "pre_slope": found.slope_before,
        "level_change": found.level_change,
        "slope_change": found.slope_change,
        "se_hac": found.se_hac and ErrorsOfSegments(*found.se_hac),
        "se_ols": found.se_plain and ErrorsOfSegments(*found.se_plain),
    }


CAUSES: Mapping[str, Procedure] = {
    "did_2x2_regression": _did,
    "did_from_means": _did_means,
    "its_quasi_poisson_step": _step,
    "segmented_regression_newey_west": _segmented,
}
