"""Commands that keep answers as they are: take, list, show and compare snapshots."""

from __future__ import annotations

from getpass import getuser
from typing import Annotated

import typer

from touchpath.cli.show import choose, show_rows, write_json
from touchpath.cli.workspace import HERE, Csv, Folder, Json, document, opened
from touchpath.services.tables import Row

app = typer.Typer(name="snapshot", help="Keep answers as they are, and see what has changed since.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The snapshot's name, as in 2026-q1-review.")]


@app.command("take")
def take(
    name: Name,
    query: Annotated[
        str,
        typer.Argument(
            help="A file with the query, - for standard input, or the text itself; or a metric, as in {metric: churn, grain: month}."
        ),
    ],
    why: Annotated[str, typer.Option(help="What it is kept for.")] = "",
    folder: Folder = HERE,
) -> None:
    """Keep today's answer to a query, or a metric with the version that it has today."""
    workspace, text = opened(folder), document(query)
    kept = workspace.snapshots.take(name, text, workspace.platform.answer(text), getuser(), why)
    typer.echo(f"Kept as '{kept.id}'. Data: {kept.answer['data_version']}.")


@app.command("list")
def list_snapshots(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """All snapshots, newest first."""
    workspace = opened(folder)
    rows: list[Row] = [
        {"snapshot": kept.id, "taken": kept.at, "by": kept.member, "query": kept.answer["title"], "why": kept.why}
        | {"data": kept.answer["data_version"]}
        for kept in workspace.snapshots.list()
    ]
    show_rows(rows, choose(json_form, csv_form), "Snapshots", zone=workspace.platform.zone)


@app.command("show")
def show(name: Name, folder: Folder = HERE) -> None:
    """A snapshot as it was taken, as JSON."""
    kept = opened(folder).snapshots.show(name)
    write_json(
        {"snapshot": kept.id, "taken": kept.at, "by": kept.member, "why": kept.why, "document": kept.document, **kept.answer}
    )


@app.command("compare")
def compare(name: Name, folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """What today's answer to the same query says otherwise."""
    from touchpath.services.snapshots import changes_since

    workspace = opened(folder)
    kept = workspace.snapshots.show(name)
    changed = changes_since(kept, workspace.platform.answer(kept.document))
    rows: list[Row] = [{"table": c.table, "row": c.row, "column": c.column, "then": c.then, "now": c.now} for c in changed]
    show_rows(rows, choose(json_form, csv_form), f"Changed since {kept.at:%Y-%m-%d %H:%M} UTC")
