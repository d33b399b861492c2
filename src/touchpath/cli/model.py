"""Commands about the experience model: check, show, template, diff, export, apply."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from touchpath.cli.show import aside, choose, screen, show_rows
from touchpath.cli.workspace import HERE, Folder, opened
from touchpath.model.errors import BadInput

if TYPE_CHECKING:
    from touchpath.model.diff import Change
    from touchpath.model.experience import Experience

app = typer.Typer(help="The experience model: journeys, stages, steps, tasks, questions ...", no_args_is_help=True)

ModelPath = Annotated[Path, typer.Argument(help="A model file (YAML).", show_default=False)]


def read_bytes(path: Path) -> bytes:
    """What a file holds; raises BadInput that says why it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None


def print_changes(changes: Sequence[Change]) -> None:
    """One line per change."""
    for change in changes:
        screen.print(Text(str(change)))


@app.command()
def check(file: ModelPath) -> None:
    """Say everything that is wrong with a model file; needs no workspace."""
    from touchpath.metrics.catalogue import QUESTION_SCALES
    from touchpath.model.parse import parse_model
    from touchpath.services.metric_check import check_metric

    experience = parse_model(read_bytes(file), str(file), QUESTION_SCALES, check_metric)
    steps = sum(len(journey.steps) for journey in experience.journeys)
    screen.print(
        Text(
            f"{file} is sound: {len(experience.journeys)} journeys with {steps} steps, {len(experience.tasks)} tasks, "
            f"{len(experience.questions)} questions."
        )
    )


def outline(experience: Experience) -> Tree:
    """The model as a tree of titles."""
    tree = Tree(Text(experience.brand.title))
    for family in experience.families:
        products = tree.add(Text(family.title))
        for product in family.products:
            products.add(Text(f"{product.title} ({', '.join(surface.title for surface in product.surfaces) or 'no surface'})"))
    for journey in experience.journeys:
        stages = tree.add(Text(f"Journey: {journey.title} [{journey.id}]"))
        for stage in journey.stages:
            steps = stages.add(Text(stage.title))
            for step in stage.steps:
                steps.add(Text(f"{step.title} [{', '.join(step.match.kinds) or 'any kind'}]"))
    for task in experience.tasks:
        tree.add(Text(f"Task: {task.title} [{task.id}]"))
    for question in experience.questions:
        read_by = f", {question.metric}" if question.metric else ""
        tree.add(Text(f"Question: {question.title} [{question.id}, {question.low} to {question.high}{read_by}]"))
    return tree


@app.command()
def show(folder: Folder = HERE) -> None:
    """The model of a workspace as an outline."""
    kept = opened(folder).models.show()
    screen.print(outline(kept.experience))
    screen.print(Text(f"Revision {kept.revision}, {kept.at:%Y-%m-%d %H:%M} by {kept.member}. {kept.why}", style="dim"))


@app.command()
def questions(
    name: Annotated[str, typer.Argument(help="A questionnaire: sus, ueq, nasa_tlx ... (docs/reference/questionnaires.md).")],
    called: Annotated[str, typer.Option("--as", help="Its name in this model, where it is asked in several places.")] = "",
) -> None:
    """Print the lines of a model file that ask a questionnaire, to be put under 'questions:'; needs no workspace."""
    from touchpath.metrics.questionnaire_page import model_lines

    sys.stdout.write(model_lines(name, called))


@app.command()
def template(
    name: Annotated[str, typer.Argument(help="Which one; without it they are listed.")] = "",
    folder: Annotated[Path | None, typer.Option("--folder", help="Also say which of its kinds came to this workspace.")] = None,
) -> None:
    """Print a model to begin with, as a file: journeys from discovery to recommendation, tasks, questions and personas."""
    from touchpath.services.fitting import wanted_kinds
    from touchpath.services.lifecycles import TEMPLATES, find_template

    if not name:
        show_rows(
            [{"template": one.name, "for": one.title, "what": one.suits} for one in TEMPLATES.values()],
            choose(False, False),
            "Models to begin with",
        )
        aside.print(Text("touchpath model template shop > model.yaml"))
        return
    found = find_template(name)
    sys.stdout.write(found.text)
    if folder is not None:
        seen = {use.kind: use.signals for use in opened(folder).platform.kinds()}
        for one in wanted_kinds(found.experience, seen):
            came = (
                f"{one.signals:,} signals" if one.signals else f"none yet; like it: {', '.join(one.near) or 'nothing that came'}"
            )
            aside.print(Text(f"{one.kind}: {came}"))


@app.command()
def diff(file: ModelPath, folder: Folder = HERE) -> None:
    """What applying a file would change; exit code 1 when something would."""
    changes = opened(folder).models.diff(read_bytes(file), str(file))
    print_changes(changes)
    if changes:
        raise typer.Exit(1)
    screen.print("Nothing differs.")


@app.command()
def export(folder: Folder = HERE) -> None:
    """Print the model as YAML that knows which revision it is."""
    sys.stdout.write(opened(folder).models.export())


@app.command()
def apply(
    file: ModelPath,
    why: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    member: Annotated[str, typer.Option(help="Who; the login name unless given.")] = "",
    new_versions: Annotated[
        bool, typer.Option("--new-versions", help="Give metrics that count something else than before a new version.")
    ] = False,
    folder: Folder = HERE,
) -> None:
    """Make the model what a file says, as one new revision; refused if the model changed since the file was exported."""
    who = member or getpass.getuser()
    applied = opened(folder).models.apply(read_bytes(file), who, why, file=str(file), new_versions=new_versions)
    print_changes(applied.changes)
    for one in applied.new_versions:
        why_new = f"{', '.join(one.keys)} changed" if one.keys else "it had that already"
        screen.print(Text(f"metrics/{one.id} is now version {one.needed}: {why_new}."))
    screen.print(f"Revision {applied.revision}." if applied.changes else "Nothing differs; no revision written.")
