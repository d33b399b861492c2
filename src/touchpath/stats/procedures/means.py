"""Procedures about means, and about times on the scale of their logarithms."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec
import numpy as np

from touchpath.stats.clustered import ratio_of_people
from touchpath.stats.intervals import z_quantile
from touchpath.stats.means import (
    Mean,
    TTest,
    Welch,
    mean_from_sums,
    mean_of,
    mean_t_interval,
    t_above,
    t_test,
    welch_anova,
    welch_difference,
)
from touchpath.stats.procedures.checked import Answer, Count, NotNegative, NotNegatives, Numbers, Open, Procedure, Rows
from touchpath.stats.procedures.limits import limits
from touchpath.stats.ranks import paired_differences
from touchpath.stats.times import check_times, geometric_mean_interval, log_mean, paired_logs, practice_curve


class Sums(msgspec.Struct, forbid_unknown_fields=True):
    """How many numbers, their sum, and the sum of their squares."""

    n: Count
    sum: float
    sum_squares: NotNegative

    def mean(self) -> Mean:
        """The mean of these numbers, with its error."""
        return mean_from_sums(self.n, self.sum, self.sum_squares)


def _mean_t(values: Numbers, confidence: Open = 0.95) -> Answer:
    if len(values) == 1:
        return {"n": 1, "mean": float(values[0]), "sd": None, "lower": None, "upper": None}
    mean = mean_of(values)
    sd = mean.error * math.sqrt(len(values))
    return {"n": len(values), "mean": mean.mean, "sd": sd} | limits(mean_t_interval(mean, confidence))


def _welch_result(found: Welch) -> dict[str, object]:
    return {"t": found.t, "df": found.df, "p": found.p, "lower": found.low, "upper": found.high}


def _welch(values_a: Numbers, values_b: Numbers, confidence: Open = 0.95) -> Answer:
    found = welch_difference(mean_of(values_a), mean_of(values_b), confidence)
    return {"diff": found.difference} | _welch_result(found)


def _welch_from_sums(control: Sums, treatment: Sums, confidence: Open = 0.95) -> Answer:
    found = welch_difference(treatment.mean(), control.mean(), confidence)
    return {"effect": found.difference, "se": found.error, "p": found.p, "lower": found.low, "upper": found.high}


def _geometric_mean(times_seconds: Numbers, confidence: Open = 0.95) -> Answer:
    check_times(times_seconds)
    others = {"median": float(np.median(times_seconds)), "arithmetic_mean": math.fsum(times_seconds) / len(times_seconds)}
    if len(times_seconds) == 1:
        return {"geometric_mean": float(times_seconds[0]), "lower": None, "upper": None, **others}
    typical = geometric_mean_interval(log_mean(times_seconds), confidence)
    return {"geometric_mean": typical.value, "lower": typical.low, "upper": typical.high, **others}


def _geometric_ratio(times_a: Numbers, times_b: Numbers, confidence: Open = 0.95) -> Answer:
    found = welch_difference(log_mean(times_a), log_mean(times_b), confidence)
    ratio, lower, upper = (math.exp(log) for log in (found.difference, found.low, found.high))
    return {"ratio": ratio, "lower": lower, "upper": upper, "p": found.p, "df": found.df}


def _paired_ratio(times_a: Numbers, times_b: Numbers, confidence: Open = 0.95) -> Answer:
    found = t_test(paired_logs(times_a, times_b), confidence=confidence)
    ratio, lower, upper = (math.exp(log) for log in (found.difference, found.low, found.high))
    return {"ratio": ratio, "lower": lower, "upper": upper, "p": found.p}


def _practice(mean_times: Numbers) -> Answer:
    found = practice_curve(mean_times)
    return {
        "first_trial_fitted": found.first,
        "learning_exponent": found.exponent,
        "learning_rate": found.rate,
        "r_squared": found.r_squared,
    }


def _tested(found: TTest) -> dict[str, object]:
    return {"t": found.t, "df": found.df, "p": found.p, "lower": found.low, "upper": found.high}


def _paired_t(values_a: Numbers, values_b: Numbers, confidence: Open = 0.95) -> Answer:
    found = t_test(mean_of(paired_differences(values_a, values_b)), confidence=confidence)
    return {"mean_difference": found.difference} | _tested(found)


def _one_sample(values: Numbers, benchmark: float) -> Answer:
    found = t_test(mean_of(values), benchmark)
    return {"t": found.t, "df": found.df, "p_one_sided_greater": t_above(found.t, found.df)}


def _welch_anova(groups: Rows) -> Answer:
    found = welch_anova([mean_of(group) for group in groups])
    return {"f": found.f, "df_num": found.df, "df_den": found.df_error, "p": found.p}


def _ratio(numerator: Numbers, denominator: NotNegatives, confidence: Open = 0.95) -> Answer:
    ratio, error, _ = ratio_of_people(denominator, numerator)
    half = z_quantile(confidence) * error
    return {"ratio": ratio, "se": error, "lower": ratio - half, "upper": ratio + half}


MEANS: Mapping[str, Procedure] = {
    "first_vs_last_trial_ratio": _paired_ratio,
    "geometric_mean_ratio_independent": _geometric_ratio,
    "geometric_mean_ratio_paired": _paired_ratio,
    "geometric_mean_t_interval": _geometric_mean,
    "mean_difference_welch_from_moments": _welch_from_sums,
    "mean_t_interval": _mean_t,
    "one_sample_t_greater": _one_sample,
    "paired_t_test": _paired_t,
    "power_law_of_practice": _practice,
    "ratio_metric_delta_method": _ratio,
    "welch_anova": _welch_anova,
    "welch_t_test": _welch,
}
