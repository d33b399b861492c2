"""Rows as files that are read elsewhere: CSV that no spreadsheet takes for formulas, and Parquet. Streamed, a piece at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.responses import StreamingResponse

#: What spreadsheets take for the beginning of a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}", "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
_AT_ONCE = 2_000
TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


def send_file(batches: Iterable[pa.RecordBatch], schema: pa.Schema, name: str, form: str) -> StreamingResponse:
    """Rows as a download. form: csv or parquet. The first piece is made at once, so that what cannot be made is an error and no file."""
    made = csv_pieces(batches, schema.names) if form == "csv" else parquet_pieces(batches, schema)
    first = next(made, b"")
    said = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{form}', safe='')}"}
    return StreamingResponse(_after(first, made), media_type=TYPES[form], headers=said)


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def csv_pieces(batches: Iterable[pa.RecordBatch], names: Sequence[str]) -> Iterator[bytes]:
    """CSV with a head (RFC 4180). Texts that a spreadsheet would take for a formula get an apostrophe in front; numbers stay numbers."""
    yield _lines([names])
    for batch in batches:
        for start in range(0, batch.num_rows, _AT_ONCE):
            columns = [column.to_pylist() for column in batch.slice(start, _AT_ONCE).columns]
            yield _lines(zip(*columns, strict=True))


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_plain(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _plain(value: Any) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    return harmless(value if isinstance(value, str) else str(value))


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> harmless("=cmd|' /C calc'!A0"), harmless("a = b")
    ("'=cmd|' /C calc'!A0", 'a = b')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def parquet_pieces(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    """A Parquet file, handed on as it grows."""
    sink = _Growing()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            if piece := sink.take():
                yield piece
    yield sink.take()


class _Growing(io.RawIOBase):
    """A file that is only written to, and handed on piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting, self._at = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._waiting += piece
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._at

    def take(self) -> bytes:
        """What was written since it was last asked."""
        piece = bytes(self._waiting)
        self._waiting.clear()
        return piece
