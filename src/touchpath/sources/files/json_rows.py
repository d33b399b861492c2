"""Rows of JSON lines: one JSON object a line, nested fields by dotted names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from touchpath.sources.files.bytestream import ByteStream
from touchpath.sources.files.csv_rows import BLOCK, LONGEST_RECORD
from touchpath.sources.files.parts import Part, as_part
from touchpath.sources.files.rows import Chunk, Frame, kept_text, whole_frame
from touchpath.store.signals import Rejected

_NOTHING = object()
_Line = tuple[int, bytes]


class JsonRows:
    """The rows of one file of JSON lines, which may be a part of a zip. Each line may have fields of its own, so `columns` is None."""

    columns: tuple[str, ...] | None = None

    def __init__(
        self, path: Path | Part, encoding: str = "utf-8", block: int = BLOCK, longest_record: int = LONGEST_RECORD
    ) -> None:
        self.path, self.encoding = path, encoding
        self._block, self._longest = block, longest_record
        self.total = as_part(path).size

    def chunks(self, wanted: Sequence[str] | None, after: int = -1) -> Iterator[Chunk]:
        """The rows in stretches of about BLOCK bytes."""
        for sequence, (lines, refused, position) in enumerate(self.stretches()):
            if sequence > after:
                yield self._chunk(sequence, lines, wanted, refused, position)

    def again(self, refused: Sequence[Rejected], wanted: Sequence[str] | None) -> Iterator[Chunk]:
        """Refused records, read from their kept text."""
        if refused:
            yield self._chunk(0, [(one.line, one.record.encode()) for one in refused], wanted, [], 0)

    def stretches(self) -> Iterator[tuple[list[_Line], list[Rejected], int]]:
        """Whole lines with their numbers, what could not be read as a line, and the position: BLOCK bytes at a time."""
        with ByteStream(self.path, self.encoding) as stream:
            number, rest = 1, b""
            while True:
                more = stream.read(self._block)
                whole, end, rest = (rest + more).rpartition(b"\n") if more else (b"" if stream.broken else rest, b"", rest)
                lines = list(enumerate(whole.split(b"\n"), number)) if whole or end else []
                refused: list[Rejected] = []
                if len(rest) > self._longest:
                    reason = f"This line is longer than {self._longest:,} bytes. JSON lines hold one object a line."
                    refused.append(Rejected(self.path.name, number + len(lines), reason, ""))
                    number, rest = number + 1, _after_line(stream, self._block)
                if not more and stream.broken:
                    refused.append(
                        Rejected(self.path.name, number, stream.broken, kept_text(rest.decode("utf-8", "backslashreplace")))
                    )
                if lines or refused:
                    yield lines, refused, stream.position
                number += len(lines)
                if not more:
                    return

    def _chunk(
        self, sequence: int, lines: list[_Line], wanted: Sequence[str] | None, refused: list[Rejected], position: int
    ) -> Chunk:
        good: list[_Line] = []
        objects: list[dict[str, object]] = []
        for number, line in lines:
            if not line.strip():
                continue
            found = _parse(line)
            if isinstance(found, dict):
                good.append((number, line))
                objects.append(found)
            else:
                text = line.decode("utf-8", "backslashreplace").rstrip("\r")
                refused.append(Rejected(self.path.name, number, found, kept_text(text)))
        frame = object_frame(objects, [number for number, _ in good], wanted)
        return Chunk(sequence, frame, _raw(good), tuple(refused), position)


def object_frame(objects: Sequence[Mapping[str, object]], lines: Sequence[int], wanted: Sequence[str] | None) -> Frame:
    """JSON objects as rows. wanted: the columns, which may be paths with dots; None = all fields that are no objects."""
    names = wanted if wanted is not None else sorted({path for one in objects for path in _paths(one)})
    cells = {name: [_find(one, name) for one in objects] for name in names}
    columns = {name: pa.array([_as_text(cell) for cell in column], pa.string()) for name, column in cells.items()}
    fragments = {name: pa.array([_as_json(cell) for cell in column], pa.string()) for name, column in cells.items()}
    return whole_frame(columns, np.array(lines, np.int64), fragments)


def _after_line(stream: ByteStream, block: int) -> bytes:
    """Pass over the rest of a line; what comes after it."""
    while more := stream.read(block):
        if b"\n" in more:
            return more.partition(b"\n")[2]
    return b""


def _raw(lines: list[_Line]) -> Callable[[int], str]:
    return lambda row: lines[row][1].decode("utf-8", "backslashreplace").rstrip("\r")


def _parse(line: bytes) -> dict[str, object] | str:
    """The object of a line, or why there is none."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"This line is not JSON: {error}."
    if isinstance(found, dict):
        return found
    return f"This line holds {type(found).__name__}, not an object in braces. JSON lines hold one object a line."


def _find(row: Mapping[str, object], name: str) -> object:
    """The cell under a name, which may be a path with dots; None when there is none."""
    found: object = row.get(name, _NOTHING)
    if found is not _NOTHING:
        return found
    found = row
    for part in name.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found


def _paths(row: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """Dotted names of all cells that are no objects themselves."""
    for name, value in row.items():
        if isinstance(value, dict) and value:
            yield from _paths(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def _as_text(cell: object) -> str | None:
    if cell is None or cell == "":
        return None
    return cell if isinstance(cell, str) else _encode(cell)


def _as_json(cell: object) -> str | None:
    return None if cell is None or cell == "" else _encode(cell)


def _encode(cell: object) -> str:
    return msgspec.json.encode(cell).decode()
