"""Journeys with what was observed on them, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from touchpath.model.experience import Journey, Stage, Step
from touchpath.model.time import Period
from touchpath.services.results.numbers import Late, MetricWords, Number


@dataclass(frozen=True, slots=True)
class Verbatim:
    """One text a person wrote, with where it came from."""

    text: str
    kind: str
    occurred_at: datetime
    actor: str
    value: float | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class LaneNumber:
    """One number in a lane of a journey map, with the words it opens to."""

    words: MetricWords
    number: Number
    subject: str = ""


@dataclass(frozen=True, slots=True)
class StepMap:
    """One step of a journey, measured. Lanes by name: volume, reach, completion, time, task_success, attitude, drop_off, contacts.

    volume: people who were at the step at all. completion: of those who reached the step before it, who reached this one.
    reach: of all entrants. time: from the step before. attitude holds one number per question (CSAT, NPS, CES ...).
    """

    step: Step
    volume: Number
    reach: Number
    completion: Number
    drop_off: Number
    time: Number
    contacts: Number
    open: int | None
    tasks: tuple[LaneNumber, ...] = ()
    attitude: tuple[LaneNumber, ...] = ()
    verbatims: tuple[Verbatim, ...] = ()


@dataclass(frozen=True, slots=True)
class StageMap:
    stage: Stage
    steps: tuple[StepMap, ...]


@dataclass(frozen=True, slots=True)
class JourneyMap:
    """A designed journey with what was observed on it. `finding` says the largest loss in one sentence.
    `period` is None while there are no signals at all. late: what changed it after it was over. Counts that are None are hidden."""

    journey: Journey
    stages: tuple[StageMap, ...]
    entrants: int | None
    open_entrants: int | None
    conversion: Number
    finding: str
    period: Period | None
    data_version: str
    words: Mapping[str, MetricWords] = field(default_factory=dict)
    segment: str = ""
    unplaced_answers: int = 0
    maturity: timedelta = timedelta()
    late: Late | None = None
