"""The web application: pages for people, JSON for programs, both asking the same platforms."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fastapi import APIRouter, FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse

from touchpath.services.board_desk import BoardDesk
from touchpath.services.demo_runs import DemoRuns
from touchpath.services.exploring import Explorer
from touchpath.services.gate import Gate
from touchpath.services.incoming import Incoming
from touchpath.services.privacy import Privacy
from touchpath.services.runs import Runs
from touchpath.web import api, assets, problems
from touchpath.web.access import CATALOGUE, LoopbackPolicy, MemberPolicy, Policy
from touchpath.web.doorkeeper import Doorkeeper
from touchpath.web.guard import LOOPBACK_HOSTS, Guard, SecurityHeaders
from touchpath.web.languages.choosing import Languages
from touchpath.web.navigation import paths_of
from touchpath.web.news import Newsroom
from touchpath.web.pages import (
    account,
    accounts,
    associations,
    atlas,
    board,
    board_builder,
    board_links,
    board_mails,
    catalogue,
    connections,
    contact,
    design,
    display,
    doors,
    drivers,
    effect,
    explore,
    explore_files,
    explore_saved,
    explore_sql,
    explore_timeline,
    happenings,
    help,
    identity,
    imports,
    journey_cards,
    journey_parties,
    journey_paths,
    journey_steps,
    journeys,
    live,
    members,
    metric_target,
    metrics,
    model,
    number,
    overview,
    own_boards,
    people,
    qr,
    quarantine,
    search,
    segments,
    sources,
    start,
    start_answers,
    start_demo,
    start_model,
    voice,
)
from touchpath.web.pages import privacy as privacy_pages
from touchpath.web.platform import PlatformProtocol
from touchpath.web.routes import check_routes
from touchpath.web.segment_names import SegmentNames
from touchpath.web.site import Site

#: All pages; a new one is added here, and to the navigation if it has a link of its own.
PAGES = tuple(
    pages.router
    for pages in (
        overview,
        start,
        start_answers,
        start_model,
        start_demo,
        atlas,
        board,
        board_builder,
        board_links,
        board_mails,
        own_boards,
        happenings,
        metric_target,
        journeys,
        model,
        journey_cards,
        journey_parties,
        journey_paths,
        journey_steps,
        voice,
        people,
        accounts,
        segments,
        identity,
        metrics,
        number,
        drivers,
        effect,
        associations,
        explore_sql,
        explore_saved,
        explore_timeline,
        explore,
        explore_files,
        imports,
        connections,
        live,
        quarantine,
        privacy_pages,
        sources,
        catalogue,
        contact,
        qr,
        design,
        display,
        help,
        search,
        doors,
        account,
        members,
    )
)
_system = APIRouter()


@_system.get("/health", include_in_schema=False)
async def read_health() -> dict[str, str]:
    """Whether the server answers."""
    return {"status": "ok"}


@_system.get("/api/v1/openapi.json", include_in_schema=False, dependencies=[CATALOGUE])
async def read_openapi(request: Request) -> JSONResponse:
    """The description of the JSON API."""
    return JSONResponse(request.app.openapi())


def build_app(
    workspaces: Mapping[str, PlatformProtocol],
    *,
    incoming: Mapping[str, Incoming] | None = None,
    privacy: Mapping[str, Privacy] | None = None,
    explorers: Mapping[str, Explorer] | None = None,
    demos: DemoRuns | None = None,
    boards: Mapping[str, BoardDesk] | None = None,
    policy: Policy | None = None,
    hosts: Collection[str] = LOOPBACK_HOSTS,
    visited: Collection[str] = (),
    gate: Gate | None = None,
    site: Site | None = None,
    addresses: bool = False,
    requests_a_minute: int = 600,
    version: str = "0.1.0",
    language: str = "",
) -> FastAPI:
    """The application over some workspaces, by name; the mapping may change while it runs.

    incoming: what the workspaces of these names can do about signals that come in; the others are only shown.
    privacy: what they can do for people's rights, likewise. explorers: what is kept of exploring them, boards: the boards that their
    members made, likewise. demos: makes demo workspaces; None = nobody can here. policy: who may do what; without one, only this machine
    gets in. hosts: names under which the server may be asked. visited: names under which
    only the pages behind QR codes may be asked. gate: who gets in; with one, everybody has to sign in, wherever they are. site: how
    members reach the pages. addresses: it may be asked by any IP address, too. requests_a_minute: that one member or token may send
    to the JSON API. language: what pages speak to whoever chose none; "" = what their browser asks for.
    """
    site = site or Site()
    app = FastAPI(title="Touchpath", version=version, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.workspaces = workspaces
    app.state.incoming = {} if incoming is None else incoming
    app.state.privacy = {} if privacy is None else privacy
    app.state.policy = policy or (MemberPolicy() if gate else LoopbackPolicy())
    app.state.gate, app.state.site = gate, site
    app.state.explorers, app.state.runs = {} if explorers is None else explorers, Runs()
    app.state.newsroom, app.state.demos = Newsroom(), demos
    app.state.boards, app.state.shared = {} if boards is None else boards, board_links.SharedLimits.usual()
    problems.install(app)
    for part in (_system, assets.router, api.router):
        app.include_router(part)
    for pages in PAGES:
        app.router.routes.extend(
            pages.routes
        )  # As they are: a router that is included is read anew for each application, at its first request.
    app.state.paths = paths_of(PAGES)
    app.state.language = language
    app.state.segment_names = SegmentNames()
    check_routes(app)
    if gate is not None:
        app.add_middleware(Doorkeeper, gate=gate, site=site, requests_a_minute=requests_a_minute)
    app.add_middleware(Guard, hosts=frozenset(hosts), visited=frozenset(visited), addresses=addresses)
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
    app.add_middleware(SecurityHeaders, site=site)
    app.add_middleware(Languages, usual=language)
    return app
