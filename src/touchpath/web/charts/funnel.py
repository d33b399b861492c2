"""How many of those who enter are left, step by step: HTML rows, so that text stays readable at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.results import Number
from touchpath.web.charts.figure import Figure
from touchpath.web.charts.svg import percent, tag
from touchpath.web.numbers import show


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """One step: the share of all entrants who reached it and the share of those at the step before."""

    title: str
    reach: Number
    completion: Number


def draw_funnel(bars: Sequence[FunnelBar], finding: str, caption: str, icon: Markup) -> Figure:
    """Bars of reach with their interval; the step with the largest loss is marked by icon and word."""
    worst = _worst(bars)
    return Figure(
        finding=finding,
        caption=caption,
        drawing=tag("ol", *(_bar(bar, icon if index == worst else None) for index, bar in enumerate(bars)), class_="funnel"),
        columns=("Step", "Of all entrants", "Interval", "Of the step before", "Interval", "n"),
        rows=tuple(_row(bar) for bar in bars),
        key="Bar: share of all entrants. Thin mark at its end: 95 % interval.",
        kind="funnel-chart",
    )


def _worst(bars: Sequence[FunnelBar]) -> int:
    losses = [(bar.completion.value, index) for index, bar in enumerate(bars) if index and isinstance(bar.completion, Estimate)]
    return min(losses)[1] if losses else -1


def _bar(bar: FunnelBar, icon: Markup | None) -> Markup:
    reach, completion = show(bar.reach), show(bar.completion)
    said = [tag("b", reach.whole), " ", tag("small", reach.reason or reach.interval)]
    before = tag("small", completion.whole, " of the step before", class_="funnel-before") if completion.defined else Markup("")
    mark = tag("span", icon, "largest loss", class_="chip bad") if icon else Markup("")
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
        marks.append(
            tag(
                "rect",
                width=percent(max(0.004, min(1.0, reach.value))),
                height="26",
                rx="5",
                class_="bar worst" if worst else "bar",
            )
        )
        low, high = percent(max(0.0, reach.low)), percent(min(1.0, reach.high))
        marks.append(tag("line", x1=low, x2=high, y1="13", y2="13", class_="whisker-case"))
        marks.append(tag("line", x1=low, x2=high, y1="13", y2="13", class_="whisker-line"))
    return tag("svg", *marks, width="100%", height="26", aria_hidden="true")


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
