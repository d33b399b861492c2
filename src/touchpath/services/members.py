"""Members: the first owner, invitations, roles, passwords, and who may no longer come in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from touchpath.model.email import is_email
from touchpath.model.errors import BadInput, Conflict, Missing, NotAllowed
from touchpath.model.member import Member, Role
from touchpath.services.one_time import draw_id, draw_secret, hash_secret
from touchpath.services.passwords import Passwords
from touchpath.store.members import MemberStore, OneTimeLink

SET_UP, INVITATION, RESET = "set-up", "invitation", "reset"
#: How long links are good for.
LASTS = {SET_UP: timedelta(hours=1), INVITATION: timedelta(days=7), RESET: timedelta(hours=24)}
_LONGEST_NAME = 200
_NO_LINK = "This link was used, has ended, or is not whole. Ask whoever gave it to you for a new one."


def normal_email(text: str) -> str:
    """An e-mail address as members are found by it; raises BadInput."""
    if not is_email(text) or len(text.strip()) > 320:
        raise BadInput(f"The e-mail address came as '{text[:100]}'. Write it as in ada@example.org.")
    return text.strip().lower()


@dataclass(frozen=True)
class Members:
    """The members of a server."""

    store: MemberStore
    passwords: Passwords
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def has_owner(self) -> bool:
        """Whether an owner can sign in."""
        return any(one.active and one.role is Role.OWNER for one in self.store.members())

    def set_up(self) -> str:
        """The secret of a link by which the first owner comes in; an earlier one ends. Raises Conflict when there is an owner."""
        if self.has_owner():
            raise Conflict("There is an owner already. They can invite others.")
        return self._link(SET_UP, "")

    def invite(self, email: str, role: Role, people: bool = False, name: str = "") -> tuple[Member, str]:
        """A new member, and the secret of the link by which they choose a password; raises BadInput, or Conflict for a member."""
        member = Member(draw_id(), normal_email(email), _checked_name(name), role, people, self.clock())
        self.store.add(member)
        return member, self._link(INVITATION, member.id)

    def new_link(self, id: str) -> tuple[Member, str]:
        """The secret of a link by which a member chooses a new password (or a first one); earlier links end."""
        member = self.store.member(id)
        if member.disabled:
            raise Conflict(f"{member.email} is disabled. Let them in again first.")
        return member, self._link(RESET if member.joined else INVITATION, id)

    def link(self, secret: str) -> tuple[OneTimeLink, Member | None]:
        """What a link is for, and for whom; raises NotAllowed when it is no longer good."""
        found = self.store.link(hash_secret(secret), self.clock())
        if found is None:
            raise NotAllowed(_NO_LINK)
        return found, self.store.member(found.member) if found.member else None

    def join(self, secret: str, password: str, *, name: str = "", email: str = "") -> Member:
        """Use a link: keep the password chosen with it. email: of the first owner, only with the set-up's link.

        Raises NotAllowed when the link is no longer good, BadInput for a password that will not do; the link is good still then.
        """
        link, member = self.link(secret)
        name = _checked_name(name)
        if member is None:
            return self._join_first(secret, password, name, normal_email(email))
        if member.disabled:
            raise NotAllowed(_NO_LINK)
        self.passwords.check(password, member.email, name or member.name)
        joined = self.store.join(
            hash_secret(secret), self.clock(), name if link.purpose == INVITATION else "", self._hash(password)
        )
        if joined is None:
            raise NotAllowed(_NO_LINK)
        return joined

    def _join_first(self, secret: str, password: str, name: str, email: str) -> Member:
        self.passwords.check(password, email, name)
        first = Member(draw_id(), email, name, Role.OWNER, True, self.clock(), joined=True)
        if not self.store.join_first(hash_secret(secret), self.clock(), first, self._hash(password)):
            raise NotAllowed(_NO_LINK)
        found = self.store.find(email)
        if found is None:
            raise Missing("There is no such member.")
        return found[0]

    def change_password(self, member: Member, old: str, new: str) -> None:
        """Keep another password; raises BadInput when the old one is not right, or the new one will not do."""
        found = self.store.find(member.email)
        if found is None or not self.passwords.verify(found[1], old):
            raise BadInput("The password that you have now was not right. Nothing was changed.")
        if old == new:
            raise BadInput("The new password is the one that you have now. Choose another.")
        self.passwords.check(new, member.email, member.name)
        self.store.set_password(member.id, self._hash(new))

    def by_email(self, email: str) -> Member:
        """The member with an address; raises Missing with those that there are."""
        found = self.store.find(normal_email(email))
        if found is None:
            raise Missing(f"Nobody with the address '{email}' is a member. See who is: touchpath member list")
        return found[0]

    def _hash(self, password: str) -> str:
        return self.passwords.hash(password)

    def _link(self, purpose: str, member: str) -> str:
        secret, now = draw_secret(), self.clock()
        self.store.add_link(hash_secret(secret), OneTimeLink(purpose, member, now, now + LASTS[purpose]))
        return secret


def _checked_name(name: str) -> str:
    plain = " ".join(name.split())
    if len(plain) > _LONGEST_NAME or not plain.isprintable():
        raise BadInput(f"A name has at most {_LONGEST_NAME} letters, and no signs that cannot be printed.")
    return plain
