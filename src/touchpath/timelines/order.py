"""How rows are put in order: which shard an owner belongs to, and the order of signals inside a shard.

Grouping by owner is one counting pass. Signals mostly arrive in time order, so an owner's rows are often sorted already; those
that are not are sorted owner by owner, while they fit the processor's cache.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.kernels import fixed, kernel

#: Rows are spilled to 2**SPILL_BITS partitions; a shard is a run of neighbouring ones.
SPILL_BITS = 8

Bools = NDArray[np.bool_]

_SHORT = 16


@kernel
def mix(key: int) -> int:
    """A well-spread non-negative 31-bit hash of a key, different from the one that makes jackknife buckets."""
    mixed = (key ^ ((key >> 29) & 0x7FFFFFFFF)) * -4658895280553007687
    mixed = (mixed ^ ((mixed >> 32) & 0xFFFFFFFF)) * -7723592293110705685
    return (mixed >> 33) & 0x7FFFFFFF


@kernel
def shards_of(owners: Int64s, bits: int) -> Int64s:
    """(owners,) the shard of each owner among 2**bits. It never changes; with one bit more, each shard splits in two."""
    shards = np.empty(owners.size, np.int64)
    for i in range(owners.size):
        shards[i] = mix(owners[i]) >> (31 - bits)
    return shards


@kernel
def group(codes: Int64s, groups: int) -> tuple[Int64s, Int64s]:
    """Places ordered by code, those of one code as they came, and where each group begins ((groups + 1,) offsets)."""
    offsets = np.zeros(groups + 1, np.int64)
    for code in codes:
        offsets[code + 1] += 1
    for i in range(groups):
        offsets[i + 1] += offsets[i]
    at = offsets[:-1].copy()
    order = np.empty(codes.size, np.int64)
    for i in range(codes.size):
        order[at[codes[i]]] = i
        at[codes[i]] += 1
    return order, offsets


@kernel
def _number(owners: Int64s) -> tuple[Int64s, Int64s]:
    """Number the owners in the order they come: (rows,) numbers, (people,) owners by number."""
    numbers = np.empty(owners.size, np.int64)
    found = np.empty(512, np.int64)
    table = np.full(1024, -1, np.int64)
    count, mask = 0, 1023
    for row in range(owners.size):
        owner = owners[row]
        slot = mix(owner) & mask
        while table[slot] >= 0 and found[table[slot]] != owner:
            slot = (slot + 1) & mask
        if table[slot] < 0:
            if count == found.size:
                found = np.concatenate((found, np.empty(count, np.int64)))
                mask = 4 * count - 1
                table = np.full(4 * count, -1, np.int64)
                for number in range(count):
                    slot = mix(found[number]) & mask
                    while table[slot] >= 0:
                        slot = (slot + 1) & mask
                    table[slot] = number
                slot = mix(owner) & mask
                while table[slot] >= 0:
                    slot = (slot + 1) & mask
            found[count] = owner
            table[slot] = count
            count += 1
        numbers[row] = table[slot]
    return numbers, found[:count].copy()


@kernel
def _later(time: int, key: int, other_time: int, other_key: int) -> bool:
    return time > other_time or (time == other_time and key > other_key)


@kernel
def _sort_short(places: Int64s, times: Int64s, keys: Int64s) -> None:
    for i in range(1, places.size):
        place = places[i]
        j = i
        while j > 0 and _later(times[places[j - 1]], keys[places[j - 1]], times[place], keys[place]):
            places[j] = places[j - 1]
            j -= 1
        places[j] = place


@kernel
def _sort_long(places: Int64s, times: Int64s, keys: Int64s) -> None:
    """By time, then each run of equal times by key."""
    places[:] = places[np.argsort(times[places], kind="mergesort")]
    begin = 0
    while begin < places.size:
        end = begin + 1
        while end < places.size and times[places[end]] == times[places[begin]]:
            end += 1
        if end - begin > 1:
            run = places[begin:end].copy()
            places[begin:end] = run[np.argsort(keys[run], kind="mergesort")]
        begin = end


@kernel
def _sort_owners(order: Int64s, starts: Int64s, times: Int64s, keys: Int64s) -> None:
    """Sort each owner's places by time, then key."""
    for owner in range(starts.size - 1):
        places = order[starts[owner] : starts[owner + 1]]
        for i in range(1, places.size):
            if _later(times[places[i - 1]], keys[places[i - 1]], times[places[i]], keys[places[i]]):
                if places.size <= _SHORT:
                    _sort_short(places, times, keys)
                else:
                    _sort_long(places, times, keys)
                break


@kernel
def _drop_doubles(order: Int64s, starts: Int64s, keys: Int64s) -> Int64s:
    """Keep each owner's signal keys once (doubles are neighbours); changes `starts`, gives the order that is left."""
    kept = 0
    begin = starts[0]
    for owner in range(starts.size - 1):
        first = kept
        for i in range(begin, starts[owner + 1]):
            if kept == first or keys[order[kept - 1]] != keys[order[i]]:
                order[kept] = order[i]
                kept += 1
        begin = starts[owner + 1]
        starts[owner + 1] = kept
    return order[:kept]


def timeline_order(owners: Int64s, times: Int64s, keys: Int64s) -> tuple[Int64s, Int64s, Int64s]:
    """Owners ascending, (people + 1,) offsets, and the places of rows by (owner, time, key), each (owner, key) once."""
    times, keys = fixed(times), fixed(keys)
    numbers, found = _number(fixed(owners))
    ascending = np.argsort(found, kind="stable")
    ranks = np.empty(found.size, np.int64)
    ranks[ascending] = np.arange(found.size)
    order, starts = group(fixed(ranks[numbers]), found.size)
    _sort_owners(order, starts, times, keys)
    return found[ascending], starts, _drop_doubles(order, starts, keys)


@kernel
def expand(begins: Int64s, ends: Int64s) -> Int64s:
    """All places of some spans, one span after the other."""
    total = 0
    for i in range(begins.size):
        total += ends[i] - begins[i]
    places = np.empty(total, np.int64)
    at = 0
    for i in range(begins.size):
        for place in range(begins[i], ends[i]):
            places[at] = place
            at += 1
    return places


@kernel
def _hash_set(wanted: Int64s, size: int) -> Int64s:
    table = np.zeros(size, np.int64)
    for key in wanted:
        slot = mix(key) & (size - 1)
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + 1) & (size - 1)
        table[slot] = key
    return table


@kernel
def _seek(keys: Int64s, table: Int64s, zero: bool) -> Bools:
    found = np.empty(keys.size, np.bool_)
    mask = table.size - 1
    for row in range(keys.size):
        slot = mix(keys[row]) & mask
        while table[slot] != 0 and table[slot] != keys[row]:
            slot = (slot + 1) & mask
        found[row] = zero if keys[row] == 0 else table[slot] == keys[row]
    return found


def find_keys(keys: Int64s, wanted: Int64s) -> Bools:
    """(keys,) whether a key is one of those wanted."""
    size = 1 << max(4, (2 * wanted.size).bit_length())
    return _seek(fixed(keys), _hash_set(fixed(wanted), size), bool((wanted == 0).any()))
