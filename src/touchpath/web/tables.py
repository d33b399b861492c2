"""Tables that the address orders: a click on a column's head is a link, so it works without scripts and can be sent to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate
from touchpath.services.results import Number
from touchpath.web.numbers import show


@dataclass(frozen=True, slots=True)
class Column:
    """One column. id: short, used in addresses. numeric: set to the end of its line, and ordered from the largest first."""

    id: str
    title: str
    numeric: bool = False
    sortable: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its words, and what it is ordered by (the words, where that is None and the column is not numeric)."""

    text: str
    key: Any = None
    href: str = ""
    small: str = ""


def number_cell(number: Number, href: str = "") -> Cell:
    """A number with its interval and n, ordered by its value; a missing one is a dash with its reason and comes last."""
    shown = show(number)
    small = f"{shown.reason or shown.interval} · {shown.n} {shown.n_unit}".strip()
    return Cell(shown.whole, number.value if isinstance(number, Estimate) else None, href, small)


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table that the macro `data_table` shows. label: what it holds, for whoever cannot see it. order: "id" or "-id"."""

    id: str
    label: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    order: str = ""
    parameter: str = "sort"

    @property
    def sorted_by(self) -> str:
        """The title of the column that orders it."""
        return next((one.title for one in self.columns if one.id == self.order.lstrip("-")), "")

    def direction(self, column: Column) -> str:
        """ "ascending", "descending", or "" for a column that does not order the table."""
        if self.order.lstrip("-") != column.id:
            return ""
        return "descending" if self.order.startswith("-") else "ascending"

    def next(self, column: Column) -> dict[str, str]:
        """What the address says after a click on a column: the other way round, or numbers from the largest, words from A."""
        if self.order.lstrip("-") == column.id:
            return {self.parameter: column.id if self.order.startswith("-") else f"-{column.id}"}
        return {self.parameter: f"-{column.id}" if column.numeric else column.id}


def ordered(table: DataTable, order: str) -> DataTable:
    """The rows in the order that an address asks for; equal rows stay as they are, cells without a key come last either way.

    order: "id" of a column, or "-id" for the largest first; "" leaves the rows. Raises BadInput for a column there is not.
    """
    if not order:
        return table
    places = {one.id: place for place, one in enumerate(table.columns) if one.sortable}
    name, backwards = order.lstrip("-"), order.startswith("-")
    if name not in places:
        raise BadInput(f"The table cannot be sorted by '{order}'. It can by: {', '.join(places)}.")
    place = places[name]
    known = [row for row in table.rows if _key(table, row, place) is not None]
    missing = tuple(row for row in table.rows if _key(table, row, place) is None)
    known.sort(key=lambda row: _key(table, row, place), reverse=backwards)
    return replace(table, rows=(*known, *missing), order=order)


def _key(table: DataTable, row: Sequence[Cell], place: int) -> Any:
    cell = row[place]
    if cell.key is not None or table.columns[place].numeric:
        return cell.key
    return cell.text.casefold()
