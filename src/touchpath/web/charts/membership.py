"""Who came, stayed and left a group, period by period: bars above and below a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from touchpath.services.groups import GroupPeriod
from touchpath.web.charts.figure import Figure, Record, record_of
from touchpath.web.charts.rows import picture_of_plot
from touchpath.web.charts.scale import Axis, axis_over
from touchpath.web.charts.svg import percent, tag
from touchpath.web.charts.trend import value_labels
from touchpath.web.languages import _, gettext
from touchpath.web.numbers import show, show_count, show_day, show_period


@dataclass(frozen=True, slots=True)
class _Bars:
    """Where the bars of one period stand."""

    left: float
    width: float
    axis: Axis


def draw_membership(title: str, periods: Sequence[GroupPeriod], grain: str, zone: str, finding: str, id: str = "") -> Figure:
    """Members of each period: those who stayed and those who came above the line, those who left below it.

    A period that is not over, or of which too little may be told, has its size only, or nothing.
    """
    most = max([one.members or 0 for one in periods] or [1])
    least = max([one.left or 0 for one in periods] or [0])
    axis = axis_over(-float(least), float(max(most, 1)), "count")
    step = 1.0 / max(1, len(periods))
    zero = percent(1 - axis.place(0.0))
    bars = [part for at, one in enumerate(periods) for part in _bars(one, _Bars(step * (at + 0.15), step * 0.7, axis))]
    points = [_point(one, step * (at + 0.5), axis, zone, first=not at) for at, one in enumerate(periods)]
    line = tag("line", x1="0", x2="100%", y1=zero, y2=zero, class_="zero")
    label = _("%(title)s, %(count)s points. Left and right arrow keys move along.", title=title, count=len(periods))
    plot = tag(
        "svg", *bars, line, *points, class_="plot", width="100%", height="100%", role="group", aria_label=label, data_points="1"
    )
    values, days = value_labels(axis), _days(periods, step, zone)
    return Figure(
        finding=finding,
        caption=_("People of %(title)s by %(grain)s", title=title, grain=gettext(grain)),
        drawing=tag("div", values, tag("div", plot, class_="plot-box"), days, class_="trend-grid"),
        columns=(gettext(grain).capitalize(), _("Members"), _("Share"), _("Interval"), _("Came"), _("Stayed"), _("Left"), _("Of those before stayed"), _("Note")),
        rows=tuple(_row(one, zone) for one in periods),
        key=_("Full: were members in the period before. Pale: came. Outlined, below the line: left. Dashed: not over yet, or who came and left is not told."),
        kind="membership",
        id=id,
        records=tuple(_record(one) for one in periods),
        picture=picture_of_plot(values, plot, days),
        reads=True,
    )  # fmt: skip


def told(count: int | None) -> str:
    """A count, or a dash where it is hidden or nobody knows."""
    return "—" if count is None else show_count(count)


def _bars(one: GroupPeriod, at: _Bars) -> list[Markup]:
    if one.members is None:
        return []
    if one.stayed is None or one.entered is None:
        return [_bar(at, 0, one.members, "bar unsure")]
    found = [_bar(at, 0, one.stayed, "bar"), _bar(at, one.stayed, one.members, "bar came")]
    return [*found, _bar(at, -(one.left or 0), 0, "bar gone")] if one.left else found


def _bar(at: _Bars, low: int, high: int, kind: str) -> Markup:
    top, bottom = 1 - at.axis.place(high), 1 - at.axis.place(low)
    return tag("rect", x=percent(at.left), y=percent(top), width=percent(at.width), height=percent(bottom - top), class_=kind)


def _point(one: GroupPeriod, x: float, axis: Axis, zone: str, first: bool) -> Markup:
    where = {"cx": percent(x), "cy": percent(1 - axis.place(float(one.members or 0)))}
    return tag(
        "g", tag("circle", r="12", class_="target", **where), tag("circle", r="3", class_="dot", **where),
        class_="point", role="img", tabindex="0" if first else "-1", aria_label=f"{show_period(one.period, zone)}: {_said(one)}",
    )  # fmt: skip


def _said(one: GroupPeriod) -> str:
    if one.members is None:
        return show(one.share).sentence
    words = _("%(members)s members, %(share)s", members=show_count(one.members), share=show(one.share).sentence)
    if one.entered is None or one.stayed is None or one.left is None:
        return f"{words}. {show(one.kept).reason}"
    flows = {"entered": show_count(one.entered), "stayed": show_count(one.stayed), "left": show_count(one.left)}
    return f"{words}. " + _("%(entered)s came, %(stayed)s stayed, %(left)s left", **flows)


def _row(one: GroupPeriod, zone: str) -> tuple[str, ...]:
    share, kept = show(one.share), show(one.kept)
    note = share.reason or ("" if one.complete else _("not over yet"))
    kept_words = f"{kept.whole} ({kept.interval}, {kept.n})" if kept.defined else f"{kept.whole} {kept.reason}"
    return (
        show_period(one.period, zone), told(one.members), share.whole, share.interval, told(one.entered), told(one.stayed),
        told(one.left), kept_words, note,
    )  # fmt: skip


def _record(one: GroupPeriod) -> Record:
    return {
        "start": one.period.start.isoformat(),
        "end": one.period.end.isoformat(),
        "complete": one.complete,
        "members": one.members,
        "entered": one.entered,
        "stayed": one.stayed,
        "left": one.left,
        **record_of(one.share),
    }


def _days(periods: Sequence[GroupPeriod], step: float, zone: str) -> Markup:
    every = max(1, -(-len(periods) // 6))
    labels = [
        tag("text", show_day(one.period.start, zone), x=percent(step * (at + 0.5)), y="14", text_anchor="middle", class_="minor" if (at // every) % 2 else None)
        for at, one in enumerate(periods)
        if at % every == 0
    ]  # fmt: skip
    return tag("svg", *labels, class_="ticks days", width="100%", height="20", aria_hidden="true")
