"""What the words of statistics mean: the same explanations that the small buttons open, all on one page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from touchpath.web.access import CATALOGUE
from touchpath.web.glossary import TERMS
from touchpath.web.pages.parts import show_page

router = APIRouter(include_in_schema=False)


@router.get("/help", dependencies=[CATALOGUE])
def show_help(request: Request) -> HTMLResponse:
    """All terms."""
    return show_page("help.html", request, section="help", terms=TERMS)
