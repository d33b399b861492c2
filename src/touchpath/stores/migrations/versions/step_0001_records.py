"""Make the table of records: one row per revision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "records",
        sa.Column("kind", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("member", sa.String(200), nullable=False),
        sa.Column("saved_micros", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.CheckConstraint("revision > 0", name="records_revision_counts_from_one"),
    )
