"""Commands that bring signals in and take them out: init, import, formats, jobs, rejected, replay, forget, compact."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from touchpath.cli.model import read_bytes
from touchpath.cli.recognising import how_to_read
from touchpath.cli.show import aside, choose, screen, show_rows
from touchpath.cli.workspace import HERE, Csv, Folder, Json, Member, Why, Yes, opened
from touchpath.model.errors import BadInput
from touchpath.services.tables import Row
from touchpath.store.jobs import ImportReport

if TYPE_CHECKING:
    from touchpath.services.imports import Progress as Report
    from touchpath.services.previews import ImportPreview

Mapped = Annotated[Path | None, typer.Option("--map", help="The mapping file (YAML).")]
As = Annotated[str, typer.Option("--as", help="Read the file as this format (touchpath formats), whatever it seems to be.")]
Answers = Annotated[
    list[str] | None, typer.Option("--option", help="An answer to what a format asks, as in zone=Europe/Madrid; may be repeated.")
]


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    title: Annotated[str, typer.Option(help="Name for people; the folder's name unless given.")] = "",
    model: Annotated[Path | None, typer.Option(help="A model file to begin with.")] = None,
    pseudonymise: Annotated[bool, typer.Option("--pseudonymise", help="Keep no id of a person in clear, for ever.")] = False,
) -> None:
    """Make a workspace."""
    from touchpath.bootstrap import create_workspace

    text = read_bytes(model) if model else b""
    create_workspace(folder, title, pseudonymise=pseudonymise)
    if model:
        opened(folder).models.apply(text, "init", "First model", file=str(model))
    screen.print(Text(f"{folder} is a workspace. Next: touchpath import FILE --propose"))


def import_file(
    file: Annotated[
        Path, typer.Argument(help="An export of a known tool, or CSV, JSON lines or Parquet; may be gzipped or zipped.")
    ],
    mapping: Mapped = None,
    as_format: As = "",
    option: Answers = None,
    propose: Annotated[bool, typer.Option("--propose", help="Print a mapping proposed from the columns, and stop.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, write nothing.")] = False,
    folder: Folder = HERE,
    json_form: Json = False,
) -> None:
    """Bring a file in. Stopped in the middle, the same command goes on where it was."""
    if propose:
        from touchpath.sources.files.wizard import propose_mapping

        sys.stdout.write(propose_mapping(file))
        return
    workspace = opened(folder)
    imports = workspace.imports
    how = how_to_read(imports, file, mapping, as_format, option)
    with progress_bar(file.name) as (_, report_progress):
        if dry_run:
            preview = imports.preview(file, how, progress=report_progress)
        else:
            report = imports.run(file, how, report_progress)
    if dry_run:
        show_preview(preview, json_form, workspace.platform.zone)
    else:
        show_reports([report], json_form)
        hint(report)


def formats(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """The files that are imported without a mapping, and what is asked about each."""
    rows: list[Row] = [
        {
            "format": one.name,
            "title": one.title,
            "source": one.source or "(the file's name)",
            "options": "; ".join(
                f"{option.name}{' (needed)' if option.required else ''}: {option.question}" for option in one.options
            ),
        }
        for one in opened(folder).imports.formats()
    ]
    show_rows(rows, choose(json_form, csv_form), "Formats", "touchpath import FILE recognises them by what is in them.")


class progress_bar:  # noqa: N801
    """A progress bar on standard error that an import reports to."""

    def __init__(self, name: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]}"))
        self._bar = Progress(*columns, TimeElapsedColumn(), console=aside, transient=True, disable=not aside.is_terminal)
        self._name = name

    def __enter__(self) -> tuple[Progress, Report]:
        self._bar.__enter__()
        line = self._bar.add_task(self._name, total=1.0, rows="")

        def report(so_far: ImportReport) -> None:
            self._bar.update(line, completed=so_far.share_done, rows=f"{so_far.read:,} rows")

        return self._bar, report

    def __exit__(self, *problem: Any) -> None:
        self._bar.__exit__(*problem)


def report_row(report: ImportReport) -> Row:
    """One import as a row."""
    return {
        "job": report.job[:12],
        "file": report.place,
        "state": "done" if report.complete else f"stopped at {report.share_done:.0%}",
        "rows": report.read,
        "signals": report.signals,
        "new": report.new,
        "duplicates": report.duplicates,
        "corrections": report.corrections,
        "rejected": report.rejected,
        "without person": report.people_unknown,
        "notes": "; ".join(f"{what}: {count:,}" for what, count in report.notes.items()),
    }


def show_reports(reports: list[ImportReport], json_form: bool, csv_form: bool = False) -> None:
    """Imports as a table, JSON or CSV."""
    show_rows([report_row(report) for report in reports], choose(json_form, csv_form))


def hint(report: ImportReport) -> None:
    """What to do about rows that could not be taken, and about files that hold less than they seem to."""
    if report.complete and not report.read:
        aside.print(Text(f"{report.place} holds no rows. Is it the right file?"))
    if report.corrections > 10 and report.corrections * 2 > report.signals:
        aside.print(
            Text(
                f"{report.corrections:,} of {report.signals:,} signals came with an id that was there before, and replaced what it "
                "stood for. If that was not meant, let more columns make up 'id' in the mapping."
            )
        )
    if report.rejected:
        aside.print(Text(f"{report.rejected:,} rows could not be taken. See them: touchpath rejected {report.job[:12]}"))


def show_preview(preview: ImportPreview, json_form: bool, zone: str) -> None:
    """What an import would do; its table tells times by the clock of `zone`."""
    form = choose(json_form, False)
    kinds: list[Row] = [
        {"kind": kind.kind, "signals": kind.signals, "first": kind.first, "last": kind.last} for kind in preview.kinds
    ]
    if json_form:
        shown: Row = {**report_row(preview.report), "state": "dry run", "repeated ids": preview.repeated_ids}
        show_rows([{**shown, "kinds": kinds, "first": list(preview.first)}], form)  # type: ignore[dict-item]
        return
    show_rows([{**report_row(preview.report), "state": "dry run"}], form, "Nothing was written")
    show_rows(kinds, form, "Kinds", zone=zone)
    if preview.repeated_ids:
        screen.print(Text(f"{preview.repeated_ids:,} signals repeat an id of this file: the last one of each id would count."))
    shown_first: list[Row] = [
        {name: str(cell) for name, cell in row.items() if cell not in (None, [], "")} for row in preview.first[:3]
    ]
    for row in shown_first:
        screen.print(Text("  ".join(f"{name}={cell}" for name, cell in row.items())))
    show_rows([{"line": one.line, "reason": one.reason} for one in preview.rejected], form, "Rejected (first ones)")


def jobs(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """All imports, newest first."""
    show_reports(opened(folder).imports.jobs(), json_form, csv_form)


def full_job(folder: Path, job: str) -> ImportReport:
    """The import whose id begins so; raises BadInput when none or several do."""
    found = [report for report in opened(folder).imports.jobs() if report.job.startswith(job)]
    if len(found) != 1:
        raise BadInput(f"{len(found)} imports have an id that begins with '{job}'. See all: touchpath jobs")
    return found[0]


def replay(
    job: Annotated[str, typer.Argument(help="The import's id or its beginning.")],
    file: Annotated[Path, typer.Argument(help="The file it read.")],
    mapping: Annotated[Path | None, typer.Option("--map", help="The mended mapping file.")] = None,
    as_format: As = "",
    option: Answers = None,
    folder: Folder = HERE,
    json_form: Json = False,
) -> None:
    """Try rejected rows again with a mended mapping or other options; what can be taken now leaves the quarantine."""
    imports = opened(folder).imports
    full = full_job(folder, job).job
    report = imports.replay(full, file, how_to_read(imports, file, mapping, as_format, option))
    show_reports([report], json_form)


def undo(
    job: Annotated[str, typer.Argument(help="The import's id or its beginning (touchpath jobs).")],
    yes: Yes = False,
    why: Why = "",
    member: Member = "",
    folder: Folder = HERE,
) -> None:
    """Take out again, for good, what one import brought; the same file can be imported as new then."""
    workspace = opened(folder)
    report = full_job(folder, job)
    if not yes:
        typer.confirm(f"Take out what {report.place} brought ({report.new + report.corrections:,} signals) for good?", abort=True)
    erased = workspace.forgetting.undo_import(report.job, member or getpass.getuser(), why)
    screen.print(Text(f"{erased.went['signals']:,} signals and {erased.went['quarantine']:,} rejected rows are gone."))


def compact(folder: Folder = HERE) -> None:
    """Merge the lake's small files; changes no answer."""
    opened(folder).signals.compact()
    screen.print("Compacted.")


COMMANDS: Mapping[str, Callable[..., Any]] = {
    "init": init,
    "import": import_file,
    "formats": formats,
    "jobs": jobs,
    "replay": replay,
    "undo": undo,
    "compact": compact,
}
