"""The live map of a journey: lanes by stage, step, touchpoint or task, narrowed to some people, beside another period, other people or
another version of its design."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Undefined
from touchpath.model.experience import Experience, Journey, Step
from touchpath.model.time import Period
from touchpath.services.compared import Contrast
from touchpath.services.comparing import uncovered
from touchpath.services.ground import Frame, Ground
from touchpath.services.journey_versions import as_designed
from touchpath.services.lanes import LANES, cells_of, label, places_of
from touchpath.services.map_columns import Cell, Column
from touchpath.services.map_contrasts import Beside, contrasts_of
from touchpath.services.maps import Seen, StepPart, look, map_seen, unseen_map, wanted_texts
from touchpath.services.results import JourneyMap, Number
from touchpath.store.search import SearchStore
from touchpath.timelines.crossing import MOST_DIMENSIONS
from touchpath.timelines.who import EverMatched

#: What the model said at a revision; raises Missing for one that there is not.
Designs = Callable[[int], Experience]


@dataclass(frozen=True, slots=True)
class Slice:
    """Whom, when and which design a map is about. cuts: (dimension, value) pairs that all hold; persona, role: their ids, "" = everybody;
    revision: of the model that the journey was designed in, 0 = the one in force."""

    period: Period | None = None
    cuts: tuple[tuple[str, str], ...] = ()
    persona: str = ""
    role: str = ""
    revision: int = 0

    @property
    def narrowed(self) -> bool:
        """Whether it is about some people only."""
        return bool(self.cuts or self.persona or self.role)


@dataclass(frozen=True, slots=True)
class MapAsked:
    """What a live map is asked for. beside: what each number is compared with; lanes: their ids, () = all; words: with what people wrote."""

    journey: str
    of: Slice = Slice()
    beside: Slice | None = None
    zoom: str = "step"
    lanes: tuple[str, ...] = ()
    words: bool = True


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
    """A stage with its steps, a step, or a touchpoint or task of one, and its numbers by lane.

    version: "added" or "removed" where only one of two versions of the journey that stand beside each other has it.
    """

    id: str
    title: str
    steps: tuple[Step, ...]
    stage: str
    lanes: Mapping[str, tuple[LiveCell, ...]]
    version: str = ""


@dataclass(frozen=True, slots=True)
class LiveMap:
    """whole: the map with its words and findings. compared: so many numbers stand beside another. beside: the period that they are of.

    older: the journey as it is designed beside, where that is another version of it.
    """

    whole: JourneyMap
    columns: tuple[LiveColumn, ...]
    lanes: tuple[str, ...]
    zoom: str
    compared: int = 0
    beside: Period | None = None
    older: Journey | None = None

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

    @property
    def changes(self) -> tuple[tuple[tuple[LiveColumn, ...], LiveCell], ...]:
        """The same, each number once with all the columns that it stands in."""
        found: dict[int, tuple[list[LiveColumn], LiveCell]] = {}
        for column, cell in self.changed:
            found.setdefault(id(cell.contrast), ([], cell))[0].append(column)
        return tuple((tuple(columns), cell) for columns, cell in found.values())


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a map: its ground, the journey as it is designed there, what was read, and the numbers of each column."""

    ground: Ground
    journey: Journey
    seen: Seen
    columns: tuple[Column, ...]
    cells: tuple[tuple[Cell, ...], ...]


def show_live_map(
    ground: Ground, index: SearchStore, asked: MapAsked, confidence: float, designs: Designs | None = None
) -> LiveMap:
    """The map that is asked for; raises BadInput or Missing for what there is not."""
    lanes = _lanes(asked.lanes)
    if ground.span() is None:
        return _unseen(ground, asked, lanes)
    side = _side(ground, asked, asked.of, lanes, confidence, designs)
    other = _side(ground, asked, asked.beside, lanes, confidence, designs) if asked.beside else None
    numbers = [[label(one, one.told(confidence), side.seen) for one in column] for column in side.cells]
    found: Mapping[tuple[int, int], Contrast] = {}
    if other is not None:
        same = replace(asked.of, revision=0) == replace(asked.beside or asked.of, revision=0)
        found = contrasts_of(side.cells, numbers, _beside(side, other), same and asked.of != asked.beside, confidence)
        if why := _unlike_times(side, other):
            found = {place: _not_compared(one, why) for place, one in found.items()}
    shown = [
        _column(column, [_live(cell, number, found.get((at, place))) for place, (cell, number) in enumerate(zip(cells, told, strict=True))])
        for at, (column, cells, told) in enumerate(zip(side.columns, side.cells, numbers, strict=True))
    ]  # fmt: skip
    older = other.journey if other is not None and other.journey != side.journey else None
    if other is not None and older is not None:
        shown = _with_removed(shown, side, other, confidence)
    words: tuple[StepPart, ...] = ("verbatims",) if asked.words else ()
    whole = map_seen(side.ground, index, side.journey, side.seen, titled(asked.of), confidence, words)
    told = len({id(one) for one in found.values() if one.p_family is not None})
    return LiveMap(whole, tuple(shown), lanes, asked.zoom, told, other.seen.frame.span if other else None, older)


def _unlike_times(side: _Side, other: _Side) -> str:
    """Why two maps of different times are not compared: one of them is not over, or began before the data; "" where they may be."""
    if side.seen.frame.span == other.seen.frame.span:
        return ""
    whys = (uncovered(one.ground, one.seen.frame.span) for one in (side, other))
    return next((why for why in whys if why), "")


def _not_compared(one: Contrast, why: str) -> Contrast:
    return Contrast(one.before_title, one.after_title, one.before, one.after, Undefined(why), segment=one.segment)


def titled(of: Slice) -> str:
    """The segment of a map in words."""
    return " and ".join(value for _, value in of.cuts)


def _lanes(named: Sequence[str]) -> tuple[str, ...]:
    for one in named:
        if one not in LANES:
            raise Missing(unknown("lane", one, LANES))
    return tuple(one for one in LANES if not named or one in named)


def _unseen(ground: Ground, asked: MapAsked, lanes: tuple[str, ...]) -> LiveMap:
    nothing, journey = Undefined("there are no signals yet"), ground.experience.journey(asked.journey)
    columns = places_of(journey, asked.zoom, ground.experience)
    cells = {lane: (LiveCell(lane, "", "", "", nothing),) for lane in lanes}
    shown = tuple(LiveColumn(one.id, one.title, one.steps, one.stage, cells) for one in columns)
    return LiveMap(unseen_map(ground, journey), shown, lanes, asked.zoom)


def _side(
    ground: Ground, asked: MapAsked, of: Slice, lanes: tuple[str, ...], confidence: float, designs: Designs | None
) -> _Side:
    """What one side of the map reads; all of it is read together."""
    reading = narrowed(designed(ground, of.revision, asked.journey, designs), of.persona, of.role)
    journey = reading.experience.journey(asked.journey)
    columns = places_of(journey, asked.zoom, reading.experience)
    names = tuple(dict.fromkeys(name for name, _ in of.cuts))
    if len(names) < len(of.cuts):
        raise BadInput("A map is narrowed by each dimension once: choose one value of it.")
    if len(names) > MOST_DIMENSIONS:
        raise BadInput(f"A map is narrowed by up to {MOST_DIMENSIONS} dimensions, but {len(names)} came: {', '.join(names)}.")
    frame = reading.frame(of.period, names)
    cell = _segment(reading, frame, of.cuts)
    wanted = wanted_texts(reading, frame, cell if of.cuts else None)
    seen = look(reading, journey, frame, cell, wanted, confidence, steps=False)
    cells = tuple(tuple(one for one in cells_of(reading, journey, column, seen) if one.lane in lanes) for column in columns)
    reading.read_ahead((one.fold, frame) for column in cells for one in column if one.fold is not None)
    return _Side(reading, journey, seen, columns, cells)


def designed(ground: Ground, revision: int, journey: str, designs: Designs | None) -> Ground:
    """The same ground with a journey as another revision of the model designed it; raises Missing where there is none."""
    if not revision or revision == ground.revision:
        return ground
    if designs is None:
        raise Missing("This workspace keeps no revisions of its model, so there is no other version to look at.")
    then = as_designed(ground.experience, designs(revision), journey)
    return replace(ground, experience=then, revision=revision, _opened={}, _joined={}, _done={})


def narrowed(ground: Ground, persona: str, role: str = "") -> Ground:
    """The same ground for the people of one persona and one role; raises Missing for an unknown one."""
    rules = (persona_of(ground.experience, persona), role_of(ground.experience, role))
    who = tuple(one for one in rules if one is not None)
    return replace(ground, who=(*ground.who, *who), _done={}) if who else ground


def persona_of(experience: Experience, id: str) -> EverMatched | None:
    """Who fits a persona; None for no persona, raises Missing for an unknown one."""
    if not id:
        return None
    for one in experience.personas:
        if one.id == id:
            return EverMatched(one.rule)
    raise Missing(unknown("persona", id, (one.id for one in experience.personas)))


def role_of(experience: Experience, id: str) -> EverMatched | None:
    """Who has a role; None for no role, raises Missing for an unknown one."""
    return EverMatched(experience.role(id).rule) if id else None


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


def _beside(side: _Side, other: _Side) -> Sequence[Beside | None]:
    """For each column of a side the same column of the other; None where it has none."""
    there = dict(zip((one.id for one in other.columns), other.cells, strict=True))
    return [Beside({one.key: one for one in there[column.id]}) if column.id in there else None for column in side.columns]


def _with_removed(shown: Sequence[LiveColumn], side: _Side, other: _Side, confidence: float) -> list[LiveColumn]:
    """The columns of both versions: what only the older one has stands after what came before it there."""
    here, there = {one.id for one in side.columns}, {one.id for one in other.columns}
    found = [one if one.id in there else replace(one, version="added") for one in shown]
    gone = Undefined("no longer part of the journey")
    place = 0
    for column, cells in zip(other.columns, other.cells, strict=True):
        if column.id in here:
            place = next(at for at, one in enumerate(found) if one.id == column.id) + 1
            continue
        told = [label(one, one.told(confidence), other.seen) for one in cells]
        lost = [
            _live(cell, gone, Contrast("beside", "here", number, gone, gone)) for cell, number in zip(cells, told, strict=True)
        ]
        stage = column.stage if any(one.id == column.stage for one in side.journey.stages) else ""
        stage = stage or (found[place - 1].stage if place else side.journey.stages[0].id)
        found.insert(place, replace(_column(column, lost), stage=stage, version="removed"))
        place += 1
    return found


def _live(cell: Cell, number: Number, contrast: Contrast | None) -> LiveCell:
    return LiveCell(cell.lane, cell.metric, cell.subject, cell.title, number, contrast)


def _column(column: Column, cells: Sequence[LiveCell]) -> LiveColumn:
    lanes: dict[str, tuple[LiveCell, ...]] = {}
    for cell in cells:
        lanes[cell.lane] = (*lanes.get(cell.lane, ()), cell)
    return LiveColumn(column.id, column.title, column.steps, column.stage, lanes)
