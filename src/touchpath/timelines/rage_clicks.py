"""Rage clicks: bursts of clicks at one place, told from raw clicks by the rules of the trackers that name them.

docs/definitions/friction.md compares the rules.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Bytes, Int32s, Int64s, Timelines
from touchpath.timelines.gather import Bools, Gathered
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import as_number

Variant = Literal["posthog", "mixpanel", "amplitude", "openreplay"]
Floats = NDArray[np.float64]

_SECOND = 1_000_000


class BurstRule(NamedTuple):
    """What makes clicks a burst; times in microseconds.

    clicks: so many.   within: less than this from the click before (windowed: from the first of as many).   pixels: less than this from the
    click before, as the crow flies or, `manhattan`, along both axes; windowed: all within a box of at most this width and height.
    element: all on the same one.   again: a burst that goes on is another one after as many clicks more.
    """

    clicks: int
    within: int
    pixels: float = math.inf
    manhattan: bool = False
    element: bool = False
    again: bool = False
    windowed: bool = False


#: Source: the trackers' code, see docs/definitions/friction.md.
RULES: Mapping[Variant, BurstRule] = {
    "posthog": BurstRule(3, _SECOND, 30, manhattan=True),
    "mixpanel": BurstRule(4, _SECOND, 30, again=True),
    "amplitude": BurstRule(4, _SECOND, 50, element=True, windowed=True),
    "openreplay": BurstRule(3, 300_000, element=True),
}


@dataclass(frozen=True, slots=True)
class RageClicks:
    """Marks the click that makes a burst, of clicks that meet `rule`, by the rule of a tracker.

    x, y: columns with the place of a click in pixels; element: column that names what was clicked. Clicks that lack what the variant needs
    are left out, and break no burst. Raises BadInput for an unknown variant.
    """

    rule: EventRule
    variant: Variant = "posthog"
    x: str = "properties.x"
    y: str = "properties.y"
    element: str = "properties.element"

    def __post_init__(self) -> None:
        if self.variant not in get_args(Variant):
            raise BadInput(f"Rage clicks are told as {', '.join(get_args(Variant))} do, but '{self.variant}' came.")

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read beside the rule."""
        told = RULES[self.variant]
        places = (self.x, self.y) if math.isfinite(told.pixels) else ()
        return (*places, self.element) if told.element else places

    def marks(self, timelines: Timelines, rows: Gathered) -> tuple[Bools, Bools]:
        """(rows,) which clicks make a burst, and which lack what is needed; rows of one owner are neighbours, in order of time."""
        told, nowhere = RULES[self.variant], np.zeros(rows.rows.size)
        placed = math.isfinite(told.pixels)
        x, y = (_numbers(timelines, name, rows.rows) if placed else nowhere for name in (self.x, self.y))
        element = timelines.code(self.element)[rows.rows] if told.element else np.ones(rows.rows.size, np.int32)
        usable = ~(np.isnan(x) | np.isnan(y)) & (element != 0)
        found = np.zeros(int(usable.sum()), np.uint8)
        clicks = (
            rows.at(usable).owners,
            rows.at(usable).times,
            fixed(x[usable], np.float64),
            fixed(y[usable], np.float64),
            fixed(element[usable], np.int32),
        )
        if told.windowed:
            _mark_windowed(*clicks, told.clicks, told.within, float(told.pixels), found)
        else:
            _mark_chained(*clicks, told.clicks, told.within, float(told.pixels), told.manhattan, told.again, found)
        marks = np.zeros(rows.rows.size, np.bool_)
        marks[usable] = found != 0
        return marks, ~usable


def _numbers(timelines: Timelines, column: str, rows: Int64s) -> Floats:
    """(rows,) the numbers that texts of a column are; not a number where there is none."""
    codes = timelines.code(column)[rows]
    used = np.unique(codes)
    words = timelines.words.get(column, ("",))
    numbers = np.array([_number(words[code]) for code in used.tolist()], np.float64)
    return numbers[np.searchsorted(used, codes)] if used.size else np.zeros(0)


def _number(word: str) -> float:
    number = as_number(word)
    return number if number is not None and math.isfinite(number) else math.nan


@kernel
def _mark_chained(
    owner: Int64s,
    time: Int64s,
    x: Floats,
    y: Floats,
    element: Int32s,
    clicks: int,
    within: int,
    pixels: float,
    manhattan: bool,
    again: bool,
    marks: Bytes,
) -> None:
    """Each click joins the one before or begins anew; the one that makes the run so long is marked."""
    run = 0
    for i in range(owner.size):
        joins = run > 0 and owner[i] == owner[i - 1] and element[i] == element[i - 1] and time[i] - time[i - 1] < within
        if joins:
            across, down = abs(x[i] - x[i - 1]), abs(y[i] - y[i - 1])
            apart = across + down if manhattan else math.sqrt(across * across + down * down)
            joins = apart < pixels
        run = run + 1 if joins else 1
        if run == clicks:
            marks[i] = 1
            run = 0 if again else run


@kernel
def _mark_windowed(
    owner: Int64s,
    time: Int64s,
    x: Floats,
    y: Floats,
    element: Int32s,
    clicks: int,
    within: int,
    pixels: float,
    marks: Bytes,
) -> None:
    """A window takes clicks on one element, inside a box, as long as each is soon after the click so many before it; it is marked once."""
    start, done = 0, False
    left, right, top, bottom = 0.0, 0.0, 0.0, 0.0
    for i in range(owner.size):
        fresh = i == 0 or owner[i] != owner[i - 1] or element[i] != element[i - 1]
        if not fresh:
            left, right = min(left, x[i]), max(right, x[i])
            top, bottom = min(top, y[i]), max(bottom, y[i])
            late = time[i] - time[max(start, i - clicks + 1)] >= within
            fresh = late or right - left > pixels or bottom - top > pixels
        if fresh:
            start, done = i, False
            left, right, top, bottom = x[i], x[i], y[i], y[i]
        elif not done and i - start + 1 >= clicks:
            marks[i] = 1
            done = True
