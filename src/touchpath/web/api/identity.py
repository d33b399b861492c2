"""Who is whom as JSON: why some ids are one person, and what members decide about it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from touchpath.services.decisions import Decision
from touchpath.services.identity import PersonIdentity
from touchpath.web.access import DECIDE, PEOPLE, MemberName
from touchpath.web.platform import PlatformDep

router = APIRouter()


class _Of(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class HeldOut(_Of):
    """A time during which a device was somebody's (`by`, "" = nobody's); null = ever before, or ever after. The end is exclusive."""

    start: datetime | None
    end: datetime | None
    by: str


class PersonIdOut(_Of):
    """One id of a person; without `held` always theirs."""

    id: str
    held: tuple[HeldOut, ...]


class LinkOut(_Of):
    """A link between two ids: its rule, whether it joins them, if not why, and the signals that name both."""

    one: str
    other: str
    rule: str
    joins: bool
    why: str
    signals: int
    first: datetime | None
    last: datetime | None
    sources: tuple[str, ...]
    example: str


class DecisionOut(_Of):
    """What a member decided: `same`, `apart`, `alone`, or `open` when it was taken back."""

    id: str
    ids: tuple[str, ...]
    verdict: str
    member: str
    at: datetime
    why: str

    @classmethod
    def of(cls, decision: Decision) -> DecisionOut:
        """A decision as JSON."""
        return cls.model_validate(decision)


class IdentityOut(_Of):
    """Which ids are one person, the links that join them, those that do not, and what members decided.

    `holders`: of a device that several people use, whose it was, one after the other.
    """

    actor: str
    ids: tuple[PersonIdOut, ...]
    joined: tuple[LinkOut, ...]
    void: tuple[LinkOut, ...]
    decisions: tuple[DecisionOut, ...]
    more: int
    holders: tuple[HeldOut, ...]

    @classmethod
    def of(cls, shown: PersonIdentity) -> IdentityOut:
        """An explanation as JSON."""
        return cls.model_validate(shown)


class DecisionIn(BaseModel):
    """What to decide: two ids are the `same` person, or their link does not count (`apart`); one id joins nobody (`alone`).

    `undo` takes a decision back; `ids` then holds the decision's id.
    """

    verdict: Literal["same", "apart", "alone", "undo"]
    ids: Annotated[tuple[Annotated[str, Field(max_length=512)], ...], Field(min_length=1, max_length=2)]
    why: Annotated[str, Field(min_length=1, max_length=500)]


@router.get("/workspaces/{workspace}/identity", dependencies=[PEOPLE])
def read_identity(
    platform: PlatformDep,
    actor: Annotated[str, Query(max_length=512, description="An id, as in user:42, or an e-mail address.")],
) -> IdentityOut:
    """Which ids are one person with this one, and why; what was not joined, and why not."""
    return IdentityOut.of(platform.identity_of(actor))


@router.post("/workspaces/{workspace}/identity", dependencies=[DECIDE], status_code=201)
def decide_identity(platform: PlatformDep, decision: DecisionIn, member: MemberName) -> DecisionOut:
    """Say that ids are one person, or are not, or take that back. Timelines and answers follow at once."""
    if decision.verdict == "undo":
        return DecisionOut.of(platform.undo_identity(decision.ids[0], member, decision.why))
    return DecisionOut.of(platform.decide_identity(decision.verdict, decision.ids, member, decision.why))
