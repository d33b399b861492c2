"""The beginning of a file, read once and shown to every format that may recognise it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from touchpath.model.errors import BadInput
from touchpath.sources.files.bytestream import PARQUET_MAGIC
from touchpath.sources.files.parts import open_binary, parts_of
from touchpath.sources.files.sniff import sniff_delimiter, sniff_encoding, take_sample

SQLITE_MAGIC = b"SQLite format 3\x00"
_ROWS, _OBJECTS = 5, 50


@dataclass(frozen=True)
class Head:
    """What can be told of a file at a glance.

    parts: the names of what a zip holds (or the file's own). text: the first 256 KB of the first part, unpacked and decoded, "" for
    Parquet and SQLite. whole: whether that is all of it. columns: of a Parquet file. tables: of an SQLite file, with their columns.
    """

    name: str
    parts: tuple[str, ...]
    text: str = ""
    whole: bool = True
    columns: tuple[str, ...] = ()
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def objects(self) -> tuple[Mapping[str, Any], ...]:
        """The first objects: of JSON lines, or of a list that is the whole document."""
        start = self.text.lstrip("\ufeff \t\r\n")
        if start.startswith("["):
            return tuple(_listed(start))
        found = (_object(line) for line in islice((one for one in start.split("\n") if one.strip()), _OBJECTS))
        return tuple(one for one in found if one is not None) if start.startswith("{") else ()

    @cached_property
    def keys(self) -> frozenset[str]:
        """The names of all fields of the first objects, or of the columns of a Parquet file."""
        return frozenset(name for one in self.objects for name in one) | frozenset(self.columns)

    @cached_property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The first rows of delimited text; the first is its header. () for everything else."""
        if not self.text.strip() or self.text.lstrip("\ufeff \t\r\n")[:1] in "{[<":
            return ()
        delimiter = sniff_delimiter(self.text.encode("utf-8", "replace"), '"', "", self.whole)
        read = csv.reader(
            io.StringIO(self.text.lstrip("\ufeff"), newline=""), delimiter=delimiter if len(delimiter) == 1 else ","
        )
        try:
            return tuple(tuple(row) for row in islice((row for row in read if row), _ROWS))
        except csv.Error:
            return ()

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns of delimited text."""
        return self.rows[0] if self.rows else ()


def take_head(path: Path) -> Head:
    """The beginning of a file; raises Missing or BadInput when there is nothing to read."""
    with open_binary(path) as file:
        magic = file.read(len(SQLITE_MAGIC))
    if magic == SQLITE_MAGIC:
        return Head(path.name, (path.name,), tables=_tables(path))
    if magic.startswith(PARQUET_MAGIC):
        return Head(path.name, (path.name,), columns=_columns(path))
    parts = parts_of(path)
    sample = take_sample(parts[0])
    text = sample.content.decode(sniff_encoding(sample), "replace")
    names = tuple(part.member or part.name for part in parts)
    return Head(path.name, names, text, sample.whole)


def _object(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _listed(text: str) -> list[Mapping[str, Any]]:
    """The first objects of a list that may go on behind the end of the text."""
    read, found, at = json.JSONDecoder(), list[Mapping[str, Any]](), 1
    while len(found) < _OBJECTS:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        try:
            one, at = read.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        if isinstance(one, dict):
            found.append(one)
    return found


def _columns(path: Path) -> tuple[str, ...]:
    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInput(f"{path.name} is not a whole Parquet file: {error}") from error


def _tables(path: Path) -> dict[str, tuple[str, ...]]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
            listed = "SELECT name FROM pragma_table_info(?)"
            return {name: tuple(column for (column,) in database.execute(listed, (name,))) for name in names}
    except sqlite3.DatabaseError as error:
        raise BadInput(f"{path.name} is a damaged SQLite file: {error}.") from error
