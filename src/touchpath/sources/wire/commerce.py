"""What the e-commerce conventions of trackers name: the order, and the money."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from touchpath.sources.wire.shape import fitting

#: Where an amount stands, the most telling first. Source: Segment, "Ecommerce spec v2"; PostHog, "Revenue analytics".
_AMOUNTS = ("revenue", "$revenue", "total", "value")


def order_of(properties: Mapping[str, Any]) -> str:
    """The id of the order; "" = none is named."""
    return fitting(properties.get("order_id"), "objects") or fitting(properties.get("orderId"), "objects")


def amount_of(properties: Mapping[str, Any]) -> tuple[float | None, str | None]:
    """An amount and its currency (ISO 4217, capitals), as far as they are said; a total without a currency is a plain number."""
    for name in _AMOUNTS:
        amount = properties.get(name)
        if amount is not None and (number := _number(amount)) is not None:
            currency = properties.get("currency") or properties.get("$currency")
            return number, fitting(currency, "unit").upper() or None
    return None, None


def _number(amount: object) -> float | None:
    """A finite number, also one that was sent as text."""
    if type(amount) is float:
        return amount if math.isfinite(amount) else None
    if isinstance(amount, bool) or not isinstance(amount, int | float | str):
        return None
    try:
        number = float(amount)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
