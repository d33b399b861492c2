"""How often each kind occurs, from the footers of data files; only files with outdated rows are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.stores.signal_files import Kinds, add_kinds, count_kinds, kinds_of, read_signals


def count_newest(paths: Sequence[Path], corrected: Sequence[Path]) -> Kinds:
    """Kinds of the newest revision of every signal. corrected: those of the files that may hold revisions above 0."""
    keys, newest = _corrections(corrected)
    total: Kinds = {}
    for path in paths:
        if keys.size and _holds_outdated(path, keys, newest):
            for batch in read_signals([path], ["key", "revision", "kind", "occurred_at"], None):
                rows = pa.Table.from_batches([batch])
                add_kinds(total, count_kinds(rows.filter(pa.array(~_outdated(batch, keys, newest)))))
        else:
            add_kinds(total, kinds_of(path))
    return total


def _corrections(paths: Sequence[Path]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Keys of corrected signals, ascending, and the newest revision of each."""
    found = list(read_signals(paths, ["key", "revision"], pc.field("revision") > 0))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int32)
    newest = pa.Table.from_batches(found).group_by("key").aggregate([("revision", "max")]).sort_by("key")
    return newest["key"].to_numpy(), newest["revision_max"].to_numpy()


def _holds_outdated(path: Path, keys: NDArray[np.int64], newest: NDArray[np.int32]) -> bool:
    where = pc.field("key").isin(pa.array(keys))
    return any(bool(_outdated(batch, keys, newest).any()) for batch in read_signals([path], ["key", "revision"], where))


def _outdated(batch: pa.RecordBatch, keys: NDArray[np.int64], newest: NDArray[np.int32]) -> NDArray[np.bool_]:
    key = batch["key"].to_numpy()
    at = np.minimum(np.searchsorted(keys, key), keys.size - 1)
    outdated: NDArray[np.bool_] = (keys[at] == key) & (batch["revision"].to_numpy() < newest[at])
    return outdated
