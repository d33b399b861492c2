"""What every query is: how its document is read, which fold counts, and how the counts are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

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


def each_cell(frame: Frame) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """Every cell of a frame with the values of the columns WHERE: period by period, segment by segment."""
    for place, period in enumerate(frame.periods):
        for number, segment in enumerate(frame.segments):
            yield frame.cell(place, number), (period.start, period.end, segment)
