"""Where the records of delimited text begin and end: one pass over the bytes, quotes and quoted line breaks understood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from touchpath.timelines.arrays import Bytes, Int64s
from touchpath.timelines.kernels import fixed, kernel

_NONE = -1
_LINE_FEED, _RETURN = 10, 13
_FIELD_START, _PLAIN, _QUOTED, _QUOTE_SEEN = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text is written. `quote` and `escape` may be "" (there is none)."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""

    @property
    def codes(self) -> tuple[int, int, int]:
        """Delimiter, quote and escape as bytes; -1 = none."""
        return ord(self.delimiter), ord(self.quote) if self.quote else _NONE, ord(self.escape) if self.escape else _NONE


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one block: [start, stop) without the line break, number of fields, and the line each begins on (from 0).

    `consumed`, `lines`: bytes and line breaks behind the last whole record. `open_quote`: the rest began a quote that the
    block does not close.
    """

    starts: Int64s
    stops: Int64s
    fields: Int64s
    first_lines: Int64s
    consumed: int
    lines: int
    open_quote: bool


@kernel
def _find_records(
    block: Bytes,
    delimiter: int,
    quote: int,
    escape: int,
    at_end: bool,
    starts: Int64s,
    stops: Int64s,
    fields: Int64s,
    first_lines: Int64s,
) -> tuple[int, int, int, bool]:
    found, start, i, count, line, first_line, consumed_lines, state = 0, 0, 0, 1, 0, 0, 0, _FIELD_START
    size = block.size
    while i < size:
        c = block[i]
        if c == escape:
            i += 2
            if state != _QUOTED:
                state = _PLAIN
            continue
        if state == _QUOTED:
            if c == quote:
                state = _QUOTE_SEEN
            elif c == _LINE_FEED or (c == _RETURN and not (i + 1 < size and block[i + 1] == _LINE_FEED)):
                line += 1
            i += 1
            continue
        if c == delimiter:
            count += 1
            state = _FIELD_START
        elif c in (_LINE_FEED, _RETURN):
            after = i + 1
            if c == _RETURN:
                if after == size and not at_end:
                    break
                if after < size and block[after] == _LINE_FEED:
                    after += 1
            line += 1
            if i > start:
                starts[found], stops[found], fields[found], first_lines[found] = start, i, count, first_line
                found += 1
            start, i, count, state = after, after, 1, _FIELD_START
            first_line, consumed_lines = line, line
            continue
        elif c == quote and state in (_FIELD_START, _QUOTE_SEEN):
            state = _QUOTED
        else:
            state = _PLAIN
        i += 1
    if at_end and state != _QUOTED and size > start:
        starts[found], stops[found], fields[found], first_lines[found] = start, size, count, first_line
        found += 1
        start, consumed_lines = size, line
    return found, start, consumed_lines, state == _QUOTED


def find_records(block: bytes, dialect: Dialect, at_end: bool) -> Records:
    """The whole records of a block. Empty lines are no records.

    A quote counts only at the start of a field; inside a quoted field two quotes stand for one. A line ends with LF, CR LF or
    CR. With `at_end` the last record needs no line break.
    """
    content = fixed(np.frombuffer(block, np.uint8))
    room = block.count(b"\n") + block.count(b"\r") + 1
    starts, stops, fields, lines = (np.empty(room, np.int64) for _ in range(4))
    found, consumed, seen, open_quote = _find_records(content, *dialect.codes, at_end, starts, stops, fields, lines)
    return Records(starts[:found], stops[:found], fields[:found], lines[:found], consumed, seen, open_quote)


def cut_out(block: bytes, records: Records, keep: NDArray[np.bool_]) -> bytes:
    """The bytes of the records to keep, each with a line break."""
    if keep.all():
        return block[: records.consumed]
    parts: list[bytes] = []
    kept = np.flatnonzero(keep)
    for run in np.split(kept, np.flatnonzero(np.diff(kept) != 1) + 1) if kept.size else []:
        parts += [block[records.starts[run[0]] : records.stops[run[-1]]], b"\n"]
    return b"".join(parts)
