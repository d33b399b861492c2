"""A file as a stream of UTF-8 bytes: unpacked, decoded, and knowing how far it has got."""

from __future__ import annotations

import codecs
import zipfile
import zlib
from pathlib import Path
from typing import cast

import xxhash

from touchpath.sources.files.parts import MOST_UNPACKED, SURELY_FINE, Part, as_part, open_binary

GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"

#: Encodings that a mapping may name. utf-16 without a mark is read as little-endian.
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252")

_GZIP = 31
_PACKED = 256 << 10
_WHOLE = 64 << 20
_PIECE = 64 << 10
_PIECES = 64

#: Stands for bytes that an encoding does not know. It cannot be written in UTF-8, so the check for UTF-8 finds its row.
_UNREADABLE = "\udcff"


def _mark_unreadable(error: UnicodeError) -> tuple[str, int]:
    return _UNREADABLE, cast(UnicodeDecodeError, error).end


codecs.register_error("touchpath-mark", _mark_unreadable)


class ByteStream:
    """Reads one file, or one part of a zip, from start to end. Gzip is recognised by its first bytes, whatever the name.

    `position` of `total`: bytes of the file itself (packed, if it is packed), for progress. `broken`: why the file ended
    before its end, or "".
    """

    def __init__(self, file: Path | Part, encoding: str = "utf-8") -> None:
        part = as_part(file)
        self._raw = part.open()
        self.total = part.size
        self._packed_in_zip = part.packed_size
        self.broken = ""
        self._unpacked = 0
        packed = self._raw.read(2) == GZIP_MAGIC
        self._raw.seek(0)
        self._unpack = zlib.decompressobj(_GZIP) if packed else None
        self._decode = None if encoding in ("utf-8", "utf-8-sig") else codecs.getincrementaldecoder(encoding)("touchpath-mark")
        self._started = False

    @property
    def position(self) -> int:
        """How many bytes of the file have been read."""
        return min(self._raw.tell(), self.total)

    def read(self, size: int) -> bytes:
        """The next `size` bytes of the file, as UTF-8 (so it may give more); b"" at the end, and only there."""
        while True:
            block = self._fill(size)
            text = block if self._decode is None else self._recode(block)
            if not self._started and text:
                self._started = True
                text = text.removeprefix(codecs.BOM_UTF8)
            if text or not block:
                return text

    def _fill(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0 and not self.broken:
            part = self._read_some(size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _read_some(self, size: int) -> bytes:
        if self._unpack is None:
            return self._read_raw(size)
        while not self.broken:
            packed = self._unpack.unused_data.lstrip(b"\0") if self._unpack.eof else self._unpack.unconsumed_tail
            packed = packed or self._read_raw(_PACKED)
            if not packed:
                if not self._unpack.eof:
                    self.broken = "The gzip file ends in the middle: it was not copied or written to its end."
                break
            if self._unpack.eof:
                self._unpack = zlib.decompressobj(_GZIP)
            try:
                text = self._unpack.decompress(packed, size)
            except zlib.error as error:
                self.broken = f"The gzip file is damaged ({error}); what follows cannot be unpacked."
                break
            self._unpacked += len(text)
            if self._unpacked > SURELY_FINE and self._unpacked > MOST_UNPACKED * self._packed():
                self.broken = f"The gzip file unpacks to more than {MOST_UNPACKED} times its size, as no export does."
                break
            if text:
                return text
        return b""

    def _packed(self) -> int:
        """Bytes that what was read so far takes on the disk; of gzip inside a zip at most what the zip has for it."""
        return min(self._raw.tell(), self._packed_in_zip or self.total)

    def _read_raw(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            self.broken = f"The zip file is damaged ({error}); what follows cannot be unpacked."
            return b""

    def _recode(self, block: bytes) -> bytes:
        if self._decode is None:
            return block
        return self._decode.decode(block, final=not block).encode("utf-8", "surrogatepass")

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()

    def __enter__(self) -> ByteStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def content_identity(path: Path) -> str:
    """What tells this file from every other: 32 hex digits of path, size and content.

    Up to 64 MiB the whole content counts; of larger files the start, the end and 62 pieces between them.
    """
    size = path.stat().st_size
    digest = xxhash.xxh3_128(f"{path.resolve()}\x1f{size}\x1f".encode())
    with open_binary(path) as file:
        if size <= _WHOLE:
            while part := file.read(1 << 20):
                digest.update(part)
        else:
            for piece in range(_PIECES):
                file.seek(piece * (size - _PIECE) // (_PIECES - 1))
                digest.update(file.read(_PIECE))
    return digest.hexdigest()
