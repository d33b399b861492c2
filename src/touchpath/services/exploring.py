"""What the pages that explore one workspace need beside the workspace itself."""

from __future__ import annotations

from dataclasses import dataclass

from touchpath.services.rows_behind import PersonsOf
from touchpath.services.saved_queries import SavedQueries
from touchpath.store.sql import SqlStore


@dataclass(frozen=True)
class Explorer:
    """What is kept of exploring one workspace, and who answers SQL there; None = nobody. persons_of: whose signals were at their times."""

    saved: SavedQueries
    sql: SqlStore | None = None
    persons_of: PersonsOf | None = None
