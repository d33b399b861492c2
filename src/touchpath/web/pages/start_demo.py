"""A demo workspace made from the browser: asked for, watched, stopped."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import Unavailable
from touchpath.services.demo_runs import DemoRuns
from touchpath.web.access import MAKE
from touchpath.web.addresses import Addresses
from touchpath.web.jobs import Job, watch
from touchpath.web.languages import _
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)


def demos_of(request: Request) -> DemoRuns:
    """What makes demos; raises Unavailable where nothing does."""
    found = cast("DemoRuns | None", request.app.state.demos)
    if found is None:
        raise Unavailable("This server makes no demos. In a terminal: touchpath demo")
    return found


@router.get("/w/{workspace}/start/demo/{demo}", dependencies=[MAKE])
def show_demo(request: Request, platform: PlatformDep, demo: str) -> HTMLResponse:
    """How far a demo is."""
    crumbs = ((_("Get started"), Addresses(platform.name).start()),)
    return show_page(
        "start_demo.html", request, platform=platform, section="start", crumbs=crumbs, one=demos_of(request).show(demo)
    )


@router.post("/w/{workspace}/start/demo/{demo}", dependencies=[MAKE])
def make_demo(request: Request, workspace: str, demo: str) -> Response:
    """Ask for a demo."""
    demos_of(request).start(demo)
    return watch(request, RedirectResponse(Addresses(workspace).start("demo", demo), 303), Job("demo", workspace, demo))


@router.post("/w/{workspace}/start/demo/{demo}/stop", dependencies=[MAKE])
def stop_demo(request: Request, workspace: str, demo: str) -> Response:
    """Ask for no demo any longer."""
    demos_of(request).stop(demo)
    return RedirectResponse(Addresses(workspace).start("demo", demo), 303)
