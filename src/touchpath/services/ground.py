"""What every answer stands on: the model, the timelines, an engine and a calendar."""

from __future__ import annotations

from dataclasses import dataclass

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.experience import Dimension, Experience
from touchpath.model.time import Grain, Period, calendar_periods, from_micros
from touchpath.store.timelines import TimelineStore
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.cut import NONE, prepare_cut
from touchpath.timelines.fold import Cut, Engine, Fold, S, Who
from touchpath.timelines.who import SegmentOnly

#: More periods than this in one answer are refused: nobody can read them, and each costs memory in every summary.
MOST_PERIODS = 1_000


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an answer counts: its timelines, its periods and segments, and the cut that divides them.

    cell = period * segments + segment.
    """

    timelines: TimelineSet
    periods: tuple[Period, ...]
    segments: tuple[str, ...]
    cut: Cut

    def cell(self, period: int, segment: int) -> int:
        """The cell of a period and a segment, both by position."""
        return period * len(self.segments) + segment

    def complete(self, period: Period) -> bool:
        """Whether the data reaches the end of a period."""
        return period.micros[1] <= self.timelines.end + 1

    @property
    def span(self) -> Period:
        """From the first period's start to the last one's end."""
        return Period(self.periods[0].start, self.periods[-1].end)


@dataclass(frozen=True, slots=True)
class Ground:
    """The model, the timelines, an engine and a calendar. `who`: selections that people must all be in to be counted."""

    experience: Experience
    timelines: TimelineStore[TimelineSet]
    engine: Engine
    zone: str = "UTC"
    week_start: int = 0
    who: tuple[Who, ...] = ()

    def open(self, unit: str = "person") -> TimelineSet:
        """Timelines with every property that the model declares."""
        return self.timelines.open(unit, self.experience.properties)

    def span(self) -> Period | None:
        """From the first signal to just after the last; None without signals."""
        opened = self.open()
        if not any(shard.signals for shard in opened.shards):
            return None
        return Period(from_micros(opened.first), from_micros(opened.end + 1))

    def frame(self, period: Period | None = None, by: str = "", grain: Grain | None = None, unit: str = "person") -> Frame:
        """Cut `period` (default: all there is) by calendar periods and by a dimension of the model."""
        span = period or self.span()
        if span is None:
            raise Missing("There are no signals yet. Import some: touchpath import FILE --map MAPPING.yaml")
        periods = calendar_periods(span, grain, self.zone, self.week_start) if grain else (span,)
        if len(periods) > MOST_PERIODS:
            raise BadInput(f"That makes {len(periods):,} periods by {grain}; the most is {MOST_PERIODS:,}. Take a coarser grain.")
        opened = self.open(unit)
        cut, segments = prepare_cut(opened, periods, self.dimension(by) if by else None)
        return Frame(opened, periods, segments or ("",), cut)

    def dimension(self, id: str) -> Dimension:
        """A dimension of the model, raising Missing with what there is."""
        return self.experience.dimension(id)

    def segment(self, frame: Frame, name: str) -> int:
        """The position of a segment in a frame; "" is the first of an uncut frame."""
        if name in frame.segments:
            return frame.segments.index(name)
        raise Missing(unknown("segment", name, frame.segments))

    def members(self, dimension: Dimension, segment: str) -> frozenset[int]:
        """The keys of the people of one segment of a dimension of people."""
        only = SegmentOnly(dimension, "" if segment == NONE else segment)
        found = (shard.owners[only.people(shard) == 1] for shard in self.open().shards)
        return frozenset(int(key) for keys in found for key in keys)

    def summarise(self, fold: Fold[S], frame: Frame) -> S:
        """One pass of a fold over a frame, reading only the people of `who`."""
        return self.engine.summarise(fold, frame.timelines, frame.cut, self.who)
