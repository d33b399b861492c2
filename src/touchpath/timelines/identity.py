"""Who is whom: persons from the set of links between actor ids, whatever the order they came in.

Person = f(actor key, time of the signal, the set of links with the times they were seen, the set of members' decisions). The guards
(timelines/guards.py) say which links join; what is still connected is one person. A device that several people use belongs to one
after the other (timelines/handovers.py). docs/definitions/identity.md has the rules with drawings.

The key of a person is the smallest key among the person's ids of the strongest namespace: it moves only when a stronger id,
or a smaller one of the same strength, joins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from touchpath.timelines.arrays import NO_INT64S, Int64s
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.guards import Judged, Rules, Verdict, judge
from touchpath.timelines.handovers import Sightings, Spans
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.links import DEVICE_RANK, Links
from touchpath.timelines.order import find_keys


class Witness(Protocol):
    """Tells when devices and named ids were seen together."""

    def all_of(self, devices: Int64s, filed_under: Int64s) -> Sightings:
        """All sightings of some devices; the signals that tell them are filed under these actor keys."""
        ...

    def new_of(self, devices: Int64s) -> Sightings:
        """The sightings of some devices that are new."""
        ...


class NoWitness:
    """Nothing was seen."""

    def all_of(self, devices: Int64s, filed_under: Int64s) -> Sightings:
        """None."""
        return Sightings()

    def new_of(self, devices: Int64s) -> Sightings:
        """None."""
        return Sightings()


@dataclass(frozen=True, slots=True)
class IdentityMap:
    """Which person each linked actor belongs to; every other actor is a person of their own.

    actor_keys: (actors,) int64 ascending.   person_keys: (actors,) int64.   spans: devices that were handed on, by time.
    """

    actor_keys: Int64s = field(default_factory=lambda: NO_INT64S)
    person_keys: Int64s = field(default_factory=lambda: NO_INT64S)
    spans: Spans = field(default_factory=Spans)

    def persons(self, actors: Int64s, times: Int64s) -> Int64s:
        """Whose some signals are, by actor and time; an unknown actor, and 0 (none), is itself."""
        whole = self.whole(actors)
        return self.spans.persons_at(actors, times, whole) if self.spans.devices.size else whole

    def whole(self, actors: Int64s) -> Int64s:
        """The persons of some actors at any time; a device that is handed on is itself."""
        return _look_up(fixed(self.actor_keys), fixed(self.person_keys), fixed(actors)) if self.actor_keys.size else actors

    def person(self, actor: int, at: int | None = None) -> int:
        """The person of one actor, at a time if it is a device that is handed on."""
        actors = np.array([actor], np.int64)
        return int((self.whole(actors) if at is None else self.persons(actors, np.array([at], np.int64)))[0])

    def actors(self, person: int) -> list[int]:
        """All actors of a person, in ascending order, devices that were theirs for a while among them.

        At least the person's own key, unless that is part of another person.
        """
        theirs = self.actor_keys[self.person_keys == person]
        own = theirs if theirs.size else np.array([person], np.int64)
        found: list[int] = np.union1d(own, self.spans.devices[self.spans.persons == person]).tolist()
        return found

    def moved(self, after: IdentityMap, actors: Int64s, devices: Int64s) -> Int64s:
        """Everybody who gained or lost signals when some actors, or the spans of some devices, changed; ascending."""
        old, now = self.whole(actors), after.whole(actors)
        held = [of.spans.persons[find_keys(of.spans.devices, devices)] for of in (self, after)]
        return np.unique(np.concatenate([old[old != now], now[old != now], *held, self.whole(devices), after.whole(devices)]))

    def replaced(self, actors: Int64s, part: IdentityMap) -> IdentityMap:
        """This map, with another one for some actors (ascending); spans stay."""
        stay = ~find_keys(self.actor_keys, actors)
        keys, persons = self.actor_keys[stay], self.person_keys[stay]
        places = np.searchsorted(keys, part.actor_keys)
        return IdentityMap(np.insert(keys, places, part.actor_keys), np.insert(persons, places, part.person_keys), self.spans)


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
    """The links known, what members decided, and the persons that both make.

    handed: links of devices that are handed on to the people they are handed to. sightings: when those were seen, of these devices.
    """

    links: Links = field(default_factory=Links)
    persons: IdentityMap = field(default_factory=IdentityMap)
    handed: Links = field(default_factory=Links)
    sightings: Sightings = field(default_factory=Sightings)
    decisions: Decisions = field(default_factory=Decisions)
    rules: Rules = field(default_factory=Rules)

    @classmethod
    def of(
        cls, links: Links, witness: Witness | None = None, decisions: Decisions | None = None, rules: Rules | None = None
    ) -> Identity:
        """The persons of a set of links, sightings and decisions."""
        decided, ruled = decisions or Decisions(), rules or Rules()
        judged = judge(links, decided, ruled)
        persons, handed = map_of(judged), handed_of(judged)
        nobody = cls(decisions=decided, rules=ruled)
        sightings = nobody._sightings(devices_of(handed), Sightings(), witness or NoWitness(), links)
        spans = make_spans(sightings, handed, persons)
        return cls(links, IdentityMap(persons.actor_keys, persons.person_keys, spans), handed, sightings, decided, ruled)

    def learn(self, links: Links, witness: Witness | None = None, decisions: Decisions | None = None) -> tuple[Identity, Int64s]:
        """Who is whom with more links and sightings, or other decisions; and the persons who gained or lost signals, ascending.

        Only ids that are linked with those of new links or decisions, directly or over others, are judged again.
        """
        seen, decided = witness or NoWitness(), decisions or self.decisions
        new = links - self.links
        if not new.size and decided.same_as(self.decisions) and not self.handed.size:
            return self, NO_INT64S
        links = self.links | new
        actors = self._concerned(links, new, decided)
        judged = judge(*_near(links, decided, actors), self.rules)
        persons = self.persons.replaced(actors, map_of(judged)) if actors.size else self.persons
        handed = self.handed.kept(~find_keys(self.handed.first, actors)) | handed_of(judged)
        before, devices = devices_of(self.handed), devices_of(handed)
        latest = seen.new_of(devices) if devices.size else Sightings()
        sightings = self._sightings(devices, latest, seen, links)
        again = np.union1d(np.setxor1d(before, devices), np.union1d(devices[find_keys(devices, actors)], latest.devices))
        fresh = make_spans(sightings.kept(find_keys(sightings.devices, again)), handed, persons)
        spans = self.persons.spans.replaced(again, fresh)
        whole = IdentityMap(persons.actor_keys, persons.person_keys, spans)
        after = Identity(links, whole, handed, sightings, decided, self.rules)
        return after, self.persons.moved(whole, actors, spans.changed(self.persons.spans, again))

    def around(self, actors: Int64s) -> Judged:
        """Everything that links connect some actors with, and what became of each of those links."""
        near = reach(self.links | self.decisions.same, actors)
        return judge(*_near(self.links, self.decisions, near), self.rules)

    def _concerned(self, links: Links, new: Links, decided: Decisions) -> Int64s:
        """All actors whose persons new links or decisions may change, ascending."""
        seeds = np.unique(np.concatenate([new.first, new.second, decided.touched(self.decisions)]))
        return reach(links | decided.same, seeds) if seeds.size else seeds

    def _sightings(self, devices: Int64s, latest: Sightings, seen: Witness, links: Links) -> Sightings:
        """All sightings of the devices that are handed on: those known, the latest, and all of devices that were not before."""
        known = self.sightings.kept(find_keys(self.sightings.devices, devices))
        new = np.setdiff1d(devices, devices_of(self.handed))
        if not new.size:
            return Sightings.join([known, latest])
        touching = links.kept(find_keys(links.first, new) | find_keys(links.second, new))
        filed_under = np.union1d(touching.first, touching.second)
        return Sightings.join([known, latest, seen.all_of(new, filed_under)])


def reach(links: Links, seeds: Int64s) -> Int64s:
    """The seeds, and all actors whom links connect with them, ascending."""
    actors = seeds
    while actors.size:
        near = links.kept(find_keys(links.first, actors) | find_keys(links.second, actors))
        wider = np.union1d(actors, np.concatenate([near.first, near.second]))
        if wider.size == actors.size:
            return actors
        actors = wider
    return actors


def _near(links: Links, decided: Decisions, actors: Int64s) -> tuple[Links, Decisions]:
    """What concerns some actors."""
    if not actors.size:
        return Links(), Decisions()
    same = decided.same.kept(find_keys(decided.same.first, actors))
    return links.kept(find_keys(links.first, actors)), Decisions(same, decided.apart, decided.alone)


def map_of(judged: Judged) -> IdentityMap:
    """The map in which each group is a person, named by its strongest, then smallest id; loners are left out."""
    if not judged.keys.size:
        return IdentityMap()
    joined = np.flatnonzero(np.bincount(judged.groups)[judged.groups] > 1)
    keys, ranks, groups = judged.keys[joined], judged.ranks[joined], judged.groups[joined]
    order = np.lexsort((keys, ranks, groups))
    leads = np.ones(order.size, np.bool_)
    leads[1:] = groups[order][1:] != groups[order][:-1]
    names = np.zeros(judged.keys.size, np.int64)
    names[groups[order[leads]]] = keys[order[leads]]
    return IdentityMap(keys, names[groups])


def handed_of(judged: Judged) -> Links:
    """The links of devices that are handed on to the people they are handed to."""
    return judged.links.kept(judged.verdicts == Verdict.HANDED)


def devices_of(handed: Links) -> Int64s:
    """The devices at the ends of such links, ascending."""
    ends = np.where(handed.first_rank >= DEVICE_RANK, handed.first, handed.second)
    return np.unique(ends)


def make_spans(sightings: Sightings, handed: Links, persons: IdentityMap) -> Spans:
    """Whose the devices were and when, by sightings over links that still count."""
    counted = sightings.kept(handed.has(sightings.devices, sightings.names))
    return Spans.of(counted.devices, counted.times, persons.whole(counted.names), persons.whole(counted.devices))
