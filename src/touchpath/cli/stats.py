"""Commands about the statistics themselves: check them against numbers of your own, and list them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchpath.cli.show import choose, show_rows, write_json
from touchpath.cli.workspace import Csv, Json
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.services.tables import Row

if TYPE_CHECKING:
    from touchpath.stats.procedures.vectors import Outcome, Verdict

app = typer.Typer(name="stats", help="The statistics by name: check them against your own numbers.", no_args_is_help=True)

#: A larger file of vectors is not read: it is hardly one.
LARGEST_BYTES = 256_000_000


@app.command("check")
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Files of vectors, or - for standard input.")],
    json_form: Json = False,
) -> None:
    """Ask the procedures for the answers that a file expects: a line each, and not 0 for the shell if one is not right."""
    from touchpath.stats.procedures.vectors import say_outcomes, say_verdict

    told: list[dict[str, object]] = []
    unreadable: list[dict[str, str]] = []
    outcomes: Counter[Outcome] = Counter()
    for file in files:
        try:
            for verdict in _judged(file):
                outcomes[verdict.outcome] += 1
                told.append({"file": file, **asdict(verdict)})
                if not json_form:
                    typer.echo(say_verdict(verdict))
        except BadInput as error:
            unreadable.append({"file": file, "says": str(error)})
            typer.echo(f"{file}: {error}", err=True)
    if json_form:
        write_json({"vectors": told, "unreadable": unreadable, "outcomes": outcomes})
    else:
        typer.echo(say_outcomes(outcomes))
    if unreadable or set(outcomes) != {"pass"}:
        raise typer.Exit(1)


def _judged(file: str) -> Iterable[Verdict]:
    from touchpath.stats.procedures.vectors import judge_all, read_vectors

    return judge_all(read_vectors(_read(file)))


def _read(file: str) -> str:
    try:
        if file == "-":
            content = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"This file cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST_BYTES:
        raise BadInput(f"A file of vectors has at most {LARGEST_BYTES:,} bytes; this one has more.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"A file of vectors is written in UTF-8; this one is not, from byte {error.start:,} on.") from error


@app.command("list")
def list_procedures(
    name: Annotated[str, typer.Argument(help="One procedure only.")] = "", json_form: Json = False, csv_form: Csv = False
) -> None:
    """Every procedure and what it takes; inputs in brackets may be left out. As JSON: the schema of each input."""
    from touchpath.stats.procedures import PROCEDURES
    from touchpath.stats.procedures.described import input_schema, takes

    if name and name not in PROCEDURES:
        raise Missing(unknown("procedure", name, PROCEDURES))
    chosen = {name: PROCEDURES[name]} if name else dict(sorted(PROCEDURES.items()))
    if json_form:
        write_json([{"procedure": one, "input": input_schema(procedure)} for one, procedure in chosen.items()])
        return
    rows: list[Row] = [{"procedure": one, "takes": "; ".join(map(str, takes(it)))} for one, it in chosen.items()]
    show_rows(rows, choose(json_form, csv_form), "Procedures")


@app.command("plan")
def plan_people(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="The kind of number: share, mean, time, rate, net-score ...")] = "",
    given: Annotated[
        list[str] | None, typer.Argument(metavar="KEY=VALUE", help="What is known, as in before=0.4 change=0.05.")
    ] = None,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """How many people find a change, or which change so many people find; without a kind, what each takes."""
    from touchpath.stats.plans import FAMILIES, plan, takes

    if not kind:
        told: list[Row] = [
            {"kind": one, "needs": ", ".join(takes(one)[0]), "may have": ", ".join(takes(one)[1])} for one in FAMILIES
        ]
        show_rows(told, choose(json_form, csv_form), "What can be planned")
        return
    known = dict(map(_pair, given or []))
    found = plan(kind, known)
    unit = "times" if found.ratio else "difference"
    rows: list[Row] = [
        {"what": what, "value": value, "in": told_in if value is not None else "not even the greatest there can be"}
        for asked, what, value, told_in in (
            ({"change"}, "people in each group for this change", found.people, "people"),
            ({"change", "n"}, "probability that n people show this change", found.reached, "share"),
            ({"n"}, "smallest rise that n people show", found.up, unit),
            ({"n"}, "smallest fall that n people show", found.down, unit),
        )
        if asked <= set(known)
    ]
    show_rows(rows, choose(json_form, csv_form), f"Plan of a {kind}")


def _pair(text: str) -> tuple[str, float]:
    key, _, value = text.partition("=")
    try:
        return key, float(value)
    except ValueError as error:
        raise BadInput(f"'{text}' is no KEY=VALUE with a number, as in before=0.4.") from error
