"""Why some ids are one person, and the forms by which a member parts or joins them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.services.decisions import Decision
from touchpath.web.access import DECIDE, PEOPLE, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.languages import _
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)


@router.get("/w/{workspace}/identity", dependencies=[PEOPLE])
def show_identity(request: Request, platform: PlatformDep, actor: Annotated[str, Query(max_length=512)]) -> HTMLResponse:
    """The ids of one person, the links that join them, and those that do not."""
    return _page(request, platform, actor)


@router.post("/w/{workspace}/identity", dependencies=[DECIDE])
async def decide_identity(request: Request, workspace: str, platform: PlatformDep, member: MemberName) -> Response:
    """Keep what a member decided, or take it back; what cannot be decided is told on the same page."""
    form = await read_form(request)
    actor, what, why = (form.get(name, "") for name in ("actor", "do", "why"))
    ids = tuple(form[name] for name in ("one", "other") if name in form)
    try:
        if what == "undo":
            await run_in_threadpool(platform.undo_identity, ids[0] if ids else "", member, why)
            notice = Notice(_("The decision is taken back."))
        else:
            kept = await run_in_threadpool(platform.decide_identity, what, ids, member, why)
            notice = _decided(workspace, actor, kept)
    except (BadInput, Conflict, Missing) as fault:
        typed = {"other": form.get("other", ""), "why": why} if what == "same" else {}
        page = await run_in_threadpool(_page, request, platform, actor, str(fault), **typed)
        page.status_code = 400
        return page
    return redirect_with(Addresses(workspace).identity(actor), notice)


def _decided(workspace: str, actor: str, kept: Decision) -> Notice:
    """What was decided, with what takes it back."""
    fields = {"actor": actor, "do": "undo", "one": kept.id, "why": _("taken back at once")}
    return Notice(_("It is decided: %(words)s.", words=kept.words), undo=Addresses(workspace).identity(actor), fields=fields)


def _page(
    request: Request, platform: PlatformProtocol, actor: str, fault: str = "", *, other: str = "", why: str = ""
) -> HTMLResponse:
    return show_page(
        "identity.html",
        request,
        platform=platform,
        section="people",
        shown=platform.identity_of(actor),
        allowed=may(request, Action.DECIDE_IDENTITY),
        fault=fault,
        other=other,
        why=why,
    )
