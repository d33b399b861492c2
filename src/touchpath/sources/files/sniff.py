"""Finds out how a file is written from its first bytes: format, encoding, delimiter, header."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from touchpath.model.errors import BadInput
from touchpath.sources.files.blanks import squeeze
from touchpath.sources.files.bytestream import PARQUET_MAGIC, ByteStream
from touchpath.sources.files.clock import read_times
from touchpath.sources.files.mapping import BLANKS
from touchpath.sources.files.parts import ZIP_MAGIC, Part, open_binary
from touchpath.sources.files.records import Dialect, find_records
from touchpath.sources.files.rows import Booleans

SAMPLE = 256 << 10
#: How files of other kinds begin, in small letters, and what would do.
_FOREIGN = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook or another file of Microsoft Office. Save the sheet as CSV"),
    (b"<!doctype html", "a web page, as some tools export tables. Open it in a spreadsheet and save the sheet as CSV"),
    (b"<html", "a web page, as some tools export tables. Open it in a spreadsheet and save the sheet as CSV"),
    (b"%pdf-", "a PDF. Export the table that it was made from as CSV"),
)
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NUMBER = re.compile(r"\s*[-+]?[0-9.,]+([eE][-+]?[0-9]+)?\s*")


@dataclass(frozen=True, slots=True)
class Sample:
    """The first bytes of a file as they stand in it (unpacked), and whether that is all of it."""

    content: bytes
    whole: bool


def take_sample(file: Path | Part) -> Sample:
    """The first SAMPLE bytes of a file, unpacked."""
    with ByteStream(file, "latin-1") as stream:
        content = stream.read(SAMPLE).decode("utf-8").encode("latin-1")
        return Sample(content, not stream.read(1))


def sniff_format(path: Path, sample: Sample) -> str:
    """csv, jsonl or parquet."""
    with open_binary(path) as file:
        magic = file.read(4)
    if magic == PARQUET_MAGIC:
        return "parquet"
    if magic == ZIP_MAGIC:
        raise BadInput(f"{path.name} is an Excel workbook or a zip file. Save the sheet as CSV, or unpack the file.")
    if kind := _foreign(sample.content):
        raise BadInput(f"{path.name} is {kind}.")
    if path.name.lower().endswith(".parquet"):
        raise BadInput(
            f"{path.name} is called Parquet, but does not begin as such files do. Was it copied or written to its end?"
        )
    if sniff_encoding(sample) == "cp1252" and _is_binary(sample.content):
        raise BadInput(f"{path.name} holds no text. Files may be CSV, JSON lines or Parquet; CSV and JSON lines may be gzipped.")
    start = sample.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[" and path.name.removesuffix(".gz").endswith("json"):
        raise BadInput(f"{path.name} holds one JSON list. Write one object a line, as in: jq -c '.[]' {path.name} > rows.jsonl")
    if start == b"{" and sample.content.strip().splitlines()[0].strip() == b"{":
        raise BadInput(f"{path.name} holds one JSON object over many lines. JSON lines hold one object a line.")
    return "jsonl" if start == b"{" else "csv"


def _foreign(content: bytes) -> str:
    """What a file is that holds no rows as we read them, and what would do; "" where its beginning tells of nothing of the kind."""
    start = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginning, kind in _FOREIGN:
        if start.startswith(beginning):
            return kind
    return ""


def _is_binary(content: bytes) -> bool:
    """Whether more than one byte in a hundred is a control character, as in pictures and programs but in no text."""
    codes = np.frombuffer(content, np.uint8)
    control = (codes < 32) & ~np.isin(codes, (9, 10, 11, 12, 13, 27))
    return bool(codes.size) and float(control.mean()) > 0.01


def sniff_encoding(sample: Sample) -> str:
    """utf-8, utf-8-sig, utf-16 (by its mark or its zero bytes), else cp1252."""
    content = sample.content
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    zeros = np.frombuffer(content[: len(content) // 2 * 2], np.uint8).reshape(-1, 2) == 0
    if len(content) > 3 and zeros.mean() > 0.2:
        return "utf-16-be" if zeros[:, 0].mean() > zeros[:, 1].mean() else "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content, final=sample.whole)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def sniff_delimiter(text: bytes, quote: str, escape: str, whole: bool) -> str:
    """The delimiter that cuts the most records into the same number of fields, at least two.

    When none does: blanks if runs of them cut all records into the same number of fields, at least three; else a comma.
    """
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        fields = find_records(text, Dialect(delimiter, quote, escape), whole).fields
        if not fields.size:
            continue
        widths, counts = np.unique(fields, return_counts=True)
        width, share = int(widths[counts.argmax()]), float(counts.max() / fields.size)
        if width > 1 and (round(share, 2), width) > best_score:
            best, best_score = delimiter, (round(share, 2), width)
    return BLANKS if not best_score[1] and _lined_up(text, quote, escape, whole) else best


def _lined_up(text: bytes, quote: str, escape: str, whole: bool) -> bool:
    """Whether blanks cut several records into columns, as in tables written for the eye."""
    fields = find_records(squeeze(text), Dialect("\t", quote, escape), whole).fields
    return fields.size > 1 and int(fields.min()) > 2 and bool((fields == fields[0]).all())


def sniff_header(cells: Sequence[str | None], below: Callable[[], Sequence[Sequence[str | None]]]) -> bool:
    """Whether a first record names columns: its cells are neither numbers nor times, and all filled and different.

    Some may be blank or repeated (an index without a name, the cells beside a merged one) where what stands below one of them is
    numbers or times alone. `below`: the cells of some later records, column by column, asked for only then.
    """
    texts = [cell for cell in cells if cell and cell.strip()]
    if not texts or _measures(texts).any():
        return False
    if len(set(texts)) == len(cells):
        return True
    columns = [[cell for cell in column if cell] for column in below()]
    return any(cell and cell.strip() and column and _measures(column).all() for cell, column in zip(cells, columns, strict=True))


def _measures(texts: Sequence[str]) -> Booleans:
    """Which texts are numbers or times."""
    _, _, times = read_times(pa.array(texts, pa.string()), "iso")
    return times | np.array([_NUMBER.fullmatch(text) is not None for text in texts], np.bool_)
