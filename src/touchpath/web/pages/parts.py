"""What all pages share: answering with HTML, and the titles of what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from fastapi import Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput
from touchpath.model.experience import Experience
from touchpath.model.time import Grain
from touchpath.web.jobs import tell_ended
from touchpath.web.notices import Notice, announce_notice, read_notice
from touchpath.web.pages.figures import asks_for_file, figure_file
from touchpath.web.templates import render


def show_page(template: str, request: Request, **context: Any) -> HTMLResponse:
    """The page, made from a template, with the notice that the page before left for it, else with word of a job that is over.

    context: what the template asks for. The shell takes from it `platform` (the workspace), `section` (the place in the
    navigation), `crumbs` (pairs of title and address, from the area down to the page above this one) and `follows` (whether the
    page asks for itself again when there are new signals; only for pages on which nobody writes). An address that asks for one of
    the page's figures as a file (`?figure=trend&as=csv`) gets that instead.
    """
    if asks_for_file(request):
        return figure_file(request, context)

    def answer(notice: Notice | None) -> HTMLResponse:
        return HTMLResponse(render(template, request, notice=notice, **context))

    return announce_notice(request, answer) if read_notice(request) else tell_ended(request, answer)


def read_grain(grain: str) -> Grain | None:
    """A grain by name; "" = none."""
    if not grain:
        return None
    for known in get_args(Grain):
        if grain == known:
            return known  # type: ignore[no-any-return]
    raise BadInput(f"There is no grain '{grain}'. There are: {', '.join(get_args(Grain))}.")


def subject_title(experience: Experience, subject: str) -> str:
    """The title of a task, question, journey or product by its id; the id itself if nobody has it."""
    return next((title for id, title in _titles(experience) if id == subject), subject)


def question_ends(experience: Experience) -> dict[str, tuple[float, float]]:
    """Lowest and highest answer of each question."""
    return {question.id: (float(question.low), float(question.high)) for question in experience.questions}


def _titles(experience: Experience) -> Iterator[tuple[str, str]]:
    for nouns in (experience.tasks, experience.questions, experience.journeys, experience.products, experience.metrics):
        yield from ((noun.id, noun.title) for noun in nouns)
