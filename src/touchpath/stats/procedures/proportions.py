"""Procedures about one and two shares."""

from __future__ import annotations

from collections.abc import Mapping

from touchpath.stats.procedures.checked import Answer, Count, Open, Procedure
from touchpath.stats.procedures.limits import limits
from touchpath.stats.proportions import (
    adjusted_share,
    adjusted_wald_interval,
    clopper_pearson_interval,
    lewis_sauro_estimate,
    newcombe_interval,
    wilson_interval,
)


def _wilson(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    return limits(wilson_interval(successes, n, confidence))


def _adjusted_wald(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    p_adj = adjusted_share(successes, n, confidence)
    return {"p_adj": p_adj} | limits(adjusted_wald_interval(successes, n, confidence))


def _clopper_pearson(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    return limits(clopper_pearson_interval(successes, n, confidence))


def _point_estimators(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    chosen = lewis_sauro_estimate(successes, n)
    return {
        "mle": successes / n,
        "laplace": (successes + 1) / (n + 2),
        "wilson_midpoint": adjusted_share(successes, n, confidence),
        "lewis_sauro": chosen.share,
        "lewis_sauro_choice": chosen.rule,
    }


def _newcombe(successes_a: Count, n_a: Count, successes_b: Count, n_b: Count, confidence: Open = 0.95) -> Answer:
    found = newcombe_interval(successes_a, n_a, successes_b, n_b, confidence)
    return {"diff": successes_a / n_a - successes_b / n_b} | limits(found)


PROPORTIONS: Mapping[str, Procedure] = {
    "adjusted_wald_interval": _adjusted_wald,
    "clopper_pearson_interval": _clopper_pearson,
    "newcombe_hybrid_score_interval": _newcombe,
    "point_estimators": _point_estimators,
    "wilson_interval": _wilson,
}
