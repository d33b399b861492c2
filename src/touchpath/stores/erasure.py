"""Taking people's signals out of data files for good."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.store.signals import STORED_SCHEMA
from touchpath.stores.fingerprints import Unsigned, identities
from touchpath.stores.signal_files import NewFile, SignalFileWriter, read_signals


@dataclass(frozen=True, slots=True)
class Cleared:
    """One data file without the erased rows: its successor (None = nothing was left) and the identities that went."""

    name: str
    successor: NewFile | None
    high: Unsigned
    low: Unsigned


def holds(path: Path, actors: pa.Array) -> bool:
    """Whether any row of a file names one of these actors, first or not."""
    return any(bool(named.any()) for batch in read_signals([path], ["actors"], None) for named in [_named(batch, actors)])


def clear(path: Path, actors: pa.Array) -> Cleared:
    """Write a data file again without the rows that name one of these actors."""
    gone: list[tuple[Unsigned, Unsigned]] = []
    with SignalFileWriter(path.parent) as writer:
        for batch in read_signals([path], STORED_SCHEMA.names, None):
            named = _named(batch, actors)
            lost = pa.Table.from_batches([batch]).filter(pa.array(named))
            if lost.num_rows:
                gone.append(identities(lost["source"], lost["id"]))
            writer.write(pa.Table.from_batches([batch]).filter(pa.array(~named)))
        successor = writer.close()
    if not successor.rows:
        writer.path.unlink()
    nothing = np.empty(0, np.uint64)
    high = np.concatenate([nothing, *(one for one, _ in gone)])
    low = np.concatenate([nothing, *(one for _, one in gone)])
    return Cleared(path.name, successor if successor.rows else None, high, low)


def _named(batch: pa.RecordBatch, actors: pa.Array) -> NDArray[np.bool_]:
    """Marks rows whose list of actors holds one of these."""
    lists = batch["actors"]
    found = pc.is_in(lists.flatten(), value_set=actors).to_numpy(zero_copy_only=False)
    marked = np.zeros(batch.num_rows, np.bool_)
    marked[pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)[found.astype(np.bool_)]] = True
    return marked
