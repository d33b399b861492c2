"""Procedures about agreement: of raters, of items, of channels, and of a model with people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

import msgspec

from touchpath.stats.agreement import (
    Level,
    classification_quality,
    cohen_kappa,
    krippendorff_alpha,
    quadratic_kappa,
)
from touchpath.stats.heterogeneity import heterogeneity
from touchpath.stats.procedures.checked import Answer, Counts, Numbers, Procedure, Rows
from touchpath.stats.reliability import cronbach_alpha, intraclass_correlations

Table = Annotated[list[Counts], msgspec.Meta(min_length=1)]


def _kappa(confusion_matrix: Table) -> Answer:
    return {"kappa": cohen_kappa(confusion_matrix), "weighted_kappa_quadratic": quadratic_kappa(confusion_matrix)}


def _quality(confusion_matrix: Table) -> Answer:
    found = classification_quality(confusion_matrix)
    return {"accuracy": found.accuracy, "macro_f1": found.macro_f1}


def _alpha(reliability_data: Annotated[list[list[float | None]], msgspec.Meta(min_length=1)]) -> Answer:
    levels: tuple[Level, ...] = get_args(Level)
    return {level: krippendorff_alpha(reliability_data, level) for level in levels}


def _cronbach(respondents: Rows) -> Answer:
    return {"cronbach_alpha": cronbach_alpha(respondents)}


def _icc(ratings: Rows) -> Answer:
    found = intraclass_correlations(ratings)
    return {"icc_1_1": found.one_way, "icc_2_1": found.agreement, "icc_3_1": found.consistency}


def _channels(estimates: Numbers, standard_errors: Numbers) -> Answer:
    found = heterogeneity(estimates, standard_errors)
    return {
        "Q": found.q,
        "df": found.df,
        "p": found.p,
        "I2": found.i2,
        "tau2": found.tau2,
        "range": found.range,
        "fixed_mean": found.mean,
    }


AGREEMENT: Mapping[str, Procedure] = {
    "classification_quality": _quality,
    "cohen_kappa": _kappa,
    "cronbach_alpha": _cronbach,
    "heterogeneity_between_channels": _channels,
    "icc": _icc,
    "krippendorff_alpha": _alpha,
}
