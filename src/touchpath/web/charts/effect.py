"""A metric before and after a change: one line of everybody, or one of those with the change and one of the others."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.effect_found import EffectFound, Point
from touchpath.services.results import Reading
from touchpath.web.charts.figure import Figure, Record, record_of
from touchpath.web.charts.rows import picture_of_plot
from touchpath.web.charts.scale import Axis, fit_axis
from touchpath.web.charts.svg import line, ribbon, still_plot, stretched, tag
from touchpath.web.charts.trend import HEIGHT, WIDTH, day_labels, draw_grid, value_labels
from touchpath.web.languages import _, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import show, show_count, show_day, show_period

Spots = list[tuple[float, float]]


def draw_effect(answer: EffectFound) -> Figure:
    """The periods that were looked at, with the day of the change."""
    both, finding = bool(answer.treated), say(answer.sentence)
    numbers = [
        _number(answer, point, side) for point in answer.points for side in (point.value, point.beside) if side is not None
    ]
    axis = fit_axis(numbers, answer.metric.id)
    lines = stretched(*(draw_grid(axis, mark) for mark in axis.marks), *_lines(answer, axis), width=WIDTH, height=HEIGHT)
    plot = still_plot(finding, lines)
    readings = [Reading(_number(answer, one, one.value), one.period) for one in answer.points]
    values, days = value_labels(axis), day_labels(readings, answer.zone)
    first = answer.points[answer.first].period if answer.first < len(answer.points) else None
    columns = (_("With the change"), _("Without it")) if both else (_("Value"), _("Interval"), "n")
    return Figure(
        finding=finding,
        caption=_(
            "%(metric)s by %(grain)s, counted from %(day)s; %(period)s.",
            metric=gettext(answer.metric.title),
            grain=gettext(answer.asked.every),
            day=show_day(answer.asked.since, answer.zone),
            period=show_period(answer.period, answer.zone),
        ),
        drawing=tag("div", values, tag("div", plot, class_="plot-box"), days, class_="trend-grid"),
        columns=(gettext(answer.asked.every.capitalize()), _("Side"), *columns),
        rows=tuple(_row(answer, at, point) for at, point in enumerate(answer.points)),
        key=_key(both) if first else "",
        kind="effect",
        records=tuple(_record(answer, at, point) for at, point in enumerate(answer.points)),
        picture=picture_of_plot(values, plot, days),
    )


def _key(both: bool) -> str:
    if both:
        return _("The upright line is the change; solid: with the change, dashed: without it.")
    return _("The upright line is the change; the band is the interval of each period.")


def _record(answer: EffectFound, at: int, point: Point) -> Record:
    return {
        "start": point.period.start.isoformat(),
        "end": point.period.end.isoformat(),
        "side": "after" if at >= answer.first else "before",
        **record_of(_number(answer, point, point.value)),
        "value_beside": point.beside,
    }


def _number(answer: EffectFound, point: Point, value: float) -> Estimate:
    low, high = (value if one is None else one for one in (point.low, point.high))
    n = answer.units if point.n is None else point.n
    return Estimate(value, low, high, n, "units" if point.n is None else "people", answer.metric.unit, answer.confidence, "")


def _lines(answer: EffectFound, axis: Axis) -> Iterator[Markup]:
    last = max(1, len(answer.points) - 1)

    def placed(values: list[float]) -> Spots:
        return [(at / last * WIDTH, (1 - axis.place(value)) * HEIGHT) for at, value in enumerate(values)]

    points = answer.points
    if all(one.low is not None for one in points):
        yield tag("path", d=ribbon(*(placed([getattr(one, end) for one in points]) for end in ("high", "low"))), class_="band")
    yield tag("path", d=line(placed([one.value for one in points])), class_="line")
    beside = [one.beside for one in points if one.beside is not None]
    if beside:
        yield tag("path", d=line(placed(beside)), class_="line open")
    if 0 < answer.first < len(points):
        x = (answer.first - 0.5) / last * WIDTH
        yield tag("path", d=line([(x, 0.0), (x, HEIGHT)]), class_="line")


def _row(answer: EffectFound, at: int, point: Point) -> tuple[str, ...]:
    side = "after" if at >= answer.first else "before"
    own = show(_number(answer, point, point.value))
    when = show_period(point.period, answer.zone)
    if point.beside is not None:
        return when, side, own.whole, show(_number(answer, point, point.beside)).whole
    return when, side, own.whole, own.interval, show_count(point.n or 0)
