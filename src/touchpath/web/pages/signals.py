"""Signals: which kinds came, what reads them, and which ones nobody reads."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from touchpath.web.access import CATALOGUE
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)


@router.get("/w/{workspace}/signals", dependencies=[CATALOGUE])
def show_signals(request: Request, platform: PlatformDep) -> HTMLResponse:
    """Kinds seen, most frequent first, unread ones listed before all others."""
    kinds = sorted(platform.kinds(), key=lambda kind: -kind.signals)
    unread = [kind for kind in kinds if not kind.used_by]
    return show_page(
        "signals.html",
        request,
        platform=platform,
        section="signals",
        kinds=kinds,
        unread=unread,
        total=sum(kind.signals for kind in kinds),
        lost=sum(kind.signals for kind in unread),
    )
