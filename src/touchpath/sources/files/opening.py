"""Opens a file of any known format; what the mapping leaves open is found out from the file itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from touchpath.model.errors import Missing
from touchpath.sources.files.csv_rows import CsvLayout, CsvRows
from touchpath.sources.files.json_rows import JsonRows
from touchpath.sources.files.mapping import BLANKS, Reading
from touchpath.sources.files.parquet_rows import ParquetRows
from touchpath.sources.files.records import Dialect
from touchpath.sources.files.rows import RowFile
from touchpath.sources.files.sniff import Sample, sniff_delimiter, sniff_encoding, sniff_format, sniff_header, take_sample

#: So many records tell what stands below a header.
_LOOKED_AT = 100


def open_rows(path: Path, reading: Reading) -> tuple[RowFile, Reading]:
    """The rows of a file, and how it turned out to be written."""
    if not path.exists():
        raise Missing(f"There is no file '{path}'.")
    found = _found_out(path, reading)
    if found.format == "parquet":
        return ParquetRows(path), found
    if found.format == "jsonl":
        return JsonRows(path, found.encoding or "utf-8"), found
    return CsvRows(path, _layout(found)), found


def _layout(reading: Reading) -> CsvLayout:
    blanks = reading.delimiter == BLANKS
    return CsvLayout(
        dialect=Dialect("\t" if blanks else reading.delimiter or ",", reading.quote, reading.escape),
        encoding=reading.encoding or "utf-8",
        header=reading.header is not False,
        columns=reading.columns,
        skip_lines=reading.skip_lines,
        skip_rows=reading.skip_rows,
        missing=reading.missing,
        blanks=blanks,
    )


def _found_out(path: Path, reading: Reading) -> Reading:
    sample = take_sample(path)
    if reading.format is None:
        form = sniff_format(path, sample)
        reading = replace(reading, format="parquet" if form == "parquet" else "jsonl" if form == "jsonl" else "csv")
    if reading.encoding is None and reading.format != "parquet":
        reading = replace(reading, encoding=sniff_encoding(sample))
    if reading.format == "csv":
        reading = _delimited(path, reading, sample)
    return reading


def _delimited(path: Path, reading: Reading, sample: Sample) -> Reading:
    if reading.delimiter is None:
        text = sample.content.decode(reading.encoding or "utf-8", "replace").encode()
        text = b"".join(text.splitlines(keepends=True)[reading.skip_lines :])
        reading = replace(reading, delimiter=sniff_delimiter(text, reading.quote, reading.escape, sample.whole))
    if reading.header is None:
        rows = CsvRows(path, replace(_layout(reading), header=False, columns=(), skip_rows=0))
        reading = replace(reading, header=sniff_header(rows.first_record(), lambda: _below(rows)))
    return reading


def _below(rows: CsvRows) -> list[list[str | None]]:
    """The cells of some records after the first one, column by column."""
    chunk = next(iter(rows.chunks(None)), None)
    return [(column[1:_LOOKED_AT].to_pylist() if chunk else []) for column in (chunk.frame.columns.values() if chunk else ())]
