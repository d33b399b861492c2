"""The live map of a journey: lanes by step or stage, narrowed to some people, beside another period or other people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from touchpath.metrics.conclude import compare_intervals
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.experience import Journey, Step
from touchpath.model.keys import name_key
from touchpath.model.time import Period, to_micros
from touchpath.services.compared import Contrast, Pair
from touchpath.services.comparing import judged
from touchpath.services.ground import Frame, Ground
from touchpath.services.lanes import LANES, Cell, Column, cells_of, label, places_of
from touchpath.services.maps import Seen, look, map_seen, unseen_map, wanted_texts
from touchpath.services.results import JourneyMap, Number
from touchpath.store.search import SearchStore, TextFound
from touchpath.timelines.crossing import MOST_DIMENSIONS
from touchpath.timelines.volume import Volume
from touchpath.timelines.who import EverMatched


@dataclass(frozen=True, slots=True)
class Slice:
    """Whom and when a map is about. cuts: (dimension, value) pairs that all hold; persona: its id, "" = everybody."""

    period: Period | None = None
    cuts: tuple[tuple[str, str], ...] = ()
    persona: str = ""


@dataclass(frozen=True, slots=True)
class MapAsked:
    """What a live map is asked for. beside: what each number is compared with; lanes: their ids, () = all."""

    journey: str
    of: Slice = Slice()
    beside: Slice | None = None
    zoom: str = "step"
    lanes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveCell:
    """One number of a lane. contrast: how it differs from the number beside it, among all differences of the map."""

    lane: str
    metric: str
    subject: str
    title: str
    number: Number
    contrast: Contrast | None = None


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A step, or a stage with its steps, and its numbers by lane."""

    id: str
    title: str
    steps: tuple[Step, ...]
    stage: str
    lanes: Mapping[str, tuple[LiveCell, ...]]


@dataclass(frozen=True, slots=True)
class LiveMap:
    """whole: the map with its words and findings. compared: so many numbers stand beside another. beside: the period that they are of."""

    whole: JourneyMap
    columns: tuple[LiveColumn, ...]
    lanes: tuple[str, ...]
    zoom: str
    compared: int = 0
    beside: Period | None = None

    @property
    def changed(self) -> tuple[tuple[LiveColumn, LiveCell], ...]:
        """What differs by more than noise among all that was compared."""
        return tuple(
            (column, cell)
            for column in self.columns
            for lane in self.lanes
            for cell in column.lanes.get(lane, ())
            if cell.contrast is not None and cell.contrast.changed
        )


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a map: its ground, what was read, and in which cell."""

    ground: Ground
    seen: Seen


def show_live_map(ground: Ground, index: SearchStore, asked: MapAsked, confidence: float) -> LiveMap:
    """The map that is asked for; raises BadInput or Missing for what there is not."""
    journey, lanes = ground.experience.journey(asked.journey), _lanes(asked.lanes)
    columns = places_of(journey, asked.zoom)
    if ground.span() is None:
        return _unseen(ground, journey, columns, lanes, asked)
    side = _side(ground, journey, asked.of, confidence)
    other = _side(ground, journey, asked.beside, confidence) if asked.beside else None
    found = [[one for one in cells_of(side.ground, journey, column, side.seen) if one.lane in lanes] for column in columns]
    numbers = [[label(one, one.told(confidence), side.seen) for one in column] for column in found]
    contrasts = _contrasts(journey, columns, found, other, numbers, confidence) if other else {}
    shown = tuple(
        _column(column, [_live(cell, number, contrasts.get((at, place))) for place, (cell, number) in enumerate(zip(cells, told, strict=True))])
        for at, (column, cells, told) in enumerate(zip(columns, found, numbers, strict=True))
    )  # fmt: skip
    whole = map_seen(side.ground, index, journey, side.seen, " and ".join(value for _, value in asked.of.cuts), confidence)
    told = sum(one.p_family is not None for one in contrasts.values())
    return LiveMap(whole, shown, lanes, asked.zoom, told, other.seen.frame.span if other else None)


def _lanes(named: Sequence[str]) -> tuple[str, ...]:
    for one in named:
        if one not in LANES:
            raise Missing(unknown("lane", one, LANES))
    return tuple(one for one in LANES if not named or one in named)


def _unseen(ground: Ground, journey: Journey, columns: Sequence[Column], lanes: tuple[str, ...], asked: MapAsked) -> LiveMap:
    nothing = Undefined("there are no signals yet")
    cells = {lane: (LiveCell(lane, "", "", "", nothing),) for lane in lanes}
    shown = tuple(LiveColumn(one.id, one.title, one.steps, one.stage, cells) for one in columns)
    return LiveMap(unseen_map(ground, journey), shown, lanes, asked.zoom)


def _side(ground: Ground, journey: Journey, of: Slice, confidence: float) -> _Side:
    """What one side of the map reads."""
    who, reading = persona_of(ground, of.persona), narrowed(ground, of.persona)
    names = tuple(dict.fromkeys(name for name, _ in of.cuts))
    if len(names) < len(of.cuts):
        raise BadInput("A map is narrowed by each dimension once: choose one value of it.")
    if len(names) > MOST_DIMENSIONS:
        raise BadInput(f"A map is narrowed by up to {MOST_DIMENSIONS} dimensions, but {len(names)} came: {', '.join(names)}.")
    frame = reading.frame(of.period, names)
    cell = _segment(reading, frame, of.cuts)
    wanted = wanted_texts(reading, frame, cell if of.cuts else None)
    if who is not None:
        wanted = _among(reading, who, wanted)
    return _Side(reading, look(reading, journey, frame, cell, wanted, confidence))


def narrowed(ground: Ground, persona: str) -> Ground:
    """The same ground for the people of one persona; raises Missing for an unknown one."""
    who = persona_of(ground, persona)
    return replace(ground, who=(*ground.who, who), _done={}) if who else ground


def persona_of(ground: Ground, id: str) -> EverMatched | None:
    if not id:
        return None
    for one in ground.experience.personas:
        if one.id == id:
            return EverMatched(one.rule)
    raise Missing(unknown("persona", id, (one.id for one in ground.experience.personas)))


def _segment(ground: Ground, frame: Frame, cuts: tuple[tuple[str, str], ...]) -> int:
    if not cuts:
        return 0
    if len(cuts) == 1:
        return ground.segment(frame, cuts[0][1])
    wanted = tuple(value for _, value in cuts)
    for at, segment in enumerate(frame.segments):
        if frame.parts.get(segment) == wanted:
            return at
    for name, value in cuts:  # A value that nobody has is unknown; values that nobody has together are told as such.
        ground.segment(ground.frame(None, name), value)
    raise Missing(f"No signal has {' and '.join(f'{name} {value}' for name, value in cuts)} together. Take one of them away.")


def _among(ground: Ground, who: EverMatched, wanted: Callable[[TextFound], bool]) -> Callable[[TextFound], bool]:
    """Only texts of some people."""
    keys = ground.engine.select(Volume((who.rule,)), ground.open(), frozenset({0, 1}), (who,), "persona").keys
    person_of = cache(lambda actor, at: ground.timelines.person_of(name_key(actor), at))

    def both(text: TextFound) -> bool:
        return wanted(text) and bool(np.isin(person_of(text.actor, to_micros(text.occurred_at)), keys))

    return both


def _contrasts(
    journey: Journey,
    columns: Sequence[Column],
    found: Sequence[Sequence[Cell]],
    other: _Side,
    numbers: Sequence[Sequence[Number]],
    confidence: float,
) -> dict[tuple[int, int], Contrast]:
    """How every number differs from the same number beside it: one family, corrected together."""
    pairs: list[Pair] = []
    places: list[tuple[int, int]] = []
    for at, (column, cells) in enumerate(zip(columns, found, strict=True)):
        beside = {
            (one.lane, one.metric, one.subject, one.title): one for one in cells_of(other.ground, journey, column, other.seen)
        }
        for place, cell in enumerate(cells):
            there = beside[(cell.lane, cell.metric, cell.subject, cell.title)]
            pairs.append(_pair(cell, there, numbers[at][place], confidence))
            places.append((at, place))
    judgements = judged(pairs, Undefined("several metrics"), 1, confidence)
    return dict(zip(places, judgements, strict=True))


def _pair(cell: Cell, there: Cell, number: Number, confidence: float) -> Pair:
    def compare(sure: float) -> Comparison | Undefined:
        return compare_intervals(there.told(sure), cell.told(sure), sure)

    return Pair("beside", "here", there.told(confidence), number, compare)


def _live(cell: Cell, number: Number, contrast: Contrast | None) -> LiveCell:
    return LiveCell(cell.lane, cell.metric, cell.subject, cell.title, number, contrast)


def _column(column: Column, cells: Sequence[LiveCell]) -> LiveColumn:
    lanes: dict[str, tuple[LiveCell, ...]] = {}
    for cell in cells:
        lanes[cell.lane] = (*lanes.get(cell.lane, ()), cell)
    return LiveColumn(column.id, column.title, column.steps, column.stage, lanes)


def told_changes(found: LiveMap) -> Iterator[str]:
    """Each change that is more than noise, in words."""
    for column, cell in found.changed:
        assert cell.contrast is not None
        title = f"{LANES[cell.lane][0]}{f' ({cell.title})' if cell.title else ''}"
        yield f"{title} at '{column.title}' is {cell.contrast.verdict}"
