"""Properties that are asked for later: their columns for timelines that are there already, found by signal key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from touchpath.timelines.arrays import Int32s, Int64s
from touchpath.timelines.encode import Encoder
from touchpath.timelines.rows import Newest


@dataclass(frozen=True, slots=True)
class PropertyValues:
    """The asked properties of all signals that have one, by signal key, newest revisions only.

    keys: (signals,) int64 ascending, each once.   codes: for each column (signals,) int32.
    """

    keys: Int64s
    codes: Mapping[str, Int32s]

    @classmethod
    def of(cls, batches: Iterable[pa.RecordBatch], encoder: Encoder) -> PropertyValues:
        """Read them from batches with key, revision and properties."""
        names = [f"properties.{name}" for name in encoder.properties]
        keys, revisions, newest = [np.empty(0, np.int64)], [np.empty(0, np.int32)], Newest()
        codes: dict[str, list[Int32s]] = {name: [np.empty(0, np.int32)] for name in names}
        for batch in batches:
            rows = encoder.encode_properties(batch)
            newest |= Newest.of(rows.keys, rows.revisions)
            some = np.flatnonzero(np.any([rows.columns[name] != 0 for name in names], axis=0))
            keys.append(rows.keys[some])
            revisions.append(rows.revisions[some])
            for name in names:
                codes[name].append(rows.columns[name][some].astype(np.int32, copy=False))
        found, order = _newest_by_key(keys, revisions, newest)
        return cls(found, {name: np.concatenate(codes.pop(name))[order] for name in names})

    def columns(self, keys: Int64s) -> Mapping[str, Int32s]:
        """The columns for signals with these keys."""
        if not self.keys.size:
            return {}
        ascending = np.argsort(keys)  # Neighbours are looked up one after the other: several times as fast.
        places = np.empty(keys.size, np.int64)
        places[ascending] = np.searchsorted(self.keys, keys[ascending])
        places[places == self.keys.size] = 0
        known = self.keys[places] == keys
        return {name: np.where(known, codes[places], 0).astype(np.int32) for name, codes in self.codes.items()}


def _newest_by_key(keys: list[Int64s], revisions: list[Int32s], newest: Newest) -> tuple[Int64s, Int64s]:
    """The keys of the newest revisions, ascending, and the places they come from."""
    joined = np.concatenate(keys)
    keys.clear()
    kept = np.flatnonzero(~newest.replaced(joined, np.concatenate(revisions)))
    order = kept[np.argsort(joined[kept])]
    return joined[order], order
