"""Business hours in a query: the name of a schedule of the model, or one written out."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from touchpath.model.experience import Schedule
from touchpath.model.fields import Fields
from touchpath.model.hours import open_spans, read_schedule
from touchpath.model.nodes import MapNode, Scalar
from touchpath.model.time import from_micros
from touchpath.services.queries.query import Setting
from touchpath.timelines.opening import OpenTime

#: A schedule's id, the schedule itself, or None for time by the calendar.
Hours = str | Schedule | None


def read_hours(fields: Fields, *spans: str) -> Hours:
    """The business hours under `hours`. spans: keys whose spans they measure, which then may not be given in days or weeks."""
    found = fields.node("hours")
    if found is None:
        return None
    for key in spans:
        node = fields.node(key)
        if isinstance(node, Scalar) and node.text[-1:] in ("d", "w"):
            fields.fault(
                node.line, f"'{key}': with business hours a span is open time. Write hours, as in 40h for five days of eight."
            )
    if not isinstance(found, MapNode):
        return fields.as_text(found, "hours")
    inside = fields.inside("hours", "a schedule")
    assert inside is not None
    schedule = read_schedule(inside)
    inside.close()
    return schedule


def open_time(hours: Hours, setting: Setting) -> OpenTime | None:
    """The table of open time over all years of the data; raises Missing for a schedule that the model does not have."""
    if hours is None:
        return None
    schedule = setting.experience.schedule(hours) if isinstance(hours, str) else hours
    first, last = (from_micros(time).year for time in (setting.timelines.first, setting.timelines.end))
    return _table(schedule, first - 1, last + 1, setting.zone)


@lru_cache(maxsize=16)
def _table(schedule: Schedule, first: int, last: int, zone: str) -> OpenTime:
    """Whole years, and one on each side, so that a day more of data changes nothing."""
    spans = open_spans(schedule, date(max(first, 1), 1, 1), date(min(last, 9998), 12, 31), zone)
    return OpenTime(tuple(start for start, _ in spans), tuple(end for _, end in spans))
