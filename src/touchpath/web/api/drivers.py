"""What goes together with an outcome, as JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from touchpath.model.estimate import Undefined
from touchpath.model.spans import parse_span
from touchpath.services.drivers import DriversAsked, KeyDrivers
from touchpath.stats.drivers import Driver, Drivers
from touchpath.web.access import NUMBERS
from touchpath.web.api.confidence import Confidence
from touchpath.web.api.evidence import EvidenceOut, LimitsOut
from touchpath.web.api.moments import Moment, read_period
from touchpath.web.api.numbers import PeriodOut
from touchpath.web.platform import PlatformDep

router = APIRouter()


class DriverOut(BaseModel):
    """One item: its part of what is explained, and how it goes with the outcome."""

    item: str
    title: str
    share: float = Field(description="Its part of what is explained, 0 to 1.")
    share_limits: LimitsOut | None
    importance: float = Field(description="The same as a part of R squared.")
    rank: int
    ranks: tuple[int, int] | None = Field(description="Limits of the rank over resamples.")
    tied_with: tuple[str, ...]
    correlation: float
    correlation_limits: LimitsOut | None
    beta: float
    vif: float
    slope: float | None = Field(description="How much the outcome differs where the item is one higher and the others are alike.")
    slope_limits: LimitsOut | None
    p: float | None
    p_family: float | None = Field(description="Corrected for the number of items (Holm).")
    missing: int | None = Field(description="Answers to the outcome without this item; null where few, and hidden.")

    @classmethod
    def of(cls, answer: KeyDrivers, one: Driver) -> DriverOut:
        """A driver as JSON."""
        slope = answer.slope(one.name)
        places = [item.name for item in answer.items]
        return cls(
            item=one.name,
            title=answer.title(one.name),
            share=one.share,
            share_limits=LimitsOut.of(one.share_limits),
            importance=one.importance,
            rank=one.rank,
            ranks=one.ranks,
            tied_with=one.tied_with,
            correlation=one.correlation,
            correlation_limits=LimitsOut.of(one.correlation_limits),
            beta=one.beta,
            vif=one.vif,
            slope=slope.value if slope else None,
            slope_limits=LimitsOut.of(slope.limits) if slope else None,
            p=slope.p if slope else None,
            p_family=slope.p_family if slope else None,
            missing=answer.missing[places.index(one.name)],
        )


class DriversOut(BaseModel):
    """What goes together with an outcome, the largest part first; empty with a reason where that cannot be told."""

    outcome: str
    title: str
    sentence: str
    reason: str | None
    drivers: tuple[DriverOut, ...]
    method: str
    r_squared: float | None
    r_squared_limits: LimitsOut | None
    answers: int = Field(description="To the outcome.")
    people: int = Field(description="Who gave them.")
    used: int = Field(description="Answers with every item beside them.")
    effective_n: float | None = Field(description="What these come to with weights.")
    notes: tuple[str, ...]
    evidence: EvidenceOut
    confidence: float
    period: PeriodOut
    data_version: str

    @classmethod
    def of(cls, answer: KeyDrivers) -> DriversOut:
        """Drivers as JSON."""
        found = answer.found if isinstance(answer.found, Drivers) else None
        return cls(
            outcome=answer.outcome.name,
            title=answer.outcome.title,
            sentence=answer.sentence,
            reason=answer.found.reason if isinstance(answer.found, Undefined) else None,
            drivers=tuple(DriverOut.of(answer, one) for one in found.drivers) if found else (),
            method=answer.asked.method,
            r_squared=found.r_squared if found else None,
            r_squared_limits=LimitsOut.of(found.r_squared_limits) if found else None,
            answers=answer.answers,
            people=answer.people,
            used=found.n if found else 0,
            effective_n=found.effective_n if found else None,
            notes=answer.notes,
            evidence=EvidenceOut.of(answer.evidence),
            confidence=answer.confidence,
            period=PeriodOut.of(answer.period),
            data_version=answer.data_version,
        )


@router.get("/workspaces/{workspace}/drivers", dependencies=[NUMBERS])
def read_drivers(
    platform: PlatformDep,
    outcome: Annotated[str, Query(min_length=1, max_length=200)],
    of: Annotated[
        list[str], Query(min_length=1, max_length=30, description="Items: questions, scores, count:KIND and the like.")
    ],
    within: Annotated[
        str, Query(max_length=20, description="How far apart answers lie at most, and how far back deeds.")
    ] = "30d",
    every: Annotated[bool, Query(description="Each answer, not each person's latest.")] = False,
    weights: Annotated[str, Query(max_length=200, description="A dimension, or properties.NAME.")] = "",
    method: Literal["lmg", "johnson"] = "lmg",
    start: Moment = "",
    end: Moment = "",
    confidence: Confidence = None,
) -> DriversOut:
    """What goes together with the answers to a question, or with a questionnaire's score: association, no effect."""
    asked = DriversAsked(outcome, tuple(of), parse_span(within), every, weights, method)
    return DriversOut.of(platform.drivers(asked, period=read_period(platform, start, end), confidence=confidence))
