"""What the pages about people's rights ask of a workspace; a server may show workspaces that cannot be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from touchpath.model.errors import Unavailable
from touchpath.services.privacy import Privacy
from touchpath.web.platform import find_workspace


def workspace_privacy(request: Request, workspace: str) -> Privacy | None:
    """What a workspace can do for people's rights, or None when this server only shows it."""
    return cast(Mapping[str, Privacy], request.app.state.privacy).get(workspace)


def read_privacy(request: Request, workspace: Annotated[str, Path()]) -> Privacy:
    """The same for the workspace that the address names; raises Missing, or Unavailable if that is nothing."""
    find_workspace(request.app.state.workspaces, workspace)
    privacy = workspace_privacy(request, workspace)
    if privacy is None:
        raise Unavailable(f"This server only shows '{workspace}'. Serve the workspace with 'touchpath serve'.")
    return privacy


PrivacyDep = Annotated[Privacy, Depends(read_privacy)]
