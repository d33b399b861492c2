"""The versions that the design of a journey has had: which revisions of the model changed it, and a journey as one of them had it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeVar

from touchpath.model.diff import Change, diff_models
from touchpath.model.experience import Experience, Journey
from touchpath.services.meanings import meaning_of
from touchpath.store.records import Record


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Noun = TypeVar("Noun", bound=_HasId)


@dataclass(frozen=True, slots=True)
class JourneyVersion:
    """A design of a journey: the revision of the model that brought it, since when, who made it and why. number: what the model says."""

    revision: int
    number: int
    since: datetime
    member: str
    why: str


def versions_of(revisions: Iterable[tuple[Record, Experience]], journey: str) -> tuple[JourneyVersion, ...]:
    """The designs that a journey has had, newest first; none for an unknown one. revisions: newest first.

    A revision that leaves its stages, steps, flow, window, contacts, tasks and questions as they were brings no new design.
    """
    found: list[JourneyVersion] = []
    last: object = None
    for record, experience in reversed([*revisions]):
        one = next((each for each in experience.journeys if each.id == journey), None)
        design = _design(experience, one) if one else None
        if one is not None and design != last:
            found.append(JourneyVersion(record.revision, one.version, record.at, record.member, record.why))
        last = design
    return tuple(found[::-1])


def _design(experience: Experience, journey: Journey) -> tuple[object, ...]:
    """All that the map of a journey shows or counts by."""
    tasks = {task for step in journey.steps for task in step.tasks}
    questions = {question for step in journey.steps for question in step.questions}
    return (
        _bare(journey),
        *((one.id, one.title, meaning_of(one)) for one in experience.tasks if one.id in tasks),
        *((one.id, one.title, meaning_of(one)) for one in experience.questions if one.id in questions),
    )


def _bare(journey: Journey) -> Journey:
    """A journey without who cares for it and what it is for."""
    return replace(journey, owner="", review_due=None, purpose="", personas=(), products=(), level="L2", state="as-is")


def as_designed(now: Experience, then: Experience, journey: str) -> Experience:
    """The model in force with one journey, and all tasks, questions and touchpoints, as another revision had them.

    Dimensions, personas and roles stay: whom a map is about is asked today. Raises Missing where that revision has no such journey.
    """
    was = then.journey(journey)
    return replace(
        now,
        journeys=tuple(was if one.id == journey else one for one in now.journeys),
        tasks=_either(then.tasks, now.tasks),
        questions=_either(then.questions, now.questions),
        touchpoints=_either(then.touchpoints, now.touchpoints),
    )


def _either(first: Sequence[Noun], second: Sequence[Noun]) -> tuple[Noun, ...]:
    known = {one.id for one in first}
    return (*first, *(one for one in second if one.id not in known))


def design_changes(now: Experience, then: Experience, journey: str) -> tuple[Change, ...]:
    """What differs between an older design of a journey and the one in force, without who cares for it."""
    before, after = (replace(one, journeys=(_bare(one.journey(journey)),)) for one in (then, now))
    path = f"journeys/{journey}"
    return tuple(one for one in diff_models(before, after) if one.path.startswith((f"{path}/", f"{path}.")))
