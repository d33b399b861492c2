"""Procedures about drivers: what goes with an outcome, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
import numpy as np

from touchpath.stats.procedures.checked import Answer, Numbers, Procedure
from touchpath.stats.relative_importance import (
    EXACT_UP_TO,
    ORDERINGS,
    Survey,
    johnson_each,
    lmg_each,
    lmg_sampled,
    r_squared,
    standardized_slopes,
    survey_of,
)

Predictors = Annotated[dict[str, Numbers], msgspec.Meta(min_length=1)]
#: So that the same question has the same answer.
SEED = 20_000


def _named(survey: Survey, values: Iterable[float]) -> dict[str, float]:
    return {name: float(value) for name, value in zip(survey.names, values, strict=True)}


def _johnson(outcome: Numbers, predictors: Predictors) -> Answer:
    survey = survey_of(outcome, predictors)
    weights = johnson_each(survey.correlations[None])[0]
    return {"raw_weights": _named(survey, weights), "r_squared": r_squared(survey.correlations)}


def _lmg(outcome: Numbers, predictors: Predictors) -> Answer:
    """Above 12 predictors the importances are drawn, and `monte_carlo_error` says how far they may be off."""
    survey = survey_of(outcome, predictors)
    explained: dict[str, object] = {"r_squared": r_squared(survey.correlations)}
    if len(predictors) <= EXACT_UP_TO:
        return {"importance": _named(survey, lmg_each(survey.correlations[None])[0])} | explained
    found = lmg_sampled(survey.correlations, ORDERINGS, np.random.default_rng(SEED))
    return {"importance": _named(survey, found.importance), "monte_carlo_error": _named(survey, found.error)} | explained


def _slopes(outcome: Numbers, predictors: Predictors) -> Answer:
    survey = survey_of(outcome, predictors)
    found = standardized_slopes(survey.correlations)
    return {"standardized_beta": _named(survey, found.beta), "vif": _named(survey, found.vif)}


DRIVERS: Mapping[str, Procedure] = {
    "johnson_relative_weights": _johnson,
    "lmg_shapley": _lmg,
    "standardized_beta_and_vif": _slopes,
}
