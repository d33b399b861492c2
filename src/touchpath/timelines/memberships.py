"""Who belongs to groups of people that may overlap: how large they are, whom they share, and who came and went from period to period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.experience import Dimension, Lifecycle
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Folded, Who
from touchpath.timelines.kernels import find_period, fixed, kernel, rate_of
from touchpath.timelines.match import match
from touchpath.timelines.status import StatusIs
from touchpath.timelines.summaries import Counts
from touchpath.timelines.who import EverMatched, SegmentOnly

#: Periods are bits of a whole number, whose sign is kept free.
MOST_PERIODS = 62
#: So are the groups that somebody is in.
MOST_GROUPS = 62
_ANYTHING = EventRule(())


class Members(Protocol):
    """A group of people, as of all time and period by period."""

    def ever(self) -> Who:
        """Who belongs to it."""
        ...

    def when(self, timelines: Timelines, edges: Int64s) -> Int64s:
        """(people,) the periods in which each one belongs to it: bit k = period k."""
        ...


@dataclass(frozen=True, slots=True)
class Did:
    """People who did what a rule says, in a period: a persona, a role."""

    rule: EventRule

    def ever(self) -> Who:
        """Who ever did it."""
        return EverMatched(self.rule)

    def when(self, timelines: Timelines, edges: Int64s) -> Int64s:
        """(people,) the periods in which they did it."""
        matched = match(timelines, [self.rule])
        found = np.zeros(timelines.people, np.int64)
        _periods(fixed(timelines.starts), fixed(timelines.times), matched.codes, matched.bits, fixed(edges), found)
        return found


@dataclass(frozen=True, slots=True)
class HasStatus:
    """People with a status of the lifecycle, at the end of a period."""

    lifecycle: Lifecycle
    status: str
    end: int

    def ever(self) -> Who:
        """Who has it at the end of the data."""
        return StatusIs(self.lifecycle, self.status, self.end)

    def when(self, timelines: Timelines, edges: Int64s) -> Int64s:
        """(people,) the periods at whose end they had it; of the last one at the end of the data, where that comes first."""
        found = np.zeros(timelines.people, np.int64)
        for place, edge in enumerate(edges[1:].tolist()):
            has = StatusIs(self.lifecycle, self.status, min(edge, self.end)).people(timelines)
            found |= has.astype(np.int64) << np.int64(place)
        return found


@dataclass(frozen=True, slots=True)
class Valued:
    """People with a value of a dimension of their own, as it is known today; in a period those of them who did anything."""

    dimension: Dimension
    value: str

    def ever(self) -> Who:
        """All of them."""
        return SegmentOnly(self.dimension, self.value)

    def when(self, timelines: Timelines, edges: Int64s) -> Int64s:
        """(people,) the periods in which they did anything."""
        return Did(_ANYTHING).when(timelines, edges) * self.ever().people(timelines).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Chosen:
    """People who were found by something else: all of them, and those of each period; none of periods = not told by period."""

    who: Who
    periods: tuple[Who, ...] = ()

    def ever(self) -> Who:
        """All of them."""
        return self.who

    def when(self, timelines: Timelines, edges: Int64s) -> Int64s:
        """(people,) the periods in which they were found."""
        found = np.zeros(timelines.people, np.int64)
        for place, who in enumerate(self.periods[: int(edges.size) - 1]):
            found |= _all_or(who.people(timelines), timelines.people) << np.int64(place)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class MembershipCounts(Counts):
    """How groups hang together.

    everybody: (1,) people read.   pairs: (groups, groups) people in both; the diagonal is a group's size.
    active: (periods,) people with any signal in each period.   known: (periods,) people with one by its end.
    members: (groups, periods).   stayed: (groups, periods) members in that period and in the one before (0 in the first).
    """

    everybody: Int64s
    pairs: Int64s
    active: Int64s
    known: Int64s
    members: Int64s
    stayed: Int64s


@dataclass(frozen=True, slots=True)
class Memberships:
    """Counts people by the groups that they belong to. Outcome: in how many groups somebody is; -1 = not read.

    The periods are those of the cells; segments do not matter. Raises BadInput for more than 62 groups, and in `map` for more than 62
    periods.
    """

    groups: tuple[Members, ...]

    def __post_init__(self) -> None:
        if len(self.groups) > MOST_GROUPS:
            raise BadInput(f"{len(self.groups)} groups came; at most {MOST_GROUPS} can be held against each other.")

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[MembershipCounts]:
        """Ask each group once who belongs to it."""
        periods = int(cells.edges.size) - 1
        if periods > MOST_PERIODS:
            raise BadInput(f"{periods} periods came; memberships are told for {MOST_PERIODS} at most. Take a coarser grain.")
        read = _read(timelines, people)
        sets = np.zeros(timelines.people, np.int64)
        members, stayed = np.zeros((2, len(self.groups), periods), np.int64)
        for place, group in enumerate(self.groups):
            sets |= (_all_or(group.ever().people(timelines), timelines.people) * read) << np.int64(place)
            members[place], stayed[place] = _by_period(group.when(timelines, cells.edges) * read, periods)
        active = Did(_ANYTHING).when(timelines, cells.edges) * read
        firsts = _firsts(timelines)
        counts = MembershipCounts(
            np.array([read.sum()], np.int64),
            _pairs(sets, len(self.groups)),
            _by_period(active, periods)[0],
            np.array([int(((firsts < edge) & (read > 0)).sum()) for edge in cells.edges[1:].tolist()], np.int64),
            members,
            stayed,
        )
        outcomes = np.where(read > 0, np.bitwise_count(sets), -1).astype(np.int32)
        return Folded(counts, outcomes)


@dataclass(frozen=True, slots=True, eq=False)
class ShiftCounts(Counts):
    """What the members of two periods are like. people: (segments, 3) in the first period only, in the second only, in both."""

    people: Int64s


@dataclass(frozen=True, slots=True)
class Shift:
    """Members of one group in two periods, by a segment of their own, as its cells say. Outcome: 0, 1, 2 as the columns; -1 = neither."""

    group: Members

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[ShiftCounts]:
        """Raises BadInput unless there are two periods, and segments of people rather than of signals."""
        if cells.edges.size != 3 or (cells.segments > 1 and not cells.owner_codes.size):
            raise BadInput(
                "A shift is told between two periods, by a dimension of people whose value does not change from signal to signal."
            )
        bits = self.group.when(timelines, cells.edges) * _read(timelines, people)
        outcomes = np.array([-1, 0, 1, 2], np.int32)[bits & 3]
        segments = cells.owner_codes.astype(np.int64) if cells.owner_codes.size else np.zeros(timelines.people, np.int64)
        counted = (outcomes >= 0) & (segments >= 0)
        codes = segments[counted] * 3 + outcomes[counted]
        counts = np.bincount(codes, minlength=3 * cells.segments).astype(np.int64).reshape(cells.segments, 3)
        return Folded(ShiftCounts(counts), outcomes)


def _read(timelines: Timelines, people: Bytes) -> Int64s:
    """(people,) 1 = read here."""
    read = np.ones(timelines.people, np.int64) if people.size == 0 else (people != 0).astype(np.int64)
    if timelines.skip.size:
        read &= (timelines.skip == 0).astype(np.int64)
    return read


def _all_or(people: Bytes, size: int) -> Int64s:
    return people.astype(np.int64) if people.size else np.ones(size, np.int64)


def _pairs(sets: Int64s, groups: int) -> Int64s:
    """(groups, groups) people in both. sets: the groups that each one is in, as bits; few of them differ."""
    kinds, people = np.unique(sets, return_counts=True)
    inside = (kinds >> np.arange(groups, dtype=np.int64)[:, None]) & 1
    found: Int64s = (inside * people.astype(np.int64)) @ inside.T
    return found


def _firsts(timelines: Timelines) -> Int64s:
    """(people,) the time of each one's first signal; the end of time for those without any."""
    found = np.full(timelines.people, np.iinfo(np.int64).max, np.int64)
    some = np.flatnonzero(timelines.starts[1:] > timelines.starts[:-1])
    found[some] = timelines.times[timelines.starts[some]]
    return found


def _by_period(bits: Int64s, periods: int) -> tuple[Int64s, Int64s]:
    """How many people each period has, and how many of them the one before had, too."""
    present = [((bits >> np.int64(place)) & 1) for place in range(periods)]
    return np.array([int(one.sum()) for one in present], np.int64), np.array(list(_stayed(present)), np.int64)


def _stayed(present: Sequence[Int64s]) -> Iterator[int]:
    for place, one in enumerate(present):
        yield int((one & present[place - 1]).sum()) if place else 0


@kernel
def _periods(starts: Int64s, times: Int64s, codes: Int32s, bits: Int64s, edges: Int64s, found: Int64s) -> None:
    rate = rate_of(edges)
    for owner in range(starts.size - 1):
        for i in range(starts[owner], starts[owner + 1]):
            if bits[codes[i]] != 0:
                period = find_period(times[i], edges, rate)
                if period >= 0:
                    found[owner] |= np.int64(1) << period
