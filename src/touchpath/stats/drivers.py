"""What goes with an outcome such as satisfaction: each driver's part in what is explained, how sure it is, and which ranks are ties."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.stats.explained_variance import r_squared_interval
from touchpath.stats.intervals import Interval, check_confidence
from touchpath.stats.relative_importance import (
    EXACT_UP_TO,
    NEARLY_ALIASED,
    ORDERINGS,
    Survey,
    johnson_each,
    lmg_each,
    lmg_sampled,
    r_squared,
    standardized_slopes,
    survey_of,
)
from touchpath.stats.resampling import Floats, chunk_sizes, draw_again, sum_by_person

Method = Literal["lmg", "johnson"]
#: Said with every answer, as shares invite the opposite.
CAVEAT = "A driver's part says how it goes together with the outcome, not what changing it would do."
LEAST_RESAMPLES = 1_000
#: In a resample fewer orders are drawn than for the value itself: the noise of drawing widens the intervals a little.
RESAMPLED_ORDERINGS = 200
#: From here on the data hardly tell a predictor from the others.
HIGH_VIF = 10.0
ENOUGH_PER_PREDICTOR = 10


@dataclass(frozen=True, slots=True)
class Driver:
    """One predictor. importance: its part of R squared, `share` the same in parts of what is explained (0 to 1), both with limits.

    correlation: with the outcome, whose sign the importance lacks, with limits over resamples; beta: change of the outcome, in standard deviations, with one of the
    predictor's, the others held. rank: 1 for the largest; ranks: limits of the rank over resamples; held: the share of resamples in which
    it has this rank. tied_with: the drivers from which it is not told apart, the interval of the difference of the two holding 0.
    monte_carlo_error: of importance, where orders were drawn; None where all were taken.
    """

    name: str
    importance: float
    limits: Interval | None
    share: float
    share_limits: Interval | None
    correlation: float
    correlation_limits: Interval | None
    beta: float
    vif: float
    rank: int
    ranks: tuple[int, int] | None
    held: float | None
    tied_with: tuple[str, ...]
    monte_carlo_error: float | None


@dataclass(frozen=True, slots=True)
class Drivers:
    """All drivers, the largest first. n: respondents used; left_out: those with an answer missing. people: drawn again, each with all rows.
    effective_n: what n comes to with weights, (sum of weights)^2 / sum of their squares (Kish).

    undefined: resamples in which a column did not vary or followed from others; with more than lie beyond a limit there are no intervals.
    """

    drivers: tuple[Driver, ...]
    method: Method
    r_squared: float
    r_squared_limits: Interval | None
    n: int
    left_out: int
    people: int
    resamples: int
    undefined: int
    confidence: float
    warnings: tuple[str, ...]
    effective_n: float
    caveat: str = CAVEAT


def find_drivers(
    outcome: Sequence[float | None],
    predictors: Mapping[str, Sequence[float | None]],
    *,
    seed: int,
    people: Sequence[Hashable] | None = None,
    weights: Sequence[float] | None = None,
    method: Method = "lmg",
    resamples: int = LEAST_RESAMPLES,
    confidence: float = 0.95,
) -> Drivers:
    """The drivers of an outcome with percentile bootstrap intervals over respondents.

    outcome, predictors: one value of each respondent, None where the answer is missing; respondents with any missing are left out and
    counted. people: whose answers they are, where people answer more than once. weights: of each respondent in the survey; limits of R
    squared then are those of the effective n. method: "lmg" (Shapley) or "johnson".
    **Source**: Groemping 2006, J. Statistical Software 17(1), section 3.3 (percentile intervals and ranks of bootstrapped shares).
    Raises BadInput as `survey_of` does, for fewer than predictors + 3 respondents, and for fewer than 1,000 resamples. Shares cannot fall
    below 0, so that the interval of a driver without any part lies above 0: read it beside its correlation and its rank.
    """
    check_confidence(confidence)
    if resamples < LEAST_RESAMPLES or method not in ("lmg", "johnson"):
        raise BadInput(
            f"Drivers take 'lmg' or 'johnson' and {LEAST_RESAMPLES} resamples or more, but '{method}' and {resamples} came."
        )
    table = _table(outcome, predictors)
    whole = np.asarray(~np.isnan(table).any(axis=1))
    answers = table[whole].T.tolist()
    if weights is not None and len(weights) != len(outcome):
        raise BadInput(f"Each answer needs its weight, but {len(outcome)} answers and {len(weights)} weights came.")
    heavy = None if weights is None else [one for one, kept in zip(weights, whole, strict=True) if kept]
    survey = survey_of(answers[0], dict(zip(predictors, answers[1:], strict=True)), heavy)
    if survey.n < len(predictors) + 3:
        raise BadInput(f"{len(predictors)} drivers need at least {len(predictors) + 3} whole answers, but {survey.n} came.")
    if people is not None and len(people) != len(outcome):
        raise BadInput(f"Each answer needs its person, but {len(outcome)} answers and {len(people)} people came.")
    owners = range(survey.n) if people is None else [one for one, kept in zip(people, whole, strict=True) if kept]
    random = np.random.default_rng(seed)
    value, noise = _value(survey, method, random)
    persons = sum_by_person(_places(owners), _products(survey))
    drawn, together = _resampled(persons, len(predictors), method, resamples, random)
    undefined = resamples - len(drawn)
    effective = float(survey.n**2 / (survey.weights @ survey.weights))
    told = undefined / resamples <= (1 - confidence) / 2
    warnings = _warnings(survey, undefined, told, len(persons))
    return Drivers(
        _described(survey, value, noise, drawn if told else drawn[:0], together if told else together[:0], confidence),
        method,
        r_squared(survey.correlations),
        r_squared_interval(r_squared(survey.correlations), round(effective), len(predictors), confidence),
        survey.n,
        len(outcome) - survey.n,
        len(persons),
        resamples,
        undefined,
        confidence,
        warnings,
        effective,
    )


def _table(outcome: Sequence[float | None], predictors: Mapping[str, Sequence[float | None]]) -> Floats:
    """The outcome and the predictors as columns, (respondents, 1 + predictors), NaN where an answer is missing."""
    columns = [outcome, *predictors.values()]
    if len({len(column) for column in columns}) != 1:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in predictors.items())
        raise BadInput(
            f"Each respondent needs one value (or None) in every column, but {len(outcome)} outcomes came with {sizes}."
        )
    return np.column_stack([np.asarray(column, np.float64) for column in columns])


def _places(owners: Sequence[Hashable]) -> list[int]:
    seen: dict[Hashable, int] = {}
    return [seen.setdefault(owner, len(seen)) for owner in owners]


def _products(survey: Survey) -> Floats:
    """Of each respondent all products of two of (1, predictors, outcome), by weight: what correlations are made of."""
    along = np.column_stack([np.ones(survey.n), survey.rows / np.linalg.norm(survey.rows, axis=0)])
    along *= np.sqrt(survey.weights)[:, None]
    return np.asarray((along[:, :, None] * along[:, None, :]).reshape(survey.n, -1))


def _value(survey: Survey, method: Method, random: np.random.Generator) -> tuple[Floats, Floats | None]:
    if method == "johnson":
        return johnson_each(survey.correlations[None])[0], None
    if len(survey.names) <= EXACT_UP_TO:
        return lmg_each(survey.correlations[None])[0], None
    found = lmg_sampled(survey.correlations, ORDERINGS, random)
    return found.importance, found.error


def _resampled(
    persons: Floats, predictors: int, method: Method, resamples: int, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Importances and correlations with the outcome in each resample in which they are defined: (at most resamples, predictors) each."""
    people = np.ones(len(persons), np.int64)
    found, together = [], []
    for size in chunk_sizes(max(len(persons), 20 * 2 ** min(predictors, EXACT_UP_TO) // 4), resamples):
        sums = (draw_again(people, size, random) @ persons).reshape(size, predictors + 2, predictors + 2)
        correlations = _defined(sums)
        together.append(correlations[:, :-1, -1])
        if method == "johnson":
            found.append(johnson_each(correlations))
        elif predictors <= EXACT_UP_TO:
            found.append(lmg_each(correlations))
        else:
            drawn = [lmg_sampled(one, RESAMPLED_ORDERINGS, random).importance for one in correlations]
            found.append(np.asarray(drawn).reshape(-1, predictors))
    return np.concatenate(found), np.concatenate(together)


def _defined(sums: Floats) -> Floats:
    """Correlations from sums of products, of those resamples in which all columns vary and no predictor follows from the others."""
    n = sums[:, 0, 0][:, None, None]
    spread = sums[:, 1:, 1:] - sums[:, 1:, :1] * sums[:, :1, 1:] / n
    sizes = np.diagonal(spread, axis1=1, axis2=2)
    spread, sizes = spread[sizes.min(axis=1) > 1e-12], sizes[sizes.min(axis=1) > 1e-12]
    correlations = spread / np.sqrt(sizes[:, :, None] * sizes[:, None, :])
    apart = np.linalg.eigvalsh(correlations[:, :-1, :-1]).min(axis=1, initial=1.0) > NEARLY_ALIASED**2
    return np.asarray(correlations[apart])


def _described(
    survey: Survey, value: Floats, noise: Floats | None, drawn: Floats, together: Floats, confidence: float
) -> tuple[Driver, ...]:
    order = np.argsort(-value, kind="stable")
    slopes = standardized_slopes(survey.correlations)
    ranks = 1 + np.argsort(np.argsort(-drawn, axis=1, kind="stable"), axis=1)
    shares = drawn / np.maximum(drawn.sum(axis=1, keepdims=True), 1e-300)
    whole = max(float(value.sum()), 1e-300)
    found = []
    for rank, one in enumerate(order.tolist(), start=1):
        others = [other for other in order.tolist() if other != one and _tied(drawn, one, other, confidence)]
        spread = _limits(ranks[:, one].astype(np.float64), confidence, "inverted_cdf")
        found.append(
            Driver(
                survey.names[one],
                float(value[one]),
                _limits(drawn[:, one], confidence),
                float(value[one]) / whole,
                _limits(shares[:, one], confidence),
                float(survey.correlations[one, -1]),
                _limits(together[:, one], confidence),
                float(slopes.beta[one]),
                float(slopes.vif[one]),
                rank,
                None if spread is None else (round(spread.low), round(spread.high)),
                float((ranks[:, one] == rank).mean()) if len(drawn) else None,
                tuple(survey.names[other] for other in others),
                None if noise is None else float(noise[one]),
            )
        )
    return tuple(found)


def _limits(drawn: Floats, confidence: float, method: Literal["weibull", "inverted_cdf"] = "weibull") -> Interval | None:
    if not drawn.size:
        return None
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2], method=method)
    return Interval(float(low), float(high))


def _tied(drawn: Floats, one: int, other: int, confidence: float) -> bool:
    """Whether the difference of two drivers may be 0; without resamples nothing is told apart."""
    limits = _limits(drawn[:, one] - drawn[:, other], confidence)
    return limits is None or limits.low <= 0 <= limits.high


def _warnings(survey: Survey, undefined: int, told: bool, people: int) -> tuple[str, ...]:
    found = []
    vif = standardized_slopes(survey.correlations).vif
    alike = [f"{name} ({size:.0f})" for name, size in zip(survey.names, vif, strict=True) if size > HIGH_VIF]
    if alike:
        found.append(f"hardly told apart from the other drivers, VIF above {HIGH_VIF:.0f}: {', '.join(alike)}")
    if people < ENOUGH_PER_PREDICTOR * len(survey.names):
        found.append(f"{people} people for {len(survey.names)} drivers, fewer than {ENOUGH_PER_PREDICTOR} each")
    if undefined and told:
        found.append(f"{undefined} resamples have no defined shares and are left out")
    if not told:
        found.append(f"{undefined} resamples have no defined shares, too many for intervals and ranks")
    return tuple(found)
