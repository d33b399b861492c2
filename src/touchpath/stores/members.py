"""Members and their one-time links in the records database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from touchpath.model.errors import Conflict, Missing
from touchpath.model.member import Member, Role
from touchpath.model.time import from_micros, to_micros
from touchpath.store.members import OneTimeLink
from touchpath.stores.database import Database
from touchpath.stores.member_tables import LINKS, MEMBERS, SESSIONS, TOKENS, member_of

LAST_OWNER = "Somebody has to own this: they are the last owner who can sign in. Make another member an owner first."


class SqlMembers:
    """A MemberStore in an SQL database. Safe to use from several threads and beside other processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def members(self) -> tuple[Member, ...]:
        """All of them, by e-mail address."""
        with self._database.reading() as connection:
            found = [member_of(row) for row in connection.execute(sa.select(MEMBERS))]
        return tuple(sorted(found, key=lambda member: member.email))

    def member(self, id: str) -> Member:
        """One of them; raises Missing."""
        with self._database.reading() as connection:
            return _one(connection, id)

    def find(self, email: str) -> tuple[Member, str] | None:
        """The member with an address, and the hash of their password, "" before they chose one."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(MEMBERS).where(MEMBERS.c.email == email)).one_or_none()
        return None if row is None else (member_of(row), row.password)

    def add(self, member: Member, password: str = "") -> None:
        """Keep a new member, with the hash of their password if there is one; raises Conflict when the address is taken."""
        try:
            with self._database.writing() as connection:
                connection.execute(sa.insert(MEMBERS), _row(member, password))
        except IntegrityError:
            raise Conflict(f"'{member.email}' is a member already.") from None

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
        new = {"name": name, "role": role, "people": people, "disabled": disabled}
        with self._database.writing() as connection:
            _one(connection, id)
            given = {column: value for column, value in new.items() if value is not None}
            if (role is not None and role is not Role.OWNER) or disabled:
                _keep_an_owner(connection, id)
            if given:
                connection.execute(sa.update(MEMBERS).where(MEMBERS.c.id == id).values(**given))
            if disabled:
                connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.member == id))
                connection.execute(sa.delete(LINKS).where(LINKS.c.member == id))
            return _one(connection, id)

    def remove(self, id: str) -> None:
        """Take a member out with their sessions, tokens and links; raises Missing, and Conflict for the last owner."""
        with self._database.writing() as connection:
            _one(connection, id)
            _keep_an_owner(connection, id)
            for table in (SESSIONS, TOKENS, LINKS):
                connection.execute(sa.delete(table).where(table.c.member == id))
            connection.execute(sa.delete(MEMBERS).where(MEMBERS.c.id == id))

    def set_password(self, id: str, password: str) -> None:
        """Keep the hash of a password; who had none has joined now."""
        with self._database.writing() as connection:
            connection.execute(sa.update(MEMBERS).where(MEMBERS.c.id == id).values(password=password))

    def signed_in(self, id: str, at: datetime) -> None:
        """Remember when somebody signed in last."""
        with self._database.writing() as connection:
            connection.execute(sa.update(MEMBERS).where(MEMBERS.c.id == id).values(last_micros=to_micros(at)))

    def add_link(self, hash: str, link: OneTimeLink) -> None:
        """Keep a link; other links of this purpose for this member end."""
        same = sa.and_(LINKS.c.purpose == link.purpose, _of(link.member))
        row = {"purpose": link.purpose, "member": link.member or None}
        times = {"made_micros": to_micros(link.made_at), "ends_micros": to_micros(link.ends_at)}
        with self._database.writing() as connection:
            connection.execute(sa.delete(LINKS).where(same))
            connection.execute(sa.insert(LINKS), {"hash": hash, **row, **times})

    def link(self, hash: str, now: datetime) -> OneTimeLink | None:
        """The link with this hash, unless it was used or has ended."""
        with self._database.reading() as connection:
            return _good_link(connection, hash, now)

    def join(self, hash: str, now: datetime, name: str, password: str) -> Member | None:
        """Use up a member's link and keep the name (unless blank) and the hash of the password they chose; None when it is no longer good."""
        with self._database.writing() as connection:
            link = _take_link(connection, hash, now)
            if link is None or not link.member:
                return None
            given = {"password": password, **({"name": name} if name else {})}
            connection.execute(sa.update(MEMBERS).where(MEMBERS.c.id == link.member).values(**given))
            connection.execute(sa.delete(LINKS).where(LINKS.c.member == link.member))
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.member == link.member))
            return _one(connection, link.member)

    def join_first(self, hash: str, now: datetime, member: Member, password: str) -> bool:
        """Use up the set-up's link and keep the first owner; False when it is no longer good, or there is an owner."""
        with self._database.writing() as connection:
            link = _take_link(connection, hash, now)
            if link is None or link.member or _owners(connection):
                return False
            taken = connection.execute(sa.select(MEMBERS.c.id).where(MEMBERS.c.email == member.email)).scalar()
            if taken is None:
                connection.execute(sa.insert(MEMBERS), _row(member, password))
            else:
                given = {"name": member.name, "role": member.role, "people": member.people, "disabled": False}
                connection.execute(sa.update(MEMBERS).where(MEMBERS.c.id == taken).values(password=password, **given))
            return True


def _row(member: Member, password: str) -> dict[str, object]:
    return {
        "id": member.id,
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "people": member.people,
        "disabled": member.disabled,
        "password": password,
        "made_micros": to_micros(member.made_at),
        "last_micros": None,
    }


def _one(connection: sa.Connection, id: str) -> Member:
    row = connection.execute(sa.select(MEMBERS).where(MEMBERS.c.id == id)).one_or_none()
    if row is None:
        raise Missing("There is no such member.")
    return member_of(row)


def _owners(connection: sa.Connection) -> list[str]:
    """Owners who can sign in, their rows locked until the transaction ends: two of them cannot remove each other."""
    able = sa.and_(MEMBERS.c.role == Role.OWNER, MEMBERS.c.disabled.is_(False), MEMBERS.c.password != "")
    return list(connection.scalars(sa.select(MEMBERS.c.id).where(able).order_by(MEMBERS.c.id).with_for_update()))


def _keep_an_owner(connection: sa.Connection, leaving: str) -> None:
    if _owners(connection) == [leaving]:
        raise Conflict(LAST_OWNER)


def _of(member: str) -> sa.ColumnElement[bool]:
    return LINKS.c.member == member if member else LINKS.c.member.is_(None)


def _good_link(connection: sa.Connection, hash: str, now: datetime) -> OneTimeLink | None:
    good = sa.and_(LINKS.c.hash == hash, LINKS.c.ends_micros > to_micros(now))
    row: sa.Row[Any] | None = connection.execute(sa.select(LINKS).where(good)).one_or_none()
    if row is None:
        return None
    return OneTimeLink(row.purpose, row.member or "", from_micros(row.made_micros), from_micros(row.ends_micros))


def _take_link(connection: sa.Connection, hash: str, now: datetime) -> OneTimeLink | None:
    """The link, which is gone now: of two who use it at once, the database lets one delete it."""
    link = _good_link(connection, hash, now)
    went = connection.execute(sa.delete(LINKS).where(LINKS.c.hash == hash)).rowcount
    return link if went == 1 else None
