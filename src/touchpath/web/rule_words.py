"""Rules of the model in plain words, for whoever does not read YAML."""

from __future__ import annotations

from collections.abc import Sequence

from touchpath.model.rules import Condition, EventRule
from touchpath.web.languages import N_, _, gettext

_OPERATORS = {
    "equals": N_("%(field)s is %(value)s"),
    "in": N_("%(field)s is one of %(value)s"),
    "prefix": N_("%(field)s begins with %(value)s"),
    "contains": N_("%(field)s contains %(value)s"),
    "matches": N_("%(field)s fits the pattern %(value)s"),
    ">": N_("%(field)s is more than %(value)s"),
    "<": N_("%(field)s is less than %(value)s"),
}


def told_rule(rule: EventRule) -> str:
    """What a signal must be: "order.placed or cart.added, where gift is true"."""
    kinds = _either(rule.kinds) if rule.kinds else _("any signal")
    if not rule.conditions:
        return kinds
    conditions = _(" and ").join(_told(one) for one in rule.conditions)
    return _("%(kinds)s, where %(conditions)s", kinds=kinds, conditions=conditions)


def _told(one: Condition) -> str:
    field = one.field.removeprefix("properties.").removeprefix("objects.")
    if one.operator == "exists":
        return _("%(field)s is known", field=field) if one.operand else _("%(field)s is not known", field=field)
    words = _OPERATORS.get(one.operator)
    value = _either([_value(each) for each in one.operand]) if isinstance(one.operand, tuple) else _value(one.operand)
    return gettext(words) % {"field": field, "value": value} if words else f"{field} {one.operator} {value}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return _("true") if value else _("false")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _either(names: Sequence[str]) -> str:
    return _(" or ").join(filter(None, (", ".join(names[:-1]), names[-1])))
