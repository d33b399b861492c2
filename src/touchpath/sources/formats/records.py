"""Formats whose files are records, and such a file as batches of signals, always cut alike, so that imports can be stopped and resumed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import xxhash

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import KnownFormat, Option
from touchpath.services.imports import Batch, Feed
from touchpath.services.record import signal_table
from touchpath.sources.files.bytestream import content_identity
from touchpath.sources.files.file_guess import source_of
from touchpath.sources.files.parts import parts_of
from touchpath.sources.files.rows import kept_text
from touchpath.sources.formats.format import STUMBLES, Convert, Opening, Sure, checked_options, source_option
from touchpath.sources.formats.head import Head, take_head
from touchpath.sources.formats.pieces import CsvShape, JsonShape, Piece, Row, Shape
from touchpath.store.signals import Rejected

#: A batch ends after so many records or bytes of text, whichever comes first. Jobs resume by the number of batches, so a change
#: here needs another `_CUT`, which starts every import anew.
MOST_RECORDS, MOST_BYTES = 25_000, 24 << 20
_CUT = "25000/24M"

#: The header rows of a part.
Headers = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class RecordFormat:
    """A format whose files are records, each of which stands for signals of its own.

    source: namespace of the signals' ids unless said; "" = the file's name, for formats that many systems write. shape: how its files hold records, or a function that says so for one file and its options. version: grows when records come to
    stand for other signals, so that files can be imported again. begin: called for each part of a file, before its records.
    """

    name: str
    title: str
    source: str
    shape: Shape | Callable[[Head, Mapping[str, str]], Shape]
    tells: Callable[[Head], Sure | None]
    begin: Callable[[Opening], Convert]
    options: tuple[Option, ...] = ()
    version: int = 1

    @property
    def known(self) -> KnownFormat:
        """Its name, title, source and options."""
        return KnownFormat(self.name, self.title, self.source, (*self.options, source_option(self.source)))

    def recognise(self, head: Head) -> Sure | None:
        """How sure it is that a file that begins so is one of its own."""
        return self.tells(head)

    def open(self, path: Path, options: Mapping[str, str]) -> Feed:
        """A file, ready to give its signals; raises BadInput."""
        answers = checked_options(self.known, options)
        return RecordFeed(self, path, answers | {"source": answers["source"] or source_of(path)})


class RecordFeed:
    """One file of a `RecordFormat`: itself, or all that a zip holds, one after another."""

    def __init__(self, format: RecordFormat, path: Path, options: Mapping[str, str], most_records: int | None = None) -> None:
        self._format, self._path, self._options, self._most = format, path, options, most_records
        self._parts = {part.name: part for part in parts_of(path)}
        self._shape: Shape = format.shape(take_head(path), options) if callable(format.shape) else format.shape
        self._notes: Counter[str] = Counter()
        self._begun: tuple[str, Convert, Headers] | None = None

    @property
    def source(self) -> str:
        """The namespace of the signals' ids."""
        return self._options["source"]

    @property
    def place(self) -> str:
        """The file's name."""
        return self._path.name

    @property
    def total(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self._parts.values())

    @cached_property
    def identity(self) -> str:
        """What this job is: the file's content, the format and its options."""
        says = json.dumps(dict(self._options), sort_keys=True)
        parts = (content_identity(self._path), self._format.name, str(self._format.version), _CUT, says)
        return xxhash.xxh3_128_hexdigest("\x1f".join(parts).encode())

    def batches(self, received_at: datetime, after: int = -1) -> Iterator[Batch]:
        """The signals, batch by batch. `after`: only batches with a higher sequence; those before are passed over, not read."""
        for sequence, (pieces, position) in enumerate(cut(self._pieces(), self._most)):
            if sequence > after:
                yield self._batch(sequence, pieces, received_at, position)

    def again(self, refused: Sequence[Rejected], received_at: datetime) -> Iterator[Batch]:
        """The signals of records that were refused before, from their kept text."""
        if refused:
            yield self._batch(0, [Piece(one.place, one.line, one.record.encode(), "", 0) for one in refused], received_at, 0)

    @property
    def format(self) -> RecordFormat:
        """What the file is read as."""
        return self._format

    @property
    def options(self) -> Mapping[str, str]:
        """The answers that it is read with."""
        return self._options

    def records(self) -> Iterator[tuple[Piece, Headers]]:
        """Every record as it stands, with the header rows of its part: what `RecordReader` turns into signals."""
        for part in self._parts.values():
            headers = self._shape.headers(part)
            for piece in self._shape.pieces(part):
                yield piece, headers

    def _pieces(self) -> Iterator[Piece]:
        before = 0
        for part in self._parts.values():
            for piece in self._shape.pieces(part):
                yield piece._replace(position=before + piece.position) if before else piece
            before += part.size

    def _batch(self, sequence: int, pieces: list[Piece], received_at: datetime, position: int) -> Batch:
        self._notes.clear()
        made: list[tuple[int, Signal]] = []
        reasons: dict[int, str] = {}
        silent = 0
        for number, piece in enumerate(pieces):
            try:
                signals = self._read(piece)
            except BadInput as fault:
                reasons[number] = str(fault)
                continue
            silent += not signals
            made += [(number, signal) for signal in signals]
        table, faults = _whole_records(made, received_at)
        reasons |= faults
        rejected = [
            Rejected(pieces[i].place, pieces[i].line, reason, kept_text(pieces[i].text.decode("utf-8", "backslashreplace")))
            for i, reason in sorted(reasons.items())
        ]
        return Batch(sequence, table, len(pieces), silent, tuple(rejected), position, dict(self._notes))

    def _read(self, piece: Piece) -> list[Signal]:
        if piece.fault:
            raise BadInput(piece.fault)
        convert, headers = self._begin(piece.place)
        return converted(convert, self._shape.decode(piece.text, headers), self._format.title)

    def _begin(self, place: str) -> tuple[Convert, Headers]:
        """The converter of a part, made when its first record is read."""
        if self._begun is None or self._begun[0] != place:
            part = self._parts.get(place)
            if part is None:
                raise BadInput(f"{self.place} holds no {place}, where this record came from. Name the file it was imported from.")
            headers = self._shape.headers(part)
            names = headers[1:]
            convert = self._format.begin(Opening(place, self.source, self._options, names, self._notes))
            self._begun = (place, convert, headers)
        return self._begun[1], self._begun[2]


class RecordReader:
    """Turns records of one part into signals without the file that they came from."""

    def __init__(self, format: RecordFormat, place: str, options: Mapping[str, str], headers: Headers) -> None:
        self._format, self._headers = format, headers
        self._shape: Shape = (CsvShape() if headers else JsonShape()) if callable(format.shape) else format.shape
        self._convert = format.begin(Opening(place, options["source"], options, headers[1:]))

    def signals(self, text: bytes) -> list[Signal]:
        """The signals of a record; raises BadInput."""
        return converted(self._convert, self._shape.decode(text, self._headers), self._format.title)


def converted(convert: Convert, row: Row, title: str) -> list[Signal]:
    """What a converter makes of a record; whatever it stumbles over is told as a fault of the record."""
    try:
        return [_in_utc(signal) for signal in convert(row)]
    except STUMBLES as error:
        told = f"{type(error).__name__}: {error}"
        raise BadInput(f"This record is not written as a {title} is ({told[:200]}).") from error


def _in_utc(signal: Signal) -> Signal:
    """The signal with its time in UTC and the local offset beside it, as many signals can be turned into columns at once."""
    moment = signal.occurred_at
    if moment.tzinfo is UTC or moment.tzinfo is None:
        return signal
    offset = moment.utcoffset()
    minutes = (
        signal.utc_offset_minutes if signal.utc_offset_minutes is not None or not offset else int(offset.total_seconds() // 60)
    )
    return signal.but(occurred_at=moment.astimezone(UTC), utc_offset_minutes=minutes)


def cut(pieces: Iterable[Piece], most_records: int | None = None) -> Iterator[tuple[list[Piece], int]]:
    """Pieces in batches of bounded size, with the position behind each."""
    most = most_records or MOST_RECORDS
    some: list[Piece] = []
    size = 0
    for piece in pieces:
        some.append(piece)
        size += len(piece.text)
        if len(some) >= most or size >= MOST_BYTES:
            yield some, piece.position
            some, size = [], 0
    if some:
        yield some, some[-1].position


def _whole_records(made: list[tuple[int, Signal]], received_at: datetime) -> tuple[pa.Table, dict[int, str]]:
    """The signals as a table. A record is taken whole or not at all: one bad signal refuses all of its record."""
    table, faults = signal_table(made, received_at)
    reasons: dict[int, str] = {}
    for fault in faults:
        reasons.setdefault(fault.line, fault.reason)
    if reasons:
        table, _ = signal_table([one for one in made if one[0] not in reasons], received_at)
    return table, reasons
