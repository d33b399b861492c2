"""64-bit keys for the names that timelines carry as numbers. The functions never change: keys are kept in files."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xxhash
from numpy.typing import NDArray

_SEPARATOR = "\x1f"
_SIGN = 1 << 63
_WRAP = 1 << 64


def _signed(number: int) -> int:
    return number - _WRAP if number >= _SIGN else number


def signal_hash(source: str, id: str) -> bytes:
    """The 128-bit identity of a signal, 16 bytes big-endian (XXH3-128 of source, unit separator, id)."""
    return xxhash.xxh3_128_digest(f"{source}{_SEPARATOR}{id}".encode())


def signal_key(source: str, id: str) -> int:
    """The 64-bit key of a signal: the low half of its 128-bit identity, signed."""
    return int.from_bytes(signal_hash(source, id)[8:], "big", signed=True)


def name_key(name: str) -> int:
    """The 64-bit key of an actor id, an account or an object id (XXH3-64, signed); "" is 0."""
    return _signed(xxhash.xxh3_64_intdigest(name.encode())) if name else 0


def name_keys(names: Iterable[str]) -> NDArray[np.int64]:
    """The keys of many names, in order."""
    return np.fromiter((name_key(name) for name in names), np.int64)
