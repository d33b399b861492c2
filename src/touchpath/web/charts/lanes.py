"""A strip from afar: a lane for each source, a bar for each stretch of time with signals in it, and one link from each stretch to what is in it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from touchpath.model.time import Period
from touchpath.services.results import Stretch, StretchUnit, StripOverview
from touchpath.web.charts.counts import draw_counts
from touchpath.web.charts.figure import WIDE, Figure, Picture, Record
from touchpath.web.charts.svg import number, percent, tag
from touchpath.web.languages import N_, _, _n, gettext
from touchpath.web.numbers import show_count, show_day, show_hours, show_month, show_period

#: Heights in px: of a lane with the name above its bars, of the bars, and of the lane of friction.
LANE, BAR, ROUGH, DAYS = 46.0, 26.0, 24.0, 20.0
#: So many sources have a lane of their own; the rest have one together.
MOST_LANES = 8
MOST_LABELS = 6
#: More stretches than this have small triangles.
MANY = 31
_ACROSS, _LEAST = 1000.0, 3.0
BY: dict[StretchUnit, str] = {
    "minute": N_("by minute"),
    "five minutes": N_("by five minutes"),
    "quarter hour": N_("by quarter of an hour"),
    "hour": N_("by hour"),
    "six hours": N_("by six hours"),
    "day": N_("by day"),
    "week": N_("by week"),
    "month": N_("by month"),
    "quarter": N_("by quarter"),
    "year": N_("by year"),
    "years": N_("by several years"),
}
_CLOCK = ("minute", "five minutes", "quarter hour", "hour", "six hours")


def draw_lanes(overview: StripOverview, marks: Mapping[str, int], zone: str, opens: Callable[[Period], str]) -> Figure:
    """The overview as a figure. marks: the number of each source's colour, the most frequent source first. opens: the address of a stretch."""
    shown = [one for one in overview.stretches if one.signals]
    lanes, top = _lanes(shown, marks), _top(shown, marks)
    places = {id(one): _place(one.period, overview.shown) for one in overview.stretches}
    rooms = [
        tag("rect", y=LANE * at + LANE - BAR - 4, width="100%", height=BAR, class_="room") for at in range(max(1, len(lanes)))
    ]
    height = LANE * len(rooms) + (ROUGH if any(one.friction for one in shown) else 0.0)
    bars = [
        tag("svg", *_lane(lane, shown, places, top), y=LANE * at, width="100%", height=LANE, class_="lane")
        for at, lane in enumerate(lanes)
    ]
    rough = list(_moments(shown, places, height))
    links = [_link(one, places[id(one)], overview.unit, zone, opens, first=at == 0) for at, one in enumerate(shown)]
    words = _(
        "Signals %(by)s. Left and right arrow keys move along, Enter goes into a stretch of time.", by=gettext(BY[overview.unit])
    )
    plot = tag(
        "svg", *rooms, *links, *bars, *rough, class_="plot lanes", width="100%", height=number(height), role="group", aria_label=words,
        data_points="1", data_from=_millis(overview.shown.start), data_to=_millis(overview.shown.end),
        data_first=_millis(overview.whole.start), data_last=_millis(overview.whole.end), data_zone=zone,
    )  # fmt: skip
    days = _days(overview, zone)
    return Figure(
        finding=_finding(shown, overview.unit, zone),
        caption=_("Signals %(by)s and source, %(period)s, times in %(zone)s. All of them are counted, so there is no interval.", by=gettext(BY[overview.unit]), period=name_of(overview.shown, overview.unit, zone), zone=zone),
        drawing=tag("div", tag("div", plot, class_="plot-box"), days, _life(overview), class_="lanes-grid"),
        columns=(_("When"), _("Signals"), _("Sources"), _("Moments of friction")),
        rows=tuple(_row(one, overview.unit, zone, opens) for one in shown),
        key=_key(top, shown),
        kind="lanes",
        records=tuple(_record(one, marks) for one in overview.stretches),
        picture=Picture(Markup("").join([
            tag("svg", *rooms, *bars, *rough, width=WIDE, height=height), tag("svg", days, y=height, width=WIDE, height=DAYS),
        ]), height + DAYS),
        reads=True,
    )  # fmt: skip


Lane = tuple[str, int, tuple[str, ...]]


def _lanes(shown: Sequence[Stretch], marks: Mapping[str, int]) -> list[Lane]:
    """(title, colour, sources) of each lane."""
    here = [source for source in marks if any(source in one.sources for one in shown)]
    if len(here) <= MOST_LANES:
        return [(source, marks[source], (source,)) for source in here]
    alone, together = here[: MOST_LANES - 1], tuple(here[MOST_LANES - 1 :])
    rest = _n("%(count)s other source", "%(count)s other sources", len(together), count=show_count(len(together)))
    return [*((source, marks[source], (source,)) for source in alone), (rest, MOST_LANES, together)]


def _signals(lane: Lane, one: Stretch) -> int:
    return sum(one.sources.get(source, 0) for source in lane[2])


def _top(shown: Sequence[Stretch], marks: Mapping[str, int]) -> int:
    """What the highest bar stands for; all lanes have one scale."""
    return max((_signals(lane, one) for lane in _lanes(shown, marks) for one in shown), default=1)


def _place(period: Period, shown: Period) -> tuple[float, float]:
    """From where to where a stretch reaches, 0 = where what is shown starts, 1 = where it ends."""
    length = shown.end - shown.start
    return (period.start - shown.start) / length, (period.end - shown.start) / length


def _lane(lane: Lane, shown: Sequence[Stretch], places: Mapping[int, tuple[float, float]], top: int) -> Iterator[Markup]:
    """The name of a lane with its signals, and its bars."""
    title, colour, _sources = lane
    count = sum(_signals(lane, one) for one in shown)
    yield tag("text", title, x="0", y="12", class_="lane-title")
    yield tag("text", show_count(count), x="100%", y="12", text_anchor="end")
    bars = "".join(_bar(places[id(one)], BAR * signals / top) for one in shown if (signals := _signals(lane, one)))
    drawn = tag("path", d=bars, class_=f"bar mark-{colour}")
    yield tag(
        "svg", drawn, class_="stretch", y=LANE - BAR - 4, width="100%", height=BAR, viewBox=f"0 0 {number(_ACROSS)} {number(BAR)}",
        preserveAspectRatio="none",
    )  # fmt: skip


def _bar(place: tuple[float, float], size: float) -> str:
    left, right = (end * _ACROSS for end in place)
    gap = min(3.0, (right - left) * 0.12)
    wide, tall = max(1.5, right - left - gap), max(_LEAST, size)
    return f"M{number(left + gap / 2)} {number(BAR)}v-{number(tall)}h{number(wide)}v{number(tall)}z"


def _moments(shown: Sequence[Stretch], places: Mapping[int, tuple[float, float]], height: float) -> Iterator[Markup]:
    """A triangle below every stretch with moments of friction, small where stretches are."""
    size = "M0 -6L6 5H-6z" if len(places) <= MANY else "M0 -5L4 4H-4z"
    for one in shown:
        if one.friction:
            left, right = places[id(one)]
            mark = tag("path", d=size, class_="rough-mark")
            yield tag("svg", mark, x=percent((left + right) / 2), y=number(height - ROUGH / 2), overflow="visible")


def _link(
    one: Stretch, place: tuple[float, float], unit: StretchUnit, zone: str, opens: Callable[[Period], str], first: bool
) -> Markup:
    left, right = place
    spot = tag("rect", x=percent(left), width=percent(right - left), y="0", height="100%", class_="target")
    label = f"{name_of(one.period, unit, zone)}: {_said(one)}"
    return tag("a", spot, class_="point", href=opens(one.period), tabindex="0" if first else "-1", aria_label=label)


def _said(one: Stretch) -> str:
    signals = _n("%(count)s signal", "%(count)s signals", one.signals, count=show_count(one.signals))
    friction = _n("%(count)s moment of friction", "%(count)s moments of friction", one.friction, count=show_count(one.friction))
    return f"{signals} ({_of_sources(one)}){', ' + friction if one.friction else ''}"


def _of_sources(one: Stretch) -> str:
    return ", ".join(f"{source} {show_count(count)}" for source, count in sorted(one.sources.items(), key=lambda item: -item[1]))


def name_of(period: Period, unit: StretchUnit, zone: str) -> str:
    """A stretch of time in words, as exactly as its unit needs: "March 2026", "14 Mar 2026, 09:00–10:00"."""
    home = ZoneInfo(zone)
    start, last = period.start.astimezone(home), (period.end - timedelta(microseconds=1)).astimezone(home)
    if unit in _CLOCK and start.date() == last.date():
        is_day = start.time() == datetime.min.time() and period.end.astimezone(home).date() != start.date()
        return show_day(start, zone) if is_day else f"{show_day(start, zone)}, {show_hours(period, zone)}"
    following = period.end.astimezone(home)
    if unit == "month" and start.day == following.day == 1 and start.month == last.month:
        return show_month(start.date())
    if unit == "year" and start.year == last.year and following.year != start.year and (start.month, start.day) == (1, 1):
        return str(start.year)
    return show_period(period, zone)


def _days(overview: StripOverview, zone: str) -> Markup:
    """Where some stretches begin, below the lanes."""
    every = max(1, math.ceil(len(overview.stretches) / MOST_LABELS))
    labels = []
    for at in range(0, len(overview.stretches), every):
        left, _right = _place(overview.stretches[at].period, overview.shown)
        if left > 0.9:
            break
        words = _label(overview.stretches[at].period.start, overview, zone)
        minor = "minor" if (at // every) % 2 else None
        labels.append(tag("text", words, x=percent(left), y="14", text_anchor="start", class_=minor))
        labels.append(tag("line", x1=percent(left), x2=percent(left), y1="-4", y2="2", class_="tick-mark"))
    return tag("svg", *labels, class_="ticks days", width="100%", height=number(DAYS), aria_hidden="true")


def _label(moment: datetime, overview: StripOverview, zone: str) -> str:
    if overview.unit in _CLOCK and overview.shown.end - overview.shown.start <= timedelta(hours=26):
        return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"
    return str(moment.astimezone(ZoneInfo(zone)).year) if overview.unit in ("year", "years") else show_day(moment, zone)


def _life(overview: StripOverview) -> Markup:
    """All of the strip in small, with a frame around what is shown of it; nothing where that is all of it."""
    if overview.is_whole:
        return Markup("")
    left, right = (min(1.0, max(0.0, end)) for end in _place(overview.shown, overview.whole))
    width = max(right - left, 0.004)
    frame = tag("rect", x=percent(min(left, 1 - width)), width=percent(width), y="0", height="100%", class_="frame")
    room = tag("rect", width="100%", height="100%", class_="room")
    return tag(
        "div",
        tag("svg", room, draw_counts(overview.life), frame, width="100%", height="28", aria_hidden="true"),
        class_="life",
    )


def _key(top: int, shown: Sequence[Stretch]) -> str:
    if not shown:
        return ""
    said = [_n("The highest bar stands for %(count)s signal; all lanes have one scale.", "The highest bar stands for %(count)s signals; all lanes have one scale.", top, count=show_count(top))]  # fmt: skip
    if any(one.friction for one in shown):
        said.append(_("Triangles: moments of friction."))
    return " ".join(said)


def _finding(shown: Sequence[Stretch], unit: StretchUnit, zone: str) -> str:
    if not shown:
        return _("No signals here")
    total = sum(one.signals for one in shown)
    most = max(shown, key=lambda one: one.signals)
    if len(shown) == 1:
        return _n(
            "%(count)s signal, %(when)s",
            "%(count)s signals, %(when)s",
            total,
            count=show_count(total),
            when=name_of(most.period, unit, zone),
        )
    return _(
        "%(count)s signals; most of all %(when)s, with %(most)s",
        count=show_count(total),
        when=name_of(most.period, unit, zone),
        most=show_count(most.signals),
    )


def _row(one: Stretch, unit: StretchUnit, zone: str, opens: Callable[[Period], str]) -> tuple[str, ...]:
    when = Markup('<a href="{}">{}</a>').format(opens(one.period), name_of(one.period, unit, zone))
    return when, show_count(one.signals), _of_sources(one), show_count(one.friction)


def _record(one: Stretch, marks: Mapping[str, int]) -> Record:
    counts = {f"signals_{source}": one.sources.get(source, 0) for source in marks}
    return {
        "start": one.period.start.isoformat(),
        "end": one.period.end.isoformat(),
        "signals": one.signals,
        **counts,
        "friction": one.friction,
    }


def _millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
