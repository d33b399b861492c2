"""Two metrics of the same segments or periods: one dot each."""

from __future__ import annotations

from touchpath.model.estimate import Estimate
from touchpath.services.associations import AssociationsFound, PairFound, Side
from touchpath.web.charts.figure import Figure
from touchpath.web.charts.rows import picture_of_plot
from touchpath.web.charts.scale import Axis, fit_axis
from touchpath.web.charts.svg import percent, still_plot, stretched, tag
from touchpath.web.charts.trend import HEIGHT, WIDTH, draw_grid, value_labels
from touchpath.web.languages import _
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import show_period


def draw_scatter(answer: AssociationsFound, pair: PairFound, zone: str, id: str = "") -> Figure:
    """The use to the right, the relationship upwards."""
    across, up = _axis(pair.ux, [spot.ux for spot in pair.spots]), _axis(pair.cx, [spot.cx for spot in pair.spots])
    finding = say(pair.sentence(answer.across, answer.confidence))
    lines = stretched(*(draw_grid(up, mark) for mark in up.marks), width=WIDTH, height=HEIGHT)
    dots = [
        tag("circle", cx=percent(across.place(spot.ux)), cy=percent(1 - up.place(spot.cx)), r="4", class_="dot")
        for spot in pair.spots
    ]
    plot = still_plot(finding, lines, *dots)
    ends = [("start", across.low), ("end", across.high)]
    labels = [tag("text", across.label(value), x=percent(across.place(value)), y="14", text_anchor=side) for side, value in ends]
    foot = tag("svg", *labels, class_="ticks days", width="100%", height="20", aria_hidden="true")
    values = value_labels(up)
    return Figure(
        finding=finding,
        caption=_(
            "To the right %(ux)s, upwards %(cx)s; each dot is one of %(count)s %(units)s, %(period)s.",
            ux=say(pair.ux.title),
            cx=say(pair.cx.title),
            count=len(pair.spots),
            units=say(answer.across),
            period=show_period(answer.period, zone),
        ),
        drawing=tag("div", values, tag("div", plot, class_="plot-box"), foot, class_="trend-grid"),
        columns=(_("Of"), say(pair.ux.title), say(pair.cx.title)),
        rows=tuple((spot.title, _label(across, spot.ux), _label(up, spot.cx)) for spot in pair.spots),
        kind="scatter",
        id=id,
        records=tuple({"of": spot.title, "ux": spot.ux, "cx": spot.cx} for spot in pair.spots),
        picture=picture_of_plot(values, plot, foot),
    )


def _axis(side: Side, values: list[float]) -> Axis:
    numbers = [Estimate(value, value, value, 1, "segments", side.unit, 0.95, "") for value in values]
    return fit_axis(numbers, side.name.partition(":")[0])


def _label(axis: Axis, value: float) -> str:
    return axis.scale.whole(value, 1 if axis.scale.suffix == "%" else 2)
