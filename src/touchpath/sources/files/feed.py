"""The file source: a file and a mapping, opened as batches of signals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import xxhash

from touchpath.model.errors import Missing
from touchpath.model.time import to_micros
from touchpath.services.imports import Batch
from touchpath.sources.files.bytestream import content_identity
from touchpath.sources.files.lookups import open_lookup
from touchpath.sources.files.mapping import Mapping
from touchpath.sources.files.mapping_text import check_columns, parse_mapping
from touchpath.sources.files.opening import open_rows
from touchpath.sources.files.rows import Chunk, Refusals
from touchpath.sources.files.shape import shape_signals
from touchpath.store.signals import Rejected
from touchpath.timelines.arrays import Int64s


@dataclass(frozen=True, slots=True)
class FileSource:
    """Reads CSV, JSON lines and Parquet by a mapping file.

    confined: whoever wrote the mapping may only have files looked up that lie beside the one that is read.
    """

    confined: bool = False

    def open(self, path: Path, mapping: Path) -> FileFeed:
        """A file with its mapping; raises ModelErrors for faults of the mapping, BadInput or Missing for the file."""
        if not mapping.is_file():
            raise Missing(f"There is no mapping file '{mapping}'. Let one be proposed: touchpath import {path.name} --propose")
        return FileFeed(path, parse_mapping(mapping.read_bytes(), mapping.name), mapping.parent, confined=self.confined)


class FileFeed:
    """One file, ready to give its signals batch by batch, always cut in the same places."""

    def __init__(self, path: Path, mapping: Mapping, folder: Path, *, confined: bool = False) -> None:
        self.path, self.mapping = path, mapping
        self.rows, self.reading = open_rows(path, mapping.reading)
        beside = (path.parent,) if confined else (path.parent, folder)
        self._lookups = tuple(open_lookup(join, beside, confined=confined) for join in mapping.joins)
        self._wanted = self._check()

    @property
    def source(self) -> str:
        """The namespace of the signals' ids."""
        return self.mapping.source

    @property
    def place(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def total(self) -> int:
        """Bytes of the file."""
        return self.rows.total

    @property
    def identity(self) -> str:
        """What this job is: the content of the file and of those it looks up, and what the mapping says."""
        parts = [
            content_identity(self.path),
            self.mapping.fingerprint,
            repr(self.reading),
            *(one.identity for one in self._lookups),
        ]
        return xxhash.xxh3_128_hexdigest("\x1f".join(parts).encode())

    def batches(self, received_at: datetime, after: int = -1) -> Iterator[Batch]:
        """The signals of the file. `after`: only batches with a higher sequence."""
        for chunk in self.rows.chunks(self._wanted, after):
            yield self._batch(chunk, received_at)

    def again(self, refused: Sequence[Rejected], received_at: datetime) -> Iterator[Batch]:
        """The signals of records that were refused before."""
        for chunk in self.rows.again(refused, self._wanted):
            yield self._batch(chunk, received_at)

    def _batch(self, chunk: Chunk, received_at: datetime) -> Batch:
        frame = chunk.frame
        for lookup in self._lookups:
            frame = lookup.add_to(frame)
        notes: Counter[str] = Counter()
        refusals = Refusals()
        signals, rows = shape_signals(self.mapping, frame, self.place, to_micros(received_at), notes, refusals)
        rejected = (*chunk.refused, *refusals.rejected(chunk, self.place))
        silent = frame.size - len(refusals.reasons) - _count_distinct(rows)
        return Batch(
            sequence=chunk.sequence,
            signals=signals,
            rows=frame.size + len(chunk.refused),
            silent=silent,
            rejected=rejected,
            position=chunk.position,
            notes={name: count for name, count in notes.items() if count},
        )

    def _check(self) -> tuple[str, ...]:
        """The columns to read from the file; raises ModelErrors for those that nobody has."""
        joined = {name for lookup in self._lookups for name in lookup.columns}
        used = list(dict.fromkeys(use.name for use in self.mapping.uses))
        if self.rows.columns:
            check_columns(self.mapping, (*self.rows.columns, *joined))
        return tuple(name for name in used if name not in joined)


def _count_distinct(ascending: Int64s) -> int:
    return int(np.count_nonzero(np.diff(ascending))) + min(1, ascending.size)
