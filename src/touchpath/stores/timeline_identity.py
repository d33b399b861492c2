"""Who is whom, as the arrays that a base keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from touchpath.stores.timeline_shards import Array
from touchpath.timelines.arrays import Bytes, Int64s
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.guards import Rules
from touchpath.timelines.handovers import Sightings, Spans
from touchpath.timelines.identity import Identity, IdentityMap
from touchpath.timelines.links import Links

_LINKS = ("first", "second", "first_rank", "second_rank")
_SIGHTINGS = ("devices", "times", "names")
_SPANS = ("devices", "begins", "persons")


def identity_arrays(identity: Identity) -> dict[str, Array]:
    """All that is known, by name."""
    persons, decided = identity.persons, identity.decisions
    sets = {"": identity.links, "handed.": identity.handed, "same.": decided.same, "apart.": decided.apart}
    return {
        **{f"{name}{column}": getattr(links, column) for name, links in sets.items() for column in _LINKS},
        **{f"sightings.{column}": getattr(identity.sightings, column) for column in _SIGHTINGS},
        **{f"spans.{column}": getattr(persons.spans, column) for column in _SPANS},
        "actor_keys": persons.actor_keys,
        "person_keys": persons.person_keys,
        "alone": decided.alone,
    }


def identity_from(arrays: Mapping[str, Array], rules: str, decisions: int) -> Identity:
    """The same again. rules, decisions: as the manifest says."""

    def links(name: str) -> Links:
        first, second = (cast(Int64s, arrays[f"{name}{column}"]) for column in _LINKS[:2])
        first_rank, second_rank = (cast(Bytes, arrays[f"{name}{column}"]) for column in _LINKS[2:])
        return Links(first, second, first_rank, second_rank)

    def wide(name: str) -> Int64s:
        return cast(Int64s, arrays[name])

    spans = Spans(*(wide(f"spans.{column}") for column in _SPANS))
    return Identity(
        links(""),
        IdentityMap(wide("actor_keys"), wide("person_keys"), spans),
        links("handed."),
        Sightings(*(wide(f"sightings.{column}") for column in _SIGHTINGS)),
        Decisions(links("same."), links("apart."), wide("alone"), decisions),
        Rules.read(rules),
    )
