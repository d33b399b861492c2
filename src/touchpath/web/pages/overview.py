"""The list of workspaces, and one workspace's overview: UX and CX side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.services.results import Measurement, Overview
from touchpath.web.access import CATALOGUE, NUMBERS
from touchpath.web.addresses import Addresses
from touchpath.web.pages.parts import question_ends, show_page, subject_title
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)
MOST_MOVED = 6


@dataclass(frozen=True, slots=True)
class Moved:
    """A number that moved beyond noise, and whose it is."""

    of: str
    measurement: Measurement


@router.get("/", dependencies=[CATALOGUE])
def show_workspaces(request: Request) -> Response:
    """All workspaces; straight into the only one."""
    workspaces = request.app.state.workspaces
    if len(workspaces) == 1:
        return RedirectResponse(Addresses(next(iter(workspaces))).overview, 307)
    cards = [(platform, len(platform.experience().journeys), platform.span()) for platform in workspaces.values()]
    return show_page("workspaces.html", request, cards=cards)


@router.get("/w/{workspace}/", dependencies=[NUMBERS])
def show_overview(request: Request, platform: PlatformDep) -> HTMLResponse:
    """UX and CX numbers side by side per product and journey, and what moved beyond noise."""
    overview = platform.overview()
    experience = platform.experience()
    titles = {m.subject: subject_title(experience, m.subject) for m in _all(overview)}
    return show_page(
        "overview.html",
        request,
        platform=platform,
        section="home",
        follows=True,
        overview=overview,
        titles=titles,
        ends=question_ends(experience),
        moved=moved(overview, titles)[:MOST_MOVED],
        compared=sum(m.change is not None for m in _distinct(overview)),
    )


def moved(overview: Overview, titles: dict[str, str]) -> list[Moved]:
    """Numbers that moved beyond noise, the worse ones first, each once."""
    changed = [m for m in _distinct(overview) if m.change is not None and m.change.changed is not None]
    return sorted((Moved(titles[m.subject], m) for m in changed), key=lambda one: not _worse(one.measurement))


def _worse(measurement: Measurement) -> bool:
    wanted = {"higher": "up", "lower": "down"}.get(measurement.metric.better)
    return wanted is not None and measurement.change is not None and measurement.change.changed != wanted


def _all(overview: Overview) -> Iterable[Measurement]:
    return (m for row in overview.rows for m in (*row.ux, *row.cx))


def _distinct(overview: Overview) -> list[Measurement]:
    return list({(m.metric.id, m.subject): m for m in _all(overview)}.values())
