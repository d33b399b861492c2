"""What a trend answers: level, season and odd points of a measured series, in numbers and in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from touchpath.model.time import Grain, Period
from touchpath.services.results import MetricWords, Reading
from touchpath.stats.p_values import say_p

if TYPE_CHECKING:
    from touchpath.stats.bands import Expected
    from touchpath.stats.series import Season

Shape = Literal["level", "steps", "line", "unclear"]


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of level. period: the first one after it. before, after: the usual levels, in the metric's unit. p: how often noise alone shows
    as large a step somewhere. borne: whether the errors of the single readings alone, however they follow each other, bear it as well; None
    where readings have no errors."""

    period: Period
    before: float
    after: float
    p: float
    borne: bool | None


@dataclass(frozen=True, slots=True)
class Odd:
    """A point beyond the limits that its past had set, with its own whole interval."""

    period: Period
    value: float
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trend:
    """How one metric went from period to period. Whatever is None has its reason in `reasons`.

    readings: all that were measured; used: those looked at, whole, without a gap, up to the newest. shape: as in `change_points.Course`, but
    "level" where no step is borne by the errors of the readings.
    slope: per period, of a line, on the scale on which the metric varies evenly. season: what repeats, every `every` points. ahead: within
    which limits the next whole period stays unless something changed. alpha, alpha_odd: how often noise is called a change of level (or a
    season), and how often a point is called odd.
    by, segments: the same of each segment of a dimension, with what to know of them in `notes`; segment: which one this is of ("" = all).
    """

    metric: MetricWords
    about: str
    grain: Grain
    readings: tuple[Reading, ...]
    used: tuple[Reading, ...]
    shape: Shape | None
    slope: float
    p: float | None
    steps: tuple[Shift, ...]
    season: Season | None
    every: str
    odd: tuple[Odd, ...]
    judged: int
    ahead: Expected | None
    alpha: float
    reasons: tuple[str, ...]
    period: Period
    data_version: str
    zone: str
    subject: str = ""
    alpha_odd: float = 0.05
    by: str = ""
    segment: str = ""
    segments: tuple[Trend, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The whole in plain sentences: level, season, odd points, what could not be told and why; then the same of each segment."""
        own = (*self._course(), *self._season(), *self._odd(), *self.reasons)
        if not self.by:
            return own
        inside = (f"{one.segment}: {sentence}" for one in self.segments for sentence in one.sentences)
        return (*(f"All: {sentence}" for sentence in own), *inside, *self.notes)

    def _course(self) -> Iterator[str]:
        if self.shape is None or self.p is None:
            return
        rate = f"of series that stay level about {self.alpha * 100:.3g} % are called changed"
        if self.shape == "level":
            certain = f"{say_p(self.p)}; {rate}" if not self.steps else rate
            yield f"No detectable change of level in {len(self.used)} {self.grain}s ({certain})."
        way = "rise" if self.slope > 0 else "fall"
        if self.shape == "line":
            yield f"A steady {way} fits better than a change at one time ({say_p(self.p)}; {rate})."
        if self.shape == "unclear":
            yield f"It changed, but a step and a steady {way} describe it about as well ({say_p(self.p)}; {rate})."
        for step in self.steps:
            ways = f"from {say_value(step.before, self.metric.unit)} to {say_value(step.after, self.metric.unit)}"
            when = f"with the {self.grain} of {self.day(step.period)}: {ways}"
            if step.borne is False:
                yield f"The readings step {when}, but no further than the noise of so few behind each of them goes."
                continue
            which = "The step would be" if self.shape == "unclear" else "The level changed"
            yield f"{which} {when} ({say_p(step.p)}; {rate})."

    def _season(self) -> Iterator[str]:
        if self.season is None:
            return
        if self.season.p <= self.alpha:
            yield f"It repeats every {self.every}: that explains {self.season.strength * 100:.0f} % of what the trend leaves ({say_p(self.season.p)})."
        else:
            yield f"No detectable season by {self.every} ({say_p(self.season.p)})."

    def _odd(self) -> Iterator[str]:
        if not self.judged:
            return
        rate = f"false alarms come at most to about {self.alpha_odd * 100:.3g} % of points"
        if not self.odd:
            yield f"None of {self.judged} {self.grain}s was odd for its past ({rate})."
        for one in self.odd[-5:]:
            unit = self.metric.unit
            limits = f"{say_value(one.low, unit)} to {say_value(one.high, unit)}"
            yield f"The {self.grain} of {self.day(one.period)} was odd: {say_value(one.value, unit)}, expected {limits} ({rate})."

    def day(self, period: Period) -> str:
        """The first day of a period, by the workspace's clock."""
        return f"{period.start.astimezone(ZoneInfo(self.zone)):%Y-%m-%d}"


def say_value(value: float, unit: str) -> str:
    """A number in words, without an interval.

    >>> say_value(0.812, "share"), say_value(93.44, "seconds"), say_value(-3.0, "score")
    ('81.2 %', '93.4 s', '-3')
    """
    if unit == "share":
        return f"{value * 100:.3g} %"
    return f"{value:.3g} s" if unit == "seconds" else f"{value:,.4g}"
