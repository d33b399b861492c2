"""Who was asked a question and who answered, as JSON."""

from __future__ import annotations

from pydantic import BaseModel, Field

from touchpath.services.responses import Responses
from touchpath.stats.representativeness import SegmentResponse
from touchpath.web.api.numbers import NumberOut


class SegmentResponseOut(BaseModel):
    """One segment: who was asked and answered, and whether it is represented as it was asked."""

    segment: str
    asked: int
    answered: int
    rate: float
    low: float
    high: float
    share_asked: float
    share_answered: float
    difference: float = Field(description="Share of the answers less share of the asked, in standard deviations.")
    p: float = Field(description="Of this segment answering as often as the others, corrected for the number of segments (Holm).")
    weight: float | None = Field(
        description="What one answer counts so that answers have the segments of the asked; null without any."
    )

    @classmethod
    def of(cls, one: SegmentResponse) -> SegmentResponseOut:
        """A segment as JSON."""
        return cls(
            segment=one.segment, asked=one.asked, answered=one.answered, rate=one.rate, low=one.limits.low, high=one.limits.high,
            share_asked=one.share_asked, share_answered=one.share_answered, difference=one.difference, p=one.p_family, weight=one.weight,
        )  # fmt: skip


class ResponsesOut(BaseModel):
    """One question's responses: rate, R-indicator, segments, and its number without and with weights."""

    question: str
    title: str
    by: str
    asked: int
    answered: int
    seen: int
    dismissed: int
    waiting: int = Field(description="Asked so lately that they may still answer; they count nowhere else.")
    sentence: str
    rate: NumberOut
    r_indicator: NumberOut
    as_answered: NumberOut
    as_asked: NumberOut
    segments: tuple[SegmentResponseOut, ...]

    @classmethod
    def of(cls, answer: Responses) -> ResponsesOut:
        """Responses as JSON."""
        people = answer.people
        return cls(
            question=answer.question,
            title=answer.title,
            by=answer.by,
            asked=people.asked if people else 0,
            answered=people.answered if people else 0,
            seen=answer.seen,
            dismissed=answer.dismissed,
            waiting=answer.waiting,
            sentence=answer.sentence,
            rate=NumberOut.of(answer.rate),
            r_indicator=NumberOut.of(answer.r_indicator),
            as_answered=NumberOut.of(answer.plain),
            as_asked=NumberOut.of(answer.weighted),
            segments=tuple(SegmentResponseOut.of(one) for one in people.segments) if people else (),
        )
