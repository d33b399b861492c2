"""The quarantine: what could not be taken and why, tried again after a mend, or given up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput, Missing
from touchpath.services.incoming import Incoming
from touchpath.services.masks import mask, mask_quoted
from touchpath.services.personal_details import hide_details
from touchpath.services.quarantine import ORIGINS, Held, Retried
from touchpath.services.sent import read_sent
from touchpath.services.uploads import LONGEST_MAPPING, UploadShown
from touchpath.store.signals import reason_pattern
from touchpath.web.access import CATALOGUE, MEND, Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.incoming import IncomingDep
from touchpath.web.languages.sentences import say
from touchpath.web.pages.imports import ZONES, keep_reading
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)
#: So many reasons stand on one page.
PAGE = 25
Words = Annotated[str, Query(max_length=200)]
Job = Annotated[str, Query(max_length=300)]
Reason = Annotated[str, Query(max_length=600)]


@router.get("/w/{workspace}/data/quarantine", dependencies=[CATALOGUE])
def show_quarantine(
    request: Request, platform: PlatformDep, incoming: IncomingDep, origin: Words = "", job: Job = "", q: Words = "",
    taken: Annotated[int, Query(ge=0)] = 0, gone: Annotated[int, Query(ge=0)] = 0, page: Annotated[int, Query(ge=1, le=1_000)] = 1,
) -> HTMLResponse:  # fmt: skip
    """Everything that is kept, by reason, most first."""
    groups = incoming.quarantine.groups(origin=origin, job=job, words=q.strip(), limit=PAGE + 1, skip=(page - 1) * PAGE)
    return show_page(
        "quarantine.html",
        request,
        platform=platform,
        section="quarantine",
        groups=groups[:PAGE],
        page=page,
        more=len(groups) > PAGE,
        total=incoming.quarantine.total(),
        jobs=incoming.quarantine.jobs(),
        origins=ORIGINS,
        chosen={"origin": origin, "job": job, "q": q},
        taken=taken,
        gone=gone,
        **_seen(request),
    )


@router.get("/w/{workspace}/data/quarantine/records", dependencies=[CATALOGUE])
def show_group(
    request: Request, platform: PlatformDep, incoming: IncomingDep, job: Job, reason: Reason = "",
    tried: Annotated[bool, Query(alias="try")] = False,
) -> HTMLResponse:  # fmt: skip
    """The records that were refused for one reason; with `try`, what would become of them now."""
    held = incoming.quarantine.group(job, reason, samples=20)
    upload = incoming.uploads.of_job(job)
    shown = incoming.uploads.show(upload.id) if upload else None
    retried, fault = _try(incoming, held) if tried and held.mendable else (None, "")
    return show_page(
        "held.html",
        request,
        platform=platform,
        section="quarantine",
        held=held,
        origins=ORIGINS,
        retried=retried,
        fault=fault,
        allowed=may(request, Action.MEND),
        **_reading(incoming, shown),
        **_seen(request),
    )


@router.post("/w/{workspace}/data/quarantine/records", dependencies=[MEND])
async def mend(request: Request, workspace: str, incoming: IncomingDep) -> Response:
    """Keep a mended mapping or mended answers, and try the records by them, or take what is good now."""
    form = await read_form(request, LONGEST_MAPPING * 3)
    job, reason = form.get("job", ""), form.get("reason", "")
    upload = await run_in_threadpool(incoming.uploads.of_job, job)
    if upload is not None:
        await keep_reading(incoming.uploads, upload.id, form)
    if form.get("do") != "take":
        return RedirectResponse(Addresses(workspace).held(job, reason, tried=True), 303)
    retried = await run_in_threadpool(incoming.quarantine.retry, job, reason, keep=True)
    return RedirectResponse(Addresses(workspace).quarantine_after(taken=retried.taken), 303)


@router.get("/w/{workspace}/data/quarantine/give-up", dependencies=[MEND])
def ask_to_give_up(request: Request, platform: PlatformDep, incoming: IncomingDep, job: Job, reason: Reason = "") -> HTMLResponse:
    """What giving records up would erase."""
    held = incoming.quarantine.group(job, reason, samples=0)
    return show_page("give_up.html", request, platform=platform, section="quarantine", held=held, origins=ORIGINS)


@router.post("/w/{workspace}/data/quarantine/give-up", dependencies=[MEND])
async def give_up(request: Request, workspace: str, incoming: IncomingDep) -> Response:
    """Erase records for good."""
    form = await read_form(request)
    gone = await run_in_threadpool(incoming.quarantine.give_up, form.get("job", ""), form.get("reason", ""))
    return RedirectResponse(Addresses(workspace).quarantine_after(gone=gone), 303)


def _seen(request: Request) -> dict[str, object]:
    """What turns records into what this reader may see of them."""
    people, clear = may(request, Action.READ_PEOPLE), may(request, Action.READ_CLEAR)
    seen = (lambda text: text) if clear else hide_details
    return {
        "people": people,
        "record_text": seen if people else mask,
        "reason_text": lambda reason: (seen if people else mask_quoted)(say(reason)),
        "reason_title": _title,
        "sent_of": read_sent,
    }


def _title(held: Held) -> str:
    """What all records of a group have in common, in the page's language: without what a reason quotes of a single one."""
    return reason_pattern(say(held.samples[0].reason)) if held.pattern and held.samples else held.pattern


def _reading(incoming: Incoming, shown: UploadShown | None) -> dict[str, object]:
    """How the file is read, for the form that mends it."""
    formats = incoming.uploads.formats()
    mapping = incoming.uploads.mapping(shown.upload.id) if shown else ""
    format = next((one for one in formats if shown and one.name == shown.upload.format), None)
    return {"one": shown, "mapping": mapping, "formats": formats, "format": format, "zones": ZONES}


def _try(incoming: Incoming, held: Held) -> tuple[Retried | None, str]:
    try:
        return incoming.quarantine.retry(held.job, held.pattern), ""
    except (BadInput, Missing) as error:
        return None, str(error)
