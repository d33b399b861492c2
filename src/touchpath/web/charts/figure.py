"""A chart as readers get it: the finding first, the drawing, and the same numbers as a table."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Figure:
    """What the template `figure` needs; nothing in it may be left out, so no chart can forget its words or its numbers.

    finding: what to see, a sentence. caption: units, n, interval, period. key: what marks mean. columns, rows: the table.
    """

    finding: str
    caption: str
    drawing: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: str = ""
    kind: str = "chart"
