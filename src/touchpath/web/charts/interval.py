"""Dot and whisker: a number on its scale, with the range it may as well be."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.results import Measurement, Number, Reading
from touchpath.web.charts.figure import Figure, Picture, record_of
from touchpath.web.charts.rows import picture_of_rows
from touchpath.web.charts.scale import Axis, fit_axis
from touchpath.web.charts.svg import percent, tag
from touchpath.web.languages import _, gettext
from touchpath.web.numbers import show, show_period


def draw_interval(number: Number, axis: Axis, height: int = 14) -> Markup:
    """One number on an axis. Hidden from screen readers: the figures always stand beside it in words."""
    middle = height / 2
    marks = [tag("line", x1="0", x2="100%", y1=middle, y2=middle, class_="rail")]
    if isinstance(number, Estimate):
        low, high = axis.place(number.low), axis.place(number.high)
        marks.append(
            tag("rect", x=percent(low), y=middle - 3, width=percent(max(high - low, 0.004)), height="6", rx="3", class_="whisker")
        )
        marks.append(tag("circle", cx=percent(axis.place(number.value)), cy=middle, r="5", class_="dot"))
    return tag("svg", *marks, class_="interval", width="100%", height=height, aria_hidden="true")


def draw_segments(measurement: Measurement, readings: Sequence[Reading], id: str = "") -> Figure:
    """Segments under each other on one scale, largest value first, with the whole as a guide."""
    axis = fit_axis([measurement.total, *(reading.number for reading in readings)], measurement.metric.id)
    ordered = sorted(
        readings, key=lambda one: one.number.value if isinstance(one.number, Estimate) else float("-inf"), reverse=True
    )
    rows = [_row(reading, axis, measurement.total) for reading in ordered if isinstance(reading.number, Estimate)]
    empty = [reading.segment or _("(none)") for reading in ordered if not isinstance(reading.number, Estimate)]
    ends = tag("span", tag("span", axis.label(axis.low)), tag("span", axis.label(axis.high)), class_="segment-ends")
    foot = tag("li", tag("span"), ends, class_="segment-foot", aria_hidden="true")
    return Figure(
        finding=_finding(ordered),
        caption=_(
            "%(metric)s, %(period)s. Bars are intervals; the line marks everybody.",
            metric=gettext(measurement.metric.title),
            period=show_period(measurement.period),
        ),
        drawing=tag("ul", *rows, foot, class_="segments"),
        columns=(_("Segment"), _("Value"), _("Interval"), "n"),
        rows=tuple((reading.segment, *_cells(reading.number)) for reading in ordered),
        key=_("Without a number, for the reasons in the table: %(names)s.", names=", ".join(empty)) if empty else "",
        kind="segment-chart",
        id=id,
        records=tuple({"segment": reading.segment, **record_of(reading.number)} for reading in ordered),
        picture=_picture(ordered, axis, measurement.total),
    )


def _picture(ordered: Sequence[Reading], axis: Axis, total: Number) -> Picture:
    rows = []
    for reading in ordered:
        shown = show(reading.number)
        words = f"{shown.whole}, {shown.reason or shown.interval}, {shown.n}"
        rows.append((reading.segment or _("Everybody"), draw_interval(reading.number, axis, 24), words))
    at = percent(axis.place(total.value)) if isinstance(total, Estimate) else ""
    behind = tag("line", x1=at, x2=at, y1="0", y2="100%", class_="zero") if at else Markup("")
    return picture_of_rows(rows, behind, (axis.label(axis.low), axis.label(axis.high)))


def _row(reading: Reading, axis: Axis, total: Number) -> Markup:
    shown = show(reading.number)
    guide = Markup("")
    if isinstance(total, Estimate):
        at = percent(axis.place(total.value))
        guide = tag(
            "svg", tag("line", x1=at, x2=at, y1="0", y2="100%"), class_="guide", width="100%", height="100%", aria_hidden="true"
        )
    return tag(
        "li",
        tag("span", reading.segment or _("Everybody"), class_="segment-name"),
        tag("span", guide, draw_interval(reading.number, axis, 24), class_="segment-plot"),
        tag("span", tag("b", shown.whole), " ", tag("small", shown.reason or shown.interval), class_="segment-value"),
        tag("small", shown.n, class_="segment-n"),
    )


def _finding(ordered: Sequence[Reading]) -> str:
    known = [reading for reading in ordered if isinstance(reading.number, Estimate)]
    if len(known) < 2:
        return _("Too few segments have a number to tell them apart")
    top, bottom = known[0], known[-1]
    high, low = top.number, bottom.number
    apart = isinstance(high, Estimate) and isinstance(low, Estimate) and high.low > low.high
    if not apart:
        return _("The segments' intervals overlap: no segment stands out for sure")
    return _(
        "%(top)s is highest with %(high)s, %(bottom)s lowest with %(low)s",
        top=top.segment,
        high=show(high).whole,
        bottom=bottom.segment,
        low=show(low).whole,
    )


def _cells(number: Number) -> tuple[str, str, str]:
    shown = show(number)
    return shown.whole, shown.reason or shown.interval, shown.n
