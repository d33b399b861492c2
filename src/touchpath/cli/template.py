"""The command that prints sheets to fill in by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from touchpath.cli.show import aside, choose, show_rows


def template(
    name: Annotated[str, typer.Argument(help="Which sheet; without it they are listed.")] = "",
    columns: Annotated[bool, typer.Option("--columns", help="Say what each column holds, instead.")] = False,
) -> None:
    """Print a sheet for visits, calls or paper questionnaires; filled in, it is imported without a mapping."""
    from touchpath.sources.formats import offline

    if not name:
        show_rows([{"template": one.name, "holds": one.title} for one in offline.TEMPLATES], choose(False, False), "Templates")
        aside.print(Text("touchpath template store-visits > visits.csv"))
        return
    chosen = offline.template(name)
    if columns:
        show_rows([{"column": column, "holds": says} for column, says in chosen.columns], choose(False, False), chosen.title)
        return
    sys.stdout.write(chosen.sheet())
    aside.print(Text(f"Rows whose {chosen.key} begins with {offline.EXAMPLE} are examples, and passed over by touchpath import."))


COMMANDS: Mapping[str, Callable[..., Any]] = {"template": template}
