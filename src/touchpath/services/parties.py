"""Who people are to a purchase or an account: roles, status as customers, and whether their silos are joined."""

from __future__ import annotations

from collections.abc import Iterator

from touchpath.model.errors import Missing
from touchpath.model.experience import Experience, Lifecycle
from touchpath.model.time import Period, from_micros
from touchpath.services.ground import Ground
from touchpath.services.results import StatusSince
from touchpath.timelines.arrays import Timelines
from touchpath.timelines.fold import Who
from touchpath.timelines.status import STATUSES, StatusIs, status_history
from touchpath.timelines.who import EverMatched, Linked, Otherwise

#: What a number may be cut by besides dimensions: people may have several roles, so these parts may overlap.
ROLE, STATUS, LINKED = "role", "status", "linked"


def is_party(experience: Experience, by: str) -> bool:
    """Whether a cut is by role, by status or by link; a dimension of the model that is called so comes first."""
    return by in (ROLE, STATUS, LINKED) and all(one.id != by for one in experience.dimensions)


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


def parts(ground: Ground, by: str, unit: str, period: Period | None) -> Iterator[tuple[str, Who]]:
    """The people of each role, of each status at the end of the period, or those whom one source and those whom several know, by title.

    Raises Missing when the model has no roles, or no lifecycle.
    """
    if by == LINKED:
        yield from (("known to two sources or more", Linked()), ("known to one source", Otherwise(Linked())))
        return
    if by == STATUS:
        yield from ((status, status_is(ground, status, unit, period)) for status in STATUSES)
        return
    if not ground.experience.roles:
        raise Missing("The model has no roles. Write some: roles: [{id: payer, title: Payer, rule: {kind: invoice.paid}}]")
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
