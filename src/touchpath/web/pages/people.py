"""People: search for one, and read everything that happened to them on one timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.services.results import TimelineEntry
from touchpath.web.access import PEOPLE, Action, check_clear, may
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep
from touchpath.web.privacy import workspace_privacy

router = APIRouter(include_in_schema=False)
SOURCE_MARKS = 8
PAGE = 100
MOST_ENTRIES = 5_000


@dataclass(frozen=True, slots=True)
class Day:
    """All entries of one day, newest first."""

    day: date
    entries: tuple[TimelineEntry, ...]


@router.get("/w/{workspace}/people", dependencies=[PEOPLE])
def show_people(request: Request, platform: PlatformDep, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """Search by id or by words that a person wrote or did."""
    hits = platform.find_people(q.strip(), 20) if q.strip() else ()
    return show_page("people.html", request, platform=platform, section="people", q=q, hits=hits)


@router.get("/w/{workspace}/people/{actor:path}", dependencies=[PEOPLE])
def show_person(
    request: Request,
    actor: str,
    platform: PlatformDep,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = PAGE,
    clear: bool = False,
) -> HTMLResponse:
    """One person's timeline across all silos, newest first, searchable; personal details in texts are hidden unless asked for."""
    person = platform.person(actor, search=q.strip(), limit=limit, clear=check_clear(request, clear))
    marks = {source: index % SOURCE_MARKS + 1 for index, source in enumerate(person.sources)}
    return show_page(
        "person.html",
        request,
        platform=platform,
        section="people",
        person=person,
        who=platform.identity_of(actor),
        q=q,
        days=by_day(person.entries, platform.zone),
        marks=marks,
        clear=clear,
        may_clear=may(request, Action.READ_CLEAR),
        may_export=workspace_privacy(request, platform.name) is not None and may(request, Action.EXPORT),
        may_erase=workspace_privacy(request, platform.name) is not None and may(request, Action.ERASE),
        more=min(limit + PAGE, MOST_ENTRIES) if person.matching > len(person.entries) and limit < MOST_ENTRIES else 0,
    )


def by_day(entries: Sequence[TimelineEntry], zone: str) -> tuple[Day, ...]:
    """Entries in their order, grouped by day in a zone."""
    home = ZoneInfo(zone)
    days = groupby(entries, key=lambda entry: entry.occurred_at.astimezone(home).date())
    return tuple(Day(day, tuple(group)) for day, group in days)
