"""People's rights in the browser: what was erased, who is kept out; export or erase one person."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.actors import actor_named
from touchpath.model.errors import BadInput
from touchpath.services.forgetting import log_lines
from touchpath.web.access import ERASE, EXPORT, MemberName
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.languages import _
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep
from touchpath.web.privacy import PrivacyDep

router = APIRouter(include_in_schema=False)
Actor = Annotated[str, Query(max_length=600)]
MOST_LINES = 200


@router.get("/w/{workspace}/privacy", dependencies=[ERASE])
def show_privacy(
    request: Request, platform: PlatformDep, privacy: PrivacyDep, done: Annotated[str, Query(max_length=60)] = ""
) -> HTMLResponse:
    """What was erased so far, what was turned away since, which copies are known."""
    log = privacy.forgetting.log()
    return show_page(
        "privacy.html",
        request,
        platform=platform,
        section="privacy",
        log=list(log_lines(log[:MOST_LINES])),
        total=len(log),
        done=next((record for record in log if record.id == done), None),
        away=privacy.forgetting.suppression.turned_away()[:MOST_LINES],
        kept_out=privacy.forgetting.suppression.size,
        backups={one.id: one for one in privacy.forgetting.backups.kept()},
    )


@router.get("/w/{workspace}/privacy/erase", dependencies=[ERASE])
def ask_to_erase(request: Request, platform: PlatformDep, privacy: PrivacyDep, actor: Actor) -> HTMLResponse:
    """What erasing somebody would take."""
    plan = privacy.forgetting.plan([actor_named(actor)])
    known = bool(privacy.forgetting.backups.kept())
    return show_page("erase.html", request, platform=platform, section="people", actor=actor, plan=plan, backups_known=known)


@router.post("/w/{workspace}/privacy/erase", dependencies=[ERASE])
async def erase(request: Request, workspace: str, privacy: PrivacyDep, member: MemberName) -> Response:
    """Erase one person for good."""
    form = await read_form(request)
    if form.get("sure") != "yes":
        raise BadInput("Nothing was erased: the box that says so was not ticked. Go back and tick it.")
    actor, keep_out = actor_named(form.get("actor", "")), form.get("may_return") != "yes"
    erased = await run_in_threadpool(privacy.forgetting.forget, [actor], member, form.get("why", "")[:1000], keep_out=keep_out)
    return RedirectResponse(Addresses(workspace).privacy(erased.id), 303)


@router.post("/w/{workspace}/privacy/let-in", dependencies=[ERASE])
async def let_in(request: Request, workspace: str, privacy: PrivacyDep, member: MemberName) -> Response:
    """Take in again what comes of somebody who was erased."""
    form = await read_form(request)
    why = form.get("why", "").strip()[:1000]
    if not why:
        raise BadInput("Say why they are let in again: it stands in the audit log.")
    await run_in_threadpool(privacy.forgetting.let_in, actor_named(form.get("actor", "")), member, why)
    said = _("They are let in: what comes of them from now on is kept. What was erased does not come back.")
    return redirect_with(Addresses(workspace).privacy(), Notice(said))


@router.get("/w/{workspace}/privacy/export", dependencies=[EXPORT])
def export(privacy: PrivacyDep, actor: Actor) -> Response:
    """Everything that is kept of one person, as a ZIP."""
    target = BytesIO()
    privacy.exports.export(actor_named(actor)).write(target)
    headers = {"Content-Disposition": 'attachment; filename="person.zip"'}
    return Response(target.getvalue(), media_type="application/zip", headers=headers)
