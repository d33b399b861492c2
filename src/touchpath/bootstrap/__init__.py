"""Puts the parts together; the only place that knows every one of them.

What builds pages is imported when it is first asked for: opening a workspace, as most commands do, takes a third less time without.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from touchpath.bootstrap.checks import examine_workspace
from touchpath.bootstrap.demo_making import made_demos
from touchpath.bootstrap.demos import demos, prepare_demo
from touchpath.bootstrap.folder import FORMAT, create_workspace, is_workspace
from touchpath.bootstrap.parts import Live
from touchpath.bootstrap.warming import warm_everything
from touchpath.bootstrap.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from touchpath.bootstrap.boards import desk_of, writer_of
    from touchpath.bootstrap.entrance import Entrance, is_loopback_address, open_entrance, open_gate
    from touchpath.bootstrap.server import build_reception, build_server, drain_workspaces, take_in_front
    from touchpath.bootstrap.sql import sql_over

__all__ = [
    "FORMAT",
    "Entrance",
    "Live",
    "Workspace",
    "build_reception",
    "build_server",
    "create_workspace",
    "demos",
    "desk_of",
    "drain_workspaces",
    "examine_workspace",
    "is_loopback_address",
    "is_workspace",
    "made_demos",
    "open_entrance",
    "open_gate",
    "open_workspace",
    "prepare_demo",
    "sql_over",
    "take_in_front",
    "warm_everything",
    "writer_of",
]

#: Which module has what is imported late.
_LATE = {
    **dict.fromkeys(("desk_of", "writer_of"), "boards"),
    **dict.fromkeys(("Entrance", "is_loopback_address", "open_entrance", "open_gate"), "entrance"),
    **dict.fromkeys(("build_reception", "build_server", "drain_workspaces", "take_in_front"), "server"),
    "sql_over": "sql",
}


def __getattr__(name: str) -> object:
    if name in _LATE:
        return getattr(import_module(f"touchpath.bootstrap.{_LATE[name]}"), name)
    raise AttributeError(f"module 'touchpath.bootstrap' has no attribute '{name}'")
