"""Who is signed in where: sessions that end by themselves, and tokens for programs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from touchpath.model.errors import BadInput, Unavailable
from touchpath.model.member import ApiToken, Member, Scope, Session
from touchpath.services.one_time import draw_id, draw_secret, hash_secret
from touchpath.store.members import SessionStore

#: Begins every token, so that people and scanners of leaked secrets know one.
TOKEN_PREFIX = "tpat_"  # noqa: S105
MOST_DAYS = 366
MOST_TOKENS = 50
#: How often the time of last use is written down.
_SEEN_EVERY = timedelta(minutes=1)
_LONGEST_AGENT = 200


@dataclass(frozen=True)
class Sessions:
    """Sessions of browsers. idle: they end after so long without use; lasts: and after so long in any case."""

    store: SessionStore
    idle: timedelta = timedelta(hours=24)
    lasts: timedelta = timedelta(days=14)
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def open(self, member: Member, address: str = "", agent: str = "") -> str:
        """Sign a member in: a new session, and the secret that proves it."""
        secret, now = draw_secret(), self.clock()
        plain = "".join(letter for letter in agent[:_LONGEST_AGENT] if letter.isprintable())
        self.store.forget_sessions(now)
        self.store.add_session(
            hash_secret(secret), Session(draw_id(), member.id, now, now, now + self.lasts, address[:64], plain)
        )
        return secret

    def find(self, secret: str, *, used: bool = True) -> tuple[Session, Member] | None:
        """The session that a secret proves, and its member; None when it has ended, or the member may no longer come in.

        used: somebody did something, and not a page by itself.
        """
        hash, now = hash_secret(secret), self.clock()
        found = self.store.session(hash)
        if found is None or not found[1].active or not self._lives(found[0], now):
            return None
        if used and now - found[0].seen_at >= _SEEN_EVERY:
            with suppress(Unavailable):
                self.store.seen_session(hash, now)
        return found

    def of(self, member: str) -> tuple[Session, ...]:
        """The living sessions of a member, the last used first."""
        return tuple(one for one in self.store.sessions(member) if self._lives(one, self.clock()))

    def end(self, id: str, member: str) -> bool:
        """End one session of a member."""
        return self.store.end_session(id, member)

    def end_all(self, member: str, but: str = "") -> int:
        """End all sessions of a member but one; gives how many."""
        return self.store.end_sessions(member, but)

    def _lives(self, session: Session, now: datetime) -> bool:
        return now < session.ends_at and now - session.seen_at < self.idle


@dataclass(frozen=True)
class ApiTokens:
    """Tokens by which programs ask the JSON API in a member's name."""

    store: SessionStore
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def make(self, member: Member, name: str, scopes: Collection[Scope], days: int) -> tuple[ApiToken, str]:
        """A new token, and its text, which is told this once; raises BadInput."""
        name = " ".join(name.split())
        if not name or len(name) > 100 or not name.isprintable():
            raise BadInput("Give the token a name of at most 100 letters that says what it is for, as in 'weekly report'.")
        if not scopes:
            raise BadInput(f"Choose what the token may be used for, at least one of: {', '.join(Scope)}.")
        if not 1 <= days <= MOST_DAYS:
            raise BadInput(f"The days that the token works came as {days}. Give 1 to {MOST_DAYS}.")
        now = self.clock()
        if sum(one.state(now) == "works" for one in self.store.tokens(member.id)) >= MOST_TOKENS:
            raise BadInput(f"You have {MOST_TOKENS} tokens that work. Revoke those that nothing uses.")
        secret = draw_secret(TOKEN_PREFIX)
        token = ApiToken(draw_id(), member.id, name, frozenset(scopes), now, now + timedelta(days=days), secret[-4:])
        self.store.add_token(hash_secret(secret), token)
        return token, secret

    def find(self, secret: str) -> tuple[ApiToken, Member] | None:
        """The token with a text, and its member; None when it does not work, or the member may no longer come in."""
        hash, now = hash_secret(secret), self.clock()
        found = self.store.token(hash) if secret.startswith(TOKEN_PREFIX) else None
        if found is None or not found[1].active or found[0].state(now) != "works":
            return None
        if found[0].used_at is None or now - found[0].used_at >= _SEEN_EVERY:
            with suppress(Unavailable):
                self.store.used_token(hash, now)
        return found

    def of(self, member: str = "") -> tuple[ApiToken, ...]:
        """The tokens of a member, or of all, newest first."""
        return self.store.tokens(member)

    def revoke(self, id: str, member: str = "") -> ApiToken:
        """Let a token work no more; member: only one of theirs. Raises Missing."""
        return self.store.revoke_token(id, member)
