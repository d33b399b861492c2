"""A trend to go into with a pointer: all its periods, and which of them are shown. The trend itself is drawn by `draw_trend`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.results import Measurement, Reading
from touchpath.web.charts.trend import Event, fit_trend, place_of, said_of
from touchpath.web.languages import _, gettext
from touchpath.web.numbers import show_day

HEIGHT = 400
#: Fewer periods than this are no trend.
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Window:
    """The periods that are shown, from the first to the last of them, of so many."""

    first: int
    last: int
    count: int

    @property
    def is_whole(self) -> bool:
        """Whether all are shown."""
        return self.first == 0 and self.last == self.count - 1

    @property
    def size(self) -> int:
        """How many are shown."""
        return self.last - self.first + 1

    def sized(self, size: int) -> Window:
        """The window with so many periods around the same middle, as far as there are any."""
        size = min(self.count, max(FEWEST, size))
        first = (self.first + self.last + 1 - size) // 2
        return self._moved(max(0, min(first, self.count - size)), size)

    def shifted(self, by: int) -> Window:
        """The window so many periods later, as far as there are any."""
        return self._moved(max(0, min(self.first + by, self.count - self.size)), self.size)

    def _moved(self, first: int, size: int) -> Window:
        return Window(first, first + size - 1, self.count)


def window_over(readings: Sequence[Reading], shown: Period | None) -> Window:
    """The periods that a span of time touches, at least two; all of them without one."""
    count = len(readings)
    if shown is None or not count:
        return Window(0, count - 1, count)
    inside = [
        at for at, one in enumerate(readings) if one.period and one.period.end > shown.start and one.period.start < shown.end
    ]
    if not inside:
        return Window(0, count - 1, count)
    found = Window(inside[0], inside[-1], count)
    return found if found.size >= FEWEST else found.sized(FEWEST)


def days_of(reading: Reading, zone: str) -> tuple[str, str]:
    """The first and the last day of a period, as addresses write them."""
    if reading.period is None:
        return "", ""
    home = ZoneInfo(zone)
    last = reading.period.end - timedelta(microseconds=1)
    return reading.period.start.astimezone(home).date().isoformat(), last.astimezone(home).date().isoformat()


def zoom_of(window: Window, readings: Sequence[Reading], zone: str) -> str:
    """A window as addresses write it; "" = all."""
    if window.is_whole or not readings:
        return ""
    return f"{days_of(readings[window.first], zone)[0]}..{days_of(readings[window.last], zone)[1]}"


def timeline_by_hand(
    measurement: Measurement,
    readings: Sequence[Reading],
    window: Window,
    zone: str,
    opens: Callable[[Reading], str],
    *,
    target: float | None = None,
    events: Sequence[Event] = (),
    zoom: str = "zoom",
) -> dict[str, object]:
    """What an explorer draws; see web-assets/src/explorers/drawn.ts. opens: the address of a number. zoom: the field that names a window."""
    drawn, _unsure, axis = fit_trend(measurement, readings, target)
    told = list(_events(sorted(events, key=lambda one: one.moment), readings, window))
    return {
        "kind": "timeline",
        "label": _("%(metric)s, %(count)s points. The table below has every number.", metric=gettext(measurement.metric.title), count=window.size),
        "hint": _("Drag the handles below the line, or hold Ctrl and turn the wheel; the buttons do the same. Choose a point to see what stands behind it."),
        "height": HEIGHT,
        "marks": [(mark, axis.label(mark)) for mark in axis.marks],
        "readings": list(_told(drawn, zone, opens)),
        "events": told,
        "target": target,
        "from": window.first,
        "to": window.last,
        "zoom": zoom,
    }  # fmt: skip


def _told(readings: Sequence[Reading], zone: str, opens: Callable[[Reading], str]) -> Iterator[dict[str, object]]:
    for one in readings:
        known = one.number if isinstance(one.number, Estimate) else None
        day, until = days_of(one, zone)
        yield {
            "day": day,
            "until": until,
            "name": show_day(one.period.start, zone) if one.period else "",
            "said": said_of(one, zone) if known or isinstance(one.number, Undefined) else "",
            "value": known.value if known else None,
            "low": _finite(known.low) if known else None,
            "high": _finite(known.high) if known else None,
            "open": not one.complete,
            "href": opens(one) if known else "",
        }


def _events(events: Sequence[Event], readings: Sequence[Reading], window: Window) -> Iterator[dict[str, object]]:
    """What happened, where; numbered as the key below the chart numbers what lies in the window."""
    inside, number = readings[window.first : window.last + 1], 0
    for one in events:
        place = place_of(one.moment, readings)
        if place is not None:
            is_inside = place_of(one.moment, inside) is not None
            number += is_inside
            label = str(number) if is_inside else ""
            yield {"at": place * max(1, len(readings) - 1), "name": one.title, "label": label}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
