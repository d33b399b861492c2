"""Properties that a query reads and no timeline has a column for: found in the lake, joined by signal key, and their cost told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from touchpath.model.errors import Missing, unknown
from touchpath.model.rules import EventRule
from touchpath.services.ground import Ground, check_unit
from touchpath.services.queries.explained import UndeclaredCost, size
from touchpath.services.queries.reading import Asked
from touchpath.store.properties import FoundValues, PropertyStore


def join_undeclared(ground: Ground, asked: Asked) -> None:
    """Make every undeclared property that a query and its filters read readable as if it were declared.

    Raises Missing, with the nearest name there is, for one that no signal has.
    """
    _join(ground, asked, find_property)


def pretend_undeclared(ground: Ground, asked: Asked) -> None:
    """The same columns with nothing in them: enough to see what is read, and nothing is looked up."""
    _join(ground, asked, lambda store, name: FoundValues(np.empty(0, np.int64), np.empty(0, np.int32), ("",), store.version))


def undeclared_costs(ground: Ground, asked: Asked) -> tuple[UndeclaredCost, ...]:
    """What each undeclared property of a query, but not of the queries that filter it, would cost if it were looked up now."""
    check_unit(ground.experience, asked.unit)
    if ground.properties is None:
        return ()
    return tuple(UndeclaredCost(name, *ground.properties.cost(name)) for name in _undeclared(ground, asked))


def undeclared_notes(ground: Ground, asked: Asked) -> Iterator[str]:
    """What to know about each undeclared property that an answer rests on."""
    for name in _undeclared(ground, asked):
        found = ground.joined(asked.unit)[name]
        yield (
            f"The property '{name}' is not declared, so it was looked up in the lake ({found.rows:,} rows, {size(found.bytes)}). "
            f"A dimension makes it fast: {{id: {name}, title: {name}, field: properties.{name}}}."
        )


def _join(ground: Ground, asked: Asked, find: Callable[[PropertyStore, str], FoundValues]) -> None:
    wanted: dict[str, set[str]] = {}
    for one in _with_filters(asked):
        check_unit(ground.experience, one.unit)
        wanted.setdefault(one.unit, set()).update(_undeclared(ground, one))
    for unit, names in wanted.items():
        ground.join(unit, names, find)


def _with_filters(asked: Asked) -> Iterator[Asked]:
    """A query, and the queries that filter its people."""
    yield asked
    for chosen in asked.who:
        if chosen.people is not None:
            yield from _with_filters(chosen.people)


def _undeclared(ground: Ground, asked: Asked) -> list[str]:
    """Properties that timelines have no column for: they have those that rules and dimensions of the model read."""
    rules = [*asked.query.rules(ground.experience), EventRule((), asked.where), *(one.did for one in asked.who if one.did)]
    named = {name for rule in rules for name in rule.properties} - set(ground.experience.properties)
    words, joined = ground.open(asked.unit).words, ground.joined(asked.unit)
    return sorted(name for name in named if name in joined or f"properties.{name}" not in words)


def find_property(store: PropertyStore, name: str) -> FoundValues:
    """The values of a property in the lake; raises Missing, with the nearest name there is, for one that no signal has."""
    found = store.find(name)
    if not found.keys.size:
        raise Missing(unknown("property", name, store.names()))
    return found
