"""New files of a folder or of a prefix of object storage: each is read once, in the order of names, by its format or a mapping.

A file is known by its name, size and time of writing; one that was written anew is read anew, and the lake keeps each signal once. A file
that cannot be read at all never costs the others: the run names it, and every run tries it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from touchpath.model.errors import BadInput, TouchpathError, Unavailable, unknown
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, SourceKind, Stream
from touchpath.services.formats import Chosen
from touchpath.sources.files.feed import FileFeed
from touchpath.sources.files.mapped import Outcome, RowMapping
from touchpath.sources.files.mapping_text import parse_mapping
from touchpath.sources.formats.records import RecordFeed, RecordReader
from touchpath.sources.formats.registry import FormatSource, record_format
from touchpath.sources.pull.places import Found, Place
from touchpath.sources.pull.table_rows import checked_path
from touchpath.sources.vendors.reading import maybe_record
from touchpath.store.pulls import Cursor

STREAM = "files"
_RECORDS_AT_ONCE = 2_000
_BYTES_AT_ONCE = 8 << 20
_NAMED = 3


class FolderConnector:
    """One place."""

    def __init__(self, opening: Opening) -> None:
        settings = opening.settings
        self._opening, self._formats = opening, FormatSource()
        self._place = Place(settings["place"], settings, opening.secrets)
        self._options = _options(settings["options"])
        self._mapping = _mapping(settings["mapping"]) if settings["mapping"] else None
        self._settle = _seconds(settings["settle_seconds"]) if settings["settle_seconds"] else 60 if self._place.is_local else 0
        self._ready: dict[int, tuple[RawRecord, Outcome]] = {}
        self._readers: dict[str, RecordReader] = {}
        known = {one.name: {option.name for option in one.options} for one in self._formats.known()}
        if settings["format"] and settings["format"] not in known:
            raise BadInput(unknown("format", settings["format"], known))
        concerned = known[settings["format"]] if settings["format"] else set().union(*known.values())
        if strange := next((name for name in self._options if name not in concerned), None):
            raise BadInput(unknown("option", strange, concerned))
        if settings["format"] and settings["mapping"]:
            raise BadInput("Give a mapping or a format, not both.")

    def check(self) -> str:
        """How many files there are, and how large."""
        files = self._files()
        size = sum(one.size for one in files)
        return f"{self._place.address} holds {len(files):,} files that match ({size / 1e6:,.1f} MB)."

    def discover(self) -> tuple[Stream, ...]:
        """The files' records."""
        return (Stream(STREAM, "The records of new files.", ("file", "line"), "file", ("file", "line")),)

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """The records of files that were not read yet; a file that was begun goes on where it stopped."""
        held = maybe_record(since or {})
        files = self._files()
        seen = {str(mark) for mark in _list(held.get("seen"))} & {one.mark for one in files}
        begun, done = str(held.get("file", "")), int(str(held.get("done", 0)))
        failed: list[str] = []
        for file in files:
            if file.mark in seen:
                continue
            try:
                for batch, count in self._file(file, done if file.mark == begun else 0):
                    yield RawBatch(batch, {"seen": sorted(seen), "file": file.mark, "done": count})
            except Unavailable:
                raise
            except TouchpathError as error:
                failed.append(f"{file.name}: {error}")
                continue
            seen.add(file.mark)
            yield RawBatch((), {"seen": sorted(seen)})
        if failed:
            more = f" And {len(failed) - _NAMED:,} more." if len(failed) > _NAMED else ""
            many = "One file" if len(failed) == 1 else f"{len(failed):,} files"
            raise BadInput(f"{many} could not be read: {' '.join(failed[:_NAMED])}{more}")

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals of a record, by the format that its file was recognised as, or by the mapping."""
        if fault := record.get("fault"):
            raise BadInput(str(fault))
        if "cells" in record:
            known = self._ready.pop(id(record), None)
            (outcome,) = (known[1],) if known else self._outcomes([record])
            if isinstance(outcome, BadInput):
                raise outcome
            return outcome
        return self._reader(record).signals(str(record["text"]).encode())

    def close(self) -> None:
        """Nothing stays open between two files."""

    def _files(self) -> list[Found]:
        before = self._opening.clock().timestamp() - self._settle
        return self._place.files(self._opening.settings["pattern"], int(before * 1e9))

    def _file(self, file: Found, done: int) -> Iterator[tuple[tuple[RawRecord, ...], int]]:
        """The records of a file in batches, each with how many of the file came until then; the first `done` are passed over."""
        with self._place.local(file) as path:
            records = self._mapped(path, file) if self._mapping else self._recognised(path, file)
            stream, count = islice(records, done, None), done
            while some := list(_bounded(stream)):
                count += len(some)
                self._prepare(some)
                yield tuple(some), count

    def _recognised(self, path: Path, file: Found) -> Iterator[RawRecord]:
        wanted = self._opening.settings["format"]
        if not wanted:
            found = self._formats.recognise(path)
            if not found:
                raise BadInput(
                    "It is none of the exports that are known (touchpath formats). Give a mapping, or a narrower pattern."
                )
            wanted = found[0].format.name
        feed = self._formats.open(path, Chosen(wanted, {**self._answers(wanted), **self._namespace()}))
        if not isinstance(feed, RecordFeed):
            raise BadInput(f"The format '{wanted}' cannot be read from folders. Import its files one by one.")
        how = {"format": feed.format.name, "options": dict(feed.options)}
        for piece, headers in feed.records():
            name = file.name + piece.place.removeprefix(path.name)
            text = piece.text.decode("utf-8", "backslashreplace")
            record = {"file": name, "line": piece.line, "text": text, **how, "headers": headers}
            yield record | {"fault": piece.fault} if piece.fault else record

    def _answers(self, format: str) -> Mapping[str, str]:
        """The answers that concern a format; a place may hold files of several, and others may be meant for those."""
        asked = {option.name for one in self._formats.known() if one.name == format for option in one.options}
        return {name: answer for name, answer in self._options.items() if name in asked}

    def _mapped(self, path: Path, file: Found) -> Iterator[RawRecord]:
        assert self._mapping is not None
        feed = FileFeed(path, self._mapping.mapping, checked_path("mapping", self._opening.settings["mapping"]).parent)
        for chunk in feed.rows.chunks(self._mapping.columns):
            for one in chunk.refused:
                yield {"file": file.name, "line": one.line, "text": one.record, "fault": one.reason}
            columns = {name: column.to_pylist() for name, column in chunk.frame.columns.items()}
            for row, line in enumerate(chunk.frame.lines.tolist()):
                yield {"file": file.name, "line": line, "cells": {name: column[row] for name, column in columns.items()}}

    def _prepare(self, records: list[RawRecord]) -> None:
        """Work out the signals of rows many at once, since a mapping is made for columns."""
        rows = [one for one in records if "cells" in one]
        if len(self._ready) > 10 * _RECORDS_AT_ONCE:
            self._ready.clear()
        if rows:
            self._ready |= {id(one): (one, outcome) for one, outcome in zip(rows, self._outcomes(rows), strict=True)}

    def _outcomes(self, records: list[RawRecord]) -> list[Outcome]:
        if self._mapping is None:
            raise BadInput("This record was read by a mapping, and the connection has none any more.")
        source = self._namespace().get("source") or self._mapping.mapping.source
        cells = [maybe_record(one["cells"]) for one in records]
        lines = [int(str(one["line"])) for one in records]
        return self._mapping.outcomes(cells, str(records[0]["file"]), source, self._opening.clock(), lines)

    def _namespace(self) -> dict[str, str]:
        """The source that the connection was given, if it was given one."""
        return {"source": self._opening.source} if self._opening.source != "folder" else {}

    def _reader(self, record: RawRecord) -> RecordReader:
        """The reader of a record's file; made once a file."""
        name, format = str(record["file"]), str(record["format"])
        if name not in self._readers:
            self._readers.clear()
            options = {str(key): str(value) for key, value in maybe_record(record["options"]).items()}
            headers = tuple(tuple(str(cell) for cell in _list(row)) for row in _list(record["headers"]))
            place = name.rpartition("/")[2]
            self._readers[name] = RecordReader(record_format(format), place, options, headers)
        return self._readers[name]


def _bounded(records: Iterator[RawRecord]) -> Iterator[RawRecord]:
    """The next records, bounded in number and text."""
    size = 0
    for one in islice(records, _RECORDS_AT_ONCE):
        yield one
        size += len(str(one.get("text", "")))
        if size > _BYTES_AT_ONCE:
            return


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _mapping(text: str) -> RowMapping:
    path = checked_path("mapping", text)
    if not path.is_file():
        raise BadInput(f"There is no mapping file '{path}'.")
    return RowMapping(parse_mapping(path.read_bytes(), path.name), path.parent)


def _options(text: str) -> Mapping[str, str]:
    """name=value, with commas between."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if wrong := next((name for name, sign, _ in pairs if not sign), None):
        raise BadInput(
            f"'options' came with '{wrong}'. Write name=value, with commas between, as in zone=Europe/Madrid,account=company."
        )
    return {name.strip(): value.strip() for name, _, value in pairs}


def _seconds(text: str) -> int:
    if not text.isdecimal() or int(text) > 86_400:
        raise BadInput(f"'settle_seconds' came as '{text}'. Whole seconds from 0 to 86,400 will do.")
    return int(text)


class _Folder:
    title = "Files in a folder or in object storage"
    settings = (
        Setting("place", "Where the files are: /a/folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix."),
        Setting("pattern", "Which files, as in *.json.gz or 2026/*; a star stands for slashes too.", "*"),
        Setting("format", "Read them as this format (touchpath formats); left open, each is recognised by what is in it.", ""),
        Setting("options", "Answers that the format asks for, as in zone=Europe/Madrid,account=company.", ""),
        Setting("mapping", "The whole path of a mapping, for CSV, JSON lines and Parquet that no format knows.", ""),
        Setting(
            "settle_seconds", "A file is read when nobody wrote to it for so long: 60 for folders, 0 for object storage.", ""
        ),
        Setting("region", "(S3) The region of the bucket; found out unless given.", ""),
        Setting("endpoint", "The address of a storage that speaks like S3 or GCS, as in https://minio.example:9000.", ""),
        Setting("account", "(Azure) The name of the storage account.", ""),
        Setting("access_key", "(S3) The access key; without one, this machine's own credentials are used.", "", secret=True),
        Setting("secret_key", "(S3) The secret key; (Azure) the account's key.", "", secret=True),
    )

    def open(self, opening: Opening) -> FolderConnector:
        """A connector; raises BadInput for settings that cannot be used."""
        return FolderConnector(opening)


FOLDER: SourceKind = _Folder()
