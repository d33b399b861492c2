"""Which people belong to which accounts, and which signals are about an account, whether they name it or only somebody in it.

A signal is about the account that it names. One that names none is about the account of its person, where that person has ever been named
with one account only; of a person in several accounts nobody could say which. A signal that names an account and nobody counts, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchpath.model.experience import Dimension
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Int32s, Int64s, Timelines, TimelineSet
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import match
from touchpath.timelines.segments import owner_values

#: The columns of `Told`, in its order.
_COLUMNS = ("accounts", "people", "times", "values", "objects", "keys", "units")
#: Rules tested in one pass.
_BATCH = 60


@dataclass(frozen=True, slots=True)
class Membership:
    """Who belongs to which account: one row for each pair, by account, then person.

    accounts: (pairs,) word codes of accounts.   people: (pairs,) keys.   signals: (pairs,) that name both.   first, last: (pairs,) their times.
    """

    accounts: Int64s
    people: Int64s
    signals: Int64s
    first: Int64s
    last: Int64s

    def sole(self) -> tuple[Int64s, Int64s]:
        """People with one account only, ascending, and the code of that account."""
        people, firsts, counts = np.unique(self.people, return_index=True, return_counts=True)
        once = counts == 1
        return people[once], self.accounts[firsts[once]]


@dataclass(frozen=True, slots=True)
class Told:
    """The signals that meet one rule and are about an account, person by person, each person's by time; then those of nobody.

    accounts: (signals,) word codes.   people: keys, 0 = nobody's.   times, values (millionths), objects, keys: (signals,) int64.
    units: (signals,) word codes.
    """

    accounts: Int64s
    people: Int64s
    times: Int64s
    values: Int64s
    objects: Int64s
    keys: Int64s
    units: Int64s


def find_membership(people: TimelineSet) -> Membership:
    """Everybody whose signals name an account, of timelines of people."""
    parts = [_runs_of(shard) for shard in people.shards]
    owners, accounts, counts, firsts, lasts = (
        (np.concatenate(part) for part in zip(*parts, strict=True)) if parts else (_none(),) * 5
    )
    order = np.lexsort((firsts, owners, accounts))
    owners, accounts, counts, firsts, lasts = (one[order] for one in (owners, accounts, counts, firsts, lasts))
    if not owners.size:
        return Membership(accounts, owners, counts, firsts, lasts)
    begins = np.flatnonzero(np.append(True, (owners[1:] != owners[:-1]) | (accounts[1:] != accounts[:-1])))
    return Membership(
        accounts[begins],
        owners[begins],
        np.add.reduceat(counts, begins),
        np.minimum.reduceat(firsts, begins),
        np.maximum.reduceat(lasts, begins),
    )


def tell(
    people: TimelineSet, accounts: TimelineSet, membership: Membership, rules: Sequence[EventRule], same: str = ""
) -> list[Told]:
    """The signals of each rule that are about an account. same: the kind of object that `objects` holds."""
    sole = membership.sole()
    of_people = [_told(shard, rules, sole, same) for shard in people.shards]
    seen = [np.concatenate([shard[place].keys for shard in of_people] or [_none()]) for place in range(len(rules))]
    named = [_told(shard, rules, None, same) for shard in accounts.shards]
    return [
        _join([*(shard[place] for shard in of_people), *(_without(shard[place], seen[place]) for shard in named)])
        for place in range(len(rules))
    ]


def signals_of(
    people: TimelineSet, accounts: TimelineSet, membership: Membership, account: int
) -> Iterator[tuple[Timelines, Int64s]]:
    """Shards with the places of the signals that are about one account, each signal once; those of nobody are read by account."""
    sole_people, sole_accounts = membership.sole()
    theirs = membership.people[membership.accounts == account]
    alone = sole_people[sole_accounts == account]
    seen = [_none()]
    for shard in people.shards:
        places = [_places(shard, int(person), account, bool(np.isin(person, alone))) for person in theirs.tolist()]
        found = np.concatenate([*places, _none()])
        if found.size:
            seen.append(shard.wide("key")[found])
            yield shard, found
    keys = np.concatenate(seen)
    for shard in accounts.shards:
        named = np.flatnonzero(shard.code("account") == account)
        named = named[_is_read(shard, _owners_at(shard, named))]
        left = named[~np.isin(shard.wide("key")[named], keys)]
        if left.size:
            yield shard, left


def latest_of(accounts: TimelineSet, field: str) -> dict[int, str]:
    """The newest value of a property that any signal naming an account says, by the account's code."""
    words, found = accounts.words.get(field, ("",)), dict[int, str]()
    dimension = Dimension("latest", "Latest", field, "account", "latest")
    for shard, places, codes in _owners_of(accounts):
        values = owner_values(shard, dimension)[places]
        found |= {int(account): words[value] for account, value in zip(codes, values.tolist(), strict=True) if value}
    return found


@dataclass(frozen=True, slots=True)
class Activity:
    """What accounts have: (words,) by the account's code. signals: about it.   first, last: times of the earliest and latest."""

    signals: Int64s
    first: Int64s
    last: Int64s


def find_activity(people: TimelineSet, accounts: TimelineSet, membership: Membership) -> Activity:
    """How many signals are about each account, and from when to when."""
    size = len(accounts.words.get("account", ("",)))
    signals, last = np.zeros((2, size), np.int64)
    first = np.full(size, np.iinfo(np.int64).max, np.int64)
    for shard, places, codes in _owners_of(accounts):
        starts, ends = shard.starts[places], shard.starts[places + 1]
        signals[codes] += ends - starts
        np.minimum.at(first, codes, shard.times[starts])
        np.maximum.at(last, codes, shard.times[ends - 1])
    sole_people, sole_accounts = membership.sole()
    for shard in people.shards:
        filled = np.flatnonzero(shard.starts[1:] > shard.starts[:-1]).astype(np.int64)
        filled = filled[_is_read(shard, filled)]
        at = np.minimum(np.searchsorted(sole_people, shard.owners[filled]), max(0, sole_people.size - 1))
        alone = sole_people[at] == shard.owners[filled] if sole_people.size else np.zeros(filled.size, np.bool_)
        filled, codes = filled[alone], sole_accounts[at[alone]] if sole_people.size else _none()
        unnamed = np.append(0, np.cumsum(shard.code("account") == 0))
        np.add.at(signals, codes, unnamed[shard.starts[filled + 1]] - unnamed[shard.starts[filled]])
        np.minimum.at(first, codes, shard.times[shard.starts[filled]])
        np.maximum.at(last, codes, shard.times[shard.starts[filled + 1] - 1])
    return Activity(signals, first, last)


def _owners_of(accounts: TimelineSet) -> Iterator[tuple[Timelines, Int64s, Int64s]]:
    """Shards of accounts with the places of those read there, and their codes."""
    for shard in accounts.shards:
        places = np.flatnonzero(shard.starts[1:] > shard.starts[:-1]).astype(np.int64)
        places = places[_is_read(shard, places)]
        codes = shard.code("account")[shard.starts[places]].astype(np.int64)
        yield shard, places, codes


def _runs_of(shard: Timelines) -> tuple[Int64s, Int64s, Int64s, Int64s, Int64s]:
    codes = fixed(shard.code("account"), np.int32)
    size = _count_runs(fixed(shard.starts), codes)
    owners, accounts, counts, firsts, lasts = (np.empty(size, np.int64) for _ in range(5))
    _fill_runs(fixed(shard.starts), fixed(shard.times), codes, owners, accounts, counts, firsts, lasts)
    read = _is_read(shard, owners)
    return shard.owners[owners[read]], accounts[read], counts[read], firsts[read], lasts[read]


def _is_read(shard: Timelines, owners: Int64s) -> NDArray[np.bool_]:
    """Whether owners, by place, are read in this shard."""
    if not shard.skip.size:
        return np.ones(owners.size, np.bool_)
    return np.asarray(shard.skip[owners] == 0)


def _owners_at(shard: Timelines, places: Int64s) -> Int64s:
    """The owners, by place, of some signals."""
    found: Int64s = np.searchsorted(shard.starts, places, side="right").astype(np.int64) - 1
    return found


def _told(shard: Timelines, rules: Sequence[EventRule], sole: tuple[Int64s, Int64s] | None, same: str) -> list[Told]:
    found = list[Told]()
    codes = shard.code("account")
    for start in range(0, len(rules), _BATCH):
        part = rules[start : start + _BATCH]
        matched = match(shard, part)
        bits = matched.bits[matched.codes]
        some = np.flatnonzero(bits).astype(np.int64)
        bits = bits[some]
        for place in range(len(part)):
            found.append(_of_rule(shard, some[(bits >> np.int64(place) & 1) != 0], codes, sole, same))
    return found


def _of_rule(shard: Timelines, places: Int64s, codes: Int32s, sole: tuple[Int64s, Int64s] | None, same: str) -> Told:
    owners = _owners_at(shard, places)
    read = _is_read(shard, owners)
    places, owners = places[read], owners[read]
    people, accounts = shard.owners[owners], codes[places].astype(np.int64)
    if sole is not None and sole[0].size:
        at = np.minimum(np.searchsorted(sole[0], people), sole[0].size - 1)
        accounts = np.where((accounts == 0) & (sole[0][at] == people), sole[1][at], accounts)
    known = accounts > 0
    places, people, accounts = places[known], people[known], accounts[known]
    objects = shard.wide(f"objects.{same}")[places] if same else np.zeros(places.size, np.int64)
    return Told(
        accounts,
        people if sole is not None else np.zeros(places.size, np.int64),
        shard.times[places],
        shard.wide("value")[places],
        objects,
        shard.wide("key")[places],
        shard.code("unit")[places].astype(np.int64),
    )


def _without(told: Told, keys: Int64s) -> Told:
    left = ~np.isin(told.keys, keys)
    return Told(*(getattr(told, name)[left] for name in _COLUMNS))


def _join(parts: Sequence[Told]) -> Told:
    return Told(*(np.concatenate([getattr(part, name) for part in parts] or [_none()]) for name in _COLUMNS))


def _places(shard: Timelines, person: int, account: int, alone: bool) -> Int64s:
    """Of one person the signals about an account, by place; none of whoever is read elsewhere."""
    at = int(np.searchsorted(shard.owners, person))
    if at == shard.people or shard.owners[at] != person or (shard.skip.size and shard.skip[at]):
        return _none()
    span = slice(int(shard.starts[at]), int(shard.starts[at + 1]))
    codes = shard.code("account")[span]
    chosen = (codes == account) | (codes == 0) if alone else codes == account
    found: Int64s = np.flatnonzero(chosen).astype(np.int64) + span.start
    return found


def _none() -> Int64s:
    return np.empty(0, np.int64)


@kernel
def _count_runs(starts: Int64s, codes: Int32s) -> int:
    runs = 0
    for owner in range(starts.size - 1):
        before = 0
        for i in range(starts[owner], starts[owner + 1]):
            if codes[i] != 0 and codes[i] != before:
                before = codes[i]
                runs += 1
    return runs


@kernel
def _fill_runs(
    starts: Int64s, times: Int64s, codes: Int32s, owners: Int64s, accounts: Int64s, counts: Int64s, firsts: Int64s, lasts: Int64s
) -> None:
    """A run: signals of one owner that name the same account, with none of another in between."""
    run = -1
    for owner in range(starts.size - 1):
        before = 0
        for i in range(starts[owner], starts[owner + 1]):
            if codes[i] == 0:
                continue
            if codes[i] != before:
                before = codes[i]
                run += 1
                owners[run], accounts[run], counts[run], firsts[run] = owner, codes[i], 0, times[i]
            counts[run] += 1
            lasts[run] = times[i]
