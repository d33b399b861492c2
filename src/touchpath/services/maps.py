"""The journey map: a designed journey with what was observed on it, step by step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Literal

from touchpath.metrics.activity import estimate_people
from touchpath.metrics.catalogue import metric
from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.journeys import estimate_conversion, estimate_lost, estimate_reach, estimate_step, estimate_step_time
from touchpath.metrics.metric import Number
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Journey, Step
from touchpath.model.keys import name_key
from touchpath.model.rules import EventRule
from touchpath.model.time import Period, to_micros
from touchpath.services.ground import Frame, Ground
from touchpath.services.measure import words_of
from touchpath.services.results import JourneyMap, LaneNumber, StageMap, StepMap
from touchpath.services.subjects import asked, find_subject
from touchpath.services.texts import latest_texts
from touchpath.stats.rates import poisson_interval
from touchpath.store.search import SearchStore, TextFound
from touchpath.timelines.fold import Fold
from touchpath.timelines.funnel import Funnel, FunnelCounts
from touchpath.timelines.volume import Volume, VolumeCounts

#: Somebody who gets in touch within this time of a step is counted as a contact of that step.
CONTACT_WINDOW = timedelta(days=7)
VERBATIMS_PER_STEP = 3
#: Metrics of a task on the map.
TASK_METRICS = ("task_success", "task_time")
#: What a map may tell of a step besides how people come to it.
StepPart = Literal["contacts", "tasks", "attitude", "verbatims"]
STEP_PARTS: tuple[StepPart, ...] = ("contacts", "tasks", "attitude", "verbatims")
#: Volume folds take this many rules at once.
_RULES_AT_ONCE = 30

_NOT_IN_FUNNEL = "not everybody has to pass this step, so it is no part of the way from step to step"
_FIRST = "the first step has none before it"
_OF_THE_WAY = (estimate_reach, estimate_step, estimate_lost, estimate_step_time)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one map reads: the frame, the cell of its segment, and the counts of the whole way and of each step.

    sizes: people at each step in every cell of the frame, by which small groups are hidden. whole: what counts the way.
    """

    frame: Frame
    cell: int
    way: FunnelCounts
    places: dict[str, int]
    people: dict[str, Number]
    wanted: Callable[[TextFound], bool]
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    whole: Funnel | None = None

    def volume(self, step: Step, confidence: float) -> Number:
        """How many people were at a step."""
        people = self.sizes[step.id][self.cell]
        limits = poisson_interval(people, 1.0, confidence)
        return Estimate(float(people), limits.low, limits.high, people, "people", "count", confidence, "exact Poisson")


def map_journey(
    ground: Ground, index: SearchStore, id: str, period: Period | None, by: str, segment: str, confidence: float
) -> JourneyMap:
    """A designed journey with its numbers, for everybody or for one segment of a dimension."""
    journey = ground.experience.journey(id)
    if ground.span() is None:
        return unseen_map(ground, journey)
    frame = ground.frame(period, by)
    cell = ground.segment(frame, segment) if by else 0
    seen = look(ground, journey, frame, cell, wanted_texts(ground, frame, cell if by else None), confidence)
    return map_seen(ground, index, journey, seen, segment, confidence)


def map_seen(
    ground: Ground,
    index: SearchStore,
    journey: Journey,
    seen: Seen,
    segment: str,
    confidence: float,
    told: Collection[StepPart] = STEP_PARTS,
) -> JourneyMap:
    """The map of what was read. told: what else of a step is told besides the way; the rest stays untold."""
    frame = seen.frame
    stages = tuple(
        StageMap(stage, tuple(_step(ground, index, journey, step, seen, confidence, told) for step in stage.steps))
        for stage in journey.stages
    )
    entrants, waiting = int(seen.way.entrants[seen.cell]), int(seen.way.open[seen.cell])
    names = ("conversion", *TASK_METRICS)
    return JourneyMap(
        journey=journey,
        stages=stages,
        entrants=entrants,
        open_entrants=waiting,
        conversion=named(estimate_conversion(seen.way, seen.cell, confidence), "conversion", seen),
        finding=find(journey, stages),
        period=frame.span,
        data_version=frame.timelines.data_version,
        words={name: words_of(metric(name)) for name in names},
        segment=segment,
        maturity=max(journey.window, CONTACT_WINDOW if journey.contacts else timedelta()),
    )


def named(number: Number, definition: str, seen: Seen) -> Number:
    return number.named(definition, seen.frame.span, seen.frame.timelines.data_version)


def unseen_map(ground: Ground, journey: Journey) -> JourneyMap:
    """The map of a journey while there are no signals: every number is missing, and says why."""
    nothing = Undefined("there are no signals yet")
    steps = {step.id: StepMap(step, *(nothing,) * 6, open=0) for step in journey.steps}
    stages = tuple(StageMap(stage, tuple(steps[step.id] for step in stage.steps)) for stage in journey.stages)
    version = ground.open().data_version
    return JourneyMap(journey, stages, 0, 0, nothing, find(journey, stages), None, version)


def wanted_texts(ground: Ground, frame: Frame, segment: int | None) -> Callable[[TextFound], bool]:
    """Which texts belong to a map: those of its period, of the people whom the ground reads and, by the same cut as its numbers, of its
    segment (None = of all).

    A text tells the value of a dimension of signals itself; that of any other is looked up on the timeline of who wrote it.
    """
    dimension = frame.cut.cut.dimension
    words = frame.words_of(segment) if segment is not None else frozenset()
    person_of = cache(lambda actor, at: ground.timelines.person_of(name_key(actor), at))

    def wanted(text: TextFound) -> bool:
        if not frame.span.start <= text.occurred_at < frame.span.end or not in_segment(text):
            return False
        return not ground.who or person_of(text.actor, to_micros(text.occurred_at)) in _readers(ground)

    def in_segment(text: TextFound) -> bool:
        if segment is None:
            return True
        if dimension is None:
            return frame.segment_at(person_of(text.actor, to_micros(text.occurred_at)), text.key) == segment
        if dimension.level == "signal":
            return (text.kind if dimension.field == "kind" else text.fields.get(dimension.field, "")) in words
        return frame.segment_at(person_of(text.actor, to_micros(text.occurred_at)), text.key) == segment

    return wanted


def _readers(ground: Ground) -> frozenset[int]:
    """The keys of the people whom a ground reads."""

    def read() -> frozenset[int]:
        anybody = Volume((EventRule(()),))
        return frozenset(
            ground.engine.select(anybody, ground.open(), frozenset({0, 1}), ground.who, "people of the map").keys.tolist()
        )

    return ground.once("people of the map", read)


def look(
    ground: Ground,
    journey: Journey,
    frame: Frame,
    cell: int,
    wanted: Callable[[TextFound], bool],
    confidence: float,
    steps: bool = True,
) -> Seen:
    """The passes over all steps: the way through the needed ones, and how many people were at each; with `steps` their other numbers, too."""
    needed = journey.needed or journey.steps
    whole = Funnel(tuple(step.match for step in needed), journey.window, same=journey.same)
    folds: list[Fold[Any]] = [whole, *_volume_folds(journey), *(_step_folds(ground, journey) if steps else ())]
    ground.read_ahead((fold, frame) for fold in folds)
    way = ground.summarise(whole, frame)
    places = {step.id: place for place, step in enumerate(needed)}
    people, sizes = _volumes(ground, journey, frame, cell, confidence)
    return Seen(frame, cell, way, places, people, wanted, sizes, whole)


def _volume_folds(journey: Journey) -> Iterator[Volume]:
    for start in range(0, len(journey.steps), _RULES_AT_ONCE):
        yield Volume(tuple(step.match for step in journey.steps[start : start + _RULES_AT_ONCE]))


def contact_fold(there: EventRule, contacts: EventRule) -> Funnel:
    """Counts who got in touch soon after a signal that says that they were there."""
    return Funnel((there, contacts), CONTACT_WINDOW)


def _step_folds(ground: Ground, journey: Journey) -> Iterator[Fold[Any]]:
    """What the lanes of the steps read; what cannot be measured is told where its number stands."""
    for step in journey.steps:
        if journey.contacts is not None:
            yield contact_fold(step.match, journey.contacts)
        for name, subject in lanes_of(ground, step):
            with suppress(BadInput):
                one = metric(name)
                yield one.fold(find_subject(ground.experience, one, subject)[1])


def lanes_of(ground: Ground, step: Step) -> list[tuple[str, str]]:
    """The metrics of a step's tasks and questions, each with what it is measured of."""
    return [(name, task) for task in step.tasks for name in TASK_METRICS] + asked(ground.experience, step.questions)


def _volumes(
    ground: Ground, journey: Journey, frame: Frame, cell: int, confidence: float
) -> tuple[dict[str, Number], dict[str, tuple[int, ...]]]:
    """People at each step in one cell, and how many in every cell."""
    found: list[Number] = []
    sizes: list[tuple[int, ...]] = []
    for fold in _volume_folds(journey):
        counts: VolumeCounts = ground.summarise(fold, frame)
        found += (estimate_people(counts, cell, place, confidence) for place in range(len(fold.rules)))
        sizes += (tuple(map(int, counts.people[:, place])) for place in range(len(fold.rules)))
    ids = [step.id for step in journey.steps]
    return dict(zip(ids, found, strict=True)), dict(zip(ids, sizes, strict=True))


def _step(
    ground: Ground, index: SearchStore, journey: Journey, step: Step, seen: Seen, confidence: float, told: Collection[StepPart]
) -> StepMap:
    contacts = contacts_at(ground, journey, step, seen, confidence) if "contacts" in told else Undefined("not asked for")
    reach, completion, drop_off, time = way_numbers(step, seen, confidence)
    return StepMap(
        step=step,
        volume=named(seen.people[step.id], "volume", seen),
        reach=named(reach, "reach", seen),
        completion=named(completion, "completion", seen),
        drop_off=named(drop_off, "drop_off", seen),
        time=named(time, "step_time", seen),
        contacts=named(contacts, "contacts", seen),
        open=int(seen.way.open[seen.cell]),
        tasks=_task_numbers(ground, step, seen, confidence) if "tasks" in told else (),
        attitude=_attitude(ground, step, seen, confidence) if "attitude" in told else (),
        verbatims=latest_texts(index, _speaking(ground, step), VERBATIMS_PER_STEP, seen.wanted) if "verbatims" in told else (),
    )


def way_numbers(step: Step, seen: Seen, confidence: float) -> tuple[Number, Number, Number, Number]:
    """Reach, completion, drop-off and time."""
    reach, completion, lost, time = (way_number(step, seen, at, confidence) for at in range(len(_OF_THE_WAY)))
    return reach, completion, lost, time


def way_number(step: Step, seen: Seen, at: int, confidence: float) -> Number:
    """One of the four: 0 = reach, 1 = completion, 2 = drop-off, 3 = time."""
    place = seen.places.get(step.id)
    if place is None:
        return Undefined(_NOT_IN_FUNNEL, 0, "entrants")
    if place == 0 and at > 0:
        return Undefined(_FIRST, 0, "entrants")
    return _OF_THE_WAY[at](seen.way, seen.cell, place, confidence)


def contacts_at(ground: Ground, journey: Journey, step: Step, seen: Seen, confidence: float) -> Number:
    """Of the people at a step, the share who got in touch within seven days of it."""
    return contacts_of(ground, journey, step.match, seen, confidence)


def contacts_of(ground: Ground, journey: Journey, there: EventRule, seen: Seen, confidence: float) -> Number:
    """The same of the people with a signal that says that they were there."""
    if journey.contacts is None:
        return Undefined("the journey does not say which signals are contacts", 0, "people")
    counts = ground.summarise(contact_fold(there, journey.contacts), seen.frame)
    ratio = counts.from_entry.cell(seen.cell * 2 + 1)
    return conclude_share(ratio, "people", "nobody was here whose seven days are over", confidence)


def _task_numbers(ground: Ground, step: Step, seen: Seen, confidence: float) -> tuple[LaneNumber, ...]:
    return tuple(lane_number(ground, name, task, seen, confidence) for task in step.tasks for name in TASK_METRICS)


def _attitude(ground: Ground, step: Step, seen: Seen, confidence: float) -> tuple[LaneNumber, ...]:
    return tuple(
        lane_number(ground, name, subject, seen, confidence) for name, subject in asked(ground.experience, step.questions)
    )


def lane_number(ground: Ground, name: str, subject: str, seen: Seen, confidence: float) -> LaneNumber:
    """One number of a lane; a subject that the metric cannot be measured of costs this number, not the map."""
    one = metric(name)
    _, of, _ = find_subject(ground.experience, one, subject)
    try:
        number = one.estimate(ground.summarise(one.fold(of), seen.frame), seen.cell, confidence)
    except BadInput as error:
        number = Undefined(str(error))
    return LaneNumber(words_of(one), named(number, name, seen), subject)


def _speaking(ground: Ground, step: Step) -> list[tuple[str, EventRule]]:
    """The rules whose texts belong to a step: its questions' answers, then the step's own signals."""
    questions = [ground.experience.question(id) for id in step.questions]
    return [(question.title, question.asked) for question in questions] + [(step.title, step.match)]


def find(journey: Journey, stages: Sequence[StageMap]) -> str:
    """The largest loss in one sentence, or why there is none to tell."""
    steps = [step for stage in stages for step in stage.steps]
    lost = [(step.drop_off, step.step) for step in steps if isinstance(step.drop_off, Estimate)]
    if not lost:
        return f"There is nothing to tell yet: nobody has been seen on '{journey.title}' long enough."
    worst, step = max(lost, key=lambda pair: (pair[0].value, pair[0].n))
    if worst.value == 0:
        return f"Nobody was lost on the way: all {worst.n:,} {worst.n_unit} whose time is up came to the end."
    ordered = journey.needed
    before = ordered[ordered.index(step) - 1].title if step in ordered[1:] else "the start"
    return (
        f"Most are lost between '{before}' and '{step.title}': {worst.value:.1%} "
        f"({worst.low:.1%} to {worst.high:.1%}) of {worst.n:,} {worst.n_unit}."
    )
