"""Where people and words are found again: derived from signals, and safe to delete at any time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ActorFound:
    """One actor id, how many signals are filed under it, and when the last one occurred."""

    actor: str
    signals: int
    last: datetime


@dataclass(frozen=True, slots=True)
class TextFound:
    """One text somebody wrote. `fields` are the other fields of its signal, also "properties.NAME" and "objects.KIND"."""

    key: int
    actor: str
    kind: str
    occurred_at: datetime
    value: float | None
    text: str
    fields: Mapping[str, str]


class SearchStore(Protocol):
    """Finds actors by id and texts by kind or by words. Every look-up first takes in what is new in the lake."""

    def find_actors(self, text: str, limit: int) -> list[ActorFound]:
        """Actors whose id holds `text`, those that begin with it first, then by latest signal; all actors for ""."""
        ...

    def find_texts(self, words: str, limit: int) -> list[TextFound]:
        """Texts that hold all these words (or their beginnings), newest first."""
        ...

    def texts_of(self, kinds: Sequence[str]) -> Iterator[TextFound]:
        """All texts of these kinds, newest first; empty = of every kind."""
        ...
