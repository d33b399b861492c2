"""Files of arrays: written once with a checksum, memory-mapped for reading, never changed."""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import xxhash
from numpy.typing import NDArray

from touchpath.model.errors import Unavailable
from touchpath.timelines.arrays import Column, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import fixed

Array = NDArray[Any]

_ALIGNMENT = 64
_BLOCK = 1 << 22


class ArrayEntry(msgspec.Struct, frozen=True):
    """One array in a file: what it is called, its type, the byte it begins at, and how many items it has."""

    name: str
    dtype: str
    begin: int
    count: int


class FileEntry(msgspec.Struct, frozen=True):
    """One file: its name, size in bytes, XXH3-64 checksum in hex, and the arrays in it (none in a file of words)."""

    name: str
    size: int
    checksum: str
    arrays: tuple[ArrayEntry, ...] = ()


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> FileEntry:
    """Write arrays one after the other, each at a multiple of 64 bytes, and force them to disk."""
    checksum, entries = xxhash.xxh3_64(), list[ArrayEntry]()
    with path.open("wb") as file:
        for name, array in arrays.items():
            gap = bytes(-file.tell() % _ALIGNMENT)
            plain = np.ascontiguousarray(array)
            entries.append(ArrayEntry(name, plain.dtype.str, file.tell() + len(gap), plain.size))
            for part in (gap, plain.view(np.uint8).data):
                file.write(part)
                checksum.update(part)
        file.flush()
        os.fsync(file.fileno())
        return FileEntry(path.name, file.tell(), checksum.hexdigest(), tuple(entries))


def write_bytes(path: Path, contents: bytes) -> FileEntry:
    """Write a file of anything else, and force it to disk."""
    with path.open("wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())
    return FileEntry(path.name, len(contents), xxhash.xxh3_64_hexdigest(contents))


def read_arrays(folder: Path, entry: FileEntry) -> dict[str, Array]:
    """The arrays of a file, memory-mapped and read-only; raises Unavailable if its size is not what was written."""
    check_size(folder, entry)
    if not entry.size:
        return {a.name: fixed(np.empty(0, np.dtype(a.dtype))) for a in entry.arrays}
    with (folder / entry.name).open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return {a.name: fixed(np.frombuffer(mapped, np.dtype(a.dtype), a.count, a.begin)) for a in entry.arrays}


def check_size(folder: Path, entry: FileEntry) -> None:
    """Raises FileNotFoundError if a file is gone, Unavailable if its size is not what was written."""
    found = (folder / entry.name).stat().st_size
    if found != entry.size:
        raise damaged(folder, f"the file {entry.name} has {found:,} bytes where {entry.size:,} were written")


def check_contents(folder: Path, entry: FileEntry) -> str:
    """What is wrong with a file, "" if nothing: reads all of it."""
    checksum, size = xxhash.xxh3_64(), 0
    try:
        with (folder / entry.name).open("rb") as file:
            while block := file.read(_BLOCK):
                checksum.update(block)
                size += len(block)
    except FileNotFoundError:
        return f"{entry.name} is not there"
    if size != entry.size:
        return f"{entry.name} has {size:,} bytes where {entry.size:,} were written"
    return "" if checksum.hexdigest() == entry.checksum else f"{entry.name} does not hold what was written (checksum differs)"


def damaged(folder: Path, what: str) -> Unavailable:
    """The error for files that are not as they were written."""
    return Unavailable(
        f"The timelines in {folder} are damaged: {what}. No signal is lost. Run `touchpath doctor`, or delete the folder: "
        "timelines are rebuilt from the signals when they are next needed."
    )


def shard_arrays(shard: Timelines) -> dict[str, Array]:
    """A shard's arrays by name, as files keep them."""
    return {"(owners)": shard.owners, "(starts)": shard.starts, "(times)": shard.times, "kind": shard.kinds, **shard.columns}


@dataclass(frozen=True, slots=True)
class ShardFiles:
    """Opens one shard, in any process that sees the folder under the same name."""

    folder: Path
    files: tuple[FileEntry, ...]

    def __call__(self) -> Timelines:
        """Raises FileNotFoundError if a file is gone, Unavailable if its size is not what was written."""
        arrays = {name: array for entry in self.files for name, array in read_arrays(self.folder, entry).items()}
        columns = {name: cast(Column, array) for name, array in arrays.items() if name != "kind" and not name.startswith("(")}
        owners, starts, times = (cast(Int64s, arrays[name]) for name in ("(owners)", "(starts)", "(times)"))
        return Timelines(owners, starts, times, cast(Int32s, arrays["kind"]), columns, reopen=self)
