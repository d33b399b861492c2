"""The signals of the fold benchmarks: drawn shard by shard, seeded, and written once for every engine.

People are very unequal: visits with bursts of signals seconds apart, gaps of hours to weeks between them, about 40 signals per person,
of 40 kinds, in 180 days. Each person has one of three plans and lives in one of two regions, each visit is by one of three channels. Three files per draw: `expert.parquet`
(integers), `natural.parquet` (texts and timestamps, as the lake has them), both in order of person and time, and one `.npy` file per
shard and column, which Touchpath maps as it maps its timeline files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from touchpath.timelines.arrays import Timelines, TimelineSet

DAY = 86_400_000_000
WEEK = 7 * DAY
#: Monday, 6 January 2025, 00:00 UTC, and when nothing can be open any more.
BEGIN = 1_736_121_600_000_000
END = BEGIN + 182 * DAY + 4 * WEEK
KINDS = ("", *(f"screen{i:02d}.viewed" for i in range(1, 41)))
PLANS = ("", "basic", "family", "plus")
REGIONS = ("", "north", "south")
CHANNELS = ("", "web", "app", "store")
COLUMNS = ("owners", "starts", "times", "kinds", "plan", "region", "channel")
#: A shard has about this many people.
SHARD = 62_500


def draw_shard(first: int, people: int, seed: int) -> dict[str, np.ndarray]:
    """The columns of `people` owners, numbered from `first`."""
    rng = np.random.default_rng([seed, first])
    visits = np.minimum(1 + rng.negative_binomial(1, 0.16, people), 60)
    lengths = rng.geometric(1 / 6.4, int(visits.sum()))
    owner = np.repeat(np.repeat(np.arange(people), visits), lengths)
    begins = np.repeat(BEGIN + rng.integers(0, 180 * DAY, lengths.size), lengths)
    since = np.cumsum(rng.exponential(25_000_000, owner.size).astype(np.int64))
    times = begins + since - since[np.repeat(np.cumsum(lengths) - lengths, lengths)]
    weights, order = 1 / np.arange(2, 42), np.lexsort((times, owner))
    return {
        "owners": np.arange(first, first + people, dtype=np.int64),
        "starts": np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=people)))).astype(np.int64),
        "times": times[order],
        "kinds": rng.choice(40, owner.size, p=weights / weights.sum()).astype(np.int32) + 1,
        "plan": rng.integers(1, 4, people).astype(np.int32)[owner],
        "region": rng.integers(1, 3, people).astype(np.int32)[owner],
        "channel": np.repeat(rng.integers(1, 4, lengths.size).astype(np.int32), lengths)[order],
    }


def _tables(shard: dict[str, np.ndarray]) -> tuple[pa.Table, pa.Table]:
    person = np.repeat(shard["owners"], np.diff(shard["starts"]))
    names = {"kind": KINDS, "plan": PLANS, "region": REGIONS, "channel": CHANNELS}
    codes = {name: shard["kinds" if name == "kind" else name] for name in names}
    small = {name: column.astype(np.uint8) for name, column in codes.items()}
    texts = {name: pa.DictionaryArray.from_arrays(pa.array(column), list(names[name])) for name, column in codes.items()}
    users = pa.array([f"user:{number}" for number in shard["owners"].tolist()])
    known = pa.DictionaryArray.from_arrays(pa.array((person - shard["owners"][0]).astype(np.int32)), users)
    at = pa.array(shard["times"], pa.timestamp("us", "UTC"))
    plain = {name: column.cast(pa.string()) for name, column in {"person": known, **texts}.items()}
    return (
        pa.table({"person": person.astype(np.uint32), "time": shard["times"], **small}),
        pa.table({"person": plain.pop("person"), "occurred_at": at, **plain}),
    )


def draw(folder: Path, people: int, seed: int, shard_people: int = SHARD) -> int:
    """Write everything into a folder, one shard after the other; returns how many signals there are."""
    writers: list[pq.ParquetWriter] = []
    signals = 0
    for number, first in enumerate(range(0, people, shard_people)):
        shard = draw_shard(first, min(shard_people, people - first), seed)
        signals += shard["times"].size
        for name, column in shard.items():
            np.save(folder / f"{number}.{name}.npy", column)
        tables = _tables(shard)
        if not writers:
            writers = [
                pq.ParquetWriter(folder / f"{kind}.parquet", t.schema)
                for kind, t in zip(("expert", "natural"), tables, strict=True)
            ]
        for writer, table in zip(writers, tables, strict=True):
            writer.write_table(table)
    for writer in writers:
        writer.close()
    return signals


def load(folder: Path) -> TimelineSet:
    """The timelines, mapped. They end long after the last signal: nothing is open, as in the other engines."""
    shards = []
    for number in range(len(list(folder.glob("*.starts.npy")))):
        owners, starts, times, kinds, plan, region, channel = (
            np.load(folder / f"{number}.{name}.npy", mmap_mode="r") for name in COLUMNS
        )
        columns = {"properties.plan": plan, "properties.region": region, "channel": channel}
        words = {"kind": KINDS, "properties.plan": PLANS, "properties.region": REGIONS, "channel": CHANNELS}
        shards.append(Timelines(owners, starts, times, kinds, columns, words))
    return TimelineSet("person", tuple(shards), BEGIN, END, "bench")
