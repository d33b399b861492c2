"""The gate of a server: signing in, within limits and without telling who is a member; and what was done there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from touchpath.model.errors import BadInput, NotSignedIn, TooMany
from touchpath.model.member import Deed, Member, Session
from touchpath.services.members import Members, normal_email
from touchpath.services.sessions import ApiTokens, Sessions
from touchpath.services.throttle import Limit, Throttle, whose
from touchpath.store.members import DeedStore

#: One account from one address, one account from everywhere, one address for every account.
_NEAR, _ACCOUNT, _ADDRESS = Limit(5, 15 * 60), Limit(50, 60 * 60), Limit(30, 15 * 60)
_TOLD = Limit(1, 15 * 60)
_REFUSED = "The e-mail address or the password was not right."
_TOO_MANY = "That was tried too often."
#: How long deeds are kept.
DEEDS_KEPT = timedelta(days=400)


@dataclass(frozen=True)
class Gate:
    """Everything about who gets in. near, account, address: how often it may be tried without success."""

    members: Members
    sessions: Sessions
    tokens: ApiTokens
    log: DeedStore
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    near: Throttle = field(default_factory=lambda: Throttle(_NEAR))
    account: Throttle = field(default_factory=lambda: Throttle(_ACCOUNT))
    address: Throttle = field(default_factory=lambda: Throttle(_ADDRESS))
    told: Throttle = field(default_factory=lambda: Throttle(_TOLD))

    def sign_in(self, email: str, password: str, address: str = "", agent: str = "") -> tuple[Member, str]:
        """The member, and the secret of their new session.

        Raises NotSignedIn with one sentence whatever was wrong, after the same work whether or not there is such a member, and
        TooMany after too many tries. Who knows the password is let in from an address of their own while others guess elsewhere.
        """
        name, known = _name_of(email)
        taken = ((self.near, f"{whose(address)} {name}"), (self.account, name), (self.address, whose(address)))
        self._take(taken, known, address)
        found = self.members.store.find(name)
        kept = found[1] if found else ""
        right = self.members.passwords.verify(kept, password)
        if found is None or not right or not found[0].active:
            self.note(known, "was not let in", address=address)
            raise NotSignedIn(_REFUSED)
        member = found[0]
        if self.members.passwords.outdated(kept):
            self.members.store.set_password(member.id, self.members.passwords.hash(password))
        self.near.forget(taken[0][1])
        for throttle, key in taken[1:]:
            throttle.give_back(key)
        return member, self.open(member, address, agent)

    def _take(self, taken: Sequence[tuple[Throttle, str]], known: str, address: str) -> None:
        """Count a try before it is looked at, so that many at once are not let through; raises TooMany."""
        for done, (throttle, key) in enumerate(taken):
            try:
                throttle.take(key, _TOO_MANY)
            except TooMany:
                for earlier, name in taken[:done]:
                    earlier.give_back(name)
                self._note_waiting(known, address)
                raise

    def _note_waiting(self, known: str, address: str) -> None:
        """Once in a while: who is kept waiting must not be able to fill the log."""
        with suppress(TooMany):
            self.told.take(whose(address), _TOO_MANY)
            self.note(known, "was kept waiting after too many tries to sign in", address=address)

    def change_password(self, session: Session, member: Member, old: str, new: str, address: str = "") -> str:
        """Keep another password, end all sessions of the member, and give the secret of a new one for this browser.

        Raises BadInput when the old password is not right or the new one will not do, TooMany after too many tries.
        """
        self.near.take(f"password of {member.id}", "The password was tried too often.")
        self.members.change_password(member, old, new)
        self.near.forget(f"password of {member.id}")
        self.sessions.end_all(member.id)
        self.note(member.email, "changed their password", address=address)
        return self.sessions.open(member, address, session.agent)

    def open(self, member: Member, address: str = "", agent: str = "") -> str:
        """Sign a member in who has proved who they are; gives the secret of the new session."""
        self.members.store.signed_in(member.id, self.clock())
        self.note(member.email, "signed in", address=address)
        return self.sessions.open(member, address, agent)

    def note(self, member: str, deed: str, about: str = "", address: str = "") -> None:
        """Write down what a member did, or what somebody tried under a name."""
        self.log.add_deed(Deed(self.clock(), member, deed, about, address))

    def tidy(self) -> None:
        """Drop what is kept no longer."""
        self.log.forget_deeds(self.clock() - DEEDS_KEPT)
        self.sessions.store.forget_sessions(self.clock())


def _name_of(email: str) -> tuple[str, str]:
    """Under what a try is counted, and what the log says of it: nothing that is no address, as it may be a password gone astray."""
    try:
        name = normal_email(email)
    except BadInput:
        return email.strip().casefold()[:320], "(no address)"
    return name, name
