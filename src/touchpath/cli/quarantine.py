"""The command that shows what could not be taken, and gives it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from touchpath.cli.show import Form, choose, screen, show_rows
from touchpath.cli.workspace import HERE, Csv, Folder, Json, opened
from touchpath.model.errors import BadInput
from touchpath.services.tables import Row

if TYPE_CHECKING:
    from touchpath.services.quarantine import Held, QuarantineService


def rejected(
    job: Annotated[str, typer.Argument(help="Whose records: an import's id or its beginning, or a name from the list.")] = "",
    reason: Annotated[str, typer.Option(help="Only what was refused for this reason, as the list tells it.")] = "",
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Try these records again as they would be read now; what can be taken leaves the quarantine."
        ),
    ] = False,
    give_up: Annotated[bool, typer.Option("--give-up", help="Erase these records for good.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """What could not be taken: all reasons with their counts, or the records of one job."""
    quarantine = opened(folder).incoming.quarantine
    form = choose(json_form, csv_form)
    if not job:
        if give_up or again or reason:
            raise BadInput("Say whose records are meant: touchpath rejected JOB. Without a name it lists them all.")
        groups: list[Row] = [
            {"job": held.job[:12] if held.origin == "import" else held.job, "from": held.title, "records": held.records,
             "reason": held.pattern}
            for held in quarantine.groups(samples=0, limit=1_000)
        ]  # fmt: skip
        show_rows(groups, form, "Quarantine", "Their records: touchpath rejected JOB")
        return
    name = _full_name({held.job for held in quarantine.jobs()}, job)
    if give_up:
        held = quarantine.group(name, reason, samples=0)
        if not yes:
            typer.confirm(f"Erase {held.records:,} records of {held.title} for good?", abort=True)
        screen.print(Text(f"{quarantine.give_up(name, reason):,} records are gone."))
        return
    if again:
        _try_again(quarantine, name or job, reason, form)
        return
    shown = quarantine.group(name, reason, samples=10_000) if name else None
    found = shown.samples if shown else ()
    rows: list[Row] = [{"file": one.place, "line": one.line, "reason": one.reason, "record": one.record} for one in found]
    show_rows(rows, form, "Rejected", _what_to_do(shown) if shown else "")


def _what_to_do(held: Held) -> str:
    """How these records may be tried again."""
    return f"Once the reason is mended: touchpath rejected '{held.job}' --again" if held.mendable else held.advice


def _try_again(quarantine: QuarantineService, job: str, reason: str, form: Form) -> None:
    """Take what can be taken now, and say why the rest stays."""
    tried = quarantine.retry(job, reason, keep=True)
    rows: list[Row] = [{"result": "taken", "records": tried.taken, "reason": ""}]
    rows += [{"result": "still refused", "records": count, "reason": why} for why, count in tried.still]
    show_rows(rows, form, "Tried again")


def _full_name(jobs: set[str], job: str) -> str:
    """The job with records whose name begins so, "" when none does; raises BadInput when several do."""
    found = [job] if job in jobs else sorted(one for one in jobs if one.startswith(job))
    if len(found) > 1:
        raise BadInput(f"{len(found)} jobs have a name that begins with '{job}': {', '.join(found[:5])}. Write more of it.")
    return found[0] if found else ""


COMMANDS: Mapping[str, Callable[..., Any]] = {"rejected": rejected}
