"""Where members, their sessions, tokens and deeds are kept. Secrets come here as hashes only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from touchpath.model.member import ApiToken, Deed, Member, Role, Session


@dataclass(frozen=True, slots=True)
class OneTimeLink:
    """A link that was handed out. purpose: set-up, invitation or reset; member: whose it is, "" for the set-up."""

    purpose: str
    member: str
    made_at: datetime
    ends_at: datetime


class MemberStore(Protocol):
    """Members and the links that let them choose a password."""

    def members(self) -> tuple[Member, ...]:
        """All of them, by e-mail address."""
        ...

    def member(self, id: str) -> Member:
        """One of them; raises Missing."""
        ...

    def find(self, email: str) -> tuple[Member, str] | None:
        """The member with an address, and the hash of their password, "" before they chose one."""
        ...

    def add(self, member: Member, password: str = "") -> None:
        """Keep a new member, with the hash of their password if there is one; raises Conflict when the address is taken."""
        ...

    def change(
        self,
        id: str,
        *,
        name: str | None = None,
        role: Role | None = None,
        people: bool | None = None,
        disabled: bool | None = None,
    ) -> Member:
        """Change what is given; raises Missing, and Conflict when no owner who can sign in would be left."""
        ...

    def remove(self, id: str) -> None:
        """Take a member out with their sessions, tokens and links; raises Missing, and Conflict for the last owner."""
        ...

    def set_password(self, id: str, password: str) -> None:
        """Keep the hash of a password; who had none has joined now."""
        ...

    def signed_in(self, id: str, at: datetime) -> None:
        """Remember when somebody signed in last."""
        ...

    def add_link(self, hash: str, link: OneTimeLink) -> None:
        """Keep a link; other links of this purpose for this member end."""
        ...

    def link(self, hash: str, now: datetime) -> OneTimeLink | None:
        """The link with this hash, unless it was used or has ended."""
        ...

    def join(self, hash: str, now: datetime, name: str, password: str) -> Member | None:
        """Use up a member's link and keep the name (unless blank) and the hash of the password they chose; None when it is no longer good."""
        ...

    def join_first(self, hash: str, now: datetime, member: Member, password: str) -> bool:
        """Use up the set-up's link and keep the first owner; False when it is no longer good, or there is an owner."""
        ...


class SessionStore(Protocol):
    """Who is signed in, and tokens of programs; both are found by the hash of a secret."""

    def add_session(self, hash: str, session: Session) -> None:
        """Keep a new session."""
        ...

    def session(self, hash: str) -> tuple[Session, Member] | None:
        """The session with this hash and its member."""
        ...

    def seen_session(self, hash: str, at: datetime) -> None:
        """Remember that a session was used."""
        ...

    def sessions(self, member: str) -> tuple[Session, ...]:
        """All sessions of a member, the last used first."""
        ...

    def end_session(self, id: str, member: str) -> bool:
        """End a session of a member; False when there is none."""
        ...

    def end_sessions(self, member: str, but: str = "") -> int:
        """End all sessions of a member but one; gives how many."""
        ...

    def forget_sessions(self, before: datetime) -> None:
        """Drop sessions that ended before a moment."""
        ...

    def add_token(self, hash: str, token: ApiToken) -> None:
        """Keep a new token."""
        ...

    def token(self, hash: str) -> tuple[ApiToken, Member] | None:
        """The token with this hash and its member."""
        ...

    def used_token(self, hash: str, at: datetime) -> None:
        """Remember that a token was used."""
        ...

    def tokens(self, member: str = "") -> tuple[ApiToken, ...]:
        """All tokens of a member, or of all, newest first."""
        ...

    def revoke_token(self, id: str, member: str = "") -> ApiToken:
        """Let a token work no more; member: only one of theirs. Raises Missing."""
        ...


class DeedStore(Protocol):
    """What members did: only ever added to."""

    def add_deed(self, deed: Deed) -> None:
        """Keep a deed."""
        ...

    def deeds(self, most: int, before: datetime | None = None) -> Sequence[Deed]:
        """The newest deeds, or the newest before a moment."""
        ...

    def forget_deeds(self, before: datetime) -> int:
        """Drop what happened before a moment; gives how many."""
        ...
