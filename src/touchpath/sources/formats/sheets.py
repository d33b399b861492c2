"""Exports of survey tools as delimited text: several header rows, and times whose order or zone the file may not tell."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from touchpath.model.errors import BadInput
from touchpath.services.formats import KnownFormat, Option
from touchpath.services.imports import Feed
from touchpath.sources.files.bytestream import ByteStream
from touchpath.sources.files.csv_rows import CsvLayout, CsvRows
from touchpath.sources.files.parts import Part, parts_of
from touchpath.sources.files.records import Dialect
from touchpath.sources.files.sniff import sniff_delimiter, sniff_encoding, take_sample
from touchpath.sources.files.zones import find_zone
from touchpath.sources.formats.format import Sure, checked_options
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import CsvShape, Piece, Row
from touchpath.sources.formats.records import RecordFeed, RecordFormat

#: Header rows lie within so many bytes: a survey of 3,000 questions with long wordings takes one.
_HEADER = 8 << 20
_MOST_HEADER_ROWS = 4
#: Cells of a batch. Jobs resume by the number of batches, so a change here needs another version of the formats.
_CELLS = 200_000

MONTH_FIRST, DAY_FIRST, YEAR_FIRST = "month first", "day first", "year first"

_DATE = re.compile(
    r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(?:([AaPp])\.?[Mm]\.?)?)?"
)


def first_rows(part: Part) -> tuple[tuple[str, ...], ...]:
    """The first rows of a file as they stand, repeated and empty cells included."""
    sample = take_sample(part)
    with ByteStream(part, sniff_encoding(sample)) as stream:
        text = stream.read(_HEADER).decode("utf-8", "replace")
    try:
        found = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(part))
        return tuple(tuple(row) for row in islice((row for row in found if row), _MOST_HEADER_ROWS))
    except csv.Error as error:
        raise BadInput(f"{part.name} begins with a row that cannot be taken apart: {error}.") from error


def _delimiter(part: Part) -> str:
    sample = take_sample(part)
    text = sample.content.decode(sniff_encoding(sample), "replace").encode()
    found = sniff_delimiter(text, '"', "", sample.whole)
    return found if len(found) == 1 else ","


@dataclass(frozen=True, slots=True)
class SheetShape:
    """Delimited text whose first rows tell how many of them are headers (`count`)."""

    count: Callable[[Sequence[Sequence[str]]], int]

    def pieces(self, part: Part) -> Iterator[Piece]:
        """The records as they stand."""
        yield from CsvShape(self.count(first_rows(part))).pieces(part)

    def headers(self, part: Part) -> tuple[tuple[str, ...], ...]:
        """The delimiter as a row of its own, the names of the columns made different, then all header rows as they stand."""
        rows = first_rows(part)
        return ((_delimiter(part),), sheet_rows(part, self.count(rows)).columns, *rows[: self.count(rows)])

    def decode(self, text: bytes, headers: tuple[tuple[str, ...], ...]) -> Row:
        """The cells by the names of their columns; empty ones are ""."""
        return CsvShape().decode(text, headers)


def one_header_row(rows: Sequence[Sequence[str]]) -> int:
    """Most exports: the first row names the columns."""
    return min(1, len(rows))


def sheet_rows(part: Part, header_rows: int) -> CsvRows:
    """A part's rows, for a pass over some of its columns."""
    layout = CsvLayout(Dialect(_delimiter(part)), sniff_encoding(take_sample(part)), skip_rows=header_rows - 1)
    return CsvRows(part, layout)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file before its records are read: the names of its columns, its header rows as they stand, and cells of some columns."""

    part: Part
    columns: tuple[str, ...]
    headers: tuple[tuple[str, ...], ...]

    def cells(self, wanted: Sequence[str]) -> Iterator[str]:
        """What stands in these columns, row by row, in one pass over the file."""
        for chunk in sheet_rows(self.part, len(self.headers)).chunks(wanted):
            for column in chunk.frame.columns.values():
                yield from (cell for cell in column.to_pylist() if cell)


def as_they_are(_: Sheet, answers: Mapping[str, str]) -> Mapping[str, str]:
    """Nothing is left open."""
    return answers


@dataclass(frozen=True, slots=True)
class SheetFormat:
    """A `RecordFormat` of sheets that may leave something open which only reading the file can tell.

    settle: from a sheet and the answers to the format's options gives the answers in full; raises BadInput with the question
    that neither the file nor an answer settles, before anything is imported.
    """

    records: RecordFormat
    settle: Callable[[Sheet, Mapping[str, str]], Mapping[str, str]] = as_they_are

    @property
    def known(self) -> KnownFormat:
        """Its name, title, source and options."""
        return self.records.known

    def recognise(self, head: Head) -> Sure | None:
        """How sure it is that a file that begins so is one of its own."""
        return self.records.recognise(head)

    def open(self, path: Path, options: Mapping[str, str]) -> Feed:
        """A file, ready to give its signals; raises BadInput."""
        answers: Mapping[str, str] = checked_options(self.known, options)
        shape = self.records.shape
        assert isinstance(shape, SheetShape)
        width = 1
        for part in parts_of(path):
            _, columns, *rows = shape.headers(part)
            answers = self.settle(Sheet(part, columns, tuple(rows)), answers)
            width = max(width, len(columns))
        return RecordFeed(self.records, path, answers, rows_at_once(width))


def rows_at_once(width: int) -> int:
    """How many rows of so many columns are held at once: each cell may become a signal."""
    return max(100, _CELLS // width)


def zone_option(question: str, required: bool = False) -> Option:
    """The option for the zone of times that name none."""
    return Option("zone", question, "zone", required=required)


#: How dates such as 06/10/2026 are meant. Asked for only when no date of the file tells.
DATES = Option(
    "dates",
    "Are dates such as 06/10/2026 written month first (June 10) or day first (6 October)?",
    "choice",
    choices=(MONTH_FIRST, DAY_FIRST),
)


def date_order(cells: Iterable[str], answer: str, title: str) -> str:
    """How the dates of a file are written: as the answer says, or as the first date tells that can only be read in one way.

    Raises BadInput with the question when none tells, and when two contradict each other.
    """
    told: dict[str, str] = {}
    for cell in cells:
        found = _DATE.match(cell.strip())
        if found is None:
            continue
        first, second = int(found[1]), int(found[3])
        order = YEAR_FIRST if len(found[1]) == 4 else DAY_FIRST if first > 12 else MONTH_FIRST if second > 12 else None
        if order is not None:
            told.setdefault(order, cell.strip())
        elif answer == "" and "" not in told:
            told[""] = cell.strip()
    unsure = told.pop("", None)
    if len(told) > 1:
        shown = " and ".join(f"'{cell}' ({order})" for order, cell in told.items())
        raise BadInput(f"{title}: the dates of this file are written in two ways: {shown}. Export it again in one.")
    if answer and told and answer not in told and YEAR_FIRST not in told:
        order, cell = next(iter(told.items()))
        raise BadInput(f"{title}: dates are said to be {answer}, but '{cell}' can only be {order}.")
    if unsure and not told and not answer:
        raise BadInput(
            f"{title}: {DATES.question} '{unsure}' can be both, and no date of the file tells. Say it with --option dates=..."
        )
    return answer or next(iter(told), YEAR_FIRST)


def read_moment(text: str, order: str, zone: str) -> datetime | None:
    """A time as a person or a tool writes it, as UTC; None when it is none. One without an offset is one of the zone.

    Of a local time that a clock shows twice the first is taken; one that it leaves out is moved on (PEP 495, fold=0).
    """
    text = text.strip()
    written = text.removesuffix(" UTC")
    if written != text:
        zone = "UTC"
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        dated = _dated(written, order)
        if dated is None:
            return None
        found = dated
    return (found if found.utcoffset() is not None else found.replace(tzinfo=find_zone(zone))).astimezone(UTC)


def _dated(text: str, order: str) -> datetime | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    if len(found[1]) == 4:
        year, month, day = first, second, third
    else:
        year = third + 2000 if third < 100 else third
        day, month = (first, second) if order == DAY_FIRST else (second, first)
    hour, half = int(found[5] or 0), (found[8] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else 99
    try:
        return datetime(year, month, day, hour, int(found[6] or 0), int(found[7] or 0))  # noqa: DTZ001 - the zone is the caller's
    except ValueError:
        return None


def needed_moment(text: str, name: str, order: str, zone: str) -> datetime | None:
    """A time, or None for an empty cell; raises BadInput for a cell that holds something else."""
    if not text.strip():
        return None
    found = read_moment(text, order, zone)
    if found is None:
        written = {MONTH_FIRST: "06/30/2026 17:05", DAY_FIRST: "30/06/2026 17:05"}.get(order, "2026-06-30 17:05:00")
        raise BadInput(f"'{name}' came as '{text.strip()[:60]}', which is no time; one such as {written} would do.")
    return found


def common_wording(wordings: Sequence[str]) -> str:
    """What the wordings of the parts of one question share, up to a ' - ' between question and part."""
    if len(wordings) < 2:
        return ""
    first, last = min(wordings), max(wordings)
    same = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    shared = first[:same]
    return shared[: shared.rfind(" - ")] if " - " in shared else ""
