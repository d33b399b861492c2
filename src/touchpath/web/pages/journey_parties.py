"""A journey by persona, role or status: for each the way from step to step, beside everybody's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import Missing, TouchpathError, unknown
from touchpath.model.experience import Experience, Journey
from touchpath.model.rule_text import plain_rule
from touchpath.model.spans import show_span
from touchpath.services.parties import PERSONA, ROLE, STATUS, is_party
from touchpath.services.results import QueryAnswer, Value
from touchpath.web.access import NUMBERS
from touchpath.web.languages import N_, _
from touchpath.web.pages.filters import Filters, FiltersDep, filter_bar
from touchpath.web.pages.journey_views import views_of
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
TITLES = {PERSONA: N_("Personas"), ROLE: N_("Roles"), STATUS: N_("Status as a customer")}


@dataclass(frozen=True, slots=True)
class PartyRow:
    """One persona, role or status on its way. key: what narrows the map to it, "" = nothing does; numbers: from the step before to each."""

    title: str
    entrants: Value
    numbers: tuple[Value, ...]
    through: Value
    key: str = ""
    id: str = ""


@router.get("/w/{workspace}/journeys/{journey}/parties", dependencies=[NUMBERS])
def show_parties(
    request: Request,
    journey: str,
    platform: PlatformDep,
    filters: FiltersDep,
    by: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """The way of each persona, role or status through a journey, narrowed as the address says."""
    experience = platform.experience()
    designed, known = experience.journey(journey), parties_in(experience)
    chosen = by or next(iter(known), "")
    if chosen and chosen not in known:
        raise Missing(unknown("way to part people", chosen, known))
    found = _asked(platform, designed, filters, chosen) if chosen and platform.span() else ()
    answers = [one for one in found if isinstance(one, QueryAnswer)]
    return show_page(
        "journey_parties.html",
        request,
        platform=platform,
        section=f"journey {journey}",
        journey=designed,
        views=views_of(request, platform, journey, "people"),
        bar=filter_bar(request, platform, filters, ("period", "channel", "device", "segment"), own=("by",)),
        known={id: _(TITLES[id]) for id in known},
        by=chosen,
        steps=designed.needed or designed.steps,
        rows=[row for number, one in enumerate(found) if isinstance(one, QueryAnswer) for row in rows_of(one, experience, chosen if number else "")],
        faults=[str(one) for one in found if isinstance(one, TouchpathError)],
        notes=tuple(dict.fromkeys(note for one in answers for note in one.notes)),
        period=next((one.period for one in answers), None),
        version=next((one.data_version for one in answers), ""),
    )  # fmt: skip


def parties_in(experience: Experience) -> tuple[str, ...]:
    """By what the people of this model can be parted."""
    there = {PERSONA: experience.personas, ROLE: experience.roles, STATUS: experience.lifecycle}
    return tuple(name for name, nouns in there.items() if nouns and is_party(experience, name))


def _asked(platform: PlatformProtocol, journey: Journey, filters: Filters, by: str) -> Sequence[QueryAnswer | TouchpathError]:
    whole = query_of(platform, journey, filters)
    return platform.ask_all(json.dumps([whole, whole | {"by": by}]))


def query_of(platform: PlatformProtocol, journey: Journey, filters: Filters) -> dict[str, Any]:
    """The funnel along the steps of a journey that everybody has to pass, which anybody may ask again elsewhere."""
    period = filters.within(platform.span(), platform.zone)
    steps = [plain_rule(step.match) for step in journey.needed or journey.steps]
    asked: dict[str, Any] = {"query": "funnel", "steps": steps, "window": show_span(journey.window)}
    if journey.same:
        asked["same"] = journey.same
    if period is not None:
        asked["period"] = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    if filters.cuts():
        asked["where"] = dict(filters.cuts())
    return asked


def rows_of(answer: QueryAnswer, experience: Experience, by: str) -> list[PartyRow]:
    """A row for each part of an answer: its entrants, how many came from step to step, and how many got through."""
    parts: dict[Value, list[Mapping[str, Value]]] = {}
    for record in answer.table("steps").records():
        parts.setdefault(record["segment"], []).append(record)
    through = {record["segment"]: record["conversion"] for record in answer.table("conversion").records()}
    personas, roles = ({one.title: one.id for one in nouns} for nouns in (experience.personas, experience.roles))
    ids = {PERSONA: personas, ROLE: roles}.get(by, {})
    return [
        PartyRow(
            title=str(title) if by else _("Everybody"),
            entrants=steps[0]["entrants"],
            numbers=tuple(step["completion"] if place else step["reach"] for place, step in enumerate(steps)),
            through=through.get(title),
            key=by if str(title) in ids else "",
            id=ids.get(str(title), ""),
        )
        for title, steps in parts.items()
    ]
