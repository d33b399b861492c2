"""Properties: single values read out of the JSON text of many signals at once.

A kernel walks the bytes of each text without building objects. Texts that need more than that (escapes in a name or value)
are read by a JSON parser, one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.timelines.arrays import Bytes, Int64s
from touchpath.timelines.kernels import fixed, kernel

_QUOTE, _ESCAPE, _COLON, _COMMA = ord('"'), ord("\\"), ord(":"), ord(",")
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = ord("{"), ord("}"), ord("["), ord("]")
_SPACE, _NULL = ord(" "), ord("n")
_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Property(NamedTuple):
    """One property of some signals: their texts (null = none)."""

    name: str
    texts: pa.Array


def read_properties(texts: pa.Array, names: Sequence[str]) -> Iterator[Property]:
    """The scalar values of some properties as text: strings as they are, numbers as written, "true" or "false".

    texts: (signals,) JSON objects as text. A value that is null, a list or an object is none; so is all of an unreadable text.
    """
    large = texts.cast(pa.large_string())
    offsets, data = _buffers(large)
    asked = [name.encode() for name in names]
    borders = np.cumsum([0, *(len(name) for name in asked)])
    begins, lengths, hard = _find(data, offsets, fixed(np.frombuffer(b"".join(asked), np.uint8)), fixed(borders, np.int64))
    rest = {int(row): _parse(large[int(row)].as_py()) for row in np.flatnonzero(hard)}
    for place, name in enumerate(names):
        yield Property(name, _texts(data, begins[place], lengths[place], {row: found.get(name) for row, found in rest.items()}))


def _buffers(large: pa.LargeStringArray) -> tuple[Int64s, Bytes]:
    """Where each text begins and ends, and the bytes of all; a null is an empty text."""
    large = large.fill_null("")
    _, offsets, data = large.buffers()
    if not len(large) or data is None:
        return fixed(np.zeros(len(large) + 1, np.int64)), fixed(np.empty(0, np.uint8))
    places = np.frombuffer(offsets, np.int64)[large.offset : large.offset + len(large) + 1]
    return fixed(places), fixed(np.frombuffer(data, np.uint8))


def _texts(data: Bytes, begins: Int64s, lengths: Int64s, rest: dict[int, str | None]) -> pa.Array:
    none = lengths < 0
    offsets = np.concatenate([[0], np.cumsum(np.where(none, 0, lengths))]).astype(np.int64)
    copied = _copy(data, fixed(begins), fixed(lengths), fixed(offsets))
    valid = np.packbits(~none, bitorder="little")
    buffers = [pa.py_buffer(valid), pa.py_buffer(offsets), pa.py_buffer(copied)]
    found = pa.Array.from_buffers(pa.large_string(), lengths.size, buffers)
    if not rest:
        return found
    mask = np.zeros(lengths.size, np.bool_)
    mask[list(rest)] = True
    return pc.replace_with_mask(found, pa.array(mask), pa.array([rest[row] for row in sorted(rest)], pa.large_string()))


def _parse(text: str) -> dict[str, str]:
    """All scalar properties of one text."""
    try:
        return {name: value for name, raw in _RAW.decode(text).items() if (value := _scalar(bytes(raw))) is not None}
    except msgspec.DecodeError:
        return {}


def _scalar(raw: bytes) -> str | None:
    if raw.startswith(b'"'):
        return str(msgspec.json.decode(raw))
    return None if raw[:1] in (b"{", b"[", b"n") else raw.decode()


@kernel
def _skip_space(data: Bytes, at: int, end: int) -> int:
    while at < end and data[at] <= _SPACE:
        at += 1
    return at


@kernel
def _end_of_text(data: Bytes, at: int, end: int) -> int:
    """The place of the quote that ends a text which begins at `at`; -1 - place of an escape before it."""
    while at < end and data[at] != _QUOTE:
        if data[at] == _ESCAPE:
            return -1 - at
        at += 1
    return at


@kernel
def _end_of_value(data: Bytes, at: int, end: int) -> int:
    """The place after a value that begins at `at`."""
    depth, quoted = 0, False
    while at < end:
        byte = data[at]
        if quoted:
            if byte == _ESCAPE:
                at += 1
            elif byte == _QUOTE:
                quoted = False
        elif byte == _QUOTE:
            quoted = True
        elif byte in (_OPEN, _OPEN_LIST):
            depth += 1
        elif byte in (_CLOSE, _CLOSE_LIST, _COMMA):
            if depth == 0:
                return at
            if byte != _COMMA:
                depth -= 1
        at += 1
    return at


@kernel
def _which(data: Bytes, begin: int, end: int, names: Bytes, borders: Int64s) -> int:
    """Which of the names stands in data[begin:end], or -1."""
    for name in range(borders.size - 1):
        if borders[name + 1] - borders[name] == end - begin:
            same = True
            for i in range(end - begin):
                if data[begin + i] != names[borders[name] + i]:
                    same = False
                    break
            if same:
                return name
    return -1


@kernel
def _walk(data: Bytes, at: int, end: int, names: Bytes, borders: Int64s, begins: Int64s, lengths: Int64s, row: int) -> bool:
    """Note where the asked values of one text stand; False = it takes a parser."""
    at = _skip_space(data, at, end)
    if at >= end:
        return True
    if data[at] != _OPEN:
        return False
    at = _skip_space(data, at + 1, end)
    while at < end and data[at] != _CLOSE:
        if data[at] != _QUOTE:
            return False
        name_end = _end_of_text(data, at + 1, end)
        if name_end < 0:
            return False
        name = _which(data, at + 1, name_end, names, borders)
        at = _skip_space(data, name_end + 1, end)
        if at >= end or data[at] != _COLON:
            return False
        at = _skip_space(data, at + 1, end)
        after = _end_of_value(data, at, end)
        if name >= 0 and at < after:
            if data[at] == _QUOTE:
                stop = _end_of_text(data, at + 1, after)
                if stop < 0:
                    return False
                begins[name, row], lengths[name, row] = at + 1, stop - at - 1
            elif data[at] not in (_OPEN, _OPEN_LIST, _NULL):
                stop = after
                while data[stop - 1] <= _SPACE:
                    stop -= 1
                begins[name, row], lengths[name, row] = at, stop - at
            else:
                lengths[name, row] = -1
        at = _skip_space(data, after, end)
        if at < end and data[at] == _COMMA:
            at = _skip_space(data, at + 1, end)
    return at < end


@kernel
def _find(data: Bytes, offsets: Int64s, names: Bytes, borders: Int64s) -> tuple[Int64s, Int64s, NDArray[np.bool_]]:
    """(names, rows) places and lengths (-1 = none) of the asked values, and the rows that take a parser."""
    rows = offsets.size - 1
    begins = np.zeros((borders.size - 1, rows), np.int64)
    lengths = np.full((borders.size - 1, rows), -1, np.int64)
    hard = np.zeros(rows, np.bool_)
    for row in range(rows):
        if not _walk(data, offsets[row], offsets[row + 1], names, borders, begins, lengths, row):
            hard[row] = True
            for name in range(borders.size - 1):
                lengths[name, row] = -1
    return begins, lengths, hard


@kernel
def _copy(data: Bytes, begins: Int64s, lengths: Int64s, offsets: Int64s) -> Bytes:
    """The values one after the other."""
    copied = np.empty(offsets[-1], np.uint8)
    for row in range(lengths.size):
        for i in range(lengths[row]):
            copied[offsets[row] + i] = data[begins[row] + i]
    return copied
