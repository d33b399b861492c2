"""The ways in which other systems count funnels, by name. docs/definitions/funnel.md says what each gives, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from touchpath.model.fields import Fields

#: What every key of a funnel's document is when nobody says so.
DEFAULTS: Mapping[str, Any] = {
    "reentry": True,
    "every": False,
    "totals": False,
    "same": "",
    "held": "",
    "order": "ordered",
    "else": (),
    "repeats": False,
    "between": (),
    "without": (),
    "effect": "chain",
    "optional": (),
    "ties": "either",
    "grace": None,
    "round": None,
    "segment": "entry",
    "open": "apart",
    "mode": (),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """A system's funnel: what it is called in texts, the keys it leaves open, and the values of all others that differ from ours."""

    title: str
    free: frozenset[str]
    given: Mapping[str, Any] = field(default_factory=dict)

    def value(self, key: str) -> Any:
        """What a key is unless the document says otherwise."""
        return self.given.get(key, DEFAULTS[key])

    def check(self, fields: Fields, name: str, options: Mapping[str, Any]) -> None:
        """Note a fault for every key that says something else than the system does."""
        for key, came in options.items():
            node = fields.node(key)
            if node is not None and key not in self.free and came != self.value(key):
                fields.fault(node.line, f"variant: {name} counts as {self.title} does: {self._told(key)}. Leave '{key}' out.")

    def _told(self, key: str) -> str:
        value = self.value(key)
        if isinstance(value, bool):
            return f"{key}: {str(value).lower()}"
        if isinstance(value, timedelta):
            return f"{key}: {value.total_seconds():g}s"
        return f"without '{key}'" if value in ((), "", None) else f"{key}: {value}"


#: Ours first: every key is open.
OWN = Variant("Touchpath", frozenset(DEFAULTS))

VARIANTS: Mapping[str, Variant] = {
    "posthog": Variant(
        "PostHog", frozenset({"order", "without", "optional", "segment"}), {"effect": "drop", "repeats": True, "open": "counted"}
    ),
    "mixpanel": Variant(
        "Mixpanel",
        frozenset({"order", "without", "reentry", "totals", "same", "held", "segment"}),
        {"effect": "stop", "grace": timedelta(seconds=2), "reentry": False, "open": "counted"},
    ),
    "amplitude": Variant(
        "Amplitude",
        frozenset({"order", "without", "optional", "same", "held", "segment"}),
        {"effect": "chain", "round": timedelta(seconds=1), "open": "counted"},
    ),
    "clickhouse": Variant("windowFunnel", frozenset({"mode", "same", "held"}), {"open": "counted"}),
}
