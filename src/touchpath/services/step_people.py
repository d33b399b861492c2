"""Who is behind the numbers of a step: those who were there, who came so far and no further, who met friction, who got in touch."""

from __future__ import annotations

from touchpath.model.errors import Missing, unknown
from touchpath.model.experience import Journey, Step
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import Period
from touchpath.services.ground import Ground
from touchpath.services.maps import contact_fold
from touchpath.services.touchpoint_lanes import FRICTION_KINDS
from touchpath.timelines.fold import Selection
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.volume import Volume
from touchpath.timelines.who import EverMatched

HERE, NO_FURTHER, LOST, FRICTION, CONTACT = "here", "no further", "lost before", "friction", "contact"
#: Whom the number of a lane is about, where the step has such a group.
_GROUP_OF_LANE = {
    "volume": HERE, "reach": HERE, "completion": HERE, "time": HERE, "drop_off": LOST, "friction": FRICTION, "contacts": CONTACT,
}  # fmt: skip


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
    if step.touchpoints:
        found[FRICTION] = "met friction at its touchpoints"
    if journey.contacts is not None:
        found[CONTACT] = "got in touch within seven days of it"
    return found


def people_of(journey: Journey, step: Step) -> dict[str, str]:
    """By lane of the map the group of a step whose people its number is about."""
    groups = groups_of(journey, step)
    return {lane: group for lane, group in _GROUP_OF_LANE.items() if group in groups}


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
    if group == FRICTION:
        rule = EventRule(FRICTION_KINDS, (Condition("touchpoint", "in", step.touchpoints),))
        who = (EverMatched(rule, period), *ground.who)
        return ground.engine.select(Volume((rule,)), timelines, frozenset({0, 1}), who, title)
    if group == CONTACT and journey.contacts is not None:
        soon = contact_fold(step.match, journey.contacts)
        return ground.engine.select(soon, timelines, frozenset({1}), ground.who, title, ground.frame(period).cut)
    way = Funnel(tuple(one.match for one in journey.needed), journey.window, same=journey.same)
    place = journey.needed.index(step)
    return ground.engine.select(way, timelines, frozenset({place}), ground.who, title, ground.frame(period).cut)
