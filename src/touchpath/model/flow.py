"""The flow of a journey: which orders of its steps the design allows.

A flow is nested tuples: ("step", name), ("sequence", flow, ...), ("one_of", flow, ...), ("all_of", flow, ...) in any order,
("repeat", flow) once or more often, ("optional", flow).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import permutations, product
from math import prod
from typing import Any

from touchpath.model.errors import BadInput

Flow = tuple[Any, ...]
#: A design with more states is refused (steps in any order multiply), and so is one that mentions more steps.
MOST_STATES = 4_096
MOST_MENTIONS = 200


def steps_in(flow: Flow) -> Iterator[Any]:
    """Every step that a flow mentions, in the order written, as often as it is."""
    if flow:
        kind, *parts = flow
        if kind == "step":
            yield parts[0]
        else:
            for part in parts:
                yield from steps_in(part)


def sure_steps(flow: Flow) -> frozenset[Any]:
    """The steps that every way through a flow passes, in one and the same order: no branch, nothing optional, nothing in any order."""
    kind, *parts = flow
    if kind == "step":
        return frozenset(parts)
    if kind == "optional" or (kind == "all_of" and len(parts) > 1):
        return frozenset()
    inside = [sure_steps(part) for part in parts]
    return frozenset.intersection(*inside) if kind == "one_of" else frozenset().union(*inside)


def check_size(flow: Flow) -> None:
    """Raise BadInput for a part with nothing in it, and for a design that is too large; costs no more than reading the flow."""
    if (mentions := sum(1 for _ in steps_in(flow))) > MOST_MENTIONS:
        raise BadInput(
            f"The design mentions steps {mentions:,} times; at most {MOST_MENTIONS:,} are allowed. Divide the journey."
        )
    if _states(flow) > MOST_STATES:
        raise BadInput(f"The design has more than {MOST_STATES:,} states: too many steps in any order. Divide the journey.")


def _states(flow: Flow) -> int:
    """How many states a design has: where one part ends the next begins, and steps in any order multiply."""
    kind, *parts = flow
    if kind == "step":
        return 2
    if not parts:
        raise BadInput(f"'{kind}' of nothing is no part of a journey. Name at least one step.")
    inside = [_states(part) for part in parts]
    return prod(inside) if kind == "all_of" else 1 + sum(states - 1 for states in inside)


_SIGNS = {"one_of": " | ", "all_of": " & "}


def told_flow(flow: Flow) -> str:
    """A flow on one line: a > b one after the other, (a | b) one of them, (a & b) in any order, a? optional, a+ once or more."""
    kind, *parts = flow
    if kind == "step":
        return str(parts[0])
    inside = [told_flow(part) for part in parts]
    if kind == "sequence":
        return " > ".join(inside)
    if kind in _SIGNS:
        return f"({_SIGNS[kind].join(inside)})"
    alone = parts[0][0] in ("step", *_SIGNS)
    return f"{inside[0] if alone else f'({inside[0]})'}{'?' if kind == 'optional' else '+'}"


@dataclass(frozen=True, slots=True)
class Order:
    """What a design says of single moves: which steps may come first and last, and which directly after which. blank: none may come at all."""

    first: frozenset[Any]
    last: frozenset[Any]
    moves: frozenset[tuple[Any, Any]]
    blank: bool = False


def order_of(flow: Flow) -> Order:
    """The first and last steps of a design and its moves; a step that is mentioned twice is one step here.

    Source: V. M. Glushkov, The abstract theory of automata (1961): first, last and following places of an expression; for steps in any order
    each may follow each of the other parts.
    """
    kind, *parts = flow
    if kind == "step":
        return Order(frozenset(parts), frozenset(parts), frozenset())
    found = [order_of(part) for part in parts]
    moves = frozenset().union(*(one.moves for one in found))
    if kind == "sequence":
        return reduce(_then, found)
    first, last = (frozenset().union(*(getattr(one, end) for one in found)) for end in ("first", "last"))
    if kind == "all_of":
        mixed = {(one, two) for a, b in permutations(parts, 2) for one in steps_in(a) for two in steps_in(b)}
        return Order(first, last, moves | mixed, all(one.blank for one in found))
    again = _across(last, first) if kind == "repeat" else frozenset()
    return Order(first, last, moves | again, kind == "optional" or any(one.blank for one in found))


def _then(before: Order, after: Order) -> Order:
    first = before.first | after.first if before.blank else before.first
    last = before.last | after.last if after.blank else after.last
    return Order(first, last, before.moves | after.moves | _across(before.last, after.first), before.blank and after.blank)


def _across(last: frozenset[Any], first: frozenset[Any]) -> frozenset[tuple[Any, Any]]:
    return frozenset(product(last, first))
