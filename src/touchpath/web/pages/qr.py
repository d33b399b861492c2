"""QR codes for touchpoints, and the page behind them, which anybody may open and which asks for no name."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated

import segno
from fastapi import APIRouter, Path, Query, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput
from touchpath.services.incoming import Incoming
from touchpath.services.offline import LONGEST_NAME, LONGEST_NOTE, Link, askable
from touchpath.web.access import RECORD
from touchpath.web.addresses import page
from touchpath.web.forms import read_form
from touchpath.web.incoming import IncomingDep
from touchpath.web.ingest import sender
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol
from touchpath.web.templates import render

router = APIRouter(include_in_schema=False)
Name = Annotated[str, Query(max_length=LONGEST_NAME)]
Token = Annotated[str, Path(max_length=2_000)]
#: What browsers and mail filters say when they open a page that nobody asked for yet.
_AHEAD = ("prefetch", "prerender", "preview")


@router.get("/w/{workspace}/data/qr", dependencies=[RECORD])
def show_codes(
    request: Request,
    platform: PlatformDep,
    incoming: IncomingDep,
    touchpoint: Name = "",
    campaign: Name = "",
    question: Name = "",
) -> HTMLResponse:
    """The form for a code, and the code that was asked for."""
    experience = platform.experience()
    link = Link(touchpoint, campaign.strip(), question)
    address = link_address(request, incoming, platform.name, link) if touchpoint else ""
    return show_page(
        "qr.html",
        request,
        platform=platform,
        section="qr",
        touchpoints=experience.touchpoints,
        questions=askable(experience),
        link=link,
        address=address,
        drawing=draw(address) if address else "",
        title=next((one.title for one in experience.touchpoints if one.id == touchpoint), touchpoint),
        public=incoming.public_url,
    )


@router.get("/w/{workspace}/data/qr.svg", dependencies=[RECORD])
def read_code(
    request: Request, platform: PlatformDep, incoming: IncomingDep, touchpoint: Name, campaign: Name = "", question: Name = ""
) -> Response:
    """The code as a file to print."""
    address = link_address(request, incoming, platform.name, Link(touchpoint, campaign.strip(), question))
    headers = {"Content-Disposition": 'attachment; filename="touchpoint.svg"'}
    return Response(draw_file(address), headers=headers, media_type="image/svg+xml")


def link_address(request: Request, incoming: Incoming, workspace: str, link: Link) -> str:
    """The whole address behind a code."""
    base = incoming.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    return base + page("q", workspace, incoming.offline.sign(link))


def draw(address: str) -> Markup:
    """A QR code, dark on light whatever the page's colours are, with the four modules of quiet around it that scanners need."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704


def draw_file(address: str) -> bytes:
    """The same as a file of its own."""
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=4, scale=8, dark="#000", light="#fff")
    return drawn.getvalue()


@router.get("/q/{workspace}/{token}")
async def show_visit(request: Request, token: Token, platform: PlatformDep, incoming: IncomingDep) -> HTMLResponse:
    """The page behind a code; opening it is a visit of its touchpoint, unless a program looked ahead."""
    if any(word in request.headers.get(name, "").lower() for name in ("purpose", "sec-purpose", "x-purpose") for word in _AHEAD):
        link = await run_in_threadpool(incoming.offline.read, token)
        return visit_page(request, platform, token, link)
    visit = await run_in_threadpool(incoming.offline.open_visit, token, sender(request.scope, incoming.trusts_proxy))
    return visit_page(request, platform, token, visit.link, visit.number)


@router.post("/q/{workspace}/{token}")
async def answer_visit(request: Request, token: Token, platform: PlatformDep, incoming: IncomingDep) -> HTMLResponse:
    """Keep an answer and say thanks."""
    form = await read_form(request, LONGEST_NOTE * 6)
    link = await run_in_threadpool(incoming.offline.read, token)
    number, rating = form.get("number", ""), form.get("rating", "")
    try:
        value = float(rating) if rating else None
        await run_in_threadpool(
            incoming.offline.answer, token, number, value, form.get("note", ""), sender(request.scope, incoming.trusts_proxy)
        )
    except (BadInput, ValueError) as error:
        said = str(error) if isinstance(error, BadInput) else "Choose one of the numbers."
        return visit_page(request, platform, token, link, number, fault=said)
    return visit_page(request, platform, token, link, done=True)


def visit_page(
    request: Request, platform: PlatformProtocol, token: str, link: Link, number: str = "", *, fault: str = "", done: bool = False
) -> HTMLResponse:
    """The landing page: nothing of the workspace but its brand, the touchpoint and the question."""
    experience = platform.experience()
    words = {
        "brand": experience.brand.title,
        "place": next((one.title for one in experience.touchpoints if one.id == link.touchpoint), ""),
        "question": next((one for one in experience.questions if one.id == link.question), None),
        "action": page("q", platform.name, token),
        "number": number,
        "fault": fault,
        "done": done,
        "longest": LONGEST_NOTE,
    }
    return HTMLResponse(render("visit.html", request, **words), 400 if fault else 200, {"X-Robots-Tag": "noindex"})
