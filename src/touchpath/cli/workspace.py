"""Options that several commands share: which workspace, which period, which form.

The parts behind the commands are imported when a command runs: `--help` and completion must not wait for compilers and databases.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast
from zoneinfo import ZoneInfo

import typer

from touchpath.model.errors import BadInput, Missing
from touchpath.model.time import Grain, Period

if TYPE_CHECKING:
    from touchpath.bootstrap import Workspace

Folder = Annotated[
    Path, typer.Option("--folder", "-w", envvar="TOUCHPATH_FOLDER", help="The workspace: the folder that holds its data.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
By = Annotated[str, typer.Option("--by", help="Cut by this dimension of the model, or by persona, role, status, linked.")]
GrainName = Annotated[str, typer.Option("--grain", help="Cut by day, week, month, quarter or year.")]
From = Annotated[str, typer.Option("--from", help="First day, as in 2026-01-31, in the workspace's zone.")]
To = Annotated[str, typer.Option("--to", help="Day after the last one.")]
MetricName = Annotated[str, typer.Argument(help="A metric of the catalogue or of the model (touchpath metrics).")]
SubjectName = Annotated[str, typer.Argument(help="The task, question or journey it is about.")]
Confidence = Annotated[float | None, typer.Option("--confidence", help="Confidence of the intervals, as in 0.9.")]
WeightName = Annotated[
    str, typer.Option("--weight", help="What counts once: people, account, or revenue (accounts by what they pay).")
]
Member = Annotated[str, typer.Option("--member", help="Who does it; the login name unless given.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for the audit log.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

HERE = Path()


#: Closes at the end of a command what the command opened.
at_the_end = ExitStack()


def opened(folder: Path) -> Workspace:
    """The workspace in a folder, closed when the command ends; raises Missing with what to do."""
    from touchpath.bootstrap import open_workspace

    return at_the_end.enter_context(closing(open_workspace(folder)))


def day(text: str, option: str, zone: str) -> datetime:
    """The midnight at which a day of a zone begins, or a moment with its zone; raises BadInput naming the option."""
    try:
        if len(text) > len("2026-01-31") and (moment := datetime.fromisoformat(text)).tzinfo is not None:
            return moment
        return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(zone)).astimezone(UTC)
    except ValueError:
        raise BadInput(f"{option} came as '{text}'. Give a day, as in 2026-01-31, or a time with its zone.") from None


def period_between(workspace: Workspace, start: str, end: str) -> Period | None:
    """The period of --from and --to; a missing end is the data's own, and neither means all there is."""
    if not start and not end:
        return None
    span = workspace.platform.span()
    if span is None:
        return None
    zone = workspace.platform.zone
    return Period(
        day(start, "--from", zone) if start else span.start,
        day(end, "--to", zone) if end else span.end,
    )


def document(text: str) -> str:
    """A document given on the command line: the name of a file, - for standard input, or the document itself."""
    if text == "-":
        return sys.stdin.read()
    return text if "\n" in text or ":" in text else read_file(Path(text)).decode("utf-8-sig", "replace")


def read_file(path: Path) -> bytes:
    """What a file holds; raises Missing with its name."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Missing(f"The file {path} cannot be read: {error.strerror}.") from None


def grain_of(name: str) -> Grain | None:
    """The grain that an option names; None where it names none."""
    return cast(Grain, name) if name else None
