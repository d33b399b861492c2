"""A trend the size of a word, its band included. It repeats what a card says in figures, so it is hidden from screen readers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.results import Reading
from touchpath.web.charts.scale import fit_axis
from touchpath.web.charts.svg import Point, line, ribbon, stretched, tag

WIDTH, HEIGHT = 120.0, 36.0
Run = list[tuple[float, Estimate]]


def runs_of(readings: Sequence[Reading]) -> list[Run]:
    """Unbroken runs of numbers with their place from 0 to 1; a reading without a number breaks the line."""
    runs: list[Run] = [[]]
    last = max(1, len(readings) - 1)
    for index, reading in enumerate(readings):
        if isinstance(reading.number, Estimate):
            runs[-1].append((index / last, reading.number))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def draw_sparkline(readings: Sequence[Reading]) -> Markup:
    """Line and band over the whole periods; nothing at all for fewer than two numbers."""
    readings = [reading for reading in readings if reading.complete]
    runs = runs_of(readings)
    if sum(len(run) for run in runs) < 2:
        return Markup("")
    axis = fit_axis(reading.number for reading in readings)

    def spot(place: float, value: float) -> Point:
        # A tenth is as much as can be seen of so small a drawing, and a board has dozens.
        return round(2 + place * (WIDTH - 4), 1), round(2 + (1 - axis.place(value)) * (HEIGHT - 4), 1)

    marks: list[Markup] = []
    for run in runs:
        upper = [spot(x, _finite(one.high, axis.high)) for x, one in run]
        lower = [spot(x, _finite(one.low, axis.low)) for x, one in run]
        middle = [spot(x, one.value) for x, one in run]
        marks.append(tag("path", d=ribbon(upper, lower), class_="band"))
        marks.append(tag("path", d=line(middle if len(middle) > 1 else middle * 2), class_="line"))
    drawing = stretched(*marks, width=WIDTH, height=HEIGHT)
    return tag("svg", drawing, class_="sparkline", width="100%", height="36", aria_hidden="true")


def _finite(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise
