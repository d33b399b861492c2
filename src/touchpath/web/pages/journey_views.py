"""The views of one journey: tabs above each of its pages."""

from __future__ import annotations

from fastapi import Request

from touchpath.web.access import Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.languages import _
from touchpath.web.platform import PlatformProtocol

View = tuple[str, str, bool]


def views_of(request: Request, platform: PlatformProtocol, journey: str, current: str) -> tuple[View, ...]:
    """Title, address and whether it is the current one, of every view of a journey."""
    at = Addresses(platform.name, carried_by(request))
    views = [
        ("map", _("Map"), at.journey(journey)),
        ("people", _("By persona"), at.journey_parties(journey)),
        ("paths", _("Observed paths"), at.journey_paths(journey)),
    ]
    if platform.drafts is not None and may(request, Action.DESIGN):
        views.append(("edit", _("Edit"), at.model_edit(f"journeys/{journey}")))
    return tuple((title, href, id == current) for id, title, href in views)
