"""Signing in and out, and the links by which people choose a password: the first owner, who was invited, who forgot theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput, Missing, NotAllowed, NotSignedIn, TooMany, TouchpathError
from touchpath.services.gate import Gate
from touchpath.services.members import SET_UP
from touchpath.web.access import OWN, caller_of
from touchpath.web.cookies import drop_cookie, read_cookie, set_cookie
from touchpath.web.forms import read_form
from touchpath.web.pages.parts import show_page
from touchpath.web.problems import STATUS
from touchpath.web.return_address import safe_return
from touchpath.web.site import Site

router = APIRouter(include_in_schema=False)
Return = Annotated[str, Query(max_length=4000)]
_LONGEST_FORM = 8 << 10


def gate_of(request: Request) -> Gate:
    """The gate; raises Missing where there is none."""
    gate = cast("Gate | None", request.app.state.gate)
    if gate is None:
        raise Missing("There is no sign-in here: this server is for this machine only. Turn it on with TOUCHPATH_SIGN_IN=1.")
    return gate


def site_of(request: Request) -> Site:
    """How this server is reached."""
    return cast(Site, request.app.state.site)


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    next: Return = "",
    ended: Annotated[bool, Query()] = False,
    lost: Annotated[bool, Query()] = False,
    out: Annotated[bool, Query()] = False,
) -> Response:
    """The form; whoever is signed in goes on. ended: a session is over; lost: a form was not kept; out: somebody signed out."""
    gate_of(request)
    if caller_of(request) is not None:
        return RedirectResponse(safe_return(next), 303)
    return _sign_in_page(request, next, ended=ended, lost=lost, out=out)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Let a member in, and back to where they were; else the form again, which says the same whatever was wrong."""
    form, gate, site = await read_form(request, _LONGEST_FORM), gate_of(request), site_of(request)
    email, password = form.get("email", ""), form.get("password", "")
    agent = request.headers.get("user-agent", "")
    try:
        _, secret = await run_in_threadpool(gate.sign_in, email, password, site.sender(request.scope), agent)
    except (NotSignedIn, TooMany) as fault:
        page = await run_in_threadpool(_sign_in_page, request, form.get("next", ""), fault=str(fault), email=email)
        page.status_code = STATUS[type(fault)]
        if isinstance(fault, TooMany):
            page.headers["Retry-After"] = str(fault.seconds)
        return page
    await run_in_threadpool(_end_former, request)
    return _with_session(request, RedirectResponse(safe_return(form.get("next", "")), 303), secret)


@router.post("/sign-out", dependencies=[OWN])
def sign_out(request: Request) -> Response:
    """End this session, here and on the server."""
    _end_former(request)
    response = RedirectResponse("/sign-in?out=1", 303)
    drop_cookie(response, site_of(request), request.scope)
    return response


@router.get("/welcome/{secret}")
def show_welcome(request: Request, secret: str) -> Response:
    """The form where somebody with a link chooses a password. Nothing is used up yet: programs that look at links come here, too."""
    return _welcome_page(request, secret)


@router.post("/welcome/{secret}")
async def welcome(request: Request, secret: str) -> Response:
    """Keep the password that was chosen, and sign in."""
    form, gate = await read_form(request, _LONGEST_FORM), gate_of(request)
    site = site_of(request)
    address = site.sender(request.scope)
    try:
        link, _ = await run_in_threadpool(gate.members.link, secret)
        member = await run_in_threadpool(
            lambda: gate.members.join(secret, form.get("password", ""), name=form.get("name", ""), email=form.get("email", ""))
        )
    except BadInput as fault:
        page = await run_in_threadpool(_welcome_page, request, secret, form, str(fault))
        page.status_code = 400
        return page
    await run_in_threadpool(gate.note, member.email, f"chose a password ({link.purpose})", "", address)
    opened = await run_in_threadpool(gate.open, member, address, request.headers.get("user-agent", ""))
    await run_in_threadpool(_end_former, request)
    return _with_session(request, RedirectResponse("/", 303), opened)


def _with_session(request: Request, response: Response, secret: str) -> Response:
    seconds = int(gate_of(request).sessions.lasts.total_seconds())
    set_cookie(response, site_of(request), request.scope, secret, seconds)
    return response


def _end_former(request: Request) -> None:
    """End the session that the browser had before, if it had one: whoever planted it has nothing in hand."""
    gate, secret = gate_of(request), read_cookie(site_of(request), request.scope)
    found = gate.sessions.find(secret) if secret else None
    if found is not None:
        gate.sessions.end(found[0].id, found[1].id)
        gate.note(found[1].email, "signed out", "", site_of(request).sender(request.scope))


def _sign_in_page(
    request: Request,
    next: str,
    *,
    fault: str = "",
    email: str = "",
    ended: bool = False,
    lost: bool = False,
    out: bool = False,
) -> HTMLResponse:
    gate = gate_of(request)
    return show_page(
        "sign_in.html",
        request,
        next=safe_return(next),
        fault=fault,
        email=email[:320],
        ended=ended,
        lost=lost,
        out=out,
        ready=gate.members.has_owner(),
        idle_hours=int(gate.sessions.idle.total_seconds() // 3600),
        lasts_days=gate.sessions.lasts.days,
    )


def _welcome_page(request: Request, secret: str, form: Mapping[str, str] | None = None, fault: str = "") -> HTMLResponse:
    gate, form = gate_of(request), form or {}
    try:
        link, member = gate.members.link(secret)
    except NotAllowed as error:
        page = show_page("welcome_over.html", request, fault=str(error))
        page.status_code = 403
        return page
    return show_page(
        "welcome.html",
        request,
        purpose=link.purpose,
        first=link.purpose == SET_UP,
        member=member,
        ends_at=link.ends_at,
        email=form.get("email", "")[:320],
        name=form.get("name", member.name if member else "")[:200],
        fault=fault,
        least=gate.members.passwords.least,
    )


def fault_page(page: HTMLResponse, fault: TouchpathError) -> HTMLResponse:
    """A page that tells a fault, with the status that belongs to it."""
    page.status_code = next((STATUS[kind] for kind in type(fault).__mro__ if kind in STATUS), 400)
    return page
