"""How people felt, step by step: a curve through the steps where the same question was asked, with its band."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.results import Number
from touchpath.web.charts.scale import Axis, fit_axis
from touchpath.web.charts.svg import Point, number, percent, stretched, tag
from touchpath.web.numbers import show

STEP = 100.0
HEIGHT = 100.0
INSET = 0.18


def draw_curve(
    numbers: Sequence[Number | None], metric: str, better: str = "higher", beside: Sequence[Number | None] = ()
) -> Markup:
    """The curve over as many equal columns as there are steps; it passes over None and Undefined. The worst step is marked, and each has its n.

    beside: the same of another period, of other people or of another version, drawn as a broken line.

    Hidden from screen readers: the map's cells say the same numbers in words. Nothing is drawn for fewer than two numbers.
    """
    known = [(index, one) for index, one in enumerate(numbers) if isinstance(one, Estimate)]
    if len(known) < 2:
        return Markup("")
    there = [(index, one) for index, one in enumerate(beside) if isinstance(one, Estimate)]
    axis = fit_axis((one for _, one in (*known, *there)), metric)
    middle = [_spot(index, one.value, axis) for index, one in known]
    upper = [_spot(index, _finite(one.high, axis.high), axis) for index, one in known]
    lower = [_spot(index, _finite(one.low, axis.low), axis) for index, one in known]
    band = f"{smooth(upper)}L{smooth(list(reversed(lower)))[1:]}Z"
    other = smooth([_spot(index, one.value, axis) for index, one in there]) if len(there) > 1 else ""
    paths = stretched(
        tag("path", d=band, class_="band"),
        *((tag("path", d=other, class_="beside"),) if other else ()),
        tag("path", d=smooth(middle), class_="line"),
        width=STEP * len(numbers),
        height=HEIGHT,
    )
    worst = min(known, key=lambda pair: -pair[1].value if better == "lower" else pair[1].value)[0]
    pills = [_pill(index, one, len(numbers), axis, index == worst) for index, one in known]
    return tag("svg", paths, *pills, class_="curve", width="100%", height="132", aria_hidden="true")


def _finite(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise


def _height(value: float, axis: Axis) -> float:
    return INSET + (1 - axis.place(value)) * (1 - 2 * INSET)


def _spot(index: int, value: float, axis: Axis) -> Point:
    return (index + 0.5) * STEP, _height(value, axis) * HEIGHT


def _pill(index: int, one: Estimate, steps: int, axis: Axis, worst: bool) -> Markup:
    shown = show(one)
    text = shown.value
    x, y = percent((index + 0.5) / steps), percent(_height(one.value, axis))
    half = 8.0 + 4.0 * len(text)
    box = tag("rect", x=-half, y=-12.0, width=half * 2, height=24.0, rx=12.0, class_="pill")
    label = tag("text", text, dy="0.35em", text_anchor="middle")
    n = tag("text", shown.n, dy="2.1em", text_anchor="middle", class_="n")
    return tag("svg", box, label, n, x=x, y=y, overflow="visible", class_="worst" if worst else None)


def smooth(points: Sequence[Point]) -> str:
    """A curve through points, ordered along x, that never swings beyond a pair's own heights.

    **Source**: F. N. Fritsch and R. E. Carlson, Monotone piecewise cubic interpolation, SIAM J. Numer. Anal. 17 (1980).
    """
    slopes = _slopes(points)
    path = f"M{number(points[0][0])} {number(points[0][1])}"
    for (x0, y0), (x1, y1), m0, m1 in zip(points, points[1:], slopes, slopes[1:], strict=False):
        third = (x1 - x0) / 3
        ends = (x0 + third, y0 + m0 * third, x1 - third, y1 - m1 * third, x1, y1)
        path += "C" + " ".join(number(end) for end in ends)
    return path


def _slopes(points: Sequence[Point]) -> list[float]:
    secants = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in itertools.pairwise(points)]
    inner = [0.0 if a * b <= 0 else 2 * a * b / (a + b) for a, b in itertools.pairwise(secants)]
    return [secants[0], *inner, secants[-1]]
