"""Groups of people: personas, roles, status, segments and what saved queries find, as answers tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from touchpath.model.errors import Missing, unknown
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Dimension, Experience
from touchpath.model.rules import EventRule
from touchpath.model.time import Grain, Period
from touchpath.services.compared import Compared
from touchpath.services.queries.reading import Asked
from touchpath.services.results import Number
from touchpath.services.tables import Row, contrast_row, number_row, rows
from touchpath.stats.proportions import wilson_interval
from touchpath.timelines.segments import is_of_owner
from touchpath.timelines.status import STATUSES

GroupKind = Literal["persona", "role", "status", "segment", "saved"]


@dataclass(frozen=True, slots=True)
class SavedGroup:
    """People whom a saved query finds. id: the query's; asked: the query; outcome: the name of the people among what it finds."""

    id: str
    title: str
    asked: Asked
    outcome: str


@dataclass(frozen=True, slots=True)
class Group:
    """One group. id: as addresses name it, "persona:planners". family: groups of one family never share people; "" = they may.

    rule: what its people did, of a persona or role. dimension, value: of a segment. saved: of a saved query.
    """

    kind: GroupKind
    id: str
    title: str
    family: str = ""
    rule: EventRule | None = None
    dimension: str = ""
    value: str = ""
    saved: SavedGroup | None = None


@dataclass(frozen=True, slots=True)
class GroupPeriod:
    """A group in one period. entered: members who were none in the period before; stayed: who were; left: who were and are not.

    None where nobody knows (before the first period), or where it is hidden. share: of the people who count in that period.
    """

    period: Period
    complete: bool
    members: int | None
    share: Number
    entered: int | None
    stayed: int | None
    left: int | None
    kept: Number


@dataclass(frozen=True, slots=True)
class GroupSize:
    """A group with its size. size: None where it is hidden. share: of everybody. periods: oldest first; none of a saved query's list."""

    group: Group
    size: int | None
    share: Number
    periods: tuple[GroupPeriod, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """All groups beside each other.

    shared[i][j]: how many people groups i and j share; None where it is hidden. overlaps[i][j]: the share of the people of group i who are in
    group j, too. notes: what to know before reading, and what could not be asked.
    """

    sizes: tuple[GroupSize, ...]
    everybody: int | None
    shared: tuple[tuple[int | None, ...], ...]
    overlaps: tuple[tuple[Number, ...], ...]
    grain: Grain
    data_version: str
    notes: tuple[str, ...] = ()

    def place(self, id: str) -> int:
        """Where a group stands; raises Missing."""
        ids = [one.group.id for one in self.sizes]
        if id not in ids:
            raise Missing(unknown("segment or persona", id, ids))
        return ids.index(id)


@dataclass(frozen=True, slots=True)
class ProfilePart:
    """One value of a dimension among a group's members, in the period before and in the last whole one. p_family: corrected for all."""

    value: str
    before: Number
    after: Number
    found: Comparison | Undefined
    p_family: float | None = None

    @property
    def changed(self) -> Literal["up", "down"] | None:
        """The direction, where it is more than noise among all values that were compared."""
        if not isinstance(self.found, Comparison) or self.p_family is None or self.p_family > 1 - self.found.confidence + 1e-12:
            return None
        return "up" if self.found.value > 0 else "down"


@dataclass(frozen=True, slots=True)
class ProfileShift:
    """What a group's members are like by one dimension, in two periods. moved: half the sum of all differences of shares, 0 to 1."""

    dimension: str
    title: str
    before: Period
    after: Period
    moved: float | None
    parts: tuple[ProfilePart, ...]


@dataclass(frozen=True, slots=True)
class GroupFound:
    """One group in full. beside: its numbers beside those of everybody else. shifts: what its members are like, and were before."""

    groups: Groups
    place: int
    beside: tuple[Compared, ...]
    shifts: tuple[ProfileShift, ...]

    @property
    def size(self) -> GroupSize:
        """The group with its size and periods."""
        return self.groups.sizes[self.place]

    @property
    def group(self) -> Group:
        """Which one."""
        return self.size.group


def list_groups(
    experience: Experience, segments: Sequence[tuple[Dimension, str]] = (), saved: Sequence[SavedGroup] = ()
) -> tuple[Group, ...]:
    """The groups of a model, those of dimensions that were chosen, and those of saved queries, in that order."""
    found = [Group("persona", f"persona:{one.id}", one.title, rule=one.rule) for one in experience.personas]
    found += [Group("role", f"role:{one.id}", one.title, rule=one.rule) for one in experience.roles]
    if experience.lifecycle:
        found += [Group("status", f"status:{one}", one, family="status") for one in STATUSES]
    found += [
        Group("segment", f"segment:{one.id}:{value}", f"{one.title}: {value}", f"segment {one.id}", dimension=one.id, value=value)
        for one, value in segments
    ]
    found += [Group("saved", f"saved:{one.id}:{one.outcome}", f"{one.title}: {one.outcome}", saved=one) for one in saved]
    return tuple(found)


def dimensions_of_people(experience: Experience) -> tuple[Dimension, ...]:
    """The dimensions of which everybody has one value, so that its segments are groups of people."""
    return tuple(one for one in experience.dimensions if one.level == "person" and is_of_owner(one))


def share_of(part: int, whole: int, confidence: float, version: str) -> Number:
    """A part of some people, with its Wilson interval."""
    if not whole:
        return Undefined("there is nobody")
    low, high = wilson_interval(part, whole, confidence)
    return Estimate(part / whole, low, high, whole, "people", "share", confidence, "Wilson score interval", data_version=version)


@rows.register
def _(answer: Groups) -> list[Row]:
    """One row for each group and period; a group that is not told by period has one row without."""
    return [row for one in answer.sizes for row in _rows_of(one)]


@rows.register
def _(answer: GroupFound) -> list[Row]:
    """Its numbers beside everybody else's."""
    return [
        {"metric": one.metric.id, "about": one.about, **contrast_row(pair)} for one in answer.beside for pair in one.contrasts
    ]


def _rows_of(one: GroupSize) -> list[Row]:
    whole: Row = {"group": one.group.id, "title": one.group.title, "people": one.size}
    none: Row = {"from": None, "complete": None, "members": None, "entered": None, "stayed": None, "left": None}
    first: Row = {**whole, **none, **number_row(one.share)}
    return [first, *({**whole, **_row_of(period), **number_row(period.share)} for period in one.periods)]


def _row_of(one: GroupPeriod) -> Row:
    return {
        "from": one.period.start, "complete": one.complete, "members": one.members, "entered": one.entered, "stayed": one.stayed,
        "left": one.left,
    }  # fmt: skip
