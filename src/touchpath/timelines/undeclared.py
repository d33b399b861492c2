"""Columns that timelines do not have, joined by signal key: what undeclared properties say, as if they had been declared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from touchpath.timelines.arrays import Column, Int32s, Int64s, Timelines, TimelineSet
from touchpath.timelines.kernels import fixed, kernel

_MOST_BITS = 24


@dataclass(frozen=True, slots=True)
class KeyedColumn:
    """The word codes of some signals by key, with an index of the keys' leading bits.

    keys: (n,) int64 ascending, each once.   codes: (n,) int32.   words: by code.   begins: (2**bits + 1,) where keys with the
    same leading bits begin.
    """

    keys: Int64s
    codes: Int32s
    words: Sequence[str]
    begins: Int64s

    @classmethod
    def of(cls, keys: Int64s, codes: Int32s, words: Sequence[str]) -> KeyedColumn:
        """Index some keys; they are hashes, so that leading bits part them evenly."""
        bits = min(max(int(keys.size).bit_length(), 1), _MOST_BITS)
        borders = np.arange(-(1 << (bits - 1)), 1 << (bits - 1), dtype=np.int64) << (64 - bits)
        begins = np.append(np.searchsorted(keys, borders), keys.size)
        return cls(fixed(keys, np.int64), fixed(codes, np.int32), words, fixed(begins, np.int64))

    def column(self, keys: Int64s) -> Int32s:
        """(signals,) the codes of signals with these keys, 0 = none."""
        found = np.zeros(keys.size, np.int32)
        bits = int(self.begins.size - 1).bit_length() - 1
        if self.keys.size:
            _join(fixed(keys, np.int64), self.keys, self.codes, self.begins, bits, found)
        return fixed(found)


@kernel
def _join(keys: Int64s, known: Int64s, codes: Int32s, begins: Int64s, bits: int, found: Int32s) -> None:
    for i in range(keys.size):
        key = keys[i]
        part = (key >> (64 - bits)) + (1 << (bits - 1))
        low, high = begins[part], begins[part + 1]
        while high - low > 8:
            middle = (low + high) // 2
            if known[middle] <= key:
                low = middle
            else:
                high = middle
        for place in range(low, high):
            if known[place] == key:
                found[i] = codes[place]


class _Joined(Mapping[str, Column]):
    """A shard's columns and those joined to it, each when it is first read."""

    def __init__(self, columns: Mapping[str, Column], late: Mapping[str, KeyedColumn]) -> None:
        self.columns, self.late = columns, late
        self._found: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name in self.late:
            if name not in self._found:
                self._found[name] = self.late[name].column(self.columns["key"].astype(np.int64, copy=False))
            return self._found[name]
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self.late or name in self.columns

    def __iter__(self) -> Iterator[str]:
        yield from self.columns
        yield from (name for name in self.late if name not in self.columns)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class _Reopened:
    """Opens a shard elsewhere, with what is joined to it; only the keys of this shard travel."""

    reopen: Callable[[], Timelines]
    columns: _Joined

    def __call__(self) -> Timelines:
        shard = self.reopen()
        return replace(shard, columns=_Joined(shard.columns, self.columns.late), reopen=self)

    def __reduce__(self) -> tuple[Callable[..., _Reopened], tuple[Callable[[], Timelines], Mapping[str, tuple[Int64s, Int32s]]]]:
        keys = self.columns["key"].astype(np.int64, copy=False)
        sent = {}
        for name in self.columns.late:
            column = self.columns[name].astype(np.int32, copy=False)
            some = np.flatnonzero(column)
            some = some[np.argsort(keys[some])]
            sent[name] = (keys[some], column[some])
        return _arrived, (self.reopen, sent)


def _arrived(reopen: Callable[[], Timelines], sent: Mapping[str, tuple[Int64s, Int32s]]) -> _Reopened:
    late = {name: KeyedColumn.of(keys, codes, ("",)) for name, (keys, codes) in sent.items()}
    return _Reopened(reopen, _Joined({}, late))


def join(timelines: TimelineSet, late: Mapping[str, KeyedColumn]) -> TimelineSet:
    """The same timelines with further columns of words, by name; signals are found by their key."""
    words = {**timelines.words, **{name: column.words for name, column in late.items()}}

    def joined(shard: Timelines) -> Timelines:
        columns = _Joined(shard.columns, late)
        reopen = None if shard.reopen is None else _Reopened(shard.reopen, columns)
        return replace(shard, columns=columns, words=words, reopen=reopen)

    return replace(timelines, shards=tuple(map(joined, timelines.shards)))


def is_joined(timelines: Timelines, column: str) -> bool:
    """Whether a column is joined, and does not stand in the shard."""
    return isinstance(timelines.columns, _Joined) and column in timelines.columns.late
