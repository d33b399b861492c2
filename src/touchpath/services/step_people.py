"""Who is behind the numbers of a step: those who were there, and those who came so far and no further."""

from __future__ import annotations

from touchpath.model.errors import Missing, unknown
from touchpath.model.experience import Journey, Step
from touchpath.model.time import Period
from touchpath.services.ground import Ground
from touchpath.timelines.fold import Selection
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.volume import Volume
from touchpath.timelines.who import EverMatched

HERE, NO_FURTHER, LOST = "here", "no further", "lost before"


def step_of(journey: Journey, id: str) -> Step:
    """The step with this id; raises Missing."""
    for step in journey.steps:
        if step.id == id:
            return step
    raise Missing(unknown("step", id, (step.id for step in journey.steps)))


def groups_of(journey: Journey, step: Step) -> dict[str, str]:
    """The groups of people at a step, each with what it means; of steps that everybody has to pass also who came no further, and who was lost
    on the way to them."""
    found = {HERE: "were at this step"}
    if step in journey.needed[:-1] and len(journey.needed) > 1:
        found[NO_FURTHER] = "came to this step and no further, in time"
    if step in journey.needed[1:]:
        found[LOST] = f"came to “{_before(journey, step).title}” and no further, in time"
    return found


def _before(journey: Journey, step: Step) -> Step:
    """The step that everybody passes before this one."""
    return journey.needed[journey.needed.index(step) - 1]


def select_at(ground: Ground, journey: Journey, step: Step, group: str, period: Period | None) -> Selection:
    """The people of one group, ever or in a period; raises Missing for a group that there is not."""
    groups = groups_of(journey, step)
    if group not in groups:
        raise Missing(unknown("group of people at this step", group, groups))
    timelines, title = ground.open(), f"{groups[group]}: '{step.title}'"
    step = _before(journey, step) if group == LOST else step
    if group == HERE:
        who = (EverMatched(step.match, period), *ground.who)
        return ground.engine.select(Volume((step.match,)), timelines, frozenset({0, 1}), who, title)
    way = Funnel(tuple(one.match for one in journey.needed), journey.window, same=journey.same)
    place = journey.needed.index(step)
    return ground.engine.select(way, timelines, frozenset({place}), ground.who, title, ground.frame(period).cut)
