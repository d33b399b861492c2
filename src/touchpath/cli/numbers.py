"""Commands that tell numbers: one metric, all of them, what they mean, and who stands behind them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from touchpath.cli.show import Form, choose, in_words, show, show_rows
from touchpath.cli.workspace import (
    HERE,
    By,
    Confidence,
    Csv,
    Folder,
    From,
    GrainName,
    Json,
    MetricName,
    SubjectName,
    To,
    WeightName,
    grain_of,
    opened,
    period_between,
)
from touchpath.metrics.called import called, no_metric
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate
from touchpath.model.spans import parse_span
from touchpath.model.time import Period
from touchpath.services.results import Measurement, MetricWords
from touchpath.services.tables import part_row

if TYPE_CHECKING:
    from touchpath.bootstrap import Workspace


def measure(
    metric: MetricName,
    subject: SubjectName = "",
    by: By = "",
    grain: GrainName = "",
    start: From = "",
    end: To = "",
    confidence: Confidence = None,
    weight: WeightName = "",
    rows: Annotated[
        Path | None, typer.Option(help="Also write the signals behind it, row by row, to this file (.csv or .parquet).")
    ] = None,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """One metric of one thing, with its interval."""
    workspace = opened(folder)
    period = period_between(workspace, start, end)
    if rows is not None:
        _write_rows(workspace, rows, metric, subject, period)
    answer = workspace.platform.measure(
        metric, subject, by=by, grain=grain_of(grain), period=period, confidence=confidence, weight=weight
    )
    title = f"{answer.metric.title}: {answer.about}"
    show(answer, choose(json_form, csv_form), title, " ".join(_remarks(answer)), workspace.platform.zone)
    if answer.parts and not (json_form or csv_form):
        show_rows([part_row(part) for part in answer.parts], Form.table, "Parts")


def _write_rows(workspace: Workspace, file: Path, metric: str, subject: str, period: Period | None) -> None:
    """The signals behind a number as a file."""
    from touchpath.bootstrap import sql_over
    from touchpath.services.rows_behind import read_rows
    from touchpath.web.exploring.files import csv_pieces, parquet_pieces

    form = file.suffix.lower().removeprefix(".")
    if form not in ("csv", "parquet"):
        raise BadInput(f"The file of rows came as '{file.name}'. Name it with .csv or .parquet.")
    platform = workspace.platform
    asked = platform.sql_behind(metric, subject, period=period)
    table = read_rows(sql_over(workspace), platform.timelines.persons_of, asked)
    made = (
        csv_pieces(table.to_batches(), table.column_names) if form == "csv" else parquet_pieces(table.to_batches(), table.schema)
    )
    try:
        with file.open("wb") as out:
            out.writelines(made)
    except OSError as error:
        raise BadInput(f"The file {file} cannot be written: {os.strerror(error.errno) if error.errno else error}.") from None


def _remarks(answer: Measurement) -> Iterator[str]:
    """What to know beside a number, sentence by sentence."""
    moved = [f"{one.sentence.rstrip('.')}." for one in (answer.change, answer.mix) if one]
    yield from (f"Last period against the one before: {one}" for one in moved)
    yield from (f"{verdict.sentence}." for verdict in answer.verdicts)
    if isinstance(answer.spread, Estimate):
        yield f"Spread between them: {in_words(answer.spread)}."
    yield from answer.notes
    yield f"Data: {answer.data_version}."


def measure_all(
    by: By = "",
    grain: GrainName = "",
    start: From = "",
    end: To = "",
    confidence: Confidence = None,
    weight: WeightName = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """All that the model can be measured by: every task, journey, question and metric of its own, and everybody's activity."""
    workspace = opened(folder)
    period = period_between(workspace, start, end)
    answer = workspace.platform.measure_all(by=by, grain=grain_of(grain), period=period, confidence=confidence, weight=weight)
    versions = " ".join(dict.fromkeys(one.data_version for one in answer.measurements if one.data_version))
    note = f"Data: {versions}." if versions else ""
    title = f"{len(answer.measurements)} metrics"
    show(answer, choose(json_form, csv_form), title, note, workspace.platform.zone)


def metrics(
    metric: Annotated[
        str,
        typer.Argument(help="Tell all about this one, by any name of the field or by words of its names and of what it asks."),
    ] = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Every metric that can be asked for, and what it answers; of one, everything there is to know.

    With FCR, "rage clicks" or any other words: the one that goes by them, or all that do.
    """
    found = opened(folder).platform.metrics()
    some = _named(found, metric) if metric else found
    show(some[0] if metric and len(some) == 1 else some, choose(json_form, csv_form))


def _named(found: Sequence[MetricWords], name: str) -> tuple[MetricWords, ...]:
    """The metric with this id, else those that the field calls so, else those with these words; raises Missing with the nearest name."""
    words = {one.id: one for one in found}
    some = [words[name]] if name in words else [words[id] for id in called(name, words)]
    some = some or [one for one in found if _goes_by(one, name)]
    if not some:
        raise Missing(no_metric(name, words))
    return tuple(some)


def _goes_by(one: MetricWords, text: str) -> bool:
    """Whether every word of a text begins a word of a metric's names, its family or what it asks."""
    told = " ".join((one.id.replace("_", " "), one.title, one.asks, one.family, *one.also)).casefold()
    words = [word.strip("(),.?") for word in told.split()]
    return all(any(word.startswith(wanted) for word in words) for wanted in text.casefold().split())


def match_rate(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """How many people each source knows, and which share of them another source knows, too."""
    platform = opened(folder).platform
    rate = platform.match_rate()
    without = f"{rate.without_person:,} of {rate.signals:,} signals name nobody."
    show(rate, choose(json_form, csv_form), "Match rate", without if rate.without_person else "")


def responses(
    question: Annotated[str, typer.Argument(help="A question of the model.")],
    by: By = "",
    window: Annotated[str, typer.Option(help="How long after the asking an answer counts, as in 14d.")] = "30d",
    start: From = "",
    end: To = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Who was asked a question, saw it and answered, by segment, and its number with the segments of the asked."""
    workspace = opened(folder)
    period = period_between(workspace, start, end)
    answer = workspace.platform.responses(question, by=by, period=period, window=parse_span(window))
    seen = f"{answer.seen:,} saw it, {answer.dismissed:,} dismissed it, {answer.waiting:,} may still answer."
    show(
        answer,
        choose(json_form, csv_form),
        answer.title,
        f"{answer.sentence} {seen} Data: {answer.data_version}.",
        workspace.platform.zone,
    )


def overview(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """UX and CX numbers of every product and journey."""
    answer = opened(folder).platform.overview()
    note = f"{answer.people:,} people, {answer.signals:,} signals from {', '.join(answer.sources) or 'no source'}. {answer.about}"
    show(answer, choose(json_form, csv_form), "Overview", note)


COMMANDS: Mapping[str, Callable[..., Any]] = {
    "measure": measure,
    "measure-all": measure_all,
    "metrics": metrics,
    "match-rate": match_rate,
    "responses": responses,
    "overview": overview,
}
