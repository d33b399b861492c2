"""Search over everything that has a page: a page of its own, and the options of the command palette."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.web.access import CATALOGUE
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep
from touchpath.web.search import search
from touchpath.web.templates import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=200)]
ON_PAGE = 50


@router.get("/w/{workspace}/search", dependencies=[CATALOGUE])
def show_search(request: Request, platform: PlatformDep, q: Text = "") -> HTMLResponse:
    """What fits a text, as links."""
    at = Addresses(platform.name, carried_by(request))
    finds = search(request, platform, at, q, ON_PAGE)
    return show_page("search.html", request, platform=platform, section="search", q=q, finds=finds, most=ON_PAGE)


@router.get("/w/{workspace}/search/options", dependencies=[CATALOGUE])
def show_options(request: Request, platform: PlatformDep, q: Text = "") -> HTMLResponse:
    """The same as options of a list box, without a page around them."""
    at = Addresses(platform.name, carried_by(request))
    return HTMLResponse(render("search_options.html", request, q=q, finds=search(request, platform, at, q)))
