"""Who people are: personas, roles in a purchase or an account, status as customers, and whether their silos are joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from touchpath.model.errors import Missing
from touchpath.model.experience import Experience, Lifecycle
from touchpath.model.time import Period, from_micros
from touchpath.services.ground import Ground
from touchpath.services.results import StatusSince
from touchpath.timelines.arrays import Timelines
from touchpath.timelines.belonging import Belonging
from touchpath.timelines.fold import Who
from touchpath.timelines.status import STATUSES, StatusIs, status_history
from touchpath.timelines.who import EverMatched, Linked, Otherwise

#: What a number may be cut by besides dimensions: people may fit several personas and have several roles, so these parts may overlap.
PERSONA, ROLE, STATUS, LINKED = "persona", "role", "status", "linked"


def is_party(experience: Experience, by: str) -> bool:
    """Whether a cut is by persona, role, status or link; a dimension of the model that is called so comes first."""
    return by in (PERSONA, ROLE, STATUS, LINKED) and all(one.id != by for one in experience.dimensions)


def overlaps(by: str) -> bool:
    """Whether somebody may be in several of the parts, or in none."""
    return by in (PERSONA, ROLE)


#: How a sentence about parts that overlap ends.
_OVERLAP = "The parts overlap and do not add up to the whole."


def told_overlap(ground: Ground, by: str, unit: str) -> str:
    """How many people are in several parts and how many in none, in a sentence; "" where parts cannot overlap."""
    if not overlaps(by):
        return ""
    groups = tuple(who for _, who in parts(ground, by, unit, None))
    counts = ground.once(("overlap", by, unit), lambda: ground.summarise(Belonging(groups), ground.frame(None, unit=unit)).people)
    none, one, several = (int(count) for count in counts)
    unit = "people" if unit == "person" else f"{unit}s"
    return (
        f"By {by} people may be in several or in none: of {none + one + several:,} {unit} {several:,} are in several and {none:,} in none. "
        f"{_OVERLAP}"
    )


def without_overlap_counts(notes: Iterable[str]) -> tuple[str, ...]:
    """The same notes; of parts that overlap without how many people do, who may be few."""
    return tuple(f"{note.partition(': of ')[0]}. {_OVERLAP}" if note.endswith(_OVERLAP) else note for note in notes)


def lifecycle_of(experience: Experience) -> Lifecycle:
    """The model's lifecycle; raises Missing with what to write."""
    if experience.lifecycle is None:
        raise Missing(
            "The model has no lifecycle, so nobody is known to be a potential, current or past customer. "
            "Write one: lifecycle: {current: {kind: order.placed}, past: {kind: account.closed}, quiet: 365d}"
        )
    return experience.lifecycle


def status_is(ground: Ground, status: str, unit: str, period: Period | None) -> Who:
    """Those who have a status at the end of a period, or of the signals."""
    end = period.micros[1] if period else ground.open(unit).end + 1
    return StatusIs(lifecycle_of(ground.experience), status, end)


def missing_parts(experience: Experience, by: str) -> None:
    """Raise Missing, with what to write, where the model has no personas, no roles, or no lifecycle to cut by."""
    if by == PERSONA and not experience.personas:
        raise Missing(
            "The model has no personas. Write some: personas: [{id: regular, title: Regular, rule: {kind: order.placed}}]"
        )
    if by == ROLE and not experience.roles:
        raise Missing("The model has no roles. Write some: roles: [{id: payer, title: Payer, rule: {kind: invoice.paid}}]")
    if by == STATUS:
        lifecycle_of(experience)


def parts(ground: Ground, by: str, unit: str, period: Period | None) -> Iterator[tuple[str, Who]]:
    """The people of each persona, each role, each status at the end of the period, or those whom one source and those whom several know, by
    title.

    Raises Missing when the model has no personas, no roles, or no lifecycle.
    """
    missing_parts(ground.experience, by)
    if by == PERSONA:
        yield from ((persona.title, EverMatched(persona.rule)) for persona in ground.experience.personas)
        return
    if by == LINKED:
        yield from (("known to two sources or more", Linked()), ("known to one source", Otherwise(Linked())))
        return
    if by == STATUS:
        yield from ((status, status_is(ground, status, unit, period)) for status in STATUSES)
        return
    yield from ((role.title, EverMatched(role.rule)) for role in ground.experience.roles)


def parties_of(timeline: Timelines | None, experience: Experience, end: int) -> tuple[tuple[str, ...], tuple[StatusSince, ...]]:
    """The roles and the statuses of one person, by their timeline alone; nothing where the model says nothing of either."""
    if timeline is None:
        return (), ()
    roles = tuple(role.title for role in experience.roles if EverMatched(role.rule).people(timeline)[0])
    if experience.lifecycle is None:
        return roles, ()
    history = status_history(timeline, experience.lifecycle, end + 1)
    return roles, tuple(StatusSince(status, from_micros(since)) for status, since in history)
