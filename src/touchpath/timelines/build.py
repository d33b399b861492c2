"""Building timelines in two passes, however many signals there are.

Pass 1 turns record batches into rows, chunk by chunk, and hands each chunk to a spill, ordered by a hash of the owner.
Pass 2 takes shard by shard back, sorts it and drops what a newer revision replaced. No more than one chunk, or one shard per
thread, is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
import pyarrow as pa

from touchpath.timelines.arrays import Column, Int32s, Int64s, Timelines
from touchpath.timelines.encode import Encoder
from touchpath.timelines.kernels import fixed
from touchpath.timelines.order import SPILL_BITS, group, shards_of, timeline_order
from touchpath.timelines.rows import Newest, Rows, is_nothing

PARTITIONS = 1 << SPILL_BITS


class Spill(Protocol):
    """Keeps chunks of rows until all have come."""

    def add(self, rows: Rows, offsets: Int64s) -> None:
        """Keep a chunk ordered by partition: partition p is rows[offsets[p]:offsets[p + 1]]."""
        ...

    def read(self, first: int, last: int) -> Rows:
        """All rows of the partitions first <= p < last, chunk after chunk."""
        ...


@dataclass(frozen=True, slots=True)
class Partitioned:
    """What pass 1 learned. sizes: (PARTITIONS,) rows of each partition. newest: the corrected signals."""

    sizes: Int64s
    newest: Newest

    def bits(self, rows_per_shard: int) -> int:
        """How many bits of the hash make shards of about that many rows."""
        bits = 0
        while bits < SPILL_BITS and int(self.sizes.sum()) > rows_per_shard << bits:
            bits += 1
        return bits


def partition(batches: Iterable[pa.RecordBatch], encoder: Encoder, spill: Spill, chunk_rows: int) -> Partitioned:
    """Pass 1: spill all signals that have an owner, ordered by partition."""
    sizes, newest = np.zeros(PARTITIONS, np.int64), Newest()
    for chunk in _chunks(batches, encoder, chunk_rows):
        newest |= Newest.of(chunk.keys, chunk.revisions)
        owned = chunk.take(chunk.owners != 0) if bool((chunk.owners == 0).any()) else chunk
        order, offsets = group(fixed(shards_of(fixed(owned.owners), SPILL_BITS)), PARTITIONS)
        spill.add(owned.take(order), offsets)
        sizes += np.diff(offsets)
    return Partitioned(sizes, newest)


def _chunks(batches: Iterable[pa.RecordBatch], encoder: Encoder, chunk_rows: int) -> Iterator[Rows]:
    """Rows in chunks of about `chunk_rows`: small batches are joined, large ones cut."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        for begin in range(0, batch.num_rows, chunk_rows):
            waiting.append(batch.slice(begin, chunk_rows))
            if sum(part.num_rows for part in waiting) >= chunk_rows:
                yield Rows.join(encoder.encode(part) for part in waiting)
                waiting = []
    if waiting:
        yield Rows.join(encoder.encode(part) for part in waiting)


def build_shard(spill: Spill, partitioned: Partitioned, bits: int, shard: int) -> Timelines:
    """Pass 2: the timelines of one of 2**bits shards."""
    width = PARTITIONS >> bits
    return assemble(partitioned.newest.only(spill.read(shard * width, (shard + 1) * width)))


def assemble(rows: Rows) -> Timelines:
    """The timelines of some rows: by owner, time and signal key; a signal key of an owner counts once."""
    owners, starts, order = timeline_order(rows.owners, rows.times, rows.keys)
    return arrange(rows, owners, starts, order)


def arrange(rows: Rows, owners: Int64s, starts: Int64s, order: Int64s) -> Timelines:
    """Timelines of rows whose order is known. Columns in which nobody has anything are left out."""
    given = {name: column for name, column in rows.columns.items() if name != "kind" and not is_nothing(name, column)}
    return Timelines(
        owners=fixed(owners),
        starts=fixed(starts),
        times=fixed(rows.times.take(order)),
        kinds=cast(Int32s, fixed(rows.columns["kind"].take(order))),
        columns={name: cast(Column, fixed(column.take(order))) for name, column in given.items()},
    )
