"""One person's page: everything known to have happened to them, across all silos."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from touchpath.model.errors import Missing
from touchpath.model.experience import Experience
from touchpath.model.keys import name_key
from touchpath.model.time import to_micros
from touchpath.services.ground import find_owner
from touchpath.services.parties import parties_of
from touchpath.services.results import PersonHit, PersonTimeline, TimelineEntry
from touchpath.store.search import SearchStore
from touchpath.store.signals import SignalStore
from touchpath.store.timelines import TimelineStore
from touchpath.timelines.arrays import NO_BYTES, Int64s, Timelines, TimelineSet
from touchpath.timelines.match import match

_COLUMNS = (
    "key", "revision", "actor_key", "actors", "occurred_at", "kind", "source", "channel", "surface", "touchpoint",
    "value", "unit", "text", "objects", "properties",
)  # fmt: skip


def find_people(
    index: SearchStore, text: str, limit: int, as_shown: Callable[[str], str] = lambda text: text
) -> tuple[PersonHit, ...]:
    """Actors whose id holds the text, then those who wrote it. as_shown: what may be seen of a text; only that can be searched."""
    hits = {found.actor: PersonHit(found.actor, found.signals, found.last) for found in index.find_actors(text, limit)}
    if text.strip() and len(hits) < limit:
        for found in index.find_texts(text, limit):
            if found.actor and found.actor not in hits and _holds_words(as_shown(found.text), text):
                hits[found.actor] = PersonHit(found.actor, 1, found.occurred_at)
    return tuple(hits.values())[:limit]


def _holds_words(text: str, words: str) -> bool:
    """Whether all words stand in a text, case and accents aside, as the index compares them."""
    plain = _plain(text)
    return all(part in plain for word in words.split() for part in re.findall(r"\w+", _plain(word)))


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))


def list_people(index: SearchStore, timelines: TimelineStore[TimelineSet], people: Int64s, limit: int) -> tuple[PersonHit, ...]:
    """Some of these people, latest first, each once, by the actor id that was heard of last."""
    wanted, found = {int(key) for key in people}, dict[int, PersonHit]()
    actors = index.find_actors("", 1_000_000) if wanted else []
    persons = timelines.persons_of([name_key(actor.actor) for actor in actors])
    for actor, person in zip(actors, persons, strict=True):
        if person in wanted and person not in found:
            found[person] = PersonHit(actor.actor, actor.signals, actor.last)
            if len(found) == limit:
                break
    return tuple(found.values())


def ids_of(actor: str, signals: SignalStore, timelines: TimelineStore[TimelineSet]) -> tuple[str, ...]:
    """Every id that belongs to the same person as this one, at all times, itself among them, by name."""
    person = timelines.person_of(name_key(actor))
    theirs = timelines.actors_of(person)
    keys = [key for key, owner in zip(theirs, timelines.persons_of(theirs), strict=True) if owner == person]
    whole = frozenset(keys)
    lists = (ids for batch in signals.scan(["actors"], actor_keys=keys) for ids in batch["actors"].to_pylist())
    return tuple(sorted({actor} | {id for ids in lists for id in ids or () if name_key(id) in whole}))


def show_person(
    actor: str,
    experience: Experience,
    signals: SignalStore,
    timelines: TimelineStore[TimelineSet],
    search: str = "",
    limit: int = 200,
    as_shown: Callable[[TimelineEntry], TimelineEntry] = lambda entry: entry,
) -> PersonTimeline:
    """The timeline of the person whom an actor belongs to, newest first; raises Missing for an unknown actor.

    search: keep only signals in which every one of these words stands somewhere (kind, texts, ids, properties). as_shown: what may be
    seen of an entry; only that can be searched.
    """
    opened = timelines.open("person", experience.properties)
    person = timelines.person_of(name_key(actor))
    rows = _rows_of(person, signals, timelines)
    if not rows and (latest := _newest(signals.scan(_COLUMNS, actor_keys=[name_key(actor)]))):
        # A device that has always been somebody's: show whoever had it last.
        person = timelines.person_of(name_key(actor), to_micros(latest[0]["occurred_at"]))
        rows = _rows_of(person, signals, timelines)
    if not rows:
        raise Missing(f"Nobody is known as '{actor}'. Search for a part of the id, as in 'user:4'.")
    steps = _steps_by_key(opened, person, experience)
    entries = [_entry(row, steps.get(row["key"], ())) for row in rows]
    words = search.casefold().split()
    matching = [entry for entry in entries if _holds(entry, words) and (not words or _holds(as_shown(entry), words))]
    roles, statuses = parties_of(slice_of(opened, person), experience, opened.end)
    return PersonTimeline(
        actor=actor,
        actors=tuple(sorted({name for row in rows for name in row["actors"] or ()})),
        entries=tuple(map(as_shown, matching[:limit])),
        total=len(entries),
        matching=len(matching),
        first=min(entry.occurred_at for entry in entries),
        last=max(entry.occurred_at for entry in entries),
        sources=dict(Counter(entry.source for entry in entries).most_common()),
        roles=roles,
        statuses=statuses,
    )


def signals_on_handed_devices(actor: str, signals: SignalStore, timelines: TimelineStore[TimelineSet]) -> list[int]:
    """Keys of a person's signals on devices that were theirs only for a while: those that do not name them."""
    person = timelines.person_of(name_key(actor))
    theirs = timelines.actors_of(person)
    devices = [key for key, owner in zip(theirs, timelines.persons_of(theirs), strict=True) if owner != person]
    if not devices:
        return []
    rows = _newest(signals.scan(("key", "revision", "actor_key", "occurred_at"), actor_keys=devices))
    return [row["key"] for row in _theirs(rows, person, timelines)]


def _rows_of(person: int, signals: SignalStore, timelines: TimelineStore[TimelineSet]) -> list[dict[str, Any]]:
    return _theirs(_newest(signals.scan(_COLUMNS, actor_keys=timelines.actors_of(person))), person, timelines)


def _theirs(rows: Sequence[dict[str, Any]], person: int, timelines: TimelineStore[TimelineSet]) -> list[dict[str, Any]]:
    """The rows that are a person's, by actor and time: a device may have been somebody else's then."""
    owners = timelines.persons_of([row["actor_key"] for row in rows], [to_micros(row["occurred_at"]) for row in rows])
    return [row for row, owner in zip(rows, owners, strict=True) if owner == person]


def _newest(batches: Any) -> list[dict[str, Any]]:
    """The newest revision of each signal, latest first."""
    newest: dict[int, dict[str, Any]] = {}
    for batch in batches:
        for row in batch.to_pylist():
            held = newest.get(row["key"])
            if held is None or row["revision"] > held["revision"]:
                newest[row["key"]] = row
    return sorted(newest.values(), key=lambda row: (row["occurred_at"], row["key"]), reverse=True)


def _entry(row: Mapping[str, Any], steps: Sequence[str]) -> TimelineEntry:
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
    )


def _holds(entry: TimelineEntry, words: Sequence[str]) -> bool:
    if not words:
        return True
    said = [entry.kind, entry.source, entry.channel, entry.surface, entry.touchpoint, entry.text, *entry.steps]
    said += [f"{kind} {id}" for kind, id in entry.objects.items()]
    said += [f"{name} {value}" for name, value in entry.properties.items()]
    text = " ".join(said).casefold()
    return all(word in text for word in words)


def slice_of(opened: TimelineSet, person: int) -> Timelines | None:
    """The timeline of one owner alone, wherever it is kept."""
    where = find_owner(opened, person)
    if where is None:
        return None
    shard, place = where
    span = slice(int(shard.starts[place]), int(shard.starts[place + 1]))
    return replace(
        shard,
        owners=shard.owners[place : place + 1],
        starts=np.array([0, span.stop - span.start], np.int64),
        times=shard.times[span],
        kinds=shard.kinds[span],
        columns={name: column[span] for name, column in shard.columns.items()},
        skip=NO_BYTES,
    )


def _steps_by_key(opened: TimelineSet, person: int, experience: Experience) -> dict[int, tuple[str, ...]]:
    """Which journey steps each signal of a person matches, by signal key."""
    mine = slice_of(opened, person)
    named = [(step.title, step.match) for journey in experience.journeys for step in journey.steps]
    if mine is None or not named:
        return {}
    found: dict[int, list[str]] = {}
    keys = mine.wide("key")
    for start in range(0, len(named), 60):
        part = named[start : start + 60]
        matched = match(mine, [rule for _, rule in part])
        bits = matched.bits[matched.codes]
        for place in np.flatnonzero(bits):
            titles = found.setdefault(int(keys[place]), [])
            titles += [title for r, (title, _) in enumerate(part) if int(bits[place]) >> r & 1 and title not in titles]
    return {key: tuple(titles) for key, titles in found.items()}
