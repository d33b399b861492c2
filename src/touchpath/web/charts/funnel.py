"""How many of those who enter are left, step by step: HTML rows, so that text stays readable at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.results import Number
from touchpath.web.charts.figure import Figure, Record, record_of
from touchpath.web.charts.rows import picture_of_rows
from touchpath.web.charts.svg import percent, tag
from touchpath.web.languages import _
from touchpath.web.numbers import show


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """One step: the share of all entrants who reached it and the share of those at the step before."""

    title: str
    reach: Number
    completion: Number


def draw_funnel(bars: Sequence[FunnelBar], finding: str, caption: str, icon: Markup, id: str = "") -> Figure:
    """Bars of reach with their interval; the step with the largest loss is marked by icon and word."""
    worst = worst_of(bars)
    return Figure(
        finding=finding,
        caption=caption,
        drawing=tag(
            "ol",
            *(_bar(bar, icon if index == worst else None, _before(bars, index)) for index, bar in enumerate(bars)),
            class_="funnel",
        ),
        columns=(_("Step"), _("Of all entrants"), _("Interval"), _("Of the step before"), _("Interval"), "n"),
        rows=tuple(_row(bar) for bar in bars),
        key=_("Line: share of all entrants. The pale end of the bar is its interval."),
        kind="funnel-chart",
        id=id,
        records=tuple(_record(bar) for bar in bars),
        picture=picture_of_rows(
            [(bar.title, _drawing(bar.reach, index == worst), _words(bar)) for index, bar in enumerate(bars)]
        ),
    )


def worst_of(bars: Sequence[FunnelBar]) -> int:
    """Position of the step that loses the largest share of those at the step before; -1 when no step has such a number."""
    losses = [(bar.completion.value, index) for index, bar in enumerate(bars) if index and isinstance(bar.completion, Estimate)]
    return min(losses)[1] if losses else -1


def _before(bars: Sequence[FunnelBar], index: int) -> str:
    """What a step's completion is of: the last step before it that everybody has to pass, by name where others lie between; "" = none."""
    passed = [place for place in range(index) if isinstance(bars[place].reach, Estimate)]
    if not passed:
        return ""
    return _("the step before") if passed[-1] == index - 1 else f"‘{bars[passed[-1]].title}’"


def _bar(bar: FunnelBar, icon: Markup | None, of: str) -> Markup:
    reach, completion = show(bar.reach), show(bar.completion)
    said = [tag("b", reach.whole), " ", tag("small", reach.reason or reach.interval)]
    before = (
        tag("small", _("%(share)s of %(what)s", share=completion.whole, what=of), class_="funnel-before")
        if completion.defined and of
        else Markup("")
    )
    mark = tag("span", icon, _("largest loss"), class_="chip bad") if icon else Markup("")
    return tag(
        "li",
        tag("span", bar.title, class_="funnel-title"),
        tag("span", _drawing(bar.reach, icon is not None), class_="funnel-plot"),
        tag("span", *said, class_="funnel-value"),
        tag("span", before, " ", mark, class_="funnel-note"),
    )


def _drawing(reach: Number, worst: bool) -> Markup:
    marks = [tag("rect", width="100%", height="26", rx="5", class_="room")]
    if isinstance(reach, Estimate):
        low, value, high = (min(1.0, max(0.0, share)) for share in (reach.low, reach.value, reach.high))
        mood = " worst" if worst else ""
        marks.append(tag("rect", width=percent(high), height="26", rx="5", class_=f"bar faded{mood}"))
        marks.append(tag("rect", width=percent(low), height="26", rx="5", class_=f"bar{mood}"))
        marks.append(tag("line", x1=percent(value), x2=percent(value), y1="-3", y2="29", class_="at"))
    return tag("svg", *marks, width="100%", height="26", aria_hidden="true")


def _words(bar: FunnelBar) -> str:
    reach = show(bar.reach)
    return f"{reach.whole} {reach.reason or reach.interval}"


def _record(bar: FunnelBar) -> Record:
    reach, completion = record_of(bar.reach), record_of(bar.completion)
    of_before = {f"of_step_before_{name}": value for name, value in completion.items() if name not in ("unit", "confidence")}
    return {"step": bar.title, **reach, **of_before}


def _row(bar: FunnelBar) -> tuple[str, ...]:
    reach, completion = show(bar.reach), show(bar.completion)
    return (
        bar.title,
        reach.whole,
        reach.reason or reach.interval,
        completion.whole,
        completion.reason or completion.interval,
        completion.n,
    )
