"""Designed journeys as small state machines: which orders of steps a design allows.

A flow is nested tuples as in touchpath.model.flow, here with the numbers of steps for their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from touchpath.model.flow import Flow, check_size

#: (state before, place of the mention, state after).
Edge = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Machine:
    """States from 0, where it begins and nothing leads back to; edges (from, mention, to) in ascending order; states in which it may end.

    mentions: the step of each mention; a step may be mentioned several times. All states can be reached.
    """

    states: int
    edges: tuple[Edge, ...]
    ends: frozenset[int]
    mentions: tuple[int, ...] = ()

    @property
    def shortest(self) -> int:
        """How many steps the shortest way through has."""
        reached, far = {0}, 0
        while not reached & self.ends:
            reached = {after for before, _, after in self.edges if before in reached}
            far += 1
        return far


@lru_cache(maxsize=64)
def compile_flow(flow: Flow) -> Machine:
    """The state machine of a flow; raises BadInput for an empty part and for too many states."""
    check_size(flow)
    mentions: list[int] = []
    found = _compile(flow, mentions)
    return Machine(found.states, tuple(sorted(found.edges)), found.ends, tuple(mentions))


def _compile(flow: Flow, mentions: list[int]) -> Machine:
    kind, *parts = flow
    if kind == "step":
        mentions.append(int(parts[0]))
        return Machine(2, ((0, len(mentions) - 1, 1),), frozenset({1}))
    machines = [_compile(part, mentions) for part in parts]
    if kind == "one_of":
        return _choice(machines)
    if kind == "all_of":
        found = machines[0]
        for other in machines[1:]:
            found = _shuffle(found, other)
        return found
    found = _sequence(machines)
    if kind == "repeat":
        first = [(mention, after) for before, mention, after in found.edges if before == 0]
        again = {(end, mention, after) for end in found.ends for mention, after in first}
        return Machine(found.states, tuple({*found.edges, *again}), found.ends)
    return Machine(found.states, found.edges, found.ends | {0}) if kind == "optional" else found


def _sequence(machines: Sequence[Machine]) -> Machine:
    edges, ends, offset = list[Edge](), {0}, 0
    for one in machines:
        for before, mention, after in one.edges:
            edges += [(state, mention, after + offset) for state in ((before + offset,) if before else ends)]
        last = {end + offset for end in one.ends if end}
        ends = ends | last if 0 in one.ends else last
        offset += one.states - 1
    return Machine(offset + 1, tuple(edges), frozenset(ends))


def _choice(machines: Sequence[Machine]) -> Machine:
    edges, ends, offset = list[Edge](), set[int](), 0
    for one in machines:
        edges += [(before + offset if before else 0, mention, after + offset) for before, mention, after in one.edges]
        ends |= {end + offset if end else 0 for end in one.ends}
        offset += one.states - 1
    return Machine(offset + 1, tuple(edges), frozenset(ends))


def _shuffle(first: Machine, second: Machine) -> Machine:
    """Both, one step of either at a time: state = first's * second.states + second's."""
    width = second.states
    edges = [(before * width + k, mention, after * width + k) for before, mention, after in first.edges for k in range(width)]
    edges += [
        (k * width + before, mention, k * width + after) for before, mention, after in second.edges for k in range(first.states)
    ]
    return Machine(first.states * width, tuple(edges), frozenset(a * width + b for a in first.ends for b in second.ends))


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a flow that not every case takes: an alternative of a choice, what is optional, or (`part` = ()) a choice as a whole.

    low, high: its mentions are number low up to, but without, number high.
    """

    choice: Flow
    part: Flow
    low: int
    high: int


def branches_of(flow: Flow) -> tuple[Branch, ...]:
    """The branches of a flow in the order written; a choice comes after its alternatives."""
    found: list[Branch] = []
    _find_branches(flow, 0, found)
    return tuple(found)


def _find_branches(flow: Flow, low: int, found: list[Branch]) -> int:
    """Note the branches of a part whose first mention is number `low`; returns the number after its last one."""
    kind, *parts = flow
    if kind == "step":
        return low + 1
    begins = low
    for part in parts:
        high = _find_branches(part, low, found)
        if kind in ("one_of", "optional"):
            found.append(Branch(flow, part, low, high))
        low = high
    if kind == "one_of":
        found.append(Branch(flow, (), begins, low))
    return low
