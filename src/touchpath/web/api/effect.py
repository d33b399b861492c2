"""What a change did to a metric, as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.services.effect_found import Design, EffectAsked, EffectFound, Point
from touchpath.services.periods_around import Every
from touchpath.stats.interruptions import Gap, Interruption, Part
from touchpath.stats.treated_units import Effect, PeriodGap
from touchpath.web.access import NUMBERS
from touchpath.web.api.confidence import Confidence
from touchpath.web.api.evidence import EvidenceOut, LimitsOut
from touchpath.web.api.moments import Moment, read_moment, read_period
from touchpath.web.api.numbers import MetricOut, PeriodOut
from touchpath.web.platform import PlatformDep

router = APIRouter()


class ChangeOut(BaseModel):
    """A change of the metric with its limits: of the level, of the slope per period, or of units with the change beside the others."""

    value: float
    limits: LimitsOut | None = Field(description="null with too few units for an interval.")
    p: float

    @classmethod
    def of(cls, one: Part) -> ChangeOut:
        """A level or a slope as JSON."""
        return cls(value=one.value, limits=LimitsOut.of(one.limits), p=one.p)


class GapOut(BaseModel):
    """How far from the course before, or the two groups from each other less their distance just before the change."""

    period: PeriodOut
    gap: float
    limits: LimitsOut | None

    @classmethod
    def of(cls, answer: EffectFound, one: Gap | PeriodGap) -> GapOut:
        """The same as JSON."""
        place = one.at - 1 if isinstance(one, Gap) else one.period
        return cls(period=PeriodOut.of(answer.points[place].period), gap=one.gap, limits=LimitsOut.of(one.limits))


class PointOut(BaseModel):
    """One period: the number of all (with its n) or of those with the change, and of those without."""

    period: PeriodOut
    value: float
    beside: float | None
    low: float | None
    high: float | None
    n: int | None
    changed: bool = Field(description="Whether it lies after the change.")

    @classmethod
    def of(cls, answer: EffectFound, at: int, one: Point) -> PointOut:
        """The same as JSON."""
        return cls(
            period=PeriodOut.of(one.period),
            value=one.value,
            beside=one.beside,
            low=one.low,
            high=one.high,
            n=one.n,
            changed=at >= answer.first,
        )


class EffectOut(BaseModel):
    """What a change did. `effect` of units, `level` and `slope` of a series; all null with a reason where that cannot be told."""

    metric: MetricOut
    about: str
    sentence: str
    reason: str | None
    evidence: EvidenceOut
    effect: ChangeOut | None
    level: ChangeOut | None
    slope: ChangeOut | None
    method: str
    trend_before: ChangeOut | None = Field(description="How much more the treated rose per period before the change.")
    gaps: tuple[GapOut, ...]
    placebos: int = Field(description="Dates before the change that were tried.")
    placebos_found: int = Field(description="Those that show a jump where there was none.")
    units: int
    treated: tuple[str, ...]
    left_out: tuple[str, ...] = Field(description="Segments without a number in some period.")
    points: tuple[PointOut, ...]
    notes: tuple[str, ...]
    confidence: float
    period: PeriodOut
    data_version: str

    @classmethod
    def of(cls, answer: EffectFound) -> EffectOut:
        """An effect as JSON."""
        found = answer.found
        series, units = (found if isinstance(found, kind) else None for kind in (Interruption, Effect))
        assert series is None or isinstance(series, Interruption)
        assert units is None or isinstance(units, Effect)
        before = units.trend_before if units else None
        course = units.course if units else series.gaps if series else ()
        return cls(
            metric=MetricOut.of(answer.metric),
            about=answer.about,
            sentence=answer.sentence,
            reason=found.reason if isinstance(found, Undefined) else None,
            evidence=EvidenceOut.of(answer.evidence),
            effect=ChangeOut(value=units.effect, limits=LimitsOut.of(units.limits), p=units.p) if units else None,
            level=ChangeOut.of(series.level) if series else None,
            slope=ChangeOut.of(series.slope) if series else None,
            method=units.method if units else f"Newey-West, {series.lags} lags" if series else "",
            trend_before=ChangeOut(value=before.value, limits=LimitsOut.of(before.limits), p=before.p) if before else None,
            gaps=tuple(GapOut.of(answer, one) for one in course),
            placebos=len(series.placebos) if series else 0,
            placebos_found=sum(not one.limits.low <= 0 <= one.limits.high for one in series.placebos) if series else 0,
            units=answer.units,
            treated=answer.treated,
            left_out=answer.gaps,
            points=tuple(PointOut.of(answer, at, one) for at, one in enumerate(answer.points)),
            notes=answer.notes,
            confidence=answer.confidence,
            period=PeriodOut.of(answer.period),
            data_version=answer.data_version,
        )


@router.get("/workspaces/{workspace}/effect", dependencies=[NUMBERS])
def read_effect(
    platform: PlatformDep,
    metric: Annotated[str, Query(min_length=1, max_length=200)],
    since: Annotated[str, Query(min_length=1, max_length=40, description="The first day with the change.")],
    subject: Annotated[str, Query(max_length=200)] = "",
    every: Every = "week",
    by: Annotated[str, Query(max_length=200, description="The dimension whose segments got the change or did not.")] = "",
    treated: Annotated[list[str] | None, Query(max_length=64, description="The segments that got it.")] = None,
    design: Design = "",
    start: Moment = "",
    end: Moment = "",
    confidence: Confidence = None,
) -> EffectOut:
    """What a change at a known day did to a metric, and what such an answer may claim."""
    at = read_moment(since, platform.zone)
    if at is None:
        raise BadInput("Say with since on which day the change came.")
    asked = EffectAsked(metric, at, subject, every, by, tuple(treated or ()), design)
    return EffectOut.of(platform.effect(asked, period=read_period(platform, start, end), confidence=confidence))
