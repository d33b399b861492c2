"""The protocols that every fold, summary and engine keeps."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

import numpy as np

from touchpath.timelines.arrays import NO_BYTES, Bytes, Cells, Int32s, Int64s, Timelines, TimelineSet, one_cell


class Summary(Protocol):
    """Counts of one fold, per cell, integers only; adding the summaries of two groups of people gives that of both."""

    def __add__(self, other: Self, /) -> Self: ...


S = TypeVar("S", bound=Summary)
S_co = TypeVar("S_co", bound=Summary, covariant=True)


@dataclass(frozen=True, slots=True)
class Folded(Generic[S_co]):
    """What one pass over some timelines gives: the summary, and for each owner an outcome code of the fold's own (-1 = none).

    Outcomes make selections ("the people behind the number"); they are no part of the summary.
    """

    summary: S_co
    outcomes: Int32s


class Fold(Protocol[S_co]):
    """One question to timelines, answered in one pass."""

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[S_co]:
        """Read each timeline once.

        people: (people,) 1 = read this owner; zero-length = read all. Owners in `timelines.skip` are never read.
        end: latest time in the data in microseconds; windows that close after it are open cases.
        """
        ...


class Tally(Protocol[S_co]):
    """Counts of one fold that go on from one shard to the next: by cell, and in one cell that holds all between the first and the last edge,
    in a segment or not."""

    def add(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> None:
        """Read each timeline once. After BadInput the tally is of no use: one of the two summaries may be fine, so ask for them one by one."""
        ...

    def both(self) -> tuple[S_co, S_co]:
        """The summary by cell and that of the whole, bit for bit as `map` gives them one by one for all that was added."""
        ...


@runtime_checkable
class Totalling(Protocol[S_co]):
    """A fold that can count a whole beside its cells in the same pass, shard after shard."""

    def tally(self, cells: int) -> Tally[S_co] | None:
        """Nothing counted yet, by so many cells; None = here the two have to be asked one by one.

        All that one tally reads may have fewer than 2**31 signals, as a shard may.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ending:
    """How far a summary depends on where the data end, for owners none of whose signals come after that.

    Two ends with the same `mark` give an owner the same counts, once both lie `reach` microseconds or more after the owner's last
    signal: by then everything of theirs is closed. `placed`: borders of periods only say in which period a signal lies, so a
    border may move as long as it passes no signal.
    """

    mark: Hashable = None
    reach: int = 0
    placed: bool = True


@runtime_checkable
class Ends(Protocol):
    """A fold that knows how it depends on the end of the data. Of any other, every end may give another summary."""

    def ending(self, edges: Int64s, end: int) -> Ending:
        """How the summary depends on `end`, with these borders of periods."""
        ...


def ending_of(fold: object, edges: Int64s, end: int) -> Ending:
    """How a fold's summary depends on the end of the data; what a fold does not say is taken to matter."""
    return fold.ending(edges, end) if isinstance(fold, Ends) else Ending(mark=end, placed=False)


class Cut(Protocol):
    """How a query divides: gives each shard its cells. All shards get the same number of cells, in the same order."""

    def cells(self, timelines: Timelines) -> Cells: ...


class Who(Protocol):
    """Which owners a query reads."""

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = read; zero-length = all."""
        ...


@dataclass(frozen=True, slots=True)
class Whole:
    """No cut: everything in one cell."""

    def cells(self, timelines: Timelines) -> Cells:
        return one_cell()


@dataclass(frozen=True, slots=True)
class Everyone:
    """No filter."""

    def people(self, timelines: Timelines) -> Bytes:
        return NO_BYTES


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of owners, by key, as one data version knew them: a fold's output, and a filter for any other fold."""

    unit: str
    keys: Int64s
    title: str
    data_version: str = ""

    def people(self, timelines: Timelines) -> Bytes:
        """(people,) 1 = selected."""
        if self.keys.size == 0:
            return np.zeros(timelines.people, np.uint8)
        places = np.searchsorted(self.keys, timelines.owners)
        places[places == self.keys.size] = 0
        selected: Bytes = (self.keys[places] == timelines.owners).astype(np.uint8)
        return selected


@dataclass(frozen=True, slots=True)
class Ask(Generic[S_co]):
    """One fold with how it divides and whom it reads: owners must pass every one of `who`."""

    fold: Fold[S_co]
    cut: Cut
    who: tuple[Who, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """What came instead of a summary."""

    error: Exception


class Engine(Protocol):
    """Runs folds over all shards: threads here, Spark elsewhere; the same summaries bit for bit."""

    def summarise(self, fold: Fold[S], timelines: TimelineSet, cut: Cut, who: Sequence[Who]) -> S:
        """One summary of all shards; owners must pass every one of `who`."""
        ...

    def summarise_all(self, asks: Sequence[Ask[Any]], timelines: TimelineSet) -> Sequence[Any | Failed]:
        """The summary of each, in order, the same bit for bit as asked one by one; one that fails costs the others nothing.

        All are read together, shard by shard, and what they have in common (a filter, a cut, conditions) is worked out once.
        """
        ...

    def keeps(self, ask: Ask[Any], timelines: TimelineSet) -> bool:
        """Whether a part of the summary is kept from before, so that only what new signals touched is read."""
        ...

    def select(
        self,
        fold: Fold[S],
        timelines: TimelineSet,
        outcomes: frozenset[int],
        who: Sequence[Who],
        title: str,
        cut: Cut | None = None,
    ) -> Selection:
        """The owners whose outcome is one of `outcomes`, looking only at what falls into the cells of `cut`."""
        ...
