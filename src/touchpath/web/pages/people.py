"""People: search for one, and read everything that happened to them on one timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.services.results import StripOverview, StripVisit, TimelineEntry
from touchpath.web.access import PEOPLE, Action, check_clear, may
from touchpath.web.charts import Figure, draw_lanes
from touchpath.web.pages.parts import show_page
from touchpath.web.pages.zooming import Crumb, Lens, Zooming, read_zoom
from touchpath.web.platform import PlatformDep
from touchpath.web.privacy import workspace_privacy

router = APIRouter(include_in_schema=False)
SOURCE_MARKS = 8
PAGE = 100
#: Fewer stretches than this are seen at once.
FEWEST = 2
ZoomParam = Annotated[str, Query(max_length=60)]
#: Where a jump leads: the start of its part (None: this one), and the key of the signal.
Spot = tuple[int | None, int]


class Strip(Protocol):
    """A part of a timeline, of a person or an account."""

    @property
    def entries(self) -> tuple[TimelineEntry, ...]: ...
    @property
    def sources(self) -> Mapping[str, int]: ...
    @property
    def overview(self) -> StripOverview | None: ...
    @property
    def visits(self) -> tuple[StripVisit, ...]: ...
    @property
    def earlier(self) -> tuple[int, int] | None: ...
    @property
    def later(self) -> tuple[int, int] | None: ...


@dataclass(frozen=True, slots=True)
class Afar:
    """A strip from afar: its figure, the ways to look elsewhere, and what holds the span that is looked at."""

    figure: Figure
    overview: StripOverview
    lenses: tuple[Lens, ...]
    crumbs: tuple[Crumb, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """Entries of one visit, newest first; told: what is known of all of it."""

    told: StripVisit | None
    entries: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """All entries of one day, newest first."""

    day: date
    visits: tuple[Visit, ...]

    @property
    def entries(self) -> tuple[TimelineEntry, ...]:
        """Those of all visits."""
        return tuple(entry for visit in self.visits for entry in visit.entries)


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
    kind: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[int, Query(ge=0, le=100_000_000)] = 0,
    zoom: ZoomParam = "",
    clear: bool = False,
) -> HTMLResponse:
    """One person's timeline across all silos, newest first, searchable; personal details in texts are hidden unless asked for."""
    clear, within = check_clear(request, clear), read_zoom(zoom, platform.zone)
    person = platform.person(actor, search=q.strip(), limit=PAGE, start=after, kind=kind, clear=clear, within=within)
    afar = see_strip(request, person, platform.zone)
    return show_page(
        "person.html",
        request,
        platform=platform,
        section="people",
        person=person,
        who=platform.identity_of(actor),
        q=q,
        days=by_day(person, platform.zone),
        marks=source_marks(person.sources),
        jumps=friction_links(person),
        zoom=zoom,
        zooming=Zooming(request, platform.zone),
        afar=afar,
        figures=(afar.figure,) if afar else (),
        kind=kind,
        part=PAGE,
        clear=clear,
        may_clear=may(request, Action.READ_CLEAR),
        may_export=workspace_privacy(request, platform.name) is not None and may(request, Action.EXPORT),
        may_erase=workspace_privacy(request, platform.name) is not None and may(request, Action.ERASE),
    )


def see_strip(request: Request, strip: Strip, zone: str) -> Afar | None:
    """A strip from afar; None where there is nothing to go into, as of signals of one minute."""
    overview, zooming = strip.overview, Zooming(request, zone)
    if overview is None or (overview.is_whole and len(overview.stretches) < FEWEST):
        return None
    figure = draw_lanes(overview, source_marks(strip.sources), zone, zooming.period)
    return Afar(figure, overview, tuple(zooming.lenses(overview)), zooming.crumbs(overview))


def by_day(strip: Strip, zone: str) -> tuple[Day, ...]:
    """Entries in their order, grouped by day in a zone, and by visit."""
    home, told = ZoneInfo(zone), {one.number: one for one in strip.visits}
    days = groupby(strip.entries, key=lambda entry: entry.occurred_at.astimezone(home).date())
    return tuple(Day(day, _visits(group, told)) for day, group in days)


def _visits(entries: Iterable[TimelineEntry], told: Mapping[int, StripVisit]) -> tuple[Visit, ...]:
    apart = groupby(entries, key=lambda entry: entry.visit)
    return tuple(Visit(told.get(number), tuple(group)) for number, group in apart)


def source_marks(sources: Mapping[str, int]) -> dict[str, int]:
    """A mark for each source, the most frequent first."""
    return {source: index % SOURCE_MARKS + 1 for index, source in enumerate(sources)}


def friction_links(strip: Strip) -> dict[int, tuple[Spot | None, Spot | None]]:
    """From each moment of friction to the next newer and the next older one, which may be in another part."""
    keys = [entry.key for entry in strip.entries if entry.friction]
    spots: list[Spot | None] = [strip.later, *((None, key) for key in keys), strip.earlier]
    return {key: (spots[at], spots[at + 2]) for at, key in enumerate(keys)}
