"""Building timelines beside DuckDB and pandas sorting the same columns, in one run.

    python bench/timelines_build.py [--signals 20_000_000] [--memory-mb 4096] [--skip-peers]

Both read the same Parquet file of integer columns, person codes given, in the order signals arrive (by time), and leave the
rows ordered by person, time and key on disk: Touchpath as checksummed, fsynced timeline files, DuckDB as a table (fsynced at
its checkpoint) and as Parquet, pandas as Parquet. Each step runs in a process of its own, and its peak memory is told.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from touchpath.stores.timeline_builder import Limits, write_shards
from touchpath.stores.timeline_spill import FileSpill
from touchpath.timelines.build import build_shard, partition
from touchpath.timelines.rows import Rows, width

COLUMNS = ("key", "kind", "source", "channel", "surface", "touchpoint", "account", "unit", "value", "objects.session")
THREADS = 2
_CHUNK = 1_000_000


def write_signals(path: Path, signals: int) -> None:
    """Signals of one person per 40 of them, ordered by time, with columns as the lake's encoder makes them."""
    random = np.random.default_rng(5)
    people = random.integers(-(1 << 62), 1 << 62, max(1, signals // 40))
    names = ("owner", "time", *COLUMNS)
    schema = pa.schema(
        [(name, pa.int64() if name in ("owner", "time") or width(name) is np.int64 else pa.int32()) for name in names]
    )
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False) as writer:
        for begin in range(0, signals, _CHUNK):
            rows = min(_CHUNK, signals - begin)
            owners = people[(random.random(rows) ** 2 * people.size).astype(np.int64)]
            columns = {"owner": owners, "time": np.sort(random.integers(begin, begin + rows, rows)) * 1_000_000}
            columns |= {"key": random.integers(-(1 << 62), 1 << 62, rows), "value": random.integers(0, 10_000, rows)}
            columns["objects.session"] = owners ^ (columns["time"] >> 32)
            for name in names[2:]:
                if name not in columns:
                    columns[name] = random.integers(0, 30, rows).astype(np.int32)
            writer.write_table(pa.table([columns[name] for name in names], schema))


class Given:
    """Stands where the encoder stands: the columns are codes already."""

    def encode(self, batch: pa.RecordBatch) -> Rows:
        """Rows of a batch, as they are."""
        columns = {name: batch[name].to_numpy() for name in COLUMNS}
        return Rows(batch["owner"].to_numpy(), batch["time"].to_numpy(), np.zeros(batch.num_rows, np.int32), columns)


def build_timelines(source: Path, folder: Path, memory: int) -> None:
    """The product's two passes."""
    limits = Limits.within(memory, THREADS)
    spill = FileSpill(folder)
    batches = pq.ParquetFile(source, pre_buffer=False).iter_batches(batch_size=65_536)
    started = time.perf_counter()
    partitioned = partition(batches, Given(), spill, limits.chunk_rows)
    print(f"    pass 1 {time.perf_counter() - started:.1f} s")
    bits = partitioned.bits(limits.shard_rows)
    write_shards(folder, bits, partial(build_shard, spill, partitioned, bits), limits.threads)
    spill.remove()


def sort_with_duckdb(source: Path, folder: Path, memory: int, statement: str) -> None:
    """DuckDB's sort, which spills to disk beyond the limit."""
    database = duckdb.connect(str(folder / "sorted.duckdb"))
    database.execute(
        f"SET memory_limit = '{memory >> 20}MiB'; SET threads = {THREADS}; SET enable_progress_bar = false; SET temp_directory = '{folder}/spill'"
    )
    database.execute(statement.format(source=source, target=folder / "sorted.parquet"))
    database.execute("CHECKPOINT")
    database.close()


def sort_with_pandas(source: Path, folder: Path, memory: int) -> None:
    """What an analyst would write, and what pandas-based tools such as retentioneering do to a stream of events first; all in memory."""
    import pandas

    signals = pandas.read_parquet(source)
    signals.sort_values(["owner", "time", "key"], ignore_index=True).to_parquet(folder / "sorted.parquet")


ORDERED = 'SELECT * FROM read_parquet(\'{source}\') ORDER BY "owner", "time", "key"'
STEPS: dict[str, Callable[[Path, Path, int], None]] = {
    "Touchpath timeline files": build_timelines,
    "DuckDB table": partial(sort_with_duckdb, statement=f"CREATE TABLE sorted AS {ORDERED}"),
    "DuckDB Parquet": partial(sort_with_duckdb, statement=f"COPY ({ORDERED}) TO '{{target}}' (FORMAT parquet)"),
    "pandas Parquet": sort_with_pandas,
}


def run(name: str, source: Path, folder: Path, memory: int, results: multiprocessing.Queue[tuple[float, float, float]]) -> None:
    """One step: its seconds, processor seconds and peak memory."""
    if name.startswith("Touchpath"):
        warm = folder / "warm"
        warm.mkdir()
        build_timelines(source.with_name("warm.parquet"), warm, memory)
        shutil.rmtree(warm)
    started, worked = time.perf_counter(), time.process_time()
    STEPS[name](source, folder, memory)
    took = time.perf_counter() - started, time.process_time() - worked
    results.put((*took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def measure(name: str, source: Path, home: Path, memory: int) -> tuple[float, float]:
    """Run a step in a process of its own and tell its time and peak memory; gives seconds and processor seconds."""
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[tuple[float, float, float]] = context.Queue()
    folder = Path(tempfile.mkdtemp(dir=home))
    process = context.Process(target=run, args=(name, source, folder, memory, results))
    process.start()
    seconds, worked, peak = results.get()
    process.join()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / (1 << 20)
    print(f"{name:28s} {seconds:7.1f} s   processor {worked:7.1f} s   peak {peak:7.0f} MiB   {size:7.0f} MiB on disk", flush=True)
    shutil.rmtree(folder)
    return seconds, worked


def main() -> None:
    """Measure all steps and print their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signals", type=int, default=20_000_000)
    parser.add_argument("--memory-mb", type=int, default=4096)
    parser.add_argument("--skip-peers", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        source = Path(home) / "signals.parquet"
        write_signals(source, chosen.signals)
        write_signals(source.with_name("warm.parquet"), 1000)
        print(f"{chosen.signals:,} signals, {chosen.memory_mb} MiB, {THREADS} threads")
        names = [name for name in STEPS if name.startswith("Touchpath") or not chosen.skip_peers]
        took = {name: measure(name, source, Path(home), chosen.memory_mb << 20) for name in names}
        ours = took.pop("Touchpath timeline files")
        for name, (seconds, worked) in took.items():
            print(f"{name} / Touchpath: time {seconds / ours[0]:.2f}, processor time {worked / ours[1]:.2f}")


if __name__ == "__main__":
    main()
