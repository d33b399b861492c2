"""Designed journeys as small state machines: which orders of steps a design allows.

A flow is nested tuples: ("step", number), ("sequence", ...), ("one_of", ...), ("all_of", ...) in any order, ("repeat", flow) once or more
often, ("optional", flow).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from touchpath.model.errors import BadInput

#: A design with more states than this is refused: steps in any order multiply.
MOST_STATES = 4_096

Flow = tuple[Any, ...]
Edge = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Machine:
    """States from 0, where it begins and nothing leads back to; edges (from, step, to) in ascending order; states in which it may end."""

    states: int
    edges: tuple[Edge, ...]
    ends: frozenset[int]

    @property
    def shortest(self) -> int:
        """How many steps the shortest way through has."""
        reached, far = {0}, 0
        while not reached & self.ends:
            reached = {after for before, _, after in self.edges if before in reached}
            far += 1
        return far


def compile_flow(flow: Flow) -> Machine:
    """The state machine of a flow; raises BadInput for an empty part and for too many states."""
    kind, *parts = flow
    if kind == "step":
        return Machine(2, ((0, int(parts[0]), 1),), frozenset({1}))
    if not parts:
        raise BadInput(f"'{kind}' of nothing is no part of a journey. Name at least one step.")
    machines = [compile_flow(part) for part in parts]
    found = machines[0]
    if kind == "one_of":
        return _checked(_choice(machines))
    for other in machines[1:]:
        found = _checked(_shuffle(found, other) if kind == "all_of" else _sequence(found, other))
    if kind == "repeat":
        again = [(end, step, after) for end in found.ends for before, step, after in found.edges if before == 0]
        return Machine(found.states, tuple(sorted({*found.edges, *again})), found.ends)
    if kind == "optional":
        return Machine(found.states, found.edges, found.ends | {0})
    return found


def _checked(machine: Machine) -> Machine:
    if machine.states > MOST_STATES:
        raise BadInput(f"The design has more than {MOST_STATES:,} states: too many steps in any order. Divide the journey.")
    return machine


def _numbered(start: object, edges: Iterable[tuple[object, int, object]], ends: Iterable[object]) -> Machine:
    """A machine of the states that can be reached, numbered in the order in which they are."""
    leaving: dict[object, list[tuple[int, object]]] = {}
    for before, step, after in sorted(set(edges), key=str):
        leaving.setdefault(before, []).append((step, after))
    numbers, queue = {start: 0}, [start]
    for state in queue:
        for _, after in leaving.get(state, ()):
            if after not in numbers:
                numbers[after] = len(numbers)
                queue.append(after)
    found = {(numbers[before], step, numbers[after]) for before in numbers for step, after in leaving.get(before, ())}
    return Machine(len(numbers), tuple(sorted(found)), frozenset(numbers[end] for end in ends if end in numbers))


def _sequence(first: Machine, second: Machine) -> Machine:
    edges: list[tuple[object, int, object]] = [((0, before), step, (0, after)) for before, step, after in first.edges]
    for before, step, after in second.edges:
        edges += [((0, end), step, (1, after)) for end in first.ends] if before == 0 else [((1, before), step, (1, after))]
    ends: list[object] = [(1, end) for end in second.ends if end]
    return _numbered((0, 0), edges, ends + ([(0, end) for end in first.ends] if 0 in second.ends else []))


def _choice(machines: list[Machine]) -> Machine:
    def state(place: int, number: int) -> object:
        return (place, number) if number else 0

    edges = [(state(p, before), step, state(p, after)) for p, one in enumerate(machines) for before, step, after in one.edges]
    return _numbered(0, edges, [state(p, end) for p, one in enumerate(machines) for end in one.ends])


def _shuffle(first: Machine, second: Machine) -> Machine:
    if first.states * second.states > 4 * MOST_STATES:
        raise BadInput(f"The design has more than {MOST_STATES:,} states: too many steps in any order. Divide the journey.")
    edges: list[tuple[object, int, object]] = [
        ((before, other), step, (after, other)) for before, step, after in first.edges for other in range(second.states)
    ]
    edges += [((other, before), step, (other, after)) for before, step, after in second.edges for other in range(first.states)]
    return _numbered((0, 0), edges, [(a, b) for a in first.ends for b in second.ends])
