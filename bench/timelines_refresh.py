"""How soon timelines show what was appended: build at N signals, append 10,000, open; then links, corrections, a property.

    python bench/timelines_refresh.py [--signals 20000000] [--folder FOLDER]

Then answers: each fold over the timelines as they stand, by the engine alone and by the one that keeps what the base came to.

The lake is made first (or reused, if FOLDER holds one) and is not timed. Times are wall-clock seconds of `open`, the call that
every query makes.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lake_rows import START, YEAR, draw_signals
from touchpath.engines.kept import KeptSummaries
from touchpath.engines.local import LocalEngine
from touchpath.model.rules import EventRule
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.timeline_files import TimelineFiles
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.fold import Whole
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.paths import DirectlyFollows
from touchpath.timelines.retention import Retention
from touchpath.timelines.sessions import Sessions
from touchpath.timelines.volume import Volume

NEW = 10_000
MINUTE = 60_000_000
WEEK = 7 * 1440 * MINUTE
END = START + YEAR


def timed(what: str, work: Callable[[], TimelineSet]) -> None:
    """Run one step and tell its time, what it gave, and the peak memory so far."""
    started, worked = time.perf_counter(), time.process_time()
    found = work()
    took, processor = time.perf_counter() - started, time.process_time() - worked
    base = len(found.shards) - found.overlays
    skipped = sum(int(shard.skip.sum()) for shard in found.shards[:base])
    overlay = sum(shard.signals for shard in found.shards[base:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(
        f"{what:44s} {took:8.3f} s  processor {processor:8.3f} s  overlay {overlay:>9,} signals of {skipped:,} people  peak {peak:,} MiB",
        flush=True,
    )


def answers(what: str, found: TimelineSet, kept: KeptSummaries) -> None:
    """Time each fold with and without what is kept; the two summaries must be equal."""
    kinds = found.words["kind"][1:5]
    folds = {
        "volume": Volume(tuple(EventRule((kind,)) for kind in kinds)),
        "4-step funnel": Funnel(tuple(EventRule((kind,)) for kind in kinds), timedelta(days=7)),
        "weekly retention": Retention(borders=tuple(range(START - START % WEEK, found.end + WEEK, WEEK)), intervals=12),
        "sessions": Sessions(),
        "paths": DirectlyFollows(),
    }
    for name, fold in folds.items():
        took = []
        for engine in (LocalEngine(), kept):
            started = time.perf_counter()
            took.append((engine.summarise(fold, found, Whole(), ()), time.perf_counter() - started))
        (plain, without), (again, with_kept) = took
        same = "same" if plain == again else "DIFFERENT"
        print(f"{what:34s} {name:18s} computed {without:7.3f} s  kept {with_kept:7.3f} s  {same}", flush=True)


def renamed(signals: pa.Table) -> pa.Table:
    """The same facts as new signals of a later source."""
    ids = pc.binary_join_element_wise(signals["id"], pa.scalar(f"later-{time.time_ns()}"), "-")
    return signals.set_column(signals.schema.get_field_index("id"), signals.schema.field("id"), ids)


def later(signals: pa.Table, minutes: int) -> pa.Table:
    """The same facts again, all within the last minutes, so that the data end moves on."""
    times = signals["occurred_at"].cast(pa.int64()).to_numpy()
    moved = END + MINUTE * minutes - (times % MINUTE)
    column = pa.array(moved).cast(signals.schema.field("occurred_at").type)
    return renamed(signals).set_column(signals.schema.get_field_index("occurred_at"), "occurred_at", column)


def linked(signals: pa.Table) -> pa.Table:
    """Every signal names one more, unknown, anonymous id."""
    now = time.time_ns()
    actors = pa.array([[*names, f"anonymous:{now}-{place}"] for place, names in enumerate(signals["actors"].to_pylist())])
    return signals.set_column(signals.schema.get_field_index("actors"), signals.schema.field("actors"), actors)


def corrected(signals: pa.Table) -> pa.Table:
    """The same signals with another value."""
    return signals.set_column(signals.schema.get_field_index("value"), "value", pa.array([time.time()] * signals.num_rows))


def filter_with_duckdb(lake: Path) -> None:
    """What a peer without timelines does for each question about a property nobody declared: read all JSON texts."""
    database = duckdb.connect(config={"threads": 2})
    question = (
        f"SELECT count(*) FROM read_parquet('{lake}/**/*.parquet') WHERE json_extract_string(properties, '$.page') = '/a/b/c'"
    )
    for what in ("for the first time", "again"):
        started = time.perf_counter()
        found = database.execute(question).fetchone()
        print(
            f"{f'DuckDB, filter by that property {what}':44s} {time.perf_counter() - started:8.3f} s  {found[0]:,} signals",
            flush=True,
        )


def main() -> None:
    """Measure all steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signals", type=int, default=20_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    chosen = parser.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp())
    lake = DeltaLake(folder / "lake")
    if lake.version < 0:
        for batch in draw_signals(chosen.signals, seed=7):
            lake.append(batch)
            print(".", end="", flush=True)
        print(f" {chosen.signals:,} signals in the lake", flush=True)
    first = next(draw_signals(chosen.signals, seed=7))
    sample = first.take(np.random.default_rng(1).choice(first.num_rows, NEW, replace=False))
    home = Path(tempfile.mkdtemp(dir=folder))
    small = TimelineFiles(home / "warm", _few(sample, home))
    small.open("person", ["page"])
    kept = KeptSummaries(LocalEngine())
    answers("(warm)", small.open(), KeptSummaries(LocalEngine()))
    files = TimelineFiles(home / "timelines", lake)
    timed("build persons", files.open)
    timed("open again, nothing new", files.open)
    other = TimelineFiles(home / "timelines", lake)
    timed("open in another process (mapped, no overlay)", other.open)
    answers("first", files.open(), kept)
    for _ in range(3):
        lake.append(renamed(sample))
        timed(f"open after {NEW:,} new signals", files.open)
        answers(f"after {NEW:,} new signals", files.open(), kept)
    lake.append(later(sample, 1))
    for minutes in (2, 3):
        lake.append(later(sample, minutes))
        answers(f"after {NEW:,} more at the end", files.open(), kept)
    lake.append(linked(renamed(sample)))
    timed(f"open after {NEW:,} signals with new links", files.open)
    lake.append(corrected(sample))
    timed(f"open after {NEW:,} corrections", files.open)
    timed("open with a property not asked before", lambda: files.open("person", ["page"]))
    timed("open with that property again", lambda: files.open("person", ["page"]))
    filter_with_duckdb(folder / "lake")
    files.close()
    lake.append(renamed(sample))
    timed("open after more new signals", files.open)
    timed("build orders", lambda: files.open("order"))
    files.close()
    shutil.rmtree(home if chosen.folder else folder)


def _few(sample: pa.Table, home: Path) -> DeltaLake:
    lake = DeltaLake(home / "few")
    lake.append(sample)
    return lake


if __name__ == "__main__":
    main()
