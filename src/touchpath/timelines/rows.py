"""Signals as numbers: rows on their way into timelines, in columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from touchpath.timelines.arrays import NO_INT32S, NO_INT64S, NO_VALUE, Column, Int32s, Int64s

#: Columns that every signal has beside its owner and time; all others may be missing, which means "none" throughout.
ALWAYS = ("key", "kind")


def width(column: str) -> type[np.int64] | type[np.int32]:
    """Whether a column holds 64-bit numbers or codes of words."""
    return np.int64 if column in ("key", "value", "actor") or column.startswith("objects.") else np.int32


def nothing(column: str, rows: int) -> Column:
    """A column in which no signal has anything."""
    if width(column) is np.int32:
        return np.zeros(rows, np.int32)
    return np.full(rows, NO_VALUE if column == "value" else 0, np.int64)


def is_nothing(column: str, values: Column) -> bool:
    """Whether no signal has anything in this column, so that it may be left out."""
    return column not in ALWAYS and bool((values == (NO_VALUE if column == "value" else 0)).all())


@dataclass(frozen=True, slots=True)
class Rows:
    """Some signals, in no order.

    owners: (rows,) int64 key of the person, account or object, 0 = none.   times: (rows,) int64 microseconds.
    revisions: (rows,) int32.   columns: as in Timelines, with "kind" among them.
    """

    owners: Int64s = field(default_factory=lambda: NO_INT64S)
    times: Int64s = field(default_factory=lambda: NO_INT64S)
    revisions: Int32s = field(default_factory=lambda: NO_INT32S)
    columns: Mapping[str, Column] = field(default_factory=lambda: {"key": NO_INT64S, "kind": NO_INT32S})

    @property
    def size(self) -> int:
        """How many rows there are."""
        return int(self.times.size)

    @property
    def keys(self) -> Int64s:
        """(rows,) int64 signal keys."""
        return self.columns["key"].astype(np.int64, copy=False)

    def take(self, places: NDArray[np.integer] | NDArray[np.bool_]) -> Rows:
        """Some of the rows: by place, or by a mask."""
        if places.dtype == np.bool_:
            places = np.flatnonzero(places)
        return Rows(
            self.owners.take(places),
            self.times.take(places),
            self.revisions.take(places),
            {name: column.take(places) for name, column in self.columns.items()},
        )

    @classmethod
    def join(cls, parts: Iterable[Rows]) -> Rows:
        """All rows of some parts; a column that a part lacks is none there."""
        filled = [part for part in parts if part.size]
        if len(filled) < 2:
            return filled[0] if filled else cls()
        names = list(dict.fromkeys(name for part in filled for name in part.columns))
        return cls(
            np.concatenate([part.owners for part in filled]),
            np.concatenate([part.times for part in filled]),
            np.concatenate([part.revisions for part in filled]),
            {name: _join(name, filled) for name in names},
        )


def _join(name: str, parts: Sequence[Rows]) -> Column:
    found = [part.columns.get(name) for part in parts]
    columns = [nothing(name, part.size) if column is None else column for part, column in zip(parts, found, strict=True)]
    return cast(Column, np.concatenate(columns, dtype=width(name)))


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest revision of each signal that was ever corrected: all others have only one.

    keys: (corrected,) int64 ascending.   revisions: (corrected,) int32, all above 0.
    """

    keys: Int64s = field(default_factory=lambda: NO_INT64S)
    revisions: Int32s = field(default_factory=lambda: NO_INT32S)

    @classmethod
    def of(cls, keys: Int64s, revisions: Int32s) -> Newest:
        """The newest revisions among some rows."""
        corrected = revisions > 0
        return cls().joined(keys[corrected], revisions[corrected])

    def joined(self, keys: Int64s, revisions: Int32s) -> Newest:
        """These and those: of each signal the newest."""
        if not keys.size:
            return self
        keys, revisions = np.concatenate([self.keys, keys]), np.concatenate([self.revisions, revisions])
        order = np.lexsort((revisions, keys))
        keys, revisions = keys[order], revisions[order]
        last = np.ones(keys.size, np.bool_)
        last[:-1] = keys[1:] != keys[:-1]
        return Newest(keys[last], revisions[last])

    def __or__(self, other: Newest) -> Newest:
        return self.joined(other.keys, other.revisions)

    def replaced(self, keys: Int64s, revisions: Int32s) -> NDArray[np.bool_]:
        """Which rows a newer revision replaces."""
        if not self.keys.size:
            return np.zeros(keys.size, np.bool_)
        places = np.searchsorted(self.keys, keys)
        places[places == self.keys.size] = 0
        old: NDArray[np.bool_] = (self.keys[places] == keys) & (revisions < self.revisions[places])
        return old

    def only(self, rows: Rows) -> Rows:
        """The rows that no newer revision replaces."""
        old = self.replaced(rows.keys, rows.revisions)
        return rows.take(~old) if bool(old.any()) else rows
