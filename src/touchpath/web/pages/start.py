"""The guided first run: what is done and what is next, told by what the workspace holds; and a first key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput, Conflict
from touchpath.model.estimate import Estimate
from touchpath.model.experience import Experience
from touchpath.services.drafts import Draft
from touchpath.services.fitting import unread_questions
from touchpath.services.incoming import Incoming
from touchpath.services.intake import by_source
from touchpath.services.results import Measurement
from touchpath.services.subjects import asked
from touchpath.store.catalogue import AskedQuestion
from touchpath.web.access import KEYS, NUMBERS, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.incoming import IncomingDep, find_incoming
from touchpath.web.languages import _
from touchpath.web.pages.live import DAYS, terms_of
from touchpath.web.pages.parts import show_page, subject_title
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
#: So many numbers are looked for, and so many shown.
MOST_ASKED, MOST_SHOWN = 24, 6


@dataclass(frozen=True, slots=True)
class Begun:
    """How far a workspace is. newest: when its last signal happened; unread: questions with answers that the model does not read.

    numbers: the first ones that came of the answers.
    """

    signals: int
    kinds: int
    newest: datetime | None
    waiting: int
    journeys: int
    draft: Draft | None
    answers: int
    unread: tuple[AskedQuestion, ...]
    numbers: tuple[tuple[str, Measurement], ...]

    @property
    def next(self) -> str:
        """The first of the three steps that is not done; "" when all are."""
        done = {"signals": self.signals > 0, "model": self.journeys > 0, "answers": bool(self.numbers)}
        return next((step for step, is_done in done.items() if not is_done), "")


def begun(platform: PlatformProtocol, incoming: Incoming | None) -> Begun:
    """How far a workspace is, from what it holds."""
    kinds, experience = platform.kinds(), platform.experience()
    questions = incoming.catalogue.questions() if incoming else ()
    draft = platform.drafts.show() if platform.drafts else None
    answered = sum(one.signals for one in kinds if one.kind == "survey.answered")
    return Begun(
        sum(one.signals for one in kinds),
        len(kinds),
        max((one.last for one in kinds), default=None),
        incoming.intake.waiting().posts if incoming else 0,
        len(experience.journeys),
        draft if draft and draft.open else None,
        answered,
        unread_questions(experience, questions),
        tuple(_first_numbers(platform, experience)) if kinds and experience.questions else (),
    )


def _first_numbers(platform: PlatformProtocol, experience: Experience) -> Iterator[tuple[str, Measurement]]:
    """The first numbers of the model's questions that there are, with what they are about."""
    shown = 0
    items = [(one.id, "") for one in experience.metrics if one.kind == "item"]
    for metric, subject in [*asked(experience, [one.id for one in experience.questions]), *items][:MOST_ASKED]:
        measured = platform.measure(metric, subject)
        if isinstance(measured.total, Estimate):
            yield subject_title(experience, subject), measured
            shown += 1
        if shown == MOST_SHOWN:
            return


@router.get("/w/{workspace}/start", dependencies=[NUMBERS])
def show_start(request: Request, platform: PlatformDep) -> HTMLResponse:
    """The three steps, each with what is done and what can be done."""
    incoming = find_incoming(request, platform.name)
    return show_page(
        "start.html",
        request,
        platform=platform,
        section="start",
        follows=True,
        begun=begun(platform, incoming),
        takes_in=incoming is not None,
        may_bring=may(request, Action.BRING_IN),
        may_key=may(request, Action.MANAGE_KEYS),
        may_design=may(request, Action.DESIGN),
        demos=request.app.state.demos.all() if request.app.state.demos and may(request, Action.MAKE_WORKSPACES) else (),
    )


@router.post("/w/{workspace}/start/key", dependencies=[KEYS])
async def make_first_key(request: Request, platform: PlatformDep, incoming: IncomingDep, member: MemberName) -> HTMLResponse:
    """Make a key and show it this once, with what to send first, and whether it came."""
    form = await read_form(request)
    return await run_in_threadpool(_key, request, platform, incoming, member, form)


def _key(request: Request, platform: PlatformProtocol, incoming: Incoming, member: str, form: Mapping[str, str]) -> HTMLResponse:
    source, fault, made = form.get("source", "").strip(), "", None
    try:
        made = incoming.intake.keys.add(terms_of(form), member, "")
    except (BadInput, Conflict) as error:
        fault = str(error)
    page = show_page(
        "start_key.html",
        request,
        platform=platform,
        section="start",
        crumbs=((_("Get started"), Addresses(platform.name).start()),),
        made=made,
        source=source,
        fault=fault,
        had=_came(incoming, source),
        came=0,
        here=f"{request.url.scheme}://{request.url.netloc}",
    )
    page.status_code = 400 if fault else 200
    return page


@router.get("/w/{workspace}/start/arrived", dependencies=[NUMBERS])
def show_arrived(
    request: Request,
    platform: PlatformDep,
    incoming: IncomingDep,
    source: Annotated[str, Query(max_length=64)],
    had: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    """Whether the first signal of a source came: a part of the page with the key, which asks for it again until it did."""
    came = max(0, _came(incoming, source) - had)
    return show_page("start_arrived.html", request, platform=platform, source=source, had=had, came=came)


def _came(incoming: Incoming, source: str) -> int:
    """Signals that came live from a source in the last days."""
    counts = by_source(incoming.intake.days(DAYS))
    return counts[source]["signals"] if source in counts else 0
