"""How metrics of use go together with metrics of the relationship, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from touchpath.model.estimate import Undefined
from touchpath.model.time import Grain
from touchpath.services.associations import AssociationsAsked, AssociationsFound, PairFound
from touchpath.stats.ux_with_cx import Association
from touchpath.web.access import NUMBERS
from touchpath.web.api.confidence import Confidence
from touchpath.web.api.evidence import EvidenceOut, LimitsOut
from touchpath.web.api.moments import Moment, read_period
from touchpath.web.api.numbers import PeriodOut
from touchpath.web.platform import PlatformDep

router = APIRouter()


class SpotOut(BaseModel):
    """A segment or a period, with both numbers."""

    title: str
    ux: float
    cx: float


class PairOut(BaseModel):
    """Two metrics: how they go together, or the reason why nobody knows."""

    ux: str
    cx: str
    sentence: str
    reason: str | None
    pearson: float | None
    limits: LimitsOut | None
    p: float | None
    p_family: float | None = Field(description="Corrected for the number of pairs (Holm).")
    spearman: float | None
    n: int
    changes: bool = Field(description="Whether changes from period to period were compared, as neighbours go together.")
    gaps: int = Field(description="Segments or periods left out for want of a number.")
    spots: tuple[SpotOut, ...]

    @classmethod
    def of(cls, answer: AssociationsFound, one: PairFound) -> PairOut:
        """A pair as JSON."""
        found = one.found if isinstance(one.found, Association) else None
        return cls(
            ux=one.ux.name,
            cx=one.cx.name,
            sentence=one.sentence(answer.across, answer.confidence),
            reason=one.found.reason if isinstance(one.found, Undefined) else None,
            pearson=found.pearson if found else None,
            limits=LimitsOut.of(found.limits) if found else None,
            p=found.p if found else None,
            p_family=one.p_family,
            spearman=found.spearman if found else None,
            n=one.found.n,
            changes=bool(found and found.differenced),
            gaps=one.gaps,
            spots=tuple(SpotOut(title=spot.title, ux=spot.ux, cx=spot.cx) for spot in one.spots),
        )


class AssociationsOut(BaseModel):
    """How metrics of use go together with metrics of the relationship: every pair."""

    across: str
    pairs: tuple[PairOut, ...]
    notes: tuple[str, ...]
    evidence: EvidenceOut
    confidence: float
    period: PeriodOut
    data_version: str

    @classmethod
    def of(cls, answer: AssociationsFound) -> AssociationsOut:
        """Associations as JSON."""
        return cls(
            across=answer.across,
            pairs=tuple(PairOut.of(answer, one) for one in answer.pairs),
            notes=answer.notes,
            evidence=EvidenceOut.of(answer.evidence),
            confidence=answer.confidence,
            period=PeriodOut.of(answer.period),
            data_version=answer.data_version,
        )


@router.get("/workspaces/{workspace}/associations", dependencies=[NUMBERS])
def read_associations(
    platform: PlatformDep,
    ux: Annotated[list[str], Query(min_length=1, max_length=30, description="Metrics of use, as in task_success:checkout.")],
    cx: Annotated[list[str], Query(min_length=1, max_length=30, description="Metrics of the relationship, as in nps.")],
    by: Annotated[str, Query(max_length=200, description="Across the segments of this dimension.")] = "",
    every: Grain | None = None,
    lead: Annotated[int, Query(ge=0, le=100, description="How many periods earlier the use is.")] = 0,
    start: Moment = "",
    end: Moment = "",
    confidence: Confidence = None,
) -> AssociationsOut:
    """How metrics of use go together with metrics of the relationship: association, no effect."""
    asked = AssociationsAsked(tuple(ux), tuple(cx), by, every, lead)
    return AssociationsOut.of(platform.associations(asked, period=read_period(platform, start, end), confidence=confidence))
