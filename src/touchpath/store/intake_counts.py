"""What came of live posts, counted by day and source, so that nothing is lost unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

#: What is counted. signals: taken in; the others are among the events that came.
COUNTED = (
    "signals",
    "duplicates",
    "corrections",
    "refused",
    "ignored",
    "no_consent",
    "late",
    "future",
    "unreadable",
    "bot",
    "internal",
)


@dataclass(frozen=True, slots=True)
class IntakeDay:
    """The counts of one UTC day and source."""

    day: date
    source: str
    counts: Mapping[str, int]


class IntakeCounts(Protocol):
    """Keeps counts by day and source; a batch that is done again counts once."""

    def add(self, batch: str, place: int, days: Sequence[IntakeDay]) -> None:
        """Count what a batch came to. A place not above the batch's last one was counted before."""
        ...

    def days(self, since: date | None = None) -> Sequence[IntakeDay]:
        """All counts since a day, newest first."""
        ...
