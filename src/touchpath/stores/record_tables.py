"""The tables of the records database, and bringing an older one up to date."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from touchpath.model.errors import BadInput

METADATA = sa.MetaData()

#: One row per revision; the primary key is what lets only one of two writers win.
RECORDS = sa.Table(
    "records",
    METADATA,
    sa.Column("kind", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("member", sa.String(200), nullable=False),
    sa.Column("saved_micros", sa.BigInteger, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.CheckConstraint("revision > 0", name="records_revision_counts_from_one"),
)

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 7_400_281_055  # any number of our own: PostgreSQL's advisory locks are named by numbers


def migrate(connection: sa.Connection) -> None:
    """Bring the tables up to date inside the connection's transaction; raises BadInput when they are newer than this code."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    found = MigrationContext.configure(connection).get_current_heads()
    if unknown := [revision for revision in found if revision not in known]:
        raise BadInput(
            f"The records were written by a newer Touchpath (their tables are at '{unknown[0]}', this version knows up to "
            f"'{script.get_current_head()}'). Install that version, or restore an older copy of the records."
        )
    if set(found) != set(script.get_heads()):
        command.upgrade(config, "head")
