"""Who is whom in plain Python: the rules of docs/definitions/identity.md word by word, with sets of names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import combinations

NAMESPACES = ["user", "external", "email", "anonymous"]
#: In the times of the tests.
VISIT = 30

Pair = frozenset[str]
Fact = tuple[list[str], int]


def pair(one: str, other: str) -> Pair:
    return frozenset((one, other))


def rank_of(name: str) -> int:
    namespace = name.partition(":")[0]
    return NAMESPACES.index(namespace) if namespace in NAMESPACES else len(NAMESPACES)


def is_user(name: str) -> bool:
    return rank_of(name) == 0


def is_device(name: str) -> bool:
    return rank_of(name) >= 3


@dataclass
class Decided:
    same: set[Pair] = field(default_factory=set)
    apart: set[Pair] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)


@dataclass
class Slow:
    """Everything that follows from facts and decisions. names: of ids that are somebody."""

    facts: list[Fact]
    decided: Decided = field(default_factory=Decided)
    most_links: int = 20
    devices_join: bool = False

    def __post_init__(self) -> None:
        self.links = {pair(*two) for names, _ in self.facts for two in combinations(sorted(set(names)), 2)}
        self.sure = set(self.decided.same)
        self.live = self.links | self.sure
        self.names = sorted({name for names, _ in self.facts for name in names} | {name for two in self.sure for name in two})
        self.handed: set[Pair] = set()
        self._decide()
        self._crowds()
        self._names()
        if not self.devices_join:
            self._devices()
            self._chains()
        self.groups = {name: self.reach(self.live, name) for name in self.names}

    def reach(self, links: set[Pair], name: str) -> frozenset[str]:
        seen, waiting = {name}, [name]
        while waiting:
            here = waiting.pop()
            for other in {other for link in links if here in link for other in link} - seen:
                seen.add(other)
                waiting.append(other)
        return frozenset(seen)

    def others(self, name: str) -> set[str]:
        return {other for link in self.live if name in link for other in link} - {name}

    def void(self, wrong: Callable[[Pair], bool]) -> set[Pair]:
        gone = {link for link in self.live - self.sure if wrong(link)}
        self.live -= gone
        return gone

    def _decide(self) -> None:
        self.void(lambda link: link in self.decided.apart)
        self.void(lambda link: bool(link & self.decided.alone))
        settled = set()
        for link in self.sure:
            weak, strong = sorted(link, key=rank_of, reverse=True)
            if rank_of(weak) > rank_of(strong):
                settled.add(weak)

        def overruled(link: Pair) -> bool:
            weak, strong = sorted(link, key=rank_of, reverse=True)
            return rank_of(weak) > rank_of(strong) and weak in settled

        self.void(overruled)

    def _crowds(self) -> None:
        crowded = {n for n in self.names if sum(rank_of(other) <= rank_of(n) for other in self.others(n)) > self.most_links}
        self.void(lambda link: bool(link & crowded))

    def _names(self) -> None:
        by_users = {link for link in self.live if all(map(is_user, link)) or link in self.sure}
        users = {name: self.reach(by_users, name) for name in self.names}
        weak = [name for name in self.names if not is_user(name) and not is_device(name)]

        def leads(ids: Iterable[str]) -> set[frozenset[str]]:
            return {users[other] for id in ids for other in self.others(id) if is_user(other)}

        shared = {name for name in weak if len(leads([name])) > 1}
        self.void(lambda link: bool(link & shared))
        chain = {link for link in self.live if not any(is_user(name) or is_device(name) for name in link)}
        torn = {name for name in weak if len(leads(self.reach(chain, name))) > 1}
        self.void(lambda link: link in chain and bool(link & torn))

    def _persons(self) -> dict[str, frozenset[str]]:
        without = {link for link in self.live if not any(map(is_device, link)) or link in self.sure}
        return {name: self.reach(without, name) for name in self.names}

    def _devices(self) -> None:
        persons = self._persons()
        devices = [name for name in self.names if is_device(name)]
        between = {link for link in self.live if all(map(is_device, link))}

        def clash(ids: Iterable[str]) -> bool:
            people = {persons[other] for id in ids for other in self.others(id) if not is_device(other)}
            kinds = [min(map(rank_of, person)) for person in people]
            return len(kinds) > len(set(kinds))

        torn = {name for name in devices if clash(self.reach(between, name))}
        handed = {name for name in devices if clash([name])}
        self.void(lambda link: link in between and bool(link & torn))
        self.handed = self.void(lambda link: bool(link & handed) and link not in between)

    def _chains(self) -> None:
        persons = self._persons()
        anchored = {n for n in self.names if not is_device(n) and any(map(is_user, persons[n]))}
        chain = {link for link in self.live if not link & anchored}

        def leads(name: str) -> set[frozenset[str]]:
            cluster = self.reach(chain, name)
            return {persons[other] for id in cluster for other in self.others(id) if other in anchored}

        torn = {name for name in self.names if name not in anchored and len(leads(name)) > 1}
        self.void(lambda link: link in chain and bool(link & torn) and any(map(is_device, link)))

    def person(self, name: str, at: int | None = None) -> frozenset[str]:
        """All ids that are wholly of the person; at a time, if the id is a device that is handed on."""
        own = self.groups.get(name, frozenset({name}))
        seen = sorted(
            (time, other) for names, time in self.facts if name in names for other in names if pair(name, other) in self.handed
        )
        if at is None or not seen or not is_device(name):
            return own

        def there(time: int) -> frozenset[str]:
            people = {self.groups[other] for when, other in seen if when == time}
            return people.pop() if len(people) == 1 else own

        times = [time for time, _ in seen]
        last, following = max((t for t in times if t <= at), default=None), min((t for t in times if t >= at), default=None)
        if last is None or following is None:
            return there(times[0] if last is None else times[-1])
        if there(last) == there(following) or at == last:
            return there(last)
        if following - at <= VISIT:
            return there(following)
        return there(last) if at - last <= VISIT else own
