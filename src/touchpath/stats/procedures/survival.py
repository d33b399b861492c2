"""Procedures about durations until people leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from touchpath.stats.cox import cox_single_covariate
from touchpath.stats.durations import log_rank, median_survival, point_at, restricted_mean, survival_curve
from touchpath.stats.intervals import Interval
from touchpath.stats.procedures.checked import Answer, Flags, NotNegative, Numbers, Open, Positive, Procedure, zero_or_one

#: 0 or 1, false or true, or any number of each person.
Covariate = Annotated[list[float | bool], msgspec.Meta(min_length=1)]


def _kaplan_meier(
    durations: Numbers, event_observed: Flags, at_times: list[NotNegative] | None = None, confidence: Open = 0.95
) -> Answer:
    curve = survival_curve(durations, zero_or_one(event_observed), confidence)
    found = {_word(time): _point(point_at(curve, time, confidence)) for time in at_times or []}
    return {"at": found, "median": median_survival(curve)}


def _word(time: float) -> str:
    """A time as a key: 9 and not 9.0."""
    return str(int(time)) if float(time).is_integer() else repr(float(time))


def _point(point: tuple[float | None, float | None, Interval | None, Interval | None]) -> dict[str, object]:
    survival, error, loglog, log = point
    return {
        "survival": survival,
        "se_greenwood": error,
        "loglog_lower": loglog and loglog.low,
        "loglog_upper": loglog and loglog.high,
        "log_lower": log and log.low,
        "log_upper": log and log.high,
    }


def _restricted_mean(durations: Numbers, event_observed: Flags, tau: Positive) -> Answer:
    return {"rmst": restricted_mean(survival_curve(durations, zero_or_one(event_observed)), tau).mean}


def _log_rank(durations: Numbers, event_observed: Flags, group: list[str | int]) -> Answer:
    found = log_rank(durations, zero_or_one(event_observed), [str(name) for name in group])
    return {"chi2": found.chi2, "df": found.df, "p": found.p}


def _cox(durations: Numbers, event_observed: Flags, covariate: Covariate, ties: str = "efron") -> Answer:
    found = cox_single_covariate(durations, zero_or_one(event_observed), [float(one) for one in covariate], ties)
    return {"coef": found.coefficient, "hazard_ratio": found.ratio, "se": found.error, "p": found.p}


SURVIVAL: Mapping[str, Procedure] = {
    "cox_single_covariate": _cox,
    "kaplan_meier": _kaplan_meier,
    "log_rank": _log_rank,
    "restricted_mean_survival_time": _restricted_mean,
}
