"""Conditions on the columns of a row: the same words as in event rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.errors import unknown
from touchpath.model.fields import Fields
from touchpath.model.nodes import ListNode, MapNode, Node, Scalar, came, plain_value
from touchpath.model.rules import Condition, Operator
from touchpath.sources.files.numbers import read_numbers
from touchpath.sources.files.rows import Booleans, Frame, flags, present

OPERATORS: tuple[Operator, ...] = get_args(Operator)
Single = str | float | bool


def read_conditions(fields: Fields, key: str) -> tuple[Condition, ...]:
    """The conditions under a key, as in {status: delivered, score: {">": 3}}; faults are noted."""
    found = fields.node(key)
    if found is None:
        return ()
    if not isinstance(found, MapNode):
        fields.fault(
            found.line, f"'{key}' names columns and what they must be, as in {{status: delivered}}, but {came(found)} came."
        )
        return ()
    return tuple(condition for column, node in found.pairs.items() for condition in _tests(fields, column, node))


def _tests(fields: Fields, column: str, node: Node) -> Iterator[Condition]:
    if isinstance(node, Scalar):
        yield Condition(column, "equals", _single(node))
    elif isinstance(node, ListNode):
        yield Condition(column, "in", _singles(fields, column, node))
    else:
        for name, operand in node.pairs.items():
            if name not in OPERATORS:
                fields.fault(node.key_lines.get(name, 0), unknown("operator", name, OPERATORS))
                continue
            yield from _test(fields, column, name, operand)


def _test(fields: Fields, column: str, operator: Operator, node: Node) -> Iterator[Condition]:
    if operator == "in" and isinstance(node, ListNode):
        yield Condition(column, "in", _singles(fields, column, node))
        return
    value = _single(node) if isinstance(node, Scalar) else None
    wants = _wants(operator, value)
    if wants or not isinstance(node, Scalar) or value is None:
        fields.fault(node.line, f"'{column}': '{operator}' wants {wants or 'one value'}, but {came(node)} came.")
    else:
        yield Condition(column, operator, node.text if operator in ("prefix", "contains", "matches") else value)


def _wants(operator: Operator, value: Single | None) -> str:
    """What an operator wants, if this is not it."""
    if operator == "in":
        return "a list, as in [web, app]"
    if operator in (">", "<"):
        return "" if isinstance(value, (int, float)) and not isinstance(value, bool) else "a number"
    if operator == "exists":
        return "" if isinstance(value, bool) else "true or false"
    if operator == "matches":
        try:
            pc.match_substring_regex(pa.array([""]), str(value))
        except pa.ArrowInvalid:
            return "a regular expression (RE2)"
    return "" if value is not None else "one value"


def _singles(fields: Fields, column: str, node: ListNode) -> tuple[Single, ...]:
    for one in node.items:
        if not isinstance(one, Scalar):
            fields.fault(one.line, f"'{column}': a list of single values is wanted, but {came(one)} came in it.")
    return tuple(_single(one) for one in node.items if isinstance(one, Scalar))


def _single(node: Scalar) -> Single:
    return plain_value(node.text) if node.plain else node.text


def meets(frame: Frame, conditions: tuple[Condition, ...]) -> Booleans:
    """Which rows meet all conditions. A missing cell fails every test but `exists: false`."""
    met = np.ones(frame.size, np.bool_)
    for condition in conditions:
        met &= _holds(frame.columns[condition.field], condition)
    return met


def _holds(column: pa.Array, condition: Condition) -> Booleans:
    operand = condition.operand
    if condition.operator == "exists":
        return present(column) if operand else ~present(column)
    if condition.operator == "prefix":
        return flags(pc.starts_with(column, str(operand)))
    if condition.operator == "contains":
        return flags(pc.match_substring(column, str(operand)))
    if condition.operator == "matches":
        return flags(pc.match_substring_regex(column, str(operand)))
    if condition.operator in (">", "<") and isinstance(operand, (int, float)):
        numbers, good = read_numbers(column)
        return good & np.asarray(numbers > operand if condition.operator == ">" else numbers < operand)
    met = np.zeros(len(column), np.bool_)
    for one in operand if isinstance(operand, tuple) else (operand,):
        met |= _equals(column, one)
    return met


def _equals(column: pa.Array, value: Single) -> Booleans:
    if isinstance(value, bool):
        return flags(pc.equal(pc.utf8_lower(column), str(value).lower()))
    if isinstance(value, str):
        return flags(pc.equal(column, value))
    numbers, good = read_numbers(column)
    return np.asarray(good & (numbers == value), np.bool_)
