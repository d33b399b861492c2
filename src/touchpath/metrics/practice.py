"""Metrics of effort and practice at tasks: how much gets done in a minute, and how much quicker people get."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from touchpath.metrics.conclude import compare_intervals, compare_mean, conclude_mean, few
from touchpath.metrics.metric import Metric, Number
from touchpath.metrics.tasks import told
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Task
from touchpath.stats.clustered import estimate_ratio
from touchpath.stats.comparisons import compare_times
from touchpath.stats.intervals import t_quantile
from touchpath.stats.means import Mean
from touchpath.stats.times import geometric_mean_interval
from touchpath.timelines.attempt_sums import PACE_SCALE
from touchpath.timelines.durations import LOG_SCALE
from touchpath.timelines.moments import Ratio
from touchpath.timelines.tasks import AttemptCounts, Attempts

_NOBODY, _NOBODY_TWICE, _NOBODY_OFTEN = "no attempt is closed", "nobody succeeded twice", "nobody succeeded three times"
_NEEDS_TWO = "only 1 person, and an interval needs two"
_MINUTE = 60_000


def estimate_pace(summary: AttemptCounts, cell: int, confidence: float = 0.95) -> Number:
    """Time-based efficiency: successes per minute, averaged over attempts; an attempt without success counts 0."""
    ratio = summary.pace.cell(cell)
    number = conclude_mean(ratio, "per_minute", "attempts", _NOBODY, confidence, 1 / PACE_SCALE, (0.0, math.inf))
    return told(number, summary, cell)


def compare_pace(summary: AttemptCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two time-based efficiencies."""
    a, b = summary.pace.cell(before), summary.pace.cell(after)
    return compare_mean(a, b, "per_minute", _NOBODY, confidence, 1 / PACE_SCALE)


def estimate_success_per_minute(summary: AttemptCounts, cell: int, confidence: float = 0.95) -> Number:
    """Completion rate over the mean time of successes, in minutes; the delta method on its logarithm, with people as the unit."""
    success, times, spent = summary.success.cell(cell), summary.times.totals.cell(cell), summary.spent.cell(cell)
    if success.x == 0:
        return Undefined(_NOBODY, 0, "attempts")
    if success.y == 0 or times.y == 0:
        return Undefined("nobody succeeded", success.x, "attempts", people=success.people)
    if success.people < 2:
        return Undefined(_NEEDS_TWO, success.x, "attempts", people=success.people)
    value = success.y / success.x / (times.y / times.x / _MINUTE)
    half = t_quantile(confidence, success.people - 1) * _log_error(success, times, spent)
    method = f"delta method on logarithms, clustered by person ({success.people} people)"
    limits = (value * math.exp(-half), value * math.exp(half))
    warnings = few(success.people)
    behind = success.people
    number = Estimate(value, *limits, success.x, "attempts", "per_minute", confidence, method, warnings=warnings, people=behind)
    return told(number, summary, cell)


def _log_error(success: Ratio, times: Ratio, spent: Ratio) -> float:
    """Standard error of 2 ln(successes) - ln(closed) - ln(milliseconds), from how each person moves the three sums."""
    n, s, t, people = success.x, success.y, times.y, success.people
    squares = 4 * success.yy / s**2 + success.xx / n**2 + spent.yy / t**2
    products = -4 * success.xy / (s * n) - 4 * times.xy / (s * t) + 2 * spent.xy / (n * t)
    return math.sqrt(max(squares + products, 0.0) * people / (people - 1))


def compare_success_per_minute(
    summary: AttemptCounts, before: int, after: int, confidence: float = 0.95
) -> Comparison | Undefined:
    """Difference of two, from both intervals."""
    a, b = (estimate_success_per_minute(summary, cell, confidence) for cell in (before, after))
    return compare_intervals(a, b, confidence)


def _gains(summary: AttemptCounts, cell: int) -> Mean | None:
    ratio = summary.gains.cell(cell)
    if ratio.people < 2:
        return None
    mean, error, df = estimate_ratio(ratio)
    return Mean(mean / LOG_SCALE, error / LOG_SCALE, df)


def estimate_gain(summary: AttemptCounts, cell: int, confidence: float = 0.95) -> Number:
    """Last over first time of the same people: a ratio of geometric means, below 1 where they get quicker."""
    people, gains = summary.gains.cell(cell).people, _gains(summary, cell)
    if gains is None:
        return Undefined(_NEEDS_TWO if people else _NOBODY_TWICE, people)
    value, low, high = geometric_mean_interval(gains, confidence)
    return Estimate(value, low, high, people, "people", "times", confidence, "paired t on logarithms", warnings=few(people))


def compare_gain(summary: AttemptCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """The ratio of two gains."""
    a, b = _gains(summary, before), _gains(summary, after)
    if a is None or b is None:
        return Undefined("an interval needs two people on each side who succeeded twice")
    if a.error == 0 and b.error == 0:
        return Undefined("everybody gains the same on both sides, so the ratio has no interval")
    return compare_times(a, b, confidence)


def estimate_slope(summary: AttemptCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean exponent of the power law of practice over people, and what a doubling of practice does to the time."""
    number = conclude_mean(summary.slopes.cell(cell), "exponent", "people", _NOBODY_OFTEN, confidence, 1 / LOG_SCALE)
    if isinstance(number, Undefined):
        return number
    return number.noted(f"Each doubling of the attempts multiplies the time by {2**-number.value:.3g}.")


def compare_slope(summary: AttemptCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two mean exponents."""
    a, b = summary.slopes.cell(before), summary.slopes.cell(after)
    return compare_mean(a, b, "exponent", _NOBODY_OFTEN, confidence, 1 / LOG_SCALE)


_SAME_TWICE = "People who tried in both periods are counted as if they were different people."
_TASK: dict[str, Any] = {
    "discipline": "UX",
    "level": "interface",
    "horizon": "task",
    "need": "functional",
    "subject": "task",
}
_LEARNS: dict[str, Any] = _TASK | {"fold": partial(Attempts, learning=True), "horizon": "quarter"}

TASK_EFFICIENCY: Metric[Task, AttemptCounts] = Metric(
    **_TASK,
    name="task_efficiency",
    title="Time-based efficiency",
    asks="How much of this task gets done in a minute of one attempt?",
    unit="per_minute",
    better="higher",
    scale="0 and up",
    interval="t-clustered",
    fold=Attempts,
    estimate=estimate_pace,
    compare=compare_pace,
    definition="For each attempt whose time limit is over one per minute taken, if it succeeded, else 0; averaged over these attempts.",
    formula="mean over attempts of (1 if succeeded else 0) / minutes",
    source="Time-based efficiency after ISO 9241-11; Student 1908",
    caveats=(
        "A few very quick successes carry it: read it next to time on task.",
        "Time of attempts without success is not in it; they count as nothing done.",
        _SAME_TWICE,
    ),
    minimum_n=2,
)
TASK_SUCCESS_PER_MINUTE: Metric[Task, AttemptCounts] = Metric(
    **_TASK,
    name="task_success_per_minute",
    title="Completion per minute",
    asks="How does completion relate to the time it takes?",
    unit="per_minute",
    better="higher",
    scale="above 0",
    interval="delta",
    fold=Attempts,
    estimate=estimate_success_per_minute,
    compare=compare_success_per_minute,
    method="Ratio with a delta-method interval on its logarithm, clustered by person: how each person moves successes, attempts and time together. "
    "Changes come from both intervals.",
    definition="Task completion rate divided by the mean minutes of successful attempts; of attempts whose time limit is over.",
    formula="(successes / attempts) / mean minutes of successes",
    source="Common Industry Format (ISO/IEC 25062), efficiency as completion rate over mean time; Deng, Knoblich & Lu 2018",
    caveats=(
        "The arithmetic mean of times is pulled up by slow ones, so it differs from completion over typical time.",
        "Two different things in one number: read completion and time on task next to it.",
        _SAME_TWICE,
    ),
    minimum_n=2,
)
TASK_LEARNING: Metric[Task, AttemptCounts] = Metric(
    **_LEARNS,
    name="task_learning",
    title="Last against first time",
    asks="How much of the time of their first success do people still need at their latest?",
    unit="times",
    better="lower",
    scale="above 0; below 1 where people get quicker",
    interval="paired-t-logs",
    estimate=estimate_gain,
    compare=compare_gain,
    method="Ratio of geometric means of the same people, with a t interval on the logarithms of each person's ratio. Changes are ratios of two of them.",
    definition="Time of the latest over time of the earliest successful attempt, of people with two or more, among their first nine attempts.",
    formula="exp(mean over people of ln(last time / first time))",
    source="Sauro & Lewis 2010 for times; there is no single standard of learnability",
    caveats=(
        "Who gives up has no second time: those who found it hard may be missing, which makes learning look quicker.",
        "People with more attempts have come further: compare groups with as many.",
        "Long pauses between attempts make people forget; the gaps are not fixed here as in a test.",
    ),
    minimum_n=2,
)
TASK_PRACTICE: Metric[Task, AttemptCounts] = Metric(
    **_LEARNS,
    name="task_practice",
    title="Slope of practice",
    asks="How fast do people get quicker with practice?",
    unit="exponent",
    better="higher",
    scale="any; 0 = nothing is learnt, 0.33 = each doubling of attempts takes a fifth off the time",
    interval="t",
    estimate=estimate_slope,
    compare=compare_slope,
    method="Least squares of ln(time) on ln(number of the attempt) for each person, then the mean over people with a t interval.",
    definition="Mean over people of b in time = a * attempt^-b, of people with three or more successful attempts among their first nine.",
    formula="mean over people of -slope of ln(time) on ln(attempt)",
    source="Power law of practice (Newell & Rosenbloom 1981); Student 1908",
    caveats=(
        "A curve over everybody's means would look smoother and have no interval.",
        "Each person's slope rests on few times, so it takes many people.",
        "Attempts that failed are practice too: they count in the number, and have no time.",
    ),
    minimum_n=2,
)
