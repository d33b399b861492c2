"""Import jobs: how far each has come, kept so that a killed one goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of one file. Rows are what the file holds, signals what they stand for.

    job: 32 hex digits that stay the same for the same file and mapping. read: rows seen; each is taken, rejected or silent (it
    stands for no signal by the mapping's own conditions). new, duplicates, corrections: signals, as the lake judged them.
    unsplit: signals that were kept just before a kill, so that nobody noted which of the three they were. people_unknown:
    signals without an actor. notes: what else happened, with how often. sequence: the last batch done, -1 = none.
    position of total: bytes. complete: the end of the file was reached.
    """

    job: str
    source: str
    place: str
    started_at: datetime
    read: int = 0
    signals: int = 0
    new: int = 0
    duplicates: int = 0
    corrections: int = 0
    unsplit: int = 0
    rejected: int = 0
    silent: int = 0
    people_unknown: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)
    sequence: int = -1
    position: int = 0
    total: int = 0
    complete: bool = False

    @property
    def share_done(self) -> float:
        """How much of the file was read, 0 to 1."""
        return 1.0 if self.complete else self.position / self.total if self.total else 0.0


class ImportJobs(Protocol):
    """Keeps the report of every import job."""

    def load(self, job: str) -> ImportReport | None:
        """The report of a job as it was saved last, or None."""
        ...

    def save(self, report: ImportReport) -> None:
        """Keep a report, durable when this returns."""
        ...

    def drop(self, job: str) -> None:
        """Forget a job, so that the same file is new again."""
        ...

    def all(self) -> list[ImportReport]:
        """The reports of all jobs, newest first."""
        ...
