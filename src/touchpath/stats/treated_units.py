"""What a change did to the units that got it (shops, teams, regions, pages), against units that did not: effect, trend before, course."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.stats.difference_in_differences import COLUMNS, did_columns, numbered
from touchpath.stats.few_clusters import LEAST, ONE_SIDE, Inference, chance_of_division, infer
from touchpath.stats.intervals import Interval, check_confidence
from touchpath.stats.regression import Matrix, Vector, least_squares, sum_by

CAVEAT = "The effect holds if both groups had gone the same way without the change; a trend before that does not differ is no proof of it."


@dataclass(frozen=True, slots=True)
class PeriodGap:
    """How far apart the groups were in a period, less how far in the last one before the change; limits None with too few units."""

    period: int
    gap: float
    limits: Interval | None


@dataclass(frozen=True, slots=True)
class Effect:
    """effect: the difference in differences, in the outcome's unit, with limits (None where there are too few units for an interval), p
    and method. trend_before: how much more the treated rose per period before the change; None with one period before. course: the gap
    period by period (an event study), 0 in the last period before. units, treated: how many; n: observations."""

    effect: float
    limits: Interval | None
    p: float
    method: str
    trend_before: Inference | None
    course: tuple[PeriodGap, ...]
    units: int
    treated: int
    n: int
    warnings: tuple[str, ...]
    caveat: str = CAVEAT


@dataclass(frozen=True, slots=True)
class _Panel:
    outcome: Vector
    unit: NDArray[np.int64]
    period: NDArray[np.int64]
    treated: NDArray[np.int64]
    first: int


def estimate_effect(
    outcome: Sequence[float],
    units: Sequence[Hashable],
    periods: Sequence[int],
    started: Mapping[Hashable, int],
    *,
    seed: int,
    confidence: float = 0.95,
) -> Effect:
    """The effect of a change that some units got from one period on, by difference in differences clustered by unit.

    outcome, units, periods: of each observation; periods count evenly (weeks, months). started: of each treated unit its first period with
    the change; all others never got it. From 40 units on t with clustered errors, below the wild cluster bootstrap; below six units, or
    below three on a side, only how often other divisions of the units differ as much, without an interval.
    Raises BadInput for unequal lengths, a change that started at different times (two-way fixed effects would compare treated units with
    earlier treated ones: ask for one start at a time, beside the never treated), no untreated unit, no period before or after.
    **Source**: Bertrand, Duflo & Mullainathan 2004, Quarterly J. Economics 119:249; Goodman-Bacon 2021, J. Econometrics 225:254 (why not
    staggered); the rules for few units as in `few_clusters`.
    """
    check_confidence(confidence)
    panel = _panel(outcome, units, periods, started)
    random = np.random.default_rng(seed)
    after = (panel.period >= panel.first).astype(np.int64)
    x = did_columns(panel.treated.tolist(), after.tolist())
    groups, chosen = int(panel.unit.max()) + 1, int(np.unique(panel.unit[panel.treated == 1]).size)
    fit = least_squares(x, panel.outcome, COLUMNS)
    enough = groups >= LEAST and min(chosen, groups - chosen) >= ONE_SIDE
    warnings: list[str] = []
    if enough:
        found = infer(fit, panel.outcome, 3, panel.unit, confidence, random)
    else:
        found, smallest = _by_division(panel, after, float(fit.coefficients[3]), random)
        warnings.append(
            f"{chosen} treated of {groups} units are too few for an interval; of all {round(1 / smallest)} divisions p cannot fall "
            f"below {smallest:.3g}"
        )
    before = np.unique(panel.period[after == 0]).size
    if before < 2:
        warnings.append("one period before the change: whether the groups went apart already cannot be told")
    trend = _trend_before(panel, after, confidence, random) if enough and before >= 2 else None
    if trend is not None and trend.p < 0.05:
        warnings.append(f"the groups went apart before the change already (p = {trend.p:.3f}): the effect is not to be trusted")
    course = _course(panel, enough, confidence, random)
    return Effect(
        found.value, found.limits, found.p, found.method, trend, course, groups, chosen, len(panel.outcome), tuple(warnings)
    )


def _panel(
    outcome: Sequence[float], units: Sequence[Hashable], periods: Sequence[int], started: Mapping[Hashable, int]
) -> _Panel:
    if not outcome or len({len(outcome), len(units), len(periods)}) != 1:
        raise BadInput(
            f"Each observation has an outcome, a unit and a period, but {len(outcome)}, {len(units)} and {len(periods)} came."
        )
    unknown = [unit for unit in started if unit not in set(units)]
    if not started or unknown:
        raise BadInput(f"Treated units need observations, but there are none of {', '.join(map(str, unknown)) or 'any'}.")
    starts = sorted(set(started.values()))
    if len(starts) > 1:
        raise BadInput(
            f"The change started at different times ({', '.join(map(str, starts))}), and one difference would mix them: ask for the units "
            "of one start at a time, beside those that never got it."
        )
    treated = np.asarray([unit in started for unit in units], np.int64)
    if treated.all():
        raise BadInput("A difference in differences needs units without the change, but all got it: see the interrupted series.")
    values = np.asarray(outcome, np.float64)
    if not np.isfinite(values).all():
        raise BadInput(f"Outcomes are finite numbers, but {int((~np.isfinite(values)).sum())} are not.")
    return _Panel(values, numbered(units), np.asarray(periods, np.int64), treated, starts[0])


def _by_division(panel: _Panel, after: NDArray[np.int64], value: float, random: np.random.Generator) -> tuple[Inference, float]:
    marks = np.column_stack([1 - after, (1 - after) * panel.outcome, after, after * panel.outcome]).astype(np.float64)
    treated = np.zeros(int(panel.unit.max()) + 1, bool)
    treated[panel.unit] = panel.treated == 1
    p, divisions = chance_of_division(sum_by(panel.unit, marks), treated, random)
    return Inference(value, None, p, f"all divisions of {treated.size} units"), 1 / divisions


def _trend_before(panel: _Panel, after: NDArray[np.int64], confidence: float, random: np.random.Generator) -> Inference | None:
    """How much more the treated rose per period before the change, around a level of each period and each group."""
    kept = after == 0
    t, d = panel.period[kept], panel.treated[kept].astype(np.float64)
    y, unit = panel.outcome[kept], numbered(panel.unit[kept].tolist())
    if int(unit.max()) + 1 < LEAST:
        return None
    x = np.column_stack([_by_period(t), d, d * (t - t.min())])
    names = [*(f"period {one}" for one in np.unique(t)), "treated", "trend of the treated"]
    return infer(least_squares(x, y, names), y, x.shape[1] - 1, unit, confidence, random)


def _course(panel: _Panel, enough: bool, confidence: float, random: np.random.Generator) -> tuple[PeriodGap, ...]:
    """The gap in each period against the last before the change; each has its own two-group, two-period comparison."""
    reference = int(panel.period[panel.period < panel.first].max())
    found = []
    for period in np.unique(panel.period).tolist():
        if period == reference:
            found.append(PeriodGap(period, 0.0, None))
            continue
        kept = (panel.period == period) | (panel.period == reference)
        later = (panel.period[kept] == period).astype(np.int64)
        unit = numbered(panel.unit[kept].tolist())
        try:
            x = did_columns(panel.treated[kept].tolist(), later.tolist())
        except BadInput:
            continue  # one of the groups was not observed in this period
        fit = least_squares(x, panel.outcome[kept], COLUMNS)
        told = enough and int(unit.max()) + 1 >= LEAST
        limits = infer(fit, panel.outcome[kept], 3, unit, confidence, random).limits if told else None
        found.append(PeriodGap(period, float(fit.coefficients[3]), limits))
    return tuple(found)


def _by_period(periods: NDArray[np.int64]) -> Matrix:
    return np.asarray(periods[:, None] == np.unique(periods)[None, :], np.float64)
