"""Reads a flow from a document, where it stands beside the steps of a journey, and gives it back in the same form.

A list is a sequence and a mapping of one key any other part: [find, {one_of: [shop, phone]}, {optional: review}].
"""

from __future__ import annotations

from collections.abc import Callable

from touchpath.model.errors import BadInput
from touchpath.model.fields import Fields
from touchpath.model.flow import Flow, check_size
from touchpath.model.nodes import ListNode, MapNode, Node, Scalar, came

#: Told the name of every step that a flow mentions, and its line.
Named = Callable[[str, int], None]

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
