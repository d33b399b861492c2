"""Properties without a column, found by DuckDB in the lake's files."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from touchpath.model.errors import Unavailable
from touchpath.store.properties import FoundValues
from touchpath.timelines.encode import Encoder
from touchpath.timelines.late import PropertyValues
from touchpath.timelines.words import Dictionaries

#: What is read of each row.
_COLUMNS = ("key", "revision", "properties")
_BATCH_ROWS = 65_536
#: Found values of so many properties are kept, for one version of the lake, and only up to so many signals each.
_KEPT, _KEPT_SIGNALS = 8, 5_000_000
#: Names are learned from about this many rows.
_NAME_ROWS = 1_000_000
_TRIES = 3

#: Rows that may have the property: its name stands in them, or an escape that may hide it. What they say is read by the same
#: parser that fills columns. Corrections come along, as a newer revision without the property takes it away.
_ROWS = """
    SELECT key, revision, properties FROM read_parquet($files)
    WHERE revision > 0 OR contains(properties, $name) OR contains(properties, '\\')
"""
_NAMES = """
    SELECT DISTINCT unnest(CASE WHEN json_valid(properties) THEN json_keys(properties) END) AS name
    FROM read_parquet($files) LIMIT 10000
"""


class Files(Protocol):
    """The lake, as far as it is read here."""

    @property
    def version(self) -> int: ...

    def files(self) -> list[Path]: ...


class LakeProperties:
    """A `PropertyStore` over the Parquet files of a lake. Safe to call from many threads."""

    def __init__(self, lake: Files) -> None:
        self._lake = lake
        self._version = -1
        self._kept: OrderedDict[str, FoundValues] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def version(self) -> int:
        """Of the lake."""
        return self._lake.version

    def find(self, name: str) -> FoundValues:
        """The values of one property; raises Unavailable if the files are rewritten again and again meanwhile."""
        version = self.version
        if found := self._known(version, name):
            return found
        for _ in range(_TRIES):
            version, files = self.version, self._lake.files()
            try:
                found = _found(name, files, version)
            except (duckdb.IOException, FileNotFoundError):
                continue
            self._keep(name, found)
            return found
        raise Unavailable("The signals were rewritten again and again while a property was looked up. Try again later.")

    def cost(self, name: str) -> tuple[int, int, bool]:
        """Rows and bytes that finding this property reads, from the footers of the files, and whether it is kept."""
        if self._known(self.version, name):
            return 0, 0, True
        return *_size(self._lake.files()), False

    def names(self) -> Sequence[str]:
        """Names of properties, from the newest files."""
        chosen, rows = list[Path](), 0
        for file in reversed(self._lake.files()):
            if rows < _NAME_ROWS:
                chosen.append(file)
                rows += _footer(file)[0]
        if not chosen:
            return ()
        with duckdb.connect() as database:
            found = database.execute(_NAMES, {"files": [str(file) for file in chosen]}).fetchall()
        return sorted(name for (name,) in found)

    def clear(self) -> None:
        """Forget everything that was found."""
        with self._lock:
            self._version, self._kept = -1, OrderedDict()

    def _known(self, version: int, name: str) -> FoundValues | None:
        with self._lock:
            if version != self._version:
                self._version, self._kept = version, OrderedDict()
            return self._kept.get(name)

    def _keep(self, name: str, found: FoundValues) -> None:
        with self._lock:
            if found.version == self._version and found.keys.size <= _KEPT_SIGNALS:
                self._kept[name] = found
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)


def _found(name: str, files: Sequence[Path], version: int) -> FoundValues:
    column, words = f"properties.{name}", Dictionaries()
    values = PropertyValues.of(_rows(name, files), Encoder("person", (name,), words))
    return FoundValues(values.keys, values.codes[column], tuple(words[column].texts), version, *_size(files))


def _rows(name: str, files: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    if not files:
        return
    with duckdb.connect() as database:
        asked = {"files": [str(file) for file in files], "name": json.dumps(name, ensure_ascii=False)}
        reader: pa.RecordBatchReader = database.sql(_ROWS, params=asked).to_arrow_reader(_BATCH_ROWS)
        yield from reader


def _size(files: Sequence[Path]) -> tuple[int, int]:
    footers = [_footer(file) for file in files]
    return sum(rows for rows, _ in footers), sum(size for _, size in footers)


@lru_cache(maxsize=10_000)
def _footer(path: Path) -> tuple[int, int]:
    """Rows of a data file (which never changes), and the bytes on disk of the columns that are read."""
    parts = pq.ParquetFile(path).metadata
    groups = [parts.row_group(number) for number in range(parts.num_row_groups)]
    columns = (group.column(place) for group in groups for place in range(group.num_columns))
    return parts.num_rows, sum(one.total_compressed_size for one in columns if one.path_in_schema in _COLUMNS)
