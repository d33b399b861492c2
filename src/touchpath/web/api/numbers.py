"""Numbers as JSON: a missing number is null with its reason, and nothing is ever NaN or infinite."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from touchpath.metrics.benchmarks import Verdict
from touchpath.metrics.weighing import Weighing
from touchpath.model.estimate import Comparison, Estimate
from touchpath.model.time import Period
from touchpath.services.results import Measurement, MetricWords, Number, Part, Reading
from touchpath.services.tables import late_of
from touchpath.stats.mixes import MixBetween, MixChange

LateOut = Annotated[int, Field(description="Signals that came late or were corrected after the period was over.")]


class PeriodOut(BaseModel):
    """A span of time: from `start`, up to but without `end`."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, period: Period) -> PeriodOut:
        """A period as JSON."""
        return cls(start=period.start, end=period.end)


class NumberOut(BaseModel):
    """One number with its interval, or null and the reason why there is none."""

    value: float | None = Field(description="The number in `unit`; shares run from 0 to 1. Null when there is none.")
    low: float | None = Field(description="Lower end of the interval; null when there is none.")
    high: float | None = Field(description="Upper end of the interval; null when there is none.")
    confidence: float | None
    n: int | None = Field(description="How many it stands on; null where that is hidden.")
    n_unit: str
    unit: str | None
    reason: str | None = Field(description="Why there is no number; null when there is one.")
    method: str = ""
    definition: str = ""
    version: str = Field(default="", description="The version of the definition.")
    period: PeriodOut | None = None
    data_version: str = ""
    warnings: tuple[str, ...] = Field(default=(), description="Why to read the number with care.")
    notes: tuple[str, ...] = Field(default=(), description="What else there is to know about it.")

    @classmethod
    def of(cls, number: Number) -> NumberOut:
        """An estimate, or its absence, as JSON."""
        period = PeriodOut.of(number.period) if number.period else None
        if not isinstance(number, Estimate) or finite(number.value) is None:
            reason = "the number is not finite" if isinstance(number, Estimate) else number.reason
            n = number.n if isinstance(number, Estimate) else number.count
            return cls(
                value=None, low=None, high=None, confidence=None, n=n, n_unit=number.n_unit, unit=None, reason=reason,
                definition=number.definition, version=number.version, period=period, data_version=number.data_version,
            )  # fmt: skip
        return cls(
            value=number.value, low=finite(number.low), high=finite(number.high), confidence=number.confidence,
            n=number.n, n_unit=number.n_unit, unit=number.unit, reason=None, method=number.method,
            definition=number.definition, version=number.version, period=period, data_version=number.data_version,
            warnings=number.warnings,
            notes=number.notes,
        )  # fmt: skip


class ComparisonOut(BaseModel):
    """How a number differs from the one before; `changed` is null inside noise."""

    kind: str
    value: float | None
    low: float | None
    high: float | None
    confidence: float
    unit: str
    method: str
    changed: str | None
    sentence: str
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, change: Comparison) -> ComparisonOut:
        """A comparison as JSON."""
        return cls(
            kind=change.kind, value=finite(change.value), low=finite(change.low), high=finite(change.high),
            confidence=change.confidence, unit=change.unit, method=change.method, changed=change.changed,
            sentence=change.sentence, warnings=change.warnings,
        )  # fmt: skip


class MixPartOut(BaseModel):
    """What one segment adds to a change."""

    title: str
    share_before: float
    share_after: float
    before: float
    after: float
    within: float
    mix: float


class MixOut(BaseModel):
    """A change, split into change within segments and change of their mix."""

    by: str
    change: ComparisonOut
    within: ComparisonOut
    mix: ComparisonOut
    reversed: str | None = Field(description="Simpson's paradox: every (or balance) where segments go the other way, else null.")
    sentence: str
    parts: tuple[MixPartOut, ...]

    @classmethod
    def of(cls, split: MixChange) -> MixOut:
        """A split as JSON."""
        return cls(
            by=split.by, change=ComparisonOut.of(split.change), within=ComparisonOut.of(split.within), mix=ComparisonOut.of(split.mix),
            reversed=split.reversed, sentence=split.sentence,
            parts=tuple(MixPartOut(**{name: getattr(part, name) for name in MixPartOut.model_fields}) for part in split.parts),
        )  # fmt: skip


class MixBetweenOut(BaseModel):
    """A difference between two groups, and what is left of it where both have the same mix of another dimension."""

    by: str
    before_title: str
    after_title: str
    change: ComparisonOut = Field(description="The difference over all.")
    within: ComparisonOut = Field(description="The standardised difference: with the mean mix of both groups.")
    mix: ComparisonOut = Field(description="What the mix adds to it.")
    disagrees: str | None = Field(
        description="reversed (Simpson's paradox), explained or hidden, where the two conclusions differ beyond noise, else null."
    )
    sentence: str
    parts: tuple[MixPartOut, ...]

    @classmethod
    def of(cls, one: MixBetween) -> MixBetweenOut:
        """A standardised difference as JSON."""
        return cls(
            by=one.by, before_title=one.before_title, after_title=one.after_title, change=ComparisonOut.of(one.change),
            within=ComparisonOut.of(one.within), mix=ComparisonOut.of(one.mix), disagrees=one.disagrees, sentence=one.sentence,
            parts=tuple(MixPartOut(**{name: getattr(part, name) for name in MixPartOut.model_fields}) for part in one.parts),
        )  # fmt: skip


class MetricOut(BaseModel):
    """What a metric asks, how it is computed, and where that comes from."""

    id: str
    title: str
    asks: str
    discipline: str
    unit: str
    better: str
    method: str
    definition: str
    source: str
    caveats: tuple[str, ...]
    subject: str = Field(description="What it is measured of: task, question, questionnaire, journey, signals or query.")
    level: str
    horizon: str
    need: str
    scale: str
    interval: str = Field(description="The method of the interval, by its title.")
    formula: str
    minimum_n: int
    benchmarks: tuple[str, ...] = Field(description="Published numbers, each with its source and year.")
    version: int
    version_label: str = Field(
        description="The version in words; of a metric tied to a query with that of the catalogue's metric."
    )
    licence: str
    family: str
    query: str = Field(description="Which query it is measured of; empty for other metrics.")
    worthwhile: str = Field(
        description="The smallest difference that is worth finding, by which people are planned; empty = none chosen."
    )
    also: tuple[str, ...] = Field(
        description="What the field calls it besides: abbreviations, other names, sets that it belongs to."
    )

    @classmethod
    def of(cls, words: MetricWords) -> MetricOut:
        """A metric's words as JSON."""
        return cls(**{name: getattr(words, name) for name in cls.model_fields})


class ReadingOut(BaseModel):
    """One number of a measurement: its period and its segment."""

    number: NumberOut
    period: PeriodOut | None
    segment: str
    complete: bool = Field(description="False while the data do not reach the end of the period.")
    late: LateOut = 0

    @classmethod
    def of(cls, reading: Reading) -> ReadingOut:
        """A reading as JSON."""
        period = PeriodOut.of(reading.period) if reading.period else None
        return cls(
            number=NumberOut.of(reading.number), period=period, segment=reading.segment, complete=reading.complete,
            late=late_of(reading),
        )  # fmt: skip


class VerdictOut(BaseModel):
    """What a published benchmark says of a number; an empty label is no verdict, for the reason given."""

    benchmark: str
    label: str
    reason: str

    @classmethod
    def of(cls, verdict: Verdict) -> VerdictOut:
        """A verdict as JSON."""
        return cls(benchmark=verdict.benchmark, label=verdict.label, reason=verdict.reason)


class PartOut(BaseModel):
    """One part of a composite: its own number, its weight, and what it comes to on the composite's scale."""

    metric: MetricOut
    subject: str
    weight: float
    number: NumberOut
    score: float | None = Field(description="From 0 (the part's worst) to 100 (its best); null while it has no number.")

    @classmethod
    def of(cls, part: Part) -> PartOut:
        """A part as JSON."""
        metric, number = MetricOut.of(part.words), NumberOut.of(part.number)
        return cls(metric=metric, subject=part.subject, weight=part.weight, number=number, score=part.score)


WeightParam = Annotated[
    str,
    Query(
        max_length=20,
        description="What counts once: people, account, or revenue (accounts by what they pay); blank = as the metric is defined.",
    ),
]


class WeighingOut(BaseModel):
    """How accounts weigh in a number, and what the same answers say when each counts once."""

    weight: str
    plain: NumberOut = Field(description="The same answers or attempts, each once.")
    accounts: int = Field(description="How many accounts count.")
    alone: int | None = Field(description="Answers of people in no account that count; null where that is hidden.")
    left_out: int = Field(description="Answers of no account that counts.")
    small_accounts: int = Field(description="Accounts of too few people to be counted for whoever asks.")
    effective_n: float | None = Field(description="Kish's: how many answers of equal weight tell as much.")
    design_effect: float | None = Field(description="The squared error as a multiple of that of as many independent answers.")
    effective_accounts: float | None
    largest: float | None = Field(description="The share of all weight that one account has.")
    money: str = Field(description="paid (in the last year), recurring (a month), or blank.")
    sentence: str

    @classmethod
    def of(cls, made: Weighing) -> WeighingOut:
        """What was weighed, as JSON."""
        return cls(
            weight=made.weight, plain=NumberOut.of(made.plain), accounts=made.accounts, alone=made.alone, left_out=made.left_out,
            small_accounts=made.small, effective_n=made.effective_n, design_effect=made.design_effect,
            effective_accounts=made.effective_accounts, largest=made.largest, money=made.money, sentence=made.sentence,
        )  # fmt: skip


class MeasurementOut(BaseModel):
    """One metric of one subject: whole, and cut by period and segment."""

    metric: MetricOut
    subject: str
    about: str
    total: NumberOut
    readings: tuple[ReadingOut, ...]
    change: ComparisonOut | None
    period: PeriodOut
    data_version: str
    verdicts: tuple[VerdictOut, ...] = ()
    parts: tuple[PartOut, ...] = Field(default=(), description="The parts of a composite, in total.")
    mix: MixOut | None = Field(
        default=None, description="By period and segment: the last change, within segments and of their mix."
    )
    notes: tuple[str, ...] = Field(default=(), description="What to know before reading, as that parts overlap.")
    weighing: WeighingOut | None = Field(default=None, description="How accounts weigh; null = as the metric is defined.")

    @classmethod
    def of(cls, measured: Measurement) -> MeasurementOut:
        """A measurement as JSON."""
        return cls(
            metric=MetricOut.of(measured.metric), subject=measured.subject, about=measured.about,
            total=NumberOut.of(measured.total), readings=tuple(ReadingOut.of(reading) for reading in measured.readings),
            change=ComparisonOut.of(measured.change) if measured.change else None,
            period=PeriodOut.of(measured.period), data_version=measured.data_version,
            verdicts=tuple(map(VerdictOut.of, measured.verdicts)), parts=tuple(map(PartOut.of, measured.parts)),
            mix=MixOut.of(measured.mix) if measured.mix else None, notes=measured.notes,
            weighing=WeighingOut.of(measured.weighing) if measured.weighing else None,
        )  # fmt: skip


def finite(value: float) -> float | None:
    """The value, or None for what JSON cannot say."""
    return value if math.isfinite(value) else None
