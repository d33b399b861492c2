"""A log of signals in memory, and its timelines built the slow, obvious way that files are held to."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from touchpath.model.errors import Conflict
from touchpath.model.keys import name_key, signal_key
from touchpath.store.signals import STORED_SCHEMA
from touchpath.stores.timeline_builder import Limits
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Int64s, TimelineSet
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.handovers import Sightings, find_sightings
from touchpath.timelines.identity import Identity
from touchpath.timelines.links import find_links

Row = dict[str, Any]

MINUTE = 60_000_000

TINY = Limits(chunk_rows=3, shard_rows=4, threads=2)

TEXTS = ("kind", "source", "channel", "surface", "touchpoint", "account", "unit")


class SignalLog:
    """Rows in a list, in the order they were appended. `erased` = the version before which nothing can be told any more."""

    def __init__(self, batch: int = 2) -> None:
        self.rows: list[tuple[int, Row]] = []
        self.version = -1
        self.erased = -2
        self.batch = batch
        self.scans: list[tuple[tuple[str, ...], int | None]] = []

    def append(self, rows: Sequence[Row]) -> None:
        """Keep rows; one with an id that is known is a correction."""
        self.version += 1
        for row in rows:
            revision = sum((kept["source"], kept["id"]) == (row["source"], row["id"]) for _, kept in self.rows)
            key, actors = signal_key(row["source"], row["id"]), row["actors"]
            first = name_key(actors[0]) if actors else None
            self.rows.append((self.version, row | {"key": key, "revision": revision, "actor_key": first}))

    def forget(self, actor: str) -> None:
        self.version += 1
        self.rows = [(version, row) for version, row in self.rows if actor not in row["actors"]]
        self.erased = self.version

    def scan(self, columns: Sequence[str], *, after: int | None = None, **_: object) -> Iterator[pa.RecordBatch]:
        if after is not None and after < self.erased:
            raise Conflict("Signals were erased.")
        self.scans.append((tuple(columns), after))
        rows = [row for version, row in self.rows if after is None or version > after]
        schema = pa.schema([STORED_SCHEMA.field(name) for name in columns])
        for begin in range(0, len(rows), self.batch):
            yield pa.RecordBatch.from_pylist(rows[begin : begin + self.batch][::-1], schema)


def a_row(id: int = 1, **fields: object) -> Row:
    row = {"source": "shop", "id": str(id), "kind": "page.viewed", "occurred_at": id, "received_at": 0}
    return row | {"actors": ["user:1"], "objects": [], "properties": None} | fields


def some_rows(count: int, people: int = 5, start: int = 0) -> list[Row]:
    return [a_row(id, actors=[f"user:{id % people}"], objects=[("order", str(id % 3))]) for id in range(start, start + count)]


def newest(rows: list[Row]) -> list[Row]:
    found: dict[int, Row] = {}
    for row in rows:
        if row["revision"] >= found.get(row["key"], row)["revision"]:
            found[row["key"]] = row
    return list(found.values())


class Seen:
    """All rows of a log as a witness."""

    def __init__(self, log: SignalLog) -> None:
        schema = pa.schema([STORED_SCHEMA.field(name) for name in ("actors", "occurred_at")])
        self.batch = pa.RecordBatch.from_pylist([row for _, row in log.rows], schema)

    def all_of(self, devices: Int64s, filed_under: Int64s) -> Sightings:
        return find_sightings([self.batch], devices)

    def new_of(self, devices: Int64s) -> Sightings:
        return Sightings()


def slow_build(log: SignalLog, unit: str, decisions: Decisions | None = None) -> dict[int, list[Row]]:
    """{owner: [fields by (time, key) ...]}."""
    rows = newest([row for _, row in log.rows])
    links = find_links(pa.array([row["actors"] for _, row in log.rows], pa.list_(pa.string())))
    persons = Identity.of(links, Seen(log), decisions).persons
    found: dict[int, list[Row]] = {}
    for row in rows:
        objects = {f"objects.{kind}": name_key(id) for kind, id in row["objects"]}
        owner = {
            "person": persons.person(row["actor_key"] or 0, row["occurred_at"]),
            "account": name_key(row.get("account") or ""),
        }.get(unit, objects.get(f"objects.{unit}", 0))
        page = json.loads(row["properties"] or "{}").get("page", "")
        fields = {name: row.get(name) or "" for name in TEXTS} | objects | {"key": row["key"], "properties.page": page}
        value = NO_VALUE if row.get("value") is None else row["value"] * VALUE_SCALE
        if owner:
            found.setdefault(owner, []).append({"time": row["occurred_at"], "value": value} | fields)
    return {owner: sorted(signals, key=lambda each: (each["time"], each["key"])) for owner, signals in found.items()}


def read(timelines: TimelineSet) -> dict[int, list[Row]]:
    """The same of a timeline set, checking that every owner is read from one place only."""
    found: dict[int, list[Row]] = {}
    for shard in timelines.shards:
        texts = {
            name: [timelines.words[name][code] for code in shard.code(name)]
            for name in (*TEXTS, "properties.page")
            if shard.signals
        }
        wide = {
            name: shard.wide(name).tolist() for name in ("key", "value", *(n for n in shard.columns if n.startswith("objects.")))
        }
        for place, (owner, (begin, end)) in enumerate(
            zip(shard.owners.tolist(), itertools.pairwise(shard.starts.tolist()), strict=True)
        ):
            if shard.skip.size and shard.skip[place]:
                continue
            assert owner not in found
            found[owner] = [
                {"time": int(shard.times[i])}
                | {name: column[i] for name, column in texts.items()}
                | {name: column[i] for name, column in wide.items() if column[i] or not name.startswith("objects.")}
                for i in range(begin, end)
            ]
    return found


def keys_of(timelines: TimelineSet) -> set[int]:
    return {signal["key"] for signals in read(timelines).values() for signal in signals}


def agree(timelines: TimelineSet, log: SignalLog, decisions: Decisions | None = None) -> None:
    expected = slow_build(log, timelines.unit, decisions)
    assert read(timelines) == expected
    times = [signal["time"] for signals in expected.values() for signal in signals]
    assert (timelines.first, timelines.end) == ((min(times), max(times)) if times else (0, 0))
    decided = decisions.revision if decisions and timelines.unit == "person" else 0
    assert timelines.data_version == f"lake {log.version}" + (f", identity {decided}" if decided else "")
