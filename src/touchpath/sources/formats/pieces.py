"""Files as records one after another, each with its line and its text: JSON lines, JSON lists, delimited text, Parquet.

A record's text is kept as it stood, so that one which is refused can be read again from the quarantine. It is only taken apart
(`decode`) when its turn comes, so passing over what an import has done already costs little.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import msgspec
import pyarrow.parquet as pq

from touchpath.model.errors import BadInput
from touchpath.sources.files.csv_rows import LONGEST_RECORD, CsvLayout, CsvRows
from touchpath.sources.files.json_rows import JsonRows
from touchpath.sources.files.parts import Part
from touchpath.sources.files.records import Dialect
from touchpath.sources.files.sniff import Sample, sniff_delimiter, sniff_encoding, take_sample
from touchpath.sources.formats.documents import LISTED, elements, list_within

csv.field_size_limit(LONGEST_RECORD)

#: A record taken apart: a JSON object, or the cells of a row by the names of their columns.
Row = Mapping[str, Any]

#: Rows of Parquet that are held at once.
_ROWS = 8_192


class Piece(NamedTuple):
    """One record as it stands: where, its text, why it is none ("" = it is one), and the bytes of the part read so far."""

    place: str
    line: int
    text: bytes
    fault: str
    position: int


class Shape(Protocol):
    """How a format's files hold records."""

    def pieces(self, part: Part) -> Iterator[Piece]:
        """The records of one part, in order, always the same."""
        ...

    def headers(self, part: Part) -> tuple[tuple[str, ...], ...]:
        """The header rows of a part; () where there is no such thing."""
        ...

    def decode(self, text: bytes, headers: tuple[tuple[str, ...], ...]) -> Row:
        """A record taken apart; raises BadInput."""
        ...


def decode_json(text: bytes) -> dict[str, Any]:
    """The object that a text of JSON holds; raises BadInput."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"This record is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise BadInput(f"This record holds {type(found).__name__}, not an object in braces.")
    return found


@dataclass(frozen=True, slots=True)
class JsonShape:
    """JSON objects: one a line, in one list, or in a list under one of the names `under` of one large object."""

    under: tuple[str, ...] = ()

    def pieces(self, part: Part) -> Iterator[Piece]:
        """The objects, streamed."""
        sample = take_sample(part)
        if (within := list_within(sample, self.under)) is not None:
            wanted = self.under if within else (LISTED,)
            for element in elements(part, wanted):
                yield Piece(part.name, element.line, element.text, element.fault, element.position)
            return
        for lines, refused, position in JsonRows(part, sniff_encoding(sample)).stretches():
            for line, text in lines:
                if text and not text.isspace():
                    yield Piece(part.name, line, text, "", position)
            for one in refused:
                yield Piece(one.place, one.line, one.record.encode(), one.reason, position)

    def headers(self, part: Part) -> tuple[tuple[str, ...], ...]:
        """None: every object names its own fields."""
        return ()

    def decode(self, text: bytes, headers: tuple[tuple[str, ...], ...]) -> Row:
        """The object."""
        return decode_json(text)


@dataclass(frozen=True, slots=True)
class CsvShape:
    """Delimited text in any encoding, with `header_rows` rows before the records; the first of them names the columns."""

    header_rows: int = 1

    def pieces(self, part: Part) -> Iterator[Piece]:
        """The records as they stand."""
        for records, refused, position in self._rows(part, take_sample(part)).texts():
            for line, text in records:
                yield Piece(part.name, line, text, "", position)
            for one in refused:
                yield Piece(one.place, one.line, one.record.encode(), one.reason, position)

    def headers(self, part: Part) -> tuple[tuple[str, ...], ...]:
        """The delimiter as a row of its own, the names of the columns made different, then the other header rows."""
        sample = take_sample(part)
        rows = self._rows(part, sample)
        text = sample.content.decode(sniff_encoding(sample), "replace")
        found = csv.reader(io.StringIO(text, newline=""), delimiter=rows.layout.dialect.delimiter)
        further = [tuple(row) for row, _ in zip(found, range(self.header_rows), strict=False)][1:]
        return ((rows.layout.dialect.delimiter,), rows.columns, *further)

    def decode(self, text: bytes, headers: tuple[tuple[str, ...], ...]) -> Row:
        """The cells by the names of their columns; empty ones are ""."""
        (delimiter,), names, *_ = headers
        try:
            cells = next(csv.reader([text.decode()], delimiter=delimiter))
        except (csv.Error, StopIteration) as error:
            raise BadInput(f"This row cannot be taken apart: {error}.") from error
        if len(cells) != len(names):
            raise BadInput(f"This row has {len(cells)} fields, the file has {len(names)} columns.")
        return dict(zip(names, cells, strict=True))

    def _rows(self, part: Part, sample: Sample) -> CsvRows:
        encoding = sniff_encoding(sample)
        text = sample.content.decode(encoding, "replace").encode()
        delimiter = sniff_delimiter(text, '"', "", sample.whole)
        layout = CsvLayout(Dialect(delimiter if len(delimiter) == 1 else ","), encoding, skip_rows=self.header_rows - 1)
        return CsvRows(part, layout)


@dataclass(frozen=True, slots=True)
class ParquetShape:
    """Rows of a Parquet file. A row's line is its number, its text a JSON object."""

    def pieces(self, part: Part) -> Iterator[Piece]:
        """The rows, a few thousand at a time."""
        with pq.ParquetFile(part.path) as file:
            total, line = max(1, file.metadata.num_rows), 0
            for batch in file.iter_batches(_ROWS):
                position = part.size * (line + batch.num_rows) // total
                for row in batch.to_pylist():
                    line += 1
                    yield Piece(part.name, line, msgspec.json.encode(row, enc_hook=str), "", position)

    def headers(self, part: Part) -> tuple[tuple[str, ...], ...]:
        """None: every object names its own fields."""
        return ()

    def decode(self, text: bytes, headers: tuple[tuple[str, ...], ...]) -> Row:
        """The row."""
        return decode_json(text)
