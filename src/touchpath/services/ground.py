"""What every answer stands on: the model, the timelines, an engine and a calendar."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar, cast

import numpy as np

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.experience import Dimension, Experience
from touchpath.model.time import Grain, Period, calendar_periods, from_micros, microseconds
from touchpath.services.personal_details import Detector, without_details
from touchpath.store.properties import FoundValues, PropertyStore
from touchpath.store.timelines import TimelineStore
from touchpath.timelines.arrays import Cells, Timelines, TimelineSet
from touchpath.timelines.crossing import Crossing, prepare_crossing
from touchpath.timelines.cut import REST, Cutting, keep_apart, period_edges, prepare_cut
from touchpath.timelines.fold import Ask, Engine, Failed, Fold, S, Who
from touchpath.timelines.inside import Inside
from touchpath.timelines.kernels import fixed
from touchpath.timelines.undeclared import KeyedColumn, join

R = TypeVar("R")

#: The ways to divide a frame.
Dividing = Cutting | Crossing | Inside

#: Timelines and what is looked up for them are of one version; more tries than this are not made.
_TRIES = 3

#: More periods than this in one answer are refused: nobody can read them, and each costs memory in every summary.
MOST_PERIODS = 1_000


def _is_comparable(fold: Fold[Any]) -> bool:
    """Whether it can be told that another fold is the same."""
    try:
        hash(fold)
    except TypeError:
        return False
    return True


def undeclared_here(name: str) -> str:
    """Why a property cannot be asked for that the model does not declare, where there is no lake to look it up in."""
    return (
        f"The model does not declare the property '{name}', so it cannot be asked for. Add a dimension that reads it: "
        f"{{id: {name}, title: {name}, field: properties.{name}}}."
    )


def find_owner(opened: TimelineSet, owner: int) -> tuple[Timelines, int] | None:
    """The shard in which an owner is read, and their place in it; None for an unknown owner."""
    for shard in opened.shards:
        place = int(np.searchsorted(shard.owners, owner))
        if place < shard.people and shard.owners[place] == owner and not (shard.skip.size and shard.skip[place]):
            return shard, place
    return None


def check_unit(experience: Experience, unit: str) -> None:
    """Raise Missing for a unit that the workspace cannot have timelines of."""
    known = ("person", "account", *(kind.id for kind in experience.object_kinds), "session", "response")
    if unit not in known:
        raise Missing(unknown("unit", unit, known))


@dataclass(frozen=True, slots=True)
class KeptCut:
    """A cut that works out the cells of each shard once, for all the folds of one answer."""

    cut: Dividing
    _kept: dict[int, tuple[Timelines, Cells]] = field(default_factory=dict, repr=False, compare=False)

    def cells(self, timelines: Timelines) -> Cells:
        """The cells of one shard. The shard is kept too, so that no other can take its place."""
        kept = self._kept.get(id(timelines))
        if kept is None:
            kept = self._kept[id(timelines)] = (timelines, self.cut.cells(timelines))
        return kept[1]

    def __reduce__(self) -> tuple[Callable[[Dividing], Dividing], tuple[Dividing]]:
        """What travels to another process is the cut itself: shards come and go there."""
        return _the_same, (self.cut,)


def _the_same(cut: Dividing) -> Dividing:
    return cut


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an answer counts: its timelines, its periods and segments, and the cut that divides them.

    cell = period * segments + segment.
    """

    timelines: TimelineSet
    periods: tuple[Period, ...]
    segments: tuple[str, ...]
    cut: KeptCut
    zone: str = "UTC"
    week_start: int = 0
    experience: Experience | None = None
    dimensions: tuple[str, ...] = ()

    @property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """For each segment of a cut by several dimensions its label in every one; none for a cut by one."""
        cut = self.cut.cut
        return dict(zip(self.segments, cut.labels, strict=True)) if isinstance(cut, Crossing) else {}

    @property
    def key(self) -> Hashable:
        """Tells this frame from any other of the same ground."""
        return id(self.cut)

    def cell(self, period: int, segment: int) -> int:
        """The cell of a period and a segment, both by position."""
        return period * len(self.segments) + segment

    def segment_at(self, person: int, key: int) -> int:
        """The segment that one signal of a person counts in, by position; -1 = in none."""
        where = find_owner(self.timelines, person)
        if where is None:
            return -1
        shard, place = where
        first, after = int(shard.starts[place]), int(shard.starts[place + 1])
        found = np.flatnonzero(shard.wide("key")[first:after] == key)
        if not found.size:
            return -1
        cells = self.cut.cells(shard)
        if cells.owner_codes.size:
            return int(cells.owner_codes[place])
        return int(cells.signal_codes[first + int(found[0])]) if cells.signal_codes.size else 0

    def words_of(self, segment: int) -> frozenset[str]:
        """The values of the dimension that a segment stands for ("" = none)."""
        cutting = self.cut.cut
        if not isinstance(cutting, Cutting) or cutting.dimension is None or cutting.places is None:
            return frozenset()
        words = self.timelines.words.get(cutting.dimension.field, ("",))
        return frozenset(words[int(code)] for code in np.flatnonzero(cutting.places == segment))

    def complete(self, period: Period, ripe: timedelta = timedelta()) -> bool:
        """Whether the data reaches the end of a period, and as far beyond as its numbers need to ripen."""
        return period.micros[1] + microseconds(ripe) <= self.timelines.end + 1

    @property
    def span(self) -> Period:
        """From the first period's start to the last one's end."""
        return Period(self.periods[0].start, self.periods[-1].end)


@dataclass(frozen=True, slots=True)
class Sides:
    """Another way to divide a frame, so that two sides can be compared: by these periods, one right after the other, in place of calendar
    ones, and with only these segments apart and all others together (None = all segments), or into some people, with what they are called, and
    everybody else."""

    periods: tuple[Period, ...] = ()
    apart: tuple[str, ...] | None = None
    inside: tuple[Who, str] | None = None

    def segments_of(self, cut: Cutting | Crossing, segments: tuple[str, ...]) -> tuple[Dividing, tuple[str, ...]]:
        """The cut and the names of its segments with only some apart."""
        if self.inside is not None:
            if cut.dimension is not None or isinstance(cut, Crossing):
                raise BadInput("People are held against everybody else over all, not within the segments of a dimension.")
            who, title = self.inside
            labels = (title, REST)
            return Inside(cut.edges, who, labels), labels
        if self.apart is None:
            return cut, segments
        if isinstance(cut, Crossing):
            raise BadInput("Segments are compared by one dimension at a time.")
        moved = keep_apart(cut, self.apart)
        return moved, moved.labels


@dataclass(frozen=True, slots=True)
class Ground:
    """The model, the timelines, an engine and a calendar, for one answer: all of it reads the same version.

    who: selections that people must all be in to be counted. revision: the model's. detectors: what finds personal details, besides the rules.
    sides: how frames are divided instead, see `divided`.
    """

    experience: Experience
    timelines: TimelineStore[TimelineSet]
    engine: Engine
    zone: str = "UTC"
    week_start: int = 0
    who: tuple[Who, ...] = ()
    revision: int = 0
    properties: PropertyStore | None = None
    detectors: tuple[Detector, ...] = ()
    sides: Sides = Sides()
    _opened: dict[str, TimelineSet] = field(default_factory=dict, repr=False, compare=False)
    _joined: dict[str, dict[str, FoundValues]] = field(default_factory=dict, repr=False, compare=False)
    _done: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def divided(self, sides: Sides) -> Ground:
        """The same ground, whose frames are divided in another way."""
        return replace(self, sides=sides, _done={})

    def once(self, what: Hashable, work: Callable[[], R]) -> R:
        """What this work gives, done when an answer first needs it."""
        if what not in self._done:
            self._done[what] = work()
        return cast(R, self._done[what])

    def open(self, unit: str = "person") -> TimelineSet:
        """Timelines with every property that the model declares, as they were when this answer first asked for them."""
        if unit not in self._opened:
            self._opened[unit] = self._open(unit)
        return self._opened[unit]

    def _open(self, unit: str) -> TimelineSet:
        opened = self.timelines.open(unit, self.experience.properties)
        return replace(opened, data_version=f"{opened.data_version}, model {self.revision}")

    def join(self, unit: str, names: Collection[str], find: Callable[[PropertyStore, str], FoundValues]) -> None:
        """From now on, the timelines of a unit have columns for these properties too, with what `find` says of them.

        Call it before anything else is asked of the unit. Both are of one version of the signals, unless these change again and
        again meanwhile. Raises BadInput where there is nothing to look properties up in.
        """
        known = self._joined.setdefault(unit, {})
        if set(names) <= set(known):
            return
        store = self.properties
        if store is None:
            raise BadInput(undeclared_here(min(set(names) - set(known))))
        for _ in range(_TRIES):
            version = store.version
            opened = self._open(unit)
            found = {name: find(store, name) for name in sorted({*known, *names})}
            if version == store.version and all(one.version == version for one in found.values()):
                break
        known |= found
        late = {f"properties.{name}": KeyedColumn.of(one.keys, one.codes, one.words) for name, one in found.items()}
        self._opened[unit] = join(opened, late)

    def joined(self, unit: str) -> Mapping[str, FoundValues]:
        """What was joined to the timelines of a unit, by property."""
        return self._joined.get(unit, {})

    def span(self) -> Period | None:
        """From the first signal to just after the last; None without signals."""
        opened = self.open()
        if not any(shard.signals for shard in opened.shards):
            return None
        return Period(from_micros(opened.first), from_micros(opened.end + 1))

    def frame(
        self, period: Period | None = None, by: str | tuple[str, ...] = "", grain: Grain | None = None, unit: str = "person"
    ) -> Frame:
        """Cut `period` (default: all there is) by calendar periods and by a dimension of the model, or by up to three.

        Without a grain the segments are those of all time: one without signals in the period is empty, not unknown.
        """
        names = by if isinstance(by, tuple) else (by,) if by else ()
        return self.once(("frame", period, names, grain, unit), lambda: self._frame(period, names, grain, unit))

    def _frame(self, period: Period | None, by: tuple[str, ...], grain: Grain | None, unit: str) -> Frame:
        span = period or self.span()
        if span is None:
            raise Missing("There are no signals yet. Import some: touchpath import FILE --map MAPPING.yaml")
        calendar = calendar_periods(span, grain, self.zone, self.week_start) if grain else (span,)
        periods = self.sides.periods or calendar
        if len(periods) > MOST_PERIODS:
            raise BadInput(f"That makes {len(periods):,} periods by {grain}; the most is {MOST_PERIODS:,}. Take a coarser grain.")
        opened = self.open(unit)
        counted = periods if grain else (Period(from_micros(opened.first), from_micros(opened.end + 1)),)
        cut, segments = self.sides.segments_of(*self._cut(opened, counted, [self.dimension(one) for one in by]))
        divided = replace(cut, edges=fixed(period_edges(periods)))
        return Frame(opened, periods, segments or ("",), KeptCut(divided), self.zone, self.week_start, self.experience, by)

    def _cut(
        self, opened: TimelineSet, periods: Sequence[Period], dimensions: Sequence[Dimension]
    ) -> tuple[Cutting | Crossing, tuple[str, ...]]:
        if len(dimensions) > 1:
            return prepare_crossing(opened, periods, dimensions)
        return prepare_cut(opened, periods, dimensions[0] if dimensions else None)

    def dimension(self, id: str) -> Dimension:
        """A dimension of the model, raising Missing with what there is."""
        return self.experience.dimension(id)

    def segment(self, frame: Frame, name: str) -> int:
        """The position of a segment in a frame; "" is the first of an uncut frame."""
        if name in frame.segments:
            return frame.segments.index(name)
        raise Missing(unknown("segment", name, without_details(frame.segments, self.detectors)))

    def summarise(self, fold: Fold[S], frame: Frame) -> S:
        """One pass of a fold over a frame, reading only the people of `who`; none for what was read ahead."""
        found = self._done.get((fold, frame.key)) if _is_comparable(fold) else None
        if isinstance(found, Failed):
            raise found.error
        return self.engine.summarise(fold, frame.timelines, frame.cut, self.who) if found is None else cast(S, found)

    def read_ahead(self, wanted: Iterable[tuple[Fold[Any], Frame]]) -> None:
        """Read for several folds in one pass what `summarise` will be asked for; equal ones are read once."""
        new = [(fold, frame) for fold, frame in wanted if _is_comparable(fold) and (fold, frame.key) not in self._done]
        for unit in dict.fromkeys(frame.timelines.unit for _, frame in new):
            of_unit = {(fold, frame.key): Ask(fold, frame.cut, self.who) for fold, frame in new if frame.timelines.unit == unit}
            self._done.update(zip(of_unit, self.engine.summarise_all([*of_unit.values()], self.open(unit)), strict=True))
