"""The list of workspaces, and the home of one: what moved, what is worst, what is due, and how the data are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.estimate import Estimate
from touchpath.services.overview import moved_among
from touchpath.services.results import Measurement, Overview
from touchpath.web.access import CATALOGUE, NUMBERS
from touchpath.web.addresses import Addresses
from touchpath.web.incoming import find_incoming
from touchpath.web.languages import N_, _
from touchpath.web.pages.aims import Shown
from touchpath.web.pages.parts import show_page, subject_title
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
MOST_MOVED = 6
MOST_ALERTS = 3
#: So many of the weakest numbers of a discipline.
MOST_WEAK = 3
VIEW_COOKIE = "touchpath-view"
#: Whose home it is: a title, and the discipline that comes first ("" = both alike).
VIEWS = {
    "all": (N_("Everything"), ""),
    "ux": (N_("Product and research"), "UX"),
    "cx": (N_("Service and relationship"), "CX"),
}


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
def show_home(request: Request, platform: PlatformDep, view: Annotated[str, Query(max_length=20)] = "") -> HTMLResponse:
    """What moved beyond noise, what is worst, what is due, and how the data are; the numbers of one's own discipline first."""
    chosen = next((one for one in (view, request.cookies.get(VIEW_COOKIE, "")) if one in VIEWS), "all")
    first = VIEWS[chosen][1]
    overview, experience = platform.overview(), platform.experience()
    titles = {m.subject: subject_title(experience, m.subject) for m in _all(overview)}
    compared = [m for m in _distinct(overview) if m.change is not None]
    standing = moved_among(compared)
    own = [m for m in standing if not first or m.metric.discipline == first]
    others = [m for m in standing if m not in own]
    incoming = find_incoming(request, platform.name)
    page = show_page(
        "home.html",
        request,
        platform=platform,
        section="home",
        follows=True,
        overview=overview,
        views=[(name, _(title), name == chosen) for name, (title, _first) in VIEWS.items()],
        moved=[*moved(own, titles), *moved(others, titles)][:MOST_MOVED],
        compared=len(compared),
        doubtful=moved([m for m in compared if m.change and m.change.changed and m not in standing], titles),
        aimed=tuple(aimed(platform, titles)),
        weakest=[one for part in by_discipline(_distinct(overview), first) for one in weakest(part, titles)],
        rows=[(row, next(iter(row.ux), None), next(iter(row.cx), None)) for row in overview.rows],
        alerts=incoming.catalogue.show().alerts[:MOST_ALERTS] if incoming else (),
        held=incoming.quarantine.total() if incoming else 0,
    )
    if view in VIEWS:
        page.set_cookie(VIEW_COOKIE, view, max_age=365 * 86_400, httponly=True, samesite="lax")
    return page


def aimed(platform: PlatformProtocol, titles: Mapping[str, str]) -> Iterator[Shown]:
    """Every number with a target, those that are due first, missed ones before the others."""
    kept = platform.targets.list() if platform.targets and platform.span() else ()
    found = [
        Shown(platform.measure(one.target.metric, one.target.subject), titles.get(one.target.subject, one.target.subject), one)
        for one in kept
    ]
    yield from sorted(found, key=lambda one: one.standing != "missed")


def by_discipline(measured: Sequence[Measurement], first: str) -> list[list[Measurement]]:
    """UX numbers and CX numbers apart, those of one's own discipline first."""
    names = sorted(("UX", "CX"), key=lambda name: name != first)
    return [[m for m in measured if m.metric.discipline == name] for name in names]


def weakest(measured: Sequence[Measurement], titles: Mapping[str, str]) -> list[Shown]:
    """The shares of which more would be better that are lowest, by the upper end of their interval: even at best they are low."""
    known = [
        (m.total.high, m)
        for m in measured
        if isinstance(m.total, Estimate) and m.total.unit == "share" and m.metric.better == "higher"
    ]
    return [Shown(m, titles[m.subject]) for _high, m in sorted(known, key=lambda one: one[0])[:MOST_WEAK]]


def moved(measured: Sequence[Measurement], titles: Mapping[str, str]) -> list[Moved]:
    """Numbers that moved beyond noise with whose they are, the worse ones first."""
    return sorted((Moved(titles[m.subject], m) for m in measured), key=lambda one: not _worse(one.measurement))


def _worse(measurement: Measurement) -> bool:
    wanted = {"higher": "up", "lower": "down"}.get(measurement.metric.better)
    return wanted is not None and measurement.change is not None and measurement.change.changed != wanted


def _all(overview: Overview) -> Iterable[Measurement]:
    return (m for row in overview.rows for m in (*row.ux, *row.cx))


def _distinct(overview: Overview) -> list[Measurement]:
    return list({(m.metric.id, m.subject): m for m in _all(overview)}.values())
