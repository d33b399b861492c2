"""What a question about the effect of a change asks and answers, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args
from zoneinfo import ZoneInfo

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.time import Period
from touchpath.services.evidence import Evidence
from touchpath.services.periods_around import Every
from touchpath.services.results import MetricWords
from touchpath.services.tables import Row, rows
from touchpath.services.trended import say_value
from touchpath.stats.interruptions import Interruption
from touchpath.stats.p_values import say_p
from touchpath.stats.treated_units import Effect

if TYPE_CHECKING:
    from touchpath.stats.intervals import Interval

#: "" lets the units decide: enough of them are compared as units, few as two series.
Design = Literal["", "units", "series"]


@dataclass(frozen=True, slots=True)
class EffectAsked:
    """since: the midnight at which the change came. by, treated: a dimension and its segments that got it; "" for one series of everybody."""

    metric: str
    since: datetime
    subject: str = ""
    every: Every = "week"
    by: str = ""
    treated: tuple[str, ...] = ()
    design: Design = ""

    def __post_init__(self) -> None:
        if bool(self.by) != bool(self.treated):
            raise BadInput("Name the dimension and which of its segments got the change, or neither for one series of everybody.")
        if self.since.tzinfo is None:
            raise BadInput(f"The day of the change needs a zone, but {self.since.isoformat()} came.")
        if self.design not in get_args(Design) or (self.design and not self.by):
            raise BadInput(f"With segments the design is 'units' or 'series', without it is left out, but '{self.design}' came.")


@dataclass(frozen=True, slots=True)
class Point:
    """A period: the number of all or of those with the change, and of those without; limits and n of one number of everybody."""

    period: Period
    value: float
    beside: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class EffectFound:
    """What was found, or why nothing was. points: what was looked at; `first` is the place of the first with the change.

    treated, units: who got it, and how many were compared. gaps: segments left out for want of a number. smallest: n of the smallest
    number that was looked at.
    """

    metric: MetricWords
    about: str
    asked: EffectAsked
    evidence: Evidence
    found: Interruption | Effect | Undefined
    points: tuple[Point, ...]
    first: int
    treated: tuple[str, ...]
    units: int
    gaps: tuple[str, ...]
    smallest: int
    confidence: float
    period: Period
    data_version: str
    zone: str
    notes: tuple[str, ...] = ()

    @property
    def day(self) -> str:
        """The day of the change."""
        return f"{self.asked.since.astimezone(ZoneInfo(self.zone)):%Y-%m-%d}"

    def say(self, value: float, limits: Interval | None = None) -> str:
        """A change of the metric with its limits: points for a share."""
        unit = self.metric.unit
        told = [f"{'+' if one > 0 else ''}{_points(one, unit)}" for one in ((value,) if limits is None else (value, *limits))]
        return told[0] if limits is None else f"{told[0]} ({told[1]} to {told[2]})"

    @property
    def sentence(self) -> str:
        """The finding in words, no more than the design may claim."""
        alike = self.about in ("", self.metric.title)
        what = self.metric.title if alike else f"{self.metric.title}, {self.about}"
        if isinstance(self.found, Undefined):
            return f"What the change of {self.day} did to {what} is not told: {self.found.reason}."
        return f"{what}: {self._of_units(self.found) if isinstance(self.found, Effect) else self._of_series(self.found)}"

    def _of_units(self, found: Effect) -> str:
        whom = f"the {found.treated} of {found.units} units with the change"
        size = self.say(found.effect, found.limits)
        if found.limits is None:
            return f"{whom} moved {size} more than the others ({say_p(found.p)} by divisions of units; too few for an interval)."
        if found.p > 1 - self.confidence:
            return f"no detectable effect: {whom} moved {size} more than the others ({say_p(found.p)})."
        return f"{whom} moved {size} more than the others ({say_p(found.p)})."

    def _of_series(self, found: Interruption) -> str:
        gap, last = found.gaps[-1], self.asked.every
        apart = " the two sides' distance" if self.treated else ""
        told = [
            f"{name} {self.say(part.value, part.limits)}{f' per {last}' if part is found.slope else ''} ({say_p(part.p)})"
            for name, part in (("level", found.level), ("slope", found.slope))
            if part.p <= 1 - self.confidence
        ]
        ending = f"by the last {last} it lies {self.say(gap.gap, gap.limits)} from the course before"
        if not told:
            level = self.say(found.level.value, found.level.limits)
            return (
                f"no detectable change on {self.day}{apart and ' of' + apart}: level {level}, {say_p(found.level.p)}; {ending}."
            )
        return f"on {self.day}{apart} changed in {' and '.join(told)}; {ending}."


def _points(value: float, unit: str) -> str:
    return f"{value * 100:.3g} points" if unit == "share" else say_value(float(f"{value:.3g}"), unit)


@rows.register
def _(answer: EffectFound) -> list[Row]:
    """What was found in one row each, then the periods."""
    return [*_found(answer), *(_period(answer, at, point) for at, point in enumerate(answer.points))]


def _found(answer: EffectFound) -> list[Row]:
    found = answer.found
    if isinstance(found, Undefined):
        return [_row("reason", n=found.n, note=found.reason)]
    if isinstance(found, Effect):
        whole = _row("effect", found.effect, found.limits, found.p, found.units, note=found.method)
        return [whole, *(_row("gap", one.gap, one.limits, n=found.units) | _when(answer, one.period) for one in found.course)]
    n = found.before + found.after
    return [
        _row("level", found.level.value, found.level.limits, found.level.p, n),
        _row("slope", found.slope.value, found.slope.limits, found.slope.p, n),
        *(_row("gap", one.gap, one.limits, n=n) | _when(answer, one.at - 1) for one in found.gaps),
    ]


def _when(answer: EffectFound, place: int) -> Row:
    period = answer.points[place].period
    return {"from": period.start, "to": period.end}


def _period(answer: EffectFound, at: int, point: Point) -> Row:
    row = _row("after" if at >= answer.first else "before", point.value, None, None, point.n)
    return row | {
        "low": point.low,
        "high": point.high,
        "from": point.period.start,
        "to": point.period.end,
        "beside": point.beside,
    }


def _row(
    what: str,
    value: float | None = None,
    limits: Interval | None = None,
    p: float | None = None,
    n: int | None = None,
    note: str = "",
) -> Row:
    return {
        "what": what,
        "value": value,
        "low": limits.low if limits else None,
        "high": limits.high if limits else None,
        "p": p,
        "n": n,
        "from": None,
        "to": None,
        "beside": None,
        "note": note,
    }
