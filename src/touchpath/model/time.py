"""Instants and periods: int64 microseconds since 1970 in UTC inside, aware datetimes at the rim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from touchpath.model.errors import BadInput

Grain = Literal["day", "week", "month", "quarter", "year"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(span: timedelta) -> int:
    """A span as whole microseconds."""
    return span // _MICROSECOND


def to_micros(moment: datetime) -> int:
    """An aware datetime as microseconds since 1970 UTC."""
    if moment.tzinfo is None:
        raise BadInput(f"The time {moment.isoformat()} has no zone. Give one, as in 2026-03-01T12:00:00+00:00.")
    return microseconds(moment - EPOCH)


def from_micros(micros: int) -> datetime:
    """Microseconds since 1970 UTC as an aware datetime in UTC."""
    return EPOCH + timedelta(microseconds=micros)


def deadline_micros(text: str, zone: str) -> int | None:
    """Until when a text promises something, inclusive: the end of a day as in 2026-03-01, or a moment; None for anything else.

    A moment without an offset of its own is one of the zone.
    """
    try:
        if len(text) == 10:
            return to_micros(datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), ZoneInfo(zone))) - 1
        moment = datetime.fromisoformat(text)
        return to_micros(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open span of time [start, end), both aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if not to_micros(self.start) < to_micros(self.end):
            raise BadInput(f"The period must start before it ends, but came as {self.start} to {self.end}.")

    @property
    def micros(self) -> tuple[int, int]:
        """Start and end in microseconds since 1970 UTC."""
        return to_micros(self.start), to_micros(self.end)

    def __str__(self) -> str:
        return f"{self.start.isoformat()} to {self.end.isoformat()}"


def _first_day(day: date, grain: Grain, week_start: int) -> date:
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=(day.weekday() - week_start) % 7)
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1)


def _next_day(day: date, grain: Grain) -> date:
    if grain == "day":
        return day + timedelta(days=1)
    if grain == "week":
        return day + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def calendar_periods(span: Period, grain: Grain, zone: str = "UTC", week_start: int = 0) -> tuple[Period, ...]:
    """The calendar days, weeks, months ... that touch `span`, in the zone's own civil time (DST included).

    `week_start`: 0 Monday to 6 Sunday. The first and last period are whole, so they may reach beyond `span`.
    """
    if grain not in get_args(Grain):
        raise BadInput(f"There is no grain '{grain}'. There are: {', '.join(get_args(Grain))}.")
    tz = ZoneInfo(zone)
    day = _first_day(span.start.astimezone(tz).date(), grain, week_start)
    periods: list[Period] = []
    while True:
        following = _next_day(day, grain)
        start = datetime.combine(day, time(), tz).astimezone(UTC)
        end = datetime.combine(following, time(), tz).astimezone(UTC)
        if start >= span.end:
            return tuple(periods)
        if start < end:  # Samoa had no 30 December 2011.
            periods.append(Period(start, end))
        day = following
