"""What happened and may have moved numbers: releases, policies, campaigns, outages; noted by hand, marked on every trend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput, Missing
from touchpath.services.happenings import SORTS, Happening, Happenings
from touchpath.web.access import AIM, NUMBERS, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.languages import N_, _
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
WORDS = {
    "release": N_("Release"),
    "policy": N_("New policy or price"),
    "campaign": N_("Campaign"),
    "outage": N_("Outage"),
    "other": N_("Something else"),
}
_FIELDS = ("day", "title", "sort", "about")


@router.get("/w/{workspace}/board/happenings", dependencies=[NUMBERS])
def show_happenings(request: Request, platform: PlatformDep) -> HTMLResponse:
    """All of them, and a form for one more."""
    return _page(request, platform, {})


@router.post("/w/{workspace}/board/happenings", dependencies=[AIM])
async def add_happening(request: Request, platform: PlatformDep, member: MemberName) -> Response:
    """Note one; a form that cannot be meant is shown again with the reason."""
    form = await read_form(request)
    try:
        kept = await run_in_threadpool(_kept(platform).add, happening_of(form), member)
    except BadInput as error:
        page = await run_in_threadpool(_page, request, platform, form, str(error))
        page.status_code = 400
        return page
    at = Addresses(platform.name)
    notice = Notice(
        _("“%(title)s” is marked on every trend.", title=kept.happening.title), "good", f"{at.happenings}/{kept.id}/take-back"
    )
    return redirect_with(at.happenings, notice)


@router.post("/w/{workspace}/board/happenings/{id}/take-back", dependencies=[AIM])
async def take_back_happening(id: str, platform: PlatformDep, member: MemberName) -> Response:
    """Mark one no longer."""
    kept = await run_in_threadpool(_kept(platform).take_back, id, member)
    at = Addresses(platform.name)
    notice = Notice(
        _("“%(title)s” is marked no longer.", title=kept.happening.title), "plain", f"{at.happenings}/{id}/bring-back"
    )
    return redirect_with(at.happenings, notice)


@router.post("/w/{workspace}/board/happenings/{id}/bring-back", dependencies=[AIM])
async def bring_back_happening(id: str, platform: PlatformDep, member: MemberName) -> Response:
    """Undo taking one back."""
    kept = await run_in_threadpool(_kept(platform).bring_back, id, member)
    at = Addresses(platform.name)
    return redirect_with(at.happenings, Notice(_("“%(title)s” is marked again.", title=kept.happening.title)))


def happening_of(form: Mapping[str, str]) -> Happening:
    """A happening from the fields of the form."""
    day = form.get("day", "").strip()
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise BadInput(f"The day came as '{day}'. Write it as YYYY-MM-DD, as in 2026-03-01.") from None
    return Happening(when, form.get("title", "").strip(), form.get("sort", "release"), form.get("about", "").strip())


def _kept(platform: PlatformProtocol) -> Happenings:
    if platform.happenings is None:
        raise Missing("This workspace keeps nothing of what happened.")
    return platform.happenings


def _page(request: Request, platform: PlatformProtocol, form: Mapping[str, str], fault: str = "") -> HTMLResponse:
    at = Addresses(platform.name)
    return show_page(
        "happenings.html",
        request,
        platform=platform,
        section="board",
        crumbs=[(_("Board"), at.board())],
        kept=platform.happenings.list() if platform.happenings else (),
        sorts=[(sort, _(WORDS[sort])) for sort in SORTS],
        words={sort: _(words) for sort, words in WORDS.items()},
        form={name: form.get(name, "") for name in _FIELDS},
        fault=fault,
        allowed=may(request, Action.SET_TARGETS),
    )
