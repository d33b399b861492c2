"""An answer as Python shows it: as a table, in a notebook, and as a data frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Generic, TypeVar

import pyarrow as pa
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from touchpath.model.errors import Unavailable
from touchpath.services.tables import Row, rows
from touchpath.web.charts.notebook import draw

if TYPE_CHECKING:
    import pandas
    import polars

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Answer(Generic[A]):
    """An answer with its rows: prints as a table, draws itself in a notebook, and turns into a data frame."""

    answer: A
    title: str

    @property
    def rows(self) -> list[Row]:
        """One dictionary per number."""
        return rows(self.answer)

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return pa.Table.from_pylist(self.rows)

    def to_polars(self) -> polars.DataFrame:
        """The rows as a polars frame; needs `pip install 'touchpath[dataframes]'`."""
        try:
            import polars
        except ImportError as error:
            raise Unavailable("polars is not installed. Install it: pip install 'touchpath[dataframes]'") from error
        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas frame; needs `pip install 'touchpath[dataframes]'`."""
        try:
            import pandas
        except ImportError as error:
            raise Unavailable("pandas is not installed. Install it: pip install 'touchpath[dataframes]'") from error
        return pandas.DataFrame(self.rows)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = Table(title=Text(self.title), title_justify="left", header_style="bold", show_edge=False)
        found = self.rows
        names = [name for name in (found[0] if found else {}) if any(row[name] not in (None, "") for row in found)]
        for name in names:
            table.add_column(name)
        for row in found:
            table.add_row(*(Text(_shown(row[name])) for name in names))
        yield table

    def __repr__(self) -> str:
        text = StringIO()
        Console(file=text, width=140).print(self)
        return text.getvalue().rstrip()

    def _repr_html_(self) -> str:
        found = self.rows
        names = list(found[0]) if found else []
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{escape(_shown(row[name]))}</td>" for name in names) + "</tr>" for row in found)
        chart = draw(self.answer)
        return f"<h3>{escape(self.title)}</h3>{chart}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return cell.strftime("%Y-%m-%d %H:%M") if isinstance(cell, datetime) else str(cell)
