"""How this door words an interval."""

from __future__ import annotations

from touchpath.stats.intervals import Interval


def limits(interval: Interval) -> dict[str, object]:
    """The limits of an interval, as `lower` and `upper`."""
    return {"lower": interval.low, "upper": interval.high}
