"""Web vitals: how fast a page loads and reacts, one signal a measure, whichever tracker told it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from touchpath.model.signal import Signal
from touchpath.sources.wire.shape import json_text, signal_id

MEASURED = "page.measured"
#: What is measured, and in which unit. Source: web.dev, "Web Vitals".
UNITS = {
    "LCP": "milliseconds",
    "INP": "milliseconds",
    "FCP": "milliseconds",
    "FID": "milliseconds",
    "TTFB": "milliseconds",
    "CLS": "score",
}


def measured(base: Signal, measure: str, value: float, told: dict[str, object], rating: str = "") -> Signal:
    """One measure of an event that told several. told: what it said besides."""
    return base.but(
        id=signal_id(f"{base.id}/{measure}", base.id.encode()),
        kind=MEASURED,
        value=value,
        unit=UNITS.get(measure, "milliseconds"),
        properties=json_text({**told, "measure": measure, **({"rating": rating} if rating else {})}),
    )


def each_measure(base: Signal) -> Iterator[Signal]:
    """The measures that stand among the properties of an event by their names (lcp, cls ...); the event itself if there are none."""
    told = msgspec.json.decode(str(base.properties) or "{}")
    found = {name: value for name, value in told.items() if name.upper() in UNITS and _is_number(value)}
    rest = {name: value for name, value in told.items() if name not in found}
    yield from (measured(base, name.upper(), value, rest) for name, value in found.items())
    if not found:
        yield base


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
