"""Finds anything that has a page: places, journeys, steps, metrics, segments, kinds of signals, people, and what can be done."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import Request

from touchpath.web.access import Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.languages import N_, gettext
from touchpath.web.navigation import AREAS, areas_for, deeds_for
from touchpath.web.platform import PlatformProtocol
from touchpath.web.segment_names import SegmentNames

#: Kinds of finds in the order in which equally good ones come, each with its word.
WORDS = {
    "page": N_("Page"),
    "deed": N_("Do"),
    "journey": N_("Journey"),
    "metric": N_("Metric"),
    "step": N_("Step"),
    "task": N_("Task"),
    "question": N_("Question"),
    "persona": N_("Persona"),
    "segment": N_("Segment"),
    "kind": N_("Kind of signal"),
    "person": N_("Person"),
}
#: Fewer letters than these find no people: nearly everybody's id holds them.
_LEAST_FOR_PEOPLE = 2
_MOST_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class Find:
    """Something that has a page. of: what it belongs to, where that helps to tell two of one name apart. also: other names it goes by."""

    kind: str
    title: str
    href: str
    of: str = ""
    id: str = ""
    also: str = ""

    @property
    def word(self) -> str:
        """What sort of thing it is, in a word."""
        return gettext(WORDS[self.kind])


def search(request: Request, platform: PlatformProtocol, at: Addresses, text: str, limit: int = 12) -> tuple[Find, ...]:
    """What fits a text, the best first; without a text the areas and what can be done."""
    wanted = text.strip()
    if not wanted:
        return (*_pages(request, at), *_deeds(request, at))[:limit]
    everything = (*_pages(request, at), *_deeds(request, at), *_things(request, platform, at))
    found = best_of(everything, wanted)[:limit]
    people = _people(request, platform, at, wanted)
    return (*found[: limit - len(people)], *people)


def best_of(finds: Iterable[Find], text: str) -> list[Find]:
    """Those in which every word of the text occurs, the closest first; equally close ones by kind, then by title."""
    order = {kind: place for place, kind in enumerate(WORDS)}
    words = plain(text).split()
    if not words:
        return []
    ranked = [(rank, order[one.kind], one.title, one) for one in finds if (rank := closeness(one, words)) is not None]
    return [one for *_, one in sorted(ranked, key=lambda entry: entry[:3])]


def closeness(find: Find, words: list[str]) -> tuple[int, int] | None:
    """How far a find is from some words: 0 begins so, 1 has a word that begins so, 2 holds it, 3 has its letters in order.

    The second number is the length of the title, so that among equals the shorter one wins; None = it does not fit. A word may
    also be found in the id, in another name or in what the find belongs to, which counts as one worse.
    """
    title, more = plain(find.title), plain(f"{find.id} {find.also} {find.of} {find.word}")
    ranks = [min(_distance(word, title), _distance(word, more) + 1) for word in words]
    worst = max(ranks, default=9)
    return None if worst >= _FAR else (sum(ranks), len(title))


_FAR = 5


def _distance(word: str, text: str) -> int:
    if text.startswith(word):
        return 0
    if any(part.startswith(word) for part in text.replace("_", " ").replace(".", " ").split()):
        return 1
    if word in text:
        return 2
    return 3 if len(word) >= 3 and _in_order(word, text) else _FAR


def _in_order(letters: str, text: str) -> bool:
    """Whether the letters occur in this order inside one word, as in "cnvrsn" and "conversion"."""
    for part in text.split():
        rest = iter(part)
        if all(letter in rest for letter in letters):
            return True
    return False


def plain(text: str) -> str:
    """Small letters without accents, so that "satisfaccion" finds "satisfacción"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _pages(request: Request, at: Addresses) -> Iterator[Find]:
    known = {area.id for area in AREAS}
    for area in areas_for(request, at, "", ()):
        for place in area.places:
            yield Find("page", gettext(place.title), place.href, gettext(area.title) if place.id not in known else "")


def _deeds(request: Request, at: Addresses) -> Iterator[Find]:
    yield from (Find("deed", gettext(one.title), one.href) for one in deeds_for(request, at))


def _things(request: Request, platform: PlatformProtocol, at: Addresses) -> Iterator[Find]:
    experience = platform.experience()
    for journey in experience.journeys:
        yield Find("journey", journey.title, at.journey(journey.id), id=journey.id)
        for step in journey.steps:
            yield Find("step", step.title, at.step(journey.id, step.id), journey.title, step.id)
    for one in platform.metrics():
        yield Find("metric", gettext(one.title), at.metric(one.id), one.discipline, one.id, " ".join(one.also))
    yield from (Find("task", one.title, at.metric("task_success", one.id), id=one.id) for one in experience.tasks)
    yield from (
        Find("question", one.title, at.metric(one.metric, one.id), id=one.id) for one in experience.questions if one.metric
    )
    if may(request, Action.READ_NUMBERS):
        yield from (Find("persona", one.title, at.segment(f"persona:{one.id}"), id=one.id) for one in experience.personas)
        names: SegmentNames = request.app.state.segment_names
        yield from (
            Find("segment", one.value, at.narrowed(f"{one.dimension}:{one.value}"), one.title) for one in names.of(platform)
        )
    yield from (Find("kind", kind.kind, at.kind(kind.kind)) for kind in platform.kinds())


def _people(request: Request, platform: PlatformProtocol, at: Addresses, text: str) -> tuple[Find, ...]:
    if len(text) < _LEAST_FOR_PEOPLE or not may(request, Action.READ_PEOPLE):
        return ()
    return tuple(Find("person", one.actor, at.person(one.actor)) for one in platform.find_people(text, _MOST_PEOPLE))
