"""A metric: which fold counts, which pure function concludes, and the words that every number opens to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from touchpath.model.estimate import Better, Comparison, Estimate, Undefined
from touchpath.timelines.fold import Fold, Summary

Number = Estimate | Undefined

#: What a metric is measured of: a task, a question, a questionnaire's items (a tuple of questions), a journey, an event rule, or a definition of
#: the model's own.
Subject = Literal["task", "question", "questionnaire", "journey", "signals", "defined"]
#: Where it looks: at one interface, along a journey, or at the whole relationship.
Level = Literal["interface", "journey", "relationship"]
#: How soon it moves.
Horizon = Literal["session", "task", "quarter", "lifetime"]

Of = TypeVar("Of")
S = TypeVar("S", bound=Summary)
S_contra = TypeVar("S_contra", contravariant=True)


class Estimating(Protocol[S_contra]):
    """Concludes from the counts of one cell."""

    def __call__(self, summary: S_contra, cell: int, confidence: float = 0.95) -> Number: ...


class Comparing(Protocol[S_contra]):
    """Concludes how the counts of one cell differ from those of an earlier (or another) one."""

    def __call__(self, summary: S_contra, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Generic[Of, S]):
    """One metric of the catalogue.

    name: stable, used in links and code.   asks: the question it answers.   unit: as in Estimate.
    fold: makes the fold for a subject, and raises BadInput for a subject it cannot be measured of.
    method: how value and interval come about.   definition: what is counted, exactly.   source: where the method is from.
    minimum_n: below this many people there is no number.
    """

    name: str
    title: str
    asks: str
    discipline: Literal["UX", "CX"]
    level: Level
    horizon: Horizon
    need: Literal["functional", "emotional"]
    unit: str
    better: Better
    subject: Subject
    fold: Callable[[Of], Fold[S]]
    estimate: Estimating[S]
    compare: Comparing[S]
    method: str
    definition: str
    source: str
    caveats: tuple[str, ...] = ()
    minimum_n: int = 1
