"""The query `retention`: of those who started in a period, who came back in which interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar, Literal, Self, cast, get_args

from touchpath.metrics.retention import estimate_pooled, estimate_retention
from touchpath.model.errors import BadInput
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.nodes import ListNode, Scalar
from touchpath.model.rules import EventRule
from touchpath.model.time import Grain, Period, calendar_periods, from_micros
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import optional_rule
from touchpath.services.results import Table, Value
from touchpath.timelines.cut import period_edges
from touchpath.timelines.retention import MOST_INTERVALS, Kind, Retention, RetentionCounts

#: How long a rolling interval is: a week is 7 days and a month 30, as Amplitude has it.
ROLLING: Mapping[Grain, timedelta] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
    "year": timedelta(days=365),
}
#: No interval of the calendar is longer.
LONGEST = {**ROLLING, "month": timedelta(days=31), "quarter": timedelta(days=92), "year": timedelta(days=366)}

#: How other systems count when one does not say otherwise; keys of the document go before. See docs/definitions/retention.md.
VARIANTS: Mapping[str, Mapping[str, str | bool]] = {
    "amplitude": {"interval": "day", "count": "rolling", "kind": "on", "first": "period", "rounded": True},
    "mixpanel": {"interval": "day", "count": "rolling", "kind": "on-or-after", "first": "ever"},
    "posthog": {"interval": "day", "count": "calendar", "kind": "on", "first": "period"},
}
#: Amplitude counts weeks and months in days of the calendar, from the day of the start.
_DAYS: Mapping[str, int] = {"week": 7, "month": 30}

UNEVEN = (
    "with 'on-or-after' those who started earlier have had more time to come back; the kind 'on' and brackets give all the same"
)
_USUAL: Mapping[str, str | bool] = {"interval": "week", "count": "calendar", "kind": "on", "first": "ever", "rounded": False}
_NAMED: Mapping[str, Kind] = {name.replace(" ", "-"): name for name in get_args(Kind)}


@dataclass(frozen=True, slots=True)
class RetentionQuery:
    """Of those who started in a period, who came back in which interval; give a grain for cohorts by period."""

    start: EventRule
    back: EventRule
    interval: Grain = "week"
    intervals: int = 12
    count: Literal["calendar", "rolling"] = "calendar"
    kind: Kind = "on"
    brackets: tuple[tuple[int, int], ...] = ()
    first: Literal["ever", "period"] = "ever"
    rounded: bool = False
    days: int = 0

    name: ClassVar[str] = "retention"

    @property
    def uneven(self) -> str:
        """Why older cohorts cannot be compared with newer ones; "" = they can."""
        return UNEVEN if self.kind == "on or after" else ""

    def open_for(self, column: str) -> timedelta:
        """How long after a period's end somebody's interval may still go on; the first bracket's, where no column is named."""
        place = self.columns().index(column) if column else 0
        last = self.brackets[place][1] if self.kind == "bracket" else place + 1
        return (last + 1) * LONGEST[self.interval]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: start, return, interval, intervals, count, kind, brackets, first, rounded, variant."""
        nothing = EventRule(())
        variant = fields.choice("variant", tuple(VARIANTS)) if fields.node("variant") else ""
        usual: Mapping[str, Any] = {**_USUAL, **VARIANTS.get(variant, {})}
        found = cls(
            start=optional_rule(fields, "start") or nothing,
            back=optional_rule(fields, "return") or nothing,
            interval=fields.choice("interval", get_args(Grain), usual["interval"]),
            intervals=fields.whole("intervals", 1, MOST_INTERVALS, 12),
            count=fields.choice("count", ("calendar", "rolling"), usual["count"]),
            kind=_NAMED[fields.choice("kind", tuple(_NAMED), usual["kind"])],
            brackets=_brackets(fields),
            first=fields.choice("first", ("ever", "period"), usual["first"]),
            rounded=fields.flag("rounded", usual["rounded"]),
        )
        return found if found.count == "calendar" else found._as(variant)

    def _as(self, variant: str) -> Self:
        """With what a variant says of rolling intervals longer than a day; raises BadInput where it says nothing."""
        if variant == "amplitude" and self.interval in _DAYS:
            if self.kind not in ("on", "bracket"):
                raise BadInput(
                    f"Amplitude counts a {self.interval} in whole days, which goes with the kinds on and bracket, but '{self.kind}' "
                    "came. Count days, or leave 'variant' out."
                )
            return replace(self, days=_DAYS[self.interval])
        if variant and self.interval not in ("day", "week"):
            raise BadInput(
                f"{variant.capitalize()} does not document how long a {self.interval} is from a person's start. Take days or weeks, "
                "count: calendar, or leave 'variant' out."
            )
        return self

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What starts, and what is a return."""
        return (self.start, self.back)

    def fold(self, setting: Setting) -> Retention:
        """Cohorts and returns; calendar intervals reach from the first start to the end of the data."""
        borders: tuple[int, ...] = ()
        if self.count == "calendar" or self.days:
            reach = Period(setting.period.start, max(setting.period.end, from_micros(setting.timelines.end + 1)))
            interval: Grain = "day" if self.days else self.interval
            periods = calendar_periods(reach, interval, setting.zone, setting.week_start)
            borders = tuple(int(border) for border in period_edges(periods))
        if self.days:
            return Retention(self.start, self.back, borders, kind="bracket", brackets=self._in_days(), first=self.first)
        length, rounded = ROLLING[self.interval], self.rounded and self.count == "rolling"
        return Retention(self.start, self.back, borders, length, self.intervals, self.kind, self.brackets, self.first, rounded)

    def tables(self, summary: RetentionCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`curve`: all cohorts of a segment together; `cohorts`: one row per cohort and interval."""
        curve = Table(
            "curve", ("segment", "interval", "people", "returned", "share"), tuple(self._curve(summary, frame, confidence))
        )
        columns = (*WHERE, "started", "interval", "complete", "people", "returned", "share")
        return curve, Table("cohorts", columns, tuple(self._cohorts(summary, frame, confidence)))

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Whether people came back at all after their last start."""
        return {"came back": frozenset(range(1, MOST_INTERVALS + 1)), "did not come back": frozenset({0})}

    def _in_days(self) -> tuple[tuple[int, int], ...]:
        """The first and last day after the start of each column."""
        spans = self.brackets or tuple((k, k) for k in range(1, self.intervals + 1))
        return tuple((low * self.days, (high + 1) * self.days - 1) for low, high in spans)

    def columns(self) -> tuple[str, ...]:
        """The intervals, by name."""
        if self.kind == "bracket":
            return tuple(f"{self.interval} {low} to {high}" for low, high in self.brackets)
        return tuple(f"{self.interval} {k}" for k in range(1, self.intervals + 1))

    def _curve(self, summary: RetentionCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for number, segment in enumerate(frame.segments):
            mine = slice(number, None, len(frame.segments))
            for column, title in enumerate(self.columns()):
                people, back = (int(part[mine, column].sum()) for part in (summary.complete, summary.returned))
                yield (segment, title, people, back, estimate_pooled(summary, number, column, confidence))

    def _cohorts(self, summary: RetentionCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            started = int(summary.started[cell])
            for column, title in enumerate(self.columns()):
                people, back = int(summary.complete[cell, column]), int(summary.returned[cell, column])
                share = estimate_retention(summary, cell, column, confidence)
                yield (*where, started, title, people == started, people, back, share)


def _brackets(fields: Fields) -> tuple[tuple[int, int], ...]:
    """Brackets as [[1, 7], [8, 30]]."""
    found = fields.node("brackets")
    if found is None:
        return ()
    pairs = [node.items for node in found.items if isinstance(node, ListNode)] if isinstance(found, ListNode) else []
    texts = [[one.text if isinstance(one, Scalar) else "" for one in pair] for pair in pairs]
    fits = all(len(pair) == 2 and all(text.isascii() and text.isdigit() for text in pair) for pair in texts)
    if not texts or not fits or len(texts) != len(cast(ListNode, found).items):
        fields.fault(found.line, "'brackets' are pairs of a first and a last interval, as in [[1, 7], [8, 30]].")
        return ()
    return tuple((int(low), int(high)) for low, high in texts)
