"""Commands that ask: numbers, funnels, tasks, journeys, paths, people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, cast

import typer

from touchpath.cli.show import choose, show
from touchpath.cli.workspace import HERE, By, Csv, Folder, From, GrainName, Json, To, opened, period_between
from touchpath.model.time import Grain


def _grain(name: str) -> Grain | None:
    return cast(Grain, name) if name else None


def measure(
    metric: Annotated[str, typer.Argument(help="A metric of the catalogue: nps, task_success ... (touchpath metrics)")],
    subject: Annotated[str, typer.Argument(help="The task, question or journey it is about.")] = "",
    by: By = "",
    grain: GrainName = "",
    start: From = "",
    end: To = "",
    confidence: Annotated[float | None, typer.Option(help="Confidence of the interval, as in 0.9.")] = None,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """One metric of one thing, with its interval."""
    workspace = opened(folder)
    period = period_between(workspace, start, end)
    answer = workspace.platform.measure(metric, subject, by=by, grain=_grain(grain), period=period, confidence=confidence)
    change = f"Last period against the one before: {answer.change.sentence}." if answer.change else ""
    show(
        answer,
        choose(json_form, csv_form),
        f"{answer.metric.title}: {answer.about}",
        f"{change} Data: {answer.data_version}.".strip(),
    )


def metrics(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """Every metric that can be asked for, and what it answers."""
    show(opened(folder).platform.metrics(), choose(json_form, csv_form))


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
        grain=_grain(grain),
        period=period_between(workspace, start, end),
        reentry=not first_only,
        same=same,
    )
    show(
        answer,
        choose(json_form, csv_form),
        "Funnel: " + " > ".join(steps),
        f"Counted: {answer.unit}. Data: {answer.data_version}.",
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
    show(answer, choose(json_form, csv_form), answer.title, note)


def journey(
    journey: Annotated[str, typer.Argument(help="A journey of the model.")],
    by: By = "",
    segment: Annotated[str, typer.Option(help="One value of the dimension given with --by.")] = "",
    start: From = "",
    end: To = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """The journey map: each step with its numbers."""
    workspace = opened(folder)
    period = period_between(workspace, start, end)
    answer = workspace.platform.journey_map(journey, period=period, by=by, segment=segment)
    note = f"{answer.finding} {answer.entrants:,} entered, {answer.open_entrants:,} still open. Data: {answer.data_version}."
    show(answer, choose(json_form, csv_form), answer.journey.title, note)


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
    show(answer, choose(json_form, csv_form), "Paths", f"{more} Data: {answer.data_version}.".strip())


def overview(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """UX and CX numbers of every product and journey."""
    answer = opened(folder).platform.overview()
    note = f"{answer.people:,} people, {answer.signals:,} signals from {', '.join(answer.sources) or 'no source'}. {answer.about}"
    show(answer, choose(json_form, csv_form), "Overview", note)


def people(
    text: Annotated[str, typer.Argument(help="Part of an id, or words that somebody wrote.")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 20,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Find people by their ids or their words."""
    show(opened(folder).platform.find_people(text, limit), choose(json_form, csv_form), "People")


def person(
    actor: Annotated[str, typer.Argument(help="An actor id, as in user:42.")],
    search: Annotated[str, typer.Option(help="Only signals that hold these words.")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 50,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """One person's timeline across all silos, newest first."""
    answer = opened(folder).platform.person(actor, search=search, limit=limit)
    note = f"{answer.matching:,} of {answer.total:,} signals. Known as: {', '.join(answer.actors)}."
    show(answer, choose(json_form, csv_form), answer.actor, note)


def kinds(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """Every kind of signal, and which steps, tasks and questions read it."""
    answer = opened(folder).platform.kinds()
    unread = sum(kind.signals for kind in answer if not kind.used_by)
    show(answer, choose(json_form, csv_form), "Kinds", f"{unread:,} signals are of kinds that nothing in the model reads.")


COMMANDS: Mapping[str, Callable[..., Any]] = {
    "measure": measure,
    "metrics": metrics,
    "funnel": funnel,
    "task": task,
    "journey": journey,
    "paths": paths,
    "overview": overview,
    "people": people,
    "person": person,
    "kinds": kinds,
}
