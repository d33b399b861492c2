"""A gate over an empty database in memory of a file, quick hashes and a clock that tests move."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from argon2 import PasswordHasher

from touchpath.model.member import Member, Role
from touchpath.services.gate import Gate
from touchpath.services.members import Members
from touchpath.services.passwords import Passwords
from touchpath.services.sessions import ApiTokens, Sessions
from touchpath.stores.database import Database, open_database
from touchpath.stores.members import SqlMembers
from touchpath.stores.sessions import SqlSessions

PASSWORD = "seven otters near Gijon"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Clock:
    """The time, which tests move on."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **more: float) -> None:
        self.now += timedelta(**more)


def open_gate(folder: Path, clock: Clock) -> tuple[Gate, Database]:
    """A gate, and the database behind it, which the caller closes."""
    database = open_database(folder / "records.sqlite")
    sa.event.listen(database.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA synchronous = OFF"))
    members, sessions = SqlMembers(database), SqlSessions(database)
    gate = Gate(
        Members(members, Passwords(hasher=QUICK), clock),
        Sessions(sessions, clock=clock),
        ApiTokens(sessions, clock),
        sessions,
        clock,
    )
    return gate, database


def let_join(gate: Gate, email: str, role: Role, people: bool = False) -> Member:
    """A member who has chosen the password of the tests."""
    _, secret = gate.members.invite(email, role, people)
    return gate.members.join(secret, PASSWORD, name=email.partition("@")[0].title())
