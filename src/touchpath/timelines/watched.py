"""Timelines that note which of their arrays are read: what a query costs is seen, not declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from touchpath.timelines.arrays import Column, Timelines
from touchpath.timelines.undeclared import is_joined

#: Arrays that are no columns by name, and what they are called where columns are listed.
PARTS: Mapping[str, str] = {"owners": "(owners)", "starts": "(starts)", "times": "(times)", "kinds": "kind"}


class Watched(Timelines):
    """The same timelines; `touched` holds the names of the columns that were asked for, also of those that nobody has here.

    Asking how many owners or signals there are touches nothing.
    """

    __slots__ = ("touched",)

    touched: set[str]

    def __init__(self, timelines: Timelines) -> None:
        super().__init__(**{field.name: getattr(timelines, field.name) for field in fields(Timelines)})
        object.__setattr__(self, "touched", set())
        object.__setattr__(self, "columns", _Watching(timelines.columns, self.touched))

    def __getattribute__(self, name: str) -> Any:
        if name in PARTS:
            self.touched.add(PARTS[name])
        return super().__getattribute__(name)

    @property
    def people(self) -> int:
        """How many owners are here, skipped ones included."""
        return int(object.__getattribute__(self, "owners").size)

    @property
    def signals(self) -> int:
        """How many signals are here, those of skipped owners included."""
        return int(object.__getattribute__(self, "times").size)


class _Watching(Mapping[str, Column]):
    """Columns that note who was asked for. Asking whether one is there counts when it is not: in another shard it may be."""

    def __init__(self, columns: Mapping[str, Column], touched: set[str]) -> None:
        self._columns, self._touched = columns, touched

    def __getitem__(self, name: str) -> Column:
        self._touched.add(name)
        return self._columns[name]

    def __contains__(self, name: object) -> bool:
        there = name in self._columns
        if not there and isinstance(name, str):
            self._touched.add(name)
        return there

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def fullest(shards: Sequence[Timelines]) -> Timelines:
    """The shard with the most signals; an empty one when there is none."""
    none = Timelines(np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int32))
    return max(shards, key=lambda shard: shard.signals, default=none)


def bytes_of(timelines: Timelines, column: str) -> int:
    """How many bytes one column takes here, by the name that `Watched.touched` gives it; 0 for one that nobody has."""
    for part, name in PARTS.items():
        if name == column:
            return int(getattr(timelines, part).nbytes)
    if is_joined(timelines, column):
        return 4 * timelines.signals
    return int(timelines.columns[column].nbytes) if column in timelines.columns else 0
