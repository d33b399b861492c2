"""SQL over the lake of a workspace."""

from __future__ import annotations

import pyarrow as pa

from touchpath.bootstrap.workspace import Workspace
from touchpath.services.sql_tables import handed_tables
from touchpath.store.sql import SqlStore
from touchpath.stores.sql_lake import SqlLake


def sql_over(workspace: Workspace) -> SqlStore:
    """Answers SQL over the signals of a workspace, its ids and its questions."""
    platform = workspace.platform

    def handed() -> dict[str, pa.Table]:
        return handed_tables(platform.index, platform.timelines, platform.experience())

    return SqlLake(workspace.signals, handed)
