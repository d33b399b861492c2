"""Every stored row of one person, whoever it is filed under: what an erasure takes and an export gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.store.signals import STORED_SCHEMA, SignalStore


def rows_of(signals: SignalStore, actors: Sequence[str], handed: Sequence[int] = ()) -> Iterator[dict[str, Any]]:
    """Rows (STORED_SCHEMA, all revisions) that belong to a person, with `newest`: whether no later revision replaced it.

    As when they are erased: a row that names one of the actors, and every row of a signal whose newest revision does, or whose key
    is in `handed`: what they did without a name on a device that was theirs for a while.
    """
    wanted = pa.array(actors, pa.string())
    keys = [*handed, *(key for batch in signals.scan(["key", "actors"]) for key in _named(batch, wanted))]
    if not keys:
        return
    of_signal: dict[int, list[dict[str, Any]]] = {}
    for batch in signals.scan(STORED_SCHEMA.names, keys=sorted(set(keys))):
        for row in batch.to_pylist():
            of_signal.setdefault(row["key"], []).append(row)
    theirs, without_name = frozenset(actors), frozenset(handed)
    for rows in sorted(of_signal.values(), key=lambda rows: (rows[0]["occurred_at"], rows[0]["key"])):
        rows.sort(key=lambda row: row["revision"])
        whole = _names(rows[-1], theirs) or rows[-1]["key"] in without_name
        for row in rows:
            if whole or _names(row, theirs):
                yield {**row, "newest": row is rows[-1]}


def first_received(signals: SignalStore, actors: Sequence[str], handed: Sequence[int] = ()) -> datetime | None:
    """When the first signal that names one of these actors, or has one of these keys, came; None if there is none."""
    wanted, first = pa.array(actors, pa.string()), None
    for batch in signals.scan(["key", "actors", "received_at"]):
        marks = _marks(batch, wanted) | np.isin(batch["key"].to_numpy(), np.array(handed, np.int64))
        times = batch["received_at"].filter(pa.array(marks))
        earliest = pc.min(times).as_py() if len(times) else None
        first = min((one for one in (first, earliest) if one is not None), default=None)
    return first


def _names(row: dict[str, Any], theirs: frozenset[str]) -> bool:
    return not theirs.isdisjoint(row["actors"] or ())


def _named(batch: pa.RecordBatch, actors: pa.Array) -> list[int]:
    keys: list[int] = batch["key"].filter(pa.array(_marks(batch, actors))).to_pylist()
    return keys


def _marks(batch: pa.RecordBatch, actors: pa.Array) -> Any:
    lists = batch["actors"]
    found = pc.is_in(lists.flatten(), value_set=actors).to_numpy(zero_copy_only=False)
    marked = np.zeros(batch.num_rows, np.bool_)
    marked[pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)[found]] = True
    return marked
