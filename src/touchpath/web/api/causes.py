"""What goes with what, and what a change did, as JSON."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.spans import parse_span
from touchpath.model.time import Grain
from touchpath.services.associations import AssociationsAsked, AssociationsFound, PairFound
from touchpath.services.drivers import DriversAsked, KeyDrivers
from touchpath.services.effect_found import Design, EffectAsked, EffectFound, Point
from touchpath.services.evidence import Evidence
from touchpath.services.periods_around import Every
from touchpath.stats.drivers import Driver, Drivers
from touchpath.stats.interruptions import Gap, Interruption, Part
from touchpath.stats.intervals import Interval
from touchpath.stats.treated_units import Effect, PeriodGap
from touchpath.stats.ux_with_cx import Association
from touchpath.web.access import NUMBERS
from touchpath.web.api.moments import Moment, read_moment, read_period
from touchpath.web.api.numbers import MetricOut, PeriodOut
from touchpath.web.platform import PlatformDep

router = APIRouter()
Name = Annotated[str, Query(min_length=1, max_length=200)]


class EvidenceOut(BaseModel):
    """How strong the answer is: 1 (a randomised test) to 5 (what goes together), what it may claim and what not."""

    rank: int
    title: str
    claims: str
    not_claims: str

    @classmethod
    def of(cls, one: Evidence) -> EvidenceOut:
        """The same as JSON."""
        return cls(rank=one.rank, title=one.title, claims=one.claims, not_claims=one.not_claims)


class LimitsOut(BaseModel):
    """The two ends of an interval."""

    low: float
    high: float

    @classmethod
    def of(cls, one: Interval | None) -> LimitsOut | None:
        """The same as JSON; null where there is none."""
        return None if one is None else cls(low=one.low, high=one.high)


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
    outcome: Name,
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
    confidence: Annotated[float, Query(gt=0, lt=1)] = 0.95,
) -> DriversOut:
    """What goes together with the answers to a question, or with a questionnaire's score: association, no effect."""
    asked = DriversAsked(outcome, tuple(of), parse_span(within), every, weights, method)
    return DriversOut.of(platform.drivers(asked, period=read_period(platform, start, end), confidence=confidence))


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
    metric: Name,
    since: Annotated[str, Query(min_length=1, max_length=40, description="The first day with the change.")],
    subject: Annotated[str, Query(max_length=200)] = "",
    every: Every = "week",
    by: Annotated[str, Query(max_length=200, description="The dimension whose segments got the change or did not.")] = "",
    treated: Annotated[list[str] | None, Query(max_length=64, description="The segments that got it.")] = None,
    design: Design = "",
    start: Moment = "",
    end: Moment = "",
    confidence: Annotated[float, Query(gt=0, lt=1)] = 0.95,
) -> EffectOut:
    """What a change at a known day did to a metric, and what such an answer may claim."""
    at = read_moment(since, platform.zone)
    if at is None:
        raise BadInput("Say with since on which day the change came.")
    asked = EffectAsked(metric, at, subject, every, by, tuple(treated or ()), design)
    return EffectOut.of(platform.effect(asked, period=read_period(platform, start, end), confidence=confidence))


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
    confidence: Annotated[float, Query(gt=0, lt=1)] = 0.95,
) -> AssociationsOut:
    """How metrics of use go together with metrics of the relationship: association, no effect."""
    asked = AssociationsAsked(tuple(ux), tuple(cx), by, every, lead)
    return AssociationsOut.of(platform.associations(asked, period=read_period(platform, start, end), confidence=confidence))
