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

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.timelines.arrays import NO_INT64S, Bytes, Int64s
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.links import Links
from touchpath.timelines.order import find_keys

Bools = NDArray[np.bool_]

_USER = ACTOR_NAMESPACES.index("user")

#: An id with more links than this to ids of its own or a stronger namespace is shared, and links nothing.
MOST_LINKS = 20


@dataclass(frozen=True, slots=True)
class IdentityMap:
    """Which person each linked actor belongs to; every other actor is a person of their own.

    actor_keys: (actors,) int64 ascending.   person_keys: (actors,) int64.
    """

    actor_keys: Int64s = field(default_factory=lambda: NO_INT64S)
    person_keys: Int64s = field(default_factory=lambda: NO_INT64S)

    def persons(self, actors: Int64s) -> Int64s:
        """The persons of some actors; an unknown actor, and 0 (none), is itself."""
        return _look_up(fixed(self.actor_keys), fixed(self.person_keys), fixed(actors)) if self.actor_keys.size else actors

    def person(self, actor: int) -> int:
        """The person of one actor."""
        return int(self.persons(np.array([actor], np.int64))[0])

    def actors(self, person: int) -> list[int]:
        """All actors of a person, in ascending order; at least the person's own key, unless that is part of another person."""
        found: list[int] = self.actor_keys[self.person_keys == person].tolist()
        return found or [person]

    def replaced(self, actors: Int64s, part: IdentityMap) -> IdentityMap:
        """This map, with another one for some actors (ascending)."""
        stay = ~find_keys(self.actor_keys, actors)
        keys, persons = self.actor_keys[stay], self.person_keys[stay]
        places = np.searchsorted(keys, part.actor_keys)
        return IdentityMap(np.insert(keys, places, part.actor_keys), np.insert(persons, places, part.person_keys))


@kernel
def _look_up(actor_keys: Int64s, person_keys: Int64s, actors: Int64s) -> Int64s:
    """Binary search, but not twice for the same actor in a row: signals mostly come actor by actor."""
    persons = np.empty(actors.size, np.int64)
    for row in range(actors.size):
        if row > 0 and actors[row] == actors[row - 1]:
            persons[row] = persons[row - 1]
            continue
        low, high = 0, actor_keys.size
        while low < high:
            middle = (low + high) // 2
            if actor_keys[middle] < actors[row]:
                low = middle + 1
            else:
                high = middle
        known = low < actor_keys.size and actor_keys[low] == actors[row]
        persons[row] = person_keys[low] if known else actors[row]
    return persons


@dataclass(frozen=True, slots=True)
class Identity:
    """The links known, and the persons they make."""

    links: Links = field(default_factory=Links)
    persons: IdentityMap = field(default_factory=IdentityMap)

    @classmethod
    def of(cls, links: Links) -> Identity:
        """The persons of a set of links."""
        return cls(links, resolve(links))

    def learn(self, links: Links) -> tuple[Identity, Int64s]:
        """Who is whom with more links, and the keys of persons who gained or lost an actor, ascending.

        Only ids that are linked with the new links' ids, directly or over others, are resolved again.
        """
        new = links - self.links
        if not new.size:
            return self, NO_INT64S
        actors, near = self._around(new)
        part = resolve(near | new)
        after = Identity(self.links | new, self.persons.replaced(actors, part))
        old, now = self.persons.persons(actors), after.persons.persons(actors)
        return after, np.union1d(old[old != now], now[old != now])

    def _around(self, new: Links) -> tuple[Int64s, Links]:
        """All actors whom known links connect with new ones, and those links."""
        actors = np.union1d(new.first, new.second)
        while True:
            linked = find_keys(self.links.first, actors) | find_keys(self.links.second, actors)
            near = self.links.kept(linked)
            wider = np.union1d(actors, np.concatenate([near.first, near.second]))
            if wider.size == actors.size:
                return actors, near
            actors = wider


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
