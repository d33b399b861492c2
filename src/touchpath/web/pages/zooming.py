"""A span of time as addresses write it, and the ways from one to others: into a year, a month, a day, a visit, and back.

Written are a year (2026), a month (2026-03), a day (2026-03-14), two of these with dots between them (both whole), or two minutes of UTC
(2026-03-14T08:12Z..2026-03-14T08:41Z, the second one outside).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request

from touchpath.model.errors import BadInput
from touchpath.model.time import Period
from touchpath.services.results import StripOverview, StripVisit
from touchpath.web.languages import _
from touchpath.web.numbers import show_hours, show_month, show_period
from touchpath.web.rendering import address_of

ZOOM = "zoom"
_MOMENT, _MINUTE, _DAY = timedelta(microseconds=1), timedelta(minutes=1), timedelta(days=1)
#: No window is smaller, and none that is longer than this ends inside a day.
SHORTEST, WHOLE_DAYS = timedelta(minutes=2), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Lens:
    """One way to look elsewhere: its name, its words, the address, and whether it changes anything."""

    name: str
    words: str
    address: str
    changes: bool


@dataclass(frozen=True, slots=True)
class Crumb:
    """A longer span that holds the one that is looked at; the last one is that itself."""

    words: str
    address: str


def read_zoom(text: str, zone: str) -> Period | None:
    """The span that an address names, in a zone's days; None = all. Raises BadInput for what names none."""
    if not text:
        return None
    first, dots, last = text.partition("..")
    try:
        start, end = _ends(first, zone)[0], _ends(last, zone)[1] if dots else _ends(first, zone)[1]
    except (ValueError, OverflowError) as fault:
        raise BadInput(
            f"The span came as '{text}'. Write a year, a month or a day, as in 2026, 2026-03 or 2026-03-14, or two with dots between them, "
            "as in 2026-03-01..2026-03-14."
        ) from fault
    if start >= end:
        raise BadInput(f"The span came as '{text}'. It has to begin before it ends.")
    return Period(start, end)


def write_zoom(period: Period, zone: str) -> str:
    """A span as addresses write it, as short as can be; to the minute where it is no whole days."""
    home = ZoneInfo(zone)
    start, end = period.start.astimezone(home), period.end.astimezone(home)
    if start.time() != time() or end.time() != time():
        return f"{_minute(period.start)}..{_minute(period.end + _MINUTE - _MOMENT)}"
    first, last = start.date(), end.date() - _DAY
    if first == last:
        return first.isoformat()
    if first.day == 1 and end.date() == _month_after(first):
        return f"{first:%Y-%m}"
    if (first.month, first.day) == (1, 1) and (last.month, last.day) == (12, 31) and first.year == last.year:
        return f"{first:%Y}"
    return f"{first.isoformat()}..{last.isoformat()}"


def visit_period(visit: StripVisit) -> Period:
    """A visit in whole minutes."""
    return Period(_floor(visit.start), _floor(visit.end) + _MINUTE)


@dataclass(frozen=True, slots=True)
class Zooming:
    """Where a page with an overview leads: the same page, narrowed the same way, for other spans of time, from their newest signal on."""

    request: Request
    zone: str

    def to(self, zoom: str) -> str:
        """The address for a span as it is written; "" = all."""
        return address_of(self.request, **{ZOOM: zoom, "after": ""})

    def period(self, period: Period) -> str:
        """The address for a span."""
        return self.to(write_zoom(period, self.zone))

    def visit(self, visit: StripVisit) -> str:
        """The address for a visit, in whole minutes."""
        return self.period(visit_period(visit))

    def crumbs(self, overview: StripOverview) -> tuple[Crumb, ...]:
        """The way from all of it through the year, the month and the day to what is looked at."""
        found = [Crumb(_("All of it"), self.to(""))]
        if overview.is_whole:
            return tuple(found)
        shown, home = overview.shown, ZoneInfo(self.zone)
        first, last = shown.start.astimezone(home).date(), (shown.end - _MOMENT).astimezone(home).date()
        for words, outer in _around(first, last):
            found.append(Crumb(words, self.to(outer)))
            if read_zoom(outer, self.zone) == shown:
                return tuple(found)
        words = show_hours(shown, self.zone) if first == last else show_period(shown, self.zone)
        return (*found, Crumb(words, self.period(shown)))

    def lenses(self, overview: StripOverview) -> Iterator[Lens]:
        """The ways to go closer, farther, back and on; each is a link, so the keyboard has them all."""
        whole, shown = overview.whole, overview.shown
        length = shown.end - shown.start
        for name, words, start, size in (
            ("closer", _("Closer"), shown.start + length / 4, max(length / 2, SHORTEST)),
            ("farther", _("Farther"), shown.start - length / 2, length * 2),
            ("earlier", _("Earlier"), shown.start - length / 2, length),
            ("later", _("Later"), shown.start + length / 2, length),
            ("all", _("All of it"), whole.start, whole.end - whole.start),
        ):
            there = _inside(start, size, whole, self.zone)
            yield Lens(name, words, self.to("" if there == whole else write_zoom(there, self.zone)), there != shown)


def _inside(start: datetime, size: timedelta, whole: Period, zone: str) -> Period:
    """So much from there on, moved to where the whole is, in days or minutes."""
    size = min(size, whole.end - whole.start)
    start = max(whole.start, min(start, whole.end - size))
    if size < WHOLE_DAYS:
        return Period(_floor(start), max(_floor(start + size), _floor(start) + _MINUTE))
    home = ZoneInfo(zone)
    first, last = start.astimezone(home).date(), (start + size - _MOMENT).astimezone(home).date()
    there = Period(_midnight(first, home), _midnight(last + _DAY, home))
    return Period(max(there.start, whole.start), min(there.end, whole.end))


def _around(first: date, last: date) -> Iterator[tuple[str, str]]:
    """The year, the month and the day that all days from the first to the last are in, as (words, zoom)."""
    if first.year == last.year:
        yield f"{first:%Y}", f"{first:%Y}"
        if first.month == last.month:
            yield show_month(first), f"{first:%Y-%m}"
            if first == last:
                yield str(first.day), first.isoformat()


def _ends(text: str, zone: str) -> tuple[datetime, datetime]:
    """Start and end of what is written; raises ValueError for what is not."""
    home = ZoneInfo(zone)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", text, re.ASCII):
        moment = datetime.fromisoformat(text)
        return moment, moment
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text, re.ASCII):
        raise ValueError(text)
    first = date.fromisoformat(f"{text}-01-01"[: len("2026-01-01")])
    after = {4: date(first.year + 1, 1, 1), 7: _month_after(first), 10: first + _DAY}[len(text)]
    return _midnight(first, home), _midnight(after, home)


def _month_after(day: date) -> date:
    year, month = divmod(day.year * 12 + day.month, 12)
    return date(year, month + 1, 1)


def _midnight(day: date, home: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), home).astimezone(UTC)


def _floor(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
