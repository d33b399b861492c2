"""How far each connection has read, kept so that a killed run goes on where the lake ends."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

#: Where to go on reading: a JSON object that only its connector understands, without secrets. None = from the start.
Cursor = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PullState:
    """How far one stream of one connection has been read, and what became of its last run.

    sequence: the last batch that was seen to be in the lake, -1 = none; cursor: where reading goes on after it. ahead: where it
    goes on once batch `sequence + 1` is in the lake too; it is written before that batch is appended, so that after a kill the
    lake's own progress tells which of the two holds. The other fields count the last run: records read, the signals that they stand
    for and what the lake said to them, records refused. problem: why the run stopped, "" = it did not.
    """

    job: str
    sequence: int = -1
    cursor: Cursor | None = None
    ahead: Cursor | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    records: int = 0
    signals: int = 0
    new: int = 0
    duplicates: int = 0
    corrections: int = 0
    rejected: int = 0
    problem: str = ""


class PullStates(Protocol):
    """Keeps the state of every stream."""

    def load(self, job: str) -> PullState:
        """The state of a job as it was saved last; a fresh one when there is none."""
        ...

    def save(self, state: PullState) -> None:
        """Keep a state, durable when this returns."""
        ...

    def remove(self, job: str) -> None:
        """Forget how far a job came."""
        ...

    def running(self, connection: str) -> AbstractContextManager[None]:
        """The right to run a connection, for one run at a time; raises Conflict while another has it."""
        ...
