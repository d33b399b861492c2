"""Filters of owners: who ever did something, who belongs to a segment, and all filters of a query together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.experience import Dimension
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import Period
from touchpath.timelines.arrays import NO_BYTES, NO_VALUE, Bytes, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Selection, Who
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import match
from touchpath.timelines.segments import is_of_owner, owner_values

_ENDLESS = np.iinfo(np.int64).max


def who_are(timelines: Timelines, who: Sequence[Who]) -> Bytes:
    """(people,) 1 = passes every one of the filters; zero-length = nobody is left out."""
    return all_of(one.people(timelines) for one in who)


def all_of(filters: Iterable[Bytes]) -> Bytes:
    """(people,) 1 = 1 in every one; zero-length = all."""
    together = NO_BYTES
    for people in filters:
        if people.size:
            together = people if together.size == 0 else np.asarray(together & people, np.uint8)
    return fixed(together, np.uint8)


@dataclass(frozen=True, slots=True)
class EverMatched:
    """Owners with at least one signal that meets `rule`, in `period` if one is given. The rule of a persona, for one."""

    rule: EventRule
    period: Period | None = None

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = did it."""
        matched = match(timelines, [self.rule])
        low, high = self.period.micros if self.period else (NO_VALUE, _ENDLESS)
        found = np.zeros(timelines.people, np.uint8)
        _ever(fixed(timelines.starts), fixed(timelines.times), matched.codes, matched.bits, low, high, found)
        return found


@kernel
def _ever(starts: Int64s, times: Int64s, codes: Int32s, bits: Int64s, low: int, high: int, found: Bytes) -> None:
    for owner in range(starts.size - 1):
        for i in range(starts[owner], starts[owner + 1]):
            if bits[codes[i]] != 0 and low <= times[i] < high:
                found[owner] = 1
                break


@dataclass(frozen=True, slots=True)
class InGroup:
    """Owners of one of some groups of about the same size, into which keys fall as if by chance, always the same way. For the jackknife."""

    group: int
    groups: int

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = in the group."""
        mixed = timelines.owners.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        found: Bytes = ((mixed >> np.uint64(33)) % np.uint64(self.groups) == np.uint64(self.group)).astype(np.uint8)
        return found


@dataclass(frozen=True, slots=True)
class SegmentOnly:
    """Owners whose value of an owner-level dimension (`fixed` or `latest`) is `value`; "" = those without one."""

    dimension: Dimension
    value: str

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = in the segment. Raises BadInput for a dimension that changes from signal to signal."""
        if not is_of_owner(self.dimension):
            raise BadInput(
                f"'{self.dimension.id}' changes from signal to signal, so it cannot choose people. "
                "Restrict the event rules to the value instead."
            )
        words = timelines.words.get(self.dimension.field, ("",))
        wanted = np.fromiter((word == self.value for word in words), np.uint8, len(words))
        return np.asarray(wanted[owner_values(timelines, self.dimension)], np.uint8)


@dataclass(frozen=True, slots=True)
class HaveObject:
    """Owners with at least one signal that names a chosen object of a kind."""

    kind: str
    objects: Selection

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = has one."""
        keys = timelines.wide(f"objects.{self.kind}")
        named = np.isin(keys, self.objects.keys) & (keys != 0)
        before = np.concatenate(([0], np.cumsum(named)))
        return np.asarray(before[timelines.starts[1:]] > before[timelines.starts[:-1]], np.uint8)


def restrict(rule: EventRule, condition: Condition) -> EventRule:
    """The same rule for fewer signals: those that also meet `condition`."""
    return EventRule(rule.kinds, (*rule.conditions, condition))


def in_segment(dimension: Dimension, value: str) -> Condition:
    """The condition "the signal's own value of this dimension is `value`"; "" = it has none."""
    if value == "":
        return Condition(dimension.field, "exists", False)
    return Condition(dimension.field, "equals", value)


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Owners whom another filter leaves out."""

    but: Who

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = the other filter leaves them out."""
        people = self.but.people(timelines)
        if people.size == 0:
            return np.zeros(timelines.people, np.uint8)
        return np.asarray(people == 0, np.uint8)


@dataclass(frozen=True, slots=True)
class LastBy:
    """Owners whose last signal lies at `time` (microseconds) or before; owners without any signal too."""

    time: int

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = nothing came after that time."""
        found = np.ones(timelines.people, np.uint8)
        some = np.flatnonzero(timelines.starts[1:] > timelines.starts[:-1])
        found[some] = timelines.times[timelines.starts[some + 1] - 1] <= self.time
        return found


@dataclass(frozen=True, slots=True)
class Linked:
    """Owners whom at least two sources know: whose silos are joined."""

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = has signals of two sources or more."""
        found = np.zeros(timelines.people, np.uint8)
        sources = timelines.columns.get("source")
        some = np.flatnonzero(timelines.starts[1:] > timelines.starts[:-1])
        if sources is None or not some.size:
            return found
        codes, firsts = sources[: timelines.starts[-1]].astype(np.int64), timelines.starts[some]
        named = np.where(codes > 0, codes, np.iinfo(np.int64).max)
        found[some] = np.minimum.reduceat(named, firsts) < np.maximum.reduceat(codes, firsts)
        return found
