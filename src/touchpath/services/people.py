"""One person's page: everything known to have happened to them, across all silos."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.email import NAMESPACE, email_actor
from touchpath.model.errors import Missing
from touchpath.model.experience import Experience
from touchpath.model.keys import name_key
from touchpath.model.time import Period, to_micros
from touchpath.services.ground import find_owner
from touchpath.services.parties import parties_of
from touchpath.services.results import PersonHit, PersonTimeline, TimelineEntry
from touchpath.services.strips import Strip, lay_strip, newest_rows, read_part, span_of
from touchpath.store.search import SearchStore
from touchpath.store.signals import SignalStore
from touchpath.store.timelines import TimelineStore
from touchpath.timelines.arrays import NO_BYTES, Int64s, Timelines, TimelineSet


def find_people(
    index: SearchStore, text: str, limit: int, as_shown: Callable[[str], str] = lambda text: text
) -> tuple[PersonHit, ...]:
    """Actors whose id holds the text (of an e-mail address: its hash), then those who wrote it. as_shown: what may be seen of a text; only that can be searched."""
    hits = {
        found.actor: PersonHit(found.actor, found.signals, found.last)
        for found in index.find_actors(email_actor(text) or text, limit)
    }
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
    start: int = 0,
    kind: str = "",
    within: Period | None = None,
    zone: str = "UTC",
) -> PersonTimeline:
    """The timeline of the person whom an actor (or an e-mail address) belongs to, a part at a time, newest first; raises Missing for an unknown one.

    search: keep only signals in which every one of these words stands somewhere (kind, texts, ids, properties). as_shown: what may be
    seen of an entry; only that can be searched. start: so many newer ones come before. kind: only signals of it, "friction" = moments of
    friction. within: only signals of this period. zone: whose days and hours the overview is by.
    """
    actor = email_actor(actor.removeprefix(f"{NAMESPACE}:")) or actor
    opened = timelines.open("person", experience.properties)
    person = timelines.person_of(name_key(actor))
    strip = _strip_of(opened, person, experience)
    if not strip.size and (latest := _newest(signals.scan(("key", "revision", "occurred_at"), actor_keys=[name_key(actor)]))):
        # A device that has always been somebody's: show whoever had it last.
        person = timelines.person_of(name_key(actor), to_micros(latest[0]["occurred_at"]))
        strip = _strip_of(opened, person, experience)
    if not strip.size:
        raise Missing(f"Nobody is known as '{actor}'. Search for a part of the id, as in 'user:4'.")
    part = read_part(
        strip, signals, start, limit, kind=kind, words=search.casefold().split(), as_shown=as_shown, within=within, zone=zone
    )
    roles, statuses = parties_of(slice_of(opened, person), experience, opened.end)
    first, last = span_of(strip)
    return PersonTimeline(
        actor=actor,
        actors=_names_in(strip, signals),
        entries=part.entries,
        total=strip.size,
        matching=part.matching,
        first=first,
        last=last,
        sources=part.sources,
        roles=roles,
        statuses=statuses,
        start=part.start,
        kinds=part.kinds,
        visits=part.visits,
        friction=part.friction,
        earlier=part.earlier,
        later=part.later,
        accounts=_accounts_of(opened, person),
        overview=part.overview,
    )


def _strip_of(opened: TimelineSet, person: int, experience: Experience) -> Strip:
    where = find_owner(opened, person)
    if where is None:
        return lay_strip((), experience)
    shard, place = where
    return lay_strip([(shard, np.arange(shard.starts[place], shard.starts[place + 1], dtype=np.int64))], experience)


def _accounts_of(opened: TimelineSet, person: int) -> tuple[str, ...]:
    """The accounts that a person's signals name, the most frequent first."""
    mine, words = slice_of(opened, person), opened.words.get("account", ("",))
    counts = np.bincount(mine.code("account"), minlength=1) if mine is not None else np.zeros(1, np.int64)
    return tuple(words[code] for code in np.argsort(-counts, kind="stable").tolist() if code and counts[code])


def _names_in(strip: Strip, signals: SignalStore) -> tuple[str, ...]:
    """All ids that a person's signals name, sorted."""
    keys, found = pa.array(strip.keys), set[str]()
    for batch in signals.scan(("key", "actors"), actor_keys=sorted(set(strip.actors.tolist()))):
        theirs = batch["actors"].filter(pc.is_in(batch["key"], value_set=keys))
        found |= set(pc.unique(theirs.flatten()).to_pylist())
    return tuple(sorted(found))


def signals_on_handed_devices(actor: str, signals: SignalStore, timelines: TimelineStore[TimelineSet]) -> list[int]:
    """Keys of a person's signals on devices that were theirs only for a while: those that do not name them."""
    person = timelines.person_of(name_key(actor))
    theirs = timelines.actors_of(person)
    devices = [key for key, owner in zip(theirs, timelines.persons_of(theirs), strict=True) if owner != person]
    if not devices:
        return []
    rows = _newest(signals.scan(("key", "revision", "actor_key", "occurred_at"), actor_keys=devices))
    return [row["key"] for row in _theirs(rows, person, timelines)]


def _theirs(rows: Sequence[dict[str, Any]], person: int, timelines: TimelineStore[TimelineSet]) -> list[dict[str, Any]]:
    """The rows that are a person's, by actor and time: a device may have been somebody else's then."""
    owners = timelines.persons_of([row["actor_key"] for row in rows], [to_micros(row["occurred_at"]) for row in rows])
    return [row for row, owner in zip(rows, owners, strict=True) if owner == person]


def _newest(batches: Iterable[pa.RecordBatch]) -> list[dict[str, Any]]:
    """The newest revision of each signal, latest first."""
    return sorted(newest_rows(batches).values(), key=lambda row: (row["occurred_at"], row["key"]), reverse=True)


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
