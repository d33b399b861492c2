"""One page on which somebody at a counter or a telephone writes a contact down."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput, TouchpathError
from touchpath.services.offline import LONGEST_NOTE, REASONS, Contact, askable, contact_actor
from touchpath.web.access import RECORD
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.incoming import IncomingDep
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
#: Touchpoints that people answer come first.
_ORDER = {"human": 0, "physical": 1}
LONGEST_ID = 400


@router.get("/w/{workspace}/data/contact", dependencies=[RECORD])
def show_contact(
    request: Request,
    platform: PlatformDep,
    incoming: IncomingDep,  # noqa: ARG001 - a workspace that is only shown has no form
    kept: Annotated[bool, Query()] = False,
    touchpoint: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """The empty form; the touchpoint of the contact before stays chosen."""
    return contact_page(request, platform, {"touchpoint": touchpoint}, kept=kept)


@router.post("/w/{workspace}/data/contact", dependencies=[RECORD])
async def record_contact(request: Request, workspace: str, platform: PlatformDep, incoming: IncomingDep) -> Response:
    """Keep a contact, and show an empty form for the next; what cannot be kept stays in the form with the reason."""
    form = await read_form(request, LONGEST_NOTE * 6)
    try:
        contact = read_contact(form, platform.zone)
        await run_in_threadpool(incoming.offline.record_contact, contact)
    except TouchpathError as error:
        return await run_in_threadpool(contact_page, request, platform, form, fault=str(error))
    return RedirectResponse(Addresses(workspace).contact_after(contact.touchpoint), 303)


def contact_page(
    request: Request, platform: PlatformProtocol, form: Mapping[str, str], *, fault: str = "", kept: bool = False
) -> HTMLResponse:
    """The form with what was filled in; an e-mail address is not sent back."""
    experience = platform.experience()
    page = show_page(
        "contact.html",
        request,
        platform=platform,
        section="contact",
        touchpoints=sorted(experience.touchpoints, key=lambda one: (_ORDER.get(one.medium, 2), one.title)),
        questions=askable(experience),
        reasons=REASONS,
        form={"number": secrets.token_hex(16), "who": "nobody", "kind": "user", "reason": "question", **form, "email": ""},
        fault=fault,
        kept=kept,
        longest=LONGEST_NOTE,
    )
    page.status_code = 400 if fault else 200
    return page


def read_contact(form: Mapping[str, str], zone: str) -> Contact:
    """A contact from the fields of the form; raises BadInput."""
    question = form.get("question", "")
    return Contact(
        number=form.get("number", ""),
        touchpoint=form.get("touchpoint", ""),
        reason=form.get("reason", ""),
        occurred_at=_moment(form.get("at", ""), zone),
        actor=_actor(form),
        question=question,
        rating=_rating(form.get("rating", "")) if question else None,
        note=form.get("note", ""),
    )


def _actor(form: Mapping[str, str]) -> str:
    who = form.get("who", "nobody")
    if who == "email":
        return contact_actor(form.get("email", ""))
    if who != "id":
        return ""
    id = form.get("id", "").strip()
    if not id or len(id) > LONGEST_ID:
        raise BadInput("Give the customer's id, or choose nobody.")
    return f"{'external' if form.get('kind') == 'external' else 'user'}:{id}"


def _rating(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"The rating came as '{text[:40]}'. Give a whole number, or leave it blank.") from None


def _moment(text: str, zone: str) -> datetime:
    """When it happened, by the workspace's clock; now if it was left out."""
    if not text.strip():
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"The time came as '{text[:40]}'. Write it as in 2026-03-01T14:30, or leave it blank for now.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
