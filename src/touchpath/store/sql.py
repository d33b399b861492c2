"""Read-only SQL over a lake: the promise of whoever answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """One column of a table that SQL can read."""

    name: str
    type: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class SqlTable:
    """One table that SQL can read."""

    name: str
    says: str
    columns: tuple[SqlColumn, ...]


@dataclass(frozen=True, slots=True)
class SqlLimits:
    """What one question may cost. rows, bytes: of its answer; memory_mb: while it is worked out; seconds: of the clock."""

    rows: int = 1_000
    seconds: float = 30.0
    memory_mb: int = 512
    threads: int = 1
    bytes: int = 32 << 20


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """The rows, as far as they are within the limits; `cut`: there are more."""

    rows: pa.Table
    cut: bool
    seconds: float


class SqlStore(Protocol):
    """Answers SQL; reads nothing but its own tables, and changes nothing."""

    def tables(self) -> tuple[SqlTable, ...]:
        """The tables there are."""
        ...

    def ask(self, sql: str, limits: SqlLimits) -> SqlAnswer:
        """The answer to one SELECT.

        Raises BadInput for anything else, for what reads anything but these tables, for what is wrong in it, and for what goes beyond
        the limits; Cancelled when nobody waits any longer; Unavailable when the lake is rewritten meanwhile.
        """
        ...
