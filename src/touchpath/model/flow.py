"""The flow of a journey: which orders of its steps the design allows, as it stands beside the steps in a model file.

A flow is nested tuples: ("step", name), ("sequence", flow, ...), ("one_of", flow, ...), ("all_of", flow, ...) in any order,
("repeat", flow) once or more often, ("optional", flow). In a document a list is a sequence and a mapping of one key any other part:
[find, {one_of: [shop, phone]}, {optional: review}].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

from touchpath.model.errors import BadInput
from touchpath.model.fields import Fields
from touchpath.model.nodes import ListNode, MapNode, Node, Scalar, came

Flow = tuple[Any, ...]
#: Told the name of every step that a flow mentions, and its line.
Named = Callable[[str, int], None]

#: A design with more states is refused (steps in any order multiply), and so is one that mentions more steps.
MOST_STATES = 4_096
MOST_MENTIONS = 200

HOW = "Write it as in flow: [find, {one_of: [shop, phone]}, {optional: review}, {repeat: use}, {all_of: [pay, collect]}]."


def read_flow(fields: Fields, key: str, named: Named) -> Flow:
    """The flow under a key, () when there is none; faults are noted."""
    node = fields.node(key)
    if node is None:
        return ()
    before = len(fields.faults.found)
    flow = _read(fields, key, node, named)
    if len(fields.faults.found) > before:
        return ()
    try:
        check_size(flow)
    except BadInput as error:
        fields.fault(node.line, f"'{key}': {error}")
    return flow


def _read(fields: Fields, key: str, node: Node, named: Named) -> Flow:
    if isinstance(node, Scalar) and not node.is_null:
        named(node.text, node.line)
        return ("step", node.text)
    if isinstance(node, ListNode) and node.items:
        return ("sequence", *(_read(fields, key, one, named) for one in node.items))
    if isinstance(node, MapNode) and len(node.pairs) == 1:
        ((kind, inside),) = node.pairs.items()
        if kind in ("one_of", "all_of") and isinstance(inside, ListNode) and inside.items:
            return (kind, *(_read(fields, key, one, named) for one in inside.items))
        if kind in ("repeat", "optional"):
            return (kind, _read(fields, key, inside, named))
    fields.fault(node.line, f"'{key}' cannot hold {_instead(node)} here. {HOW}")
    return ()


def _instead(node: Node) -> str:
    if isinstance(node, MapNode) and node.pairs:
        shown = [f"{name}: {came(inside)}" if isinstance(inside, Scalar) else name for name, inside in node.pairs.items()]
        return f"a mapping of {', '.join(shown[:3])}"
    return "an empty list" if isinstance(node, ListNode) else came(node)


def plain_flow(flow: Flow) -> object:
    """The plain form of a flow that read_flow reads back; None when there is none."""
    if not flow:
        return None
    kind, *parts = flow
    if kind == "step":
        return parts[0]
    if kind == "sequence":
        return [plain_flow(part) for part in parts]
    return {kind: [plain_flow(part) for part in parts] if kind in ("one_of", "all_of") else plain_flow(parts[0])}


def is_part(value: object) -> bool:
    """Whether a plain value is a part of a flow that is written as a mapping."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("one_of", "all_of", "repeat", "optional")


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
