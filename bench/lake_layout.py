"""Compare ways to lay signals out in the lake's data files.

    python bench/lake_layout.py [--rows 5000000] [--seed 7] [--folder FOLDER]

Layouts: arrival (files in order of arrival), sorted (the same files, each sorted by actor), ranges (each file one range of actors,
sorted: what `compact` makes), buckets16 and buckets64 (appends are dealt out to ranges of actors at once).
Questions: scan (the columns that timelines are built from), person (all signals of one person, all columns; median of 20),
erase (find and rewrite the files of one person), append (10,000 signals, durable; median of 20), bytes per row.
Files are read from a warm cache. Times are CPU seconds of all threads (so that a busy machine changes little), but for append,
which waits for the disk: wall-clock. Read the ratios; machines are noisy.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lake_rows import draw_signals, user
from touchpath.model.keys import name_key
from touchpath.stores.compaction import merge
from touchpath.stores.delta_log import DataFile, DeltaLog
from touchpath.stores.erasure import clear, holds
from touchpath.stores.fingerprints import contents, identities
from touchpath.stores.id_index import Entries
from touchpath.stores.judging import stored
from touchpath.stores.signal_files import NewFile, SignalFileWriter, read_signals, write_signals

SCANNED = ["key", "revision", "actor_key", "actors", "occurred_at", "kind", "source", "channel", "value"]
WHOLE = ["key", "actor_key", "occurred_at", "kind", "source", "id", "actors", "objects", "value", "text", "properties"]
APPENDED = 10_000


def rows_of(signals: pa.Table) -> pa.Table:
    high, low = identities(signals["source"], signals["id"])
    return stored(signals, Entries(high, low, contents(signals), np.zeros(high.size, np.int32)))


def as_they_came(folder: Path, rows: pa.Table) -> list[NewFile]:
    with SignalFileWriter(folder) as writer:
        writer.write(rows)
        return [writer.close()]


def by_actor(folder: Path, rows: pa.Table) -> list[NewFile]:
    return [write_signals(folder, rows)]


def in_buckets(count: int) -> Callable[[Path, pa.Table], list[NewFile]]:
    def write(folder: Path, rows: pa.Table) -> list[NewFile]:
        keys = pc.coalesce(rows["actor_key"], rows["key"]).to_numpy()
        numbers = (((keys >> 32) + (1 << 31)) * count) >> 32
        return [write_signals(folder, rows.filter(pa.array(numbers == number))) for number in np.unique(numbers)]

    return write


def merged(log: DeltaLog, groups: list[list[DataFile]]) -> None:
    for files in groups:
        with tempfile.TemporaryDirectory(dir=log.folder.parent) as spill:
            adds = [file.moved(Path(spill) / "made", log.folder) for file in merge(log.folder, files, Path(spill) / "made")]
        log.commit(adds, [file.name for file in files], new_rows=False, doing="compact")
    log.drop_unused()


def by_bucket(files: tuple[DataFile, ...], count: int) -> list[list[DataFile]]:
    groups: dict[int, list[DataFile]] = {}
    for file in files:
        groups.setdefault((((file.first_actor or 0) >> 32) + (1 << 31)) * count >> 32, []).append(file)
    return [group for group in groups.values() if len(group) > 1]


def paths(log: DeltaLog, actor: int | None = None) -> list[Path]:
    def may_hold(file: DataFile) -> bool:
        return actor is None or (file.first_actor or 0) <= actor <= (file.last_actor or 0)

    return [log.folder / file.name for file in log.files() if may_hold(file)]


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    started = clock()
    work()
    return clock() - started


def read(batches: Iterator[pa.RecordBatch]) -> int:
    return sum(batch.num_rows for batch in batches)


def person(log: DeltaLog, name: str) -> int:
    key = name_key(name)
    return read(read_signals(paths(log, key), WHOLE, pc.field("actor_key") == key))


def erase(log: DeltaLog, name: str) -> int:
    actors = pa.array([name])
    cleared = [clear(path, actors) for path in paths(log) if holds(path, actors)]
    successors = [one.successor for one in cleared if one.successor]
    log.commit(successors, [one.name for one in cleared], new_rows=True, doing="erase")
    return len(cleared)


def measure(
    name: str, write: Callable[[Path, pa.Table], list[NewFile]], buckets: int, tables: list[pa.Table], folder: Path
) -> dict[str, float]:
    log = DeltaLog(folder / name)
    log.create()
    for table in tables[1:]:
        log.commit(write(log.folder, table), [], new_rows=True, doing="append")
    tidy = 0.0
    if name == "ranges":
        tidy = seconds(lambda: merged(log, [list(log.files())]))
    if buckets:
        tidy = seconds(lambda: merged(log, by_bucket(log.files(), buckets)))
    size = sum(file.size for file in log.files()) / sum(file.rows for file in log.files())
    files = len(log.files())
    read(read_signals(paths(log), SCANNED, None))
    scan = min(seconds(lambda: read(read_signals(paths(log), SCANNED, None))) for _ in range(3))
    people = [user(number) for number in range(100, 120)]
    one = statistics.median(seconds(lambda name=name: person(log, name)) for name in people)
    gone = seconds(lambda: erase(log, user(50)))
    small = [tables[0].slice(at * APPENDED, APPENDED) for at in range(20)]
    append = statistics.median(
        seconds(lambda rows=rows: log.commit(write(log.folder, rows), [], new_rows=True, doing="append"), time.perf_counter)
        for rows in small
    )
    return {"files": files, "bytes_per_row": size, "scan": scan, "person": one, "erase": gone, "append_10k": append, "tidy": tidy}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=asked.folder))
    tables = [rows_of(signals) for signals in draw_signals(asked.rows + 1_000_000, asked.seed)]
    layouts = {
        "arrival": (as_they_came, 0),
        "sorted": (by_actor, 0),
        "ranges": (by_actor, 0),
        "buckets16": (in_buckets(16), 16),
        "buckets64": (in_buckets(64), 64),
    }
    try:
        print(f"{asked.rows:,} rows; seconds")
        for name, (write, buckets) in layouts.items():
            numbers = measure(name, write, buckets, tables, folder)
            print(f"{name:10}" + "".join(f" {what} {number:9.4f}" for what, number in numbers.items()), flush=True)
            shutil.rmtree(folder / name)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
