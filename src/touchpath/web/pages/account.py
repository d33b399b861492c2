"""One's own account: name, password, where one is signed in, and tokens for programs."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput, NotSignedIn, TooMany
from touchpath.model.member import ApiToken, Member, Scope, Session, parse_word
from touchpath.web.access import OWN, Action, caller_of
from touchpath.web.account import ROLE_SAYS, SCOPE_SAYS
from touchpath.web.agents import device_of
from touchpath.web.cookies import set_cookie
from touchpath.web.forms import read_form
from touchpath.web.pages.doors import fault_page, gate_of, site_of
from touchpath.web.pages.parts import show_page

router = APIRouter(include_in_schema=False)
DAYS = (7, 30, 90, 365)


def signed_in(request: Request) -> tuple[Member, Session]:
    """Who is signed in with a browser; raises NotSignedIn."""
    gate_of(request)
    caller = caller_of(request)
    if caller is None or caller.session is None:
        raise NotSignedIn("Sign in first.")
    return caller.member, caller.session


@router.get("/settings/account", dependencies=[OWN])
def show_account(request: Request, done: str = "") -> HTMLResponse:
    """Name, password and sessions."""
    return _account_page(request, done=done)


@router.post("/settings/account", dependencies=[OWN])
async def change_account(request: Request) -> Response:
    """Change the name or the password; a new password ends all other sessions, and gives this one a new secret."""
    form, (member, session) = await read_form(request), signed_in(request)
    gate, site = gate_of(request), site_of(request)
    if form.get("do") == "name":
        name = " ".join(form.get("name", "").split())[:200]
        await run_in_threadpool(lambda: gate.members.store.change(member.id, name=name if name.isprintable() else ""))
        return RedirectResponse("/settings/account?done=name", 303)
    try:
        old, new, address = form.get("old", ""), form.get("password", ""), site.sender(request.scope)
        secret = await run_in_threadpool(gate.change_password, session, member, old, new, address)
    except (BadInput, TooMany) as fault:
        page = await run_in_threadpool(_account_page, request, fault=str(fault))
        return fault_page(page, fault)
    response = RedirectResponse("/settings/account?done=password", 303)
    set_cookie(response, site, request.scope, secret, int(gate.sessions.lasts.total_seconds()))
    return response


@router.post("/settings/sessions", dependencies=[OWN])
async def end_sessions(request: Request) -> Response:
    """End one other session, or all others."""
    form, (member, session) = await read_form(request), signed_in(request)
    gate, address = gate_of(request), site_of(request).sender(request.scope)
    if form.get("do") == "others":
        await run_in_threadpool(gate.sessions.end_all, member.id, session.id)
        await run_in_threadpool(gate.note, member.email, "signed out everywhere else", "", address)
    else:
        await run_in_threadpool(gate.sessions.end, form.get("session", ""), member.id)
        await run_in_threadpool(gate.note, member.email, "signed out on another device", "", address)
    return RedirectResponse("/settings/account?done=sessions", 303)


@router.get("/settings/tokens", dependencies=[OWN])
def show_tokens(request: Request, revoked: bool = False) -> HTMLResponse:
    """One's own tokens, and a form for another one."""
    return _tokens_page(request, revoked=revoked)


@router.post("/settings/tokens", dependencies=[OWN])
async def make_token(request: Request) -> Response:
    """Make a token, and show its text this once."""
    form, (member, _) = await read_form(request), signed_in(request)
    gate, address = gate_of(request), site_of(request).sender(request.scope)
    try:
        scopes = [parse_word(Scope, "scope", name.removeprefix("scope-")) for name in form if name.startswith("scope-")]
        days = int(form["days"]) if form.get("days", "").isdecimal() and len(form["days"]) < 6 else 0
        made = await run_in_threadpool(gate.tokens.make, member, form.get("name", ""), scopes, days)
    except BadInput as fault:
        return fault_page(await run_in_threadpool(_tokens_page, request, form=form, fault=str(fault)), fault)
    about = f"{made[0].name} ({', '.join(sorted(made[0].scopes))}), ends with {made[0].ends_with}"
    await run_in_threadpool(gate.note, member.email, "made a token", about, address)
    return await run_in_threadpool(_tokens_page, request, made=made)


@router.post("/settings/tokens/{token}/revoke", dependencies=[OWN])
def revoke_token(request: Request, token: str) -> Response:
    """Let one of one's own tokens work no more."""
    (member, _), gate = signed_in(request), gate_of(request)
    revoked = gate.tokens.revoke(token, member.id)
    gate.note(member.email, "revoked a token", revoked.name, site_of(request).sender(request.scope))
    return RedirectResponse("/settings/tokens?revoked=1", 303)


def _account_page(request: Request, *, done: str = "", fault: str = "") -> HTMLResponse:
    (member, session), gate = signed_in(request), gate_of(request)
    return show_page(
        "account_settings.html",
        request,
        section="account",
        member=gate.members.store.member(member.id),
        role_says=ROLE_SAYS[member.role],
        session=session,
        sessions=[(one, device_of(one.agent)) for one in gate.sessions.of(member.id)],
        least=gate.members.passwords.least,
        idle_hours=int(gate.sessions.idle.total_seconds() // 3600),
        lasts_days=gate.sessions.lasts.days,
        done=done,
        fault=fault,
    )


def _tokens_page(
    request: Request,
    *,
    form: Mapping[str, str] | None = None,
    fault: str = "",
    made: tuple[ApiToken, str] | None = None,
    revoked: bool = False,
) -> HTMLResponse:
    (member, _), gate = signed_in(request), gate_of(request)
    now = gate.clock()
    form = form or {"days": "90", "scope-read": "yes"}
    return show_page(
        "tokens.html",
        request,
        section="tokens",
        tokens=[(one, one.state(now)) for one in gate.tokens.of(member.id)],
        scopes={scope: says for scope, says in SCOPE_SAYS.items() if scope != Scope.PEOPLE or member.people},
        days=DAYS,
        form=form,
        fault=fault,
        made=made,
        revoked=revoked,
        here=site_of(request).link(request.scope, ""),
        manages=caller_may_manage(request),
    )


def caller_may_manage(request: Request) -> bool:
    """Whether whoever asks manages members."""
    caller = caller_of(request)
    return caller is not None and not caller.lacks(Action.MANAGE_MEMBERS)
