"""Which links join, and why the others do not: the guards, in their order, over a set of links and decisions.

Nothing is void because it came last, only because of what it is, and each guard looks only at ids that are linked with one
another, so that links of other people change nothing. docs/definitions/identity.md draws each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.timelines.arrays import Bytes, Int64s
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.links import DEVICE_RANK, Links
from touchpath.timelines.order import find_keys

Bools = NDArray[np.bool_]

_USER = ACTOR_NAMESPACES.index("user")


class Verdict(IntEnum):
    """What becomes of a link. The first one that holds counts."""

    JOINS = 0
    #: A member said that these two are not one person.
    APART = 1
    #: A member said that one of the two ids joins nobody.
    ALONE = 2
    #: A member said whose the id is, so what else it is linked to does not count.
    SETTLED = 3
    #: One of the two ids has too many links to be anybody's.
    CROWDED = 4
    #: One of the two is an address or an external id of several users whom nothing else joins.
    SHARED = 5
    #: The device is used by several people: whose it was is told by time.
    HANDED = 6
    #: Over links like this one, two people would be joined whom nothing else joins.
    TORN = 7


@dataclass(frozen=True, slots=True)
class Rules:
    """What an organisation may set. most_links: above it an id is crowded. devices_join: who shares a device is one person."""

    most_links: int = 20
    devices_join: bool = False

    @property
    def text(self) -> str:
        """To tell whether persons were made by the same rules."""
        return f"most_links={self.most_links} devices_join={self.devices_join}"

    @classmethod
    def read(cls, text: str) -> Rules:
        """The rules that a text tells."""
        found = dict(part.split("=") for part in text.split())
        return cls(int(found["most_links"]), found["devices_join"] == "True")


@dataclass(frozen=True, slots=True)
class Judged:
    """Links with what became of each. verdicts: (links,) uint8.   groups: (ids,) number of each id's person, by `keys`, `ranks`."""

    links: Links
    verdicts: Bytes
    keys: Int64s
    ranks: Bytes
    groups: Int64s


def judge(links: Links, decisions: Decisions | None = None, rules: Rules | None = None) -> Judged:
    """What becomes of each link, and the groups that those make which join."""
    decided = decisions or Decisions()
    graph = _Graph.of(links | decided.same, decided)
    graph.decide(decided)
    graph.part_crowds((rules or Rules()).most_links)
    graph.part_names()
    if not (rules or Rules()).devices_join:
        graph.part_devices()
        graph.part_chains()
    groups = graph.groups(graph.joining)
    return Judged(graph.links, graph.verdicts.astype(np.uint8), graph.keys, graph.ranks, groups)


@dataclass(slots=True)
class _Graph:
    """Links by place: `keys` and `ranks` of the ids (keys ascending), ends `a` and `b` of each link.

    sure: (links,) a member joined the two, which no guard undoes. verdicts: (links,) as far as is known.
    """

    links: Links
    keys: Int64s
    ranks: Bytes
    a: Int64s
    b: Int64s
    sure: Bools
    verdicts: Int64s = field(init=False)

    def __post_init__(self) -> None:
        self.verdicts = np.zeros(self.links.size, np.int64)

    @classmethod
    def of(cls, links: Links, decided: Decisions) -> _Graph:
        keys, places = np.unique(np.concatenate([links.first, links.second]), return_inverse=True)
        ranks = np.empty(keys.size, np.uint8)
        ranks[places] = np.concatenate([links.first_rank, links.second_rank])
        sure = links.among(decided.same) if decided.same.size else np.zeros(links.size, np.bool_)
        return cls(links, keys, ranks, places[: links.size], places[links.size :], sure)

    @property
    def joining(self) -> Bools:
        """Links that nothing speaks against yet."""
        joining: Bools = self.verdicts == Verdict.JOINS
        return joining

    def void(self, links: Bools, verdict: Verdict) -> None:
        """Let some links no longer join, unless a member said that they do."""
        self.verdicts[links & self.joining & ~self.sure] = verdict

    def touching(self, ids: Bools) -> Bools:
        """Links with one of these ids at an end."""
        return ids[self.a] | ids[self.b]

    def groups(self, links: Bools) -> Int64s:
        """The group of each id, by some of the links."""
        if not links.any():
            return np.arange(self.keys.size)
        shape = (self.keys.size, self.keys.size)
        ends = (self.a[links], self.b[links])
        found = connected_components(coo_array((np.ones(ends[0].size, np.int8), ends), shape), directed=False)[1]
        labels: Int64s = found.astype(np.int64)
        return labels

    def decide(self, decided: Decisions) -> None:
        """Links that members severed; and those that no longer count because a member said whose an id is."""
        if decided.apart.size:
            self.void(self.links.among(decided.apart), Verdict.APART)
        if decided.alone.size:
            self.void(self.touching(find_keys(self.keys, decided.alone)), Verdict.ALONE)
        stronger_a, stronger_b = self.ranks[self.a] < self.ranks[self.b], self.ranks[self.b] < self.ranks[self.a]
        settled = np.zeros(self.keys.size, np.bool_)
        settled[self.b[self.sure & stronger_a]] = True
        settled[self.a[self.sure & stronger_b]] = True
        self.void((stronger_a & settled[self.b]) | (stronger_b & settled[self.a]), Verdict.SETTLED)

    def part_crowds(self, most_links: int) -> None:
        """Ids with too many links to ids of their own or a stronger namespace join nothing."""
        live, sizes = self.joining, self.keys.size
        up = np.bincount(self.a[live & (self.ranks[self.b] <= self.ranks[self.a])], minlength=sizes)
        up += np.bincount(self.b[live & (self.ranks[self.a] <= self.ranks[self.b])], minlength=sizes)
        self.void(self.touching(up > most_links), Verdict.CROWDED)

    def part_names(self) -> None:
        """Addresses and external ids never join two users whom no signal, and no member, names together."""
        users = self.ranks == _USER
        persons = self.groups(self.joining & ((users[self.a] & users[self.b]) | self.sure))
        named = (self.ranks < DEVICE_RANK)[self.a] & (self.ranks < DEVICE_RANK)[self.b]
        below, user = self.ends(self.joining & named & (users[self.a] != users[self.b]), users)
        self.void(self.touching(self.several(below, persons[user])), Verdict.SHARED)
        chain = named & ~users[self.a] & ~users[self.b]
        clusters = self.groups(self.joining & chain)
        below, user = self.ends(self.joining & named & (users[self.a] != users[self.b]), users)
        self.void(chain & self.several(clusters[below], persons[user])[clusters[self.a]], Verdict.TORN)

    def part_devices(self) -> None:
        """A device that leads to several people of one kind joins them not: it is handed on from one to the next."""
        devices = self.ranks >= DEVICE_RANK
        persons, kinds = self._named_persons(devices)
        between = devices[self.a] & devices[self.b]
        device, name = self.ends(self.joining & (devices[self.a] != devices[self.b]), ~devices)
        clusters = self.groups(self.joining & between)
        torn = self.several_of_a_kind(clusters[device], persons[name], kinds[name])
        self.void(between & torn[clusters[self.a]], Verdict.TORN)
        handed = self.several_of_a_kind(device, persons[name], kinds[name])
        self.void(self.touching(handed) & ~between, Verdict.HANDED)

    def part_chains(self) -> None:
        """Devices and the names that only devices lead to: if together they lead to several users, they join no names."""
        devices = self.ranks >= DEVICE_RANK
        persons, kinds = self._named_persons(devices)
        anchored = ~devices & (kinds == _USER)
        chain = ~anchored[self.a] & ~anchored[self.b]
        clusters = self.groups(self.joining & chain)
        below, user = self.ends(self.joining & (anchored[self.a] != anchored[self.b]), anchored)
        torn = self.several(clusters[below], persons[user])
        self.void(chain & torn[clusters[self.a]] & (devices[self.a] | devices[self.b]), Verdict.TORN)

    def _named_persons(self, devices: Bools) -> tuple[Int64s, Int64s]:
        """(ids,) the persons that names make without any device, and the strongest namespace that each has."""
        persons = self.groups(self.joining & ((~devices[self.a] & ~devices[self.b]) | self.sure))
        return persons, _least(fixed(persons), fixed(self.ranks))[persons]

    def ends(self, links: Bools, strong: Bools) -> tuple[Int64s, Int64s]:
        """Of links with just one strong end: (that other end, the strong end)."""
        a, b = self.a[links], self.b[links]
        turned = strong[a]
        return np.where(turned, b, a), np.where(turned, a, b)

    def several(self, places: Int64s, persons: Int64s) -> Bools:
        """(ids,) of places, those that more than one person is listed for."""
        return _differing(fixed(places), fixed(persons), self.keys.size)

    def several_of_a_kind(self, places: Int64s, persons: Int64s, kinds: Int64s) -> Bools:
        """(ids,) of places, those that more than one person of the same kind is listed for."""
        found = np.zeros(self.keys.size, np.bool_)
        for kind in range(DEVICE_RANK):
            found |= self.several(places[kinds == kind], persons[kinds == kind])
        return found


@kernel
def _differing(places: Int64s, persons: Int64s, size: int) -> Bools:
    """(size,) of places, those that different persons are listed for."""
    first, differ = np.full(size, -1, np.int64), np.zeros(size, np.bool_)
    for i in range(places.size):
        place = places[i]
        if first[place] < 0:
            first[place] = persons[i]
        elif first[place] != persons[i]:
            differ[place] = True
    return differ


@kernel
def _least(groups: Int64s, ranks: Bytes) -> Int64s:
    """(groups,) the smallest rank in each group, by its number; 255 where there is no such group."""
    least = np.full(groups.size, 255, np.int64)
    for i in range(groups.size):
        least[groups[i]] = min(least[groups[i]], ranks[i])
    return least
