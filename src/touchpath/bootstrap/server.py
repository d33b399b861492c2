"""What a server is made of: the pages, the way in of live signals, and the drain."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.types import ASGIApp

from touchpath.bootstrap.boards import desk_of
from touchpath.bootstrap.demo_making import DemoMaker
from touchpath.bootstrap.entrance import ON_THIS_MACHINE, Entrance
from touchpath.bootstrap.sql import sql_over
from touchpath.bootstrap.workspace import Workspace
from touchpath.model.errors import BadInput
from touchpath.services.board_desk import BoardDesk
from touchpath.services.demo_runs import DemoRuns
from touchpath.services.drainer import Drainer, run_all
from touchpath.services.exploring import Explorer
from touchpath.services.incoming import Incoming
from touchpath.services.platform import Platform
from touchpath.services.privacy import Privacy
from touchpath.services.reception import Desk, Reception
from touchpath.services.saved_queries import SavedQueries
from touchpath.settings import Settings
from touchpath.sources.demo import DEMOS
from touchpath.sources.wire import receivers
from touchpath.web.app import build_app
from touchpath.web.guard import host_name
from touchpath.web.ingest import Ingest


def build_server(workspaces: Iterable[Workspace], entrance: Entrance = ON_THIS_MACHINE) -> FastAPI:
    """The web application over some workspaces; raises BadInput if two have the same name. entrance: for this machine only unless given.

    Imports that a server before it left in the middle go on. Demos that are made from its pages stand below the first workspace.
    """
    platforms: dict[str, Platform] = {}
    incoming: dict[str, Incoming] = {}
    privacy: dict[str, Privacy] = {}
    explorers: dict[str, Explorer] = {}
    boards: dict[str, BoardDesk] = {}

    def show(workspace: Workspace) -> None:
        name = workspace.platform.name
        if name in platforms:
            raise BadInput(f"Two workspaces are called '{name}'. Rename one of the folders.")
        incoming[name], privacy[name] = workspace.incoming, Privacy(workspace.forgetting, workspace.exports)
        explorers[name], boards[name] = explorer_of(workspace), desk_of(workspace)
        platforms[name] = workspace.platform
        workspace.incoming.uploads.resume()

    found = list(workspaces)
    for workspace in found:
        show(workspace)
    demos = None
    if found:
        titles = {name: demo.title for name, demo in DEMOS.items()}
        demos = DemoRuns(titles, DemoMaker(found[0].folder, found[0].settings, show, lambda: tuple(platforms)))
    visited = {host_name(urlsplit(one.public_url).netloc) for one in incoming.values() if one.public_url}
    language = next((one.settings.language for one in found if one.settings.language), "")
    return build_app(
        platforms,
        incoming=incoming,
        privacy=privacy,
        explorers=explorers,
        boards=boards,
        demos=demos,
        hosts=entrance.hosts,
        visited=visited,
        gate=entrance.gate,
        site=entrance.site,
        addresses=entrance.addresses,
        requests_a_minute=entrance.requests_a_minute,
        language=language,
    )


def explorer_of(workspace: Workspace) -> Explorer:
    """What the pages that explore a workspace keep and ask."""
    return Explorer(SavedQueries(workspace.records), sql_over(workspace), workspace.platform.timelines.persons_of)


def build_reception(workspaces: Iterable[Workspace]) -> Reception:
    """Where live signals of some workspaces are taken in; raises BadInput if two have the same write key."""
    desks = []
    for workspace in workspaces:
        workspace.live.drain.catch_up()
        desks.append(Desk(workspace.platform.name, workspace.live.keys, workspace.live.spool))
    return Reception(desks)


def take_in_front(app: ASGIApp | None, reception: Reception, settings: Settings) -> ASGIApp:
    """An application that takes live signals and hands every other request to `app`; without one there is nothing else."""
    return Ingest(receivers(settings.ingest_url), reception, app, trusts_proxy=bool(settings.trust_proxy))


def drain_workspaces(workspaces: Sequence[Workspace], stop: threading.Event) -> None:
    """Take what the spools hold into the lakes, until stopped and empty-handed; merges small files on the way."""
    drainers = [Drainer(workspace.live.drain, workspace.signals) for workspace in workspaces]
    run_all(drainers, stop)
