"""Commands about numbers of others: enter one with its source, list them, take one back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from getpass import getuser
from typing import Annotated

import typer
from rich.text import Text

from touchpath.cli.show import choose, screen, show_rows
from touchpath.cli.workspace import HERE, Csv, Folder, Json, Member, Why, opened
from touchpath.model.errors import BadInput
from touchpath.services.outside import OutsideFigure, OutsideNumber
from touchpath.services.tables import Row

app = typer.Typer(help="Numbers of others (competitors, associations) to hold one's own against.", no_args_is_help=True)


@app.command("add")
def add(
    metric: Annotated[str, typer.Argument(help="The metric, as in nps (touchpath metrics).")],
    who: Annotated[str, typer.Argument(help="Whose number it is.")],
    value: Annotated[float, typer.Argument(help="The number in the metric's unit; shares from 0 to 1.")],
    source: Annotated[str, typer.Option(help="Where it stands: a citation or an address.")],
    as_of: Annotated[str, typer.Option(help="The day, or the end of the period, that it speaks of, as in 2026-06-30.")],
    subject: Annotated[str, typer.Option(help="Hold only the metric of this task, question or journey against it.")] = "",
    low: Annotated[float | None, typer.Option(help="Lower end of its interval, where known.")] = None,
    high: Annotated[float | None, typer.Option(help="Upper end of its interval, where known.")] = None,
    n: Annotated[int | None, typer.Option("--n", help="How many it rests on, where known.")] = None,
    note: Annotated[str, typer.Option(help="What else there is to know.")] = "",
    member: Member = "",
    folder: Folder = HERE,
) -> None:
    """Enter a number of somebody else."""
    figure = OutsideFigure(metric, who, value, _day(as_of), source, subject, low, high, n, note)
    kept = opened(folder).platform.enter_outside(figure, member or getuser())
    screen.print(Text(f"Entered as {kept.id}."))


@app.command("list")
def list_numbers(
    metric: Annotated[str, typer.Argument(help="Only those of this metric.")] = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Numbers of others, newest first."""
    kept = opened(folder).platform.outside_numbers(metric)
    show_rows([_row(one) for one in kept], choose(json_form, csv_form), "Numbers of others")


@app.command("remove")
def remove(
    number: Annotated[str, typer.Argument(help="The number's id, as it is listed.")],
    why: Why = "",
    member: Member = "",
    folder: Folder = HERE,
) -> None:
    """Take a number back; its record stays in the history."""
    gone = opened(folder).platform.take_back_outside(number, member or getuser(), why)
    screen.print(Text(f"Taken back: {gone.figure.who}, {gone.figure.metric} {gone.figure.value:g}."))


def _row(kept: OutsideNumber) -> Row:
    figure = asdict(kept.figure) | {"as_of": kept.figure.as_of.isoformat()}
    number = {"number": figure.pop("value")}
    return {
        "id": kept.id,
        "metric": figure.pop("metric"),
        "who": figure.pop("who"),
        **number,
        **figure,
        "entered_by": kept.member,
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--as-of is a day as in 2026-06-30, but '{text}' came.") from None
