"""Changes to a model as plain values: put a noun, take one away, move it. Pure; what comes out is checked by whoever reads it.

A place names a noun by the lists it stands in: "journeys/buy/stages/pay/steps/card", "tasks/checkout".
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from touchpath.model.errors import BadInput, Missing, unknown

Plain = dict[str, Any]
#: Lists whose nouns can be changed one by one, with the word for one of them.
NOUNS = {
    "journeys": "journey", "stages": "stage", "steps": "step", "tasks": "task", "touchpoints": "touchpoint", "personas": "persona",
}  # fmt: skip
#: What holds what.
_INSIDE = {"stages": "journeys", "steps": "stages"}


def read_place(place: str) -> tuple[tuple[str, str], ...]:
    """The lists and ids of a place; raises BadInput for what is none."""
    parts = place.split("/")
    pairs = tuple(zip(parts[::2], parts[1::2], strict=False))
    over = "" if not pairs else pairs[0][0]
    sound = len(parts) % 2 == 0 and bool(pairs) and all(name in NOUNS for name, _ in pairs) and over not in _INSIDE
    if not sound or any(_INSIDE.get(below) != above for (above, _), (below, _) in pairwise(pairs)):
        raise BadInput(f"'{place[:200]}' names no part of a model. Write it as in journeys/buy/stages/pay/steps/card.")
    return pairs


def noun_at(document: Mapping[str, Any], place: str) -> Plain:
    """The noun at a place; raises Missing."""
    inside: Any = document
    for name, id in read_place(place):
        inside = _find(inside.get(name) or [], name, id)
    found: Plain = inside
    return found


def put(document: Mapping[str, Any], place: str, noun: Mapping[str, Any]) -> Plain:
    """The document with a noun changed: every key given replaces what was there."""
    changed = copy.deepcopy(dict(document))
    noun_at(changed, place).update(copy.deepcopy(dict(noun)))
    return changed


def add(document: Mapping[str, Any], place: str, noun: Mapping[str, Any]) -> Plain:
    """The document with a new noun at the end of the list that a place ends in; a step goes to the end of its journey's flow, too."""
    changed = copy.deepcopy(dict(document))
    listed, name = _list_at(changed, place)
    listed.append(copy.deepcopy(dict(noun)))
    if name in ("stages", "steps"):
        journey = noun_at(changed, "/".join(place.split("/")[:2]))
        steps = [noun] if name == "steps" else noun.get("steps", [])
        if journey.get("flow"):
            flow = journey["flow"] if isinstance(journey["flow"], list) else [journey["flow"]]
            journey["flow"] = [*flow, *(step["id"] for step in steps)]
    return changed


def remove(document: Mapping[str, Any], place: str) -> Plain:
    """The document without a noun; its steps leave the journey's flow."""
    changed = copy.deepcopy(dict(document))
    gone = noun_at(changed, place)
    listed, name = _list_at(changed, place)
    listed.remove(gone)
    if name in ("stages", "steps"):
        journey = noun_at(changed, "/".join(place.split("/")[:2]))
        ids = {gone["id"]} if name == "steps" else {step["id"] for step in gone.get("steps", [])}
        journey["flow"] = _without(journey.get("flow"), ids)
    return changed


def move(document: Mapping[str, Any], place: str, by: int) -> Plain:
    """The document with a noun moved in its list, -1 = one up; at the end it stays where it is."""
    changed = copy.deepcopy(dict(document))
    noun = noun_at(changed, place)
    listed, _ = _list_at(changed, place)
    at = listed.index(noun)
    to = min(max(at + by, 0), len(listed) - 1)
    listed.insert(to, listed.pop(at))
    return changed


def _without(flow: Any, ids: set[str]) -> Any:
    """A flow without some steps; what is then empty goes with them."""
    if isinstance(flow, list):
        kept = [left for part in flow if (left := _without(part, ids)) is not None]
        return kept or None
    if isinstance(flow, dict):
        ((kind, inside),) = flow.items()
        left = _without(inside, ids)
        return None if left is None else {kind: left}
    return None if flow in ids else flow


def _list_at(document: Plain, place: str) -> tuple[list[Plain], str]:
    """The list that a place ends in, and its name."""
    pairs = read_place(place)
    above: Plain = noun_at(document, "/".join(f"{name}/{id}" for name, id in pairs[:-1])) if len(pairs) > 1 else document
    name = pairs[-1][0]
    if above.get(name) is None:
        above[name] = []
    listed: list[Plain] = above[name]
    return listed, name


def _find(listed: list[Plain], name: str, id: str) -> Plain:
    for one in listed:
        if one.get("id") == id:
            return one
    raise Missing(unknown(NOUNS[name], id, (str(one.get("id")) for one in listed)))
