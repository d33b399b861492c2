"""Where records are kept: the model, and later cards, goals, reviews, cases. Nothing is overwritten, every revision stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """One revision of one record. `document` is a JSON object; `member` saved it at `at` and said `why`.

    Revisions of a record count 1, 2, 3 ...; 0 stands for "not there yet".
    """

    kind: str
    id: str
    revision: int
    document: Mapping[str, object]
    member: str
    at: datetime
    why: str = ""


class RecordStore(Protocol):
    """Keeps every revision of every record, with who saved it, when and why."""

    def save(self, kind: str, id: str, document: Mapping[str, object], *, expected: int, member: str, why: str = "") -> int:
        """Keep the next revision of a record and give its number; durable when this returns.

        `expected` is the revision that the change was made from, 0 for a new record. Raises Conflict when the record has
        another one by now (nothing is kept then), BadInput when the document is not JSON.
        """
        ...

    def revision(self, kind: str, id: str) -> int:
        """The newest revision of a record, 0 when there is none; cheaper than loading it."""
        ...

    def stamp(self, kind: str) -> tuple[int, int]:
        """How many revisions all records of a kind have, and when the last was saved (microseconds): changes with every one of them."""
        ...

    def load(self, kind: str, id: str, revision: int | None = None) -> Record:
        """The newest revision of a record, or the one asked for; raises Missing."""
        ...

    def history(self, kind: str, id: str) -> tuple[Record, ...]:
        """All revisions of a record, newest first; empty when there is none."""
        ...

    def list(self, kind: str) -> tuple[Record, ...]:
        """The newest revision of every record of a kind, by id."""
        ...
