"""Two numbers of each thing against each other, as UX against CX: which are strong in both, in one, in none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.results import Number
from touchpath.web.charts.figure import WIDE, Figure, Picture, record_of
from touchpath.web.charts.scale import Axis, fit_axis
from touchpath.web.charts.svg import percent, tag
from touchpath.web.languages import _
from touchpath.web.numbers import show

HEIGHT = 360


@dataclass(frozen=True, slots=True)
class QuadrantPoint:
    """One thing with its two numbers; href: its page, "" = it has none."""

    title: str
    across: Number
    up: Number
    href: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One axis: its title, its metric (for the ends of its scale), and where it is divided; None = in the middle of its scale."""

    title: str
    metric: str = ""
    divide: float | None = None
    ends: tuple[float, float] | None = None


def draw_quadrant(points: Sequence[QuadrantPoint], across: Side, up: Side, finding: str, caption: str, id: str = "") -> Figure:
    """Points with the intervals of both numbers as a cross, numbered, their names in a list below.

    What lacks one of its numbers is named with its reason, and not drawn.
    """
    known = [one for one in points if isinstance(one.across, Estimate) and isinstance(one.up, Estimate)]
    missing = [one for one in points if one not in known]
    x = fit_axis((one.across for one in known), across.metric, whole=True, ends=across.ends)
    y = fit_axis((one.up for one in known), up.metric, whole=True, ends=up.ends)
    marks = [_lines(x, y, across, up), *_corners(across, up), *(_point(at, one, x, y) for at, one in enumerate(known))]
    label = _(
        "%(count)s points: %(across)s against %(up)s. Arrow keys move along.", count=len(known), across=across.title, up=up.title
    )
    plot = tag(
        "svg",
        *marks,
        class_="plot quadrant-plot",
        width="100%",
        height=str(HEIGHT),
        role="group",
        aria_label=label,
        data_points="1",
    )
    drawing = tag(
        "div",
        tag("p", _upward(y, up), class_="axis-title"),
        tag("div", plot, class_="plot-box"),
        _ends(x, across),
        tag("ol", *(_legend(at, one) for at, one in enumerate(known)), class_="quadrant-legend"),
        class_="quadrant",
    )
    return Figure(
        finding=finding,
        caption=caption,
        drawing=drawing,
        columns=(_("What"), across.title, _("Interval"), up.title, _("Interval"), "n"),
        rows=tuple(_row(one) for one in points),
        key=_("Not drawn, as a number is missing: %(names)s.", names="; ".join(f"{one.title} ({_why(one)})" for one in missing)) if missing else "",
        kind="quadrant",
        id=id,
        records=tuple(_record(one, across, up) for one in points),
        picture=_picture(known, x, y, across, up, marks),
        reads=True,
    )  # fmt: skip


def _divide(axis: Axis, side: Side) -> float:
    return 0.5 if side.divide is None else axis.place(side.divide)


def _lines(x: Axis, y: Axis, across: Side, up: Side) -> Markup:
    at, level = percent(_divide(x, across)), percent(1 - _divide(y, up))
    frame = tag("rect", width="100%", height="100%", class_="room")
    return Markup("").join([
        frame,
        tag("line", x1=at, x2=at, y1="0", y2="100%", class_="zero"),
        tag("line", x1="0", x2="100%", y1=level, y2=level, class_="zero"),
    ])  # fmt: skip


def _corners(across: Side, up: Side) -> list[Markup]:
    both = _("both high"), _("both low")
    one = _("only %(what)s high", what=up.title), _("only %(what)s high", what=across.title)
    return [
        tag("text", one[0], x="1%", y="18"),
        tag("text", both[0], x="99%", y="18", text_anchor="end", class_="below"),
        tag("text", both[1], x="1%", y="98%", class_="above"),
        tag("text", one[1], x="99%", y="98%", text_anchor="end"),
    ]


def _spans(one: Estimate, axis: Axis) -> tuple[float, float]:
    low, high = (one.low if math.isfinite(one.low) else axis.low), (one.high if math.isfinite(one.high) else axis.high)
    return axis.place(low), axis.place(high)


def _point(at: int, one: QuadrantPoint, x: Axis, y: Axis) -> Markup:
    assert isinstance(one.across, Estimate)
    assert isinstance(one.up, Estimate)
    left, right = _spans(one.across, x)
    low, high = _spans(one.up, y)
    place = {"cx": percent(x.place(one.across.value)), "cy": percent(1 - y.place(one.up.value))}
    said = f"{at + 1}, {one.title}: {show(one.across).sentence}; {show(one.up).sentence}"
    return tag(
        "g",
        tag("line", x1=percent(left), x2=percent(right), y1=place["cy"], y2=place["cy"], class_="cross"),
        tag("line", x1=place["cx"], x2=place["cx"], y1=percent(1 - low), y2=percent(1 - high), class_="cross"),
        tag("circle", r="16", class_="target", **place),
        tag("circle", r="11", class_="place", **place),
        tag("text", str(at + 1), x=place["cx"], y=place["cy"], dy="0.35em", text_anchor="middle", class_="on"),
        class_="point", role="img", tabindex="0" if at == 0 else "-1", aria_label=said,
    )  # fmt: skip


def _upward(axis: Axis, side: Side) -> str:
    return _("↑ %(what)s, from %(low)s to %(high)s", what=side.title, low=axis.label(axis.low), high=axis.label(axis.high))


def _ends(axis: Axis, side: Side) -> Markup:
    low, high = tag("span", axis.label(axis.low)), tag("span", axis.label(axis.high))
    return tag("p", low, tag("span", f"{side.title} →", class_="axis-title"), high, class_="segment-ends")


def _legend(at: int, one: QuadrantPoint) -> Markup:
    name = tag("a", one.title, href=one.href) if one.href else tag("span", one.title)
    return tag(
        "li",
        tag("b", str(at + 1), class_="quadrant-number"),
        name,
        tag("small", f"{show(one.across).whole}, {show(one.up).whole}"),
    )


def _row(one: QuadrantPoint) -> tuple[str, ...]:
    across, up = show(one.across), show(one.up)
    return one.title, across.whole, across.reason or across.interval, up.whole, up.reason or up.interval, f"{across.n}; {up.n}"


def _why(one: QuadrantPoint) -> str:
    return show(one.across).reason or show(one.up).reason


def _record(one: QuadrantPoint, across: Side, up: Side) -> dict[str, object]:
    record: dict[str, object] = {"what": one.title}
    for prefix, side, value in (("across", across, one.across), ("up", up, one.up)):
        record |= {prefix: side.title} | {f"{prefix}_{name}": found for name, found in record_of(value).items()}
    return record


def _picture(known: Sequence[QuadrantPoint], x: Axis, y: Axis, across: Side, up: Side, marks: Sequence[Markup]) -> Picture:
    tall = float(HEIGHT)
    parts = [
        tag("text", _upward(y, up), x=0.0, y=14.0),
        tag("svg", *marks, x=0.0, y=24.0, width=WIDE, height=tall),
        tag("text", x.label(x.low), x=0.0, y=tall + 42),
        tag("text", f"{across.title} →", x=WIDE / 2, y=tall + 42, text_anchor="middle"),
        tag("text", x.label(x.high), x=WIDE, y=tall + 42, text_anchor="end"),
        *(tag("text", f"{at + 1}  {one.title}: {show(one.across).whole}, {show(one.up).whole}", x=0.0, y=tall + 64 + 18 * at) for at, one in enumerate(known)),
    ]  # fmt: skip
    return Picture(Markup("").join(parts), tall + 64 + 18 * len(known))
