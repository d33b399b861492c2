"""A number period by period, with its band. Points take the keyboard: Tab to the chart, arrows along it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise

from markupsafe import Markup

from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.results import Measurement, Number, Reading
from touchpath.web.charts.figure import Figure, Record, record_of
from touchpath.web.charts.rows import picture_of_plot
from touchpath.web.charts.scale import Axis, fit_axis
from touchpath.web.charts.sparkline import Run, runs_of
from touchpath.web.charts.svg import Point, line, percent, ribbon, stretched, tag
from touchpath.web.languages import _, gettext
from touchpath.web.numbers import places_for, show, show_change, show_day, show_period

WIDTH, HEIGHT = 1000.0, 100.0
MOST_LABELS = 6
_NOT_DRAWN = Undefined("not drawn", 0, "")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment: a release, a new policy, a campaign."""

    moment: datetime
    title: str


def draw_trend(
    measurement: Measurement,
    readings: Sequence[Reading],
    grain: str,
    zone: str = "UTC",
    *,
    target: float | None = None,
    events: Sequence[Event] = (),
    id: str = "",
) -> Figure:
    """The trend of one metric, its days those of a zone; periods that the data does not reach the end of are drawn hollow and said so,
    or only said, where their interval holds all that whole ones came to: a day of one answer would press these into a corner.

    target: a dashed line at the value that is aimed at. events: numbered lines at their moments, named below; those outside are left out.
    """
    drawn, unsure, axis = fit_trend(measurement, readings, target)
    last = max(1, len(readings) - 1)
    open_at = frozenset(index / last for index, reading in enumerate(readings) if not reading.complete)
    placed = [
        (place, event)
        for event in sorted(events, key=lambda one: one.moment)
        if (place := place_of(event.moment, readings)) is not None
    ]
    lines = stretched(
        *(draw_grid(axis, mark) for mark in axis.marks),
        *(part for run in runs_of(drawn) for part in _run(run, axis, open_at)),
        *([_level(axis, target)] if target is not None else []),
        width=WIDTH,
        height=HEIGHT,
    )
    points = [_point(reading, index / last, axis, zone, first=index == _first(drawn)) for index, reading in enumerate(drawn)]
    flags = [_flag(at, place, event) for at, (place, event) in enumerate(placed)]
    label = _(
        "%(metric)s, %(count)s points. Left and right arrow keys move along.",
        metric=gettext(measurement.metric.title),
        count=len(readings),
    )
    plot = tag(
        "svg", lines, *flags, *points, class_="plot", width="100%", height="100%", role="group", aria_label=label, data_points="1"
    )
    values, days = value_labels(axis), day_labels(readings, zone)
    return Figure(
        finding=_finding(measurement),
        caption=_("%(metric)s by %(grain)s, %(period)s. The band is the interval of each.", metric=gettext(measurement.metric.title), grain=gettext(grain), period=show_period(measurement.period, zone)),
        drawing=tag("div", values, tag("div", plot, class_="plot-box"), days, class_="trend-grid"),
        columns=(gettext(grain).capitalize(), _("Value"), _("Interval"), "n", _("Note")),
        rows=tuple(_row(reading, zone) for reading in readings),
        key=_key(drawn, unsure, placed, target, axis, zone),
        kind="trend",
        id=id,
        records=tuple(_record(reading) for reading in readings),
        picture=picture_of_plot(values, plot, days),
        reads=True,
    )  # fmt: skip


def fit_trend(
    measurement: Measurement, readings: Sequence[Reading], target: float | None = None
) -> tuple[list[Reading], list[Reading], Axis]:
    """The readings as they are drawn, those that are not drawn as they are too unsure, and the axis that holds the others and the target."""
    aim = [_aim([reading.number for reading in readings], target)] if target is not None else []
    whole = [reading.number for reading in readings if reading.complete]
    unsure = [
        one
        for one in readings
        if whole and not one.complete and _says_nothing(one.number, fit_axis(whole, measurement.metric.id))
    ]
    axis = fit_axis([*(one.number for one in readings if one not in unsure), *aim], measurement.metric.id)
    return [replace(one, number=_NOT_DRAWN) if one in unsure else one for one in readings], unsure, axis


def _says_nothing(number: Number, axis: Axis) -> bool:
    """Whether the interval of a number holds all that the whole periods came to."""
    return isinstance(number, Estimate) and number.low <= axis.low and number.high >= axis.high


def _aim(numbers: Sequence[Number], target: float) -> Estimate:
    known = next((one for one in numbers if isinstance(one, Estimate)), None)
    return Estimate(target, target, target, 1, "people", known.unit if known else "share")


def place_of(moment: datetime, readings: Sequence[Reading]) -> float | None:
    """Where a moment lies from the start of the first period (0) to the start of the last (1); None outside of them."""
    starts = [reading.period.start for reading in readings if reading.period is not None]
    if len(starts) != len(readings) or len(starts) < 2:
        return None
    at = bisect_right(starts, moment) - 1
    if at < 0 or moment >= readings[-1].period.end:  # type: ignore[union-attr]
        return None
    following = starts[at + 1] if at + 1 < len(starts) else readings[-1].period.end  # type: ignore[union-attr]
    return min(1.0, (at + (moment - starts[at]) / (following - starts[at])) / (len(starts) - 1))


def _level(axis: Axis, target: float) -> Markup:
    y = (1 - axis.place(target)) * HEIGHT
    return tag("path", d=line([(0.0, y), (WIDTH, y)]), class_="goal")


def _flag(at: int, place: float, event: Event) -> Markup:
    x = percent(place)
    return tag(
        "g",
        tag("title", event.title),
        tag("line", x1=x, x2=x, y1="0", y2="100%", class_="event"),
        tag("text", str(at + 1), x=x, y="10", dx="4"),
    )


def _key(
    readings: Sequence[Reading],
    unsure: Sequence[Reading],
    placed: Sequence[tuple[float, Event]],
    target: float | None,
    axis: Axis,
    zone: str,
) -> str:
    said = []
    if any(not reading.complete and isinstance(reading.number, Estimate) for reading in readings):
        said.append(_("Hollow, and dashed on the way to it: not over in these data."))
    if unsure:
        names = "; ".join(f"{show_period(one.period, zone)}, {show(one.number).sentence}" for one in unsure)
        said.append(_("Not drawn, as it is not over and too unsure: %(names)s.", names=names))
    if target is not None:
        said.append(
            _(
                "Dashed line: target, %(value)s.",
                value=axis.scale.whole(target, places_for((axis.high - axis.low) / axis.scale.divisor / 20)),
            )
        )
    if placed:
        names = "; ".join(f"{at + 1} {event.title}, {show_day(event.moment, zone)}" for at, (_place, event) in enumerate(placed))
        said.append(_("Numbered lines: %(names)s. What comes after them need not come from them.", names=names))
    return " ".join(said)


def _record(reading: Reading) -> Record:
    period = reading.period
    return {
        "start": period.start.isoformat() if period else None,
        "end": period.end.isoformat() if period else None,
        "complete": reading.complete,
        **record_of(reading.number),
    }


def draw_grid(axis: Axis, mark: float) -> Markup:
    """A line across at a mark."""
    y = (1 - axis.place(mark)) * HEIGHT
    return tag("path", d=line([(0.0, y), (WIDTH, y)]), class_="grid")


def _run(run: Run, axis: Axis, open_at: Collection[float]) -> list[Markup]:
    """Band and line of a run; the line is dashed on the way to and from the places in `open_at`."""

    def place(x: float, value: float, otherwise: float) -> tuple[float, float]:
        return x * WIDTH, (1 - axis.place(value if math.isfinite(value) else otherwise)) * HEIGHT

    upper = [place(x, one.high, axis.high) for x, one in run]
    lower = [place(x, one.low, axis.low) for x, one in run]
    middle = [place(x, one.value, axis.low) for x, one in run]
    dashed = [x in open_at or after in open_at for (x, _), (after, _) in pairwise(run)]
    ways = [tag("path", d=line(middle), class_="line")] if not any(dashed) else [*_ways(middle, dashed)]
    return [tag("path", d=ribbon(upper, lower), class_="band"), *ways]


def _ways(middle: Sequence[Point], dashed: Sequence[bool]) -> Iterator[Markup]:
    """The stretches of a line, each as long as it stays solid or dashed."""
    at = 0
    for is_dashed, stretch in groupby(dashed):
        end = at + len([*stretch])
        yield tag("path", d=line(middle[at : end + 1]), class_="line open" if is_dashed else "line")
        at = end


def _first(readings: Sequence[Reading]) -> int:
    return next((index for index, reading in enumerate(readings) if isinstance(reading.number, Estimate)), -1)


def _point(reading: Reading, x: float, axis: Axis, zone: str, first: bool) -> Markup:
    if not isinstance(reading.number, Estimate):
        return Markup("")
    said = said_of(reading, zone)
    spot = {"cx": percent(x), "cy": percent(1 - axis.place(reading.number.value))}
    return tag(
        "g",
        tag("circle", r="12", class_="target", **spot),
        tag("circle", r="4", class_="dot" if reading.complete else "dot hollow", **spot),
        class_="point", role="img", tabindex="0" if first else "-1", aria_label=said,
    )  # fmt: skip


def said_of(reading: Reading, zone: str) -> str:
    """A point in words: its period, its number with interval and n, and whether it is over."""
    return f"{show_period(reading.period, zone)}: {show(reading.number).sentence}{'' if reading.complete else ', ' + _('not over yet')}"


def value_labels(axis: Axis) -> Markup:
    """The marks' texts, left of the plot."""
    labels = [
        tag("text", axis.label(mark), x="100%", y=percent(1 - axis.place(mark)), dy="0.32em", text_anchor="end")
        for mark in axis.marks
    ]
    return tag("svg", *labels, class_="ticks values", width="100%", height="100%", aria_hidden="true")


def day_labels(readings: Sequence[Reading], zone: str) -> Markup:
    """Some of the periods' first days, below the plot."""
    every = max(1, math.ceil(len(readings) / MOST_LABELS))
    last = max(1, len(readings) - 1)
    labels = []
    for index in range(0, len(readings), every):
        period = readings[index].period
        anchor = "start" if index == 0 else "end" if index == last else "middle"
        minor = "minor" if (index // every) % 2 else "middle" if anchor == "middle" else None
        text = show_day(period.start, zone) if period else ""
        labels.append(tag("text", text, x=percent(index / last), y="14", text_anchor=anchor, class_=minor))
    return tag("svg", *labels, class_="ticks days", width="100%", height="20", aria_hidden="true")


def _row(reading: Reading, zone: str) -> tuple[str, ...]:
    shown = show(reading.number)
    note = "" if reading.complete else _("not over yet")
    return show_period(reading.period, zone), shown.whole, shown.reason or shown.interval, shown.n, note


def _finding(measurement: Measurement) -> str:
    change = show_change(measurement.change, measurement.metric.better)
    if measurement.change is None:
        return _("%(metric)s over time", metric=gettext(measurement.metric.title))
    if measurement.change.changed is None:
        return _("No detectable change in the latest period: %(metric)s", metric=gettext(measurement.metric.title))
    return _(
        "%(metric)s moved by %(change)s in the latest period: %(word)s",
        metric=gettext(measurement.metric.title),
        change=change.text,
        word=change.word,
    )
