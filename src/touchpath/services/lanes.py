"""The lanes of a live map: which numbers stand at a stage, a step, a touchpoint or a task, each ready to be told at any confidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from touchpath.metrics.catalogue import metric
from touchpath.metrics.metric import Metric, Number
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Brand, Experience, Journey, Question, Step
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Ground
from touchpath.services.map_columns import Cell, Column, Told
from touchpath.services.maps import Seen, contact_fold, contacts_of, named, way_number
from touchpath.services.subjects import asked, find_subject
from touchpath.services.targets import Plan, find_target
from touchpath.services.touchpoint_lanes import cells_at_touchpoints
from touchpath.stats.rates import poisson_interval
from touchpath.timelines.volume import Volume
from touchpath.timelines.who import restrict

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
    "accessibility": ("Accessibility", "Of the checks of pages at the step's touchpoints, the share that found no violation, and how many a check found."),
    "attitude": ("What people answered", "Satisfaction, effort, ease, recommendation and feelings, as asked at the step."),
    "contacts": ("Contacts", "Of the people at the step, the share who got in touch within seven days."),
    "cost": ("Cost", "What was booked as a cost at the step's touchpoints, for each person who was there."),
    "own": ("Your own metrics", "Metrics of the model that speak for this stage."),
}  # fmt: skip
#: The metric whose words a lane opens to, where its cells do not name one of their own.
METRIC_OF_LANE = {
    "volume": "active_people", "reach": "conversion", "completion": "conversion", "drop_off": "conversion", "time": "time_to_convert",
    "accessibility": "accessible_pages", "contacts": "contact_rate", "cost": "cost_to_serve",
}  # fmt: skip
#: How near one may look, from far to close.
ZOOMS = ("stage", "step", "touchpoint", "task")
_TASK_LANES = {"task_success": "task_success", "task_time": "task_time", "errors": "task_errors"}
_BY_STEP = "told step by step: look at the steps"


def places_of(journey: Journey, zoom: str, experience: Experience | None = None) -> tuple[Column, ...]:
    """The columns of a map at a zoom; raises BadInput for another. experience: has the titles of touchpoints and tasks."""
    if zoom == "stage":
        return tuple(
            Column(one.id, one.title, one.steps, one.id, zoom, tuple(dict.fromkeys(step.match for step in one.steps)))
            for one in journey.stages
        )
    if zoom not in ZOOMS:
        raise BadInput(f"The zoom came as '{zoom}'. There are: {', '.join(ZOOMS)}.")
    near = {"step": _step, "touchpoint": _touchpoints, "task": _tasks}[zoom]
    return tuple(
        column for stage in journey.stages for step in stage.steps for column in near(step, stage.id, experience or _NO_MODEL)
    )


_NO_MODEL = Experience(Brand("", ""))


def _step(step: Step, stage: str, _experience: Experience) -> Iterator[Column]:
    yield Column(step.id, step.title, (step,), stage, "step", (step.match,))


def _touchpoints(step: Step, stage: str, experience: Experience) -> Iterator[Column]:
    titles = {one.id: one.title for one in experience.touchpoints}
    for id in step.touchpoints:
        met = replace(step, touchpoints=(id,), tasks=())
        rules = (restrict(step.match, at_touchpoint(id)),)
        yield Column(f"{step.id}:{id}", titles.get(id, id), (met,), stage, "touchpoint", rules, id)


def _tasks(step: Step, stage: str, experience: Experience) -> Iterator[Column]:
    tasks = {one.id: one for one in experience.tasks}
    for id in step.tasks:
        begun = (tasks[id].start,) if id in tasks else ()
        tried = replace(step, touchpoints=(), questions=(), tasks=(id,))
        yield Column(f"{step.id}:{id}", tasks[id].title if id in tasks else id, (tried,), stage, "task", begun)


def at_touchpoint(id: str) -> Condition:
    """The condition "it happened at this touchpoint"."""
    return Condition("touchpoint", "equals", id)


def cells_of(ground: Ground, journey: Journey, place: Column, seen: Seen) -> Iterator[Cell]:
    """Every number of one column."""
    yield from _way(journey, place, seen, ground)
    tasks = dict.fromkeys(task for step in place.steps for task in step.tasks)
    for lane, name in _TASK_LANES.items():
        for task in tasks:
            yield _metric(ground, lane, name, task, seen, ground.experience.task(task).title)
    if place.zoom != "task":
        touched = tuple(dict.fromkeys(one for step in place.steps for one in step.touchpoints))
        yield from cells_at_touchpoints(ground, journey, touched, seen)
    questions = dict.fromkeys(question for step in place.steps for question in step.questions)
    for name, subject in asked(ground.experience, questions):
        yield _metric(ground, "attitude", name, subject, seen, metric(name).title, place.touchpoint)
    if place.zoom == "stage":
        yield from _own(ground, journey, place.stage, seen)
    elif place.rules:
        yield _contacts(ground, journey, place.rules[0], seen)


def _contacts(ground: Ground, journey: Journey, there: EventRule, seen: Seen) -> Cell:
    fold = contact_fold(there, journey.contacts) if journey.contacts else None
    return Cell(
        "contacts", "contact_rate", journey.id, "", lambda sure: contacts_of(ground, journey, there, seen, sure), fold, fold
    )


def _way(journey: Journey, place: Column, seen: Seen, ground: Ground) -> Iterator[Cell]:
    """Volume, reach, completion, drop-off and time."""
    volume = Volume(place.rules[:1], among=place.rules) if place.rules else None
    if place.zoom == "step":
        step = place.steps[0]
        yield Cell("volume", "active_people", journey.id, "", lambda sure: seen.volume(step, sure), meaning=volume)
        for at, lane in enumerate(("reach", "completion", "drop_off", "time")):
            meaning = (seen.whole, seen.places.get(step.id), at)
            yield Cell(lane, METRIC_OF_LANE[lane], journey.id, "", _nth(step, seen, at), meaning=meaning)
        return
    if volume is not None:
        told = _anywhere(ground, volume, seen)
        yield Cell("volume", "active_people", journey.id, "", told, volume, volume)
    if place.zoom != "stage":
        return
    last = next((step for step in reversed(place.steps) if step.id in seen.places), None)
    meaning = (seen.whole, seen.places[last.id] if last else None, 0)
    yield Cell("reach", "conversion", journey.id, "", _nth(last or place.steps[-1], seen, 0), meaning=meaning)
    for lane in ("completion", "drop_off", "time"):
        yield Cell(lane, METRIC_OF_LANE[lane], journey.id, "", lambda sure: Undefined(_BY_STEP, 0, "entrants"))


def _nth(step: Step, seen: Seen, at: int) -> Told:
    return lambda sure: way_number(step, seen, at, sure)


def _anywhere(ground: Ground, fold: Volume, seen: Seen) -> Told:
    """How many people met any of some rules."""

    def told(confidence: float) -> Number:
        people = int(ground.summarise(fold, seen.frame).base[seen.cell])
        limits = poisson_interval(people, 1.0, confidence)
        return Estimate(float(people), limits.low, limits.high, people, "people", "count", confidence, "exact Poisson")

    return told


def _metric(ground: Ground, lane: str, name: str, subject: str, seen: Seen, title: str, touchpoint: str = "") -> Cell:
    """A metric of the catalogue; what it cannot be measured of costs this number, not the map. touchpoint: of answers given there only."""
    one: Metric[Any, Any] = metric(name)
    try:
        _, of, _ = find_subject(ground.experience, one, subject)
        fold = one.fold(_given_at(of, touchpoint))
    except (BadInput, Missing) as error:
        reason = str(error)
        return Cell(lane, name, subject, title, lambda sure: Undefined(reason))

    def told(confidence: float) -> Number:
        try:
            number = one.estimate(ground.summarise(fold, seen.frame), seen.cell, confidence)
        except BadInput as error:
            return Undefined(str(error))
        if isinstance(number, Undefined) or number.n >= one.minimum_n:
            return number
        return Undefined(f"{number.n} {number.n_unit}, and this number needs {one.minimum_n}", number.n, number.n_unit)

    return Cell(lane, name, subject, title, told, fold, fold)


def _given_at(of: Any, touchpoint: str) -> Any:
    """A question, or the items of a questionnaire, with only the answers that were given at a touchpoint."""
    if not touchpoint:
        return of
    if isinstance(of, Question):
        return replace(of, asked=restrict(of.asked, at_touchpoint(touchpoint)))
    return tuple(_given_at(one, touchpoint) for one in of)


def _own(ground: Ground, journey: Journey, stage: str, seen: Seen) -> Iterator[Cell]:
    """The model's metrics of a stage that are told of the frame that the map is in; others have a page of their own."""
    for definition in ground.experience.metrics:
        if definition.journey == journey.id and definition.stage == stage and definition.kind != "composite":
            told = _defined(ground, definition.id, seen)
            yield Cell("own", definition.id, "", definition.title, told, meaning=definition)


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
