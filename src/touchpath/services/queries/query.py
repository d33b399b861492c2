"""What every query is: how its document is read, which fold counts, and how the counts are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from touchpath.metrics.metric import Place
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.model.time import Grain, Period
from touchpath.services.ground import Frame
from touchpath.services.results import Table, Value
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.fold import Fold

#: The columns that say where in a frame a row of an answer counts.
WHERE = ("from", "to", "segment")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a query may need to know to make its fold: the model, the calendar, the timelines, the period asked about and its grain."""

    experience: Experience
    timelines: TimelineSet
    period: Period
    zone: str = "UTC"
    week_start: int = 0
    grain: Grain | None = None


@runtime_checkable
class Ripens(Protocol):
    """A query whose number of a period goes on changing after its fold has closed what it counts, or for ever."""

    @property
    def uneven(self) -> str:
        """Why it never ceases to, so that older periods cannot be compared with newer ones; "" = it does."""
        ...

    def open_for(self, column: str) -> timedelta:
        """How long after a period's end the number of a column may still change."""
        ...


class Query(Protocol):
    """One analysis. Implementations are frozen dataclasses of plain values, so that equal queries are the same query."""

    #: What the document's `query` says.
    name: ClassVar[str]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """The query of a document; faults are noted in `fields`, keys that all queries share are already taken."""
        ...

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Every event rule it reads: for spelling checks, and to find properties that the model does not declare."""
        ...

    def fold(self, setting: Setting) -> Fold[Any]:
        """The fold that counts."""
        ...

    def tables(self, summary: Any, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """What the counts say, in tables; the first is the one that most people want."""
        ...

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """The groups of people that can be selected by it, by name: the outcome codes of its fold."""
        ...


@runtime_checkable
class HasColumns(Protocol):
    """A query whose summary has several columns in each cell."""

    def columns(self) -> Sequence[str]:
        """Their names, in order."""
        ...


@runtime_checkable
class HasIntervals(Protocol):
    """A query that divides each period into intervals."""

    def reached(self, frame: Frame, cell: int) -> int:
        """How many of a cell's intervals the data reach."""
        ...


@runtime_checkable
class HasScale(Protocol):
    """A query whose summary counts in parts of a unit."""

    @property
    def scale(self) -> int:
        """How many of them make 1."""
        ...


@runtime_checkable
class HasTerms(Protocol):
    """A query whose document has numbers that only the conclusion needs."""

    @property
    def terms(self) -> tuple[float, ...]:
        """These numbers."""
        ...


def place_in(query: Query, frame: Frame, cell: int, column: str = "") -> Place:
    """Where a metric of this query stands in its summary; a column must be one of the query's."""
    return Place(
        cell,
        list(query.columns()).index(column) if column and isinstance(query, HasColumns) else 0,
        query.reached(frame, cell) if isinstance(query, HasIntervals) else 0,
        query.scale if isinstance(query, HasScale) else 1,
        query.terms if isinstance(query, HasTerms) else (),
    )


def each_cell(frame: Frame) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """Every cell of a frame with the values of the columns WHERE: period by period, segment by segment."""
    for place, period in enumerate(frame.periods):
        for number, segment in enumerate(frame.segments):
            yield frame.cell(place, number), (period.start, period.end, segment)
