"""Where rows wait between the two passes of a build: one file per chunk, its columns one after the other, by partition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from touchpath.model.errors import Unavailable
from touchpath.timelines.arrays import Column, Int32s, Int64s
from touchpath.timelines.rows import Rows, is_nothing, nothing

_OWNERS, _TIMES, _REVISIONS = "(owners)", "(times)", "(revisions)"


@dataclass(frozen=True, slots=True)
class _Chunk:
    """One spilled chunk: where its partitions begin, and at which byte each column does."""

    path: Path
    offsets: Int64s
    places: Mapping[str, int]

    def read_into(self, columns: Mapping[str, Column], first: int, at: int, rows: int) -> None:
        """Read that many rows from where partition `first` begins into the columns from `at` on; what is none stays."""
        with self.path.open("rb", buffering=0) as file:
            for name, place in self.places.items():
                target = columns[name][at : at + rows]
                file.seek(place + int(self.offsets[first]) * target.itemsize)
                if file.readinto(target.view(np.uint8).data) != target.nbytes:
                    raise Unavailable(f"The file {self.path} ended early: is the disk full? Build again.")


def _nothing(name: str, rows: int) -> Column:
    return np.zeros(rows, np.int64) if name in (_OWNERS, _TIMES) else nothing(name, rows)


class FileSpill:
    """Spills to a folder; whoever made the folder removes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._chunks: list[_Chunk] = []

    def add(self, rows: Rows, offsets: Int64s) -> None:
        """Keep a chunk; columns in which nobody has anything are not written."""
        named = {_OWNERS: rows.owners, _TIMES: rows.times, _REVISIONS: rows.revisions, **rows.columns}
        path, places = self._folder / f"spill-{len(self._chunks):05d}", {}
        with path.open("wb", buffering=0) as file:
            for name, column in named.items():
                if name in (_OWNERS, _TIMES) or not is_nothing(name, column):
                    places[name] = file.tell()
                    np.ascontiguousarray(column).tofile(file)
        self._chunks.append(_Chunk(path, offsets, places))

    def read(self, first: int, last: int) -> Rows:
        """All rows of the partitions first <= p < last."""
        counts = [int(chunk.offsets[last] - chunk.offsets[first]) for chunk in self._chunks]
        names = dict.fromkeys((_REVISIONS, *(name for chunk in self._chunks for name in chunk.places)))
        if not any(counts):
            return Rows()
        columns, at = {name: _nothing(name, sum(counts)) for name in names}, 0
        for chunk, rows in zip(self._chunks, counts, strict=True):
            chunk.read_into(columns, first, at, rows)
            at += rows
        owners, times, revisions = (columns.pop(name) for name in (_OWNERS, _TIMES, _REVISIONS))
        return Rows(cast(Int64s, owners), cast(Int64s, times), cast(Int32s, revisions), columns)

    def remove(self) -> None:
        """Delete the files."""
        for chunk in self._chunks:
            chunk.path.unlink(missing_ok=True)
        self._chunks = []
