"""Many signals to their keys and fingerprints at once: the vectorised form of `model.keys`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash
from numpy.typing import NDArray

from touchpath.timelines.nobody import name_nobody

Unsigned = NDArray[np.uint64]

#: Columns that say what a signal means; when it was received does not.
CONTENT_COLUMNS = (
    "kind",
    "occurred_at",
    "utc_offset_minutes",
    "actors",
    "account",
    "objects",
    "touchpoint",
    "channel",
    "surface",
    "value",
    "unit",
    "text",
    "properties",
    "context",
)
_GOLDEN = 0x9E3779B97F4A7C15
_NOTHING = np.uint64(0xA0761D6478BD642F)


def identities(source: pa.ChunkedArray, id: pa.ChunkedArray) -> tuple[Unsigned, Unsigned]:
    """The high and low halves of every signal's 128-bit identity; the low half, read as signed, is its key."""
    joined = pc.binary_join_element_wise(source, id, "\x1f").cast(pa.binary())
    digests = b"".join(map(xxhash.xxh3_128_digest, joined.to_numpy()))
    halves = np.frombuffer(digests, ">u8").astype(np.uint64).reshape(-1, 2)
    return np.ascontiguousarray(halves[:, 0]), np.ascontiguousarray(halves[:, 1])


def actor_keys(actors: pa.ChunkedArray) -> pa.Array:
    """The 64-bit key of each signal's first actor who is somebody (see timelines/nobody.py), null where it has none."""
    values, offsets = _flat(actors)
    words, codes = _coded(values)
    somebody = np.concatenate([~name_nobody(words), np.zeros(1, np.bool_)])[codes]
    counts = np.concatenate([np.zeros(1, np.int64), np.cumsum(somebody)])
    before, after = counts[offsets[:-1]], counts[offsets[1:]]
    first = np.append(text_hashes(values)[somebody], np.uint64(0))[np.where(after > before, before, -1)].view(np.int64)
    return pa.array(first, mask=after == before)


def contents(signals: pa.Table) -> Unsigned:
    """A 64-bit fingerprint of what each signal says: equal contents give equal ones, whatever the order of their objects.

    An absent list or map counts as an empty one. Never kept outside derived files, so it may change with a new version.
    """
    total = np.zeros(signals.num_rows, np.uint64)
    for position, name in enumerate(CONTENT_COLUMNS):
        total += _mixed(_column_hashes(signals[name]) + _step(position + 1))
    return total


def text_hashes(texts: pa.ChunkedArray | pa.Array) -> Unsigned:
    """The XXH3-64 of each text; "" is 0 (as in `model.keys.name_key`), and so is null."""
    words, codes = _coded(texts)
    encoded = words.cast(pa.binary()).to_numpy(zero_copy_only=False)
    hashes = np.fromiter(map(xxhash.xxh3_64_intdigest, encoded), np.uint64, len(encoded))
    hashes[pc.equal(words, "").to_numpy(zero_copy_only=False)] = 0
    return np.append(hashes, np.uint64(0))[codes]


def _coded(texts: pa.ChunkedArray | pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if whole.null_count == len(whole):
        return pa.array([], pa.string()), np.zeros(len(whole), np.int64)
    coded = whole.dictionary_encode()
    codes = coded.indices.fill_null(len(coded.dictionary)).to_numpy().astype(np.int64)
    return coded.dictionary, codes


def _column_hashes(column: pa.ChunkedArray) -> Unsigned:
    if pa.types.is_list(column.type):
        return _list_hashes(column)
    if pa.types.is_map(column.type):
        return _map_hashes(column)
    hashes = text_hashes(column) if pa.types.is_string(column.type) else _number_bits(column)
    if column.null_count:
        hashes[column.is_null().to_numpy()] = _NOTHING
    return hashes


def _number_bits(column: pa.ChunkedArray) -> Unsigned:
    if pa.types.is_floating(column.type):
        numbers: NDArray[np.float64] = column.fill_null(0.0).to_numpy() + 0.0
        return numbers.view(np.uint64)
    whole: NDArray[np.int64] = column.cast(pa.int64()).fill_null(0).to_numpy()
    return whole.astype(np.int64).view(np.uint64)


def _list_hashes(column: pa.ChunkedArray) -> Unsigned:
    values, offsets = _flat(column)
    place = np.arange(offsets[-1], dtype=np.int64) - np.repeat(offsets[:-1], np.diff(offsets))
    return _sums(_mixed(text_hashes(values) + (place + 1).view(np.uint64) * _step(1)), offsets)


def _map_hashes(column: pa.ChunkedArray) -> Unsigned:
    entries, offsets = _flat(column)
    return _sums(_mixed(_mixed(text_hashes(entries.field(0)) + _step(1)) + text_hashes(entries.field(1))), offsets)


def _sums(hashes: Unsigned, offsets: NDArray[np.int64]) -> Unsigned:
    running: Unsigned = np.concatenate([np.zeros(1, np.uint64), np.cumsum(hashes, dtype=np.uint64)])
    return running[offsets[1:]] - running[offsets[:-1]]


def _flat(column: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """The values of a list or map column end to end, and where each row's begin (rows + 1 offsets)."""
    whole = column.combine_chunks()
    plain = whole.cast(pa.list_(whole.type.field(0))) if pa.types.is_map(whole.type) else whole
    sizes = pc.list_value_length(plain).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return plain.flatten(), np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


def _step(number: int) -> np.uint64:
    return np.uint64(number * _GOLDEN % (1 << 64))


def _mixed(numbers: Unsigned) -> Unsigned:
    """Spread every bit over all 64 (the finaliser of splitmix64; Steele, Lea and Flood 2014, figure 16)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
