"""Boards for others: links that open one board to whoever has them, and the board as a whole screen, one block at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput, Missing
from touchpath.services.board_answers import BoardView
from touchpath.services.board_links import BoardLink
from touchpath.services.throttle import Limit, Throttle, whose
from touchpath.web.access import NUMBERS, SHARE, MemberName
from touchpath.web.addresses import Addresses, page
from touchpath.web.boards import DeskDep
from touchpath.web.carried import carried_by
from touchpath.web.forms import read_form
from touchpath.web.languages import _
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.board_shown import show_blocks, view_of, weight_of
from touchpath.web.pages.filters import Filters, FiltersDep
from touchpath.web.pages.own_boards import USES, whole
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol, find_workspace
from touchpath.web.site import Site
from touchpath.web.templates import render

router = APIRouter(include_in_schema=False)
_BOARD = "/w/{workspace}/boards/{id}"
#: For so many days a link is good unless somebody chooses otherwise.
DAYS = (7, 30, 90, 366)
_USUAL_DAYS = 30
#: How often one address may open links, and how often one link may be opened.
_ADDRESS, _LINK = Limit(120, 60), Limit(240, 60)
_TOO_OFTEN = "That was asked too often."


@dataclass(frozen=True)
class SharedLimits:
    """What keeps links from being tried, and from being too heavy. One for each application."""

    address: Throttle
    link: Throttle

    @classmethod
    def usual(cls) -> SharedLimits:
        """With the limits that stand here."""
        return cls(Throttle(_ADDRESS), Throttle(_LINK))


@router.get(f"{_BOARD}/share", dependencies=[SHARE])
def show_links(request: Request, id: str, platform: PlatformDep, desk: DeskDep, filters: FiltersDep) -> HTMLResponse:
    """The links to a board, and a form for another one, narrowed as the address says."""
    return _share_page(request, platform, desk, id, filters)


@router.post(f"{_BOARD}/share", dependencies=[SHARE])
async def make_link(request: Request, id: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> HTMLResponse:
    """Make a link and show it, this once; a form that cannot be meant is shown again with the reason."""
    form = await read_form(request)
    filters = filters_of(form)

    def make() -> HTMLResponse:
        desk.boards.show(id)
        try:
            view_of(request, platform, filters)
            made = desk.links.make(id, member, whole(form, "days"), form.get("label", ""), kept_filters(filters))
        except BadInput as error:
            refused = _share_page(request, platform, desk, id, filters, form=form, fault=str(error))
            refused.status_code = 400
            return refused
        return _share_page(request, platform, desk, id, filters, made=made)

    return await run_in_threadpool(make)


@router.post(f"{_BOARD}/share/{{link}}/revoke", dependencies=[SHARE])
async def revoke_link(id: str, link: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """End a link at once."""
    await run_in_threadpool(desk.links.revoke, id, link, member)
    return redirect_with(Addresses(platform.name).boards(id, "share"), Notice(_("The link opens nothing any more.")))


@router.get(f"{_BOARD}/present", dependencies=[NUMBERS])
def present_board(request: Request, id: str, platform: PlatformDep, desk: DeskDep, filters: FiltersDep) -> HTMLResponse:
    """The board in large type: one block at a time by arrow keys, all below each other without scripts."""
    kept = desk.boards.show(id)
    shown = show_blocks(platform, desk, kept.blocks, view_of(request, platform, filters), filters, None)
    back = Addresses(platform.name, carried_by(request)).boards(id)
    return show_page(
        "board_present.html",
        request,
        platform=platform,
        kept=kept,
        shown=shown,
        figures=shown.figures,
        back=back,
    )


@router.get("/shared/{workspace}/{secret}")
def show_shared(request: Request, workspace: str, secret: Annotated[str, Path(max_length=200)]) -> HTMLResponse:
    """What a link opens: one board as viewers see it, with no link to anything else."""
    limits = cast(SharedLimits, request.app.state.shared)
    limits.address.take(whose(cast(Site, request.app.state.site).sender(request.scope)), _TOO_OFTEN)
    desk = request.app.state.boards.get(workspace)
    if desk is None:
        raise Missing("This link is no longer good. Ask whoever sent it for a new one.")
    link = desk.links.open(secret)
    limits.link.take(link.hash, _TOO_OFTEN)
    kept, filters = desk.boards.show(link.board), filters_of(link.filters)
    platform = find_workspace(request.app.state.workspaces, workspace).for_viewers()
    shown = show_blocks(platform, desk, kept.blocks, outside_view(platform, filters), filters, None)
    html = render(
        "board_shared.html", request, about=platform.about, brand=platform.title, zone=platform.zone, kept=kept, shown=shown, link=link,
    )  # fmt: skip
    return HTMLResponse(html, headers={"X-Robots-Tag": "noindex, nofollow"})


def filters_of(kept: Mapping[str, str]) -> Filters:
    """The filters that a form, a link or a schedule holds."""
    return Filters(**{name: kept.get(name, "") for name in (*USES, "start", "end")})


def kept_filters(filters: Filters) -> dict[str, str]:
    """The same as they are kept: those that boards use and that say something."""
    return {name: value for name in (*USES, "start", "end") if (value := getattr(filters, name))}


def outside_view(platform: PlatformProtocol, filters: Filters) -> BoardView:
    """What a board is narrowed to for whoever is not signed in: no text of single people, whatever the workspace would give."""
    span, zone = platform.span(), platform.zone
    return BoardView(filters.within(span, zone), filters.against(span, zone), filters.cut(), weight=weight_of(filters))


def _share_page(
    request: Request,
    platform: PlatformProtocol,
    desk: DeskDep,
    id: str,
    filters: Filters,
    *,
    form: Mapping[str, str] | None = None,
    fault: str = "",
    made: tuple[BoardLink, str] | None = None,
) -> HTMLResponse:
    kept, site = desk.boards.show(id), cast(Site, request.app.state.site)
    now = desk.links.clock()
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "board_share.html",
        request,
        platform=platform,
        section="boards",
        crumbs=[(_("Boards of your own"), at.boards()), (kept.title, at.boards(id))],
        kept=kept,
        here_at=site.link(request.scope, at.boards(id)),
        links=[(one, one.is_good(now)) for one in desk.links.list(id)],
        made=site.link(request.scope, page("shared", platform.name, made[1])) if made else "",
        filters=kept_filters(filters),
        days=DAYS,
        day=(form or {}).get("days", str(_USUAL_DAYS)),
        label=(form or {}).get("label", ""),
        fault=fault,
    )
