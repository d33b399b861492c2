"""One step of a journey: its card, every number with what it means, and, for those who may, the people behind it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.services.step_people import groups_of, people_of, step_of
from touchpath.web.access import NUMBERS, PEOPLE, Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.pages.card_shown import StepId, show_card
from touchpath.web.pages.filters import FiltersDep, filter_bar
from touchpath.web.pages.journeys import better_of, contrast_shown, lane_words, sort_lanes
from touchpath.web.pages.map_asked import Choices, asked_map
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol, without_verbatims

router = APIRouter(include_in_schema=False)
MOST_PEOPLE = 100


@router.get("/w/{workspace}/journeys/{journey}/steps/{step}", dependencies=[NUMBERS])
def show_step(
    request: Request,
    journey: str,
    step: StepId,
    platform: PlatformDep,
    filters: FiltersDep,
    persona: Annotated[str, Query(max_length=100)] = "",
    role: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """A step with all of its numbers, narrowed and compared as on the map."""
    designed = platform.experience().journey(journey)
    one = step_of(designed, step)
    whom = Choices(persona=persona, role=role)
    found = platform.live_map(asked_map(platform, journey, filters, whom))
    people = may(request, Action.READ_PEOPLE)
    whole = found.whole if people else without_verbatims(found.whole)
    column = next(each for each in found.columns if each.id == step)
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "step.html",
        request,
        platform=platform,
        section=f"journey {journey}",
        crumbs=((designed.title, at.journey(journey)),),
        journey=designed,
        step=one,
        card=show_card(platform, designed, one),
        may_edit=may(request, Action.DESIGN),
        column=column,
        map=whole,
        bar=filter_bar(request, platform, filters, ("period", "compare", "channel", "device", "segment")),
        lane_words=lane_words(platform),
        measured=[lane for lane in sort_lanes(found)[0] if column.lanes.get(lane)],
        verbatims=next(each.verbatims for stage in whole.stages for each in stage.steps if each.step.id == step),
        touchpoints={touchpoint.id: touchpoint for touchpoint in platform.experience().touchpoints},
        known_metrics={words.id for words in platform.metrics()},
        changed=contrast_shown,
        better=better_of(platform),
        groups=groups_of(designed, one) if people and platform.span() else {},
        people_of=people_of(designed, one) if people and platform.span() else {},
        whom=whom.people,
        party=party_words(platform, whom),
    )


def party_words(platform: PlatformProtocol, whom: Choices) -> str:
    """The persona and the role that a page is about, in words; "" for everybody."""
    experience = platform.experience()
    found = [one.title for one in experience.personas if one.id == whom.persona]
    return ", ".join(found + [one.title for one in experience.roles if one.id == whom.role])


@router.get("/w/{workspace}/journeys/{journey}/steps/{step}/people", dependencies=[PEOPLE])
def show_people(
    request: Request,
    journey: str,
    step: StepId,
    platform: PlatformDep,
    filters: FiltersDep,
    group: Annotated[str, Query(max_length=40)],
    persona: Annotated[str, Query(max_length=100)] = "",
    role: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """The people of one group at a step, latest heard of first."""
    designed = platform.experience().journey(journey)
    one = step_of(designed, step)
    period = filters.within(platform.span(), platform.zone)
    found = platform.people_at(journey, step, group, period=period, persona=persona, role=role, limit=MOST_PEOPLE)
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "step_people.html",
        request,
        platform=platform,
        section=f"journey {journey}",
        crumbs=(
            (designed.title, at.journey(journey)),
            (one.title, at.step(journey, step, **Choices(persona=persona, role=role).people)),
        ),
        step=one,
        group=groups_of(designed, one).get(group, group),
        found=found,
        cut=filters.cuts(),
        bar=filter_bar(request, platform, filters, ("period",)),
    )
