"""Comparisons as JSON: a metric between groups, between periods, and with its own past."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.time import Grain, Period
from touchpath.services.compared import Compared, Contrast
from touchpath.services.trended import Trend
from touchpath.stats.mixes import MixChange
from touchpath.web.access import NUMBERS
from touchpath.web.api.confidence import Confidence
from touchpath.web.api.moments import Moment, read_moment, read_period
from touchpath.web.api.numbers import ComparisonOut, MetricOut, MixBetweenOut, MixOut, NumberOut, PeriodOut, ReadingOut, finite
from touchpath.web.platform import PlatformDep

router = APIRouter()


class ContrastOut(BaseModel):
    """Two sides of one metric: `after` held against `before`."""

    segment: str = Field(description="Of a change within one segment; empty for everybody.")
    before_title: str
    after_title: str
    before: NumberOut
    after: NumberOut
    difference: ComparisonOut | None = Field(description="after - before, or after / before; null where there is none.")
    reason: str | None = Field(description="Why there is no difference; null when there is one.")
    p: float | None = Field(description="Of this comparison alone; 1e-9 stands for anything smaller.")
    p_family: float | None = Field(description="Corrected for the number of comparisons in this answer (Holm).")
    family_low: float | None = Field(description="Limits of which all in this answer hold at once (Bonferroni).")
    family_high: float | None
    smallest: float | None = Field(
        description="The smallest difference (or ratio above 1) that would have been found in four of five cases."
    )
    changed: str | None = Field(description="up or down where it is more than noise among all that was compared, else null.")
    verdict: str

    @classmethod
    def of(cls, one: Contrast) -> ContrastOut:
        """A contrast as JSON."""
        return cls(
            segment=one.segment,
            before_title=one.before_title,
            after_title=one.after_title,
            before=NumberOut.of(one.before),
            after=NumberOut.of(one.after),
            difference=ComparisonOut.of(one.found) if isinstance(one.found, Comparison) else None,
            reason=one.found.reason if isinstance(one.found, Undefined) else None,
            p=one.p,
            p_family=one.p_family,
            family_low=finite(one.together.low) if one.together else None,
            family_high=finite(one.together.high) if one.together else None,
            smallest=one.smallest,
            changed=one.changed,
            verdict=one.verdict,
        )


class ComparedOut(BaseModel):
    """One metric between segments or periods."""

    metric: MetricOut
    about: str
    subject: str
    how: str = Field(description="rest, pairs, against or periods.")
    by: str
    sentence: str
    total: NumberOut
    contrasts: tuple[ContrastOut, ...]
    confidence: float
    notes: tuple[str, ...]
    mix: MixOut | None = Field(description="Of two periods by a dimension: change within segments, and of their mix.")
    mixes: tuple[MixBetweenOut, ...] = Field(
        description="Of groups: what is left of a difference with an equal mix of another dimension, wherever that mix plays a part."
    )
    period: PeriodOut
    data_version: str

    @classmethod
    def of(cls, found: Compared) -> ComparedOut:
        """A comparison as JSON."""
        return cls(
            metric=MetricOut.of(found.metric),
            about=found.about,
            subject=found.subject,
            how=found.how,
            by=found.by,
            sentence=found.sentence,
            total=NumberOut.of(found.total),
            contrasts=tuple(map(ContrastOut.of, found.contrasts)),
            confidence=found.confidence,
            notes=found.notes,
            mix=MixOut.of(found.mix) if isinstance(found.mix, MixChange) else None,
            mixes=tuple(map(MixBetweenOut.of, found.mixes)),
            period=PeriodOut.of(found.period),
            data_version=found.data_version,
        )


@router.get("/workspaces/{workspace}/compare", dependencies=[NUMBERS])
def read_comparison(
    platform: PlatformDep,
    metric: Annotated[str, Query(min_length=1, max_length=200)],
    subject: Annotated[str, Query(max_length=200)] = "",
    by: Annotated[str, Query(max_length=200, description="A dimension's id, or persona, role, status, linked.")] = "",
    against: Annotated[str, Query(max_length=500, description="Hold every segment against this one.")] = "",
    pairs: Annotated[bool, Query(description="Compare every pair of segments.")] = False,
    versus: Annotated[
        str,
        Query(max_length=90, description="A period that the one from `start` to `end` is held against: 2026-01-01/2026-02-01."),
    ] = "",
    start: Moment = "",
    end: Moment = "",
    confidence: Confidence = None,
) -> ComparedOut:
    """One metric between the segments of `by`, or in the period from `start` to `end` against another one; with both, within segments."""
    period = read_period(platform, start, end)
    if not versus:
        found = platform.compare(metric, subject, by=by, against=against, pairs=pairs, period=period, confidence=confidence)
        return ComparedOut.of(found)
    if period is None:
        raise BadInput("Say with start and end which period is held against the other.")
    two = (read_other(versus, platform.zone), period)
    found = platform.compare(metric, subject, by=by, against=against, pairs=pairs, periods=two, confidence=confidence)
    return ComparedOut.of(found)


def read_other(text: str, zone: str) -> Period:
    """Another period, given as START/END; raises BadInput."""
    start, _, end = text.partition("/")
    first, last = read_moment(start, zone), read_moment(end, zone)
    if first is None or last is None:
        raise BadInput(
            f"The other period came as '{text}'. Write its first day and the day after its last: 2026-01-01/2026-02-01."
        )
    return Period(first, last)


class StepOut(BaseModel):
    """A change of level: the first period after it, the levels, and how often noise alone shows as large a step somewhere."""

    period: PeriodOut
    before: float
    after: float
    p: float
    borne: bool | None = Field(description="Whether the errors of the single readings alone bear it, too; null without errors.")


class OddOut(BaseModel):
    """A point beyond the limits that its past had set, with its own whole interval."""

    period: PeriodOut
    value: float
    expected: float
    low: float
    high: float


class SeasonOut(BaseModel):
    """What repeats: every how long, which share of the variance around the trend that explains, and how often chance alone does."""

    every: str
    profile: tuple[float, ...]
    strength: float
    p: float
    cycles: int


class ExpectedOut(BaseModel):
    """Within which limits the next whole period stays unless something changed."""

    value: float
    low: float | None
    high: float | None


class TrendOut(BaseModel):
    """How one metric went from period to period; what is null has its reason among the sentences."""

    metric: MetricOut
    about: str
    subject: str
    grain: str
    sentences: tuple[str, ...]
    shape: str | None = Field(description="level, steps, line or unclear.")
    slope: float
    p: float | None
    alpha: float = Field(description="The rate of false alarms.")
    steps: tuple[StepOut, ...]
    season: SeasonOut | None
    odd: tuple[OddOut, ...]
    judged: int = Field(description="How many points could be odd or not.")
    ahead: ExpectedOut | None
    used: int = Field(description="How many whole periods without a gap were looked at, the newest ones.")
    readings: tuple[ReadingOut, ...]
    period: PeriodOut
    data_version: str
    by: str
    segment: str
    segments: tuple[TrendOut, ...] = Field(description="The same within each segment of `by`; alpha is that of each.")
    notes: tuple[str, ...]

    @classmethod
    def of(cls, trend: Trend) -> TrendOut:
        """A trend as JSON."""
        season, ahead = trend.season, trend.ahead
        return cls(
            metric=MetricOut.of(trend.metric),
            about=trend.about,
            subject=trend.subject,
            grain=trend.grain,
            sentences=trend.sentences,
            shape=trend.shape,
            slope=trend.slope,
            p=trend.p,
            alpha=trend.alpha,
            steps=tuple(
                StepOut(period=PeriodOut.of(one.period), before=one.before, after=one.after, p=one.p, borne=one.borne)
                for one in trend.steps
            ),
            season=SeasonOut(
                every=trend.every, profile=season.profile, strength=season.strength, p=season.p, cycles=season.cycles
            )
            if season
            else None,
            odd=tuple(
                OddOut(period=PeriodOut.of(one.period), value=one.value, expected=one.expected, low=one.low, high=one.high)
                for one in trend.odd
            ),
            judged=trend.judged,
            ahead=ExpectedOut(value=ahead.value, low=finite(ahead.low), high=finite(ahead.high)) if ahead else None,
            used=len(trend.used),
            readings=tuple(map(ReadingOut.of, trend.readings)),
            period=PeriodOut.of(trend.period),
            data_version=trend.data_version,
            by=trend.by,
            segment=trend.segment,
            segments=tuple(map(TrendOut.of, trend.segments)),
            notes=trend.notes,
        )


@router.get("/workspaces/{workspace}/trend", dependencies=[NUMBERS])
def read_trend(
    platform: PlatformDep,
    metric: Annotated[str, Query(min_length=1, max_length=200)],
    subject: Annotated[str, Query(max_length=200)] = "",
    grain: Grain = "week",
    by: Annotated[
        str, Query(max_length=200, description="Also within each segment: a dimension's id, or persona, role, linked.")
    ] = "",
    start: Moment = "",
    end: Moment = "",
    confidence: Confidence = None,
) -> TrendOut:
    """How one metric went: changes of level, what repeats, odd points, each with its rate of false alarms."""
    period = read_period(platform, start, end)
    return TrendOut.of(platform.trend(metric, subject, grain=grain, by=by, period=period, confidence=confidence))
