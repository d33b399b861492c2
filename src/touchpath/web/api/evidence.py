"""What a claim about causes rests on, and the ends of its intervals, as JSON."""

from __future__ import annotations

from pydantic import BaseModel

from touchpath.services.evidence import Evidence
from touchpath.stats.intervals import Interval


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
