"""Times in addresses: days in the workspace's zone, or moments with their own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from touchpath.model.errors import BadInput
from touchpath.model.time import Period
from touchpath.web.platform import PlatformProtocol

Moment = Annotated[
    str, Query(max_length=40, description="A day (2026-03-01, midnight in the workspace's zone) or a time with its zone.")
]


def read_moment(text: str, zone: str) -> datetime | None:
    """A day as its midnight in a zone, or a time with its zone; blank = None."""
    if not text:
        return None
    try:
        if len(text) == len("2026-03-01"):
            return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(zone)).astimezone(UTC)
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except (ValueError, OverflowError) as fault:
        raise BadInput(f"The time came as '{text}'. Write a day (2026-03-01) or a time with its zone.") from fault
    if moment.tzinfo is None:
        raise BadInput(f"The time '{text}' has no zone. Give one, as in 2026-03-01T12:00:00Z.")
    return moment


def read_period(platform: PlatformProtocol, start: str, end: str) -> Period | None:
    """[start, end) with what is left out taken from the data; None when both are."""
    first, last = read_moment(start, platform.zone), read_moment(end, platform.zone)
    span = platform.span()
    if span is None or (first is None and last is None):
        return None
    return Period(first or span.start, last or span.end)
