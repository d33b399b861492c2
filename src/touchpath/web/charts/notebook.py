"""One chart that needs no stylesheet, for notebooks: each number as a dot with its interval, on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.results import FunnelAnswer, JourneyMap, Measurement, Number, TaskAnswer
from touchpath.web.charts.scale import Axis, fit_axis
from touchpath.web.charts.svg import tag
from touchpath.web.numbers import show, show_period

Labelled = tuple[str, Number]

#: More rows than this are not drawn; the table below the chart has them all.
MOST_ROWS = 40
_LABELS, _PLOT, _VALUES, _ROW = 260, 320, 240, 24
_INK, _MARK, _BAND = "#1f2937", "#2f54c8", "#9db2ec"


@singledispatch
def labelled(answer: object) -> Sequence[Labelled]:  # noqa: ARG001
    """The numbers of an answer that share one unit, each with its label; none for an answer without such numbers."""
    return ()


@labelled.register
def _(answer: Measurement) -> Sequence[Labelled]:
    periods = len({reading.period for reading in answer.readings}) > 1
    return [
        (
            " ".join(filter(None, (show_period(one.period) if periods and one.period else "", one.segment))) or answer.about,
            one.number,
        )
        for one in answer.readings
    ]


@labelled.register
def _(answer: FunnelAnswer) -> Sequence[Labelled]:
    return [
        (" ".join(filter(None, (step.title, cell.segment))), step.reach)
        for cell in (answer.cells if len(answer.cells) <= MOST_ROWS // 2 else answer.cells[-1:])
        for step in cell.steps
    ]


@labelled.register
def _(answer: JourneyMap) -> Sequence[Labelled]:
    return [(step.step.title, step.reach) for stage in answer.stages for step in stage.steps]


@labelled.register
def _(answer: TaskAnswer) -> Sequence[Labelled]:
    return [(f"attempt {number}", one) for number, one in enumerate(answer.attempts, 1)]


def draw(answer: object) -> Markup:
    """The chart of an answer, or nothing when it has no numbers to compare."""
    numbers = list(labelled(answer))
    if not any(isinstance(number, Estimate) for _, number in numbers):
        return Markup("")
    axis = fit_axis((number for _, number in numbers), "")
    drawn = [_row(label, number, axis, place) for place, (label, number) in enumerate(numbers[:MOST_ROWS])]
    height = _ROW * len(drawn) + 4
    width = _LABELS + _PLOT + _VALUES
    more = f" {len(numbers) - MOST_ROWS} more are in the table." if len(numbers) > MOST_ROWS else ""
    said = "; ".join(f"{label}: {show(number).sentence}" for label, number in numbers[:MOST_ROWS]) + more
    size = {"width": width, "height": height, "viewBox": f"0 0 {width} {height}"}
    return tag("svg", *drawn, role="img", aria_label=said, font_family="sans-serif", font_size="13", **size)


def _row(label: str, number: Number, axis: Axis, row: int) -> Markup:
    """Label, dot with whisker, and the number in words."""
    y = row * _ROW + _ROW / 2
    shown = show(number)
    short = label if len(label) <= 38 else label[:37] + "…"
    parts = [tag("text", short, x=0, y=y + 4, fill=_INK)]
    if isinstance(number, Estimate):
        low, high, at = (_LABELS + _PLOT * axis.place(value) for value in (number.low, number.high, number.value))
        parts.append(tag("rect", x=low, y=y - 3, width=max(high - low, 1.0), height=6, rx=3, fill=_BAND))
        parts.append(tag("circle", cx=at, cy=y, r=5, fill=_MARK))
    words = f"{shown.whole}  {shown.reason or shown.interval}"
    parts.append(tag("text", words, x=_LABELS + _PLOT + 12, y=y + 4, fill=_INK))
    return tag("g", *parts)
