"""What the pages and the API ask of a workspace. `services` has the real one; tests bring their own."""

from __future__ import annotations

from touchpath.web.platform.workspace import (
    PlatformDep,
    PlatformProtocol,
    Workspaces,
    find_metric,
    find_workspace,
    read_platform,
    without_verbatims,
)

__all__ = [
    "PlatformDep",
    "PlatformProtocol",
    "Workspaces",
    "find_metric",
    "find_workspace",
    "read_platform",
    "without_verbatims",
]
