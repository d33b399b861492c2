"""Event rules: which signals a step, a task or a question means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal["equals", "in", "prefix", "contains", "matches", ">", "<", "exists"]

#: Fields of a signal that a condition may name, besides `properties.NAME` and `objects.KIND`.
RULE_FIELDS = ("source", "channel", "surface", "touchpoint", "account", "unit", "value")


@dataclass(frozen=True, slots=True)
class Condition:
    """One test on one field of a signal.

    `field`: one of RULE_FIELDS, "properties.NAME" or "objects.KIND" (the latter with `exists` only).
    `operand`: str, number or bool for equals; tuple of those for in; str for prefix, contains, matches (regular expression,
    searched); number for > and <; bool for exists. Text comparisons are case-sensitive. A missing field fails every test
    but `exists: false`. Numbers compare by value, so `equals 1` holds for 1.0 and "1".
    """

    field: str
    operator: Operator
    operand: str | float | bool | tuple[str | float | bool, ...]


@dataclass(frozen=True, slots=True)
class EventRule:
    """Signals of one of `kinds` (empty = any kind) that meet all `conditions`."""

    kinds: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()

    @property
    def properties(self) -> frozenset[str]:
        """Names of the properties this rule reads."""
        return frozenset(c.field.removeprefix("properties.") for c in self.conditions if c.field.startswith("properties."))
