"""What every page shows of sign-in: who is signed in, where their settings are, and only workspaces that they may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from fastapi import FastAPI, Request

from touchpath.model.member import Role, Scope
from touchpath.web.access import Action, caller_of, may
from touchpath.web.languages import N_
from touchpath.web.platform import PlatformProtocol

#: What each role is for, in a sentence for those who give it.
ROLE_SAYS = {
    Role.VIEWER: N_("reads boards, journeys and metrics"),
    Role.ANALYST: N_("asks questions of their own, too"),
    Role.EDITOR: N_("brings signals in and changes what is defined, too"),
    Role.OWNER: N_("decides who gets in, and what is erased, too"),
}
#: What each scope of a token is for.
SCOPE_SAYS = {
    Scope.READ: N_("read definitions and numbers"),
    Scope.ASK: N_("ask queries"),
    Scope.INGEST: N_("bring files in and mend what was refused"),
    Scope.EDIT: N_("change what is defined and decided"),
    Scope.PEOPLE: N_("reach single people, beside what the other scopes allow"),
    Scope.ADMIN: N_("manage write keys and erase, as owners may"),
}
#: In what state members and tokens are.
STATES = (N_("active"), N_("invited"), N_("disabled"), N_("works"), N_("revoked"), N_("expired"))
#: The pages about sign-in that have a link: their section, title, icon, address and what they need.
PLACES = (
    ("account", N_("Your account"), "account", "/settings/account", Action.OWN_ACCOUNT),
    ("tokens", N_("Tokens"), "key", "/settings/tokens", Action.OWN_ACCOUNT),
    ("members", N_("Members"), "people", "/settings/members", Action.MANAGE_MEMBERS),
    ("deeds", N_("Log"), "log", "/settings/log", Action.READ_DEEDS),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in, and the links for them: section, title, icon and address."""

    name: str
    places: tuple[tuple[str, str, str, str], ...]


def account_for(request: Request) -> Account | None:
    """The account of whoever is signed in; None where nobody is."""
    caller = caller_of(request)
    if caller is None or caller.session is None:
        return None
    places = tuple((section, title, icon, address) for section, title, icon, address, action in PLACES if may(request, action))
    return Account(caller.member.name or caller.member.email, places)


def workspaces_for(request: Request) -> Mapping[str, PlatformProtocol]:
    """The workspaces, for those who may know of them."""
    app = cast("FastAPI | None", request.scope.get("app"))
    if app is None or not hasattr(app.state, "workspaces") or not may(request, Action.READ_CATALOGUE):
        return {}
    return cast("Mapping[str, PlatformProtocol]", app.state.workspaces)
