"""What kinds of signals hold, day by day and property by property, as it is kept about the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PropertyCount:
    """One type of value of one property of one kind: how many signals have it, from when to when, and the form of one value.

    type: text, number, boolean, list, object or nothing. form: a value with its letters and digits hidden.
    """

    type: str
    signals: int
    first: datetime
    last: datetime
    form: str


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Signals of kinds by day: `counts` (kinds, days) from `first_day` (days since 1970 in the workspace's zone) on.

    Corrections count once, on the day of the first revision. sources: which of them a kind came from. live: the share of a
    source's signals that were received within two days after they happened.
    """

    kinds: Sequence[str]
    first_day: int
    counts: NDArray[np.int64]
    sources: Mapping[str, frozenset[str]]
    source_days: Mapping[str, tuple[int, int]]
    live: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that answers came to: what its tool calls it, how it was worded, how many answers, and the numbers they run over.

    low, high: None where no answer has a number. scale: nps, csat or ces where the tool itself says so.
    """

    id: str
    wording: str
    answers: int
    low: float | None
    high: float | None
    scale: str


@dataclass(frozen=True, slots=True)
class CatalogueState:
    """How much of the lake has been looked at: signals and files, of how many. version: of the lake that was looked at."""

    signals: int
    all_signals: int
    version: int

    @property
    def whole(self) -> bool:
        """Whether everything was looked at."""
        return self.signals >= self.all_signals


class CatalogueStore(Protocol):
    """Keeps what kinds hold, brought up to date with the lake bit by bit."""

    def refresh(self, seconds: float) -> CatalogueState:
        """Look at what came since, beside the caller; give back after so many seconds at most, however much is left."""
        ...

    def days(self) -> DayCounts:
        """Signals by kind and day."""
        ...

    def property_counts(self, kind: str) -> Mapping[str, Sequence[PropertyCount]]:
        """The properties of a kind, each with its types, most frequent first; at most 1,000."""
        ...

    def property_changes(self, days: int, settled: int, most: int = 10_000) -> Sequence[tuple[str, str, Sequence[PropertyCount]]]:
        """Kind, property and types where something may have changed in the last `days` of the kind.

        A type came more than `settled` days after the kind, or the property ended before the kind did.
        """
        ...

    def property_numbers(self) -> Mapping[str, int]:
        """How many properties each kind has."""
        ...

    def examples(self, kind: str, most: int = 3) -> Mapping[str, Sequence[str]]:
        """Some values of each property of a kind, read from the newest signals; a person's own words may be among them."""
        ...

    def asked_questions(self, most: int) -> Sequence[AskedQuestion]:
        """The questions that the newest answers (at most 500,000) came to, most answers first."""
        ...

    def close(self) -> None:
        """End the look that is under way."""
        ...

    def clear(self) -> None:
        """Delete what is kept, as after an erasure; it is found again when asked for."""
        ...
