"""A time that a proposed mapping leaves open, and who settles it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TimeChoice:
    """A column as one format reads it. share: of its cells that are filled, from 0 to 1."""

    column: str
    format: str
    share: float


class Wizard(Protocol):
    """Proposes mappings, and settles what they leave open."""

    def propose(self, path: Path) -> str:
        """A mapping for a file; raises BadInput where no row can be read."""
        ...

    def time_choices(self, path: Path, mapping: str) -> tuple[TimeChoice, ...] | None:
        """What a time that a mapping leaves open could be; None = it leaves none open."""
        ...

    def settle_time(self, mapping: str, time: TimeChoice | date) -> str:
        """The mapping with the time that it leaves open said."""
        ...

    def day_orders(self, mapping: str) -> tuple[str, str] | None:
        """Two formats between which no date of a file tells day from month, the proposed one first; None = there is no doubt."""
        ...

    def settle_days(self, mapping: str, form: str) -> str:
        """The mapping with day and month in the order of one of the two."""
        ...

    def unread_columns(self, path: Path, mapping: str) -> tuple[str, ...]:
        """The columns of a file that a mapping does not name; raises ModelErrors."""
        ...
