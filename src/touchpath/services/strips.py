"""Timelines to be read by people: a part at a time, whatever their length, with visits, kinds and moments of friction known of the whole.

Times, kinds and keys come from the timelines; only the signals of the part that is shown are read in full.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import compress
from typing import Any, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchpath.model.experience import Experience
from touchpath.model.rules import EventRule
from touchpath.model.time import Period, from_micros, microseconds
from touchpath.services.results import StripOverview, StripVisit, TimelineEntry
from touchpath.services.stretches import is_inside, see_from_afar
from touchpath.services.touchpoint_lanes import FRICTION_KINDS
from touchpath.store.signals import SignalStore
from touchpath.timelines.arrays import Column, Int64s, Timelines
from touchpath.timelines.kernels import fixed
from touchpath.timelines.match import match

COLUMNS = (
    "key", "revision", "actor_key", "actors", "occurred_at", "kind", "source", "channel", "surface", "touchpoint",
    "value", "unit", "text", "objects", "properties",
)  # fmt: skip
#: Signals of a person that lie closer together than this are one visit.
GAP = timedelta(minutes=30)
_BATCH = 60

AsShown = Callable[[TimelineEntry], TimelineEntry]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """Signals of somebody, oldest first. owners: whose visits they are in; actors: keys that they are filed under, 0 = unknown.

    kinds, sources: their words. friction: whether each is a moment of friction. visits: number of each one's visit. named: titles of
    all steps; matched: (batches of 60 of them, signals) which ones each signal matches, as bits.
    """

    keys: Int64s
    times: Int64s
    owners: Int64s
    actors: Int64s
    kinds: tuple[str, ...]
    sources: tuple[str, ...]
    friction: Bools
    visits: Int64s
    named: tuple[str, ...]
    matched: Int64s

    def steps_at(self, place: int) -> tuple[str, ...]:
        """The journey steps that a signal matches, by title."""
        batches = self.matched[:, place].tolist()
        found = (
            self.named[batch * _BATCH + bit] for batch, bits in enumerate(batches) for bit in range(_BATCH) if bits >> bit & 1
        )
        return tuple(dict.fromkeys(found))

    @property
    def size(self) -> int:
        """How many signals there are."""
        return int(self.keys.size)

    def only(self, chosen: Bools | Int64s) -> Int64s:
        """The places of some signals, newest first."""
        places = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        found: Int64s = places[::-1].astype(np.int64)
        return found

    def visit(self, number: int) -> StripVisit:
        """One visit: from when to when, how many signals, and how many moments of friction."""
        among = np.flatnonzero(self.visits == number)
        times = self.times[among]
        return StripVisit(
            number,
            from_micros(int(times[0])),
            from_micros(int(times[-1])),
            int(among.size),
            int(np.count_nonzero(self.friction[among])),
            dict(Counter(self.sources[place] for place in among.tolist()).most_common()),
        )


@dataclass(frozen=True, slots=True)
class StripPart:
    """A part of a strip as people read it. start: how many newer signals that fit come before; matching: all that fit; earlier, later:
    (start of its part, key) of the next moment of friction among older, and newer ones; None = there is none. sources: of all of the strip; kinds,
    friction: of the period that is looked at. overview: how many fit when, whatever the period; None for a strip without signals."""

    entries: tuple[TimelineEntry, ...]
    visits: tuple[StripVisit, ...]
    start: int
    matching: int
    kinds: Mapping[str, int]
    sources: Mapping[str, int]
    friction: int
    earlier: tuple[int, int] | None
    later: tuple[int, int] | None
    overview: StripOverview | None = None


def friction_rules(experience: Experience) -> tuple[EventRule, ...]:
    """What counts as friction: what trackers call so, and what the model's tasks call an error, a failure or giving up."""
    tasks = (rule for task in experience.tasks for rule in (task.error, task.failure, task.abandon) if rule)
    return (EventRule(FRICTION_KINDS), *dict.fromkeys(tasks))


def lay_strip(parts: Iterable[tuple[Timelines, Int64s]], experience: Experience) -> Strip:
    """The signals at some places of some shards, by time."""
    laid = [_laid(shard, places, experience) for shard, places in parts if places.size]
    if not laid:
        none = np.empty(0, np.int64)
        return Strip(none, none, none, none, (), (), np.empty(0, np.bool_), none, (), none.reshape(0, 0))
    keys, times, owners, actors, kinds, sources, friction = (
        np.concatenate(column) for column in zip(*(one[:7] for one in laid), strict=True)
    )
    matched = np.concatenate([one[7] for one in laid], axis=1)
    order = np.lexsort((keys, times))
    return Strip(
        keys[order], times[order], owners[order], actors[order], tuple(kinds[order].tolist()), tuple(sources[order].tolist()),
        friction[order].astype(np.bool_), _visits(times[order], owners[order]), tuple(title for title, _ in _named(experience)),
        matched[:, order],
    )  # fmt: skip


def read_part(
    strip: Strip,
    signals: SignalStore,
    start: int,
    size: int,
    *,
    kind: str = "",
    words: Sequence[str] = (),
    as_shown: AsShown = lambda entry: entry,
    within: Period | None = None,
    zone: str = "UTC",
) -> StripPart:
    """The part that begins after `start` newer signals. kind: only signals of it, "friction" = only moments of friction.

    words: only signals in which every one of them stands, as they may be shown; for these all of the strip is read, a batch at a time.
    within: only signals of this period; the overview has the others, too, by days and hours of the zone.
    """
    chosen = np.ones(strip.size, np.bool_)
    if kind == "friction":
        chosen = strip.friction.copy()
    elif kind:
        chosen = np.array([one == kind for one in strip.kinds], np.bool_)
    if words:
        chosen &= np.isin(strip.keys, _holding(strip, signals, words, as_shown))
    inside = is_inside(strip.times, within)
    overview = _from_afar(strip, chosen, within, zone) if strip.size else None
    fitting = strip.only(chosen & inside)
    start = min(max(0, start), max(0, (int(fitting.size) - 1) // size * size))
    shown = fitting[start : start + size]
    rough = np.flatnonzero(strip.friction[fitting])
    entries = _entries(strip, signals, shown)
    numbers = list(dict.fromkeys(strip.visits[shown].tolist()))
    return StripPart(
        entries=tuple(map(as_shown, entries)),
        visits=tuple(strip.visit(number) for number in numbers),
        start=start,
        matching=int(fitting.size),
        kinds=dict(Counter(compress(strip.kinds, inside.tolist())).most_common()),
        sources=dict(Counter(strip.sources).most_common()),
        friction=int(np.count_nonzero(strip.friction & inside)),
        earlier=_spot(strip, fitting, rough[rough >= start + size], size, first=True),
        later=_spot(strip, fitting, rough[rough < start], size, first=False),
        overview=overview,
    )


def _from_afar(strip: Strip, chosen: Bools, within: Period | None, zone: str) -> StripOverview:
    sources = list(compress(strip.sources, chosen.tolist()))
    return see_from_afar(strip.times[chosen], sources, strip.friction[chosen], span_of(strip), within, zone)


def newest_rows(batches: Iterable[pa.RecordBatch]) -> dict[int, dict[str, Any]]:
    """The newest revision of each signal, by key."""
    newest: dict[int, dict[str, Any]] = {}
    for batch in batches:
        for row in batch.to_pylist():
            held = newest.get(row["key"])
            if held is None or row["revision"] > held["revision"]:
                newest[row["key"]] = row
    return newest


def entry_of(row: Mapping[str, Any], steps: Sequence[str] = (), visit: int = 0, friction: bool = False) -> TimelineEntry:
    """A stored row as people read it."""
    return TimelineEntry(
        occurred_at=row["occurred_at"],
        kind=row["kind"],
        source=row["source"],
        channel=row["channel"] or "",
        surface=row["surface"] or "",
        touchpoint=row["touchpoint"] or "",
        value=row["value"],
        unit=row["unit"] or "",
        text=row["text"] or "",
        objects=dict(row["objects"] or ()),
        properties=json.loads(row["properties"]) if row["properties"] else {},
        steps=tuple(steps),
        revision=row["revision"],
        key=row["key"],
        visit=visit,
        friction=friction,
        actor=next(iter(row["actors"] or ()), ""),
    )


def holds(entry: TimelineEntry, words: Sequence[str]) -> bool:
    """Whether all words stand somewhere in a signal: kind, places, text, steps, objects, properties."""
    said = [entry.kind, entry.source, entry.channel, entry.surface, entry.touchpoint, entry.text, *entry.steps]
    said += [f"{kind} {id}" for kind, id in entry.objects.items()]
    said += [f"{name} {value}" for name, value in entry.properties.items()]
    text = " ".join(said).casefold()
    return all(word in text for word in words)


def _laid(shard: Timelines, places: Int64s, experience: Experience) -> tuple[Any, ...]:
    """Columns of some signals of one shard, and the steps that they match."""
    part = _taken(shard, places)
    kinds, sources = (np.array(shard.words.get(name, ("",)), object) for name in ("kind", "source"))
    rough = (_matched(part, friction_rules(experience)) != 0).any(axis=0)
    owners = shard.owners[np.searchsorted(shard.starts, places, side="right") - 1]
    actors = part.columns.get("actor", np.zeros(places.size, np.int64))
    return (
        part.wide("key"), part.times, owners, actors, kinds[part.kinds], sources[part.code("source")], rough,
        _matched(part, [rule for _, rule in _named(experience)]),
    )  # fmt: skip


def _taken(shard: Timelines, places: Int64s) -> Timelines:
    """The same columns for some signals only, as one owner's."""
    return replace(
        shard,
        owners=np.zeros(1, np.int64),
        starts=np.array([0, places.size], np.int64),
        times=fixed(shard.times[places]),
        kinds=fixed(shard.kinds[places]),
        columns={name: cast(Column, fixed(column[places])) for name, column in shard.columns.items()},
        skip=np.empty(0, np.uint8),
    )


def _named(experience: Experience) -> list[tuple[str, EventRule]]:
    return [(step.title, step.match) for journey in experience.journeys for step in journey.steps]


def _matched(part: Timelines, rules: Sequence[EventRule]) -> Int64s:
    """(batches, signals) which of some rules each signal meets, as bits."""
    found = [match(part, rules[start : start + _BATCH]) for start in range(0, len(rules), _BATCH)]
    return np.array([one.bits[one.codes] for one in found], np.int64).reshape(len(found), part.signals)


def _visits(times: Int64s, owners: Int64s) -> Int64s:
    """The number of each signal's visit, of one owner each: a new one after a gap."""
    order = np.lexsort((np.arange(times.size), owners))
    apart = np.ones(times.size, np.bool_)
    apart[1:] = (np.diff(times[order]) > microseconds(GAP)) | (np.diff(owners[order]) != 0)
    numbers = np.empty(times.size, np.int64)
    numbers[order] = np.cumsum(apart)
    return numbers


def _entries(strip: Strip, signals: SignalStore, shown: Int64s) -> Iterator[TimelineEntry]:
    rows = newest_rows(_scan(strip, signals, shown))
    for place in shown.tolist():
        row = rows.get(int(strip.keys[place]))
        if row is not None:  # on its way into the lake
            yield entry_of(row, strip.steps_at(place), int(strip.visits[place]), bool(strip.friction[place]))


def _scan(strip: Strip, signals: SignalStore, places: Int64s) -> Iterator[pa.RecordBatch]:
    """Stored rows of some signals; those of whom the actor is known are found without reading all files."""
    known = strip.actors[places] != 0
    for among in (places[known], places[~known]):
        if among.size:
            keys = strip.keys[among].tolist()
            actors = sorted(set(strip.actors[among].tolist())) if strip.actors[among[0]] else None
            yield from signals.scan(COLUMNS, actor_keys=actors, keys=keys)


def _holding(strip: Strip, signals: SignalStore, words: Sequence[str], as_shown: AsShown) -> Int64s:
    """Keys of the signals in whose newest revision all words stand, also as it may be shown."""
    newest: dict[int, tuple[int, bool]] = {}
    places = dict(zip(strip.keys.tolist(), range(strip.size), strict=True))
    for batch in _scan(strip, signals, np.arange(strip.size)):
        for row in batch.to_pylist():
            if row["key"] not in newest or row["revision"] > newest[row["key"]][0]:
                entry = entry_of(row, strip.steps_at(places[row["key"]]))
                newest[row["key"]] = (row["revision"], holds(entry, words) and holds(as_shown(entry), words))
    return np.array([key for key, (_, fits) in newest.items() if fits], np.int64)


def _spot(strip: Strip, fitting: Int64s, rough: Int64s, size: int, first: bool) -> tuple[int, int] | None:
    """Where the nearest of some moments of friction is: the start of its part, and its key."""
    if not rough.size:
        return None
    at = int(rough[0] if first else rough[-1])
    return at // size * size, int(strip.keys[fitting[at]])


def span_of(strip: Strip) -> tuple[datetime, datetime]:
    """The times of its first and last signal; it has some."""
    return from_micros(int(strip.times[0])), from_micros(int(strip.times[-1]))
