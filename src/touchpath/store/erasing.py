"""What erasing people needs of the stores: each forgets, one remembers whom to keep out, one remembers what is not finished yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


class Forgetful(Protocol):
    """A store that may hold what people did or said."""

    def forget(self, actors: Sequence[str]) -> int:
        """Erase for good every record that names one of these actors, from free space too; gives how many went.

        May be called again with the same actors, as after a kill; it then finishes what is left.
        """
        ...


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """How many signals of erased people one source sent on one day; none of them was kept."""

    day: date
    source: str
    signals: int


class SuppressionStore(Protocol):
    """Keyed hashes of the ids that must not come back, by the erasure that they belong to."""

    @property
    def token(self) -> object:
        """Changes whenever the hashes may have changed, whoever changed them; cheap to ask."""
        ...

    @property
    def key_check(self) -> bytes:
        """What tells whether a key is the one that the hashes were made with; b"" while there are none."""
        ...

    def hashes(self) -> frozenset[bytes]:
        """All of them."""
        ...

    def add(self, erasure: str, hashes: Collection[bytes], key_check: bytes) -> None:
        """Keep these out from now on; durable when this returns."""
        ...

    def erasures_of(self, hash: bytes) -> tuple[str, ...]:
        """The erasures that an id belongs to; none for an id that is not kept out."""
        ...

    def lift(self, erasure: str) -> int:
        """Let every id of one erasure in again; gives how many."""
        ...

    def count_away(self, day: date, signals: Mapping[str, int]) -> None:
        """Count signals that were turned away, by source."""
        ...

    def turned_away(self) -> tuple[TurnedAway, ...]:
        """What was turned away, newest day first."""
        ...


@dataclass(frozen=True, slots=True)
class Pending:
    """An erasure that was begun: enough to finish it after a kill. It is gone when the erasure is done.

    what: "people", "import" or "retention". ids: of people, in clear, as nothing else can finish their erasure. handed: keys of their
    signals on devices that were theirs only for a while, which do not name them. job: the import.
    source, moment: signals of a source before a moment.
    """

    id: str
    what: str
    member: str
    why: str
    began: datetime
    ids: tuple[str, ...] = ()
    keep_out: bool = True
    job: str = ""
    source: str = ""
    moment: datetime | None = None
    handed: tuple[int, ...] = ()


class PendingErasures(Protocol):
    """Keeps the erasure that is being done."""

    def alone(self, patience: float) -> AbstractContextManager[None]:
        """The right to erase, for one thread of one process at a time; raises Unavailable when it is not free after so many seconds."""
        ...

    def load(self) -> Pending | None:
        """The one that was begun and not finished, or None."""
        ...

    def save(self, pending: Pending) -> None:
        """Remember that it was begun, durable when this returns."""
        ...

    def clear(self) -> None:
        """It is finished."""
        ...
