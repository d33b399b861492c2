"""Bodies that came packed by gzip or zlib, unpacked whole and within a bound."""

from __future__ import annotations

import zlib

from touchpath.model.errors import BadInput

GZIP_MAGIC = b"\x1f\x8b"
#: How zlib is told what stands in front of the packed bytes.
GZIP, ZLIB = 31, 15
#: Bytes that are handed over at once behind the first member: what lies behind a member's end is copied, so that many small ones stay cheap.
_PIECE = 4 << 10
#: What some senders put behind the last member.
_PADDING = b"\0\r\n"


def unpack_deflated(packed: bytes, bits: int, largest: int) -> bytes:
    """All that is packed: gzip may come in several members, one behind another, which stand for one text (RFC 1952, section 2.2).

    At most largest + 1 bytes, so that a longer one is known by its length. Raises BadInput when it is damaged or cut short.
    """
    try:
        first = zlib.decompressobj(bits)
        parts = [first.decompress(packed, largest + 1)]
        left = largest + 1 - len(parts[0])
        if left and not first.eof:
            raise BadInput("The packed body is cut short.")
        at = len(packed) - len(first.unused_data)
        while left and (at := _next_member(packed, at, bits)):
            more, at = _unpack_member(packed, at, left)
            parts.append(more)
            left -= len(more)
    except zlib.error as error:
        raise BadInput(f"The packed body is damaged ({error}).") from error
    return b"".join(parts)


def _next_member(packed: bytes, at: int, bits: int) -> int:
    """Where the next member begins; 0 = there is none."""
    if bits == GZIP and packed.startswith(GZIP_MAGIC, at):
        return at
    if packed[at:].strip(_PADDING):
        raise BadInput(f"The packed body is damaged (behind its end come {len(packed) - at:,} bytes that are not packed).")
    return 0


def _unpack_member(packed: bytes, at: int, most: int) -> tuple[bytes, int]:
    """One member of gzip, and where it ends; of one that holds `most` bytes or more the first `most`."""
    unpacker, parts = zlib.decompressobj(GZIP), list[bytes]()
    while most and not unpacker.eof:
        piece = packed[at : at + _PIECE]
        if not piece:
            raise BadInput("The packed body is cut short.")
        parts.append(unpacker.decompress(piece, most))
        most -= len(parts[-1])
        at += len(piece) - len(unpacker.unused_data)
    return b"".join(parts), at
