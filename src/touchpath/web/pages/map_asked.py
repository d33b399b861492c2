"""What the address of a journey map asks for besides the filters of all pages: how near, of whom, beside what, and which lanes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Query

from touchpath.model.errors import BadInput
from touchpath.model.experience import Experience
from touchpath.services.journey_versions import JourneyVersion
from touchpath.services.lanes import LANES, ZOOMS
from touchpath.services.live_map import LiveMap, MapAsked, Slice
from touchpath.services.parties import PERSONA, ROLE, is_party
from touchpath.web.languages import N_, _
from touchpath.web.numbers import show_day, show_period
from touchpath.web.pages.filters import Filters, Group, segment_choices
from touchpath.web.platform import PlatformProtocol

#: The names of these choices in an address.
OWN = ("zoom", "persona", "role", "beside", "version", "lane")
ZOOM_TITLES = {"stage": N_("Stages"), "step": N_("Steps"), "touchpoint": N_("Touchpoints"), "task": N_("Tasks")}


@dataclass(frozen=True, slots=True)
class Choices:
    """beside: with which other people to compare; version: with which revision's design; lanes: which are shown, () = all."""

    zoom: str = "step"
    persona: str = ""
    role: str = ""
    beside: str = ""
    version: int = 0
    lanes: tuple[str, ...] = ()

    @property
    def people(self) -> dict[str, str]:
        """Whom the map is about besides the filters, for links to pages that know of it."""
        return {name: id for name, id in ((PERSONA, self.persona), (ROLE, self.role)) if id}


def read_choices(
    zoom: Annotated[str, Query(max_length=20)] = "",
    persona: Annotated[str, Query(max_length=100)] = "",
    role: Annotated[str, Query(max_length=100)] = "",
    beside: Annotated[str, Query(max_length=200)] = "",
    version: Annotated[str, Query(max_length=12)] = "",
    lane: Annotated[list[str] | None, Query(max_length=len(LANES))] = None,
) -> Choices:
    """Everything that a map may be chosen by."""
    if version and not version.isdecimal():
        raise BadInput(f"'version' came as '{version}'. Give the number of a revision of the model, as in 3.")
    return Choices(zoom or "step", persona, role, beside, int(version or 0), tuple(lane or ()))


ChoicesDep = Annotated[Choices, Depends(read_choices)]


def asked_map(platform: PlatformProtocol, journey: str, filters: Filters, choices: Choices) -> MapAsked:
    """What the address asks for; raises BadInput where it asks to compare in two ways at once.

    An older version may be looked at in another period: each design while it was in use.
    """
    span, zone = platform.span(), platform.zone
    period, before = filters.within(span, zone), filters.against(span, zone)
    this = Slice(period, filters.cuts(), choices.persona, choices.role)
    other = None
    if choices.beside and (before is not None or choices.version):
        raise BadInput(
            "Compare with another period, with another version or with other people, not with several at once. Take one of them away."
        )
    if choices.beside:
        other = _swapped(platform.experience(), this, choices.beside)
    elif before is not None or choices.version:
        other = replace(this, period=before or period, revision=choices.version)
    return MapAsked(journey, this, other, choices.zoom, choices.lanes)


def _swapped(experience: Experience, this: Slice, beside: str) -> Slice:
    """The same narrowing with another value of one dimension, another persona or another role."""
    name, colon, value = beside.partition(":")
    if not (name and colon):
        raise BadInput(
            f"'beside' came as '{beside}'. Write it as DIMENSION:VALUE, as in channel:web, or as persona:ID or role:ID."
        )
    if name in (PERSONA, ROLE) and is_party(experience, name):
        return replace(this, persona=value) if name == PERSONA else replace(this, role=value)
    return replace(this, cuts=(*(one for one in this.cuts if one[0] != name), (name, value)))


def beside_choices(platform: PlatformProtocol) -> tuple[Group, ...]:
    """With whom the people of a map may be compared: segments, personas, roles."""
    experience = platform.experience()
    parties = ((PERSONA, _("Persona"), experience.personas), (ROLE, _("Role"), experience.roles))
    return (
        *segment_choices(platform),
        *(
            Group(title, tuple((f"{name}:{one.id}", one.title) for one in nouns))
            for name, title, nouns in parties
            if nouns and is_party(experience, name)
        ),
    )


def version_choices(platform: PlatformProtocol, journey: str) -> tuple[tuple[str, str], ...]:
    """The older designs of a journey, newest first: the revision that brought each, and words."""
    return tuple((str(one.revision), _told(one, platform.zone)) for one in platform.journey_versions(journey)[1:])


def _told(one: JourneyVersion, zone: str) -> str:
    return _(
        "version %(number)s of %(day)s (revision %(revision)s)",
        number=one.number,
        day=show_day(one.since, zone),
        revision=one.revision,
    )


def compared_with(platform: PlatformProtocol, journey: str, found: LiveMap, choices: Choices) -> str:
    """What the numbers stand beside, in words; "" for nothing."""
    if found.beside is None:
        return ""
    if choices.version:
        words = dict(version_choices(platform, journey)).get(
            str(choices.version), _("revision %(number)s", number=choices.version)
        )
        return words if found.beside == found.whole.period else f"{words}, {show_period(found.beside, platform.zone)}"
    if choices.beside:
        titles = {value: text for group in beside_choices(platform) for value, text in group.choices}
        return titles.get(choices.beside, choices.beside.partition(":")[2])
    return show_period(found.beside, platform.zone)


def briefly(platform: PlatformProtocol, journey: str, filters: Filters, choices: Choices) -> str:
    """The same in a word or two, for every number of the map."""
    if choices.version:
        newest, *older = platform.journey_versions(journey)
        number = next((one.number for one in older if one.revision == choices.version), 0)
        if number and number != newest.number:
            return _("in version %(number)s", number=number)
        return _("in revision %(number)s", number=choices.version)
    if choices.beside:
        titles = {value: text for group in beside_choices(platform) for value, text in group.choices}
        return titles.get(choices.beside, choices.beside.partition(":")[2])
    return _("a year before") if filters.compare == "year" else _("before")


def zoom_choices() -> tuple[tuple[str, str], ...]:
    """How near one may look, with words."""
    return tuple((one, _(ZOOM_TITLES[one])) for one in ZOOMS)
