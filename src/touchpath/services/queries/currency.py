"""Values of one currency: what a query that adds values up asks for."""

from __future__ import annotations

from touchpath.model.errors import BadInput
from touchpath.model.rules import Condition, EventRule
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.who import restrict


def in_one_currency(rule: EventRule, currency: str, timelines: TimelineSet) -> EventRule:
    """The rule for values of one currency only; raises BadInput when none is named and values in several would be added up."""
    if currency:
        return restrict(rule, Condition("unit", "equals", currency))
    if not any(condition.field == "unit" for condition in rule.conditions):
        units = sorted(word for word in timelines.words.get("unit", ()) if len(word) == 3 and word.isupper())
        if len(units) > 1:
            raise BadInput(
                f"Values come in {', '.join(units)}, which cannot be added up. Give 'currency', as in currency: {units[0]}."
            )
    return rule
