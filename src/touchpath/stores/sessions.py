"""Sessions, tokens and deeds in the records database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from touchpath.model.errors import Missing
from touchpath.model.member import ApiToken, Deed, Member, Session
from touchpath.model.time import to_micros
from touchpath.stores.database import Database
from touchpath.stores.member_tables import DEEDS, MEMBERS, SESSIONS, TOKENS, deed_of, member_of, session_of, token_of

_MEMBERS_COLUMNS = [column.label(f"member_{column.name}") for column in MEMBERS.c]


class SqlSessions:
    """A SessionStore and a DeedStore in an SQL database. Safe to use from several threads and beside other processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_session(self, hash: str, session: Session) -> None:
        """Keep a new session."""
        times = {
            "made_micros": to_micros(session.made_at),
            "seen_micros": to_micros(session.seen_at),
            "ends_micros": to_micros(session.ends_at),
        }
        row = {"hash": hash, "id": session.id, "member": session.member, "address": session.address, "agent": session.agent}
        self._write(sa.insert(SESSIONS).values(**row, **times))

    def session(self, hash: str) -> tuple[Session, Member] | None:
        """The session with this hash and its member."""
        row = self._found(SESSIONS, hash)
        return None if row is None else (session_of(row), member_of(row, "member_"))

    def seen_session(self, hash: str, at: datetime) -> None:
        """Remember that a session was used."""
        self._write(sa.update(SESSIONS).where(SESSIONS.c.hash == hash).values(seen_micros=to_micros(at)))

    def sessions(self, member: str) -> tuple[Session, ...]:
        """All sessions of a member, the last used first."""
        query = sa.select(SESSIONS).where(SESSIONS.c.member == member).order_by(SESSIONS.c.seen_micros.desc())
        with self._database.reading() as connection:
            return tuple(map(session_of, connection.execute(query)))

    def end_session(self, id: str, member: str) -> bool:
        """End a session of a member; False when there is none."""
        return self._write(sa.delete(SESSIONS).where(SESSIONS.c.id == id, SESSIONS.c.member == member)) == 1

    def end_sessions(self, member: str, but: str = "") -> int:
        """End all sessions of a member but one; gives how many."""
        return self._write(sa.delete(SESSIONS).where(SESSIONS.c.member == member, SESSIONS.c.id != but))

    def forget_sessions(self, before: datetime) -> None:
        """Drop sessions that ended before a moment."""
        self._write(sa.delete(SESSIONS).where(SESSIONS.c.ends_micros <= to_micros(before)))

    def add_token(self, hash: str, token: ApiToken) -> None:
        """Keep a new token."""
        self._write(
            sa.insert(TOKENS).values(
                hash=hash,
                id=token.id,
                member=token.member,
                name=token.name,
                scopes=" ".join(sorted(token.scopes)),
                made_micros=to_micros(token.made_at),
                ends_micros=to_micros(token.ends_at),
                used_micros=None,
                ends_with=token.ends_with,
                revoked=False,
            )
        )

    def token(self, hash: str) -> tuple[ApiToken, Member] | None:
        """The token with this hash and its member."""
        row = self._found(TOKENS, hash)
        return None if row is None else (token_of(row), member_of(row, "member_"))

    def used_token(self, hash: str, at: datetime) -> None:
        """Remember that a token was used."""
        self._write(sa.update(TOKENS).where(TOKENS.c.hash == hash).values(used_micros=to_micros(at)))

    def tokens(self, member: str = "") -> tuple[ApiToken, ...]:
        """All tokens of a member, or of all, newest first."""
        query = sa.select(TOKENS).order_by(TOKENS.c.made_micros.desc())
        if member:
            query = query.where(TOKENS.c.member == member)
        with self._database.reading() as connection:
            return tuple(map(token_of, connection.execute(query)))

    def revoke_token(self, id: str, member: str = "") -> ApiToken:
        """Let a token work no more; member: only one of theirs. Raises Missing."""
        this = sa.and_(TOKENS.c.id == id, *((TOKENS.c.member == member,) if member else ()))
        with self._database.writing() as connection:
            connection.execute(sa.update(TOKENS).where(this).values(revoked=True))
            row = connection.execute(sa.select(TOKENS).where(this)).one_or_none()
        if row is None:
            raise Missing("There is no such token.")
        return token_of(row)

    def add_deed(self, deed: Deed) -> None:
        """Keep a deed."""
        row = {"member": deed.member[:320], "deed": deed.deed[:200], "about": deed.about[:500], "address": deed.address[:64]}
        self._write(sa.insert(DEEDS).values(at_micros=to_micros(deed.at), **row))

    def deeds(self, most: int, before: datetime | None = None) -> Sequence[Deed]:
        """The newest deeds, or the newest before a moment."""
        query = sa.select(DEEDS).order_by(DEEDS.c.at_micros.desc(), DEEDS.c.id.desc()).limit(most)
        if before is not None:
            query = query.where(DEEDS.c.at_micros < to_micros(before))
        with self._database.reading() as connection:
            return [deed_of(row) for row in connection.execute(query)]

    def forget_deeds(self, before: datetime) -> int:
        """Drop what happened before a moment; gives how many."""
        return self._write(sa.delete(DEEDS).where(DEEDS.c.at_micros < to_micros(before)))

    def _write(self, statement: sa.Insert | sa.Update | sa.Delete) -> int:
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount

    def _found(self, table: sa.Table, hash: str) -> sa.Row[Any] | None:
        """The row with a hash, together with its member's."""
        query = sa.select(table, *_MEMBERS_COLUMNS).join(MEMBERS, MEMBERS.c.id == table.c.member).where(table.c.hash == hash)
        with self._database.reading() as connection:
            return connection.execute(query).one_or_none()
