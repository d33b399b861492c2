"""The tables of members, and their rows as the model's nouns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from touchpath.model.member import ApiToken, Deed, Member, Role, Scope, Session
from touchpath.model.time import from_micros
from touchpath.stores.record_tables import METADATA


def _of_member(null: bool = False) -> sa.Column[Any]:
    return sa.Column("member", sa.String(40), sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=null, index=True)


MEMBERS = sa.Table(
    "members",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("email", sa.String(320), nullable=False, unique=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("people", sa.Boolean, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("password", sa.String(500), nullable=False),
    sa.Column("made_micros", sa.BigInteger, nullable=False),
    sa.Column("last_micros", sa.BigInteger, nullable=True),
)
SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(40), nullable=False, unique=True),
    _of_member(),
    sa.Column("made_micros", sa.BigInteger, nullable=False),
    sa.Column("seen_micros", sa.BigInteger, nullable=False),
    sa.Column("ends_micros", sa.BigInteger, nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("agent", sa.String(200), nullable=False),
)
TOKENS = sa.Table(
    "api_tokens",
    METADATA,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(40), nullable=False, unique=True),
    _of_member(),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("scopes", sa.String(200), nullable=False),
    sa.Column("made_micros", sa.BigInteger, nullable=False),
    sa.Column("ends_micros", sa.BigInteger, nullable=False),
    sa.Column("used_micros", sa.BigInteger, nullable=True),
    sa.Column("ends_with", sa.String(8), nullable=False),
    sa.Column("revoked", sa.Boolean, nullable=False),
)
#: The set-up's link belongs to no member.
LINKS = sa.Table(
    "one_time_links",
    METADATA,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("purpose", sa.String(20), nullable=False),
    _of_member(null=True),
    sa.Column("made_micros", sa.BigInteger, nullable=False),
    sa.Column("ends_micros", sa.BigInteger, nullable=False),
)
DEEDS = sa.Table(
    "deeds",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at_micros", sa.BigInteger, nullable=False, index=True),
    sa.Column("member", sa.String(320), nullable=False),
    sa.Column("deed", sa.String(200), nullable=False),
    sa.Column("about", sa.String(500), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
)


def maybe_at(micros: int | None) -> datetime | None:
    """A moment that may be missing."""
    return None if micros is None else from_micros(micros)


def member_of(row: sa.Row[Any], prefix: str = "") -> Member:
    """A member from a row whose columns may have a prefix."""
    at = row._mapping  # SQLAlchemy's public name for a row as a mapping
    return Member(
        at[f"{prefix}id"],
        at[f"{prefix}email"],
        at[f"{prefix}name"],
        Role(at[f"{prefix}role"]),
        bool(at[f"{prefix}people"]),
        from_micros(at[f"{prefix}made_micros"]),
        bool(at[f"{prefix}disabled"]),
        bool(at[f"{prefix}password"]),
        maybe_at(at[f"{prefix}last_micros"]),
    )


def session_of(row: sa.Row[Any]) -> Session:
    """A session from its row."""
    made, seen, ends = map(from_micros, (row.made_micros, row.seen_micros, row.ends_micros))
    return Session(row.id, row.member, made, seen, ends, row.address, row.agent)


def token_of(row: sa.Row[Any]) -> ApiToken:
    """A token from its row."""
    scopes = frozenset(map(Scope, row.scopes.split()))
    made, ends = from_micros(row.made_micros), from_micros(row.ends_micros)
    return ApiToken(row.id, row.member, row.name, scopes, made, ends, row.ends_with, bool(row.revoked), maybe_at(row.used_micros))


def deed_of(row: sa.Row[Any]) -> Deed:
    """A deed from its row."""
    return Deed(from_micros(row.at_micros), row.member, row.deed, row.about, row.address)
