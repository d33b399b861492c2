"""Make the tables of members: who they are, where they are signed in, tokens, one-time links and deeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "members",
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
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("member", sa.String(40), sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("made_micros", sa.BigInteger, nullable=False),
        sa.Column("seen_micros", sa.BigInteger, nullable=False),
        sa.Column("ends_micros", sa.BigInteger, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
    )
    op.create_table(
        "api_tokens",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("member", sa.String(40), sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("made_micros", sa.BigInteger, nullable=False),
        sa.Column("ends_micros", sa.BigInteger, nullable=False),
        sa.Column("used_micros", sa.BigInteger, nullable=True),
        sa.Column("ends_with", sa.String(8), nullable=False),
        sa.Column("revoked", sa.Boolean, nullable=False),
    )
    op.create_table(
        "one_time_links",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("member", sa.String(40), sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=True, index=True),
        sa.Column("made_micros", sa.BigInteger, nullable=False),
        sa.Column("ends_micros", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "deeds",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at_micros", sa.BigInteger, nullable=False, index=True),
        sa.Column("member", sa.String(320), nullable=False),
        sa.Column("deed", sa.String(200), nullable=False),
        sa.Column("about", sa.String(500), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
    )
