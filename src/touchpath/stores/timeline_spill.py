"""Where rows wait between the two passes of a build: one file per chunk, its columns one after the other, by partition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from touchpath.timelines.arrays import Column, Int32s, Int64s
from touchpath.timelines.rows import Rows, is_nothing, nothing, width

_OWNERS, _TIMES, _REVISIONS = "(owners)", "(times)", "(revisions)"


@dataclass(frozen=True, slots=True)
class _Chunk:
    """One spilled chunk: where its partitions begin, and at which byte each column does."""

    path: Path
    offsets: Int64s
    places: Mapping[str, int]

    def read(self, first: int, last: int) -> Rows:
        """The rows of the partitions first <= p < last."""
        begin, rows = int(self.offsets[first]), int(self.offsets[last] - self.offsets[first])
        with self.path.open("rb") as file:
            columns = {name: _read(file, name, place, begin, rows) for name, place in self.places.items()}
        owners, times = columns.pop(_OWNERS), columns.pop(_TIMES)
        revisions = columns.pop(_REVISIONS, nothing(_REVISIONS, rows))
        return Rows(cast(Int64s, owners), cast(Int64s, times), cast(Int32s, revisions), columns)


def _width(name: str) -> type[np.int64] | type[np.int32]:
    return np.int64 if name in (_OWNERS, _TIMES) else width(name)


def _read(file: BinaryIO, name: str, place: int, begin: int, rows: int) -> Column:
    dtype = np.dtype(_width(name))
    file.seek(place + begin * dtype.itemsize)
    return cast(Column, np.fromfile(file, dtype, rows))


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
                    np.ascontiguousarray(column, _width(name)).tofile(file)
        self._chunks.append(_Chunk(path, offsets, places))

    def read(self, first: int, last: int) -> Rows:
        """All rows of the partitions first <= p < last."""
        return Rows.join(chunk.read(first, last) for chunk in self._chunks if chunk.offsets[last] > chunk.offsets[first])

    def remove(self) -> None:
        """Delete the files."""
        for chunk in self._chunks:
            chunk.path.unlink(missing_ok=True)
        self._chunks = []
