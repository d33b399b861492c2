"""Time the lake itself: hashing, the id index, appends, scans, compaction, erasure; and its peak memory.

    python bench/lake.py [--rows 5000000] [--ids 20000000] [--seed 7] [--folder FOLDER]

Appends are of 100,000 signals, then twenty of 10,000 (new) and twenty of 10,000 (all known). The index is also filled with
`--ids` random identities and asked for 10,000 at a time, half of them known. Times are wall-clock seconds, and CPU seconds of all threads, which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

from lake_rows import draw_signals, user
from touchpath.model.keys import name_key
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.fingerprints import actor_keys, contents, identities
from touchpath.stores.id_index import Entries, IdIndex

SCANNED = ["key", "revision", "actor_key", "actors", "occurred_at", "kind", "source", "channel", "value"]


Took = tuple[float, float]


def seconds(work: Callable[[], object]) -> Took:
    wall, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - busy


def middle(times: Iterable[Took]) -> Took:
    walls, busies = zip(*times, strict=True)
    return statistics.median(walls), statistics.median(busies)


def show(what: str, took: Took, rows: int = 0) -> None:
    rate = f"{rows / took[1] / 1e6:7.2f} million rows per CPU second" if rows else ""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{what:46} {took[0]:9.4f} s, {took[1]:9.4f} CPU s (peak {memory:.2f} GB) {rate}", flush=True)


def time_hashing(signals: pa.Table) -> None:
    rows = signals.num_rows
    show("identities", seconds(lambda: identities(signals["source"], signals["id"])), rows)
    show("contents", seconds(lambda: contents(signals)), rows)
    show("actor keys", seconds(lambda: actor_keys(signals["actors"])), rows)


def time_index(folder: Path, ids: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    index = IdIndex(folder, "bench")

    def draw(count: int) -> Entries:
        halves = random.integers(0, 1 << 64, (3, count), np.uint64, endpoint=False)
        return Entries(halves[0], halves[1], halves[2], np.zeros(count, np.int32))

    batches = [draw(100_000) for _ in range(ids // 100_000)]
    show(
        f"index: {ids:,} ids in batches of 100,000",
        seconds(lambda: [index.add(batch, at) for at, batch in enumerate(batches)]),
        ids,
    )
    times = []
    for batch in batches[:20]:
        asked = Entries.join([draw(5_000), batch.take(np.arange(5_000))])
        times.append(seconds(lambda asked=asked: index.find(asked.high, asked.low)))
    show(f"index: find 10,000 ({index.runs} runs), median", middle(times), 10_000)
    show("index: find 10,000, first (cold)", times[0], 10_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--ids", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=asked.folder))
    try:
        time_hashing(next(draw_signals(1_000_000, asked.seed)))
        time_lake(folder, asked.rows, asked.seed)
        time_index(folder / "bench-ids", asked.ids, asked.seed)
    finally:
        shutil.rmtree(folder)


def time_lake(folder: Path, rows: int, seed: int) -> None:
    lake = DeltaLake(folder)
    wall = busy = 0.0
    last = pa.table({})
    for signals in draw_signals(rows + 200_000, seed, batch=100_000):
        last = signals
        if lake.version * 100_000 < rows:
            one = seconds(lambda signals=signals: lake.append(signals))
            wall, busy = wall + one[0], busy + one[1]
    show("append by 100,000", (wall, busy), rows)
    new = [last.slice(at * 5_000, 5_000) for at in range(20)]
    show("append 5,000 new, median", middle(seconds(lambda part=part: lake.append(part)) for part in new), 5_000)
    show("append 5,000 known, median", middle(seconds(lambda part=part: lake.append(part)) for part in new), 5_000)
    kept = lake.append(last).version
    show("scan for timelines, many small files", seconds(lambda: sum(b.num_rows for b in lake.scan(SCANNED))), rows)
    show("compact", seconds(lake.compact), rows)
    show("scan for timelines, compacted", seconds(lambda: sum(b.num_rows for b in lake.scan(SCANNED))), rows)
    show("scan after the last version", seconds(lambda: list(lake.scan(SCANNED, after=kept))))
    people = [name_key(user(number)) for number in range(20)]
    show(
        "one person, median",
        middle(seconds(lambda key=key: list(lake.scan(SCANNED, actor_keys=[key]))) for key in people),
    )
    show("kinds", seconds(lake.kinds))
    show("forget one person", seconds(lambda: lake.forget([user(50)])))
    shutil.rmtree(folder / "ids")
    lake.close()
    show("append 5,000 after the index was deleted", seconds(lambda: lake.append(new[0])))
    lake.close()


if __name__ == "__main__":
    main()
