"""Puts the parts together; the only place that knows every one of them."""

from touchpath.bootstrap.boards import desk_of, writer_of
from touchpath.bootstrap.checks import examine_workspace
from touchpath.bootstrap.demo_making import made_demos
from touchpath.bootstrap.demos import demos, prepare_demo
from touchpath.bootstrap.entrance import Entrance, is_loopback_address, open_entrance, open_gate
from touchpath.bootstrap.folder import FORMAT, create_workspace, is_workspace
from touchpath.bootstrap.server import build_reception, build_server, drain_workspaces, take_in_front
from touchpath.bootstrap.warming import warm_everything
from touchpath.bootstrap.workspace import Live, Workspace, open_workspace

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
    "take_in_front",
    "warm_everything",
    "writer_of",
]
