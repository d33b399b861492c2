"""What each data file of the lake holds, found out once per file by DuckDB and kept beside the lake; sums are made of that.

Derived: delete the folder and it is found again. No value of a signal is kept, only its form with letters and digits hidden.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from touchpath.model.time import from_micros
from touchpath.store.catalogue import AskedQuestion, CatalogueState, DayCounts, PropertyCount
from touchpath.stores.durability import make_folder

_LAYOUT = "1"
_MEMORY_MB = 1024
MOST_PROPERTIES = 1_000
_EXAMPLE_ROWS = 2_000
_ANSWER_ROWS = 500_000
#: So many kinds, those with the most signals, have their days told, and so many days back.
MOST_KINDS, MOST_DAYS = 5_000, 1_500
_SPILL = "spill"
_DAY = 86_400_000_000
_TYPES = {"VARCHAR": "text", "BOOLEAN": "boolean", "ARRAY": "list", "OBJECT": "object", "NULL": "nothing"}
_log = logging.getLogger(__name__)

_VOLUMES = """
    SELECT source, kind, CAST(epoch_us(timezone($zone, occurred_at)) // 86400000000 AS INTEGER) AS day, count(*) AS signals,
        count(*) FILTER (received_at - occurred_at < INTERVAL 2 DAY) AS live
    FROM read_parquet($file) WHERE revision = 0 GROUP BY ALL
"""
#: Of a kind with more properties, the commonest are kept: names that hold ids would never end.
_PROPERTIES = """
    WITH counted AS (
        SELECT kind, one.key AS property, one.type AS type, count(*) AS signals, min(epoch_us(occurred_at)) AS first,
            max(epoch_us(occurred_at)) AS last,
            left(any_value(CASE WHEN one.type IN ('ARRAY', 'OBJECT') THEN '' ELSE one.value->>'$' END), 60) AS form
        FROM read_parquet($file), json_each(properties) AS one WHERE json_valid(properties)
        GROUP BY kind, one.key, one.type)
    SELECT * REPLACE (regexp_replace(regexp_replace(form, '\\p{L}', 'x', 'g'), '\\p{N}', '0', 'g') AS form) FROM counted
    QUALIFY row_number() OVER (PARTITION BY kind ORDER BY signals DESC, property) <= $most
"""
_EXAMPLES = """
    SELECT one.key, list(DISTINCT left(one.value->>'$', 80))[1:$most] FROM
        (SELECT properties FROM read_parquet($files) WHERE kind = $kind AND json_valid(properties) LIMIT $rows) AS newest,
        json_each(newest.properties) AS one
    WHERE one.type NOT IN ('ARRAY', 'OBJECT', 'NULL') GROUP BY ALL LIMIT 1000
"""
_QUESTIONS = """
    SELECT left(properties->>'$.question', 200) AS question, left(coalesce(any_value(properties->>'$.wording'), ''), 300) AS wording,
        count(*) AS answers, min(value) AS low, max(value) AS high, left(coalesce(any_value(properties->>'$.scale'), ''), 20) AS scale
    FROM (SELECT properties, value FROM read_parquet($files) WHERE kind = 'survey.answered' AND json_valid(properties) LIMIT $rows)
    WHERE properties->>'$.question' <> '' GROUP BY question ORDER BY answers DESC, question LIMIT $most
"""


class Files(Protocol):
    """The lake, as far as it is read here."""

    @property
    def version(self) -> int: ...

    def files(self) -> list[Path]: ...


@dataclass(frozen=True, slots=True)
class _Sums:
    """What all looked-at files hold together. names: of these files."""

    names: frozenset[str]
    volumes: pa.Table
    properties: pa.Table


class CatalogueFiles:
    """A `CatalogueStore` in one folder, two small Parquet files for each data file. Safe to call from many threads."""

    def __init__(
        self, folder: str | Path, lake: Files, zone: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._clock = clock
        self._folder, self._lake, self._zone = Path(folder), lake, zone
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._at_work: threading.Thread | None = None
        self._closing = threading.Event()
        self._sums: _Sums | None = None

    def refresh(self, seconds: float) -> CatalogueState:
        """Look at new files on a thread of its own; give back when it is through, or after so many seconds."""
        version, paths = self._lake.version, self._lake.files()
        if any(not self._is_kept(path) for path in paths) or self._outdated(paths):
            with self._lock:
                if self._at_work is None or not self._at_work.is_alive():
                    self._at_work = threading.Thread(target=self._work, name="catalogue", daemon=True)
                    self._at_work.start()
                at_work = self._at_work
            at_work.join(seconds)
        rows = {path: pq.read_metadata(path).num_rows for path in paths if path.exists()}
        return CatalogueState(sum(n for path, n in rows.items() if self._is_kept(path)), sum(rows.values()), version)

    def days(self) -> DayCounts:
        """Signals by kind and day."""
        volumes = _bounded(self._total().volumes, self._clock())
        if not volumes.num_rows:
            return DayCounts((), 0, np.zeros((0, 0), np.int64), {}, {}, {})
        kinds = volumes["kind"].combine_chunks().dictionary_encode()
        days = volumes["day"].to_numpy()
        first = int(days.min())
        counts = np.zeros((len(kinds.dictionary), int(days.max()) - first + 1), np.int64)
        np.add.at(counts, (kinds.indices.to_numpy(), days - first), volumes["signals"].to_numpy())
        return DayCounts(kinds.dictionary.to_pylist(), first, counts, *_sources(volumes))

    def property_counts(self, kind: str) -> Mapping[str, Sequence[PropertyCount]]:
        """The properties of a kind with their types, most frequent first."""
        rows = self._total().properties.filter(pc.field("kind") == kind).sort_by([("signals", "descending")]).to_pylist()
        found: dict[str, list[PropertyCount]] = defaultdict(list)
        for row in rows:
            found[row["property"]].append(_count_of(row))
        ordered = sorted(found.items(), key=lambda item: (-sum(one.signals for one in item[1]), item[0]))
        return dict(ordered[:MOST_PROPERTIES])

    def property_changes(self, days: int, settled: int, most: int = 10_000) -> Sequence[tuple[str, str, Sequence[PropertyCount]]]:
        """Kind, property and types where something may have changed in the last `days` of the kind."""
        rows = self._total().properties
        if not rows.num_rows:
            return ()
        kind = rows["kind"].combine_chunks().dictionary_encode().indices.to_numpy()
        joined = pc.binary_join_element_wise(rows["kind"], rows["property"], "\x1f")
        one = joined.combine_chunks().dictionary_encode().indices.to_numpy()
        first, last = rows["first"].to_numpy(), rows["last"].to_numpy()
        began, ended, until = _least(first, kind), -_least(-last, kind), -_least(-last, one)
        recent = ended[kind] - days * _DAY
        came = (first > recent) & (first > began[kind] + settled * _DAY)
        went = (until[one] > recent - days * _DAY) & (until[one] < ended[kind] - _DAY)
        chosen = np.flatnonzero(np.isin(one, np.unique(one[came | went])[:most]))
        found: dict[tuple[str, str], list[PropertyCount]] = defaultdict(list)
        for row in rows.take(pa.array(chosen)).to_pylist():
            found[row["kind"], row["property"]].append(_count_of(row))
        return [(*names, types) for names, types in found.items()]

    def property_numbers(self) -> Mapping[str, int]:
        """How many properties each kind has."""
        counted = self._total().properties.group_by("kind").aggregate([("property", "count_distinct")])
        return dict(zip(counted["kind"].to_pylist(), counted["property_count_distinct"].to_pylist(), strict=True))

    def examples(self, kind: str, most: int = 3) -> Mapping[str, Sequence[str]]:
        """Some values of each property of a kind, from the newest files, at most 2,000 signals of them."""
        files = [str(path) for path in self._lake.files()[::-1]]
        if not files:
            return {}
        with duckdb.connect(config={"threads": 1, "memory_limit": f"{_MEMORY_MB}MB"}) as database:
            asked = {"files": files, "kind": kind, "rows": _EXAMPLE_ROWS, "most": most}
            return {name: tuple(values) for name, values in database.execute(_EXAMPLES, asked).fetchall()}

    def asked_questions(self, most: int) -> Sequence[AskedQuestion]:
        """The questions that the newest answers came to, most answers first; read from the lake each time it is asked."""
        files = [str(path) for path in self._lake.files()[::-1]]
        if not files:
            return ()
        with duckdb.connect(config={"threads": 1, "memory_limit": f"{_MEMORY_MB}MB"}) as database:
            asked = {"files": files, "rows": _ANSWER_ROWS, "most": most}
            return tuple(AskedQuestion(*row) for row in database.execute(_QUESTIONS, asked).fetchall())

    def close(self) -> None:
        """End the look that is under way after the file that it is at; the rest is looked at next time."""
        self._closing.set()
        with self._lock:
            at_work = self._at_work
        if at_work is not None:
            at_work.join()

    def clear(self) -> None:
        """Delete what is kept."""
        with self._writing, self._lock:
            self._sums = None
            shutil.rmtree(self._folder, ignore_errors=True)

    def _work(self) -> None:
        """Look at every file that nobody looked at yet, newest first, and drop what is kept of files that are gone."""
        make_folder(self._folder)
        shutil.rmtree(self._folder / _SPILL, ignore_errors=True)
        wanted = {self._stem(path) for path in self._lake.files()}
        for kept in self._kept():
            if kept.name.split(".")[0] not in wanted or ".new" in kept.name:
                kept.unlink(missing_ok=True)
        for path in reversed(self._lake.files()):
            if not self._is_kept(path) and not self._closing.is_set():
                try:
                    self._look_at(path)
                except (duckdb.Error, OSError):  # the file was merged away meanwhile, or the disk is full: tried again next time
                    _log.info("the catalogue could not look at %s", path.name, exc_info=True)

    def _look_at(self, path: Path) -> None:
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": 1,
            "memory_limit": f"{_MEMORY_MB}MB",
            "temp_directory": str(self._folder / _SPILL),
        }
        with duckdb.connect(config=config) as database:
            volumes = database.sql(_VOLUMES, params={"file": str(path), "zone": self._zone}).to_arrow_table()
            properties = database.sql(_PROPERTIES, params={"file": str(path), "most": MOST_PROPERTIES * 2}).to_arrow_table()
        place = self._place(path)
        with self._writing:
            if path not in self._lake.files():  # merged, or erased meanwhile: what was found in it must not come back
                return
            make_folder(self._folder)
            for table, ending in ((volumes, "days"), (_typed(properties), "properties")):
                new = place.with_suffix(f".{ending}.new")
                pq.write_table(table, new, compression="zstd")
                new.replace(place.with_suffix(f".{ending}"))

    def _total(self) -> _Sums:
        paths = [path for path in self._lake.files() if self._is_kept(path)]
        names = frozenset(path.name for path in paths)
        with self._lock:
            if self._sums is None or self._sums.names != names:
                self._sums = self._summed(paths, names)
            return self._sums

    def _summed(self, paths: Sequence[Path], names: frozenset[str]) -> _Sums:
        """The sums of all files; where files only came, of the sums before and the new ones."""
        before = self._sums if self._sums is not None and self._sums.names <= names else None
        new = [path for path in paths if before is None or path.name not in before.names]
        volumes = [pq.read_table(self._place(path).with_suffix(".days")) for path in new]
        properties = [pq.read_table(self._place(path).with_suffix(".properties")) for path in new]
        if before is not None:
            volumes, properties = [before.volumes, *volumes], [before.properties, *properties]
        return _Sums(names, _add_days(volumes), _add_properties(properties))

    def _outdated(self, paths: Sequence[Path]) -> bool:
        wanted = {self._stem(path) for path in paths}
        return any(kept.name.split(".")[0] not in wanted for kept in self._kept())

    def _kept(self) -> list[Path]:
        return [kept for kept in self._folder.iterdir() if kept.name != _SPILL] if self._folder.exists() else []

    def _stem(self, path: Path) -> str:
        zone = self._zone.replace("/", "-").replace(".", "-")
        return f"{path.stem.replace('.', '-')}-{_LAYOUT}-{zone}"

    def _place(self, path: Path) -> Path:
        return self._folder / self._stem(path)

    def _is_kept(self, path: Path) -> bool:
        return self._place(path).with_suffix(".properties").exists()


def _bounded(volumes: pa.Table, now: datetime) -> pa.Table:
    """The days until tomorrow (times that are yet to come say nothing of drift), 1,500 back, of the 5,000 commonest kinds."""
    tomorrow = (now.date() - date(1970, 1, 1)).days + 1
    volumes = volumes.filter(pc.field("day") <= tomorrow)
    if not volumes.num_rows:
        return volumes
    volumes = volumes.filter(pc.field("day") > pc.max(volumes["day"]).as_py() - MOST_DAYS)
    totals = (
        volumes.group_by("kind").aggregate([("signals", "sum")]).sort_by([("signals_sum", "descending"), ("kind", "ascending")])
    )
    return volumes if totals.num_rows <= MOST_KINDS else volumes.filter(pc.field("kind").isin(totals["kind"][:MOST_KINDS]))


def _count_of(row: Mapping[str, Any]) -> PropertyCount:
    return PropertyCount(row["type"], row["signals"], from_micros(row["first"]), from_micros(row["last"]), row["form"] or "")


def _least(values: NDArray[np.int64], group: NDArray[np.int32]) -> NDArray[np.int64]:
    """The least value of each group."""
    least = np.full(int(group.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, group, values)
    return least


def _typed(properties: pa.Table) -> pa.Table:
    """Types by their names for people: every kind of number is one."""
    names = [_TYPES.get(name, "number") for name in properties["type"].to_pylist()]
    table = properties.set_column(properties.column_names.index("type"), "type", pa.array(names, pa.string()))
    return _add_properties([table])


_DAYS_SCHEMA = pa.schema(
    [("source", pa.string()), ("kind", pa.string()), ("day", pa.int32()), ("signals", pa.int64()), ("live", pa.int64())]
)
_PROPERTIES_SCHEMA = pa.schema(
    [("kind", pa.string()), ("property", pa.string()), ("type", pa.string()), ("signals", pa.int64()), ("first", pa.int64()),
     ("last", pa.int64()), ("form", pa.string())]
)  # fmt: skip


def _add_days(tables: Sequence[pa.Table]) -> pa.Table:
    if not tables:
        return _DAYS_SCHEMA.empty_table()
    together = pa.concat_tables([table.cast(_DAYS_SCHEMA) for table in tables])
    summed = together.group_by(["source", "kind", "day"]).aggregate([("signals", "sum"), ("live", "sum")])
    return summed.rename_columns(_DAYS_SCHEMA.names).cast(_DAYS_SCHEMA)


def _add_properties(tables: Sequence[pa.Table]) -> pa.Table:
    if not tables:
        return _PROPERTIES_SCHEMA.empty_table()
    together = pa.concat_tables([table.cast(_PROPERTIES_SCHEMA) for table in tables])
    how = [("signals", "sum"), ("first", "min"), ("last", "max"), ("form", "max")]
    return together.group_by(["kind", "property", "type"]).aggregate(how).rename_columns(_PROPERTIES_SCHEMA.names)


def _sources(volumes: pa.Table) -> tuple[dict[str, frozenset[str]], dict[str, tuple[int, int]], dict[str, float]]:
    """Which sources each kind came from; first and last day of each source; how much of it came live."""
    pairs = volumes.group_by(["kind", "source"]).aggregate([]).to_pylist()
    by_kind: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        by_kind[pair["kind"]].add(pair["source"])
    sources = (
        volumes.group_by("source").aggregate([("day", "min"), ("day", "max"), ("signals", "sum"), ("live", "sum")]).to_pylist()
    )
    days = {one["source"]: (one["day_min"], one["day_max"]) for one in sources}
    live = {one["source"]: one["live_sum"] / one["signals_sum"] for one in sources}
    return {kind: frozenset(names) for kind, names in by_kind.items()}, days, live
