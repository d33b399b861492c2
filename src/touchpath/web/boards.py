"""What the pages about boards of one's own ask for; a server may show workspaces in which nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import Depends, Path, Request

from touchpath.model.errors import Unavailable
from touchpath.services.board_desk import BoardDesk
from touchpath.web.platform import find_workspace


def find_desk(request: Request, workspace: str) -> BoardDesk | None:
    """What keeps the boards of a workspace; None where nothing does."""
    return cast(Mapping[str, BoardDesk], request.app.state.boards).get(workspace)


def read_desk(request: Request, workspace: Annotated[str, Path()]) -> BoardDesk:
    """The same for the workspace that the address names; raises Missing, or Unavailable where nothing is kept."""
    find_workspace(request.app.state.workspaces, workspace)
    desk = find_desk(request, workspace)
    if desk is None:
        raise Unavailable(
            f"This server only shows '{workspace}': it keeps no boards. Serve the workspace with 'touchpath serve'."
        )
    return desk


DeskDep = Annotated[BoardDesk, Depends(read_desk)]
