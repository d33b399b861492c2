"""Members: who gets in, as what, by which link; and the log of what members did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput, Conflict, unknown
from touchpath.model.member import Member, Role, parse_word
from touchpath.model.time import from_micros, to_micros
from touchpath.services.gate import Gate
from touchpath.services.members import LASTS
from touchpath.web.access import DEEDS, MEMBERS
from touchpath.web.account import ROLE_SAYS
from touchpath.web.forms import read_form
from touchpath.web.pages.account import signed_in
from touchpath.web.pages.doors import fault_page, gate_of, site_of
from touchpath.web.pages.parts import show_page

router = APIRouter(include_in_schema=False)
MOST_DEEDS = 200
Form = Mapping[str, str]


@router.get("/settings/members", dependencies=[MEMBERS])
def show_members(request: Request, done: str = "") -> HTMLResponse:
    """All members, and a form to invite another one."""
    return _page(request, done=done)


@router.post("/settings/members", dependencies=[MEMBERS])
async def invite(request: Request) -> Response:
    """Invite somebody; the link is shown this once."""
    form, (owner, _), gate = await read_form(request), signed_in(request), gate_of(request)

    def make() -> tuple[Member, str]:
        role = parse_word(Role, "role", form.get("role", ""))
        made = gate.members.invite(form.get("email", ""), role, form.get("people") == "yes", form.get("name", ""))
        _note(request, owner, "invited", _as_told(made[0]))
        return made

    try:
        made = await run_in_threadpool(make)
    except (BadInput, Conflict) as fault:
        return fault_page(await run_in_threadpool(_page, request, form=form, fault=str(fault)), fault)
    return await run_in_threadpool(_page, request, made=made)


@router.get("/settings/members/{member}", dependencies=[MEMBERS])
def show_member(request: Request, member: str, done: str = "") -> HTMLResponse:
    """One member: role, rights, sessions, links."""
    return _member_page(request, member, done=done)


@router.post("/settings/members/{member}", dependencies=[MEMBERS])
async def change_member(request: Request, member: str) -> Response:
    """Change what a member may do, make them a link, sign them out, disable, let in again or remove them."""
    form, (owner, _), gate = await read_form(request), signed_in(request), gate_of(request)
    deed = form.get("do", "")
    try:
        if deed == "link":
            made = await run_in_threadpool(gate.members.new_link, member)
            await run_in_threadpool(_note, request, owner, "made a link", made[0].email)
            return await run_in_threadpool(_member_page, request, member, secret=made[1])
        if deed not in _DEEDS:
            raise BadInput(unknown("button of a member", deed, (*_DEEDS, "link")))
        if deed == "remove" and form.get("sure") != "yes":
            raise BadInput("Nobody was removed: the box that says so was not ticked. Tick it, or disable them.")
        changed, told = await run_in_threadpool(_DEEDS[deed], gate, member, form)
        await run_in_threadpool(_note, request, owner, told, _as_told(changed))
    except (BadInput, Conflict) as fault:
        return fault_page(await run_in_threadpool(_member_page, request, member, fault=str(fault)), fault)
    if deed == "remove":
        return RedirectResponse("/settings/members?done=removed", 303)
    return RedirectResponse(f"/settings/members/{changed.id}?done={deed}", 303)


@router.get("/settings/log", dependencies=[DEEDS])
def show_deeds(request: Request, before: str = "") -> HTMLResponse:
    """What members did, newest first."""
    gate = gate_of(request)
    deeds = gate.log.deeds(MOST_DEEDS + 1, _moment(before))
    older = to_micros(deeds[MOST_DEEDS - 1].at) if len(deeds) > MOST_DEEDS else None
    return show_page("deeds.html", request, section="deeds", deeds=deeds[:MOST_DEEDS], older=older, newest=not before)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 17:
        raise BadInput(f"The moment came as '{text[:40]}'. Follow the link on the page of the log.")
    return from_micros(int(text))


def _change_role(gate: Gate, id: str, form: Form) -> tuple[Member, str]:
    role = parse_word(Role, "role", form.get("role", ""))
    return gate.members.store.change(id, role=role, people=form.get("people") == "yes"), "changed what a member may do"


def _disable(gate: Gate, id: str, form: Form) -> tuple[Member, str]:  # noqa: ARG001
    return gate.members.store.change(id, disabled=True), "disabled a member"


def _enable(gate: Gate, id: str, form: Form) -> tuple[Member, str]:  # noqa: ARG001
    return gate.members.store.change(id, disabled=False), "let a member in again"


def _sign_out(gate: Gate, id: str, form: Form) -> tuple[Member, str]:  # noqa: ARG001
    gate.sessions.end_all(id)
    return gate.members.store.member(id), "signed a member out everywhere"


def _revoke_tokens(gate: Gate, id: str, form: Form) -> tuple[Member, str]:  # noqa: ARG001
    for token in gate.tokens.of(id):
        gate.tokens.revoke(token.id)
    return gate.members.store.member(id), "revoked all tokens of a member"


def _remove(gate: Gate, id: str, form: Form) -> tuple[Member, str]:  # noqa: ARG001
    member = gate.members.store.member(id)
    gate.members.store.remove(id)
    return member, "removed a member"


_DEEDS: Mapping[str, Callable[[Gate, str, Form], tuple[Member, str]]] = {
    "change": _change_role,
    "disable": _disable,
    "enable": _enable,
    "sign-out": _sign_out,
    "tokens": _revoke_tokens,
    "remove": _remove,
}


def _as_told(member: Member) -> str:
    return f"{member.email}: {member.role}, {'may' if member.people else 'may not'} see single people"


def _note(request: Request, owner: Member, deed: str, about: str) -> None:
    gate_of(request).note(owner.email, deed, about, site_of(request).sender(request.scope))


def _page(
    request: Request, *, form: Form | None = None, fault: str = "", made: tuple[Member, str] | None = None, done: str = ""
) -> HTMLResponse:
    gate = gate_of(request)
    return show_page(
        "members.html",
        request,
        section="members",
        members=gate.members.store.members(),
        roles=ROLE_SAYS,
        form=form or {"role": Role.VIEWER},
        fault=fault,
        done=done,
        made=made[0] if made else None,
        link=site_of(request).link(request.scope, f"/welcome/{made[1]}") if made else "",
        days=LASTS["invitation"].days,
    )


def _member_page(request: Request, id: str, *, fault: str = "", secret: str = "", done: str = "") -> HTMLResponse:
    gate, now = gate_of(request), gate_of(request).clock()
    (own, _), member = signed_in(request), gate.members.store.member(id)
    return show_page(
        "member.html",
        request,
        section="members",
        member=member,
        own=own.id == member.id,
        roles=ROLE_SAYS,
        sessions=len(gate.sessions.of(id)),
        tokens=sum(one.state(now) == "works" for one in gate.tokens.of(id)),
        fault=fault,
        done=done,
        link=site_of(request).link(request.scope, f"/welcome/{secret}") if secret else "",
        hours=int(LASTS["reset" if member.joined else "invitation"].total_seconds() // 3600),
    )
