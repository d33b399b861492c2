"""A metric: which fold counts, which pure function concludes, and the words that every number opens to."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar

from touchpath.metrics.benchmarks import Benchmark
from touchpath.metrics.methods import MethodName
from touchpath.model.estimate import Better, Comparison, Estimate, Undefined
from touchpath.model.time import Grain
from touchpath.timelines.fold import Fold, Summary

Number = Estimate | Undefined

#: What a metric is measured of: a task, a question, a questionnaire's items (a tuple of questions), a journey, an event rule, a definition of
#: the model's own, or a query that the model ties it to.
Subject = Literal["task", "question", "questionnaire", "journey", "signals", "defined", "query"]
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a query's summary a number stands, as the query says.

    cell: period and segment.   column: of a summary that has several, as retention has one for each interval.
    intervals: how many of the query's intervals (days, say) the data reach in the cell's period.   scale: how many units make 1.
    terms: numbers of the query's document that the conclusion needs, in an order of the query's own.
    """

    cell: int
    column: int = 0
    intervals: int = 0
    scale: int = 1
    terms: tuple[float, ...] = ()


class PlaceEstimating(Protocol[S_contra]):
    """Concludes from the counts of one place."""

    def __call__(self, summary: S_contra, at: Place, confidence: float = 0.95) -> Number: ...


class PlaceComparing(Protocol[S_contra]):
    """Concludes how the counts of one place differ from those of an earlier (or another) one."""

    def __call__(self, summary: S_contra, before: Place, after: Place, confidence: float = 0.95) -> Comparison | Undefined: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The words of a metric.

    name: stable, used in links and code.   asks: the question it answers.   unit: as in Estimate.   scale: from where to where it runs.
    interval: which method gives the interval, by name.   method: how value and interval come about, in its own words ("" = the
    method's).   definition: what is counted, exactly.   formula: the same as a formula.   source: where the method is from.
    minimum_n: below this many there is no number.   version: grows when the meaning changes.   licence: of a questionnaire whose
    wording is not ours ("" = there is none).   each: of which calendar period one number speaks, where it has no meaning for any
    other span (None = of any).   worthwhile: the smallest difference that is worth finding, for planning how many people would do: in the unit, of
    times as a factor above 1; a choice, which the model may make for metrics of its own (None = a difference of common size).
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
    scale: str
    interval: MethodName
    definition: str
    formula: str
    source: str
    method: str = ""
    caveats: tuple[str, ...] = ()
    minimum_n: int = 1
    benchmarks: tuple[Benchmark, ...] = ()
    version: int = 1
    licence: str = ""
    each: Grain | None = None
    worthwhile: float | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """The ends of the scale, where its words begin with them; else no ends."""
        if found := re.match(r"(-?\d+) to (-?\d+)\b", self.scale):
            return float(found[1]), float(found[2])
        found = re.match(r"(-?\d+) and up\b(?!, unless)|above (-?\d+)\b", self.scale)
        return (float(found[1] or found[2]) if found else -math.inf), math.inf

    @property
    def version_label(self) -> str:
        """Which version this is, in words that two versions never share."""
        return str(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Definition, Generic[Of, S]):
    """One metric that is measured of a noun of the model.

    fold: makes the fold for a subject, and raises BadInput for a subject it cannot be measured of.
    """

    fold: Callable[[Of], Fold[S]]
    estimate: Estimating[S]
    compare: Comparing[S]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryMetric(Definition, Generic[S]):
    """One metric that is measured of a query: the query counts, and the model says what the query reads in this organisation.

    query: the name that the query's documents use.   column: the name of the summary's column, of a query that has several.
    needs: keys that the document must give, and what they may say (nothing = anything).
    catalogue_version: once a model ties it to a query, and `version` is that of the tie.
    """

    query: str
    estimate: PlaceEstimating[S]
    compare: PlaceComparing[S]
    column: str = ""
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subject: Subject = "query"
    catalogue_version: int = 0

    @property
    def version_label(self) -> str:
        """The version of the model's tie, with that of the catalogue's metric."""
        return f"{self.version} (catalogue {self.catalogue_version})" if self.catalogue_version else str(self.version)
