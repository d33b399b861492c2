"""Who may do what: every route names an action, every action says what it needs, and a policy decides."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from touchpath.model.errors import NotAllowed, NotSignedIn
from touchpath.model.member import Member, Role, Scope, Session


class Action(StrEnum):
    """What a route does, in words that a policy and a member understand."""

    READ_CATALOGUE = "read definitions"
    READ_NUMBERS = "read numbers"
    ASK = "ask queries of your own"
    KEEP_QUERIES = "keep queries by name"
    BUILD_BOARDS = "build boards"
    SHARE_BOARDS = "share boards by links and mails"
    READ_PEOPLE = "read what single people did and said"
    BRING_IN = "bring signals in"
    RECORD = "record contacts and make links"
    TAKE_OUT = "take signals out again"
    DECIDE_IDENTITY = "say which ids are one person"
    MEND = "mend or give up what was refused"
    READ_CLEAR = "read personal details in what people wrote"
    EXPORT = "export what is kept of a person"
    ERASE = "erase people"
    ENTER_NUMBERS = "enter numbers of others"
    DESIGN = "change journeys and their cards"
    SET_TARGETS = "set targets and note what happened"
    MANAGE_KEYS = "make and revoke write keys"
    MAKE_WORKSPACES = "make workspaces"
    OWN_ACCOUNT = "manage your own account"
    MANAGE_MEMBERS = "manage members"
    READ_DEEDS = "read what members did"


@dataclass(frozen=True, slots=True)
class Need:
    """What an action needs. least: the role that may do it, and all above. scope: that a token must have; None: no token may.

    people: the right to see single people, which no role implies; a token needs the scope `people` for it, too.
    """

    least: Role
    scope: Scope | None
    people: bool = False


#: What each action needs. Whatever does not stand here, nobody may do.
NEEDS: Mapping[Action, Need] = {
    Action.READ_CATALOGUE: Need(Role.VIEWER, Scope.READ),
    Action.READ_NUMBERS: Need(Role.VIEWER, Scope.READ),
    Action.ASK: Need(Role.ANALYST, Scope.ASK),
    Action.KEEP_QUERIES: Need(Role.ANALYST, Scope.EDIT),
    Action.BUILD_BOARDS: Need(Role.ANALYST, Scope.EDIT),
    Action.SHARE_BOARDS: Need(Role.EDITOR, Scope.EDIT),
    Action.READ_PEOPLE: Need(Role.VIEWER, Scope.READ, people=True),
    Action.READ_CLEAR: Need(Role.ANALYST, Scope.READ, people=True),
    Action.EXPORT: Need(Role.EDITOR, Scope.READ, people=True),
    Action.BRING_IN: Need(Role.EDITOR, Scope.INGEST),
    Action.RECORD: Need(Role.EDITOR, Scope.INGEST),
    Action.MEND: Need(Role.EDITOR, Scope.INGEST, people=True),
    Action.TAKE_OUT: Need(Role.EDITOR, Scope.EDIT),
    Action.ENTER_NUMBERS: Need(Role.EDITOR, Scope.EDIT),
    Action.DESIGN: Need(Role.EDITOR, Scope.EDIT),
    Action.SET_TARGETS: Need(Role.EDITOR, Scope.EDIT),
    Action.DECIDE_IDENTITY: Need(Role.EDITOR, Scope.EDIT, people=True),
    Action.ERASE: Need(Role.OWNER, Scope.ADMIN, people=True),
    Action.MANAGE_KEYS: Need(Role.OWNER, Scope.ADMIN),
    Action.MAKE_WORKSPACES: Need(Role.OWNER, Scope.ADMIN),
    Action.OWN_ACCOUNT: Need(Role.VIEWER, None),
    Action.MANAGE_MEMBERS: Need(Role.OWNER, None),
    Action.READ_DEEDS: Need(Role.OWNER, None),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: a member by a browser's session, or by a token (its id) with its scopes."""

    member: Member
    session: Session | None = None
    scopes: frozenset[Scope] = frozenset()
    token: str = ""

    @property
    def key(self) -> str:
        """Under which their requests are counted."""
        return self.session.id if self.session else self.token

    def lacks(self, action: Action) -> str:
        """What is missing for an action, in words; "" when nothing is."""
        need = NEEDS.get(action)
        if need is None:
            return "nobody may"
        if not self.member.role.reaches(need.least):
            return f"it takes the role {need.least}, and yours is {self.member.role}"
        if need.people and not self.member.people:
            return "it takes the right to see single people, which an owner gives apart from roles"
        if self.session is not None:
            return ""
        if need.scope is None:
            return "no token may; sign in with a browser"
        missing = {need.scope, *((Scope.PEOPLE,) if need.people else ())} - self.scopes
        return f"the token lacks the scope {' and '.join(sorted(missing))}" if missing else ""


def caller_of(request: Request) -> Caller | None:
    """Who sent a request, where sign-in is on and they are known."""
    return cast("Caller | None", request.scope.get("caller"))


class Policy(Protocol):
    """Decides whether whoever sent a request may do an action."""

    def check(self, action: Action, request: Request) -> None:
        """Return, or raise NotAllowed with a sentence that says what would do."""
        ...


#: What proxies add. Whoever comes through one is not at this machine, though their last step begins here.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True)
class LoopbackPolicy:
    """Whoever sits at this machine needs no sign-in; nobody else gets in."""

    def check(self, action: Action, request: Request) -> None:
        """Raise NotAllowed unless the request comes from this machine, and from nobody else through it."""
        host = request.client.host if request.client else ""
        if any(name in request.headers for name in _FORWARDED):
            raise NotAllowed(
                f"You may not {action} through a proxy: without sign-in only this machine may. Turn sign-in on: TOUCHPATH_SIGN_IN=1"
            )
        if not is_loopback(host):
            raise NotAllowed(
                f"You may not {action} from {host or 'an unknown address'}: without sign-in only this machine may. "
                "Open the pages on the machine that runs Touchpath, or forward its port over SSH."
            )


@dataclass(frozen=True, slots=True)
class MemberPolicy:
    """Whoever is signed in may do what their role, their right to see people and their token's scopes say; nobody else anything."""

    def check(self, action: Action, request: Request) -> None:
        """Raise NotSignedIn when nobody is known to ask, NotAllowed with what is missing."""
        caller = caller_of(request)
        if caller is None:
            raise NotSignedIn("Sign in first; programs send a token: Authorization: Bearer TOKEN.")
        if lacking := caller.lacks(action):
            raise NotAllowed(f"You may not {action}: {lacking}.")


def is_loopback(host: str) -> bool:
    """True for an address of this machine itself: 127.0.0.0/8 or ::1, also written as an IPv4-mapped address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool(mapped.is_loopback if mapped else address.is_loopback)


@dataclass(frozen=True)
class Authorise:
    """The check in front of a route. Routes are found by it in the test that no route goes without one."""

    action: Action

    async def __call__(self, request: Request) -> None:
        """Ask the policy of the application; what was allowed is remembered for the log of deeds."""
        cast(Policy, request.app.state.policy).check(self.action, request)
        request.scope["action"] = self.action


def may(request: Request, action: Action) -> bool:
    """Whether a part of a page that needs more than the page itself may be shown."""
    try:
        cast(Policy, request.app.state.policy).check(action, request)
    except NotAllowed:
        return False
    return True


def member_name(request: Request) -> str:
    """Under what name records keep who did something: the member's address; without sign-in the door they came through."""
    caller = caller_of(request)
    if caller is not None:
        return caller.member.email
    return "api" if request.url.path.startswith("/api/") else "browser"


MemberName = Annotated[str, Depends(member_name)]

NUMBERS = Depends(Authorise(Action.READ_NUMBERS))
PEOPLE = Depends(Authorise(Action.READ_PEOPLE))
CATALOGUE = Depends(Authorise(Action.READ_CATALOGUE))
BRING_IN = Depends(Authorise(Action.BRING_IN))
RECORD = Depends(Authorise(Action.RECORD))
TAKE_OUT = Depends(Authorise(Action.TAKE_OUT))
DECIDE = Depends(Authorise(Action.DECIDE_IDENTITY))
MEND = Depends(Authorise(Action.MEND))
CLEAR = Depends(Authorise(Action.READ_CLEAR))
EXPORT = Depends(Authorise(Action.EXPORT))
ERASE = Depends(Authorise(Action.ERASE))
ENTER = Depends(Authorise(Action.ENTER_NUMBERS))
DESIGN = Depends(Authorise(Action.DESIGN))
AIM = Depends(Authorise(Action.SET_TARGETS))
KEYS = Depends(Authorise(Action.MANAGE_KEYS))
MAKE = Depends(Authorise(Action.MAKE_WORKSPACES))
ASK = Depends(Authorise(Action.ASK))
KEEP = Depends(Authorise(Action.KEEP_QUERIES))
BUILD = Depends(Authorise(Action.BUILD_BOARDS))
SHARE = Depends(Authorise(Action.SHARE_BOARDS))
OWN = Depends(Authorise(Action.OWN_ACCOUNT))
MEMBERS = Depends(Authorise(Action.MANAGE_MEMBERS))
DEEDS = Depends(Authorise(Action.READ_DEEDS))


def check_clear(request: Request, clear: bool) -> bool:
    """`clear` as it was asked for; raises NotAllowed when whoever asks may not read personal details."""
    if clear:
        cast(Policy, request.app.state.policy).check(Action.READ_CLEAR, request)
        request.scope["action"] = Action.READ_CLEAR
    return clear
