"""What matches the people of a workspace: apart from it, as few ask for it."""

from __future__ import annotations

from touchpath.bootstrap.workspace import Workspace
from touchpath.engines.linkage import SplinkMatcher
from touchpath.services.decisions import DecisionService
from touchpath.services.matching import MatchService


def open_matching(workspace: Workspace) -> MatchService:
    """Matches people of an open workspace, whose decisions it then follows."""
    return MatchService(
        workspace.records,
        DecisionService(workspace.records),
        workspace.signals,
        workspace.timelines.identity,
        SplinkMatcher(),
        kept_as=workspace.pseudonyms.of_actor if workspace.pseudonyms else str,
    )
