"""Who is whom: persons from the set of links between actor ids, whatever the order they came in.

Person = f(actor key, the set of links). A link says that two ids stood on one signal. Nothing is voided because it came last,
only because of what it is, and each guard looks only at the ids that are linked with one another, so that links of other
people change nothing:

1. Placeholders ("user:null", "anonymous:0") name nobody and link nothing.
2. An id with more than `most_links` links to ids of its own or a stronger namespace is shared (a kiosk, a test account, an
   identifier that a defect gives to everybody): it links nothing.
3. Two `user` ids are one person only when a signal names both. An id below `user` that is linked to users who are not one
   person is a shared device or address: it links nothing.
4. Ids below `user` that are linked with one another, and together lead to users who are not one person, keep only their
   direct links to users.

The key of a person is the smallest key among the person's ids of the strongest namespace: it moves only when a stronger id,
or a smaller one of the same strength, joins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from touchpath.model.keys import name_key
from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.timelines.arrays import NO_BYTES, NO_INT64S, Bytes, Int64s

Bools = NDArray[np.bool_]

#: An id with more links than this to ids of its own or a stronger namespace is shared, and links nothing.
MOST_LINKS = 20

#: Ids that programs write when they know nobody.
PLACEHOLDERS = frozenset(
    {
        "",
        "0",
        "-1",
        "null",
        "nil",
        "none",
        "undefined",
        "nan",
        "n/a",
        "na",
        "unknown",
        "guest",
        "anonymous",
        "user",
        "id",
        "email",
    }
    | {"true", "false", "test", "default", "00000000-0000-0000-0000-000000000000", "[object object]"}
)

_USER = ACTOR_NAMESPACES.index("user")
_RANKS = {namespace: rank for rank, namespace in enumerate(ACTOR_NAMESPACES)}


class Pair(NamedTuple):
    """Two actor keys that stood on one signal, each with the rank of its namespace (0 = strongest)."""

    first: int
    second: int
    first_rank: int
    second_rank: int


@dataclass(frozen=True, slots=True)
class Links:
    """A set of links, each once: (links,) actor keys first < second, ordered, and the ranks of their namespaces."""

    first: Int64s = field(default_factory=lambda: NO_INT64S)
    second: Int64s = field(default_factory=lambda: NO_INT64S)
    first_rank: Bytes = field(default_factory=lambda: NO_BYTES)
    second_rank: Bytes = field(default_factory=lambda: NO_BYTES)

    @property
    def size(self) -> int:
        """How many links there are."""
        return int(self.first.size)

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Links:
        """The set of some pairs."""
        table = np.array([tuple(pair) for pair in pairs], np.int64).reshape(-1, 4)
        return _as_set(table[:, 0], table[:, 1], table[:, 2].astype(np.uint8), table[:, 3].astype(np.uint8))

    def __or__(self, other: Links) -> Links:
        if not other.size:
            return self
        return _as_set(
            np.concatenate([self.first, other.first]),
            np.concatenate([self.second, other.second]),
            np.concatenate([self.first_rank, other.first_rank]),
            np.concatenate([self.second_rank, other.second_rank]),
        )

    def kept(self, rows: Bools) -> Links:
        """Some of the links."""
        return Links(self.first[rows], self.second[rows], self.first_rank[rows], self.second_rank[rows])


def _as_set(first: Int64s, second: Int64s, first_rank: Bytes, second_rank: Bytes) -> Links:
    swap = first > second
    low, high = np.where(swap, second, first), np.where(swap, first, second)
    low_rank, high_rank = np.where(swap, second_rank, first_rank), np.where(swap, first_rank, second_rank)
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    new = np.ones(low.size, np.bool_)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    new &= low != high
    return Links(low[new], high[new], low_rank[order][new], high_rank[order][new])


def rank_of(actor: str) -> int:
    """How weak an actor's namespace is: 0 = "user", then as in ACTOR_NAMESPACES; others are weaker still."""
    return _RANKS.get(actor.partition(":")[0], len(_RANKS))


def names_nobody(actor: str) -> bool:
    """Whether an actor is a placeholder such as "user:null"."""
    return actor.partition(":")[2].strip().lower() in PLACEHOLDERS


def find_links(actors: pa.ListArray) -> Links:
    """The links on some signals: every pair of ids that one signal names, placeholders left out.

    actors: (signals,) lists of "namespace:id".
    """
    lists = actors.filter(pc.greater(pc.list_value_length(actors), 1))
    if not len(lists):
        return Links()
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    encoded = lists.flatten().fill_null("").dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    names: list[str] = encoded.dictionary.to_pylist()
    pairs = _pairs(codes, lengths.astype(np.int64), len(names))
    real = np.array([not names_nobody(name) for name in names], np.bool_)
    pairs = pairs[:, real[pairs[0]] & real[pairs[1]]]
    keys = np.array([name_key(name) for name in names], np.int64)
    ranks = np.array([rank_of(name) for name in names], np.uint8)
    return _as_set(keys[pairs[0]], keys[pairs[1]], ranks[pairs[0]], ranks[pairs[1]])


def _pairs(codes: Int64s, lengths: Int64s, names: int) -> Int64s:
    """(2, pairs) distinct pairs of codes that stand in one list."""
    starts = np.cumsum(lengths) - lengths
    found = [np.empty(0, np.int64)]
    for i in range(int(lengths.max())):
        for j in range(i + 1, int(lengths.max())):
            places = starts[lengths > j]
            found.append(np.unique(codes[places + i] * names + codes[places + j]))
    distinct = np.unique(np.concatenate(found))
    return np.stack([distinct // names, distinct % names])


@dataclass(frozen=True, slots=True)
class IdentityMap:
    """Which person each linked actor belongs to; every other actor is a person of their own.

    actor_keys: (actors,) int64 ascending.   person_keys: (actors,) int64.
    """

    actor_keys: Int64s = field(default_factory=lambda: NO_INT64S)
    person_keys: Int64s = field(default_factory=lambda: NO_INT64S)

    def persons(self, actors: Int64s) -> Int64s:
        """The persons of some actors; an unknown actor, and 0 (none), is itself."""
        if not self.actor_keys.size:
            return actors
        places = np.searchsorted(self.actor_keys, actors)
        places[places == self.actor_keys.size] = 0
        known = self.actor_keys[places] == actors
        return np.where(known, self.person_keys[places], actors)

    def person(self, actor: int) -> int:
        """The person of one actor."""
        return int(self.persons(np.array([actor], np.int64))[0])

    def actors(self, person: int) -> list[int]:
        """All actors of a person, in ascending order; at least the person's own key, unless that is part of another person."""
        found: list[int] = self.actor_keys[self.person_keys == person].tolist()
        return found or [person]

    def changed(self, after: IdentityMap) -> Int64s:
        """Persons who gained or lost an actor between this map and a later one, ascending."""
        actors = np.union1d(self.actor_keys, after.actor_keys)
        old, new = self.persons(actors), after.persons(actors)
        differ = old != new
        return np.union1d(old[differ], new[differ])


def resolve(links: Links, most_links: int = MOST_LINKS) -> IdentityMap:
    """Who is one person, by a set of links: the guards of this module, then everything that is still connected.

    Actors who are left alone are not in the map.
    """
    if not links.size:
        return IdentityMap()
    graph = _Graph.of(links)
    graph = graph.without(graph.hubs(most_links))
    users = graph.groups(graph.both_users())
    graph = graph.without(graph.shared(users))
    graph = graph.keep(graph.trusted(users))
    return graph.map(graph.groups(np.ones(graph.a.size, np.bool_)))


@dataclass(frozen=True, slots=True)
class _Graph:
    """Links between ids by place: `keys` (ids,) ascending, `ranks` (ids,), and the ends `a` and `b` of each link."""

    keys: Int64s
    ranks: Bytes
    a: Int64s
    b: Int64s

    @classmethod
    def of(cls, links: Links) -> _Graph:
        keys, places = np.unique(np.concatenate([links.first, links.second]), return_inverse=True)
        ranks = np.empty(keys.size, np.uint8)
        ranks[places] = np.concatenate([links.first_rank, links.second_rank])
        return cls(keys, ranks, places[: links.size], places[links.size :])

    def keep(self, links: Bools) -> _Graph:
        return _Graph(self.keys, self.ranks, self.a[links], self.b[links])

    def without(self, ids: Bools) -> _Graph:
        return self.keep(~(ids[self.a] | ids[self.b]))

    def hubs(self, most_links: int) -> Bools:
        """Ids with too many links to ids of their own or a stronger namespace."""
        up = np.bincount(self.a[self.ranks[self.b] <= self.ranks[self.a]], minlength=self.keys.size)
        up += np.bincount(self.b[self.ranks[self.a] <= self.ranks[self.b]], minlength=self.keys.size)
        hubs: Bools = up > most_links
        return hubs

    def both_users(self) -> Bools:
        """Links between two users: somebody said that they are one person."""
        both: Bools = (self.ranks[self.a] == _USER) & (self.ranks[self.b] == _USER)
        return both

    def groups(self, links: Bools) -> Int64s:
        """The group of each id, by some of the links."""
        shape = (self.keys.size, self.keys.size)
        ends = (self.a[links], self.b[links])
        labels: Int64s = connected_components(coo_array((np.ones(ends[0].size, np.int8), ends), shape), directed=False)[1].astype(
            np.int64
        )
        return labels

    def _several(self, side: Int64s, users: Int64s) -> Bools:
        """Of places 0..ids, those that more than one group of users is listed for. side, users: (links,) pairs."""
        pairs = np.unique(side * self.keys.size + users)
        several: Bools = np.bincount(pairs // self.keys.size, minlength=self.keys.size) > 1
        return several

    def _to_users(self) -> tuple[Int64s, Int64s]:
        """Links between a user and an id below: (that id, the user)."""
        a_user, b_user = self.ranks[self.a] == _USER, self.ranks[self.b] == _USER
        up, down = b_user & ~a_user, a_user & ~b_user
        return np.concatenate([self.a[up], self.b[down]]), np.concatenate([self.b[up], self.a[down]])

    def shared(self, users: Int64s) -> Bools:
        """Ids below `user` that are linked to users who are not one person."""
        weak, user = self._to_users()
        return self._several(weak, users[user])

    def trusted(self, users: Int64s) -> Bools:
        """Links that may join: all but those among ids below `user` that together lead to several users."""
        below = (self.ranks[self.a] != _USER) & (self.ranks[self.b] != _USER)
        clusters = self.groups(below)
        weak, user = self._to_users()
        torn = self._several(clusters[weak], users[user])
        trusted: Bools = ~(below & torn[clusters[self.a]])
        return trusted

    def map(self, groups: Int64s) -> IdentityMap:
        """The map in which each group is a person, named by its strongest, then smallest id; loners are left out."""
        order = np.lexsort((self.keys, self.ranks, groups))
        ordered = groups[order]
        leads = np.ones(ordered.size, np.bool_)
        leads[1:] = ordered[1:] != ordered[:-1]
        names = np.empty(int(groups.max()) + 1, np.int64)
        names[ordered[leads]] = self.keys[order][leads]
        joined = np.bincount(groups)[groups] > 1
        return IdentityMap(self.keys[joined], names[groups[joined]])
