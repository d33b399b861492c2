"""The lanes of a live map: which numbers stand at a step or a stage, each ready to be told at any confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from touchpath.metrics.activity import estimate_contact_rate
from touchpath.metrics.catalogue import metric
from touchpath.metrics.metric import Metric, Number, Place
from touchpath.metrics.vitals import estimate_vital
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Journey, Step
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame, Ground
from touchpath.services.maps import Seen, contacts_at, named, way_number
from touchpath.services.subjects import asked, find_subject
from touchpath.services.targets import Plan, find_target
from touchpath.stats.rates import poisson_interval
from touchpath.timelines.amounts import Amounts
from touchpath.timelines.volume import Volume

#: What trackers call friction, see docs/guide/live.md.
FRICTION_KINDS = ("page.rage_clicked", "page.dead_clicked", "page.error")
SPEED_KIND, SPEED_PROPERTY = "page.measured", "measure"
SPEEDS = ("LCP", "INP", "CLS")
#: Every lane, in the order of the map, with its title and what it tells.
LANES = {
    "volume": ("Volume", "People who were at the step at all, on this journey or not."),
    "reach": ("Reached", "Of all who entered the journey, the share who came as far as this step in time."),
    "completion": ("From previous step", "Of those who reached the step before, the share who reached this one in time."),
    "drop_off": ("Drop-off", "Of those who reached the step before, the share who did not reach this one in time."),
    "time": ("Time to get here", "Time from the step before to this one, among those who reached both."),
    "task_success": ("Task success", "Of the attempts at a task of the step that are over, the share that succeeded."),
    "task_time": ("Time on task", "How long successful attempts at a task of the step took."),
    "errors": ("Errors", "Errors in each attempt at a task of the step."),
    "friction": ("Friction", "Of the people at the step's touchpoints, the share who clicked in rage or in vain, or met an error there."),
    "speed": ("Page speed", "The 75th percentile of page loads at the step's touchpoints (Core Web Vitals)."),
    "attitude": ("What people answered", "Satisfaction, effort, ease, recommendation and feelings, as asked at the step."),
    "contacts": ("Contacts", "Of the people at the step, the share who got in touch within seven days."),
    "own": ("Your own metrics", "Metrics of the model that speak for this stage."),
}  # fmt: skip
#: The metric whose words a lane opens to, where its cells do not name one of their own.
METRIC_OF_LANE = {
    "volume": "active_people", "reach": "conversion", "completion": "conversion", "drop_off": "conversion", "time": "time_to_convert",
    "contacts": "contact_rate",
}  # fmt: skip
_TASK_LANES = {"task_success": "task_success", "task_time": "task_time", "errors": "task_errors"}
_BY_STEP = "told step by step: look at the steps of this stage"

Told = Callable[[float], Number]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a lane before it is told. title: what it is of, where the lane has several."""

    lane: str
    metric: str
    subject: str
    title: str
    told: Told


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the map: a step, or a stage with its steps."""

    id: str
    title: str
    steps: tuple[Step, ...]
    stage: str
    whole: bool


def places_of(journey: Journey, zoom: str) -> tuple[Column, ...]:
    """The columns of a map at a zoom: "step" or "stage"; raises BadInput for another."""
    if zoom == "stage":
        return tuple(Column(one.id, one.title, one.steps, one.id, True) for one in journey.stages)
    if zoom != "step":
        raise BadInput(f"The zoom came as '{zoom}'. There are: stage, step.")
    return tuple(Column(step.id, step.title, (step,), stage.id, False) for stage in journey.stages for step in stage.steps)


def cells_of(ground: Ground, journey: Journey, place: Column, seen: Seen) -> Iterator[Cell]:
    """Every number of one column."""
    yield from _way(journey, place, seen, ground)
    tasks = dict.fromkeys(task for step in place.steps for task in step.tasks)
    for lane, name in _TASK_LANES.items():
        for task in tasks:
            yield Cell(lane, name, task, ground.experience.task(task).title, _metric(ground, name, task, seen))
    touched = tuple(dict.fromkeys(one for step in place.steps for one in step.touchpoints))
    yield Cell("friction", "", "", "", _friction(ground, touched, seen))
    for short in SPEEDS:
        yield Cell("speed", short.lower(), "", short, _speed(ground, touched, short, seen))
    questions = dict.fromkeys(question for step in place.steps for question in step.questions)
    for name, subject in asked(ground.experience, questions):
        yield Cell("attitude", name, subject, metric(name).title, _metric(ground, name, subject, seen))
    if place.whole:
        yield from _own(ground, journey, place.stage, seen)
    else:
        step = place.steps[0]
        yield Cell("contacts", "contact_rate", journey.id, "", lambda sure: contacts_at(ground, journey, step, seen, sure))


def _way(journey: Journey, place: Column, seen: Seen, ground: Ground) -> Iterator[Cell]:
    """Volume, reach, completion, drop-off and time."""
    if not place.whole:
        step = place.steps[0]
        yield Cell("volume", "active_people", journey.id, "", lambda sure: _people(seen, step, sure))
        for at, lane in enumerate(("reach", "completion", "drop_off", "time")):
            yield Cell(lane, METRIC_OF_LANE[lane], journey.id, "", _nth(step, seen, at))
        return
    rules = tuple(dict.fromkeys(step.match for step in place.steps))
    yield Cell("volume", "active_people", journey.id, "", lambda sure: _anywhere(ground, rules, seen, sure))
    last = next((step for step in reversed(place.steps) if step.id in seen.places), None)
    yield Cell("reach", "conversion", journey.id, "", _nth(last or place.steps[-1], seen, 0))
    for lane in ("completion", "drop_off", "time"):
        yield Cell(lane, METRIC_OF_LANE[lane], journey.id, "", lambda sure: Undefined(_BY_STEP, 0, "entrants"))


def _nth(step: Step, seen: Seen, at: int) -> Told:
    return lambda sure: way_number(step, seen, at, sure)


def _people(seen: Seen, step: Step, confidence: float) -> Number:
    people = seen.sizes[step.id][seen.cell]
    limits = poisson_interval(people, 1.0, confidence)
    return Estimate(float(people), limits.low, limits.high, people, "people", "count", confidence, "exact Poisson")


def _anywhere(ground: Ground, rules: tuple[EventRule, ...], seen: Seen, confidence: float) -> Number:
    """How many people met any of some rules."""
    counts = ground.once((rules, seen.frame.key), lambda: ground.summarise(Volume(rules[:1], among=rules), seen.frame))
    people = int(counts.base[seen.cell])
    limits = poisson_interval(people, 1.0, confidence)
    return Estimate(float(people), limits.low, limits.high, people, "people", "count", confidence, "exact Poisson")


def _metric(ground: Ground, name: str, subject: str, seen: Seen) -> Told:
    """A metric of the catalogue; what it cannot be measured of costs this number, not the map."""
    one: Metric[Any, Any] = metric(name)

    def told(confidence: float) -> Number:
        try:
            _, of, _ = find_subject(ground.experience, one, subject)
            number = one.estimate(
                ground.once((name, subject, seen.frame.key), lambda: ground.summarise(one.fold(of), seen.frame)),
                seen.cell,
                confidence,
            )
        except (BadInput, Missing) as error:
            return Undefined(str(error))
        return (
            number
            if isinstance(number, Undefined) or number.n >= one.minimum_n
            else Undefined(f"{number.n} {number.n_unit}, and this number needs {one.minimum_n}", number.n, number.n_unit)
        )

    return told  # fmt: skip


def _kinds(frame: Frame) -> frozenset[str]:
    return frozenset(frame.timelines.words.get("kind", ()))


def _at_touchpoints(kinds: tuple[str, ...], touchpoints: tuple[str, ...], *more: Condition) -> EventRule:
    return EventRule(kinds, (Condition("touchpoint", "in", touchpoints), *more))


def _friction(ground: Ground, touchpoints: tuple[str, ...], seen: Seen) -> Told:
    if not touchpoints:
        return lambda sure: Undefined("the step names no touchpoint")
    if not _kinds(seen.frame) & set(FRICTION_KINDS):
        return lambda sure: Undefined(f"no friction is recorded: no signal of {', '.join(FRICTION_KINDS)} came")
    fold = Volume((_at_touchpoints(FRICTION_KINDS, touchpoints),), among=(_at_touchpoints((), touchpoints),))
    nobody = "no signal says that somebody was at the step's touchpoints"

    def told(confidence: float) -> Number:
        counts = ground.once((fold, seen.frame.key, "friction"), lambda: ground.summarise(fold, seen.frame))
        number = estimate_contact_rate(counts, seen.cell, confidence)
        return Undefined(nobody, 0, "people") if isinstance(number, Undefined) else number

    return told


def _speed(ground: Ground, touchpoints: tuple[str, ...], short: str, seen: Seen) -> Told:
    if not touchpoints:
        return lambda sure: Undefined("the step names no touchpoint", 0, "page loads")
    if SPEED_KIND not in _kinds(seen.frame):
        return lambda sure: Undefined(f"no page speed is recorded: no signal of {SPEED_KIND} came", 0, "page loads")
    if SPEED_PROPERTY not in ground.experience.properties:
        words = f"the model declares no property '{SPEED_PROPERTY}': tie a metric such as 'lcp' to a query that reads it"
        return lambda sure: Undefined(words, 0, "page loads")
    measure = Condition(f"properties.{SPEED_PROPERTY}", "equals", short)
    fold = Amounts(_at_touchpoints((SPEED_KIND,), touchpoints, measure))

    def told(confidence: float) -> Number:
        counts = ground.once((fold, seen.frame.key, "speed"), lambda: ground.summarise(fold, seen.frame))
        return estimate_vital(counts, Place(seen.cell, scale=fold.scale), confidence)

    return told


def _own(ground: Ground, journey: Journey, stage: str, seen: Seen) -> Iterator[Cell]:
    """The model's metrics of a stage that are told of the frame that the map is in; others have a page of their own."""
    for definition in ground.experience.metrics:
        if definition.journey == journey.id and definition.stage == stage and definition.kind != "composite":
            yield Cell("own", definition.id, "", definition.title, _defined(ground, definition.id, seen))


def _defined(ground: Ground, name: str, seen: Seen) -> Told:
    def plan() -> Plan:
        return find_target(ground.experience, name, "", ground.zone).plan(ground, seen.frame.dimensions, None, seen.frame.span)

    def told(confidence: float) -> Number:
        try:
            return ground.once((name, seen.frame.key, "own"), plan).number(ground, seen.cell, confidence)
        except (BadInput, Missing) as error:
            return Undefined(str(error))

    return told


def label(cell: Cell, number: Number, seen: Seen) -> Number:
    """The number with the definition, period and data that it belongs to."""
    return named(number, cell.metric or cell.lane, seen)
