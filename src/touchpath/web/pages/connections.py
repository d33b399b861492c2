"""Connections: which other systems are read, what the last run brought, and a button for the next one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput, TouchpathError, unknown
from touchpath.web.access import BRING_IN, CATALOGUE, Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.incoming import RunsDep
from touchpath.web.jobs import Job, watch
from touchpath.web.languages import _
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)
_DEEDS = ("run", "stop", "check")


@router.get("/w/{workspace}/data/connections", dependencies=[CATALOGUE])
def show_connections(request: Request, platform: PlatformDep, runs: RunsDep) -> HTMLResponse:
    """Every connection and how its last run went."""
    return show_page(
        "connections.html",
        request,
        platform=platform,
        section="connections",
        connections=runs.all(),
        allowed=may(request, Action.BRING_IN),
    )


@router.get("/w/{workspace}/data/connections/{connection}", dependencies=[CATALOGUE])
def show_connection(
    request: Request, platform: PlatformDep, runs: RunsDep, connection: str, checked: Annotated[bool, Query()] = False
) -> HTMLResponse:
    """One connection, stream by stream; with `checked`, what the other system says to one small question."""
    answers, said = False, ""
    allowed = may(request, Action.BRING_IN)
    if checked and allowed:
        try:
            answers, said = True, runs.check(connection)
        except TouchpathError as error:
            answers, said = False, str(error)
    return show_page(
        "connection.html", request, platform=platform, section="connections", one=runs.show(connection), allowed=allowed,
        checked=checked and allowed, answers=answers, said=said,
    )  # fmt: skip


@router.post("/w/{workspace}/data/connections/{connection}", dependencies=[BRING_IN])
async def change_connection(request: Request, workspace: str, runs: RunsDep, connection: str) -> Response:
    """Run it, stop it, or ask it one small question."""
    deed = (await read_form(request)).get("do", "")
    if deed not in _DEEDS:
        raise BadInput(unknown("button of a connection", deed, _DEEDS))
    if deed != "check":
        await run_in_threadpool(runs.start if deed == "run" else runs.stop, connection)
    address = Addresses(workspace).connection(connection, checked=deed == "check")
    if deed == "run":
        said = _("Reading begins. It goes on beside the server, also when you leave this page.")
        return watch(request, redirect_with(address, Notice(said, "plain")), Job("connection", workspace, connection))
    if deed == "stop":
        return redirect_with(
            address, Notice(_("It stops after the batch that it is at. The next run goes on from there."), "plain")
        )
    return redirect_with(address)
