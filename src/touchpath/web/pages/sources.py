"""Sources: how many people each knows, and how well they are joined."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from touchpath.web.access import NUMBERS
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)


@router.get("/w/{workspace}/data/sources", dependencies=[NUMBERS])
def show_sources(request: Request, platform: PlatformDep) -> HTMLResponse:
    """Each source with its match rate, then two by two."""
    rate = platform.match_rate()
    linked = any(pair.people for pair in rate.pairs)
    return show_page("sources.html", request, platform=platform, section="sources", rate=rate, linked=linked)
