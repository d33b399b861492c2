"""Rows of delimited text (CSV, TSV and their relatives), read in stretches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from touchpath.model.errors import BadInput
from touchpath.sources.files.blanks import SqueezedStream
from touchpath.sources.files.bytestream import ByteStream
from touchpath.sources.files.parts import Part, as_part
from touchpath.sources.files.records import Dialect, Records, cut_out, find_records
from touchpath.sources.files.rows import Booleans, Chunk, kept_text, one_array, shown, whole_frame
from touchpath.store.signals import Rejected

#: A stretch of a file, in bytes. Jobs resume by the number of stretches, so a change here starts every import anew.
BLOCK = 8 << 20

#: The longest record, in bytes. Without a limit one quote that never closes would swallow the rest of a file.
LONGEST_RECORD = 16 << 20


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How a file of delimited text is laid out.

    header: the first record names the columns. columns: names given by hand (they replace the header's). skip_lines: lines
    before the first record. skip_rows: records after the header that are no data. missing: texts that mean "no value".
    blanks: runs of spaces and tabs stand for one tab, and those around a line for nothing.
    """

    dialect: Dialect = field(default_factory=Dialect)
    encoding: str = "utf-8"
    header: bool = True
    columns: tuple[str, ...] = ()
    skip_lines: int = 0
    skip_rows: int = 0
    missing: tuple[str, ...] = ("",)
    blanks: bool = False


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Whole records of one block, and where the block stands in the file."""

    block: bytes
    records: Records
    first_line: int
    refused: tuple[Rejected, ...]
    position: int

    @property
    def first_lines(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return self.records.first_lines + self.first_line

    def without_first(self, count: int) -> _Stretch:
        """The stretch without its first records."""
        r = self.records
        if count >= r.starts.size:
            return replace(
                self,
                records=replace(r, starts=r.starts[:0], stops=r.stops[:0], fields=r.fields[:0], first_lines=r.first_lines[:0]),
            )
        start = int(r.starts[count])
        shorter = replace(
            r,
            starts=r.starts[count:] - start,
            stops=r.stops[count:] - start,
            fields=r.fields[count:],
            first_lines=r.first_lines[count:],
            consumed=r.consumed - start,
        )
        return replace(self, block=self.block[start:], records=shorter)

    def raw(self, record: int) -> str:
        """The text of a record, unreadable bytes shown as \\xNN."""
        return self.block[self.records.starts[record] : self.records.stops[record]].decode("utf-8", "backslashreplace")


class CsvRows:
    """The rows of one file of delimited text."""

    def __init__(self, path: Path | Part, layout: CsvLayout, block: int = BLOCK, longest_record: int = LONGEST_RECORD) -> None:
        self.path, self.layout = path, layout
        self._block, self._longest = block, longest_record
        self.total = as_part(path).size
        self.columns = self._names()

    def chunks(self, wanted: Sequence[str] | None, after: int = -1) -> Iterator[Chunk]:
        """The rows in stretches of about BLOCK bytes."""
        skip = self.layout.skip_rows + (1 if self.layout.header else 0)
        for sequence, stretch in enumerate(self._stretches()):
            count = stretch.records.starts.size
            if sequence > after:
                yield self._chunk(sequence, stretch.without_first(skip) if skip else stretch, wanted)
            skip = max(0, skip - count)

    def texts(self) -> Iterator[tuple[list[tuple[int, bytes]], tuple[Rejected, ...], int]]:
        """Whole records as they stand in the file, with their lines; what was refused; the position. The header is left out."""
        skip = self.layout.skip_rows + (1 if self.layout.header else 0)
        for stretch in self._stretches():
            count = stretch.records.starts.size
            rest = stretch.without_first(skip) if skip else stretch
            skip = max(0, skip - count)
            good, refused = self._check(rest)
            records, lines = rest.records, rest.first_lines
            found = [(int(lines[i]), rest.block[records.starts[i] : records.stops[i]]) for i in np.flatnonzero(good).tolist()]
            yield found, rest.refused + refused, rest.position

    def again(self, refused: Sequence[Rejected], wanted: Sequence[str] | None) -> Iterator[Chunk]:
        """Refused records, read from their kept text."""
        if not refused:
            return
        block = "".join(one.record + "\n" for one in refused).encode()
        records = find_records(block, self.layout.dialect, at_end=True)
        if records.starts.size != len(refused):
            raise BadInput("The kept records cannot be told apart with this delimiter and quote. Import the file itself again.")
        lines = np.array([one.line for one in refused], np.int64)
        yield self._chunk(0, _Stretch(block, replace(records, first_lines=lines), 0, (), 0), wanted)

    def _chunk(self, sequence: int, stretch: _Stretch, wanted: Sequence[str] | None) -> Chunk:
        good, refused = self._check(stretch)
        kept = np.flatnonzero(good)
        columns = self._parse(cut_out(stretch.block, stretch.records, good), kept.size, wanted)
        frame = whole_frame(columns, stretch.first_lines[kept])
        return Chunk(sequence, frame, lambda row: stretch.raw(int(kept[row])), stretch.refused + refused, stretch.position)

    # -- from bytes to records ---------------------------------------------------------------------------------------

    def _stretches(self) -> Iterator[_Stretch]:
        """Whole records in blocks. The first block begins with the header, if there is one."""
        with (SqueezedStream if self.layout.blanks else ByteStream)(self.path, self.layout.encoding) as stream:
            line, rest = self._skip_lines(stream)
            refused: list[Rejected] = []
            while True:
                more = stream.read(self._block)
                block, at_end = rest + more, not more
                records = find_records(block, self.layout.dialect, at_end and not stream.broken)
                if records.starts.size:
                    yield _Stretch(block, records, line, tuple(refused), stream.position)
                    refused = []
                line, rest = line + records.lines, block[records.consumed :]
                if at_end and stream.broken:
                    refused.append(self._refuse(rest, line, stream.broken))
                    rest = b""
                elif rest and (at_end or len(rest) > self._longest):
                    cut = _end_of_line(rest)
                    refused.append(self._refuse(rest[:cut], line, self._why_endless(at_end)))
                    ended = rest[:cut].endswith((b"\n", b"\r"))
                    line, rest = line + 1, rest[cut:] if ended else _drop_line(stream, self._block)
                    continue
                if at_end:
                    break
            if refused:
                nothing = find_records(b"", self.layout.dialect, at_end=True)
                yield _Stretch(b"", nothing, line, tuple(refused), stream.position)

    def _skip_lines(self, stream: ByteStream) -> tuple[int, bytes]:
        """The first line number and the bytes from there."""
        rest = stream.read(self._block)
        for _ in range(self.layout.skip_lines):
            rest = rest[_end_of_line(rest) :]
        return 1 + self.layout.skip_lines, rest

    def _refuse(self, record: bytes, line: int, reason: str) -> Rejected:
        return Rejected(self.path.name, line, reason, kept_text(record.decode("utf-8", "backslashreplace").rstrip("\r\n")))

    def _why_endless(self, at_end: bool) -> str:
        if at_end:
            return "A quote opens in this record and never closes. Double it, close it, or set another quote."
        return f"This record is longer than {self._longest:,} bytes: does a quote open in it that never closes?"

    # -- from records to columns -------------------------------------------------------------------------------------

    def first_record(self) -> list[str | None]:
        """The cells of the first record; [] when the file holds none."""
        first = next((s for s in self._stretches() if s.records.starts.size), None)
        if first is None:
            return []
        width = int(first.records.fields[0])
        found = _read(first.block[: first.records.stops[0]], self.layout.dialect, [str(i) for i in range(width)], None, ())
        try:
            return [column[0].as_py() for column in found.columns]
        except UnicodeDecodeError as error:
            hint = "Name the file's encoding in the mapping, as in read: {encoding: cp1252}."
            raise BadInput(f"{self.path.name}: the first row is not {self.layout.encoding}. {hint}") from error

    def _names(self) -> tuple[str, ...]:
        """Names of the columns: given by hand, from the header, or column_1, column_2 ..."""
        first = self.first_record()
        if self.layout.columns:
            if first and len(self.layout.columns) != len(first):
                raise BadInput(
                    f"{self.path.name}: the mapping names {len(self.layout.columns)} columns, the file has {len(first)}."
                )
            return self.layout.columns
        if not self.layout.header:
            return tuple(f"column_{number}" for number in range(1, len(first) + 1))
        return _distinct(first)

    def _check(self, stretch: _Stretch) -> tuple[Booleans, tuple[Rejected, ...]]:
        """Which records are whole and readable, and the others with their reasons."""
        records = stretch.records
        good = records.fields == len(self.columns)
        refused: list[Rejected] = []
        for record in np.flatnonzero(~good).tolist():
            reason = f"This row has {records.fields[record]} fields, the file has {len(self.columns)} columns."
            refused.append(self._reject(stretch, record, reason))
        if not _is_utf8(stretch.block[: records.consumed]):
            for record in np.flatnonzero(good).tolist():
                raw = stretch.block[records.starts[record] : records.stops[record]]
                if not _is_utf8(raw):
                    good[record] = False
                    refused.append(self._unreadable(stretch, record))
        return good, tuple(sorted(refused, key=lambda one: one.line))

    def _reject(self, stretch: _Stretch, record: int, reason: str) -> Rejected:
        return Rejected(self.path.name, int(stretch.first_lines[record]), reason, kept_text(stretch.raw(record)))

    def _unreadable(self, stretch: _Stretch, record: int) -> Rejected:
        """A record with bytes that the encoding does not know; its text is lost, so there is nothing to replay."""
        reason = (
            f"This row holds bytes that are not {self.layout.encoding}: {shown(stretch.raw(record))}. Name the file's encoding."
        )
        return Rejected(self.path.name, int(stretch.first_lines[record]), reason, "")

    def _parse(self, content: bytes, rows: int, wanted: Sequence[str] | None) -> dict[str, pa.Array]:
        names = self.columns if wanted is None else tuple(name for name in self.columns if name in set(wanted))
        if not rows or not names:
            return {name: pa.nulls(rows, pa.string()) for name in names}
        table = _read(content, self.layout.dialect, self.columns, names, self.layout.missing)
        if table.num_rows != rows:
            raise BadInput(
                f"{self.path.name}: {rows:,} records were found but {table.num_rows:,} could be read. Check the quote and escape."
            )
        return {name: one_array(table.column(name)) for name in names}


def _read(
    content: bytes, dialect: Dialect, columns: Sequence[str], wanted: Sequence[str] | None, missing: Sequence[str]
) -> pa.Table:
    """Well-formed records as columns of text."""
    return pyarrow.csv.read_csv(
        pa.py_buffer(content),
        read_options=pyarrow.csv.ReadOptions(column_names=list(columns), block_size=len(content) + 1),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            escape_char=dialect.escape or False,
            newlines_in_values=True,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            check_utf8=False,
            column_types={name: pa.string() for name in columns},
            include_columns=None if wanted is None else list(wanted),
            strings_can_be_null=True,
            null_values=list(missing),
        ),
    )


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _end_of_line(content: bytes) -> int:
    """Where the line after this one begins."""
    ends = [content.find(b"\n"), content.find(b"\r")]
    line_feed, carriage = (end if end >= 0 else len(content) for end in ends)
    if carriage + 1 == line_feed:
        return line_feed + 1
    return min(line_feed, carriage, len(content) - 1) + 1


def _drop_line(stream: ByteStream, block: int) -> bytes:
    """Pass over the rest of a line; what comes after it."""
    while more := stream.read(block):
        if b"\n" in more or b"\r" in more:
            return more[_end_of_line(more) :]
    return b""


def _distinct(names: Sequence[str | None]) -> tuple[str, ...]:
    """Column names that are all there and all different: empty ones are numbered, repeated ones counted."""
    taken: list[str] = []
    for number, name in enumerate(names, 1):
        base = (name or "").strip() or f"column_{number}"
        fresh, count = base, 1
        while fresh in taken:
            count += 1
            fresh = f"{base}_{count}"
        taken.append(fresh)
    return tuple(taken)
