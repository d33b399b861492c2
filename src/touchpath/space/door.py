"""What every part of the door stands on: an open workspace."""

from __future__ import annotations

from touchpath.bootstrap import Workspace


class Door:
    """An open workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._platform = workspace.platform
