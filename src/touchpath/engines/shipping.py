"""How shards travel to another process: as a way to open their files, or, if they are in memory only, piece by piece."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from touchpath.engines.shards import note_of
from touchpath.timelines.arrays import Bytes, Timelines
from touchpath.timelines.kernels import fixed

#: Shards in memory are cut between owners into pieces of about this many bytes, so that no message is large.
PIECE_BYTES = 16 << 20

Words = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One shard, or some of its owners, ready to be pickled. Words travel once for all.

    place: (number of the shard, number of the piece), by which answers are put in order. note: which shard this is, in words.
    signals: how many are in it. by_hand: the arrays themselves. None = `reopen` opens them where the parcel arrives, and
    `skip` is as here.
    """

    place: tuple[int, int]
    note: str
    signals: int
    by_hand: Timelines | None
    reopen: Callable[[], Timelines] | None = None
    skip: Bytes | None = None

    def unpack(self, words: Words) -> Timelines:
        """The timelines. Raises OSError or Unavailable if the files are not (or no longer) there."""
        if self.by_hand is not None:
            return _fixed(replace(self.by_hand, words=words))
        assert self.reopen is not None
        assert self.skip is not None
        return replace(self.reopen(), words=words, skip=fixed(self.skip))


def pack(number: int, shard: Timelines) -> Iterator[Parcel]:
    """A shard as a reference where its files can be opened again, else as pieces."""
    if shard.reopen is None:
        yield from pack_by_hand(number, shard)
    else:
        yield Parcel((number, 0), note_of(number, shard), shard.signals, None, shard.reopen, shard.skip)


def pack_by_hand(number: int, shard: Timelines, piece_bytes: int = PIECE_BYTES) -> Iterator[Parcel]:
    """A shard in pieces of whole owners, each about `piece_bytes` large; an owner is never divided."""
    borders = _borders(shard, piece_bytes)
    for piece, (first, last) in enumerate(itertools.pairwise(borders)):
        part = _cut(shard, first, last)
        yield Parcel((number, piece), note_of(number, shard), part.signals, part)


def bytes_of(shard: Timelines) -> int:
    """How many bytes the arrays of a shard take."""
    arrays = (shard.owners, shard.starts, shard.times, shard.kinds, shard.skip, *shard.columns.values())
    return sum(array.nbytes for array in arrays)


def _borders(shard: Timelines, piece_bytes: int) -> list[int]:
    """Places of owners at which pieces begin and end."""
    pieces = min(shard.people, -(-bytes_of(shard) // piece_bytes))
    if pieces <= 1:
        return [0, shard.people]
    even = np.linspace(0, int(shard.starts[-1]), pieces + 1)[1:-1]
    return sorted({0, *np.searchsorted(shard.starts, even).tolist(), shard.people})


def _fixed(shard: Timelines) -> Timelines:
    """Arrays that were pickled come out writeable; timelines are not."""
    for array in (shard.owners, shard.starts, shard.times, shard.kinds, shard.skip, *shard.columns.values()):
        array.flags.writeable = False
    return shard


def _cut(shard: Timelines, first: int, last: int) -> Timelines:
    low, high = int(shard.starts[first]), int(shard.starts[last])
    return Timelines(
        owners=fixed(shard.owners[first:last]),
        starts=fixed(shard.starts[first : last + 1] - low),
        times=fixed(shard.times[low:high]),
        kinds=fixed(shard.kinds[low:high]),
        columns={name: fixed(column[low:high]) for name, column in shard.columns.items()},  # type: ignore[misc]
        skip=fixed(shard.skip[first:last]),
    )
