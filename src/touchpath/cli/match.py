"""The commands `match`: people without a common id, joined by what is known of them; proposals, and the way back."""

from __future__ import annotations

import csv
import getpass
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from touchpath.cli.show import choose, say, show_rows, warn, write_json
from touchpath.cli.workspace import HERE, Folder, Json, Member, Why, opened
from touchpath.model.errors import BadInput

if TYPE_CHECKING:
    from touchpath.services.matching import Match, MatchRun, MatchService
    from touchpath.services.tables import Row


class _FilesFirst(TyperGroup):
    """`match FILE` is `match files FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["files", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_FilesFirst,
    no_args_is_help=True,
    help="Find ids that are probably one person by names, addresses and numbers, which are not kept: touchpath match FILE [FILE2].",
)
Ids = Annotated[list[str], typer.Argument(help="Matches, by their ids as shown.")]


@app.command("files")
def match_files(
    files: Annotated[list[Path], typer.Argument(help="A file about people, or two to be matched with each other.")],
    id: Annotated[list[str], typer.Option("--id", help="The column of the ids; twice, if the files differ.")],
    namespace: Annotated[
        list[str] | None,
        typer.Option(
            "--namespace",
            help="How these ids are written in signals: user, external, external:SYSTEM, email. Twice, if the files differ.",
        ),
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", help='A field and its column, as in given="Rufname"; most are known by name.')
    ] = None,
    threshold: Annotated[float, typer.Option("--threshold", help="Join from this probability on.")] = 0.99,
    propose_from: Annotated[float, typer.Option("--propose-from", help="Propose from this probability on.")] = 0.8,
    most_ids: Annotated[int, typer.Option("--most-ids", help="More ids than this never become one person.")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="For the random pairs that chance agreement is learned from.")] = 1,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write every match to this CSV file, without personal details.")
    ] = None,
    member: Member = "",
    folder: Folder = HERE,
    json_form: Json = False,
) -> None:
    """Match the people of one file with each other, or those of two files. The same as: touchpath match FILE [FILE2]."""
    from touchpath.bootstrap.matching import open_matching
    from touchpath.services.match_choice import Terms
    from touchpath.sources.people_files import read_people

    if len(files) > 2:
        raise BadInput(f"{len(files)} files came. Give one or two.")
    ids, spaces = (_for_each(files, given, name) for given, name in ((id, "--id"), (namespace or ["external"], "--namespace")))
    told = [{field: name for field, _, name in (one.partition("=") for one in column or ())}] * len(files)
    terms, workspace = Terms(threshold, propose_from, most_ids, seed), opened(folder)
    people = [read_people(*each) for each in zip(files, ids, spaces, told, strict=True)]
    for path, one in zip(files, people, strict=True):
        read_as = ", ".join(f"{column} as {field}" for field, column in one.columns.items())
        warn([f"{path.name}: {one.table.num_rows:,} people, by {read_as}."])
        warn([f"{path.name}: left out, {words}" for words in one.refused])
    run = open_matching(workspace).run(people, terms, member or getpass.getuser())
    if report is not None:
        report.write_text(_report(run.matches), encoding="utf-8")
    if json_form:
        write_json(asdict(run))
    else:
        _show_run(run)


def _opened(folder: Path) -> MatchService:
    from touchpath.bootstrap.matching import open_matching

    return open_matching(opened(folder))


def _for_each(files: Sequence[Path], given: Sequence[str], option: str) -> list[str]:
    if len(given) not in (1, len(files)):
        raise BadInput(f"{option} came {len(given)} times for {len(files)} files. Give it once, or once for each.")
    return [*given] * (len(files) // len(given)) if len(given) == 1 else [*given]


def _show_run(run: MatchRun) -> None:
    left = "".join(f" {count:,} left: {reason}." for reason, count in sorted(run.left.items()))
    say([f"Run {run.id} ({run.model}): {run.joined:,} pairs joined, {run.proposed:,} proposed.{left}"])
    rows: list[Row] = [
        {
            "field": one.field,
            "agrees": one.label,
            "one person": f"{one.m:.4f}",
            "two people": f"{one.u:.6f}",
            "times as likely": f"{one.m / one.u:,.4g}",
        }
        for one in run.levels
    ]
    show_rows(rows, choose(False, False), "What was learned", "How often two rows agree so")
    if run.joined or run.proposed:
        say([f"Look: touchpath match proposals. Take back: touchpath match undo {run.id}, or one match by its id."])


@app.command("proposals")
def proposals(
    all: Annotated[bool, typer.Option("--all", help="Those that were joined, rejected or taken back, too.")] = False,
    run: Annotated[str, typer.Option("--run", help="Only those of this run.")] = "",
    folder: Folder = HERE,
    json_form: Json = False,
) -> None:
    """Pairs that may be one person and wait for a member's word, likeliest first."""
    found = _opened(folder).matches(**({"state": ""} if all else {}), run=run)
    if json_form:
        write_json([asdict(one) for one in found])
    else:
        _show(found, "Matches" if all else "Proposed")
        if not found:
            say(["Find some: touchpath match FILE [FILE2] --id COLUMN."])


@app.command("approve")
def approve(ids: Ids, why: Why = "", member: Member = "", folder: Folder = HERE) -> None:
    """Join proposed pairs."""
    matching = _opened(folder)
    _show([matching.approve(id, member or getpass.getuser(), why) for id in ids], "Joined")


@app.command("reject")
def reject(ids: Ids, why: Why = "", member: Member = "", folder: Folder = HERE) -> None:
    """Leave proposed pairs apart; no later run joins or proposes them."""
    matching = _opened(folder)
    _show([matching.reject(id, member or getpass.getuser(), why) for id in ids], "Rejected")


@app.command("undo")
def undo(
    ids: Annotated[list[str], typer.Argument(help="Runs, or single matches.")],
    why: Why = "",
    member: Member = "",
    folder: Folder = HERE,
) -> None:
    """Take back everything that a run joined and proposed, or single matches. What members decided otherwise since stays."""
    matching = _opened(folder)
    _show([one for id in ids for one in matching.undo(id, member or getpass.getuser(), why)], "Taken back")


def _rows(found: Sequence[Match]) -> list[Row]:
    return [
        {
            "match": one.id,
            "one": one.one,
            "other": one.other,
            "probability": f"{one.probability:.4f}",
            "state": one.state,
            "agreement": one.fields,
            "why not joined": one.note,
        }
        for one in found
    ]


def _show(found: Sequence[Match], title: str) -> None:
    if found:
        show_rows(_rows(found), choose(False, False), title)
    else:
        say([f"{title}: none."])


def _report(found: Sequence[Match]) -> str:
    rows = _rows(found)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["match"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
