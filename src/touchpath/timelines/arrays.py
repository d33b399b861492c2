"""Timelines as arrays: what every fold reads, in tests and in production alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Column = NDArray[np.int64] | NDArray[np.int32]

#: `value` columns hold millionths; this marks a signal without a value.
NO_VALUE = np.iinfo(np.int64).min
VALUE_SCALE = 1_000_000

#: Zero-length arrays that mean "none given", so that each kernel has one signature.
NO_INT32S: Int32s = np.empty(0, np.int32)
NO_INT64S: Int64s = np.empty(0, np.int64)
NO_BYTES: Bytes = np.empty(0, np.uint8)
for _array in (NO_INT32S, NO_INT64S, NO_BYTES):
    _array.flags.writeable = False


@dataclass(frozen=True, slots=True)
class Timelines:
    """The time-ordered signals of some owners (people, accounts or objects of one kind), read-only and C-contiguous.

    owners: (people,) int64 keys, ascending.   starts: (people + 1,) int64 offsets into the signal columns.
    times: (signals,) int64 microseconds UTC, ascending inside an owner; equal times are ordered by signal key.
    kinds: (signals,) int32 codes into `words["kind"]`.
    columns: further (signals,) columns by name:
        "key" int64 signal keys; "value" int64 millionths (NO_VALUE = none);
        "source", "channel", "surface", "touchpoint", "account", "unit" int32 codes, 0 = none;
        "properties.NAME" int32 codes of the scalar's text, 0 = none; "objects.KIND" int64 hashes, 0 = none.
    words: for each coded column its texts by code, shared by all shards of a workspace; code 0 is "" (none).
    skip: (people,) 1 = read this owner elsewhere (in an overlay); zero-length = read all.
    reopen: opens the same owners, signals and columns in another process that sees the same files, without words and skip;
        may be pickled. None = they are in memory only.
    """

    owners: Int64s
    starts: Int64s
    times: Int64s
    kinds: Int32s
    columns: Mapping[str, Column] = field(default_factory=dict)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    skip: Bytes = field(default_factory=lambda: NO_BYTES)
    reopen: Callable[[], Timelines] | None = None

    @property
    def people(self) -> int:
        """How many owners are here, skipped ones included."""
        return int(self.owners.size)

    @property
    def signals(self) -> int:
        """How many signals are here, those of skipped owners included."""
        return int(self.times.size)

    @property
    def signals_read(self) -> int:
        """How many signals are read here: those of owners who are not skipped."""
        return self.signals - int(np.diff(self.starts)[self.skip == 1].sum()) if self.skip.size else self.signals

    def code(self, column: str) -> Int32s:
        """A coded column; a column that no signal ever had is all zeros."""
        if column == "kind":
            return self.kinds
        found = self.columns.get(column)
        return np.zeros(self.signals, np.int32) if found is None else found.astype(np.int32, copy=False)

    def wide(self, column: str) -> Int64s:
        """An int64 column ("key", "value", "objects.KIND"); one that no signal ever had holds nothing but "none"."""
        found = self.columns.get(column)
        if found is None:
            return np.full(self.signals, NO_VALUE if column == "value" else 0, np.int64)
        return found.astype(np.int64, copy=False)


@dataclass(frozen=True, slots=True)
class TimelineSet:
    """All timelines of one unit ("person", "account" or an object kind), as of one data version.

    `shards` are the base shards followed by the overlays; an owner is read from exactly one of them, and skipped in the others.
    `overlays` tells how many of the last shards are such: the complete timelines of everybody touched since the others were built.
    `first` and `end` are the times of the earliest and latest signal in microseconds: what is still open at `end` is neither
    won nor lost.
    """

    unit: str
    shards: tuple[Timelines, ...]
    first: int
    end: int
    data_version: str
    overlays: int = 0

    @property
    def words(self) -> Mapping[str, Sequence[str]]:
        """Texts of the coded columns, the same for every shard."""
        return self.shards[0].words if self.shards else {}


@dataclass(frozen=True, slots=True)
class Cells:
    """Where a fold counts: cell = period * segments + segment; -1 = nowhere.

    edges: (periods + 1,) ascending period borders in microseconds, [edges[k], edges[k+1]) is period k.
    segments: how many segments there are (>= 1).
    signal_codes: (signals,) segment of each signal, or owner_codes: (people,) segment of each owner; -1 = in none.
    Both may be zero-length: then all is segment 0. At most one of the two is given.
    """

    edges: Int64s
    segments: int = 1
    signal_codes: Int32s = field(default_factory=lambda: NO_INT32S)
    owner_codes: Int32s = field(default_factory=lambda: NO_INT32S)

    @property
    def count(self) -> int:
        """How many cells there are."""
        return (int(self.edges.size) - 1) * self.segments


def one_cell() -> Cells:
    """Everything in one cell, from the beginning to the end of time."""
    return Cells(np.array([NO_VALUE, np.iinfo(np.int64).max], np.int64))
