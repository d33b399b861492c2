"""Pictures of charts that pages set in HTML: lines of a title, a drawing and words, and plots with the marks of their axes."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from touchpath.web.charts.figure import WIDE, Picture
from touchpath.web.charts.svg import tag

HEIGHT = 34.0
_TITLE, _DRAWING, _WORDS = 0.0, 230.0, 680.0
_MOST_LETTERS = 36


def picture_of_rows(
    rows: Sequence[tuple[str, Markup, str]], behind: Markup | None = None, ends: tuple[str, str] | None = None
) -> Picture:
    """Rows of (title, drawing, words); behind: what runs through all drawings; ends: the words below both ends of the axis."""
    width, tall = _WORDS - _DRAWING - 20, HEIGHT * len(rows)
    parts = [tag("svg", behind, x=_DRAWING, y=0.0, width=width, height=tall)] if behind else []
    for at, (title, drawing, words) in enumerate(rows):
        top, line = at * HEIGHT, at * HEIGHT + 20
        parts.append(tag("text", shortened(title), x=_TITLE, y=line, class_="strong"))
        parts.append(tag("svg", drawing, x=_DRAWING, y=top + 4, width=width, height=26.0))
        parts.append(tag("text", words, x=_WORDS, y=line))
    if ends:
        parts.append(tag("text", ends[0], x=_DRAWING, y=tall + 14))
        parts.append(tag("text", ends[1], x=_DRAWING + width, y=tall + 14, text_anchor="end"))
    return Picture(Markup("").join(parts), tall + (20 if ends else 0))


def picture_of_plot(values: Markup, plot: Markup, below: Markup) -> Picture:
    """A plot with the marks of its upright axis beside it and those of the other below, as pages set it in a grid."""
    wide = WIDE - 100
    return Picture(
        Markup("").join([
            tag("svg", values, x=0.0, y=12.0, width=64.0, height=240.0),
            tag("svg", plot, x=76.0, y=12.0, width=wide, height=240.0),
            tag("svg", below, x=76.0, y=260.0, width=wide, height=20.0),
        ]),
        288.0,
    )  # fmt: skip


def shortened(text: str) -> str:
    """At most so many letters as stand beside a drawing."""
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
