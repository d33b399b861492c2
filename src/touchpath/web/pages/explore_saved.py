"""Queries that members keep by name: saved from a form, with every version, what changed between them, and the way back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.services.queries.keys import form_of
from touchpath.services.saved_queries import SavedQuery, changed_lines, differences
from touchpath.web.access import ASK, KEEP, Action, may, member_name
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.explorer import ExplorerDep
from touchpath.web.exploring.asking import document_of
from touchpath.web.exploring.filling import fill_form
from touchpath.web.exploring.written import write
from touchpath.web.forms import read_form
from touchpath.web.languages import _
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.explore import query_address
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)
_LONGEST = 64 << 10


@router.get("/w/{workspace}/explore/saved/{id}", dependencies=[ASK])
def show_saved(
    request: Request,
    id: str,
    platform: PlatformDep,
    explorer: ExplorerDep,
    version: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    against: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> HTMLResponse:
    """One saved query: its versions, and what differs between two of them."""
    versions = explorer.saved.history(id)
    after = _version(versions, version or versions[0].revision)
    older = [one for one in versions if one.revision < after.revision]
    before = _version(versions, against) if against else older[0] if older else None
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "explore_saved.html",
        request,
        platform=platform,
        section="explore",
        crumbs=((_("Explore"), at.below("/explore")),),
        newest=versions[0],
        kind=form_of(versions[0].query).title,
        versions=versions,
        after=after,
        before=before,
        changes=differences(before.document, after.document) if before else (),
        lines=changed_lines(_text(before), _text(after)) if before else (),
        text=_text(after),
        opens=_opens(platform.name, after),
        can_keep=may(request, Action.KEEP_QUERIES),
    )


@router.post("/w/{workspace}/explore/saved", dependencies=[KEEP])
async def save_query(request: Request, workspace: str, explorer: ExplorerDep) -> Response:
    """Keep the question of a form, as a new query or as the next version of one."""
    form = await read_form(request, _LONGEST)
    document = document_of(form.get("document", ""))
    form_of(str(document["query"]))
    id, revision = form.get("id", ""), form.get("revision", "")
    if revision and not (revision.isascii() and revision.isdigit()):
        raise BadInput(f"A version is a number, but '{revision}' came.")
    kept = await run_in_threadpool(
        explorer.saved.save,
        form.get("title", ""),
        document,
        member_name(request),
        form.get("why", ""),
        id=id,
        expected=int(revision) if id and revision else None,
    )
    return redirect_with(
        _opens(workspace, kept),
        Notice(_("“%(title)s” is saved as version %(version)s.", title=kept.title, version=kept.revision)),
    )


@router.post("/w/{workspace}/explore/saved/{id}/restore", dependencies=[KEEP])
async def restore_query(request: Request, workspace: str, id: str, explorer: ExplorerDep) -> Response:
    """Make an older version the newest again."""
    revision = (await read_form(request, _LONGEST)).get("revision", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 9):
        raise BadInput(f"A version is a number, but '{revision}' came.")
    kept = await run_in_threadpool(explorer.saved.restore, id, int(revision), member_name(request))
    return redirect_with(
        _page(workspace, id),
        Notice(_("Version %(version)s is the newest again, as version %(newest)s.", version=revision, newest=kept.revision)),
    )


@router.post("/w/{workspace}/explore/saved/{id}/remove", dependencies=[KEEP])
async def remove_query(request: Request, workspace: str, id: str, explorer: ExplorerDep) -> Response:
    """List it no longer."""
    kept = await run_in_threadpool(explorer.saved.show, id)
    await run_in_threadpool(explorer.saved.remove, id, member_name(request))
    return redirect_with(
        Addresses(workspace).below("/explore"),
        Notice(_("“%(title)s” was taken away.", title=kept.title), undo=f"{_page(workspace, id)}/back"),
    )


@router.post("/w/{workspace}/explore/saved/{id}/back", dependencies=[KEEP])
async def bring_back(request: Request, workspace: str, id: str, explorer: ExplorerDep) -> Response:
    """List it again."""
    await run_in_threadpool(explorer.saved.bring_back, id, member_name(request))
    return redirect_with(_page(workspace, id), Notice(_("It is listed again.")))


def _page(workspace: str, id: str) -> str:
    return Addresses(workspace).below(f"/explore/saved/{id}")


def _opens(workspace: str, one: SavedQuery) -> str:
    """The form of a version."""
    return query_address(workspace, one.query, fill_form(form_of(one.query), one.document) | {"saved": one.id})


def _version(versions: tuple[SavedQuery, ...], revision: int) -> SavedQuery:
    found = {one.revision: one for one in versions}
    if revision not in found:
        raise Missing(unknown("version", str(revision), map(str, found)))
    return found[revision]


def _text(one: SavedQuery) -> str:
    return write(one.document, {}).text
