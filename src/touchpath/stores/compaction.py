"""Merging small data files into large ones, each with the signals of its own range of actors."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc
from numpy.typing import NDArray

from touchpath.store.signals import STORED_SCHEMA
from touchpath.stores.delta_log import DataFile
from touchpath.stores.signal_files import ROWS_PER_GROUP, NewFile, SignalFileWriter, by_actor, read_signals

#: Rows of a full-grown file, and its bytes, whichever it reaches first; a merge holds about twice as much in memory, unpacked.
FULL, FULL_SIZE = 1_000_000, 32 << 20
#: However well rows are packed, no more of them are sorted at once than have so many bytes in memory.
_MOST_HELD = 1 << 30
#: Rows that are sorted at once, somewhat fewer than a group of rows may have, so that ranges of unequal size still make one group each; in
#: at most so many ranges, each of which is an open file meanwhile.
_AT_ONCE, _MOST_RANGES = ROWS_PER_GROUP * 7 // 8, 256
#: How many files of a tier a person's signals may be spread over before they are merged.
DEEPEST = 8
_ALL_ACTORS = 2.0**64


def small(file: DataFile) -> bool:
    """Whether a file is to be merged when there is company."""
    return file.rows < FULL // 2 and file.size < FULL_SIZE // 2


def choose(files: Sequence[DataFile]) -> list[DataFile]:
    """Which files to merge now: the small ones, with the large ones that overlap too often; fewer than two are left alone.

    Files are in tiers by how many of all actors they span: all, an eighth, a 64th ... . A merge of eight spans an eighth each. A
    tier is merged, with all wider ones, once its files lie DEEPEST deep: so a row is rewritten about once per tier, and one
    actor's rows lie in at most DEEPEST large files of each.
    """
    chosen = [file for file in files if small(file)]
    if chosen:
        tiers = defaultdict[int, list[DataFile]](list)
        for file in files:
            if not small(file) and (share := _share(file)):
                tiers[round(-math.log(share, DEEPEST))].append(file)
        wider = list[DataFile]()
        for tier in sorted(tiers):
            wider += tiers[tier]
            if sum(map(_share, tiers[tier])) >= DEEPEST:
                chosen, wider = chosen + wider, []
    return chosen if len(chosen) > 1 else []


def merge(folder: Path, files: Sequence[DataFile], spill: Path) -> list[NewFile]:
    """New files (in `spill`, a folder made for this) with the same rows, cut into equal ranges of actors.

    Two passes, so that memory stays bounded: rows are dealt out to temporary files, one for each range that becomes a group of rows,
    then each range is sorted and written behind the one before it. Fresh memory costs more than the work: all ranges use the same.
    Rows without an actor are dealt out by signal key. A range that one busy actor fills is cut into several files.
    """
    paths = [folder / file.name for file in files]
    rows, size = sum(file.rows for file in files), sum(file.size for file in files)
    count = max(1, -(-rows // FULL), -(-size // FULL_SIZE))
    each = max(1, min(-(-rows // (count * _AT_ONCE)), _MOST_RANGES // count))
    parts = spill / "parts"
    parts.mkdir(parents=True)
    _deal_out(read_signals(paths, STORED_SCHEMA.names, None), count * each, parts)
    ranges = sorted(parts.iterdir())
    return [file for first in range(0, len(ranges), each) for file in _files_of(ranges[first : first + each], spill)]


def _files_of(ranges: Sequence[Path], folder: Path) -> list[NewFile]:
    """One file of neighbouring ranges. Where one is so large that it comes in pieces, each further piece begins another file."""
    made, writer, held = list[NewFile](), None, 0
    for part in ranges:
        for place, rows in enumerate(_pieces(part)):
            if writer is None or place or held >= FULL:
                made += [] if writer is None else [writer.close()]
                writer, held = SignalFileWriter(folder), 0
            writer.write(by_actor(rows))
            held += rows.num_rows
    return made if writer is None else [*made, writer.close()]


def _share(file: DataFile) -> float:
    if file.first_actor is None or file.last_actor is None:
        return 0.0
    return (file.last_actor - file.first_actor) / _ALL_ACTORS


def _deal_out(batches: Iterator[pa.RecordBatch], count: int, folder: Path) -> None:
    options = ipc.IpcWriteOptions(compression="lz4")
    with ExitStack() as open_files:
        parts = [
            open_files.enter_context(ipc.new_stream(folder / f"{number:05d}.arrows", STORED_SCHEMA, options=options))
            for number in range(count)
        ]
        for batch in batches:
            numbers = _ranges(batch, count)
            order = np.argsort(numbers, kind="stable")
            ends = np.searchsorted(numbers[order], np.arange(count + 1))
            dealt = batch.take(pa.array(order))
            for number in np.flatnonzero(np.diff(ends)).tolist():
                parts[number].write_batch(dealt.slice(ends[number], ends[number + 1] - ends[number]))


def _ranges(batch: pa.RecordBatch, count: int) -> NDArray[np.int64]:
    """The range of each row: equal slices of all possible keys, which hashes fill evenly."""
    keys = pc.coalesce(batch["actor_key"], batch["key"]).to_numpy(zero_copy_only=False)
    upper = (keys >> 32) + (1 << 31)
    return (upper * count) >> 32  # type: ignore[no-any-return]


def _pieces(part: Path) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    with ipc.open_stream(part) as reader:
        for batch in reader:
            waiting.append(batch)
            rows += batch.num_rows
            size += batch.nbytes
            if rows >= 2 * FULL or size >= _MOST_HELD:
                yield pa.Table.from_batches(waiting)
                waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting)
