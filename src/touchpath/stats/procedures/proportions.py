"""Procedures about one, two or more shares."""

from __future__ import annotations

from collections.abc import Mapping

from touchpath.stats.exact_tests import fisher_exact
from touchpath.stats.intervals import Interval, check_shares
from touchpath.stats.paired_shares import bonett_price_interval, mcnemar_test
from touchpath.stats.procedures.checked import Answer, Count, Counts, Open, Procedure, Share
from touchpath.stats.procedures.limits import limits
from touchpath.stats.proportions import (
    adjusted_share,
    adjusted_wald_interval,
    agresti_caffo_interval,
    clopper_pearson_interval,
    jeffreys_interval,
    lewis_sauro_estimate,
    newcombe_interval,
    wilson_interval,
)
from touchpath.stats.share_tests import benchmark_test, campbell_test, equal_shares, least_expected, n_minus_1_chi_square


def _wilson(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    return limits(wilson_interval(successes, n, confidence))


def _adjusted_wald(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    p_adj = adjusted_share(successes, n, confidence)
    return {"p_adj": p_adj} | limits(adjusted_wald_interval(successes, n, confidence))


def _clopper_pearson(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    return limits(clopper_pearson_interval(successes, n, confidence))


def _jeffreys(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    return limits(jeffreys_interval(successes, n, confidence))


def _first_contact(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    found = wilson_interval(successes, n, confidence)
    return {"rate": successes / n} | limits(found)


def _abandonment(started: Count, completed: Count, confidence: Open = 0.95) -> Answer:
    check_shares(completed, started)
    return _first_contact(started - completed, started, confidence)


def _benchmark(successes: Count, n: Count, benchmark: Share) -> Answer:
    found = benchmark_test(successes, n, benchmark)
    return {"p_exact": found.exact, "p_mid": found.mid}


def _point_estimators(successes: Count, n: Count, confidence: Open = 0.95) -> Answer:
    chosen = lewis_sauro_estimate(successes, n)
    return {
        "mle": successes / n,
        "laplace": (successes + 1) / (n + 2),
        "wilson_midpoint": adjusted_share(successes, n, confidence),
        "lewis_sauro": chosen.share,
        "lewis_sauro_choice": chosen.rule,
    }


def _difference(successes_a: int, n_a: int, successes_b: int, n_b: int, found: Interval) -> Answer:
    return {"diff": successes_a / n_a - successes_b / n_b} | limits(found)


def _newcombe(successes_a: Count, n_a: Count, successes_b: Count, n_b: Count, confidence: Open = 0.95) -> Answer:
    counts = (successes_a, n_a, successes_b, n_b)
    return _difference(*counts, newcombe_interval(*counts, confidence))


def _agresti_caffo(successes_a: Count, n_a: Count, successes_b: Count, n_b: Count, confidence: Open = 0.95) -> Answer:
    counts = (successes_a, n_a, successes_b, n_b)
    return _difference(*counts, agresti_caffo_interval(*counts, confidence))


def _n_minus_1(successes_a: Count, n_a: Count, successes_b: Count, n_b: Count) -> Answer:
    counts = (successes_a, n_a, successes_b, n_b)
    found = n_minus_1_chi_square(*counts)
    return {"chi2": found.statistic, "p": found.p, "min_expected": least_expected(*counts)}


def _fisher(successes_a: Count, n_a: Count, successes_b: Count, n_b: Count) -> Answer:
    return {"p": fisher_exact(successes_a, n_a, successes_b, n_b)}


def _auto_two(successes_a: Count, n_a: Count, successes_b: Count, n_b: Count) -> Answer:
    found = campbell_test(successes_a, n_a, successes_b, n_b)
    return {"method": found.method, "p": found.p, "min_expected": found.least_expected}


def _many(successes: Counts, n: Counts) -> Answer:
    found = equal_shares(successes, n)
    return {"chi2": found.statistic, "df": found.df, "p": found.p}


def _mcnemar(only_a: Count, only_b: Count) -> Answer:
    found = mcnemar_test(only_a, only_b)
    return {
        "p_exact": found.exact,
        "p_mid": found.mid,
        "chi2_asymptotic": found.chi_square,
        "p_asymptotic": found.asymptotic,
    }


def _bonett_price(both: Count, only_a: Count, only_b: Count, neither: Count, confidence: Open = 0.95) -> Answer:
    found = bonett_price_interval(both, only_a, only_b, neither, confidence)
    return {"diff": (only_a - only_b) / (both + only_a + only_b + neither)} | limits(found)


PROPORTIONS: Mapping[str, Procedure] = {
    "abandonment": _abandonment,
    "adjusted_wald_interval": _adjusted_wald,
    "agresti_caffo_interval": _agresti_caffo,
    "auto_two_proportion_test": _auto_two,
    "benchmark_binomial_one_sided": _benchmark,
    "bonett_price_interval": _bonett_price,
    "clopper_pearson_interval": _clopper_pearson,
    "fcr_rate": _first_contact,
    "fisher_exact_two_sided": _fisher,
    "jeffreys_interval": _jeffreys,
    "k_proportion_chi_square": _many,
    "mcnemar": _mcnemar,
    "n_minus_1_chi_square": _n_minus_1,
    "newcombe_hybrid_score_interval": _newcombe,
    "point_estimators": _point_estimators,
    "wilson_interval": _wilson,
}
