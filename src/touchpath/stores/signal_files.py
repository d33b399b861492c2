"""The lake's data files: Parquet, sorted by actor inside, with just enough statistics to skip what nobody asked for."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from touchpath.model.errors import Conflict
from touchpath.model.time import from_micros
from touchpath.store.signals import STORED_SCHEMA
from touchpath.stores.durability import sync_file

#: Numbers and times only: statistics are copied into the log, where a text would outlive its erasure.
STATISTICS = ("key", "revision", "actor_key", "occurred_at", "received_at")
ROWS_PER_GROUP = 65_536
_WORDS = ("source", "kind", "touchpoint", "channel", "surface", "unit", "account", "actors", "objects")
_LEAVES = {"actors": ["actors.list.element"], "objects": ["objects.key_value.key", "objects.key_value.value"]}
_DICTIONARIES = [leaf for word in _WORDS for leaf in _LEAVES.get(word, [word])]
_KINDS = b"touchpath.kinds"
_ORDER = [("actor_key", "ascending"), ("occurred_at", "ascending"), ("key", "ascending"), ("revision", "ascending")]
_BATCH = 65_536

#: How often a kind occurs, and its first and last time in microseconds.
Kinds = dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class NewFile:
    """A finished data file, on disk but in no log yet. `smallest` and `largest` hold the STATISTICS columns, JSON-ready."""

    name: str
    size: int
    rows: int
    smallest: Mapping[str, int | str]
    largest: Mapping[str, int | str]
    nulls: Mapping[str, int]

    def moved(self, old: Path, new: Path) -> NewFile:
        """The same file, moved from one folder to another."""
        (old / self.name).rename(new / self.name)
        return self


@dataclass
class SignalFileWriter:
    """Writes one data file, table by table; `close` makes it durable and says what is in it."""

    folder: Path
    name: str = field(default_factory=lambda: f"rows-{uuid.uuid4().hex}.parquet")

    def __post_init__(self) -> None:
        self._low: dict[str, int] = {}
        self._high: dict[str, int] = {}
        self._nulls = dict.fromkeys(STATISTICS, 0)
        self._rows = 0
        self._kinds: Kinds = {}
        self._writer = pq.ParquetWriter(
            self.path,
            STORED_SCHEMA,
            compression="zstd",
            compression_level=1,
            use_dictionary=_DICTIONARIES,
            write_statistics=list(STATISTICS),
            store_schema=False,
        )

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / self.name

    def write(self, rows: pa.Table) -> None:
        """Add rows of STORED_SCHEMA."""
        if not rows.num_rows:
            return
        self._rows += rows.num_rows
        for name in STATISTICS:
            low, high = pc.min_max(rows[name].cast(pa.int64())).as_py().values()
            self._nulls[name] += rows[name].null_count
            if low is not None:
                self._low[name] = min(self._low.get(name, low), low)
                self._high[name] = max(self._high.get(name, high), high)
        add_kinds(self._kinds, count_kinds(rows))
        self._writer.write_table(rows, row_group_size=ROWS_PER_GROUP)

    def close(self) -> NewFile:
        """Finish the file and force it to disk (its folder is not forced yet)."""
        self._writer.add_key_value_metadata({_KINDS: json.dumps(self._kinds)})
        self._writer.close()
        sync_file(self.path)
        smallest = {name: _logged(name, low, 0) for name, low in self._low.items()}
        largest = {name: _logged(name, high, 999) for name, high in self._high.items()}
        return NewFile(self.name, self.path.stat().st_size, self._rows, smallest, largest, self._nulls)

    def __enter__(self) -> SignalFileWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._writer.close()
            self.path.unlink(missing_ok=True)


def write_signals(folder: Path, rows: pa.Table) -> NewFile:
    """One data file with these rows (STORED_SCHEMA), sorted by actor and time."""
    with SignalFileWriter(folder) as writer:
        writer.write(by_actor(rows))
        return writer.close()


def by_actor(rows: pa.Table) -> pa.Table:
    """Rows in the order that files keep: actor, time, key, revision."""
    return rows.take(pc.sort_indices(rows, sort_keys=_ORDER))


def read_signals(paths: Sequence[Path], columns: Sequence[str], where: pc.Expression | None) -> Iterator[pa.RecordBatch]:
    """Rows of these files in record batches, a few at a time in memory. Raises Conflict when a file goes away meanwhile."""
    if not paths:
        return
    try:
        dataset = ds.dataset([str(path) for path in paths], schema=STORED_SCHEMA, format="parquet")
        scanner = dataset.scanner(columns=list(columns), filter=where, batch_size=_BATCH, batch_readahead=2, fragment_readahead=2)
        for batch in scanner.to_batches():
            if batch.num_rows:
                yield batch
    except FileNotFoundError as error:
        raise Conflict("Signals were merged or erased while they were being read. Read them again.") from error


def count_kinds(rows: pa.Table) -> Kinds:
    """How often each kind occurs in rows that hold `kind` and `occurred_at`."""
    times = pa.table({"kind": rows["kind"], "at": rows["occurred_at"].cast(pa.int64())})
    found = times.group_by("kind").aggregate([("at", "count"), ("at", "min"), ("at", "max")])
    numbers = zip(found["at_count"].to_pylist(), found["at_min"].to_pylist(), found["at_max"].to_pylist(), strict=True)
    return dict(zip(found["kind"].to_pylist(), numbers, strict=True))


def add_kinds(total: Kinds, more: Mapping[str, Sequence[int]]) -> None:
    """Add counts to counts."""
    for kind, (count, first, last) in more.items():
        before = total.get(kind, (0, first, last))
        total[kind] = (before[0] + count, min(before[1], first), max(before[2], last))


@lru_cache(maxsize=10_000)
def kinds_of(path: Path) -> Kinds:
    """The kinds in one data file (which never changes), from its footer; a file of another writer is read through."""
    parquet = pq.ParquetFile(path)
    stored = (parquet.metadata.metadata or {}).get(_KINDS)
    total: Kinds = {}
    if stored is not None:
        add_kinds(total, json.loads(stored))
        return total
    for batch in parquet.iter_batches(columns=["kind", "occurred_at"]):
        add_kinds(total, count_kinds(pa.Table.from_batches([batch])))
    return total


def _logged(name: str, number: int, up: int) -> int | str:
    """A bound as the Delta protocol writes it: times in whole milliseconds, upper bounds rounded up."""
    if not pa.types.is_timestamp(STORED_SCHEMA.field(name).type):
        return number
    moment = from_micros((number + up) // 1000 * 1000)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
