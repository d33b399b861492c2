"""The ways that people really went through a journey, over the designed one: variants, loops, dead ends, and where they leave it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import TouchpathError
from touchpath.model.experience import Journey
from touchpath.model.rule_text import plain_rule
from touchpath.model.spans import show_span
from touchpath.services.queries.reading import rule_title
from touchpath.services.results import QueryAnswer
from touchpath.timelines.match import MAX_RULES
from touchpath.web.access import NUMBERS, Action, may
from touchpath.web.carried import carried_by
from touchpath.web.exploring.ways import FIELD, RARE, JourneyHand, draw_journey, measured_steps, rare_of
from touchpath.web.pages.filters import Filters, FiltersDep, filter_bar
from touchpath.web.pages.journey_views import views_of
from touchpath.web.pages.map_asked import Choices
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
MOST_VARIANTS = 12
#: More moves than there can be between the steps of any journey that is looked at.
MOST_MOVES = 4_000
EVERYBODY = Choices()


@router.get("/w/{workspace}/journeys/{journey}/paths", dependencies=[NUMBERS])
def show_paths(
    request: Request,
    journey: str,
    platform: PlatformDep,
    filters: FiltersDep,
    persona: Annotated[str, Query(max_length=100)] = "",
    role: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Observed paths beside the designed one, narrowed as the address says."""
    designed = platform.experience().journey(journey)
    whom = Choices(persona=persona, role=role)
    asked = queries_of(platform, journey, filters, whom)
    found = dict(zip(asked, platform.ask_all(json.dumps(list(asked.values()))), strict=True)) if platform.span() else {}
    answers = {name: one for name, one in found.items() if isinstance(one, QueryAnswer)}
    rare = int(rare_of(request.query_params)) / 100
    hand = JourneyHand(platform.name, rare, may(request, Action.READ_PEOPLE), carried_by(request))
    return show_page(
        "journey_paths.html",
        request,
        platform=platform,
        section=f"journey {journey}",
        journey=designed,
        views=views_of(request, platform, journey, "paths"),
        bar=filter_bar(request, platform, filters, ("period", "channel", "device", "segment"), own=("persona", "role", FIELD)),
        choices=whom,
        personas=platform.experience().personas,
        roles=platform.experience().roles,
        faults={name: str(one) for name, one in found.items() if isinstance(one, TouchpathError)},
        notes=tuple(dict.fromkeys(note for answer in answers.values() for note in answer.notes)),
        chart=draw_journey(designed, answers["ways"], asked["ways"], hand) if "ways" in answers else None,
        rare=(rare_of(request.query_params), RARE),
        tables={f"{name}.{table.name}": table.records() for name, answer in answers.items() for table in answer.tables},
        period=next((answer.period for answer in answers.values()), None),
        version=next((answer.data_version for answer in answers.values()), ""),
        titles={step.id: step.title for step in designed.steps},
    )


def queries_of(
    platform: PlatformProtocol, journey: str, filters: Filters, whom: Choices = EVERYBODY
) -> dict[str, dict[str, Any]]:
    """The queries behind the page, which anybody may ask again elsewhere."""
    period = filters.within(platform.span(), platform.zone)
    shared: dict[str, Any] = {"journey": journey}
    if period is not None:
        shared["period"] = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    if filters.cuts():
        shared["where"] = dict(filters.cuts())
    if whom.people:
        shared["who"] = [{name: id} for name, id in whom.people.items()]
    designed = platform.experience().journey(journey)
    narrowed = {key: value for key, value in shared.items() if key != "journey"}
    rules = rules_of(designed)
    ways = {"query": "paths", "nodes": rules, "gap": show_span(designed.window), **narrowed, "top": MOST_MOVES}
    return {
        "conformance": {"query": "conformance", **shared, "top": MOST_VARIANTS, "show": "all"},
        "variants": {"query": "variants", **shared, "top": MOST_VARIANTS, "collapse": True},
        "rework": {"query": "rework", **shared, "top": MOST_VARIANTS},
        **({"ways": ways} if 0 < len(rules) <= MAX_RULES else {}),
    }


def rules_of(journey: Journey) -> list[Any]:
    """The rules of the steps, each once, as a document writes them."""
    return list({rule_title(step.match): plain_rule(step.match) for step in measured_steps(journey)}.values())
