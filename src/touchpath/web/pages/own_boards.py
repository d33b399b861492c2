"""Boards that members put together themselves: listed, shown, made, copied, taken away and brought back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput
from touchpath.services.board_blocks import Block, make_block
from touchpath.services.board_desk import BoardDesk
from touchpath.services.boards import find_place, places_of
from touchpath.web.access import BUILD, NUMBERS, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.boards import DeskDep, find_desk
from touchpath.web.carried import carried_by
from touchpath.web.forms import read_form
from touchpath.web.languages import _
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.board import kind_words
from touchpath.web.pages.board_shown import show_blocks, view_of
from touchpath.web.pages.filters import FiltersDep, filter_bar
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
USES = ("period", "compare", "segment", "weight")
#: So many numbers a board begins with that is made of a product or a journey.
STARTS_WITH = 8
Revision = Annotated[int, Query(ge=0, le=1_000_000)]


@router.get("/w/{workspace}/boards", dependencies=[NUMBERS])
def show_boards(request: Request, platform: PlatformDep) -> HTMLResponse:
    """All boards that members made, and a form for another one."""
    return _list_page(request, platform, "")


@router.post("/w/{workspace}/boards", dependencies=[BUILD])
async def make_board(request: Request, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Make a board, blank or with the numbers of a product or a journey; a title that cannot be meant is asked for again."""
    form = await read_form(request)
    try:
        made = await run_in_threadpool(_make, platform, desk, form.get("title", ""), form.get("start", ""), member)
    except BadInput as error:
        page = await run_in_threadpool(_list_page, request, platform, form.get("title", ""), str(error))
        page.status_code = 400
        return page
    return redirect_with(Addresses(platform.name).boards(made, "edit"), Notice(_("The board is there. Add its blocks.")))


@router.get("/w/{workspace}/boards/{id}", dependencies=[NUMBERS])
def show_board(
    request: Request, id: str, platform: PlatformDep, desk: DeskDep, filters: FiltersDep, version: Revision = 0
) -> HTMLResponse:
    """One board, all of its blocks narrowed as the address says; version: an older one."""
    kept = desk.boards.show(id, version or None)
    at = Addresses(platform.name, carried_by(request))
    shown = show_blocks(platform, desk, kept.blocks, view_of(request, platform, filters), filters, at)
    return show_page(
        "own_board.html",
        request,
        platform=platform,
        section="boards",
        follows=True,
        crumbs=[(_("Boards of your own"), at.boards())],
        kept=kept,
        old=bool(version) and version != desk.boards.show(id).revision,
        shown=shown,
        figures=shown.figures,
        bar=filter_bar(request, platform, filters, USES, own=("version",) if version else ()),
        can_build=may(request, Action.BUILD_BOARDS),
        can_share=may(request, Action.SHARE_BOARDS),
    )


@router.get("/w/{workspace}/boards/{id}/versions", dependencies=[NUMBERS])
def show_versions(request: Request, id: str, platform: PlatformDep, desk: DeskDep) -> HTMLResponse:
    """Every version of a board: who saved it, when and why, and the way back."""
    versions = desk.boards.history(id)
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "own_board_versions.html",
        request,
        platform=platform,
        section="boards",
        crumbs=[(_("Boards of your own"), at.boards()), (versions[0].title, at.boards(id))],
        versions=versions,
        can_build=may(request, Action.BUILD_BOARDS),
    )


@router.post("/w/{workspace}/boards/{id}/restore", dependencies=[BUILD])
async def restore_board(request: Request, id: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Make an older version the newest again."""
    revision = whole(await read_form(request), "revision")
    kept = await run_in_threadpool(desk.boards.restore, id, revision, member)
    at = Addresses(platform.name)
    notice = Notice(_("Version %(old)s is the newest again, as version %(new)s.", old=revision, new=kept.revision))
    return redirect_with(at.boards(id), notice)


@router.post("/w/{workspace}/boards/{id}/duplicate", dependencies=[BUILD])
async def duplicate_board(id: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Make a copy that belongs to whoever asks."""
    made = await run_in_threadpool(desk.boards.duplicate, id, member)
    at = Addresses(platform.name)
    return redirect_with(at.boards(made.id, "edit"), Notice(_("“%(title)s” is a board of its own.", title=made.title)))


@router.post("/w/{workspace}/boards/{id}/remove", dependencies=[BUILD])
async def remove_board(id: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """List a board no longer."""
    gone = await run_in_threadpool(desk.boards.remove, id, member)
    at = Addresses(platform.name)
    notice = Notice(_("“%(title)s” was taken away.", title=gone.title), "plain", at.boards(id, "back"))
    return redirect_with(at.boards(), notice)


@router.post("/w/{workspace}/boards/{id}/back", dependencies=[BUILD])
async def bring_board_back(id: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Undo taking one away."""
    await run_in_threadpool(desk.boards.bring_back, id, member)
    return RedirectResponse(Addresses(platform.name).boards(id), 303)


def whole(form: object, name: str) -> int:
    """A whole number that a form brings; raises BadInput for anything else."""
    text = str(form.get(name, ""))  # type: ignore[attr-defined]
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise BadInput(f"'{name}' is a whole number, but '{text[:40]}' came.")
    return int(text)


def starting_blocks(platform: PlatformProtocol, place: str) -> Sequence[Block]:
    """What a board begins with: the numbers of a brand, family, product or journey, the first of each discipline over time."""
    if not place:
        return ()
    found = find_place(platform.experience(), place)
    words = {one.id: one for one in platform.metrics()}
    asks = [one for one in found.asks if one[0] in words][:STARTS_WITH]
    blocks = [make_block("", "metric", {"number": f"{metric}:{subject}"}) for metric, subject in asks]
    for discipline in ("UX", "CX"):
        first = next((one for one in asks if words[one[0]].discipline == discipline), None)
        if first:
            blocks.append(make_block("", "chart", {"number": f"{first[0]}:{first[1]}"}))
    if found.kind == "journey":
        blocks.append(make_block("", "map", {"journey": found.id}))
    return blocks


def _make(platform: PlatformProtocol, desk: BoardDesk, title: str, start: str, member: str) -> str:
    return desk.boards.make(title, member, starting_blocks(platform, start)).id


def _list_page(request: Request, platform: PlatformProtocol, title: str, fault: str = "") -> HTMLResponse:
    desk = find_desk(request, platform.name)
    places = places_of(platform.experience())
    return show_page(
        "own_boards.html",
        request,
        platform=platform,
        section="boards",
        boards=desk.boards.list() if desk else (),
        starts=[(one.name, f"{one.title} ({kind_words(one.kind)})") for one in places if one.asks],
        title=title,
        fault=fault,
        can_build=desk is not None and may(request, Action.BUILD_BOARDS),
    )
