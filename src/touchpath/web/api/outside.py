"""Numbers of others as JSON: read, entered, taken back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from touchpath.services.outside import OutsideFigure, OutsideNumber
from touchpath.web.access import ENTER, NUMBERS, MemberName
from touchpath.web.platform import PlatformDep

router = APIRouter()
Text = Annotated[str, Field(max_length=500)]


class OutsideIn(BaseModel):
    """A number of somebody else: whose, of which metric, of when, and where it stands. Shares run from 0 to 1."""

    metric: Text
    who: Text
    value: float
    as_of: date = Field(description="The day, or the end of the period, that it speaks of.")
    source: Text
    subject: Text = ""
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: Text = ""


class OutsideOut(OutsideIn):
    """The same as it is kept, with who entered it and when."""

    id: str
    member: str
    at: datetime

    @classmethod
    def of(cls, kept: OutsideNumber) -> OutsideOut:
        """A kept number as JSON."""
        return cls(**asdict(kept.figure), id=kept.id, member=kept.member, at=kept.at)


@router.get("/workspaces/{workspace}/benchmarks", dependencies=[NUMBERS])
def list_outside(
    platform: PlatformDep, metric: Annotated[str, Query(max_length=200, description="Only those of this metric.")] = ""
) -> list[OutsideOut]:
    """Numbers of others, newest first by the day they speak of."""
    return [OutsideOut.of(kept) for kept in platform.outside_numbers(metric)]


@router.post("/workspaces/{workspace}/benchmarks", dependencies=[ENTER], status_code=201)
def enter_outside(platform: PlatformDep, figure: OutsideIn, member: MemberName) -> OutsideOut:
    """Enter a number of somebody else, to hold one's own against."""
    return OutsideOut.of(platform.enter_outside(OutsideFigure(**figure.model_dump()), member))


@router.delete("/workspaces/{workspace}/benchmarks/{benchmark}", dependencies=[ENTER])
def take_back_outside(
    platform: PlatformDep,
    member: MemberName,
    benchmark: str,
    why: Annotated[str, Query(max_length=500, description="For the history.")] = "",
) -> OutsideOut:
    """Take a number back; its record stays in the history."""
    return OutsideOut.of(platform.take_back_outside(benchmark, member, why))
