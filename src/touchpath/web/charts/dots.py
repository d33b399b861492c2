"""Differences beside each other: a dot with its whiskers for each, against the line of no difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from touchpath.model.estimate import Comparison
from touchpath.web.charts.figure import Figure, Record
from touchpath.web.charts.rows import picture_of_rows
from touchpath.web.charts.scale import Axis, axis_over
from touchpath.web.charts.svg import percent, tag
from touchpath.web.languages import _
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import show_change

HEIGHT = 24


@dataclass(frozen=True, slots=True)
class DotRow:
    """One difference; change: None where there is none to tell, for the reason said. n: how many stand on both sides."""

    title: str
    change: Comparison | None
    n: str = ""
    reason: str = ""
    href: str = ""


def draw_dots(rows: Sequence[DotRow], better: str, finding: str, caption: str, of: str = "", id: str = "") -> Figure:
    """Dots in the order given; filled where the interval of the difference leaves out zero, hollow where it does not.

    better: "higher", "lower" or "neither". All rows are of one unit and kind: differences, or ratios as change in percent.
    """
    known = [one.change for one in rows if one.change is not None]
    axis = _axis(known)
    zero = percent(axis.place(0.0))
    line = tag("line", x1=zero, x2=zero, y1="0", y2="100%", class_="zero")
    guide = tag("svg", line, class_="guide", width="100%", height="100%", aria_hidden="true")
    ends = (axis.label(axis.low), axis.label(axis.high))
    foot = tag("li", tag("span"), tag("span", tag("span", ends[0]), tag("span", _("no difference at the line")), tag("span", ends[1]), class_="segment-ends"), class_="segment-foot", aria_hidden="true")  # fmt: skip
    return Figure(
        finding=finding,
        caption=caption,
        drawing=tag("ul", *(_row(one, better, axis, guide) for one in rows), *([foot] if known else []), class_="segments"),
        columns=(of or _("Group"), _("Difference"), _("Interval"), _("Verdict"), "n"),
        rows=tuple((one.title, *_words(one, better), one.n) for one in rows),
        key=_("Filled: the interval leaves out zero. Hollow: no detectable change."),
        kind="dots",
        id=id,
        records=tuple(_record(one) for one in rows),
        picture=picture_of_rows([(one.title, _drawing(one, better, axis), " · ".join(filter(None, _words(one, better)))) for one in rows], line, ends),
    )  # fmt: skip


def _ends_of(change: Comparison) -> tuple[float, float, float]:
    less = 1.0 if change.kind == "ratio" else 0.0
    return change.low - less, change.value - less, change.high - less


def _axis(known: Sequence[Comparison]) -> Axis:
    seen = [end for change in known for end in _ends_of(change) if math.isfinite(end)]
    unit = "share" if known and known[0].kind == "ratio" else known[0].unit if known else "share"
    return axis_over(min([0.0, *seen]), max([0.0, *seen]), unit)


def _drawing(one: DotRow, better: str, axis: Axis) -> Markup:
    if one.change is None:
        return Markup("")
    low, value, high = _ends_of(one.change)
    left, right = axis.place(low), axis.place(high)
    mood = "hollow" if one.change.changed is None else show_change(one.change, better).mood.replace("flat", "")
    marks = [
        tag("rect", x=percent(left), y="10", width=percent(max(right - left, 0.004)), height="4", rx="2", class_="whisker"),
        tag("circle", cx=percent(axis.place(value)), cy="12", r="6", class_=f"dot {mood}".strip()),
    ]
    return tag("svg", *marks, class_="interval", width="100%", height=str(HEIGHT), aria_hidden="true")


def _words(one: DotRow, better: str) -> tuple[str, str, str]:
    if one.change is None:
        return "", "", say(one.reason)
    said = show_change(one.change, better)
    return said.text, said.interval, said.word


def _row(one: DotRow, better: str, axis: Axis, guide: Markup) -> Markup:
    size, interval, word = _words(one, better)
    name = tag("a", one.title, href=one.href) if one.href else Markup("{}").format(one.title)
    said = [tag("b", size), " ", tag("small", f"{interval}, {word}")] if size else [tag("b", word), " ", tag("small", interval)]
    return tag(
        "li",
        tag("span", name, class_="segment-name"),
        tag("span", guide, _drawing(one, better, axis), class_="segment-plot"),
        tag("span", *said, class_="segment-value"),
        tag("small", one.n, class_="segment-n"),
    )


def _record(one: DotRow) -> Record:
    change = one.change
    return {
        "what": one.title,
        "kind": change.kind if change else None,
        "value": change.value if change else None,
        "low": change.low if change else None,
        "high": change.high if change else None,
        "confidence": change.confidence if change else None,
        "unit": change.unit if change else None,
        "changed": (change.changed or "no detectable change") if change else None,
        "reason": one.reason,
    }
