"""The event catalogue: which kinds came, how many, what they hold, what reads them, and what about them drifted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.services.catalogue import Catalogue, CatalogueKind
from touchpath.store.catalogue import CatalogueState
from touchpath.web.access import CATALOGUE, Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.incoming import IncomingDep, find_incoming
from touchpath.web.pages.explore import query_address
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)
PAGE, MOST_ALERTS, MOST_PROPERTIES = 100, 40, 200


@router.get("/w/{workspace}/signals", dependencies=[CATALOGUE])
def show_signals(workspace: str) -> Response:
    """Where the catalogue was before."""
    return RedirectResponse(Addresses(workspace).catalogue, 301)


@router.get("/w/{workspace}/data/catalogue", dependencies=[CATALOGUE])
def show_catalogue(
    request: Request,
    platform: PlatformDep,
    q: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> HTMLResponse:
    """Kinds seen, most frequent first, with what drifted, and those that nothing reads."""
    incoming = find_incoming(request, platform.name)
    catalogue = incoming.catalogue.show() if incoming else plain_catalogue(platform)
    fitting = [one for one in catalogue.kinds if q.strip().casefold() in one.use.kind.casefold()]
    unread = [one.use for one in catalogue.kinds if not one.use.used_by]
    return show_page(
        "catalogue.html",
        request,
        platform=platform,
        section="catalogue",
        follows=True,
        catalogue=catalogue,
        kinds=fitting[(page - 1) * PAGE : page * PAGE],
        fitting=len(fitting),
        page=page,
        pages=-(-len(fitting) // PAGE),
        q=q,
        alerts=catalogue.alerts[:MOST_ALERTS],
        unread=unread,
        total=sum(one.use.signals for one in catalogue.kinds),
        lost=sum(use.signals for use in unread),
        detailed=incoming is not None,
    )


@router.get("/w/{workspace}/data/catalogue/kind", dependencies=[CATALOGUE])
def show_kind(
    request: Request,
    platform: PlatformDep,
    incoming: IncomingDep,
    kind: Annotated[str, Query(max_length=200)],
    q: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """One kind: its volume day by day, its properties with types and examples, and who reads them."""
    people = may(request, Action.READ_PEOPLE)
    detail = incoming.catalogue.kind(kind, examples=people)
    fitting = [one for one in detail.properties if q.strip().casefold() in one.name.casefold()]
    return show_page(
        "kind.html",
        request,
        platform=platform,
        section="catalogue",
        detail=detail,
        properties=fitting[:MOST_PROPERTIES],
        fitting=len(fitting),
        q=q,
        people=people,
        said=Addresses(platform.name, carried_by(request)).voice(did=kind),
        who=query_address(platform.name, "volume/people", {"q.of.0": kind, "outcome": "did"}),
    )


def plain_catalogue(platform: PlatformDep) -> Catalogue:
    """What a workspace that is only shown knows of its kinds."""
    kinds = tuple(CatalogueKind(use, (), 0) for use in sorted(platform.kinds(), key=lambda use: -use.signals))
    return Catalogue(kinds, (), CatalogueState(0, 0, -1), 0)
