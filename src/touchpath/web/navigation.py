"""Where pages are: the areas of the application, the places in them, and what can be done from anywhere.

A page gets its link by having a route: an area or place without one is not shown, nor one that somebody may not open.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request

from touchpath.model.experience import Journey
from touchpath.web.access import Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.languages import N_

#: So many journeys are listed below their area; the page of all journeys has the others.
MOST_JOURNEYS = 12


@dataclass(frozen=True, slots=True)
class Place:
    """One page that has a link of its own. id: what pages pass as `section`; path: that of its route, below a workspace."""

    id: str
    title: str
    icon: str
    path: str
    action: Action = Action.READ_CATALOGUE
    href: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """Pages that belong together; the first place is where the area's link leads. key: the letter after "g"."""

    id: str
    title: str
    icon: str
    places: tuple[Place, ...]
    key: str = ""

    @property
    def href(self) -> str:
        """Where the area begins."""
        return self.places[0].href


#: All areas in their order. `path` stands below /w/{workspace}.
AREAS = (
    Area("home", N_("Home"), "home", (Place("home", N_("Home"), "home", "/", Action.READ_NUMBERS), Place("start", N_("Get started"), "check", "/start")), "h"),
    Area(
        "board",
        N_("Board"),
        "board",
        (
            Place("board", N_("Board"), "board", "/board", Action.READ_NUMBERS),
            Place("boards", N_("Boards of your own"), "board", "/boards", Action.READ_NUMBERS),
        ),
        "b",
    ),
    Area("journeys", N_("Journeys"), "journey", (Place("journeys", N_("All journeys"), "journey", "/journeys", Action.READ_NUMBERS),), "j"),
    Area("explore", N_("Explore"), "explore", (Place("explore", N_("Explore"), "explore", "/explore", Action.ASK),), "e"),
    Area(
        "people",
        N_("People"),
        "people",
        (
            Place("people", N_("Find people"), "people", "/people", Action.READ_PEOPLE),
            Place("accounts", N_("Accounts"), "account", "/accounts", Action.READ_NUMBERS),
            Place("segments", N_("Segments and personas"), "people", "/segments", Action.READ_NUMBERS),
        ),
        "p",
    ),
    Area("voice", N_("Voice"), "quote", (Place("voice", N_("Voice"), "quote", "/voice", Action.READ_NUMBERS),), "v"),
    Area(
        "metrics",
        N_("Metrics"),
        "metrics",
        (
            Place("metrics", N_("All metrics"), "metrics", "/metrics"),
            Place("drivers", N_("Key drivers of an outcome"), "metrics", "/drivers", Action.READ_NUMBERS),
            Place("effect", N_("Effect of a change"), "metrics", "/effect", Action.READ_NUMBERS),
            Place("associations", N_("Use and relationship"), "metrics", "/associations", Action.READ_NUMBERS),
        ),
        "m",
    ),
    Area(
        "data",
        N_("Data"),
        "real",
        (
            Place("imports", N_("Imports"), "imports", "/data/imports", Action.READ_CATALOGUE),
            Place("connections", N_("Connections"), "connections", "/data/connections"),
            Place("live", N_("Live signals"), "live", "/data/keys"),
            Place("quarantine", N_("Quarantine"), "quarantine", "/data/quarantine"),
            Place("contact", N_("Contact form"), "contact", "/data/contact", Action.RECORD),
            Place("qr", N_("QR codes"), "qr", "/data/qr"),
            Place("sources", N_("Sources"), "people", "/data/sources"),
            Place("catalogue", N_("Catalogue"), "signals", "/data/catalogue"),
            Place("privacy", N_("Privacy"), "shield", "/privacy"),
        ),
        "d",
    ),
    Area("settings", N_("Settings"), "settings", (Place("settings", N_("Display"), "settings", "/settings"),), "s"),
)  # fmt: skip

#: What can be done from anywhere, for the command palette.
DEEDS = (
    Place("get-started", N_("Get started: signals, model, first answers"), "check", "/start"),
    Place("pick-template", N_("Pick a model to begin with"), "journey", "/start/model", Action.DESIGN),
    Place("bring-in", N_("Bring in a file"), "imports", "/data/imports", Action.BRING_IN),
    Place("write-down", N_("Write down a contact"), "contact", "/data/contact", Action.RECORD),
    Place("make-code", N_("Make a QR code"), "qr", "/data/qr", Action.RECORD),
    Place("make-key", N_("Make a write key"), "live", "/data/keys", Action.MANAGE_KEYS),
    Place("build-board", N_("Build a board"), "board", "/boards", Action.BUILD_BOARDS),
    Place("set-language", N_("Change the language"), "settings", "/settings"),
    Place("set-colours", N_("Use light or dark colours"), "settings", "/settings"),
)


def paths_of(routers: Sequence[APIRouter]) -> frozenset[str]:
    """Paths of pages that can be opened by a link."""
    routes = [route for router in routers for route in router.routes]
    return frozenset(str(route.path) for route in routes if "GET" in getattr(route, "methods", ()) and hasattr(route, "path"))


def areas_for(request: Request, at: Addresses, section: str, journeys: Sequence[Journey]) -> tuple[Area, ...]:
    """The areas that there are for whoever asks, with their links; the journeys stand below theirs."""
    found = (replace(area, places=_open(request, at, area.places)) for area in AREAS)
    with_journeys = (_journeys_below(area, at, section, journeys) if area.id == "journeys" else area for area in found)
    return tuple(area for area in with_journeys if area.places)


def deeds_for(request: Request, at: Addresses) -> tuple[Place, ...]:
    """What whoever asks may do from anywhere."""
    return _open(request, at, DEEDS)


def is_in(area: Area, section: str) -> bool:
    """Whether a page of this section belongs to an area."""
    return section == area.id or any(section == place.id for place in area.places)


def _open(request: Request, at: Addresses, places: Sequence[Place]) -> tuple[Place, ...]:
    known: Collection[str] = getattr(_app(request).state, "paths", ())
    there = (place for place in places if f"/w/{{workspace}}{place.path}" in known and may(request, place.action))
    return tuple(replace(place, href=at.below(place.path)) for place in there)


def _journeys_below(area: Area, at: Addresses, section: str, journeys: Sequence[Journey]) -> Area:
    shown = list(journeys[:MOST_JOURNEYS])
    shown += [one for one in journeys[MOST_JOURNEYS:] if section == f"journey {one.id}"]
    links = (
        Place(f"journey {one.id}", one.title, "journey", f"/journeys/{quote(one.id, safe='')}", href=at.journey(one.id))
        for one in shown
    )
    return replace(area, places=(*area.places, *links))


def _app(request: Request) -> FastAPI:
    app: FastAPI = request.app
    return app
