"""Metrics of tasks: can people do what they came for, how long does it take, and what goes wrong."""

from __future__ import annotations

from touchpath.metrics.benchmarks import around
from touchpath.metrics.conclude import (
    compare_rate,
    compare_share,
    compare_time,
    conclude_rate,
    conclude_share,
    conclude_time,
)
from touchpath.metrics.metric import Metric, Number
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Task
from touchpath.timelines.attempt_sums import NUMBERS
from touchpath.timelines.moments import Moments, Ratio
from touchpath.timelines.tasks import AttemptCounts, Attempts

_NOBODY = "nobody finished an attempt"
_NOBODY_SUCCEEDED = "nobody succeeded"
_SAME_TWICE = "People who tried in both periods are counted as if they were different people."


def _nobody(counts: AttemptCounts, cell: int) -> str:
    still_open = int(counts.open[cell])
    return f"all {still_open:,} attempts are still open" if still_open else "nobody tried"


def attempts_with_errors(task: Task) -> Attempts:
    """Counts attempts and errors in them; raises BadInput for a task that names no errors: none seen is not none made."""
    if task.error is None:
        raise BadInput(f"Task '{task.id}' does not say what an error is. Add 'error: {{kind: ...}}' to it.")
    return Attempts(task)


def told(number: Number, counts: AttemptCounts, cell: int) -> Number:
    """The number with what was left out of it."""
    if isinstance(number, Undefined):
        return number
    warnings: tuple[str, ...] = ()
    if counts.open[cell] * 10 > counts.started[cell]:
        warnings += (f"{int(counts.open[cell]):,} of {int(counts.started[cell]):,} attempts are still open and left out.",)
    if counts.untied[cell]:
        warnings += (f"{int(counts.untied[cell]):,} starts name no object of the task's kind and are left out.",)
    return number.warned(*warnings)


def estimate_success(summary: AttemptCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of closed attempts that succeeded."""
    nobody = _nobody(summary, cell)
    return told(conclude_share(summary.success.cell(cell), "attempts", nobody, confidence, small=True), summary, cell)


def estimate_abandonment(summary: AttemptCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of closed attempts that were given up or ran out of time."""
    nobody = _nobody(summary, cell)
    return told(conclude_share(summary.abandonment.cell(cell), "attempts", nobody, confidence), summary, cell)


def estimate_errors(summary: AttemptCounts, cell: int, confidence: float = 0.95) -> Number:
    """Errors per closed attempt."""
    nobody = _nobody(summary, cell)
    return told(conclude_rate(summary.errors.cell(cell), "per_attempt", "attempts", nobody, confidence), summary, cell)


def estimate_error_rate(summary: AttemptCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of closed attempts in which anything went wrong."""
    nobody = _nobody(summary, cell)
    return told(conclude_share(summary.faulty.cell(cell), "attempts", nobody, confidence, small=True), summary, cell)


def estimate_time(summary: AttemptCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds from start to success."""
    nobody = _NOBODY_SUCCEEDED if summary.success.cell(cell).x else _nobody(summary, cell)
    number = conclude_time(summary.times, cell, "attempts", nobody, confidence)
    closed = summary.success.cell(cell)
    if isinstance(number, Estimate) and closed.y * 2 < closed.x:
        number = number.warned("Fewer than half of the attempts succeeded: the times of the others are unknown.")
    return told(number, summary, cell)


def estimate_attempt(summary: AttemptCounts, cell: int, number: int, confidence: float = 0.95) -> Number:
    """Success at people's first (number 0), second ... attempt; the last number pools all from the tenth on, by person."""
    closed, succeeded = (int(count) for count in summary.by_number[cell, number])
    once = Ratio(closed, closed, succeeded, closed, succeeded, succeeded)
    ratio = summary.later.cell(cell) if number == NUMBERS - 1 else once
    return conclude_share(ratio, "attempts", "nobody tried so often", confidence)


def estimate_attempt_time(summary: AttemptCounts, cell: int, number: int, confidence: float = 0.95) -> Number:
    """Typical seconds of successful first, second ... attempts; the fold must have been asked to keep them."""
    where = cell * NUMBERS + number
    return conclude_time(summary.times_by_number, where, "attempts", "nobody succeeded so often", confidence)


def _share_of(moments: Moments, before: int, after: int, confidence: float) -> Comparison | Undefined:
    return compare_share(moments.cell(before), moments.cell(after), _NOBODY, confidence)


def compare_success(summary: AttemptCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two completion rates."""
    return _share_of(summary.success, before, after, confidence)


def compare_abandonment(summary: AttemptCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two abandonment rates."""
    return _share_of(summary.abandonment, before, after, confidence)


def compare_errors(summary: AttemptCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of errors per attempt."""
    errors = summary.errors
    return compare_rate(errors.cell(before), errors.cell(after), "per_attempt", _NOBODY, confidence)


def compare_error_rates(summary: AttemptCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two shares of attempts with errors."""
    return _share_of(summary.faulty, before, after, confidence)


def compare_times_on_task(summary: AttemptCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Ratio of two typical times on task."""
    return compare_time(summary.times, before, after, _NOBODY_SUCCEEDED, confidence)


TASK_SUCCESS: Metric[Task, AttemptCounts] = Metric(
    name="task_success",
    worthwhile=0.1,
    title="Task completion",
    asks="Which share of the attempts at this task succeeded?",
    discipline="UX",
    level="interface",
    horizon="task",
    need="functional",
    unit="share",
    better="higher",
    scale="0 to 1",
    interval="adjusted-wald-then-wilson",
    subject="task",
    fold=Attempts,
    estimate=estimate_success,
    compare=compare_success,
    method="Adjusted-Wald interval below 150 attempts, Wilson above; Wilson at the effective n, clustered by person, where people "
    "tried more than once. With few attempts the Lewis-Sauro estimate is told beside the plain share.",
    definition="Attempts that reached a success signal within the time limit, of all attempts whose time limit is over. An attempt counts "
    "in the period of its start. Attempts whose limit runs out after the end of the data are open and left out.",
    formula="successful attempts / attempts whose time limit is over",
    source="Agresti & Coull 1998; Sauro & Lewis 2005; Lewis & Sauro 2006; Deng, Knoblich & Lu 2018",
    caveats=("What counts as success is decided by the model's signals, before looking at the number.", _SAME_TWICE),
    benchmarks=(around("Average task completion of 1,189 tasks", 0.78, "Sauro, MeasuringU", 2011),),
)
TASK_TIME: Metric[Task, AttemptCounts] = Metric(
    name="task_time",
    worthwhile=1.25,
    title="Time on task",
    asks="How long does this task typically take those who succeed?",
    discipline="UX",
    level="interface",
    horizon="task",
    need="functional",
    unit="seconds",
    better="lower",
    scale="above 0",
    interval="geometric-then-median",
    subject="task",
    fold=Attempts,
    estimate=estimate_time,
    compare=compare_times_on_task,
    method="Geometric mean with a t interval on logarithms below 25 attempts, median with order-statistic limits from 25 on; "
    "clustered by person where people succeeded more than once. Changes are ratios of geometric means.",
    definition="Seconds from the start signal to the success signal of successful attempts.",
    formula="exp(mean of ln seconds) below 25 times, else their median",
    source="Sauro & Lewis 2010; Woodruff 1952 for medians of people who repeat",
    caveats=(
        "Failed and abandoned attempts have no time here; read it next to task completion.",
        "Faster is not better where people take their time on purpose.",
        "Medians are read from bins at most 0.8 % wide.",
        _SAME_TWICE,
    ),
    minimum_n=2,
)
TASK_ERRORS: Metric[Task, AttemptCounts] = Metric(
    name="task_errors",
    title="Errors per attempt",
    asks="How often does something go wrong in one attempt at this task?",
    discipline="UX",
    level="interface",
    horizon="task",
    need="functional",
    unit="per_attempt",
    better="lower",
    scale="0 and up",
    interval="poisson-or-t",
    subject="task",
    fold=attempts_with_errors,
    estimate=estimate_errors,
    compare=compare_errors,
    method="Exact Poisson interval where each person tried once and errors spread no wider than 1.5 times their mean; otherwise a "
    "t interval clustered by person.",
    definition="Error signals during attempts, divided by the attempts whose time limit is over.",
    formula="errors / attempts whose time limit is over",
    source="Garwood 1936; Deng, Knoblich & Lu 2018",
    caveats=("Only errors that are recorded as signals count.", _SAME_TWICE),
    benchmarks=(around("Average errors per attempt", 0.7, "Sauro, MeasuringU", 2012),),
)
TASK_ERROR_RATE: Metric[Task, AttemptCounts] = Metric(
    name="task_error_rate",
    worthwhile=0.1,
    title="Attempts with errors",
    asks="In which share of the attempts at this task did anything go wrong?",
    discipline="UX",
    level="interface",
    horizon="task",
    need="functional",
    unit="share",
    better="lower",
    scale="0 to 1",
    interval="adjusted-wald-then-wilson",
    subject="task",
    fold=attempts_with_errors,
    estimate=estimate_error_rate,
    compare=compare_error_rates,
    method="Adjusted-Wald interval below 150 attempts, Wilson above; Wilson at the effective n, clustered by person, where people "
    "tried more than once. With few attempts the Lewis-Sauro estimate is told beside the plain share.",
    definition="Attempts with one error signal or more, of all attempts whose time limit is over, whether they succeeded or not. Attempts whose "
    "limit runs out after the end of the data are open and left out.",
    formula="attempts with an error / attempts whose time limit is over",
    source="Agresti & Coull 1998; Sauro & Lewis 2005; Deng, Knoblich & Lu 2018",
    caveats=(
        "Only errors that are recorded as signals count.",
        "One slip weighs as much here as ten: read errors per attempt beside it.",
        _SAME_TWICE,
    ),
    benchmarks=(around("Share of people with an error in a task", 0.67, "Sauro, MeasuringU", 2012),),
)
TASK_ABANDONMENT: Metric[Task, AttemptCounts] = Metric(
    name="task_abandonment",
    title="Task abandonment",
    asks="Which share of the attempts at this task was given up?",
    discipline="UX",
    level="interface",
    horizon="task",
    need="functional",
    unit="share",
    better="lower",
    scale="0 to 1",
    interval="wilson-clustered",
    subject="task",
    fold=Attempts,
    estimate=estimate_abandonment,
    compare=compare_abandonment,
    method="Wilson interval; at the effective n, clustered by person, where people tried more than once.",
    definition="Attempts that ended by an abandon signal, by a new start or by running out of time, of all attempts whose time limit is over. "
    "Attempts whose limit runs out after the end of the data are open and left out.",
    formula="attempts given up or run out of time / attempts whose time limit is over",
    source="Wilson 1927; Newcombe 1998; Deng, Knoblich & Lu 2018",
    caveats=("A long time limit makes abandonment show late: recent attempts stay open.", _SAME_TWICE),
)
