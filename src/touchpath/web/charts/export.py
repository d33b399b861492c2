"""A figure as a file: its numbers as CSV, and its drawing as an SVG that needs no stylesheet."""

from __future__ import annotations

import csv
import math
import re
import textwrap
from io import StringIO

from markupsafe import Markup

from touchpath.web.charts.figure import WIDE, Figure
from touchpath.web.charts.svg import number, tag

#: The colours of sources, as in the stylesheet.
MARKS = ("#2b50cf", "#0a6a73", "#a8480b", "#8a2a86", "#12673a", "#b02353", "#6d5a00", "#4d5665")
#: What a class looks like in a file: the light colours of the stylesheet as attributes.
PAINT = {
    "band": 'fill="#2b50cf" fill-opacity="0.16"',
    "line": 'fill="none" stroke="#2b50cf" stroke-width="2" stroke-linejoin="round" vector-effect="non-scaling-stroke"',
    "line open": 'fill="none" stroke="#2b50cf" stroke-width="2" stroke-dasharray="5 4" vector-effect="non-scaling-stroke"',
    "grid": 'stroke="#e0e4ea" stroke-width="1" fill="none" vector-effect="non-scaling-stroke"',
    "rail": 'stroke="#dde1e8" stroke-width="3" stroke-linecap="round"',
    "whisker": 'fill="#9daee8"',
    "dot": 'fill="#2b50cf" stroke="#ffffff" stroke-width="1.5"',
    "dot hollow": 'fill="#ffffff" stroke="#2b50cf" stroke-width="2"',
    "dot good": 'fill="#12673a" stroke="#ffffff" stroke-width="1.5"',
    "dot bad": 'fill="#a82424" stroke="#ffffff" stroke-width="1.5"',
    "target": 'fill="none"',
    "room": 'fill="#eef0f4"',
    "bar": 'fill="#2b50cf"',
    **{f"bar mark-{at + 1}": f'fill="{colour}"' for at, colour in enumerate(MARKS)},
    "rough-mark": 'fill="#a82424"',
    "tick-mark": 'stroke="#7c8797" stroke-width="1"',
    "lane-title": 'fill="#14181f" font-weight="600"',
    "bar worst": 'fill="#a82424"',
    "bar faded": 'fill="#2b50cf" fill-opacity="0.34"',
    "bar came": 'fill="#2b50cf" fill-opacity="0.42"',
    "bar gone": 'fill="#ffffff" stroke="#2b50cf" stroke-width="1.5"',
    "bar unsure": 'fill="#ffffff" stroke="#2b50cf" stroke-width="1.5" stroke-dasharray="4 3"',
    "bar faded worst": 'fill="#a82424" fill-opacity="0.34"',
    "at": 'stroke="#14181f" stroke-width="2"',
    "zero": 'stroke="#7c8797" stroke-width="1" stroke-dasharray="3 3"',
    "cross": 'stroke="#9daee8" stroke-width="2"',
    "goal": 'stroke="#12673a" stroke-width="2" stroke-dasharray="6 4" fill="none" vector-effect="non-scaling-stroke"',
    "event": 'stroke="#7c8797" stroke-width="1" stroke-dasharray="2 3" fill="none"',
    "place": 'fill="#2b50cf" stroke="#ffffff" stroke-width="1.5"',
    "ribbon": 'fill="#2b50cf" fill-opacity="0.24"',
    "ribbon other": 'fill="#7c8797" fill-opacity="0.24"',
    "ribbon end": 'fill="#7c8797" fill-opacity="0.24"',
    "node": 'fill="#2b50cf"',
    "node other": 'fill="#7c8797"',
    "node end": 'fill="#7c8797"',
    "arc plain": 'stroke="#2b50cf" stroke-opacity="0.6"',
    "arrow plain": 'fill="#2b50cf"',
    "arc off": 'stroke="#744b00" stroke-opacity="0.6" stroke-dasharray="7 5"',
    "arrow off": 'fill="#744b00"',
    "arc back": 'stroke="#a82424" stroke-opacity="0.6" stroke-dasharray="7 5"',
    "arrow back": 'fill="#a82424"',
    "arc never": 'stroke="#7c8797" stroke-opacity="0.6" stroke-dasharray="1 5"',
    "arrow never": 'fill="#7c8797"',
    "spot": 'fill="#2b50cf"',
    "spot dead": 'fill="#a82424"',
    "minor": 'fill="#4d5665"',
    "on": 'fill="#ffffff" font-weight="700"',
    "strong": 'fill="#14181f" font-weight="600"',
    **{f"heat-{level}": f'fill="#2b50cf" fill-opacity="{0.04 + 0.092 * level:.2f}"' for level in range(6)},
}
_LINE = 18.0
_LETTERS = 118
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_csv(figure: Figure) -> str:
    """The figure's numbers as plain values with a point, whatever the language; a spreadsheet takes no text in it for a formula."""
    names = list(dict.fromkeys(name for record in figure.records for name in record))
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    for record in figure.records:
        writer.writerow([_cell(record.get(name)) for name in names])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value


def as_svg(figure: Figure) -> str:
    """The picture with its finding, caption and key, every colour an attribute; raises ValueError for a figure without one."""
    if figure.picture is None:
        raise ValueError(f"The figure '{figure.name}' has no picture.")
    head = [*_lines(figure.finding, 90), *_lines(figure.caption, _LETTERS)]
    first = len(_lines(figure.finding, 90))
    words = [
        tag("text", line, x=0.0, y=_LINE * (at + 1) + (4 if at >= first else 0), font_size="17" if at < first else "13", class_="strong" if at < first else None)
        for at, line in enumerate(head)
    ]  # fmt: skip
    top = _LINE * len(head) + 24
    foot = _lines(figure.key, _LETTERS)
    below = [tag("text", line, x=0.0, y=top + figure.picture.height + _LINE * (at + 1)) for at, line in enumerate(foot)]
    height = top + figure.picture.height + _LINE * len(foot) + 12
    body = tag("svg", figure.picture.body, x=0.0, y=top, width=WIDE, height=figure.picture.height, overflow="visible")
    whole = tag(
        "svg",
        tag("title", figure.finding),
        tag("rect", x=-24.0, y=-12.0, width=WIDE + 48, height=height + 24, fill="#ffffff"),
        *words,
        body,
        *below,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"-24 -12 {number(WIDE + 48)} {number(height + 24)}",
        width=WIDE + 48,
        height=height + 24,
        font_family="Inter, system-ui, 'Segoe UI', Roboto, sans-serif",
        font_size="12",
        fill="#4d5665",
    )
    return _UNPRINTABLE.sub("", painted(whole))


def painted(drawing: Markup) -> str:
    """A drawing whose classes have become attributes, and that nothing can be focused in."""
    # Text and values are escaped, so a quote that belongs to a class attribute can only be our own.
    plain = re.sub(r' (?:tabindex|role|overflow|aria-[a-z]+|data-[a-z]+)="[^"]*"', "", str(drawing)).replace(
        "<svg ", '<svg overflow="visible" '
    )
    return re.sub(r' class="([^"]*)"', lambda found: f" {paint}" if (paint := PAINT.get(found[1], "")) else "", plain)


def _lines(text: str, letters: int) -> list[str]:
    return textwrap.wrap(text, letters) if text else []
