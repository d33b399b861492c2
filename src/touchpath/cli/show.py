"""How answers look in a terminal: tables for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.results import Table as QueryTable
from touchpath.services.results import Value
from touchpath.services.tables import Cell, Row, rows, table_rows

C = TypeVar("C")

#: A table for the eye, with its title before it.
Titled = tuple[str, Sequence[Row]]


class Form(StrEnum):
    """How to print an answer."""

    table = "table"
    json = "json"
    csv = "csv"


#: Scores on intervals narrower than this have two digits behind the point, as those of 1 to 5 or 1 to 7 mostly are.
NARROW = 2.0
#: How wide a table is that no terminal limits, so that nothing is cut off in a file or a pipe; COLUMNS changes it.
FILE_WIDTH = 200

screen = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else FILE_WIDTH)
aside = Console(stderr=True)


def choose(json_form: bool, csv_form: bool) -> Form:
    """--json wins over --csv; neither means a table."""
    return Form.json if json_form else Form.csv if csv_form else Form.table


def show(answer: object, form: Form, title: str = "", note: str = "", zone: str = "UTC") -> None:
    """Print any answer of the services; a table tells times by the clock of `zone`."""
    show_rows(rows(answer), form, title, note, zone)


def show_rows(found: Sequence[Row], form: Form, title: str = "", note: str = "", zone: str = "UTC") -> None:
    """Print rows that share their columns; a table tells times by the clock of `zone`."""
    if form is Form.json:
        write_json(found)
    elif form is Form.csv:
        _write_csv(found)
    else:
        _print_table([_in_zone(row, zone) for row in found], title, note)


def show_told(answer: object, form: Form, tables: Sequence[Titled], said: Sequence[str], zone: str = "UTC") -> None:
    """Print an answer: for programs all that is in it, for people tables for the eye, and sentences below them."""
    if form is not Form.table:
        show(answer, form)
        return
    for title, found in tables:
        show_rows(found, form, title, zone=zone)
    say(said)


def write_json(document: object) -> None:
    """Print a document as JSON; where a text holds half a character, which cannot be written, all that is not ASCII is escaped."""
    text = json.dumps(document, default=_text, ensure_ascii=False, indent=2)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(document, default=_text, indent=2)
    sys.stdout.write(text + "\n")


def say(lines: Sequence[str]) -> None:
    """Print lines as they are."""
    for line in lines:
        screen.print(Text(line))


def warn(lines: Sequence[str]) -> None:
    """Print lines beside the answer, where they do not get into a file."""
    for line in lines:
        aside.print(Text(line))


def show_query_table(table: QueryTable, form: Form, title: str, zone: str) -> None:
    """Print one table of a query's answer; a table tells times by the clock of `zone`."""
    if form is Form.csv:
        _write_csv(table_rows(table))
        return
    shown = [{name: _query_cell(value) for name, value in _in_zone(record, zone).items()} for record in table.records()]
    names = [name for name in table.columns if any(row[name] for row in shown)]
    screen.print(_across(names, shown, title) if shown else Text(f"{title}: nothing to show."))


def _in_zone(row: Mapping[str, C], zone: str) -> dict[str, C]:
    """A row with its times as the clock of a zone shows them, so that a month there begins at midnight."""
    clock = ZoneInfo(zone)
    return {name: cell.astimezone(clock) if isinstance(cell, datetime) else cell for name, cell in row.items()}


def in_words(number: Estimate) -> str:
    """A number with its interval and how many stand behind it."""
    low, value, high = (in_unit(one, number.unit, number.high - number.low) for one in (number.low, number.value, number.high))
    return f"{value} ({low} to {high}, n {number.n:,})"


def p_text(p: float | None) -> str:
    """A p-value for the eye; "" where there is none."""
    return "" if p is None else "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def _query_cell(value: Value) -> str:
    """A value for the eye; a number with its interval and how many stand behind it."""
    if isinstance(value, Estimate):
        return in_words(value)
    if isinstance(value, Undefined):
        return f"— {value.reason}"
    return "yes" if value is True else "no" if value is False else _cell(value)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _write_csv(found: Sequence[Row]) -> None:
    if not found:
        return
    writer = csv.DictWriter(sys.stdout, list(found[0]), extrasaction="raise", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _text(cell) if isinstance(cell, datetime) else cell for name, cell in row.items()} for row in found)


#: A single row with more columns than this is printed upright.
WIDEST = 8
#: Columns that the interval column of a table stands for.
_FOLDED = ("low", "high", "unit", "n_unit", "confidence", "method")


def _print_table(found: Sequence[Row], title: str, note: str) -> None:
    if not found:
        screen.print(Text(f"{title + ': ' if title else ''}nothing to show."))
        return
    shown = [_readable(row) for row in found]
    names = [name for name in shown[0] if any(row[name] for row in shown)]
    if len(shown) == 1 and len(names) > WIDEST:
        screen.print(_upright({name: shown[0][name] for name in names}, title))
    else:
        screen.print(_across(names, shown, title))
    if note:
        screen.print(Text(note, style="dim"))


def _across(names: Sequence[str], shown: Sequence[Mapping[str, str]], title: str) -> Table:
    """A row each."""
    table = Table(title=Text(title) if title else None, title_justify="left", header_style="bold", show_edge=False)
    for name in names:
        table.add_column(
            name.replace("_", " "), justify="right" if name in ("value", "n", "signals", "times", "people") else "left"
        )
    for row in shown:
        table.add_row(*(Text(row[name]) for name in names))
    return table


def _upright(row: Mapping[str, str], title: str) -> Table:
    """One row with many columns: a line each."""
    table = Table(title=Text(title) if title else None, title_justify="left", show_edge=False, show_header=False, box=None)
    for name, cell in row.items():
        table.add_row(Text(name.replace("_", " "), style="bold"), Text(cell))
    return table


def _readable(row: Row) -> Mapping[str, str]:
    """A row for the eye: the value in its unit, its interval in one column."""
    if not {"low", "unit", "n_unit"} <= row.keys():
        return {name: _cell(cell) for name, cell in row.items()}
    plain: dict[str, str] = {}
    for name, cell in row.items():
        if name == "value":
            plain["value"] = in_unit(row["value"], row["unit"], width_of(row))
            plain["interval"] = _interval(row)
        elif name == "late":
            plain["late"] = _cell(cell or None)
        elif name == "n":
            plain["n"] = f"{row['n']:,} {row['n_unit']}"
        elif name not in _FOLDED:
            plain[name] = _cell(cell)
    return plain


def _interval(row: Row) -> str:
    if row["value"] is None:
        return ""
    return f"{in_unit(row['low'], row['unit'], width_of(row))} to {in_unit(row['high'], row['unit'], width_of(row))}"


def width_of(row: Row) -> float | None:
    """How wide a row's interval is; None where it has none."""
    low, high = row["low"], row["high"]
    return high - low if isinstance(low, int | float) and isinstance(high, int | float) else None


def in_unit(value: Any, unit: Any, width: float | None = None) -> str:
    """A number as people say it: shares as percent, seconds as spans, scores with a second digit where an interval narrower than 2 tells it.

    >>> in_unit(5.4321, "score", 0.4), in_unit(81.25, "score", 6.0), in_unit(0.8125, "share")
    ('5.43', '81.2', '81.2 %')
    """
    if value is None:
        return "—"
    if unit == "share":
        return f"{value * 100:.1f} %"
    if unit == "seconds":
        return span(value)
    if unit == "count":
        return f"{value:,.0f}"
    narrow = width is not None and width < NARROW
    return f"{value:,.1f}" if unit in ("score", "points") and not narrow else f"{value:,.2f}"


def span(seconds: float) -> str:
    """Seconds as the largest two fitting units.

    >>> span(5400), span(42), span(200_000)
    ('1 h 30 min', '42.0 s', '2 d 8 h')
    """
    if not math.isfinite(seconds):
        return "more than was seen"
    for size, name, part, lesser in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            return f"{whole:.0f} {name} {rest // part:.0f} {lesser}"
    return f"{seconds:.1f} s"


def _cell(cell: Cell) -> str:
    if cell is None or cell is True:
        return ""
    if cell is False:
        return "not complete"
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M") if cell.hour or cell.minute else cell.strftime("%Y-%m-%d")
    if isinstance(cell, float):
        return f"{cell:g}"
    return f"{cell:,}" if isinstance(cell, int) else cell
