"""Answers to queries as tables, and what can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from touchpath.model.errors import Missing, unknown
from touchpath.model.time import Period
from touchpath.services.results.numbers import Number

#: One value in a table of an answer; None = blank.
Value = str | int | float | bool | datetime | Number | None


@dataclass(frozen=True, slots=True)
class KindUse:
    """One kind of signal and which steps, tasks and questions read it; empty `used_by` = nobody does."""

    kind: str
    signals: int
    first: datetime
    last: datetime
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an answer. rows: each as long as `columns`, in the same order."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def records(self) -> list[dict[str, Value]]:
        """Each row by its columns' names."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What a query answers. `notes` say what to know before reading: what was left out, what is still open."""

    query: str
    title: str
    tables: tuple[Table, ...]
    unit: str
    period: Period
    data_version: str
    notes: tuple[str, ...] = ()
    maturity: timedelta = timedelta()

    def table(self, name: str = "") -> Table:
        """The table with this name, by default the first; raises Missing."""
        for one in self.tables:
            if name in ("", one.name):
                return one
        raise Missing(unknown("table", name, (one.name for one in self.tables)))


@dataclass(frozen=True, slots=True)
class QueryWords:
    """One query: its name in documents, what it answers, and the keys of its own."""

    query: str
    answers: str
    keys: str
