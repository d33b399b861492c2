"""The event catalogue: which kinds came, what reads them, and which ones nobody reads."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.web.access import CATALOGUE
from touchpath.web.addresses import Addresses
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)


@router.get("/w/{workspace}/signals", dependencies=[CATALOGUE])
def show_signals(workspace: str) -> Response:
    """Where the catalogue was before."""
    return RedirectResponse(Addresses(workspace).catalogue, 301)


@router.get("/w/{workspace}/data/catalogue", dependencies=[CATALOGUE])
def show_catalogue(request: Request, platform: PlatformDep) -> HTMLResponse:
    """Kinds seen, most frequent first, unread ones listed before all others."""
    kinds = sorted(platform.kinds(), key=lambda kind: -kind.signals)
    unread = [kind for kind in kinds if not kind.used_by]
    return show_page(
        "catalogue.html",
        request,
        platform=platform,
        section="catalogue",
        kinds=kinds,
        unread=unread,
        total=sum(kind.signals for kind in kinds),
        lost=sum(kind.signals for kind in unread),
    )
