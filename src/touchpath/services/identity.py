"""Why some ids are one person: the links that join them, and the links that would but do not, each with its rule and its witnesses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.actors import actor_named
from touchpath.model.errors import BadInput, Missing
from touchpath.model.keys import name_key
from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.model.time import from_micros
from touchpath.services.decisions import APART, Decision, DecisionService
from touchpath.services.tables import Row, rows
from touchpath.store.signals import SignalStore
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.guards import Judged, Rules, Verdict
from touchpath.timelines.identity import Identity
from touchpath.timelines.order import find_keys
from touchpath.timelines.words import encode, text_keys

#: No more links than this are shown with what speaks for them; how many more there are is told.
MOST_LINKS = 100

_COLUMNS = ("key", "actors", "occurred_at", "kind", "source", "id")


@dataclass(frozen=True, slots=True)
class Held:
    """A time during which a device was somebody's, from `start` (None = ever before) to `end` (None = ever after), exclusive.

    by: one of their ids, "" = nobody's.
    """

    start: datetime | None
    end: datetime | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class PersonId:
    """One id of a person. held: empty = always theirs, else the times during which a device was."""

    id: str
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link between two ids. rule: what it rests on. joins: whether it makes them one person; if not, `why` says why not.

    first, last, signals, sources: of the signals that name both; example: the first of them, as "kind (source, id)". A link that
    only a member made has none.
    """

    one: str
    other: str
    rule: str
    joins: bool
    why: str
    signals: int = 0
    first: datetime | None = None
    last: datetime | None = None
    sources: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class PersonIdentity:
    """Everything known about who an actor is.

    holders: of a device that several people use, whose it was, one after the other. more: how many links are not shown.
    """

    actor: str
    ids: tuple[PersonId, ...]
    joined: tuple[ShownLink, ...]
    void: tuple[ShownLink, ...]
    decisions: tuple[Decision, ...]
    more: int = 0
    holders: tuple[Held, ...] = ()

    @property
    def handed(self) -> bool:
        """Whether one of the ids was theirs only for a while."""
        return any(one.held for one in self.ids)


def rule_of(one: str, other: str) -> str:
    """What a link between two ids is called; see docs/definitions/identity.md."""
    spaces = {one.partition(":")[0], other.partition(":")[0]}
    if len(spaces) == 1:
        return "alias"
    if spaces == {"user", "anonymous"}:
        return "identify"
    if not spaces <= set(ACTOR_NAMESPACES) or ("anonymous" in spaces and "user" not in spaces):
        return "shared device"
    return "shared e-mail" if "email" in spaces else "shared external id"


def why_void(verdict: Verdict, rules: Rules) -> str:
    """Why a link does not join, in a sentence."""
    return {
        Verdict.JOINS: "",
        Verdict.APART: "A member said that these two are not the same person.",
        Verdict.ALONE: "A member said that one of these ids joins nobody.",
        Verdict.SETTLED: "A member said whose this id is, so what else it is linked to no longer counts.",
        Verdict.CROWDED: f"One of the two has more than {rules.most_links} links: too many to be one person's.",
        Verdict.SHARED: "Several users share this address or external id, and nothing else says that they are one person.",
        Verdict.HANDED: "Several people use this device: whose it was is told by the times at which each of them was seen on it.",
        Verdict.TORN: "Together with other links it would join people whom nothing else joins.",
    }[verdict]


@dataclass(frozen=True, slots=True)
class IdentityService:
    """Who is whom in one workspace, why, and what members decide about it. current: who is whom, as new as the signals."""

    decisions: DecisionService
    signals: SignalStore
    current: Callable[[], Identity]

    def explain(self, actor: str) -> PersonIdentity:
        """See `explain_identity`."""
        return explain_identity(actor_named(actor), self.current(), self.signals, self.decisions.list())

    def decide(self, verdict: str, ids: tuple[str, ...], member: str, why: str) -> Decision:
        """Keep a decision (see `DecisionService.decide`).

        Raises Missing when an id is on no signal, and BadInput when two ids are to be parted that no link joins directly: severing
        what is not there would change nothing.
        """
        named = tuple(actor_named(id) for id in ids)
        shown = [self.explain(id) for id in named if id]
        if verdict == APART and len(named) == 2 and named[0] != named[1]:
            _expect_link(named[0], named[1], shown[0])
        return self.decisions.decide(verdict, named, member, why)

    def way(self, one: str, other: str) -> tuple[ShownLink, ...]:
        """The shortest way over links that makes two ids one person; empty if they are not."""
        return find_way(actor_named(one), actor_named(other), self.explain(one))


def _expect_link(one: str, other: str, shown: PersonIdentity) -> None:
    if any({link.one, link.other} == {one, other} for link in (*shown.joined, *shown.void)):
        return
    way = " and ".join(f"{link.one} with {link.other}" for link in find_way(one, other, shown))
    joined = f" They are one person over other ids: part {way.replace(' and ', ' or ')}." if way else " They are not one person."
    raise BadInput(f"No link joins '{one}' and '{other}' directly.{joined}")


def explain_identity(actor: str, identity: Identity, signals: SignalStore, decisions: Sequence[Decision] = ()) -> PersonIdentity:
    """Which ids are one person with this one, why, and what was not joined; raises Missing for an id that no signal names."""
    person = identity.persons.person(name_key(actor))
    ids = np.array(identity.persons.actors(person), np.int64)
    judged = identity.around(ids)
    touching = np.flatnonzero(find_keys(judged.links.first, ids) | find_keys(judged.links.second, ids))
    touching = touching[np.argsort(judged.verdicts[touching], kind="stable")]
    facts = _Facts.of(judged, touching[:MOST_LINKS], ids, signals)
    facts.learn_names({actor, *(id for one in decisions for id in one.ids)})
    if not facts.known and not touching.size:
        raise Missing(f"Nobody is known as '{actor}'. Search for a part of the id, as in 'user:4'.")
    sure = judged.links.among(identity.decisions.same)
    links = [facts.shown(place, bool(sure[place]), identity.rules) for place in touching[:MOST_LINKS].tolist()]
    names = [(key, facts.names[key]) for key in ids.tolist() if key in facts.names]
    theirs = {name for _, name in names}
    return PersonIdentity(
        actor,
        tuple(sorted((PersonId(name, _held(identity, key, person)) for key, name in names), key=_strength)),
        tuple(link for link in links if link.joins),
        tuple(link for link in links if not link.joins),
        tuple(one for one in decisions if theirs & set(one.ids)),
        max(0, int(touching.size) - MOST_LINKS),
        tuple(_holders(identity, name_key(actor), facts.names)),
    )


def find_way(one: str, other: str, shown: PersonIdentity) -> tuple[ShownLink, ...]:
    """The shortest way from one id to another over links that join; empty if there is none."""
    ways: dict[str, tuple[ShownLink, ...]] = {one: ()}
    waiting = [one]
    while waiting:
        here = waiting.pop(0)
        for link in shown.joined:
            if here in (link.one, link.other):
                there = link.other if here == link.one else link.one
                if there not in ways:
                    ways[there] = (*ways[here], link)
                    waiting.append(there)
    return ways.get(other, ())


def _strength(one: PersonId) -> tuple[int, str]:
    namespace = one.id.partition(":")[0]
    return ACTOR_NAMESPACES.index(namespace) if namespace in ACTOR_NAMESPACES else len(ACTOR_NAMESPACES), one.id


def _held(identity: Identity, device: int, person: int) -> tuple[Held, ...]:
    if identity.persons.person(device) == person:
        return ()
    return tuple(Held(start, end) for start, end, owner in _spans(identity, device) if owner == person)


def _holders(identity: Identity, device: int, names: Mapping[int, str]) -> Iterator[Held]:
    """Whose a device was, by the strongest of their ids that is known here."""
    own = identity.persons.person(device)
    known = sorted(names, key=lambda key: _strength(PersonId(names[key])), reverse=True)
    of_person = {identity.persons.person(key): names[key] for key in known} | {own: ""}
    for start, end, owner in _spans(identity, device):
        yield Held(start, end, of_person.get(owner, f"id {owner}"))


def _spans(identity: Identity, device: int) -> Iterator[tuple[datetime | None, datetime | None, int]]:
    spans = identity.persons.spans.of_device(device)
    if spans.devices.size:
        begins = [None, *(from_micros(begin) for begin in spans.begins[1:].tolist())]
        yield from zip(begins, [*begins[1:], None], spans.persons.tolist(), strict=True)


@dataclass(slots=True)
class _Seen:
    """The signals that name both ends of a link."""

    signals: int = 0
    first: datetime | None = None
    last: datetime | None = None
    sources: set[str] = field(default_factory=set)
    example: str = ""

    def add(self, row: Mapping[str, object], at: datetime) -> None:
        if self.first is None or at < self.first:
            self.first, self.example = at, f"{row['kind']} ({row['source']}, {row['id']})"
        self.last = at if self.last is None else max(self.last, at)
        self.sources.add(str(row["source"]))
        self.signals += 1


@dataclass(slots=True)
class _Facts:
    """What the signals say about some links, by place. names: ids by key."""

    judged: Judged
    names: dict[int, str]
    seen: dict[tuple[int, int], _Seen]
    known: bool = False

    @classmethod
    def of(cls, judged: Judged, places: Int64s, ids: Int64s, signals: SignalStore) -> _Facts:
        first, second = judged.links.first[places], judged.links.second[places]
        facts = cls(judged, {}, {pair: _Seen() for pair in zip(first.tolist(), second.tolist(), strict=True)})
        ends = np.unique(np.concatenate([first, second, ids]))
        for row in _rows_naming(signals.scan(_COLUMNS, actor_keys=ends.tolist()), ids):
            facts._take(row)
        return facts

    def _take(self, row: Mapping[str, object]) -> None:
        self.known = True
        keys = {name_key(name): name for name in row["actors"]}  # type: ignore[attr-defined]
        self.names |= keys
        for pair in combinations(sorted(keys), 2):
            if pair in self.seen:
                self.seen[pair].add(row, row["occurred_at"])  # type: ignore[arg-type]

    def learn_names(self, names: Iterable[str]) -> None:
        self.names |= {name_key(name): name for name in names}

    def shown(self, place: int, sure: bool, rules: Rules) -> ShownLink:
        first, second = int(self.judged.links.first[place]), int(self.judged.links.second[place])
        ranks = int(self.judged.links.first_rank[place]), int(self.judged.links.second_rank[place])
        one, other = (self.names.get(key, f"id {key}") for key in ((first, second) if ranks[0] <= ranks[1] else (second, first)))
        verdict, seen = Verdict(int(self.judged.verdicts[place])), self.seen[first, second]
        rule = "joined by a member" if sure else rule_of(one, other)
        return ShownLink(
            *(one, other, rule, verdict is Verdict.JOINS, why_void(verdict, rules)),
            *(seen.signals, seen.first, seen.last, tuple(sorted(seen.sources)), seen.example),
        )


def _rows_naming(batches: Iterable[pa.RecordBatch], ids: Int64s) -> Iterator[dict[str, object]]:
    """The rows that name one of these ids, each signal once; those of others who share an id with them are left out as arrays."""
    done = set[int]()
    for batch in batches:
        parents = pc.list_parent_indices(batch["actors"]).to_numpy(zero_copy_only=False)
        encoded = encode(batch["actors"].flatten())
        theirs = np.append(find_keys(text_keys(encoded.dictionary), ids), np.zeros(1, np.bool_))
        codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
        for row in batch.take(pa.array(np.unique(parents[theirs[codes]]), pa.int64())).to_pylist():
            if row["key"] not in done:
                done.add(row["key"])
                yield row


@rows.register
def _(answer: PersonIdentity) -> list[Row]:
    return [
        {
            "one": link.one,
            "other": link.other,
            "rule": link.rule,
            "joins": link.joins,
            "why not": link.why,
            "signals": link.signals,
            "first": link.first,
            "last": link.last,
            "sources": ", ".join(link.sources),
            "as in": link.example,
        }
        for link in (*answer.joined, *answer.void)
    ]
