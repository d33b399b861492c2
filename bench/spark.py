"""The same questions on two local threads and on a standalone Spark cluster of two workers on the same machine.

    python bench/spark.py [--people 500000] [--seed 7] [--runs 5]

Workers map the same files of timelines. The answers must be the same to the bit, or the run fails. One machine cannot show what many
machines gain: read how much a query costs more, and how little of that grows with the data. Times are medians after a first answer.
First answers are told apart: with nothing compiled on the worker's disk, and with everything compiled.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drawn import BEGIN, END, KINDS, PLANS, REGIONS, SHARD, draw_shard
from ours import rule, span
from questions import FOUR, TWELVE, WINDOW
from touchpath.engines.local import LocalEngine
from touchpath.engines.spark import SparkEngine
from touchpath.stores.timeline_shards import ShardFiles, write_arrays
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Engine, Fold, Whole
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.paths import DirectlyFollows
from touchpath.timelines.retention import Retention
from touchpath.timelines.sessions import Sessions

sys.path.append(str(Path(__file__).parents[1] / "tests" / "engines"))
from cluster import SMALL, Cluster, stop_gateway

FOLDS: dict[str, Fold[Any]] = {
    "funnel of 4, 7 days": Funnel(tuple(map(rule, FOUR)), span(WINDOW)),
    "funnel of 12, 7 days": Funnel(tuple(map(rule, TWELVE)), span(WINDOW)),
    "weekly retention": Retention(),
    "paths": DirectlyFollows(),
    "sessions": Sessions(),
}


def write(folder: Path, people: int, seed: int) -> TimelineSet:
    """Timelines in files, as a workspace has them, which any process can open."""
    shards = []
    words = {"kind": KINDS, "properties.plan": PLANS, "properties.region": REGIONS}
    for number, first in enumerate(range(0, people, SHARD)):
        drawn = draw_shard(first, min(SHARD, people - first), seed)
        named = {"(owners)": drawn["owners"], "(starts)": drawn["starts"], "(times)": drawn["times"], "kind": drawn["kinds"]}
        named |= {f"properties.{name}": drawn[name] for name in ("plan", "region")}
        files = (write_arrays(folder / f"{number}.bin", named),)
        shard = ShardFiles(folder, files)()
        shards.append(Timelines(shard.owners, shard.starts, shard.times, shard.kinds, shard.columns, words, reopen=shard.reopen))
    return TimelineSet("person", tuple(shards), BEGIN, END, "bench")


def in_memory(timelines: TimelineSet) -> TimelineSet:
    """The same timelines, which now have to be sent."""
    shards = (Timelines(s.owners, s.starts, s.times, s.kinds, s.columns, s.words) for s in timelines.shards)
    return TimelineSet("person", tuple(shards), timelines.first, timelines.end, "bench")


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def asked(engine: Engine, fold: Fold[Any], timelines: TimelineSet) -> Callable[[], Any]:
    return lambda: engine.summarise(fold, timelines, Whole(), ())


@contextmanager
def connected(cluster: Cluster, compiled: Path) -> Iterator[SparkEngine]:
    """An application of its own, whose workers keep what they compile in a folder."""
    path = os.pathsep.join(sys.path)
    properties = {**SMALL, "spark.executorEnv.NUMBA_CACHE_DIR": str(compiled), "spark.executorEnv.PYTHONPATH": path}
    engine = SparkEngine(cluster.master, properties=properties)
    try:
        engine.open()
        yield engine
    finally:
        engine.close()


def compare(title: str, here: Callable[[], Any], there: Callable[[], Any], runs: int) -> None:
    """One line: medians of both, side by side; the answers must be equal."""
    if here() != there():
        raise SystemExit(f"{title}: the cluster's answer differs.")
    pairs = [(seconds(here)[0], seconds(there)[0]) for _ in range(runs)]
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"| {title} | {mine:.3f} s | {theirs:.3f} s | {theirs - mine:+.3f} s |", flush=True)


def measure(folder: Path, cluster: Cluster, timelines: TimelineSet, runs: int) -> None:
    """The first answers, then the table."""
    local, fold = LocalEngine(2), FOLDS["funnel of 4, 7 days"]
    local.summarise(fold, timelines, Whole(), ())
    for said in ("nothing compiled", "compiled on disk"):
        with connected(cluster, folder / "compiled") as engine:
            first, _ = seconds(asked(engine, fold, timelines))
            second, _ = seconds(asked(engine, fold, timelines))
            print(f"first answer, {said}: {first:.2f} s; the second: {second:.2f} s", flush=True)
    with connected(cluster, folder / "compiled") as engine:
        print("\n| question | 2 threads | cluster | more |\n| --- | --- | --- | --- |")
        tiny = TimelineSet("person", (timelines.shards[0],), BEGIN, END, "bench")
        compare("funnel of 4, one shard", asked(local, fold, tiny), asked(engine, fold, tiny), runs)
        for title, each in FOLDS.items():
            compare(title, asked(local, each, timelines), asked(engine, each, timelines), runs)
        asks = [Ask(each, Whole()) for each in FOLDS.values()]
        compare(
            "these five at once",
            lambda: local.summarise_all(asks, timelines),
            lambda: engine.summarise_all(asks, timelines),
            runs,
        )
        sent = in_memory(timelines)
        compare("funnel of 4, timelines sent", asked(local, fold, sent), asked(engine, fold, sent), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "timelines").mkdir()
        timelines = write(folder / "timelines", chosen.people, chosen.seed)
        signals = sum(shard.signals for shard in timelines.shards)
        print(f"{signals:,} signals of {chosen.people:,} people, {len(timelines.shards)} shards")
        began = time.perf_counter()
        cluster = Cluster(folder / "cluster")
        try:
            print(f"cluster started in {time.perf_counter() - began:.1f} s")
            measure(folder, cluster, timelines, chosen.runs)
        finally:
            stop_gateway()
            cluster.stop()


if __name__ == "__main__":
    main()
