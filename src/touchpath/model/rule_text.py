"""Event rules as they stand in a model file: `{kind: order.placed, where: {channel: web, value: {">": 50}}}`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterator, Sequence
from typing import get_args

from touchpath.model.errors import unknown
from touchpath.model.fields import Fields, Reference, nearest
from touchpath.model.nodes import ListNode, MapNode, Node, Scalar, came, plain_value, quoted, unprintable
from touchpath.model.rules import RULE_FIELDS, Condition, EventRule, Operator

OPERATORS: tuple[Operator, ...] = get_args(Operator)
Single = str | float | bool
_LONGEST = 500
_HOW = "Write a rule as {kind: order.placed} or {kind: [order.placed, order.paid], where: {channel: web}}."


def read_rule(fields: Fields, key: str) -> EventRule | None:
    """The rule under a key, or None when there is none; faults are noted."""
    found = fields.node(key)
    if found is None:
        return None
    if not isinstance(found, MapNode):
        fields.fault(found.line, f"'{key}' is an event rule, but {came(found)} came. {_HOW}")
        return EventRule(())
    return _Rule(fields, key).read(found)


def rule_at(fields: Fields, key: str, node: Node) -> EventRule:
    """The rule that a node holds: a mapping as in a model file, or just the name of a kind; faults are noted."""
    if isinstance(node, Scalar) and not node.is_null:
        node = MapNode(node.line, {"kind": node})
    if not isinstance(node, MapNode):
        fields.fault(node.line, f"'{key}' is an event rule, but {came(node)} came. {_HOW}")
        return EventRule(())
    return _Rule(fields, key).read(node)


def read_conditions(fields: Fields, key: str, more: Collection[str] = ()) -> tuple[Condition, ...]:
    """The conditions under a key, as in `where: {channel: web}`; none when there is nothing. more: names that are fields here too."""
    found = fields.node(key)
    return () if found is None else _Rule(fields, key, more).read(MapNode(found.line, {"where": found})).conditions


def needed_rule(fields: Fields, key: str) -> EventRule:
    """The rule under a key that must be there."""
    found = read_rule(fields, key)
    if found is None and not fields.broken:
        fields.fault(fields.line, f"'{key}' is missing. {_HOW}")
    return found or EventRule(())


class _Rule:
    """Reads one rule and says, in every fault, under which key of which noun it stands."""

    def __init__(self, fields: Fields, key: str, more: Collection[str] = ()) -> None:
        self._fields, self._key, self._more = fields, key, more

    def read(self, node: MapNode) -> EventRule:
        for key in node.pairs:
            if key not in ("kind", "where"):
                near = nearest(key, ("kind", "where"))
                hint = f"Did you mean '{near}'?" if near else _HOW
                self._fault(node.key_lines.get(key, 0), f"a rule has no key {quoted(key)}. {hint}")
        kind, where = node.pairs.get("kind"), _given(node.pairs.get("where"))
        if kind is None and where is None:
            self._fault(node.line, f"a rule needs a kind. {_HOW} 'kind: []' means any kind.")
        return EventRule(tuple(self._kinds(kind)), tuple(self._conditions(where)))

    def _fault(self, line: int, message: str) -> None:
        self._fields.fault(line, f"'{self._key}': {message}")

    def _kinds(self, node: Node | None) -> Iterator[str]:
        if node is None:
            return
        for one in node.items if isinstance(node, ListNode) else [node]:
            kind = one.text if isinstance(one, Scalar) and not one.is_null else ""
            if not kind or kind != kind.strip() or len(kind) > 200 or unprintable(kind) or "\n" in kind:
                self._fault(one.line, f"a kind is a name such as order.placed, but {came(one)} came.")
            else:
                yield kind

    def _conditions(self, node: Node | None) -> Iterator[Condition]:
        for part in node.items if isinstance(node, ListNode) else [node]:
            if part is None:
                continue
            if not isinstance(part, MapNode):
                self._fault(
                    part.line, f"'where' names fields and what they must be, as in {{channel: web}}, but {came(part)} came."
                )
                continue
            for field, wanted in part.pairs.items():
                if self._knows(field, part.key_lines.get(field, 0)):
                    yield from self._tests(field, wanted)

    def _knows(self, field: str, line: int) -> bool:
        """Whether a field exists; an object kind must be declared."""
        family, _, name = field.partition(".")
        if field in RULE_FIELDS or (family in ("properties", "objects") and name.strip() and not unprintable(name)):
            if family == "objects":
                reference = Reference("object kind", "", name, line, f"{self._fields.path}: '{self._key}'")
                self._fields.names.references.append(reference)
            return True
        if field in self._more:
            return True
        known = (*RULE_FIELDS, *self._more, "properties.NAME", "objects.KIND")
        near = nearest(field, known)
        hint = f"Did you mean '{near}'?" if near else f"There are: {', '.join(known)}."
        self._fault(line, f"a signal has no field {quoted(field)}. {hint}")
        return False

    def _tests(self, field: str, node: Node) -> Iterator[Condition]:
        if isinstance(node, ListNode):
            yield from self._test(field, "in", node)
        elif isinstance(node, Scalar):
            yield from self._test(field, "equals", node)
        else:
            yield from self._named_tests(field, node)

    def _named_tests(self, field: str, node: MapNode) -> Iterator[Condition]:
        """The conditions of a mapping from operators to operands."""
        if not node.pairs:
            self._fault(node.line, f"'{field}' has no condition. There are: {', '.join(OPERATORS)}.")
        for name, operand in node.pairs.items():
            for operator in OPERATORS:
                if operator == name:
                    yield from self._test(field, operator, operand)
            if name not in OPERATORS:
                self._fault(node.key_lines.get(name, 0), unknown("operator", name, OPERATORS))

    def _test(self, field: str, operator: Operator, node: Node) -> Iterator[Condition]:
        """One condition, or none and a fault."""
        if field.startswith("objects.") and operator != "exists":
            self._fault(node.line, f"'{field}' can only be tested with exists: true or exists: false.")
            return
        problem = _misfit(operator, node)
        if problem:
            self._fault(node.line, f"'{field}': '{operator}' {problem}, but {came(node)} came.")
            return
        if isinstance(node, ListNode):
            singles = tuple(_single(one) for one in node.items if isinstance(one, Scalar))
            yield Condition(field, operator, singles)
        elif isinstance(node, Scalar):
            if operator == "matches" and (reason := _bad_pattern(node.text)):
                self._fault(node.line, f"'{field}': {quoted(node.text)} is no regular expression: {reason}.")
                return
            yield Condition(field, operator, node.text if operator in ("prefix", "contains", "matches") else _single(node))


def _given(node: Node | None) -> Node | None:
    return None if isinstance(node, Scalar) and node.is_null else node


def _single(node: Scalar) -> Single:
    return plain_value(node.text) if node.plain else node.text


def _usable(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.is_null and not unprintable(node.text) and len(node.text) <= _LONGEST


def _misfit(operator: Operator, node: Node) -> str:
    """What an operator wants, if this is not it."""
    if operator == "in":
        fits = isinstance(node, ListNode) and bool(node.items) and all(_usable(one) and _finite(one) for one in node.items)
        return "" if fits else "wants a list of values, as in [web, app]"
    if operator == "exists":
        return "" if _usable(node) and isinstance(_value(node), bool) else "wants true or false"
    if operator in (">", "<"):
        return "" if _usable(node) and _is_number(_value(node)) else "wants a number"
    if operator == "equals":
        return "" if _usable(node) and _finite(node) else "wants one value"
    return "" if _usable(node) and isinstance(node, Scalar) and node.text else "wants some text"


def _value(node: Node) -> Single:
    return _single(node) if isinstance(node, Scalar) else ""


def _is_number(value: Single) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def _finite(node: Node) -> bool:
    value = _value(node)
    return isinstance(value, (str, bool)) or _is_number(value)


def _bad_pattern(pattern: str) -> str:
    """Why a text is no regular expression; "" when it is one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        return error.msg
    except (OverflowError, RecursionError):
        return "it is too large"
    return ""


def plain_rule(rule: EventRule) -> dict[str, object]:
    """The plain form of a rule that read_rule reads back: one mapping of fields where that loses nothing, else a list."""
    kinds: object = rule.kinds[0] if len(rule.kinds) == 1 else list(rule.kinds)
    plain: dict[str, object] = {"kind": kinds} if rule.kinds or not rule.conditions else {}
    if rule.conditions:
        groups = _grouped(rule.conditions)
        fields = [field for field, _ in groups]
        whole = len(set(fields)) == len(fields)
        plain["where"] = {f: _shown(g) for f, g in groups} if whole else [{f: _shown(g)} for f, g in groups]
    return plain


def _grouped(conditions: Sequence[Condition]) -> list[tuple[str, list[Condition]]]:
    """Neighbours that test one field with different operators, together."""
    groups: list[tuple[str, list[Condition]]] = []
    for condition in conditions:
        if groups and groups[-1][0] == condition.field and condition.operator not in {c.operator for c in groups[-1][1]}:
            groups[-1][1].append(condition)
        else:
            groups.append((condition.field, [condition]))
    return groups


def _shown(group: list[Condition]) -> object:
    first = group[0]
    if len(group) == 1 and first.operator in ("equals", "in"):
        return _operand(first)
    return {condition.operator: _operand(condition) for condition in group}


def _operand(condition: Condition) -> object:
    return list(condition.operand) if isinstance(condition.operand, tuple) else condition.operand
