"""Links between actor ids: a set of pairs that stood together on a signal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.timelines.arrays import NO_BYTES, NO_INT64S, Bytes, Int64s
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.nobody import link_nothing
from touchpath.timelines.words import text_keys

Bools = NDArray[np.bool_]

#: Found links are made a set whenever this many have come together.
_MANY = 1_000_000

_COLUMNS = ("first", "second", "first_rank", "second_rank")

#: Ids of this rank or weaker name a device, and not whoever uses it.
DEVICE_RANK = ACTOR_NAMESPACES.index("anonymous")


class Pair(NamedTuple):
    """Two actor keys that stood on one signal, each with the rank of its namespace (0 = strongest)."""

    first: int
    second: int
    first_rank: int
    second_rank: int


@dataclass(frozen=True, slots=True)
class Links:
    """A set of links, each once: (links,) actor keys first < second, ordered, and the ranks of their namespaces."""

    first: Int64s = field(default_factory=lambda: NO_INT64S)
    second: Int64s = field(default_factory=lambda: NO_INT64S)
    first_rank: Bytes = field(default_factory=lambda: NO_BYTES)
    second_rank: Bytes = field(default_factory=lambda: NO_BYTES)

    @property
    def size(self) -> int:
        """How many links there are."""
        return int(self.first.size)

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> Links:
        """The set of some pairs."""
        table = np.array([tuple(pair) for pair in pairs], np.int64).reshape(-1, 4)
        return _as_set(table[:, 0], table[:, 1], table[:, 2].astype(np.uint8), table[:, 3].astype(np.uint8))

    @classmethod
    def from_arrays(cls, first: Int64s, second: Int64s, first_rank: Bytes, second_rank: Bytes) -> Links:
        """The set of some pairs, whichever end comes first and however often."""
        return _as_set(first, second, first_rank, second_rank)

    def __or__(self, other: Links) -> Links:
        new = other - self
        if not new.size:
            return self
        if not self.size:
            return new
        places = _places(*(fixed(keys) for keys in (self.first, self.second, new.first, new.second)))
        columns = (np.insert(getattr(self, name), places, getattr(new, name)) for name in _COLUMNS)
        return Links(*columns)

    def __sub__(self, other: Links) -> Links:
        return self.kept(~self.among(other))

    def among(self, other: Links) -> Bools:
        """(links,) whether each is also one of the others."""
        return other.has(self.first, self.second)

    def has(self, some: Int64s, others: Int64s) -> Bools:
        """(pairs,) whether some ids are linked with others, pair by pair."""
        low, high = fixed(np.minimum(some, others)), fixed(np.maximum(some, others))
        places = _places(fixed(self.first), fixed(self.second), low, high)
        has = places < self.size
        places[~has] = 0
        if self.size:
            has &= (self.first[places] == low) & (self.second[places] == high)
        return has

    def kept(self, rows: Bools) -> Links:
        """Some of the links."""
        return Links(self.first[rows], self.second[rows], self.first_rank[rows], self.second_rank[rows])


def _as_set(first: Int64s, second: Int64s, first_rank: Bytes, second_rank: Bytes) -> Links:
    swap = first > second
    low, high = np.where(swap, second, first), np.where(swap, first, second)
    low_rank, high_rank = np.where(swap, second_rank, first_rank), np.where(swap, first_rank, second_rank)
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    new = np.ones(low.size, np.bool_)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    new &= low != high
    return Links(low[new], high[new], low_rank[order][new], high_rank[order][new])


def ranks_of(actors: pa.Array) -> Bytes:
    """How weak each actor's namespace is: 0 = "user", then as in ACTOR_NAMESPACES; others are weaker still."""
    ranks = np.full(len(actors), len(ACTOR_NAMESPACES), np.uint8)
    for rank, namespace in enumerate(ACTOR_NAMESPACES):
        ranks[pc.starts_with(actors, f"{namespace}:").to_numpy(zero_copy_only=False)] = rank
    return ranks


def find_links(actors: pa.ListArray) -> Links:
    """The links on some signals: every pair of ids that one signal names, placeholders left out.

    actors: (signals,) lists of "namespace:id".
    """
    lists = actors.filter(pc.greater(pc.list_value_length(actors), 1))
    if not len(lists):
        return Links()
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False)
    encoded = lists.flatten().fill_null("").dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    names = encoded.dictionary
    pairs = _pairs(codes, lengths.astype(np.int64), len(names))
    nobody, keys, ranks = link_nothing(names), text_keys(names), ranks_of(names)
    pairs = pairs[:, ~(nobody[pairs[0]] | nobody[pairs[1]])]
    return _as_set(keys[pairs[0]], keys[pairs[1]], ranks[pairs[0]], ranks[pairs[1]])


def _pairs(codes: Int64s, lengths: Int64s, names: int) -> Int64s:
    """(2, pairs) distinct pairs of codes that stand in one list."""
    starts = np.cumsum(lengths) - lengths
    found = [np.empty(0, np.int64)]
    for i in range(int(lengths.max())):
        for j in range(i + 1, int(lengths.max())):
            places = starts[lengths > j]
            found.append(np.unique(codes[places + i] * names + codes[places + j]))
    distinct = np.unique(np.concatenate(found))
    return np.stack([distinct // names, distinct % names])


def collect_links(batches: Iterable[pa.RecordBatch]) -> Links:
    """The links on all signals of some batches, which have the column `actors`."""
    links, found, waiting = Links(), list[Links](), 0
    for batch in batches:
        found.append(find_links(batch["actors"]))
        waiting += found[-1].size
        if waiting > max(_MANY, links.size):
            links, found, waiting = _join([links, *found]), [], 0
    return _join([links, *found])


def _join(parts: list[Links]) -> Links:
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS)
    return _as_set(*columns)


@kernel
def _places(first: Int64s, second: Int64s, wanted: Int64s, wanted_second: Int64s) -> Int64s:
    """Where each wanted pair stands, or would stand, among pairs that are in order."""
    places = np.empty(wanted.size, np.int64)
    for i in range(wanted.size):
        low, high = 0, first.size
        while low < high:
            middle = (low + high) // 2
            if first[middle] < wanted[i] or (first[middle] == wanted[i] and second[middle] < wanted_second[i]):
                low = middle + 1
            else:
                high = middle
        places[i] = low
    return places
