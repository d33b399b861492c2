"""Metrics of journeys: who gets through, where people are lost, and how long it takes."""

from __future__ import annotations

from touchpath.metrics.conclude import compare_share, compare_time, conclude_share, conclude_time
from touchpath.metrics.metric import Metric, Number
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Journey
from touchpath.timelines.funnel import Funnel, FunnelCounts
from touchpath.timelines.moments import Moments, Ratio

_NOBODY = "nobody entered"
_NOBODY_THROUGH = "nobody got through"


def journey_funnel(journey: Journey) -> Funnel:
    """The funnel of the steps that everybody has to pass, in order, without times from step to step; raises BadInput for fewer than two."""
    steps = tuple(step.match for step in journey.needed)
    if len(steps) < 2:
        raise BadInput(f"Conversion needs two steps that everybody has to pass, but journey '{journey.id}' has {len(steps)}.")
    return Funnel(steps, journey.window, same=journey.same, step_times=False)


def _steps(summary: FunnelCounts) -> int:
    return int(summary.reached.shape[1])


def _at(moments: Moments, summary: FunnelCounts, cell: int, step: int) -> Ratio:
    return moments.cell(cell * _steps(summary) + step)


def _nobody(summary: FunnelCounts, cell: int, step: int = 0) -> str:
    if step > 0 and summary.reached[cell, 0]:
        return "nobody reached the step before"
    still_open = int(summary.open[cell])
    return f"all {still_open:,} who entered are still under way" if still_open else _NOBODY


def told(number: Number, summary: FunnelCounts, cell: int) -> Number:
    """The number with what was left out of it."""
    if isinstance(number, Estimate) and summary.open[cell] * 10 > summary.entrants[cell]:
        share = f"{int(summary.open[cell]):,} of {int(summary.entrants[cell]):,}"
        return number.warned(f"{share} who entered are still under way and left out.")
    return number


def entrants(summary: FunnelCounts, cell: int) -> tuple[Ratio, str]:
    """Those who entered and those of them at the last step, and why there may be nobody."""
    return _at(summary.from_entry, summary, cell, _steps(summary) - 1), _nobody(summary, cell)


def estimate_reach(summary: FunnelCounts, cell: int, step: int, confidence: float = 0.95) -> Number:
    """Share of those who entered who came at least to a step (0 = the first), within the window."""
    ratio = _at(summary.from_entry, summary, cell, step)
    return told(conclude_share(ratio, "entrants", _nobody(summary, cell), confidence), summary, cell)


def estimate_step(summary: FunnelCounts, cell: int, step: int, confidence: float = 0.95) -> Number:
    """Share of those who reached the step before (the last that is needed) who also reached this one."""
    ratio = _at(summary.from_previous, summary, cell, step)
    return told(conclude_share(ratio, "entrants", _nobody(summary, cell, step), confidence), summary, cell)


def estimate_lost(summary: FunnelCounts, cell: int, step: int, confidence: float = 0.95) -> Number:
    """Share of those who reached the step before (the last that is needed) who never reached this one: the drop-off."""
    lost = _at(summary.from_previous, summary, cell, step).rest()
    return told(conclude_share(lost, "entrants", _nobody(summary, cell, step), confidence), summary, cell)


def estimate_step_time(summary: FunnelCounts, cell: int, step: int, confidence: float = 0.95) -> Number:
    """Typical seconds from the step before (the last that is needed) to this one, of those who reached it."""
    row = cell * _steps(summary) + step
    nobody = "nobody reached it" if summary.reached[cell, 0] else _nobody(summary, cell)
    return told(conclude_time(summary.step_times, row, "entrants", nobody, confidence), summary, cell)


def estimate_conversion(summary: FunnelCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of those who entered who came to the last step."""
    return estimate_reach(summary, cell, _steps(summary) - 1, confidence)


def estimate_time_to_convert(summary: FunnelCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds from entry to the last step."""
    nobody = _NOBODY_THROUGH if summary.reached[cell, 0] else _nobody(summary, cell)
    return told(conclude_time(summary.times, cell, "entrants", nobody, confidence), summary, cell)


def compare_step(summary: FunnelCounts, before: int, after: int, step: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two step completion rates."""
    a, b = (_at(summary.from_previous, summary, cell, step) for cell in (before, after))
    return compare_share(a, b, _NOBODY, confidence)


def compare_conversion(summary: FunnelCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two conversion rates."""
    a, b = (_at(summary.from_entry, summary, cell, _steps(summary) - 1) for cell in (before, after))
    return compare_share(a, b, _NOBODY, confidence)


def compare_time_to_convert(summary: FunnelCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Ratio of two typical times to convert."""
    return compare_time(summary.times, before, after, _NOBODY_THROUGH, confidence)


CONVERSION: Metric[Journey, FunnelCounts] = Metric(
    name="conversion",
    worthwhile=0.05,
    title="Journey completion",
    asks="Which share of those who entered this journey got through to its last step?",
    discipline="CX",
    level="journey",
    horizon="quarter",
    need="functional",
    unit="share",
    better="higher",
    scale="0 to 1",
    interval="wilson-clustered",
    subject="journey",
    fold=journey_funnel,
    estimate=estimate_conversion,
    compare=compare_conversion,
    method="Wilson interval; at the effective n, clustered by person, where people entered with several objects.",
    definition="People (with one object each, where the journey is held to one) who met all steps that everybody has to pass, in order and "
    "within the journey's window from entry, of all whose window has closed. They count in the period of their entry.",
    formula="entrants at the last step in time / entrants whose window has closed",
    source="Wilson 1927; Newcombe 1998; Deng, Knoblich & Lu 2018",
    caveats=(
        "People whose window is still open are left out, so the latest periods rest on few.",
        "People who entered in both periods are counted as if they were different people.",
    ),
)
TIME_TO_CONVERT: Metric[Journey, FunnelCounts] = Metric(
    name="time_to_convert",
    title="Time to complete the journey",
    asks="How long does it typically take those who get through?",
    discipline="CX",
    level="journey",
    horizon="quarter",
    need="functional",
    unit="seconds",
    better="lower",
    scale="above 0",
    interval="geometric-then-median",
    subject="journey",
    fold=journey_funnel,
    estimate=estimate_time_to_convert,
    compare=compare_time_to_convert,
    method="Geometric mean with a t interval on logarithms below 25 times, median with order-statistic limits from 25 on; clustered "
    "by person where people got through more than once. Changes are ratios of geometric means.",
    definition="Seconds from the first to the last step of those who got through within the journey's window.",
    formula="exp(mean of ln seconds) below 25 times, else their median",
    source="Sauro & Lewis 2010; Woodruff 1952 for medians of people who repeat",
    caveats=(
        "Nobody can take longer than the window, so a short window makes a journey look fast.",
        "Medians are read from bins at most 0.8 % wide.",
    ),
    minimum_n=2,
)
