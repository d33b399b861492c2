"""The flow of a journey: which orders of its steps the design allows.

A flow is nested tuples: ("step", name), ("sequence", flow, ...), ("one_of", flow, ...), ("all_of", flow, ...) in any order,
("repeat", flow) once or more often, ("optional", flow).
"""

from __future__ import annotations

from collections.abc import Iterator
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
