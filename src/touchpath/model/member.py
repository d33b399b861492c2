"""Who signs in: members with their role, what a token may be used for, and what is kept of their acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from touchpath.model.errors import BadInput, unknown


class Role(StrEnum):
    """What a member is there for; each may do what the one before may, and more."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    EDITOR = "editor"
    OWNER = "owner"

    def reaches(self, least: Role) -> bool:
        """Whether a role is at least another one."""
        return _ROLES.index(self) >= _ROLES.index(least)


_ROLES = tuple(Role)


class Scope(StrEnum):
    """What a token may be used for, within what its member may do."""

    READ = "read"
    ASK = "ask"
    INGEST = "ingest"
    EDIT = "edit"
    PEOPLE = "people"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who signs in. people: may see what single people did and said, which no role implies.

    active: has chosen a password and is not disabled. last_at: when they last signed in.
    """

    id: str
    email: str
    name: str
    role: Role
    people: bool
    made_at: datetime
    disabled: bool = False
    joined: bool = False
    last_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether they can sign in."""
        return self.joined and not self.disabled

    @property
    def state(self) -> str:
        """In a word: active, invited or disabled."""
        return "disabled" if self.disabled else "active" if self.joined else "invited"


@dataclass(frozen=True, slots=True)
class Session:
    """A member signed in on one device. id: names it on pages; the token that proves it is kept nowhere."""

    id: str
    member: str
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A member's token for programs, as it is shown; its text was shown once and is kept nowhere."""

    id: str
    member: str
    name: str
    scopes: frozenset[Scope]
    made_at: datetime
    ends_at: datetime
    ends_with: str
    revoked: bool = False
    used_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """In a word: works, revoked or expired."""
        return "revoked" if self.revoked else "expired" if now >= self.ends_at else "works"


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of a member, or of somebody who tried to be one. about: whom or what it touched."""

    at: datetime
    member: str
    deed: str
    about: str = ""
    address: str = ""


_Word = TypeVar("_Word", bound=StrEnum)


def parse_word(kind: type[_Word], noun: str, text: str) -> _Word:
    """A role or a scope by its name; raises BadInput with those that there are."""
    try:
        return kind(text)
    except ValueError:
        raise BadInput(unknown(noun, text, kind)) from None
