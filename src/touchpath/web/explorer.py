"""What the pages that explore ask of a workspace; a server may show workspaces in which nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from touchpath.model.errors import Unavailable
from touchpath.services.exploring import Explorer
from touchpath.services.runs import Runs
from touchpath.web.platform import find_workspace


def find_explorer(request: Request, workspace: str) -> Explorer | None:
    """What is kept of exploring a workspace; None where nothing is."""
    return cast(Mapping[str, Explorer], request.app.state.explorers).get(workspace)


def read_explorer(request: Request, workspace: Annotated[str, Path()]) -> Explorer:
    """The same for the workspace that the address names; raises Missing, or Unavailable where nothing is kept."""
    find_workspace(request.app.state.workspaces, workspace)
    explorer = find_explorer(request, workspace)
    if explorer is None:
        raise Unavailable(f"This server only shows '{workspace}': it keeps nothing. Serve the workspace with 'touchpath serve'.")
    return explorer


ExplorerDep = Annotated[Explorer, Depends(read_explorer)]


def runs_of(request: Request) -> Runs:
    """The answers under way on this server."""
    return cast(Runs, request.app.state.runs)
