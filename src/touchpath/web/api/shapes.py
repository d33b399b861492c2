"""The rest of what the API answers: workspaces, overview, journey maps, people, kinds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from touchpath.model.experience import Journey
from touchpath.services.match_rate import MatchRate
from touchpath.services.results import (
    JourneyMap,
    KindUse,
    LaneNumber,
    Overview,
    OverviewRow,
    PersonHit,
    PersonTimeline,
    StageMap,
    StepMap,
    TimelineEntry,
    Verbatim,
)
from touchpath.services.tables import late_of
from touchpath.store.signals import KindCount
from touchpath.web.api.numbers import LateOut, MeasurementOut, MetricOut, NumberOut, PeriodOut
from touchpath.web.platform import PlatformProtocol


class WorkspaceOut(BaseModel):
    """One workspace. `about` says whether its facts are real or simulated; `zone` whose days it counts."""

    name: str
    title: str
    about: str
    zone: str
    span: PeriodOut | None

    @classmethod
    def of(cls, platform: PlatformProtocol) -> WorkspaceOut:
        """A workspace as JSON."""
        span = platform.span()
        return cls(
            name=platform.name, title=platform.title, about=platform.about, zone=platform.zone,
            span=PeriodOut.of(span) if span else None,
        )  # fmt: skip


class SourceMatchOut(BaseModel):
    """One source: how many people it has, and which share of them another source knows, too."""

    source: str
    people: int
    linked: NumberOut


class SourcePairOut(BaseModel):
    """Two sources: how many people both know, and which share of the smaller one's people that is."""

    one: str
    other: str
    people: int
    share: NumberOut


class MatchRateOut(BaseModel):
    """How well the sources are joined: the share of people whom two or more know, each source, and every two of them."""

    people: int
    linked: NumberOut
    sources: tuple[SourceMatchOut, ...]
    pairs: tuple[SourcePairOut, ...]
    signals: int
    without_person: int
    data_version: str

    @classmethod
    def of(cls, rate: MatchRate) -> MatchRateOut:
        """A match rate as JSON."""
        return cls(
            people=rate.people,
            linked=NumberOut.of(rate.linked),
            sources=tuple(
                SourceMatchOut(source=one.source, people=one.people, linked=NumberOut.of(one.linked)) for one in rate.sources
            ),
            pairs=tuple(
                SourcePairOut(one=pair.one, other=pair.other, people=pair.people, share=NumberOut.of(pair.share))
                for pair in rate.pairs
            ),
            signals=rate.signals,
            without_person=rate.without_person,
            data_version=rate.data_version,
        )


class OverviewRowOut(BaseModel):
    """UX and CX numbers of one product or journey."""

    kind: str
    id: str
    title: str
    ux: tuple[MeasurementOut, ...]
    cx: tuple[MeasurementOut, ...]

    @classmethod
    def of(cls, row: OverviewRow) -> OverviewRowOut:
        """A row as JSON."""
        ux, cx = (tuple(MeasurementOut.of(one) for one in column) for column in (row.ux, row.cx))
        return cls(kind=row.kind, id=row.id, title=row.title, ux=ux, cx=cx)


class OverviewOut(BaseModel):
    """UX and CX side by side, and how much there is to go by."""

    about: str
    rows: tuple[OverviewRowOut, ...]
    people: int
    signals: int
    sources: tuple[str, ...]
    period: PeriodOut | None
    data_version: str

    @classmethod
    def of(cls, overview: Overview) -> OverviewOut:
        """An overview as JSON."""
        return cls(
            about=overview.about, rows=tuple(OverviewRowOut.of(row) for row in overview.rows), people=overview.people,
            signals=overview.signals, sources=overview.sources, data_version=overview.data_version,
            period=PeriodOut.of(overview.period) if overview.period else None,
        )  # fmt: skip


class JourneyOut(BaseModel):
    """A designed journey in short."""

    id: str
    title: str
    purpose: str
    level: str
    version: int
    state: str
    window_seconds: float
    stages: tuple[str, ...]
    steps: tuple[str, ...]

    @classmethod
    def of(cls, journey: Journey) -> JourneyOut:
        """A journey as JSON."""
        return cls(
            id=journey.id, title=journey.title, purpose=journey.purpose, level=journey.level, version=journey.version,
            state=journey.state, window_seconds=journey.window.total_seconds(),
            stages=tuple(stage.id for stage in journey.stages), steps=tuple(step.id for step in journey.steps),
        )  # fmt: skip


class LaneOut(BaseModel):
    """One number of a lane, with the metric and the subject it belongs to."""

    metric: str
    subject: str
    number: NumberOut

    @classmethod
    def of(cls, lane: LaneNumber) -> LaneOut:
        """A lane's number as JSON."""
        return cls(metric=lane.words.id, subject=lane.subject, number=NumberOut.of(lane.number))


class VerbatimOut(BaseModel):
    """One text a person wrote."""

    text: str
    kind: str
    occurred_at: datetime
    actor: str
    value: float | None
    question: str

    @classmethod
    def of(cls, said: Verbatim) -> VerbatimOut:
        """A text as JSON."""
        return cls(**{name: getattr(said, name) for name in cls.model_fields})


class StepOut(BaseModel):
    """One step with its lanes."""

    id: str
    title: str
    use: str
    optional: bool
    hand_off: bool
    moment_of_truth: bool
    touchpoints: tuple[str, ...]
    open: int | None
    volume: NumberOut
    reach: NumberOut
    completion: NumberOut
    drop_off: NumberOut
    time: NumberOut
    contacts: NumberOut
    tasks: tuple[LaneOut, ...]
    attitude: tuple[LaneOut, ...]
    verbatims: tuple[VerbatimOut, ...]

    @classmethod
    def of(cls, step: StepMap) -> StepOut:
        """A measured step as JSON."""
        designed, lane = step.step, NumberOut.of
        return cls(
            id=designed.id, title=designed.title, use=designed.use, optional=designed.optional, hand_off=designed.hand_off,
            moment_of_truth=designed.moment_of_truth, touchpoints=designed.touchpoints, open=step.open,
            volume=lane(step.volume), reach=lane(step.reach), completion=lane(step.completion), drop_off=lane(step.drop_off),
            time=lane(step.time), contacts=lane(step.contacts), tasks=tuple(LaneOut.of(one) for one in step.tasks),
            attitude=tuple(LaneOut.of(one) for one in step.attitude), verbatims=tuple(VerbatimOut.of(one) for one in step.verbatims),
        )  # fmt: skip


class StageOut(BaseModel):
    """One stage with its steps."""

    id: str
    title: str
    steps: tuple[StepOut, ...]

    @classmethod
    def of(cls, stage: StageMap) -> StageOut:
        """A measured stage as JSON."""
        return cls(id=stage.stage.id, title=stage.stage.title, steps=tuple(StepOut.of(step) for step in stage.steps))


class JourneyMapOut(BaseModel):
    """A designed journey with what was observed on it. `words` defines the lanes."""

    journey: JourneyOut
    finding: str
    entrants: int | None
    open_entrants: int | None
    conversion: NumberOut
    stages: tuple[StageOut, ...]
    words: Mapping[str, MetricOut]
    period: PeriodOut | None
    late: LateOut = 0
    segment: str
    unplaced_answers: int
    data_version: str

    @classmethod
    def of(cls, shown: JourneyMap) -> JourneyMapOut:
        """A map as JSON."""
        return cls(
            journey=JourneyOut.of(shown.journey), finding=shown.finding, entrants=shown.entrants,
            open_entrants=shown.open_entrants, conversion=NumberOut.of(shown.conversion),
            stages=tuple(StageOut.of(stage) for stage in shown.stages),
            words={lane: MetricOut.of(words) for lane, words in shown.words.items()},
            period=PeriodOut.of(shown.period) if shown.period else None, segment=shown.segment, unplaced_answers=shown.unplaced_answers,
            late=late_of(shown), data_version=shown.data_version,
        )  # fmt: skip


class PersonHitOut(BaseModel):
    """One search hit."""

    actor: str
    signals: int
    last: datetime

    @classmethod
    def of(cls, hit: PersonHit) -> PersonHitOut:
        """A hit as JSON."""
        return cls(actor=hit.actor, signals=hit.signals, last=hit.last)


class EntryOut(BaseModel):
    """One signal of a person."""

    occurred_at: datetime
    kind: str
    source: str
    channel: str
    surface: str
    touchpoint: str
    value: float | None
    unit: str
    text: str
    objects: Mapping[str, str]
    properties: Mapping[str, object]
    steps: tuple[str, ...]
    revision: int
    visit: int = Field(description="Entries of the same number lie less than half an hour apart.")
    friction: bool

    @classmethod
    def of(cls, entry: TimelineEntry) -> EntryOut:
        """A signal as JSON."""
        return cls(**{name: getattr(entry, name) for name in cls.model_fields})


class StatusOut(BaseModel):
    """A status of the lifecycle (potential, current or past customer), and since when."""

    status: str
    since: datetime


class PersonOut(BaseModel):
    """Everything known to have happened to one person, newest first."""

    actor: str
    actors: tuple[str, ...]
    entries: tuple[EntryOut, ...]
    total: int
    matching: int
    first: datetime | None
    last: datetime | None
    sources: Mapping[str, int]
    roles: tuple[str, ...]
    statuses: tuple[StatusOut, ...]
    start: int = Field(description="So many newer signals that fit come before the entries.")
    kinds: Mapping[str, int]
    friction: int = Field(description="Moments of friction among all signals of the period.")
    accounts: tuple[str, ...]

    @classmethod
    def of(cls, person: PersonTimeline) -> PersonOut:
        """A timeline as JSON."""
        plain = {name: getattr(person, name) for name in cls.model_fields if name not in ("entries", "statuses")}
        statuses = tuple(StatusOut(status=one.status, since=one.since) for one in person.statuses)
        return cls(**plain, statuses=statuses, entries=tuple(EntryOut.of(entry) for entry in person.entries))


class KindCountOut(BaseModel):
    """A kind of signal: how many, from when to when."""

    kind: str
    signals: int
    first: datetime
    last: datetime

    @classmethod
    def of(cls, count: KindCount) -> KindCountOut:
        """A count as JSON."""
        return cls(kind=count.kind, signals=count.signals, first=count.first, last=count.last)


class KindOut(BaseModel):
    """One kind of signal; nothing reads it where `used_by` is empty."""

    kind: str
    signals: int
    first: datetime
    last: datetime
    used_by: tuple[str, ...]

    @classmethod
    def of(cls, kind: KindUse) -> KindOut:
        """A kind as JSON."""
        return cls(**{name: getattr(kind, name) for name in cls.model_fields})
