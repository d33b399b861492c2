"""The ways that people really went through a journey, over the designed one: variants, loops, dead ends, and where they leave it."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import TouchpathError
from touchpath.services.results import QueryAnswer
from touchpath.web.access import NUMBERS
from touchpath.web.pages.filters import Filters, FiltersDep, filter_bar
from touchpath.web.pages.journey_views import views_of
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
MOST_VARIANTS = 12


@router.get("/w/{workspace}/journeys/{journey}/paths", dependencies=[NUMBERS])
def show_paths(request: Request, journey: str, platform: PlatformDep, filters: FiltersDep) -> HTMLResponse:
    """Observed paths beside the designed one, narrowed as the address says."""
    designed = platform.experience().journey(journey)
    asked = queries_of(platform, journey, filters)
    found = dict(zip(asked, platform.ask_all(json.dumps(list(asked.values()))), strict=True)) if platform.span() else {}
    answers = {name: one for name, one in found.items() if isinstance(one, QueryAnswer)}
    return show_page(
        "journey_paths.html",
        request,
        platform=platform,
        section=f"journey {journey}",
        journey=designed,
        views=views_of(request, platform, journey, "paths"),
        bar=filter_bar(request, platform, filters, ("period", "channel", "device", "segment")),
        faults={name: str(one) for name, one in found.items() if isinstance(one, TouchpathError)},
        notes=tuple(dict.fromkeys(note for answer in answers.values() for note in answer.notes)),
        tables={f"{name}.{table.name}": table.records() for name, answer in answers.items() for table in answer.tables},
        period=next((answer.period for answer in answers.values()), None),
        version=next((answer.data_version for answer in answers.values()), ""),
        titles={step.id: step.title for step in designed.steps},
    )


def queries_of(platform: PlatformProtocol, journey: str, filters: Filters) -> dict[str, dict[str, Any]]:
    """The queries behind the page, which anybody may ask again elsewhere."""
    period = filters.within(platform.span(), platform.zone)
    shared: dict[str, Any] = {"journey": journey}
    if period is not None:
        shared["period"] = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    if filters.cuts():
        shared["where"] = dict(filters.cuts())
    return {
        "conformance": {"query": "conformance", **shared, "top": MOST_VARIANTS, "show": "all"},
        "variants": {"query": "variants", **shared, "top": MOST_VARIANTS, "collapse": True},
        "rework": {"query": "rework", **shared, "top": MOST_VARIANTS},
    }
