"""Live signals in the browser: what came, and the write keys that may send; make one, revoke one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput, Conflict
from touchpath.services.incoming import Incoming
from touchpath.services.intake import MEANINGS, by_source, counted
from touchpath.services.ip_addresses import KeepAddress
from touchpath.services.keys import WriteKey
from touchpath.services.receiving import Terms
from touchpath.store.intake_counts import COUNTED
from touchpath.web.access import CATALOGUE, KEYS, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.incoming import IncomingDep
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)
DAYS = 30
_MOST_ROWS = 200
#: Fields of the form that are shown again as they were typed; keys and secrets are not.
_FIELDS = ("source", "origins", "consent", "consent_needed", "internal", "addresses", "personal_traits")


@router.get("/w/{workspace}/data/keys", dependencies=[CATALOGUE])
def show_live(
    request: Request, platform: PlatformDep, incoming: IncomingDep, revoked: Annotated[str, Query(max_length=100)] = ""
) -> HTMLResponse:
    """What came live, and the keys."""
    return _page(request, platform, incoming, revoked=revoked)


@router.post("/w/{workspace}/data/keys", dependencies=[KEYS])
async def make_key(request: Request, platform: PlatformDep, incoming: IncomingDep, member: MemberName) -> HTMLResponse:
    """Make a key, and show its text this once; a form that cannot be meant is shown again with the reason."""
    form = await read_form(request)
    try:
        made = await run_in_threadpool(incoming.intake.keys.add, terms_of(form), member, form.get("text", "").strip())
    except (BadInput, Conflict) as error:
        page = await run_in_threadpool(_page, request, platform, incoming, form=form, fault=str(error))
        page.status_code = 409 if isinstance(error, Conflict) else 400
        return page
    return await run_in_threadpool(_page, request, platform, incoming, made=made)


@router.get("/w/{workspace}/data/keys/{key}/revoke", dependencies=[KEYS])
def ask_to_revoke(request: Request, key: str, platform: PlatformDep, incoming: IncomingDep) -> HTMLResponse:
    """What revoking a key would do."""
    found = incoming.intake.keys.show(key)
    days = [one for one in incoming.intake.days(DAYS) if one.source == found.terms.source]
    return show_page("revoke.html", request, platform=platform, section="live", key=found, days=days)


@router.post("/w/{workspace}/data/keys/{key}/revoke", dependencies=[KEYS])
async def revoke(request: Request, workspace: str, key: str, incoming: IncomingDep, member: MemberName) -> Response:
    """Take nothing more with a key."""
    form = await read_form(request)
    await run_in_threadpool(incoming.intake.keys.revoke, key, member, form.get("why", "").strip()[:1000])
    return RedirectResponse(Addresses(workspace).live(revoked=key), 303)


def terms_of(form: Mapping[str, str]) -> Terms:
    """The terms of a key from the fields of the form; lists are words with blanks between them."""
    return Terms(
        "",
        form.get("source", "").strip(),
        tuple(form.get("origins", "").split()),
        form.get("consent", "").strip(),
        form.get("consent_needed") == "yes",
        tuple(form.get("internal", "").split()),
        form.get("addresses", "") or KeepAddress.NETWORK,
        form.get("personal_traits") == "yes",
        form.get("secret", "").strip(),
    )


def _page(
    request: Request,
    platform: PlatformDep,
    incoming: Incoming,
    *,
    revoked: str = "",
    form: Mapping[str, str] | None = None,
    fault: str = "",
    made: tuple[WriteKey, str] | None = None,
) -> HTMLResponse:
    days, allowed = incoming.intake.days(DAYS), may(request, Action.MANAGE_KEYS)
    return show_page(
        "live.html",
        request,
        platform=platform,
        section="live",
        follows=True,
        days=days[:_MOST_ROWS],
        more=len(days) > _MOST_ROWS,
        sources=by_source(days),
        columns=counted(days),
        meanings=MEANINGS,
        counts_of={what: what.replace("_", " ").capitalize() for what in COUNTED},
        waiting=incoming.intake.waiting(),
        number=DAYS,
        allowed=allowed,
        keys=incoming.intake.keys.list() if allowed else (),
        choices=tuple(KeepAddress),
        form={name: (form or {}).get(name, "") for name in _FIELDS},
        fault=fault,
        made=made,
        revoked=revoked,
        here=f"{request.url.scheme}://{request.url.netloc}",
    )
