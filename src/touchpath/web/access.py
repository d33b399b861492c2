"""Who may do what: every route names an action, and a policy decides."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, cast

from fastapi import Depends, Request

from touchpath.model.errors import NotAllowed


class Action(StrEnum):
    """What a route does, in words that a policy and a member understand."""

    READ_CATALOGUE = "read definitions"
    READ_NUMBERS = "read numbers"
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
    MANAGE_KEYS = "make and revoke write keys"


class Policy(Protocol):
    """Decides whether whoever sent a request may do an action."""

    def check(self, action: Action, request: Request) -> None:
        """Return, or raise NotAllowed with a sentence that says what would do."""
        ...


@dataclass(frozen=True, slots=True)
class LoopbackPolicy:
    """Whoever sits at this machine needs no sign-in; nobody else gets in."""

    def check(self, action: Action, request: Request) -> None:
        """Raise NotAllowed unless the request comes from this machine."""
        host = request.client.host if request.client else ""
        if not is_loopback(host):
            raise NotAllowed(
                f"You may not {action} from {host or 'an unknown address'}: without sign-in only this machine may. "
                "Open the pages on the machine that runs Touchpath, or forward its port over SSH."
            )


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
        """Ask the policy of the application."""
        cast(Policy, request.app.state.policy).check(self.action, request)


def may(request: Request, action: Action) -> bool:
    """Whether a part of a page that needs more than the page itself may be shown."""
    try:
        cast(Policy, request.app.state.policy).check(action, request)
    except NotAllowed:
        return False
    return True


NUMBERS = Depends(Authorise(Action.READ_NUMBERS))
PEOPLE = Depends(Authorise(Action.READ_PEOPLE))
CATALOGUE = Depends(Authorise(Action.READ_CATALOGUE))
BRING_IN = Depends(Authorise(Action.BRING_IN))
RECORD = Depends(Authorise(Action.RECORD))
TAKE_OUT = Depends(Authorise(Action.TAKE_OUT))
DECIDE = Depends(Authorise(Action.DECIDE_IDENTITY))
MEND = Depends(Authorise(Action.MEND))
EXPORT = Depends(Authorise(Action.EXPORT))
ERASE = Depends(Authorise(Action.ERASE))
ENTER = Depends(Authorise(Action.ENTER_NUMBERS))
KEYS = Depends(Authorise(Action.MANAGE_KEYS))


def check_clear(request: Request, clear: bool) -> bool:
    """`clear` as it was asked for; raises NotAllowed when whoever asks may not read personal details."""
    if clear:
        cast(Policy, request.app.state.policy).check(Action.READ_CLEAR, request)
    return clear
