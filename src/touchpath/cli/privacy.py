"""Commands about single people's rights: forget, export-person, and the group privacy."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from touchpath.cli.show import aside, choose, screen, show_rows
from touchpath.cli.workspace import HERE, Csv, Folder, Json, Member, Why, Yes, opened
from touchpath.model.errors import BadInput, Missing
from touchpath.services.tables import Row

if TYPE_CHECKING:
    from touchpath.services.backups import Backup

app = typer.Typer(help="Erasures so far, who is kept out, and the copies that exist.", no_args_is_help=True)
Actors = Annotated[list[str], typer.Argument(help="Ids, as in user:42, or e-mail addresses.")]


def forget(
    actors: Actors,
    yes: Yes = False,
    why: Why = "",
    member: Member = "",
    may_return: Annotated[bool, typer.Option("--may-return", help="Take in what comes of them later.")] = False,
    folder: Folder = HERE,
) -> None:
    """Erase these people from everywhere in the workspace, under all of their ids, for good."""
    from touchpath.model.actors import actor_named

    forgetting = opened(folder).forgetting
    wanted = [actor_named(text) for text in actors]
    if not yes:
        plan = forgetting.plan(wanted)
        screen.print(Text(f"{plan.total:,} signals of {', '.join(plan.ids)}."))
        _warn_of(plan.backups, any_known=bool(forgetting.backups.kept()))
        typer.confirm("Erase all of it for good?", abort=True)
    erased = forgetting.forget(wanted, member or getpass.getuser(), why, keep_out=not may_return)
    screen.print(Text(f"{erased.went['signals']:,} signals are gone, and {erased.total - erased.went['signals']:,} records."))
    _warn_of(erased.backups, any_known=bool(forgetting.backups.kept()))


def _warn_of(backups: Sequence[Backup], *, any_known: bool) -> None:
    if backups:
        names = ", ".join(f"{one.id} ({one.place}, {one.taken_at:%Y-%m-%d})" for one in backups)
        aside.print(Text(f"These backups still hold them, and are yours to clear: {names}"))
    elif not any_known:
        aside.print(Text("No backups are known here. If there are any, note them: touchpath privacy backup NAME PLACE"))


def export_person(
    actor: Annotated[str, typer.Argument(help="An id, as in user:42, or an e-mail address.")],
    file: Annotated[Path, typer.Argument(help="The ZIP file to write.")],
    folder: Folder = HERE,
) -> None:
    """Write everything that is kept of a person, in a form that programs read, to a ZIP file."""
    from touchpath.model.actors import actor_named

    if file.exists():
        raise BadInput(f"{file} is there already. Name a new file.")
    workspace = opened(folder)
    if file.resolve().is_relative_to(workspace.folder.resolve()):
        raise BadInput(f"{file} would lie in the workspace, where no erasure would find it. Name a file elsewhere.")
    export = workspace.exports.export(actor_named(actor))
    file.touch(0o600)
    with file.open("wb") as opened_file:
        export.write(opened_file)
    counts = ", ".join(f"{count:,} {name}" for name, count in export.counts.items() if count)
    screen.print(Text(f"{file}: {counts}."))


@app.command("log")
def show_log(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """What was erased: when, by whom, why, how much. People stand here as keyed hashes."""
    from touchpath.services.forgetting import log_lines

    workspace = opened(folder)
    rows: list[Row] = [asdict(line) for line in log_lines(workspace.forgetting.log())]
    show_rows(rows, choose(json_form, csv_form), "Erasures", zone=workspace.platform.zone)


@app.command("turned-away")
def turned_away(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """How many signals of erased people came since, by day and source; none was kept."""
    found = opened(folder).forgetting.suppression.turned_away()
    rows: list[Row] = [{"day": one.day.isoformat(), "source": one.source, "signals": one.signals} for one in found]
    show_rows(rows, choose(json_form, csv_form), "Turned away")


@app.command("let-in")
def let_in(
    actor: Annotated[str, typer.Argument(help="One of their ids, or their e-mail address.")],
    why: Annotated[str, typer.Option("--why", help="The reason, for the audit log.")],
    member: Member = "",
    folder: Folder = HERE,
) -> None:
    """Take in again what comes of somebody who was erased, as when they are a customer again."""
    from touchpath.model.actors import actor_named

    if not why.strip():
        raise BadInput("Say why, as in --why 'a customer again, request 12': it stands in the audit log.")
    lifted = opened(folder).forgetting.let_in(actor_named(actor), member or getpass.getuser(), why)
    screen.print(Text(f"{lifted:,} ids are let in again."))


@app.command("backup")
def note_backup(
    name: Annotated[str, typer.Argument(help="Its name, as in 2026-03-01-nightly.")],
    place: Annotated[str, typer.Argument(help="Where it is.")] = "",
    taken: Annotated[str, typer.Option("--taken", help="When, as in 2026-03-01T02:00:00+00:00; now unless given.")] = "",
    gone: Annotated[bool, typer.Option("--gone", help="It exists no more.")] = False,
    member: Member = "",
    folder: Folder = HERE,
) -> None:
    """Note that a copy of the workspace was taken, or exists no more, so that erasures can say which hold a person."""
    backups, who = opened(folder).forgetting.backups, member or getpass.getuser()
    if gone:
        backups.gone(name, who)
        return
    if not place:
        raise BadInput("Say where the backup is: touchpath privacy backup NAME PLACE")
    backups.note(name, place, _moment(taken), who)


@app.command("backups")
def show_backups(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """The copies that are known to exist."""
    workspace = opened(folder)
    rows: list[Row] = [
        {"backup": one.id, "place": one.place, "taken": one.taken_at} for one in workspace.forgetting.backups.kept()
    ]
    if not rows:
        raise Missing("No backups are known. Note one: touchpath privacy backup NAME PLACE")
    show_rows(rows, choose(json_form, csv_form), "Backups", zone=workspace.platform.zone)


@app.command("pseudonym")
def show_pseudonym(
    actor: Annotated[str, typer.Argument(help="An id, as in user:42, or an e-mail address.")], folder: Folder = HERE
) -> None:
    """What somebody is called in a workspace that keeps no id in clear."""
    from touchpath.model.actors import actor_named

    pseudonyms = opened(folder).pseudonyms
    if pseudonyms is None:
        raise Missing(
            "This workspace keeps ids as they come. Pseudonyms are chosen when one is made: touchpath init --pseudonymise"
        )
    screen.print(Text(pseudonyms.of_actor(actor_named(actor))))


@app.command("keep")
def keep(
    source: Annotated[str, typer.Argument(help="A source of signals.")],
    days: Annotated[int, typer.Argument(help="Days from when a signal happened; 0 = for ever.")],
    why: Why = "",
    member: Member = "",
    folder: Folder = HERE,
) -> None:
    """Say how long the signals of a source are kept; 'privacy expire' takes out what is older."""
    retention, who = opened(folder).retention, member or getpass.getuser()
    if days:
        retention.keep(source, days, who, why)
    else:
        retention.keep_for_ever(source, who, why)


@app.command("expire")
def expire(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, take out nothing.")] = False,
    yes: Yes = False,
    member: Member = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Take out, for good, signals that are older than their source may be kept."""
    workspace = opened(folder)
    due = workspace.retention.due()
    if not due:
        raise Missing("No source has a period. Give one: touchpath privacy keep SOURCE DAYS")
    rows: list[Row] = [asdict(one) for one in due]
    show_rows(rows, choose(json_form, csv_form), "Due", zone=workspace.platform.zone)
    total = sum(one.rows for one in due)
    if dry_run or not total:
        return
    if not yes:
        typer.confirm(f"Take out {total:,} rows for good?", abort=True)
    erased = workspace.retention.expire(member or getpass.getuser())
    aside.print(Text(f"{sum(one.total for one in erased):,} rows are gone."))


def _moment(text: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--taken came as '{text}'. Give a time, as in 2026-03-01T02:00:00+00:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


COMMANDS: Mapping[str, Callable[..., Any]] = {"forget": forget, "export-person": export_person}
