"""Commands that ask: queries as documents, funnels, tasks, journeys, paths, people."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from touchpath.cli.show import Form, choose, say, show, show_query_table, warn, write_json
from touchpath.cli.workspace import (
    HERE,
    By,
    Csv,
    Folder,
    From,
    GrainName,
    Json,
    To,
    document,
    grain_of,
    opened,
    period_between,
    read_file,
)
from touchpath.model.errors import BadInput, TouchpathError
from touchpath.services.queries.document import answer_document, problem_document
from touchpath.services.queries.explained import explained_document, told
from touchpath.services.results import Late, QueryAnswer

if TYPE_CHECKING:
    from pyarrow import RecordBatchReader


ClearValues = Annotated[bool, typer.Option("--clear", help="With the personal details that stand in values of properties.")]


def _with_mark(note: str, late: Late | None) -> str:
    """A note, and what changed the period after it was over."""
    return f"{note} {late.sentence}" if late else note


def funnel(
    steps: Annotated[list[str], typer.Argument(help="Kinds of signals, in order; or one journey's id.")],
    window: Annotated[str, typer.Option(help="Time from entry to the last step, as in 7d or 30m.")] = "7d",
    by: By = "",
    grain: GrainName = "",
    start: From = "",
    end: To = "",
    first_only: Annotated[bool, typer.Option("--first-only", help="Only a person's first entry counts, no re-entry.")] = False,
    same: Annotated[str, typer.Option(help="Hold the steps to one object of this kind.")] = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """How many people go from step to step, in order, within a window from entry."""
    workspace = opened(folder)
    answer = workspace.platform.funnel(
        steps,
        window=window,
        by=by,
        grain=grain_of(grain),
        period=period_between(workspace, start, end),
        reentry=not first_only,
        same=same,
    )
    show(
        answer,
        choose(json_form, csv_form),
        "Funnel: " + " > ".join(steps),
        f"Counted: {answer.unit}. Data: {answer.data_version}.",
        workspace.platform.zone,
    )


def task(
    task: Annotated[str, typer.Argument(help="A task of the model.")],
    start: From = "",
    end: To = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """How attempts at a task went: success, time, errors, abandonment, learning."""
    workspace = opened(folder)
    answer = workspace.platform.task(task, period=period_between(workspace, start, end))
    note = f"{answer.started:,} attempts, {answer.open:,} still open and in no rate. Data: {answer.data_version}."
    show(answer, choose(json_form, csv_form), answer.title, _with_mark(note, answer.late))


def journey(
    journey: Annotated[str, typer.Argument(help="A journey of the model.")],
    by: By = "",
    segment: Annotated[str, typer.Option(help="One value of the dimension given with --by.")] = "",
    persona: Annotated[str, typer.Option(help="Only people of this persona.")] = "",
    role: Annotated[str, typer.Option(help="Only people with this role.")] = "",
    start: From = "",
    end: To = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """The journey map: each step with its numbers."""
    workspace = opened(folder)
    period = period_between(workspace, start, end)
    answer = workspace.platform.journey_map(journey, period=period, by=by, segment=segment, persona=persona, role=role)
    note = f"{answer.finding} {answer.entrants:,} entered, {answer.open_entrants:,} still open. Data: {answer.data_version}."
    show(answer, choose(json_form, csv_form), answer.journey.title, _with_mark(note, answer.late))


def paths(
    start: From = "",
    end: To = "",
    journey: Annotated[str, typer.Option(help="Only between the steps of this journey; otherwise between all kinds.")] = "",
    top: Annotated[int, typer.Option(min=1, help="How many of the commonest moves to show.")] = 30,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """What directly follows what, how often and how fast."""
    workspace = opened(folder)
    answer = workspace.platform.paths(journey=journey, period=period_between(workspace, start, end), top=top)
    more = f"{answer.left_out:,} rarer moves are not shown." if answer.left_out else ""
    note = f"{more} Data: {answer.data_version}.".strip()
    show(answer, choose(json_form, csv_form), "Paths", _with_mark(note, answer.late))


def ask(
    query: Annotated[
        list[str],
        typer.Argument(help="Files with queries (YAML or JSON, one or a list), - for standard input, or the text itself."),
    ],
    table: Annotated[str, typer.Option(help="Only this table of the answer.")] = "",
    clear: ClearValues = False,
    viewers: Annotated[
        bool, typer.Option("--for-viewers", help="Without small groups, to pass on to those who may not see people.")
    ] = False,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Ask any query: funnels, retention, paths, journeys ... (touchpath queries lists them)."""
    from touchpath.services.queries.reading import parts_of

    texts, form = [document(one) for one in query], choose(json_form, csv_form)
    several = len(texts) > 1 or parts_of(texts[0]) is not None
    platform = opened(folder).platform.for_viewers() if viewers else opened(folder).platform
    if several:
        found = platform.ask_all([part for text in texts for part in parts_of(text) or [text]], clear=clear)
        _ask_all(found, table, form, platform.zone)
        return
    answer = platform.ask(texts[0], clear=clear)
    if form is Form.json:
        write_json(answer_document(answer))
    else:
        _show_answer(answer, table, form, platform.zone)


def _ask_all(answers: Sequence[QueryAnswer | TouchpathError], table: str, form: Form, zone: str) -> None:
    """Print several answers; what could not be asked is told beside them, and the first such error ends the command."""
    if form is Form.csv:
        raise BadInput("CSV holds one table. Ask one query at a time, or take --json.")
    failed = [one for one in answers if isinstance(one, TouchpathError)]
    if form is Form.json:
        write_json([problem_document(one) if isinstance(one, TouchpathError) else answer_document(one) for one in answers])
    else:
        for one in answers:
            if not isinstance(one, TouchpathError):
                _show_answer(one, table, form, zone)
    warn([str(error) for error in failed[1:]])
    if failed:
        raise failed[0]


def _show_answer(answer: QueryAnswer, table: str, form: Form, zone: str) -> None:
    tables = (answer.table(table),) if table or form is Form.csv else answer.tables
    for one in tables:
        show_query_table(one, form, f"{answer.title}: {one.name}" if one.name != answer.title else answer.title, zone)
    if form is Form.table:
        say([*answer.notes, f"Data: {answer.data_version}."])
    else:
        warn(answer.notes)


def explain(
    query: Annotated[str, typer.Argument(help="A file with the query (YAML or JSON), - for standard input, or the text itself.")],
    run: Annotated[bool, typer.Option("--run", help="Ask it too, and tell what that cost.")] = False,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """What a query would do and read, before it does it."""
    explained = opened(folder).platform.explain(document(query), run=run)
    form = choose(json_form, csv_form)
    if form is Form.json:
        write_json(explained_document(explained))
    elif form is Form.csv:
        show(explained, form)
    else:
        say([*told(explained), f"Data: {explained.data_version}."])


def features(
    query: Annotated[str, typer.Argument(help="A file with a 'features' query, - for standard input, or the text itself.")],
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    clear: ClearValues = False,
    folder: Folder = HERE,
) -> None:
    """Write features to a Parquet file: a row per anchor signal with what happened before and after it."""
    reader = opened(folder).platform.features(document(query), clear=clear)
    part = out.with_name(f".{out.name}.part")
    try:
        rows = _write_rows(reader, part)
        part.replace(out)
    except OSError as error:
        raise BadInput(f"The file {out} cannot be written: {os.strerror(error.errno) if error.errno else error}.") from None
    finally:
        part.unlink(missing_ok=True)
    say([f"{rows:,} rows in {out}."])


def _write_rows(reader: RecordBatchReader, out: Path) -> int:
    """Write all rows as they come; returns how many there were."""
    from pyarrow.parquet import ParquetWriter

    rows = 0
    with ParquetWriter(out, reader.schema) as file:
        for batch in reader:
            file.write_batch(batch)
            rows += batch.num_rows
    return rows


def queries(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """Every query that can be asked, and the keys of its document."""
    show(opened(folder).platform.queries(), choose(json_form, csv_form))


def conformance(
    files: Annotated[list[Path], typer.Argument(help="Vector files: signals in, answer out, as JSON.")],
    json_form: Json = False,
) -> None:
    """Check conformance vectors: does this version answer what the files say? Ends with 1 if any case differs."""
    from touchpath.engines.local import LocalEngine
    from touchpath.services.vectors import check_vectors

    found = [(file, verdict) for file in files for verdict in check_vectors(read_file(file), LocalEngine(), str(file))]
    failed = sum(not verdict.passed for _, verdict in found)
    if json_form:
        write_json(
            [
                {
                    "file": str(file),
                    "case": v.case,
                    "passed": v.passed,
                    "differences": v.differences,
                    "error": v.error,
                    "answer": v.answer,
                }
                for file, v in found
            ]
        )
    else:
        for file, verdict in found:
            say(
                [
                    f"{'pass' if verdict.passed else 'FAIL'}  {file.name}: {verdict.case}",
                    *(f"      {d}" for d in verdict.differences),
                ]
            )
        say([f"{len(found) - failed} of {len(found)} cases agree."])
    if failed:
        raise typer.Exit(1)


def people(
    text: Annotated[str, typer.Argument(help="Part of an id, or words that somebody wrote.")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 20,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Find people by their ids or their words."""
    platform = opened(folder).platform
    show(platform.find_people(text, limit), choose(json_form, csv_form), "People", zone=platform.zone)


def person(
    actor: Annotated[str, typer.Argument(help="An actor id, as in user:42.")],
    search: Annotated[str, typer.Option(help="Only signals that hold these words.")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 50,
    start: From = "",
    end: To = "",
    clear: Annotated[bool, typer.Option("--clear", help="With the personal details that stand in their words.")] = False,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """One person's timeline across all silos, newest first."""
    workspace = opened(folder)
    platform = workspace.platform
    within = period_between(workspace, start, end)
    answer = platform.person(actor, search=search, limit=limit, clear=clear, within=within)
    note = f"{answer.matching:,} of {answer.total:,} signals. Known as: {', '.join(answer.actors)}."
    if answer.roles:
        note += f" Roles: {', '.join(answer.roles)}."
    if answer.statuses:
        note += f" {' > '.join(f'{one.status} from {one.since:%Y-%m-%d}' for one in answer.statuses)}."
    show(answer, choose(json_form, csv_form), answer.actor, note, platform.zone)


def kinds(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """Every kind of signal, and which steps, tasks and questions read it."""
    platform = opened(folder).platform
    answer = platform.kinds()
    unread = sum(kind.signals for kind in answer if not kind.used_by)
    note = f"{unread:,} signals are of kinds that nothing in the model reads."
    show(answer, choose(json_form, csv_form), "Kinds", note, platform.zone)


COMMANDS: Mapping[str, Callable[..., Any]] = {
    "funnel": funnel,
    "task": task,
    "journey": journey,
    "paths": paths,
    "ask": ask,
    "explain": explain,
    "features": features,
    "queries": queries,
    "conformance": conformance,
    "people": people,
    "person": person,
    "kinds": kinds,
}
