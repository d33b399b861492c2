"""Business hours: from weekdays, times and holidays of a zone to spans of time in which somebody is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from touchpath.model.errors import BadInput
from touchpath.model.experience import Schedule
from touchpath.model.fields import Fields
from touchpath.model.nodes import ListNode, Node, Scalar, came
from touchpath.model.time import to_micros

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_OPENING = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? +(\d\d):(\d\d)-(\d\d):(\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HOW = "Write weekdays and times, as in mon-fri 09:00-17:30."


class Opening(NamedTuple):
    """On which weekdays (0 = Monday) one is open, from which minute of the day to which; beyond 1440 = into the next day."""

    days: tuple[int, ...]
    opens: int
    closes: int


def parse_opening(text: str) -> Opening:
    """One line of a schedule; a time that ends before it begins ends on the next day. Raises BadInput.

    >>> parse_opening("fri-sun 22:00-02:00")
    Opening(days=(4, 5, 6), opens=1320, closes=1560)
    """
    found = _OPENING.fullmatch(text.strip().lower())
    if not found or found[1] not in WEEKDAYS or (found[2] or found[1]) not in WEEKDAYS:
        raise BadInput(f"'{text}' does not say when one is open. {_HOW}")
    first, last = WEEKDAYS.index(found[1]), WEEKDAYS.index(found[2] or found[1])
    opens, closes = (int(found[at]) * 60 + int(found[at + 1]) for at in (3, 5))
    if int(found[4]) > 59 or int(found[6]) > 59 or opens >= 1440 or closes > 1440 or opens == closes:
        raise BadInput(f"'{text}' has a time that no clock shows, or no length. Times go from 00:00 to 24:00. {_HOW}")
    days = tuple((first + step) % 7 for step in range((last - first) % 7 + 1))
    return Opening(days, opens, closes if closes > opens else closes + 1440)


def open_spans(schedule: Schedule, first: date, last: date, zone: str) -> tuple[tuple[int, int], ...]:
    """The spans in which a schedule is open on the days from `first` to `last`, both inclusive: [start, end) in microseconds.

    Ascending and apart: what touches or overlaps is one span. A span belongs to the day on which it opens, which must not be a holiday.
    It runs from the first moment the clock shows the opening time to the last moment before it shows the closing time, so that an hour
    that the clock shows twice is open twice, and one that it skips is not there. zone: the workspace's, if the schedule has none.
    """
    tz = ZoneInfo(schedule.zone or zone)
    openings = [parse_opening(text) for text in schedule.open]
    closed = frozenset(schedule.closed)
    days = (first + timedelta(days=step) for step in range((last - first).days + 1))
    return tuple(_apart(sorted(span for day in days if day not in closed for span in _of_day(day, openings, tz))))


def _of_day(day: date, openings: list[Opening], tz: ZoneInfo) -> Iterator[tuple[int, int]]:
    for opening in openings:
        if day.weekday() in opening.days:
            start, end = _instant(day, opening.opens, tz, last=False), _instant(day, opening.closes, tz, last=True)
            if start < end:
                yield start, end


def _apart(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sorted spans with those that touch or overlap made one."""
    held: tuple[int, int] | None = None
    for start, end in spans:
        if held is not None and start <= held[1]:
            held = held[0], max(held[1], end)
            continue
        if held is not None:
            yield held
        held = start, end
    if held is not None:
        yield held


def _instant(day: date, minute: int, tz: ZoneInfo, last: bool) -> int:
    """When the clock shows a minute of a day: the first or last time, or the moment in which the clock skips it."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    early, late = sorted(wall.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    shown = [moment for moment in (early, late) if moment.astimezone(tz).replace(tzinfo=None) == wall]
    if shown:
        return to_micros(shown[-1] if last else shown[0])
    before = early.astimezone(tz).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        early, late = (middle, late) if middle.astimezone(tz).utcoffset() == before else (early, middle)
    return to_micros(late)


def read_schedule(fields: Fields, id: str = "", title: str = "") -> Schedule:
    """A schedule from the fields of a model or of a query; faults are noted."""
    found = fields.needed("open")
    lines = () if found is None else tuple(_lines(fields, found))
    if found is not None and not lines:
        fields.fault(found.line, f"'open' lists when one is open. {_HOW}")
    return Schedule(id, title, lines, read_zone(fields), tuple(_closed(fields)))


def read_zone(fields: Fields) -> str:
    """The time zone under `zone`; "" = none given."""
    zone = fields.text("zone", "")
    try:
        ZoneInfo(zone or "UTC")
    except (LookupError, ValueError, OSError):
        fields.fault(fields.line, f"'zone': there is no time zone '{zone}'. Write one as in Europe/Madrid.")
        return ""
    return zone


def _lines(fields: Fields, node: Node) -> Iterator[str]:
    for one in node.items if isinstance(node, ListNode) else [node]:
        text = fields.as_text(one, "open")
        try:
            parse_opening(text)
        except BadInput as error:
            fields.fault(one.line, f"'open': {error}")
        yield text


def _closed(fields: Fields) -> Iterator[date]:
    found = fields.node("closed")
    for one in found.items if isinstance(found, ListNode) else [] if found is None else [found]:
        try:
            text = one.text if isinstance(one, Scalar) else ""
            day = date.fromisoformat(text if _DAY.fullmatch(text) else "")
        except ValueError:
            fields.fault(one.line, f"'closed' lists days as in 2026-12-25, but {came(one)} came.")
        else:
            yield day
