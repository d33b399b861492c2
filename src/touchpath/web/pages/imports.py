"""Imports in the browser: bring a file in, see what it is, try the mapping, import it, watch, stop, go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput, Missing
from touchpath.services.masks import mask_quoted
from touchpath.services.personal_details import hide_details
from touchpath.services.previews import preview_timelines
from touchpath.services.uploads import LONGEST_MAPPING, UploadService
from touchpath.web.access import BRING_IN, CATALOGUE, TAKE_OUT, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form, receive_file
from touchpath.web.incoming import IncomingDep
from touchpath.web.jobs import Job, watch
from touchpath.web.languages import _, _n
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.numbers import show_count
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)
OPTION = "option-"
#: A day that another order of day and month turns into another day.
_EXAMPLE = datetime(2026, 4, 3, 10, 30, tzinfo=UTC)
#: Zones to choose from; any other name of a zone may be typed.
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/")))


@router.get("/w/{workspace}/data/imports", dependencies=[CATALOGUE])
def show_imports(
    request: Request, platform: PlatformDep, incoming: IncomingDep, gone: Annotated[int | None, Query(ge=0)] = None
) -> HTMLResponse:
    """The form that takes a file in, and all imports so far."""
    return show_page(
        "imports.html",
        request,
        platform=platform,
        section="imports",
        uploads=incoming.uploads.all(),
        elsewhere=incoming.uploads.elsewhere(),
        limit=incoming.upload_limit,
        allowed=may(request, Action.BRING_IN),
        may_undo=may(request, Action.TAKE_OUT),
        gone=gone,
    )


@router.post("/w/{workspace}/data/imports", dependencies=[BRING_IN])
async def take_file(request: Request, workspace: str, incoming: IncomingDep) -> Response:
    """Keep a file, look at it, and show what it was recognised as."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BadInput("No file came with the form. Choose one, and send the form again.")
    upload = await receive_file(request, incoming.uploads)
    await run_in_threadpool(incoming.uploads.recognise, upload.id)
    return _to(workspace, upload.id)


@router.get("/w/{workspace}/data/imports/{upload}", dependencies=[CATALOGUE])
def show_import(request: Request, upload: str, platform: PlatformDep, incoming: IncomingDep) -> HTMLResponse:
    """One file: what it would bring while nobody imported it, else how far its import is."""
    shown = incoming.uploads.show(upload)
    mapping = incoming.uploads.mapping(upload)
    open_to_change = not shown.upload.active and shown.upload.state != "done"
    trial = incoming.uploads.try_out(upload) if open_to_change and (mapping or shown.upload.format) else None
    formats = incoming.uploads.formats()
    people = may(request, Action.READ_PEOPLE)
    return show_page(
        "import.html",
        request,
        platform=platform,
        section="imports",
        one=shown,
        mapping=mapping,
        lines=mapping.split("\n"),
        formats=formats,
        format=next((one for one in formats if one.name == shown.upload.format), None),
        found=incoming.uploads.recognised(upload) if open_to_change else (),
        zones=ZONES,
        times=incoming.uploads.time_choices(upload) if open_to_change else None,
        orders=tell_orders(incoming.uploads.day_orders(upload)) if open_to_change else (),
        trial=trial,
        held=incoming.quarantine.held_of(shown.upload.job) if shown.report and shown.report.rejected else 0,
        tomorrow=datetime.now(UTC) + timedelta(days=1),
        timelines=preview_timelines(_seen(request, trial.preview.first)) if trial and trial.preview and people else (),
        people=people,
        masked=mask_quoted,
        allowed=may(request, Action.BRING_IN),
        may_undo=may(request, Action.TAKE_OUT),
    )


@router.post("/w/{workspace}/data/imports/{upload}", dependencies=[BRING_IN])
async def change_import(request: Request, workspace: str, upload: str, incoming: IncomingDep) -> Response:
    """Keep the chosen format, its answers and the mapping as it was edited, and try them or import by them."""
    form = await read_form(request, LONGEST_MAPPING * 3)
    await keep_reading(incoming.uploads, upload, form)
    if fault := await run_in_threadpool(_settle, incoming.uploads, upload, form):
        return _to(workspace, upload, Notice(fault, "bad"))
    if form.get("do") == "import":
        with suppress(BadInput, Missing):  # The page that follows names each fault, at its line.
            await run_in_threadpool(incoming.uploads.start, upload)
        return watch(request, _to(workspace, upload), Job("import", workspace, upload))
    return _to(workspace, upload)


@router.post("/w/{workspace}/data/imports/{upload}/start", dependencies=[BRING_IN])
def go_on(request: Request, workspace: str, upload: str, incoming: IncomingDep) -> Response:
    """Go on with an import that was stopped or failed."""
    incoming.uploads.start(upload)
    return watch(request, _to(workspace, upload), Job("import", workspace, upload))


@router.post("/w/{workspace}/data/imports/{upload}/stop", dependencies=[BRING_IN])
def stop_import(workspace: str, upload: str, incoming: IncomingDep) -> Response:
    """Stop an import after the batch that it is at."""
    incoming.uploads.stop(upload)
    return _to(workspace, upload, Notice(_("The import stops after the stretch that it is at. It can go on later."), "plain"))


@router.post("/w/{workspace}/data/imports/{upload}/drop", dependencies=[BRING_IN])
def drop_upload(workspace: str, upload: str, incoming: IncomingDep) -> Response:
    """Delete an uploaded file; signals that came from it stay."""
    name = incoming.uploads.show(upload).upload.name
    incoming.uploads.drop(upload)
    said = _("%(file)s is deleted for good. Signals that came from it stay.", file=name[:120])
    return redirect_with(Addresses(workspace).imports, Notice(said, "plain"))


@router.get("/w/{workspace}/data/undo", dependencies=[TAKE_OUT])
def ask_to_undo(
    request: Request, platform: PlatformDep, incoming: IncomingDep, job: Annotated[str, Query(max_length=40)]
) -> HTMLResponse:
    """What undoing an import would take out."""
    report = incoming.uploads.report(job)
    return show_page(
        "undo.html", request, platform=platform, section="imports", report=report, upload=incoming.uploads.of_job(job)
    )


@router.post("/w/{workspace}/data/undo", dependencies=[TAKE_OUT])
async def undo_import(request: Request, workspace: str, incoming: IncomingDep, member: MemberName) -> Response:
    """Take out what an import brought, exactly that."""
    job = (await read_form(request)).get("job", "")
    upload = await run_in_threadpool(incoming.uploads.of_job, job)
    went = await run_in_threadpool(incoming.uploads.undo, job, member)
    if upload is not None:
        gone = went.get("signals", 0)
        said = _n(
            "The import is undone: %(count)s signal was erased.",
            "The import is undone: %(count)s signals were erased.",
            gone,
            count=show_count(gone),
        )
        stays = _("The file stays, and can be imported again.")
        return _to(workspace, upload.id, Notice(f"{said} {stays}", "plain"))
    return RedirectResponse(Addresses(workspace).imports_after(went.get("signals", 0)), 303)


async def keep_reading(uploads: UploadService, upload: str, form: Mapping[str, str]) -> None:
    """Keep what a form says of how to read a file."""
    if form.get("mapping", "").strip():
        await run_in_threadpool(uploads.keep_mapping, upload, form["mapping"])
    answers = {name.removeprefix(OPTION): text for name, text in form.items() if name.startswith(OPTION)}
    await run_in_threadpool(uploads.choose, upload, form.get("format", ""), answers)


def tell_orders(orders: tuple[str, str] | None) -> Sequence[tuple[str, str, date]]:
    """Each order of day and month that a file leaves open: its format, a day written so, and the day that is meant by it."""
    if orders is None:
        return ()
    written = _EXAMPLE.strftime(orders[0])
    return [(form, written, datetime.strptime(written, form).replace(tzinfo=UTC).date()) for form in orders]


def _settle(uploads: UploadService, upload: str, form: Mapping[str, str]) -> str:
    """Say what the mapping leaves open as it was chosen; gives what is wrong with the choice."""
    if not form.get("format") and not uploads.mapping(upload).strip():
        return _("There is nothing yet to read it by. Write a mapping, or choose what it is under “Read it as”.")
    if form.get("order") and uploads.day_orders(upload):
        uploads.settle_days(upload, form["order"])
    return _settle_time(uploads, upload, form)


def _settle_time(uploads: UploadService, upload: str, form: Mapping[str, str]) -> str:
    """Say the time that the mapping leaves open, as it was chosen; gives what is wrong with the choice."""
    said, choices = form.get("time", ""), uploads.time_choices(upload)
    if choices is None or said in ("", "mapping"):
        return ""
    if said == "day":
        try:
            day = date.fromisoformat(form.get("day", ""))
        except ValueError:
            return _("Say on which day all of it happened.")
        uploads.settle_time(upload, day)
        return ""
    if not (said.isdecimal() and int(said) < len(choices)):
        raise BadInput(f"The time came as '{said[:40]}'. Choose one of those that are offered.")
    uploads.settle_time(upload, choices[int(said)])
    return ""


def _seen(request: Request, signals: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Signals as whoever asks may see what people wrote in them."""
    if may(request, Action.READ_CLEAR):
        return signals
    return [{**signal, "text": hide_details(signal["text"] or "")} for signal in signals]


def _to(workspace: str, upload: str, notice: Notice | None = None) -> Response:
    return redirect_with(Addresses(workspace).upload(upload), notice)
