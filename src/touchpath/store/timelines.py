"""Where timelines are kept: derived from signals, and safe to delete at any time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class TimelineStore(Protocol[T_co]):
    """Opens the timelines of a unit ("person", "account" or an object kind), always as new as the signals."""

    def open(self, unit: str = "person", properties: Sequence[str] = ()) -> T_co:
        """Timelines that hold every signal appended before this call, with a column for each of `properties`.

        Builds what is missing, reads only what is new, and is safe to call for every query.
        """
        ...

    def rebuild(self, unit: str = "person", properties: Sequence[str] = ()) -> T_co:
        """Build from the signals alone and swap it in."""
        ...

    def person_of(self, actor_key: int, at: int | None = None) -> int:
        """The key of the person whom an actor belongs to; an unknown actor is a person of their own.

        A device that was handed on from one person to the next belongs, at a time (microseconds), to one of them or to nobody; without
        a time, and when it is nobody's, it is a person of its own.
        """
        ...

    def persons_of(self, actor_keys: Sequence[int], times: Sequence[int] | None = None) -> list[int]:
        """Whose some signals are, by the actors they are filed under and their times in microseconds; else as `person_of` without a time."""
        ...

    def actors_of(self, person: int) -> list[int]:
        """All actor keys that belong to a person; a device that was theirs only for a while is among them."""
        ...
