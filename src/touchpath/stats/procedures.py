"""The statistical procedures by their public names, so that anyone can check an installation against numbers of their own.

Inputs and results are plain mappings; limits are called `lower` and `upper` here and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.stats.clustered import estimate_ratio, sum_people
from touchpath.stats.intervals import Interval, z_quantile
from touchpath.stats.means import Mean, Welch, mean_from_sums, mean_of, mean_t_interval, welch_difference
from touchpath.stats.nps import Tally, adjusted_score, nps_difference, nps_interval
from touchpath.stats.proportions import (
    adjusted_share,
    adjusted_wald_interval,
    clopper_pearson_interval,
    lewis_sauro_estimate,
    newcombe_interval,
    wilson_interval,
)
from touchpath.stats.quantiles import quantile_interval
from touchpath.stats.rates import poisson_interval
from touchpath.stats.scores import check_rating, nps_tally, sus_grade, sus_points
from touchpath.stats.times import geometric_mean_interval, log_mean

Answer = Mapping[str, object]
Sample = Mapping[str, float]


def run_procedure(name: str, inputs: Mapping[str, object]) -> Answer:
    """The result of one named procedure; raises Missing for an unknown name and BadInput for input it cannot take."""
    procedure = PROCEDURES.get(name)
    if procedure is None:
        raise Missing(unknown("procedure", name, PROCEDURES))
    try:
        return procedure(**inputs)
    except TypeError as error:
        raise BadInput(f"The procedure '{name}' cannot take {', '.join(inputs) or 'nothing'}: {error}.") from error


def _limits(interval: Interval) -> dict[str, object]:
    return {"lower": interval.low, "upper": interval.high}


def _wilson(successes: int, n: int, confidence: float) -> Answer:
    return _limits(wilson_interval(successes, n, confidence))


def _adjusted_wald(successes: int, n: int, confidence: float) -> Answer:
    p_adj = adjusted_share(successes, n, confidence)
    return {"p_adj": p_adj} | _limits(adjusted_wald_interval(successes, n, confidence))


def _clopper_pearson(successes: int, n: int, confidence: float) -> Answer:
    return _limits(clopper_pearson_interval(successes, n, confidence))


def _point_estimators(successes: int, n: int, confidence: float = 0.95) -> Answer:
    chosen = lewis_sauro_estimate(successes, n)
    return {
        "mle": successes / n,
        "laplace": (successes + 1) / (n + 2),
        "wilson_midpoint": adjusted_share(successes, n, confidence),
        "lewis_sauro": chosen.share,
        "lewis_sauro_choice": chosen.rule,
    }


def _newcombe(successes_a: int, n_a: int, successes_b: int, n_b: int, confidence: float) -> Answer:
    limits = newcombe_interval(successes_a, n_a, successes_b, n_b, confidence)
    return {"diff": successes_a / n_a - successes_b / n_b} | _limits(limits)


def _mean_t(values: Sequence[float], confidence: float) -> Answer:
    if len(values) == 1:
        return {"n": 1, "mean": float(values[0]), "sd": None, "lower": None, "upper": None}
    mean = mean_of(values)
    sd = mean.error * math.sqrt(len(values))
    return {"n": len(values), "mean": mean.mean, "sd": sd} | _limits(mean_t_interval(mean, confidence))


def _welch_result(found: Welch) -> dict[str, object]:
    return {"t": found.t, "df": found.df, "p": found.p, "lower": found.low, "upper": found.high}


def _welch(values_a: Sequence[float], values_b: Sequence[float], confidence: float) -> Answer:
    found = welch_difference(mean_of(values_a), mean_of(values_b), confidence)
    return {"diff": found.difference} | _welch_result(found)


def _sums(sample: Sample) -> Mean:
    return mean_from_sums(int(sample["n"]), sample["sum"], sample["sum_squares"])


def _welch_from_sums(control: Sample, treatment: Sample, confidence: float) -> Answer:
    found = welch_difference(_sums(treatment), _sums(control), confidence)
    return {"effect": found.difference, "se": found.error, "p": found.p, "lower": found.low, "upper": found.high}


def _geometric_mean(times_seconds: Sequence[float], confidence: float) -> Answer:
    typical = geometric_mean_interval(log_mean(times_seconds), confidence)
    return {
        "geometric_mean": typical.value,
        "lower": typical.low,
        "upper": typical.high,
        "median": float(np.median(times_seconds)),
        "arithmetic_mean": math.fsum(times_seconds) / len(times_seconds),
    }


def _geometric_ratio(times_a: Sequence[float], times_b: Sequence[float], confidence: float) -> Answer:
    found = welch_difference(log_mean(times_a), log_mean(times_b), confidence)
    ratio, lower, upper = (math.exp(log) for log in (found.difference, found.low, found.high))
    return {"ratio": ratio, "lower": lower, "upper": upper, "p": found.p, "df": found.df}


def _median(values: Sequence[float], confidence: float, q: float = 0.5) -> Answer:
    found = quantile_interval(values, q, confidence)
    return {"quantile": found.value, "lower": found.low, "upper": found.high}


def _poisson(events: int, exposure: float, confidence: float) -> Answer:
    return {"rate": events / exposure} | _limits(poisson_interval(events, exposure, confidence))


def _ratio(numerator: Sequence[float], denominator: Sequence[float]) -> Answer:
    ratio, error, _ = estimate_ratio(sum_people(denominator, numerator))
    half = z_quantile(0.95) * error
    return {"ratio": ratio, "se": error, "lower": ratio - half, "upper": ratio + half}


def _nps_ratings(ratings: Sequence[int]) -> Answer:
    tally = nps_tally(ratings)
    return {**tally._asdict(), "nps": tally.score}


def _nps(promoters: int, passives: int, detractors: int, confidence: float) -> Answer:
    tally = Tally(promoters, passives, detractors)
    adjusted = 100 * adjusted_score(tally).score
    return {"nps": tally.score, "nps_adj": adjusted} | _limits(nps_interval(tally, confidence))


def _group(counts: Sample) -> Tally:
    return Tally(counts["promoters"], counts["passives"], counts["detractors"])


def _nps_difference(a: Sample, b: Sample, confidence: float) -> Answer:
    found = nps_difference(_group(a), _group(b), confidence)
    return {
        "diff": found.difference,
        "diff_adj": found.adjusted,
        "se": found.error,
        "lower": found.low,
        "upper": found.high,
        "z": found.z,
        "p": found.p,
    }


def _net_sentiment(positive: int, neutral: int, negative: int, confidence: float) -> Answer:
    tally = Tally(positive, neutral, negative)
    return {"net": tally.score} | _limits(nps_interval(tally, confidence))


def _top_two(ratings: Sequence[int], scale_points: int, confidence: float) -> Answer:
    for rating in ratings:
        check_rating(rating, 1, scale_points)
    satisfied, n = sum(rating >= scale_points - 1 for rating in ratings), len(ratings)
    limits = _limits(wilson_interval(satisfied, n, confidence))
    return {"csat": satisfied / n} | limits | {"mean": sum(ratings) / n}


def _sus(items: Sequence[int | None]) -> Answer:
    points, imputed = sus_points(items)
    given = {item for item in items if item is not None}
    return {"sus": points * 2.5, "imputed_items": imputed, "straight_lining": len(given) == 1}


def _sus_grade(mean_sus: float) -> Answer:
    return {"grade": sus_grade(mean_sus)}


def _sus_grades(scores: Sequence[float]) -> Answer:
    return {"grades": [sus_grade(score) for score in scores]}


#: Every procedure that this release answers.
PROCEDURES: Mapping[str, Callable[..., Answer]] = {
    "adjusted_wald_interval": _adjusted_wald,
    "clopper_pearson_interval": _clopper_pearson,
    "geometric_mean_ratio_independent": _geometric_ratio,
    "geometric_mean_t_interval": _geometric_mean,
    "mean_difference_welch_from_moments": _welch_from_sums,
    "mean_t_interval": _mean_t,
    "median_order_statistic_interval": _median,
    "net_sentiment": _net_sentiment,
    "newcombe_hybrid_score_interval": _newcombe,
    "nps_adjusted_wald_interval": _nps,
    "nps_difference_adjusted_wald": _nps_difference,
    "nps_from_ratings": _nps_ratings,
    "point_estimators": _point_estimators,
    "poisson_exact_interval": _poisson,
    "ratio_metric_delta_method": _ratio,
    "sus_grade": _sus_grade,
    "sus_grade_many": _sus_grades,
    "sus_score": _sus,
    "sus_score_missing_as_neutral": _sus,
    "top_two_box": _top_two,
    "welch_t_test": _welch,
    "wilson_interval": _wilson,
}
