"""What a page is narrowed to, read from its address, and the bar that shows and changes it.

All pages read the same names, and every link takes them along (`Addresses.carried`), so a choice stays while somebody moves
between pages. A page says which of them it uses; the others are shown as chips that wait for a page that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request

from touchpath.model.errors import BadInput
from touchpath.model.time import Period
from touchpath.timelines.cut import NONE, OTHER
from touchpath.web.carried import CARRIED, DIMENSIONS, LONGEST
from touchpath.web.languages import N_, _, gettext
from touchpath.web.numbers import show_period
from touchpath.web.platform import PlatformProtocol
from touchpath.web.rendering import address_of

#: Choices of period, counted back from the last signal: demo data and archives end in the past.
PRESETS = {
    "": N_("All time"),
    "28": N_("Last 28 days of data"),
    "90": N_("Last 90 days of data"),
    "365": N_("Last 365 days of data"),
    "custom": N_("From … to …"),
}
COMPARISONS = {"": N_("Nothing"), "before": N_("The period before"), "year": N_("A year before")}
#: What counts once in means, shares and net scores of answers and of attempts.
WEIGHTS = {
    "": N_("As defined"),
    "people": N_("Each person once"),
    "account": N_("Each account once"),
    "revenue": N_("By revenue"),
}
_TITLES = {
    "period": N_("Period"),
    "compare": N_("Compare with"),
    "channel": N_("Channel"),
    "device": N_("Device"),
    "segment": N_("Segment"),
    "weight": N_("Weight"),
}
#: Fields whose choices are always the same.
_SETS = {"period": PRESETS, "compare": COMPARISONS, "weight": WEIGHTS}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for, as it came, so that the form shows it again."""

    period: str = ""
    start: str = ""
    end: str = ""
    segment: str = ""
    compare: str = ""
    channel: str = ""
    device: str = ""
    weight: str = ""

    @property
    def active(self) -> bool:
        """Whether anything is narrowed at all."""
        return any(getattr(self, name) for name in _TITLES)

    def cut(self) -> tuple[str, str]:
        """Dimension and value of "channel:web"; two blanks for everybody."""
        dimension, colon, value = self.segment.partition(":")
        if self.segment and not (dimension and colon):
            raise BadInput(f"The segment came as '{self.segment}'. Write it as DIMENSION:VALUE, as in channel:web.")
        return dimension, value

    def cuts(self) -> tuple[tuple[str, str], ...]:
        """Every dimension and value that is chosen: channel, device and segment."""
        named = tuple((name, getattr(self, name)) for name in DIMENSIONS if getattr(self, name))
        return (*named, self.cut()) if self.segment else named

    def within(self, span: Period | None, zone: str) -> Period | None:
        """The period asked for, its days those of a zone; None = all there is. Last days count back from the end of `span`."""
        if not self.period or span is None:
            return None
        if self.period == "custom":
            return self._custom(span, zone)
        if self.period not in PRESETS:
            raise BadInput(f"The period came as '{self.period}'. There are: {', '.join(filter(None, PRESETS))}.")
        return Period(span.end - timedelta(days=int(self.period)), span.end)

    def against(self, span: Period | None, zone: str) -> Period | None:
        """The period to compare with: as long as the one asked for, just before it or a year (52 weeks) before; None = no comparison.

        Comparing needs a period, so without one asked for there is none. 52 whole weeks keep the days of the week alike.
        """
        if self.compare not in COMPARISONS:
            raise BadInput(f"'compare' came as '{self.compare}'. There are: {', '.join(filter(None, COMPARISONS))}.")
        period = self.within(span, zone)
        if not self.compare or period is None:
            return None
        back = period.end - period.start if self.compare == "before" else timedelta(weeks=52)
        return Period(period.start - back, period.end - back)

    def _custom(self, span: Period, zone: str) -> Period | None:
        start = midnight(self.start, zone) if self.start else span.start
        end = midnight(self.end, zone, 1) if self.end else span.end
        if self.start and self.end and start >= end:
            raise BadInput(f"The period came as '{self.start}' to '{self.end}'. Its last day must not lie before its first.")
        return Period(start, end)


def midnight(day: str, zone: str, later: int = 0) -> datetime:
    """Start of a day written as 2026-03-01 in a zone, or of the day some days later."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=later), time(), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise BadInput(f"The day came as '{day}'. Write it as YYYY-MM-DD, as in 2026-03-01.") from fault


def read_filters(
    period: Annotated[str, Query(max_length=20)] = "",
    start: Annotated[str, Query(max_length=20)] = "",
    end: Annotated[str, Query(max_length=20)] = "",
    segment: Annotated[str, Query(max_length=LONGEST)] = "",
    compare: Annotated[str, Query(max_length=20)] = "",
    channel: Annotated[str, Query(max_length=LONGEST)] = "",
    device: Annotated[str, Query(max_length=LONGEST)] = "",
    weight: Annotated[str, Query(max_length=20)] = "",
) -> Filters:
    """Everything that a page may be narrowed to."""
    return Filters(period, start, end, segment, compare, channel, device, weight)


FiltersDep = Annotated[Filters, Depends(read_filters)]


@dataclass(frozen=True, slots=True)
class Group:
    """Choices that belong together, each as (value, words)."""

    title: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One select of the bar."""

    name: str
    title: str
    chosen: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice that is in force, and the address of the page without it. used: whether this page takes notice of it."""

    title: str
    value: str
    without: str
    used: bool


@dataclass(frozen=True, slots=True)
class FilterBar:
    """What the macro `filter_bar` needs. kept: fields that the form hands on unseen."""

    action: str
    fields: tuple[Field, ...]
    chips: tuple[Chip, ...]
    kept: tuple[tuple[str, str], ...]
    start: str = ""
    end: str = ""
    reset: str = ""


def filter_bar(
    request: Request, platform: PlatformProtocol, filters: Filters, uses: Sequence[str] = ("period",), own: Sequence[str] = ()
) -> FilterBar:
    """The bar of a page that takes notice of `uses`; own: names of query values for which the page adds fields of its own."""
    fields = tuple(field for name in uses if (field := _field(name, platform, filters, uses)) and field.groups)
    shown = {*(field.name for field in fields), *own, *(("start", "end") if "period" in uses else ())}
    asked = request.query_params.multi_items()
    return FilterBar(
        action=request.url.path,
        fields=fields,
        chips=tuple(_chips(request, platform, filters, uses)),
        kept=tuple((name, value) for name, value in asked if value and name not in shown),
        start=filters.start,
        end=filters.end,
        reset=address_of(request, *CARRIED) if filters.active else "",
    )


def _field(name: str, platform: PlatformProtocol, filters: Filters, uses: Sequence[str]) -> Field | None:
    chosen = getattr(filters, name)
    if name in _SETS:
        choices = tuple((value, _(title)) for value, title in _SETS[name].items())
        return Field(name, _(_TITLES[name]), chosen, (Group("", choices),))
    groups = segment_choices(platform)
    if name in DIMENSIONS:
        found = [Group("", tuple((value.partition(":")[2], text) for value, text in one.choices)) for one in groups if one.choices[0][0].startswith(f"{name}:")]  # fmt: skip
    else:
        apart = tuple(f"{one}:" for one in DIMENSIONS if one in uses)
        # One that has a field of its own stays here while it is chosen here, as by a link: the form would lose it.
        found = [
            one for one in groups if not one.choices[0][0].startswith(apart) or chosen in (value for value, _text in one.choices)
        ]
    everybody = Group("", (("", _("Everybody")),))
    return Field(name, _(_TITLES[name]), chosen, (everybody, *found)) if found else None


def _chips(request: Request, platform: PlatformProtocol, filters: Filters, uses: Sequence[str]) -> Iterator[Chip]:
    titles = {one.id: one.title for one in platform.experience().dimensions}
    for name, title in _TITLES.items():
        value = getattr(filters, name)
        if not value:
            continue
        gone = ("period", "start", "end") if name == "period" else (name,)
        dimension, colon, rest = value.partition(":")
        said = rest if name == "segment" and colon else value
        head = titles.get(dimension, dimension) if name == "segment" and colon else _(title)
        if name == "period":
            said = _period_words(platform, filters)
        elif name in _SETS:
            said = _(_SETS[name].get(value, value))
        yield Chip(head, said, address_of(request, *gone), name in uses)


def _period_words(platform: PlatformProtocol, filters: Filters) -> str:
    if filters.period != "custom":
        return _(PRESETS.get(filters.period, filters.period))
    return show_period(filters.within(platform.span(), platform.zone), platform.zone)


def segment_choices(platform: PlatformProtocol) -> tuple[Group, ...]:
    """Groups of choices for a select: each dimension's title with ("channel:web", "web") pairs."""
    groups = []
    for dimension in platform.experience().dimensions:
        values = tuple(
            (f"{dimension.id}:{value}", gettext(value) if value in (NONE, OTHER) else value)
            for value in platform.segments(dimension.id)
        )
        if values:
            groups.append(Group(dimension.title, values))
    return tuple(groups)
