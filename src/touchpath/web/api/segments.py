"""Segments and personas as JSON: sizes, overlaps, who comes and goes, and one of them beside everybody else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from touchpath.model.estimate import Comparison
from touchpath.model.time import Grain
from touchpath.services.groups import GroupFound, GroupPeriod, Groups, GroupSize, ProfilePart, ProfileShift
from touchpath.web.access import NUMBERS
from touchpath.web.api.comparing import ComparedOut
from touchpath.web.api.numbers import ComparisonOut, NumberOut, PeriodOut
from touchpath.web.platform import PlatformDep

router = APIRouter()
By = Annotated[str, Query(max_length=200, description="A dimension of people, whose segments are groups, too.")]


class GroupPeriodOut(BaseModel):
    """A group in one period; null where nobody knows, or where it is hidden."""

    period: PeriodOut
    complete: bool
    members: int | None
    share: NumberOut = Field(description="Of the people who did anything in the period; of a status of those known by its end.")
    entered: int | None = Field(description="Members who were none in the period before.")
    stayed: int | None
    left: int | None
    kept: NumberOut = Field(description="Which share of the members of the period before stayed.")

    @classmethod
    def of(cls, one: GroupPeriod) -> GroupPeriodOut:
        """A period as JSON."""
        return cls(
            period=PeriodOut.of(one.period), complete=one.complete, members=one.members, share=NumberOut.of(one.share),
            entered=one.entered, stayed=one.stayed, left=one.left, kept=NumberOut.of(one.kept),
        )  # fmt: skip


class GroupOut(BaseModel):
    """One group with its size."""

    id: str = Field(examples=["persona:planners"])
    kind: str = Field(description="persona, role, status or segment.")
    title: str
    people: int | None = Field(description="Null where it is hidden.")
    share: NumberOut = Field(description="Of everybody.")
    periods: tuple[GroupPeriodOut, ...]

    @classmethod
    def of(cls, one: GroupSize) -> GroupOut:
        """A group as JSON."""
        group = one.group
        periods = tuple(map(GroupPeriodOut.of, one.periods))
        return cls(
            id=group.id, kind=group.kind, title=group.title, people=one.size, share=NumberOut.of(one.share), periods=periods
        )


class OverlapOut(BaseModel):
    """Two groups: how many people are in both, and which share that is of the first one's."""

    group: str
    other: str
    people: int | None
    share: NumberOut


class GroupsOut(BaseModel):
    """All groups, and every pair of them."""

    everybody: int | None
    grain: str
    groups: tuple[GroupOut, ...]
    overlaps: tuple[OverlapOut, ...]
    data_version: str
    notes: tuple[str, ...]

    @classmethod
    def of(cls, found: Groups) -> GroupsOut:
        """Groups as JSON."""
        ids = [one.group.id for one in found.sizes]
        overlaps = tuple(
            OverlapOut(group=ids[i], other=ids[j], people=found.shared[i][j], share=NumberOut.of(found.overlaps[i][j]))
            for i in range(len(ids))
            for j in range(len(ids))
            if i != j
        )
        groups = tuple(map(GroupOut.of, found.sizes))
        return cls(
            everybody=found.everybody, grain=found.grain, groups=groups, overlaps=overlaps, data_version=found.data_version,
            notes=found.notes,
        )  # fmt: skip


class ProfilePartOut(BaseModel):
    """One value of a dimension among the members of two periods."""

    value: str
    before: NumberOut
    after: NumberOut
    shift: ComparisonOut | None
    reason: str | None
    p_family: float | None = Field(description="Corrected for the values of the dimension (Holm).")
    changed: str | None

    @classmethod
    def of(cls, one: ProfilePart) -> ProfilePartOut:
        """A value as JSON."""
        known = one.found if isinstance(one.found, Comparison) else None
        return cls(
            value=one.value, before=NumberOut.of(one.before), after=NumberOut.of(one.after), p_family=one.p_family,
            shift=ComparisonOut.of(known) if known else None, reason=None if known else getattr(one.found, "reason", ""), changed=one.changed,
        )  # fmt: skip


class ProfileShiftOut(BaseModel):
    """What a group's members are like by one dimension, in the last whole period and the one before."""

    dimension: str
    title: str
    before: PeriodOut
    after: PeriodOut
    moved: float | None = Field(description="Half the sum of all differences of shares, 0 to 1.")
    parts: tuple[ProfilePartOut, ...]

    @classmethod
    def of(cls, one: ProfileShift) -> ProfileShiftOut:
        """A shift as JSON."""
        before, after = PeriodOut.of(one.before), PeriodOut.of(one.after)
        parts = tuple(map(ProfilePartOut.of, one.parts))
        return cls(dimension=one.dimension, title=one.title, before=before, after=after, moved=one.moved, parts=parts)


class GroupFoundOut(BaseModel):
    """One group in full."""

    group: GroupOut
    everybody: int | None
    overlaps: tuple[OverlapOut, ...]
    beside: tuple[ComparedOut, ...] = Field(description="Its numbers held against everybody else's, one family of comparisons.")
    shifts: tuple[ProfileShiftOut, ...]
    data_version: str

    @classmethod
    def of(cls, found: GroupFound) -> GroupFoundOut:
        """A group as JSON."""
        groups, own = GroupsOut.of(found.groups), found.group.id
        return cls(
            group=GroupOut.of(found.size),
            everybody=groups.everybody,
            overlaps=tuple(one for one in groups.overlaps if own in (one.group, one.other)),
            beside=tuple(map(ComparedOut.of, found.beside)),
            shifts=tuple(map(ProfileShiftOut.of, found.shifts)),
            data_version=groups.data_version,
        )


@router.get("/workspaces/{workspace}/segments", dependencies=[NUMBERS])
def list_segments(platform: PlatformDep, by: By = "", grain: Grain | None = None) -> GroupsOut:
    """Personas, roles, status and the segments of `by`: sizes, overlaps, who came, stayed and left in each period."""
    return GroupsOut.of(platform.groups(by=by, grain=grain))


@router.get("/workspaces/{workspace}/segments/{id:path}", dependencies=[NUMBERS])
def read_segment(platform: PlatformDep, id: str, grain: Grain | None = None) -> GroupFoundOut:
    """One of them: its numbers beside those of everybody else, and what its members are like."""
    return GroupFoundOut.of(platform.group(id, grain=grain))
