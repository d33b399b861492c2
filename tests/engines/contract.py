"""What both engines are held to: every fold there is, over timelines in several shards and an overlay, and what makes two summaries the same.

Queries come from the published conformance vectors, so that a query with vectors is held to the contract by that alone.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import itertools
import json
import pkgutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from engine_folds import Call

import touchpath.timelines
from touchpath.engines.local import LocalEngine
from touchpath.model.errors import TouchpathError
from touchpath.model.rules import EventRule
from touchpath.model.time import Period, from_micros
from touchpath.services.ground import Ground
from touchpath.services.queries.ask import prepare
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.reading import read_asked
from touchpath.services.vectors import _experience, _Signals
from touchpath.services.warm import _cuts, _folds, _people
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Timelines, TimelineSet
from touchpath.timelines.counting import CountMoves, CountSessions
from touchpath.timelines.cut import prepare_cut
from touchpath.timelines.fold import Fold
from touchpath.timelines.kernels import fixed
from touchpath.timelines.memberships import Did, Shift

FOLDER = Path(__file__).parents[2] / "docs" / "conformance"
VECTORS = sorted(file for file in FOLDER.glob("*.json") if file.stem != "schema")

#: A dimension of each kind: the place of each signal, and the last place of an owner.
_MINUTE = 60_000_000
DIMENSIONS = [
    {"id": "spot", "title": "Spot", "field": "channel", "level": "signal"},
    *(
        {"id": f"home_of_{level}", "title": "Home", "field": "channel", "level": level, "changes": "latest"}
        for level in ("person", "account", "object")
    ),
]
LEVELS = {"person": "person", "account": "account"}


# -- what makes two answers the same ------------------------------------------------------------------------------------


def differences(mine: object, theirs: object, where: str = "answer") -> list[str]:
    """Where two answers differ, to the bit: types, shapes and contents of arrays, and all that is inside."""
    if type(mine) is not type(theirs):
        return [f"{where}: {type(mine).__name__} and {type(theirs).__name__}"]
    if isinstance(mine, np.ndarray):
        same = (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape) and mine.tobytes() == theirs.tobytes()
        return [] if same else [f"{where}: {mine!r} and {theirs!r}"]
    if dataclasses.is_dataclass(mine):
        names = [each.name for each in dataclasses.fields(mine)]
        return [d for name in names for d in differences(getattr(mine, name), getattr(theirs, name), f"{where}.{name}")]
    if isinstance(mine, tuple | list):
        if len(mine) != len(theirs):
            return [f"{where}: {len(mine)} and {len(theirs)} parts"]
        return [d for i, (a, b) in enumerate(zip(mine, theirs, strict=True)) for d in differences(a, b, f"{where}[{i}]")]
    if isinstance(mine, dict):
        return differences(list(mine.items()), list(theirs.items()), where)
    assert isinstance(mine, int | str | bool | None), f"{where}: nobody has said how to compare {type(mine)}"
    return [] if mine == theirs else [f"{where}: {mine!r} and {theirs!r}"]


# -- timelines ----------------------------------------------------------------------------------------------------------


def parted(whole: TimelineSet, shards: int = 3) -> TimelineSet:
    """The same timelines in several base shards and an overlay: every fifth owner is read there, and the base has them wrong."""
    (all_of_them,) = whole.shards
    moved = np.arange(all_of_them.people) % 5 == 2
    overlay = owners_of(all_of_them, np.flatnonzero(moved))
    stale = replace(
        all_of_them,
        times=fixed(np.where(np.repeat(moved, np.diff(all_of_them.starts)), all_of_them.times[::-1], all_of_them.times)),
    )
    borders = np.linspace(0, all_of_them.people, shards + 1).astype(int)
    base = [replace(owners_of(stale, np.arange(a, b)), skip=fixed(moved[a:b], np.uint8)) for a, b in itertools.pairwise(borders)]
    return replace(whole, shards=(*base, overlay))


def owners_of(timelines: Timelines, places: np.ndarray) -> Timelines:
    """The timelines of some owners."""
    counts = np.diff(timelines.starts)[places]
    rows = np.concatenate([np.arange(timelines.starts[p], timelines.starts[p + 1]) for p in places] or [np.empty(0, np.int64)])
    columns = {name: fixed(column[rows]) for name, column in timelines.columns.items()}
    starts = fixed(np.concatenate([[0], np.cumsum(counts)]), np.int64)
    times, kinds = fixed(timelines.times[rows]), fixed(timelines.kinds[rows])
    return Timelines(fixed(timelines.owners[places]), starts, times, kinds, columns, timelines.words)


# -- every query --------------------------------------------------------------------------------------------------------


class Pool:
    """A store of the timelines of made-up people, in several shards: each lives through some of what a query's vectors tell."""

    def __init__(self, query: str) -> None:
        self._signals = _Signals(people_of(query))
        self._opened: dict[str, TimelineSet] = {}

    def open(self, unit="person", properties=()):
        if unit not in self._opened:
            self._opened[unit] = parted(self._signals.open(unit))
        return self._opened[unit]

    def person_of(self, actor_key, at=None):
        return self._signals.person_of(actor_key, at)

    def persons_of(self, actor_keys, times=None):
        return self._signals.persons_of(actor_keys, times)

    def actors_of(self, person):
        return self._signals.actors_of(person)


def documents() -> dict[str, list[dict]]:
    """By query: every published document with its model, each once."""
    found: dict[str, dict[str, dict]] = {}
    for file in VECTORS:
        for case in json.loads(file.read_bytes())["cases"]:
            kept = {key: case[key] for key in ("query", "model", "zone", "week_start") if key in case}
            found.setdefault(case["query"].get("query", ""), {})[json.dumps(kept, sort_keys=True)] = kept
    return {name: list(cases.values()) for name, cases in found.items() if name}


def people_of(name: str, people: int = 90) -> list[dict]:
    """Signals of made-up people, in one currency."""
    draw, lives = np.random.default_rng(len(name)), []
    for file in VECTORS:
        for case in json.loads(file.read_bytes())["cases"]:
            if case["query"].get("query") == name:
                by_actor = itertools.groupby(sorted(case["signals"], key=lambda s: s["actor"]), lambda s: s["actor"])
                lives += [list(life) for _, life in by_actor]
    signals = []
    for person in range(people):
        for number in draw.choice(len(lives), draw.integers(1, 5)):
            later = timedelta(days=int(draw.integers(0, 40)), seconds=int(draw.integers(0, 4000)))
            place = {"channel": ("web", "app", "shop")[draw.integers(3)], "account": f"account {person % 17}"}
            signals += [_lived(signal, person, later, place) for signal in lives[number]]
    return signals


def _lived(signal: dict, person: int, later: timedelta, place: dict) -> dict:
    kept = {key: value for key, value in signal.items() if key not in ("id", "unit")}
    objects = {kind: f"{id} of {person}" for kind, id in signal.get("objects", {}).items()}
    at = (datetime.fromisoformat(signal["at"]) + later).isoformat()
    return {**place, **kept, "objects": objects, "actor": f"person {person}", "at": at}


def variants(query: dict, number: int) -> list[dict]:
    """A query as it is published, and three of the ways to cut it, to filter it, and to ask it about others."""
    home = f"home_of_{LEVELS.get(query.get('unit', 'person'), 'object')}"
    did, not_did = {"did": {"where": {"channel": "web"}}}, {"not": True, "did": {"where": {"channel": "shop"}}}
    ways = [
        {**query, "by": "spot"},
        {**query, "by": home, "grain": "week"},
        {**query, "by": "spot", "grain": "day", "who": [did]},
        {**query, "where": {"channel": ["web", "app"]}},
        {**query, "who": [did, {"segment": {home: "app"}}]},
        {**query, "who": [not_did], "by": home},
        {**query, "unit": "account"},
    ]
    return [query, *(ways[(3 * number + way) % len(ways)] for way in range(3))]


def asked_of(pool: Pool, name: str, number: int, case: dict) -> Iterator[tuple[str, Call]]:
    """What one document asks of an engine, with the unit; nothing where it is refused before."""
    model = case.get("model", {})
    experience = _experience({"model": {**model, "dimensions": [*model.get("dimensions", []), *DIMENSIONS]}})
    ground = Ground(experience, pool, LocalEngine(1), case.get("zone", "UTC"), int(case.get("week_start", 0)))
    for query in variants(case["query"], number):
        with suppress(TouchpathError):
            asked = read_asked(query, QUERIES, experience, ground.zone)
            prepared = prepare(ground, asked)
            about = f"{name} {json.dumps(query)}"
            yield asked.unit, Call(about, prepared.fold, prepared.frame.cut, prepared.who)
            for outcomes in list(asked.query.outcomes().values())[:1]:
                yield asked.unit, Call(about, prepared.fold, prepared.frame.cut, prepared.who, outcomes)


def every_query() -> dict[tuple[str, str], tuple[TimelineSet, list[Call]]]:
    """By query and unit: timelines and what is asked of them."""
    found: dict[tuple[str, str], tuple[TimelineSet, list[Call]]] = {}
    for name, cases in documents().items():
        pool = Pool(name)
        for number, case in enumerate(cases):
            for unit, call in asked_of(pool, name, number, case):
                found.setdefault((name, unit), (pool.open(unit), []))[1].append(call)
    return found


def without_a_query() -> tuple[TimelineSet, list[Call]]:
    """Timelines and the folds of all metrics, of counting, and of what is warmed up."""
    folds = [*_folds(), CountSessions(timedelta(minutes=5)), CountMoves()]
    words = _people().words
    draw, people = np.random.default_rng(5), 120
    starts = np.concatenate([[0], np.cumsum(draw.integers(0, 25, people))])
    signals = int(starts[-1])
    owner = np.repeat(np.arange(people), np.diff(starts))
    times = draw.integers(0, 40, signals) * _MINUTE
    columns = {
        "key": np.arange(signals),
        "value": np.where(draw.random(signals) < 0.2, NO_VALUE, draw.integers(0, 8, signals) * VALUE_SCALE),
        "channel": draw.integers(0, 3, signals).astype(np.int32),
        "objects.order": draw.integers(0, 4, signals) * (owner + 1),
    }
    whole = Timelines(
        np.arange(people),
        starts,
        times[np.lexsort((times, owner))],
        draw.integers(1, 4, signals).astype(np.int32),
        columns,
        words,
    )
    timelines = parted(TimelineSet("person", (whole,), 0, int(times.max()), "v1"))
    halves = prepare_cut(
        timelines, [Period(from_micros(begin * 20 * _MINUTE), from_micros((begin + 1) * 20 * _MINUTE)) for begin in (0, 1)], None
    )[0]
    shift = Call("Shift", Shift(Did(EventRule(("start",)))), halves, ())
    return timelines, [shift, *(Call(type(fold).__name__, fold, cut, ()) for cut in _cuts(timelines) for fold in folds)]


def fold_classes() -> dict[str, type]:
    """Every fold that there is: a class with `map` of timelines, cells, people and end."""
    found = {}
    for module in pkgutil.iter_modules(touchpath.timelines.__path__, "touchpath.timelines."):
        for name, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            maps = getattr(kind, "map", None)
            if maps and kind is not Fold and [*inspect.signature(maps).parameters][1:] == ["timelines", "cells", "people", "end"]:
                found[name] = kind
    return found


def folds_in(fold: object) -> set[str]:
    """The class of a fold, and of the folds inside it."""
    inside = [getattr(fold, each.name) for each in dataclasses.fields(fold)] if dataclasses.is_dataclass(fold) else []
    return {type(fold).__name__}.union(*(folds_in(one) for one in inside if hasattr(one, "map")))
