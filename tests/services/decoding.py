"""Reads every file of a workspace the way somebody would who looks for a person: unpacked, decoded, page by page."""

from __future__ import annotations

import gzip
import hashlib
import io
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from touchpath.model.keys import name_key, signal_hash

_DEEPEST = 3


def needles(
    ids: Sequence[str] = (), texts: Sequence[str] = (), signals: Sequence[tuple[str, str]] = ()
) -> dict[str, list[bytes]]:
    """What to look for, by whose it is: ids and texts as written, in UTF-16, and as hashes; keys of ids and signals as numbers.

    signals: (source, id) of each.
    """
    found: dict[str, list[bytes]] = {}
    for id in ids:
        name = id.partition(":")[2]
        found[id] = [*_written(id), *(_written(name) if len(name) >= 6 else ()), *_hashes(id), *_hashes(name)]
        found[f"key of {id}"] = _numbers(name_key(id))
    for text in texts:
        found[text] = [*_written(text), *_hashes(text)]
    for source, id in signals:
        digest = signal_hash(source, id)
        halves = [int.from_bytes(half, "big", signed=True) for half in (digest[:8], digest[8:])]
        found[f"signal {source} {id}"] = [digest, digest[::-1], *_numbers(halves[0]), *_numbers(halves[1])]
    return found


def _written(text: str) -> list[bytes]:
    return [text.encode(), text.encode("utf-16-le"), text.encode("unicode_escape"), text.encode("utf-16-be")]


def _hashes(text: str) -> list[bytes]:
    sha = hashlib.sha256(text.encode())
    return [sha.hexdigest().encode(), sha.digest()]


def _numbers(number: int) -> list[bytes]:
    """A 64-bit key in little and big endian, and as JSON or text would show it, signed or not."""
    bits = number % (1 << 64)
    return [bits.to_bytes(8, "little"), bits.to_bytes(8, "big"), str(number).encode(), str(bits).encode()]


def where(folder: Path, wanted: dict[str, list[bytes]]) -> dict[str, set[str]]:
    """In which files each is found; a part of a file is written file!part."""
    found: dict[str, set[str]] = {name: set() for name in wanted}
    for place, contents in decoded(folder):
        low = contents.lower()
        for name, forms in wanted.items():
            if any(form in contents or form.lower() in low for form in forms):
                found[name].add(place)
    return {name: places for name, places in found.items() if places}


def decoded(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file's name and raw bytes, and the bytes of all that is packed or encoded in it."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield f"{name}!name", name.encode()
        if path.is_file():
            yield from unpacked(name, path.read_bytes(), _DEEPEST)
            if path.suffix == ".sqlite":
                yield from _database(name, path)


def unpacked(name: str, contents: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    """Contents as they are, and unpacked as what they begin like."""
    yield name, contents
    if not depth:
        return
    for kind, inside in _inside(contents):
        yield from unpacked(f"{name}!{kind}", inside, depth - 1)


def _inside(contents: bytes) -> Iterator[tuple[str, bytes]]:
    if contents[:4] == b"PAR1":
        yield from _parquet(contents)
    if contents[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(contents)
    if contents[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            yield from ((f"zip:{one}", archive.read(one)) for one in archive.namelist())
    if contents[:4] == b"\x04\x22\x4d\x18":
        yield "lz4", pa.CompressedInputStream(pa.BufferReader(contents), "lz4").read()
    if contents[:4] == b"\x28\xb5\x2f\xfd":
        yield "zstd", pa.CompressedInputStream(pa.BufferReader(contents), "zstd").read()
    if contents[:2] in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
        yield "zlib", zlib.decompressobj().decompress(contents)
    for kind, opened in (("arrow", ipc.open_file), ("arrows", ipc.open_stream)):
        try:
            yield kind, b"".join(_buffers(opened(pa.BufferReader(contents)).read_all()))
        except (pa.ArrowInvalid, OSError):
            continue


def _parquet(contents: bytes) -> Iterator[tuple[str, bytes]]:
    """All values as Arrow buffers (keys little-endian) and as text, and what the footer says: statistics and metadata."""
    file = pq.ParquetFile(io.BytesIO(contents))
    yield "footer", str(file.metadata.to_dict()).encode() + str(file.metadata.metadata).encode()
    table = file.read()
    yield "values", repr(table.to_pylist()).encode() + b"".join(_buffers(table))
    coded = [name for name in table.column_names if pa.types.is_string(table.schema.field(name).type)]
    dictionaries = pq.read_table(io.BytesIO(contents), columns=coded, read_dictionary=coded)
    words = [str(chunk.dictionary.to_pylist()) for name in coded for chunk in dictionaries[name].chunks]
    yield "dictionaries", "".join(words).encode()


def _buffers(table: pa.Table) -> Iterator[bytes]:
    for column in table.columns:
        for chunk in column.chunks:
            yield from (buffer.to_pybytes() for buffer in chunk.buffers() if buffer is not None)


def _database(name: str, path: Path) -> Iterator[tuple[str, bytes]]:
    """Raw pages are read with the file itself, free ones and the log beside it too; here are the values, and the index's words."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
            yield f"{name}!{table}", repr(rows).encode()
            for row in rows:
                for value in row:
                    if isinstance(value, bytes) and len(value) > 3:
                        yield from unpacked(f"{name}!{table}", value, 1)
    finally:
        database.close()
