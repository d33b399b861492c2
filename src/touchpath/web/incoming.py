"""What the pages about incoming signals ask of a workspace; a server may show workspaces that take nothing in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from touchpath.model.errors import Unavailable
from touchpath.services.incoming import Incoming
from touchpath.services.pull_runs import PullRuns
from touchpath.web.platform import find_workspace


def find_incoming(request: Request, workspace: str) -> Incoming | None:
    """What a workspace can do about incoming signals, None if that is nothing."""
    return cast(Mapping[str, Incoming], request.app.state.incoming).get(workspace)


def read_incoming(request: Request, workspace: Annotated[str, Path()]) -> Incoming:
    """What the workspace that the address names can do about incoming signals; raises Missing, or Unavailable if that is nothing."""
    find_workspace(request.app.state.workspaces, workspace)
    incoming = find_incoming(request, workspace)
    if incoming is None:
        raise Unavailable(
            f"This server only shows '{workspace}': it takes no signals in. Serve the workspace with 'touchpath serve'."
        )
    return incoming


IncomingDep = Annotated[Incoming, Depends(read_incoming)]


def read_runs(incoming: IncomingDep, workspace: Annotated[str, Path()]) -> PullRuns:
    """The connections of a workspace; raises Unavailable when this server runs none."""
    if incoming.runs is None:
        raise Unavailable(f"This server runs no connections of '{workspace}'. Serve the workspace with 'touchpath serve'.")
    return incoming.runs


RunsDep = Annotated[PullRuns, Depends(read_runs)]
