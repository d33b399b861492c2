"""Cohorts by age, or any two dimensions: a table whose cells are the darker, the larger their number is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from touchpath.model.estimate import Estimate
from touchpath.services.results import Number
from touchpath.web.charts.figure import WIDE, Figure, Picture, record_of
from touchpath.web.charts.rows import shortened
from touchpath.web.charts.scale import Axis, fit_axis
from touchpath.web.charts.svg import tag
from touchpath.web.languages import _
from touchpath.web.numbers import show, show_count

#: Shades from the palest to the darkest on which dark text still reads (4.5 to 1, in light and dark).
LEVELS = 6
_ROW, _TITLE = 30.0, 200.0


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One line: a cohort, how many it holds, and its number in each column; None = not reached yet."""

    title: str
    size: int
    cells: tuple[Number | None, ...]


def draw_heat(
    rows: Sequence[HeatRow], columns: Sequence[str], finding: str, caption: str, of: str = "", id: str = "", blank: str = ""
) -> Figure:
    """The grid. columns: what each cell of a row is of ("Week 1"); of: the title of the first column ("Cohort"); blank: what an empty cell means.

    Each cell says its number, so shade alone tells nothing; arrow keys move along cells in all four directions.
    """
    axis = fit_axis((one for row in rows for one in row.cells if one is not None), whole=True)
    first = next(((r, c) for r, row in enumerate(rows) for c, one in enumerate(row.cells) if one is not None), None)
    head = tag("tr", *(tag("th", one, scope="col") for one in (of or _("Group"), "n", *columns)))
    body = [tag("tr", *_cells(row, columns, axis, first, at)) for at, row in enumerate(rows)]
    table = tag("table", tag("thead", head), tag("tbody", *body), class_="heat", data_points=len(columns))
    return Figure(
        finding=finding,
        caption=caption,
        drawing=tag("div", table, class_="scroll", role="region", tabindex="0", aria_label=finding),
        columns=(of or _("Group"), "n", *columns),
        rows=tuple((row.title, show_count(row.size), *(_said(one) for one in row.cells)) for row in rows),
        key=_("Darker: larger. Each cell has its number; point at it, or move with the arrow keys, for its interval.") + " " + (blank or _("Blank: not reached yet.")),
        kind="heat",
        id=id,
        records=tuple(
            {"group": row.title, "size": row.size, "column": column, **record_of(one)}
            for row in rows
            for column, one in zip(columns, row.cells, strict=False)
            if one is not None
        ),
        picture=_picture(rows, columns, axis, of or _("Group")),
        reads=True,
    )  # fmt: skip


def level_of(number: Estimate, axis: Axis) -> int:
    """The shade of a number, 0 to `LEVELS` - 1."""
    return min(LEVELS - 1, int(axis.place(number.value) * LEVELS))


def _cells(row: HeatRow, columns: Sequence[str], axis: Axis, first: tuple[int, int] | None, at: int) -> list[Markup]:
    cells = [tag("th", row.title, scope="row"), tag("td", show_count(row.size), class_="heat-size")]
    for place, one in enumerate(row.cells):
        if one is None:
            cells.append(tag("td", class_="heat-none"))
            continue
        shown = show(one)
        point = tag(
            "span", shown.whole, class_="point", role="img", tabindex="0" if (at, place) == first else "-1",
            aria_label=f"{row.title}, {columns[place]}: {shown.sentence}",
        )  # fmt: skip
        shade = f"heat-{level_of(one, axis)}" if isinstance(one, Estimate) else "heat-undefined"
        cells.append(tag("td", point, class_=shade))
    return cells


def _said(one: Number | None) -> str:
    if one is None:
        return ""
    shown = show(one)
    return f"{shown.whole} ({shown.reason or shown.interval}, {shown.n})"


def _picture(rows: Sequence[HeatRow], columns: Sequence[str], axis: Axis, of: str) -> Picture:
    width = (WIDE - _TITLE - 60) / max(1, len(columns))
    parts = [tag("text", of, x=0.0, y=18.0), tag("text", "n", x=_TITLE + 40, y=18.0, text_anchor="end")]
    parts += [
        tag("text", one, x=_TITLE + 60 + width * (at + 0.5), y=18.0, text_anchor="middle") for at, one in enumerate(columns)
    ]
    for line, row in enumerate(rows):
        top = _ROW * (line + 1)
        parts.append(tag("text", shortened(row.title), x=0.0, y=top + 19, class_="strong"))
        parts.append(tag("text", show_count(row.size), x=_TITLE + 40, y=top + 19, text_anchor="end"))
        for at, one in enumerate(row.cells):
            left = _TITLE + 60 + width * at
            if isinstance(one, Estimate):
                parts.append(
                    tag("rect", x=left + 1, y=top + 1, width=width - 2, height=_ROW - 2, class_=f"heat-{level_of(one, axis)}")
                )
            if one is not None:
                parts.append(tag("text", show(one).whole, x=left + width / 2, y=top + 19, text_anchor="middle", class_="strong"))
    return Picture(Markup("").join(parts), _ROW * (len(rows) + 1))
