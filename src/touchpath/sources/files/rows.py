"""Rows as they stand in a file: named columns of text, the line each row begins on, and what was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.store.signals import Rejected
from touchpath.timelines.arrays import Int64s

Booleans = NDArray[np.bool_]

#: Of a refused record, this much is kept; a longer one is kept without its text, since half a record cannot be replayed.
MOST_KEPT = 64 << 10


@dataclass(frozen=True, slots=True)
class Frame:
    """Some rows, column by column. All columns are text; a missing cell is null.

    lines (rows,): the line of the file that each row begins on, from 1. parents (rows,): the row of the file's chunk that each
    row came from (one row of a file may become several). `fragments`: columns whose cells are also known as JSON.
    """

    columns: Mapping[str, pa.Array]
    lines: Int64s
    parents: Int64s
    fragments: Mapping[str, pa.Array] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many rows."""
        return self.lines.size

    def with_columns(self, more: Mapping[str, pa.Array]) -> Frame:
        """These rows with further columns."""
        return replace(self, columns={**self.columns, **more})

    def take(self, rows: Int64s) -> Frame:
        """Some of the rows, in the order given, repeated as often as given."""
        if rows.size == self.size and np.array_equal(rows, np.arange(self.size)):
            return self
        chosen = pa.array(rows)
        columns = {name: column.take(chosen) for name, column in self.columns.items()}
        fragments = {name: column.take(chosen) for name, column in self.fragments.items()}
        return Frame(columns, self.lines[rows], self.parents[rows], fragments)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One stretch of a file. `raw(row)` gives the text of a row as it stood in the file; `sequence` counts chunks from 0."""

    sequence: int
    frame: Frame
    raw: Callable[[int], str]
    refused: tuple[Rejected, ...]
    position: int


class RowFile(Protocol):
    """A file of rows."""

    @property
    def columns(self) -> tuple[str, ...] | None:
        """Names of all columns; None when each row may name its own."""
        ...

    @property
    def total(self) -> int:
        """Bytes of the file."""
        ...

    def chunks(self, wanted: Sequence[str] | None, after: int = -1) -> Iterator[Chunk]:
        """The file, stretch by stretch, always cut in the same places. `after`: only chunks with a higher sequence.

        wanted: the columns to read; None = all.
        """
        ...

    def again(self, refused: Sequence[Rejected], wanted: Sequence[str] | None) -> Iterator[Chunk]:
        """Records that were refused before, read once more from their kept text."""
        ...


def whole_frame(columns: Mapping[str, pa.Array], lines: Int64s, fragments: Mapping[str, pa.Array] | None = None) -> Frame:
    """A frame in which each row is its own parent."""
    return Frame(columns, lines, np.arange(lines.size), fragments or {})


def kept_text(record: str) -> str:
    """The text of a refused record as it is kept: whole, or nothing."""
    return record if len(record) <= MOST_KEPT else ""


def one_array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def flags(column: pa.Array) -> Booleans:
    """A column of booleans as an array; null counts as False."""
    return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), np.bool_)


def present(column: pa.Array) -> Booleans:
    """Which cells hold something."""
    if column.null_count == 0:
        return np.ones(len(column), np.bool_)
    return flags(column.is_valid())


@dataclass(slots=True)
class Refusals:
    """Rows of one chunk that cannot be taken; the first reason of a row counts."""

    reasons: dict[int, str] = field(default_factory=dict)

    def add(self, frame: Frame, wrong: Booleans, say: Callable[[int], str]) -> None:
        """Refuse the rows marked `wrong`; `say(row)` gives the reason."""
        for row in np.flatnonzero(wrong).tolist():
            parent = int(frame.parents[row])
            if parent not in self.reasons:
                self.reasons[parent] = say(row)

    def rejected(self, chunk: Chunk, place: str) -> tuple[Rejected, ...]:
        """What to put into the quarantine."""
        lines = chunk.frame.lines
        return tuple(
            Rejected(place, int(lines[row]), reason, kept_text(chunk.raw(row))) for row, reason in sorted(self.reasons.items())
        )


def shown(value: object) -> str:
    """A cell as it is quoted in a reason, made short."""
    text = str(value)
    return f"'{text[:60]}…'" if len(text) > 60 else f"'{text}'"
