"""Procedures about experiments: lift, always valid intervals, what was known before, families of tests, planning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from touchpath.stats import effects
from touchpath.stats.detectable import people_for, people_for_shares, power_of
from touchpath.stats.experiments import (
    Known,
    always_valid_interval,
    cuped,
    cuped_theta,
    lift_test,
    relative_lift,
    sample_ratio_mismatch,
    share_mean,
)
from touchpath.stats.means import Mean, Welch
from touchpath.stats.multiple import benjamini_hochberg, bonferroni, holm
from touchpath.stats.procedures.checked import Answer, Count, Counts, Numbers, Open, Positive, Procedure, Share
from touchpath.stats.procedures.limits import limits
from touchpath.stats.procedures.means import Sums


class Converted(msgspec.Struct, forbid_unknown_fields=True):
    """How many people, and how many of them did it."""

    n: Count
    sum: Count

    def mean(self) -> Mean:
        """Their share, with its error."""
        return share_mean(self.sum, self.n)


def _always_valid(control: Converted, treatment: Converted, tuning_n: Positive = 5000.0, alpha: Open = 0.05) -> Answer:
    found = relative_lift(control.mean(), treatment.mean())
    interval = always_valid_interval(found, control.n + treatment.n, alpha, tuning_n)
    return {"effect": found.lift, "se": found.error} | limits(interval)


def _lift(found: Welch) -> Answer:
    return {"effect": found.difference, "se": found.error, "lower": found.low, "upper": found.high, "p": found.p}


def _lift_of_means(control: Sums, treatment: Sums, confidence: Open = 0.95) -> Answer:
    return _lift(lift_test(control.mean(), treatment.mean(), confidence))


def _lift_of_shares(control: Converted, treatment: Converted, confidence: Open = 0.95) -> Answer:
    return _lift(lift_test(control.mean(), treatment.mean(), confidence))


def _cuped(
    treatment_post: Numbers, treatment_pre: Numbers, control_post: Numbers, control_pre: Numbers, confidence: Open = 0.95
) -> Answer:
    found = cuped(Known(treatment_post, treatment_pre), Known(control_post, control_pre), confidence)
    return {
        "theta": found.theta,
        "diff_unadjusted": found.plain.difference,
        "diff_cuped": found.adjusted.difference,
        "se_cuped": found.adjusted.error,
        "variance_reduction": found.saved,
        "lower": found.adjusted.low,
        "upper": found.adjusted.high,
        "p": found.adjusted.p,
    }


def _theta(treatment_post: Numbers, treatment_pre: Numbers, control_post: Numbers, control_pre: Numbers) -> Answer:
    return {"theta": cuped_theta(Known(treatment_post, treatment_pre), Known(control_post, control_pre))}


def _multiple(p_values: Annotated[list[Share], msgspec.Meta(min_length=1)]) -> Answer:
    return {
        "holm": holm(p_values),
        "benjamini_hochberg": benjamini_hochberg(p_values),
        "bonferroni": bonferroni(p_values),
    }


def _mismatch(observed: Counts, expected_weights: Numbers) -> Answer:
    found = sample_ratio_mismatch(observed, expected_weights)
    return {"chi2": found.statistic, "p": found.p}


def _power_means(n_per_group: Positive, delta: float, sd: Positive, alpha: Open = 0.05) -> Answer:
    return {"power": power_of(effects.Mean(sd), n_per_group, delta, alpha)}


def _size_means(delta: float, sd: Positive, power: Open = 0.8, alpha: Open = 0.05) -> Answer:
    return {"n_per_group": people_for(effects.Mean(sd), delta, power, alpha)}


def _size_shares(p1: Share, p2: Share, power: Open = 0.8, alpha: Open = 0.05) -> Answer:
    return {"n_per_group": people_for_shares(p1, p2, power, alpha)}


EXPERIMENTS: Mapping[str, Procedure] = {
    "asymptotic_confidence_sequence": _always_valid,
    "cuped": _cuped,
    "cuped_theta": _theta,
    "multiple_testing": _multiple,
    "power_two_means": _power_means,
    "relative_lift_delta_method_means": _lift_of_means,
    "relative_lift_delta_method_proportions": _lift_of_shares,
    "sample_ratio_mismatch": _mismatch,
    "sample_size_two_means": _size_means,
    "sample_size_two_proportions": _size_shares,
}
