"""Periods counted from a day on, both ways: what came before a change and what came after never share one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from touchpath.model.errors import BadInput
from touchpath.model.time import Period

Every = Literal["day", "week", "month", "quarter"]
_MONTHS = {"month": 1, "quarter": 3}
_DAYS = {"day": 1, "week": 7}


def periods_around(span: Period, since: datetime, every: Every, zone: str, most: int) -> tuple[tuple[Period, ...], int]:
    """The whole periods inside `span` that end or start at `since`, and the place of the first one from it on.

    since: the midnight of a day in the zone; weeks and months are counted from that day. Raises BadInput for another time of the day, for
    months from a day that not every month has, and where more than `most` periods come out.
    """
    clock = ZoneInfo(zone)
    start = since.astimezone(clock)
    if every not in get_args(Every):
        raise BadInput(f"A change is judged by {', '.join(get_args(Every))}, but '{every}' came.")
    if start.time() != time():
        raise BadInput(f"Name the day of the change, as its midnight in {zone}, but {start.isoformat()} came.")
    if every in _MONTHS and start.day > 28:
        raise BadInput(f"Not every month has a {start.day}th day; judge by week or day, or name a day up to the 28th.")
    before = [*_walk(span, start.date(), every, clock, -1, most)]
    after = [*_walk(span, start.date(), every, clock, 1, most)]
    if len(before) + len(after) > most:
        raise BadInput(f"That makes more than {most:,} periods by {every}. Take a longer one, or a shorter time.")
    return (*reversed(before), *after), len(before)


def _walk(span: Period, day: date, every: Every, clock: ZoneInfo, way: Literal[-1, 1], most: int) -> Iterator[Period]:
    """Periods away from a day, as long as they lie in the span; at most one more than may be."""
    for count in range(most + 1):
        near, far = (_midnight(_moved(day, every, way * step), clock) for step in (count, count + 1))
        period = Period(min(near, far), max(near, far))
        if period.start < span.start or period.end > span.end:
            return
        yield period


def _moved(day: date, every: Every, count: int) -> date:
    if every in _DAYS:
        return day + timedelta(days=_DAYS[every] * count)
    months = day.year * 12 + day.month - 1 + _MONTHS[every] * count
    return date(months // 12, months % 12 + 1, day.day)


def _midnight(day: date, clock: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), clock).astimezone(UTC)
