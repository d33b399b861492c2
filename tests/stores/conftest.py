"""A signal store in memory that keeps the same promise as the lake, in the plainest way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from touchpath.model.errors import BadInput, Conflict
from touchpath.model.keys import name_key, signal_key
from touchpath.store.signals import SIGNAL_SCHEMA, STORED_SCHEMA, Appended, KindCount
from touchpath.stores.delta_lake import DeltaLake

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Row = dict[str, Any]


class MemoryStore:
    """Rows in a list, one step after the other."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, Row]] = []
        self._jobs: dict[str, int] = {}
        self._erased = -1
        self.version = -1

    def append(self, signals: pa.Table, *, job: str | None = None, sequence: int | None = None) -> Appended:
        rows = _accepted(signals)
        if job is not None and sequence is not None and sequence <= self._jobs.get(job, -1):
            return Appended(0, 0, 0, self.version)
        outcomes = [self._keep(row) for row in rows]
        if job is not None and sequence is not None:
            self._jobs[job] = sequence
        if job is not None or set(outcomes) - {"duplicate"}:
            self.version += 1
        return Appended(outcomes.count("new"), outcomes.count("duplicate"), outcomes.count("correction"), self.version)

    def _keep(self, row: Row) -> str:
        known = [kept for _, kept in self._rows if (kept["source"], kept["id"]) == (row["source"], row["id"])]
        if any(_meaning(kept) == _meaning(row) for kept in known):
            return "duplicate"
        added = {"key": signal_key(row["source"], row["id"]), "revision": len(known)}
        first = name_key(row["actors"][0]) if row["actors"] else None
        self._rows.append((self.version + 1, row | added | {"actor_key": first}))
        return "correction" if known else "new"

    def progress(self, job: str) -> int | None:
        return self._jobs.get(job)

    def scan(
        self,
        columns: Sequence[str],
        *,
        after: int | None = None,
        actor_keys: Sequence[int] | None = None,
        keys: Sequence[int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        if set(columns) - set(STORED_SCHEMA.names):
            raise BadInput(f"Not all of {columns} are columns of a stored signal.")
        if after is not None and after >= 0 and not self._erased <= after <= self.version:
            raise Conflict("Signals were erased meanwhile.")
        rows = [row for version, row in self._rows if after is None or version > after]
        rows = [row for row in rows if actor_keys is None or row["actor_key"] in actor_keys]
        rows = [row for row in rows if keys is None or row["key"] in keys]
        schema = pa.schema([STORED_SCHEMA.field(name) for name in columns])
        picked = [{name: row[name] for name in columns} for row in rows]
        return iter(pa.Table.from_pylist(picked, schema=schema).to_batches())

    def kinds(self) -> list[KindCount]:
        newest = {(row["source"], row["id"]): row for _, row in self._rows}
        times: dict[str, list[datetime]] = {}
        for row in newest.values():
            times.setdefault(row["kind"], []).append(row["occurred_at"])
        counts = [KindCount(kind, len(of_kind), min(of_kind), max(of_kind)) for kind, of_kind in times.items()]
        return sorted(counts, key=lambda count: (-count.signals, count.kind))

    def forget(self, actors: Sequence[str], signals: Sequence[int] = ()) -> int:
        def theirs(row: Row) -> bool:
            return bool(set(row["actors"] or ()) & set(actors)) or row["key"] in signals

        return self._drop(lambda row: theirs(row) or theirs(self._newest(row)))

    def forget_import(self, source: str, received_at: datetime, job: str | None = None) -> int:
        if job in self._jobs:
            del self._jobs[job]
        return self._drop(lambda row: (row["source"], row["received_at"]) == (source, received_at))

    def forget_before(self, source: str, moment: datetime) -> int:
        return self._drop(lambda row: row["source"] == source and self._newest(row)["occurred_at"] < moment)

    def count_before(self, source: str, moment: datetime) -> int:
        return sum(row["source"] == source and self._newest(row)["occurred_at"] < moment for _, row in self._rows)

    def _newest(self, row: Row) -> Row:
        same = [one for _, one in self._rows if (one["source"], one["id"]) == (row["source"], row["id"])]
        return max(same, key=lambda one: one["revision"])

    def _drop(self, doomed: Callable[[Row], bool]) -> int:
        left = [(version, row) for version, row in self._rows if not doomed(row)]
        gone = len(self._rows) - len(left)
        if gone:
            self._rows = []
            for version, row in left:
                earlier = sum((one["source"], one["id"]) == (row["source"], row["id"]) for _, one in self._rows)
                self._rows.append((version, row | {"revision": earlier}))
            self.version += 1
            self._erased = self.version
        return gone

    @property
    def fragments(self) -> int:
        return 0

    def compact(self) -> None:
        """There is nothing to merge."""


def _accepted(signals: pa.Table) -> list[Row]:
    if set(signals.column_names) - set(SIGNAL_SCHEMA.names):
        raise BadInput("There is a column that signals do not have.")
    rows = [dict.fromkeys(SIGNAL_SCHEMA.names) | row for row in signals.to_pylist()]
    if any(not row[name] for row in rows for name in ("source", "id", "kind", "occurred_at", "received_at")):
        raise BadInput("A signal lacks what every signal needs.")
    return rows


def _meaning(row: Row) -> Row:
    meaning = {name: row[name] for name in SIGNAL_SCHEMA.names if name != "received_at"}
    return meaning | {"actors": row["actors"] or [], "objects": sorted(row["objects"] or [])}


def _signals(*rows: Row) -> pa.Table:
    usual = {"source": "shop", "id": "1", "kind": "page.viewed", "occurred_at": NOON, "received_at": NOON, "actors": ["user:1"]}
    return pa.Table.from_pylist([dict.fromkeys(SIGNAL_SCHEMA.names) | usual | row for row in rows], schema=SIGNAL_SCHEMA)


def _read(store: Any, *columns: str, **how: Any) -> list[tuple[Any, ...]]:
    names = columns or ("id", "revision", "kind")
    batches = list(store.scan(names, **how))
    return sorted((tuple(row[name] for name in names) for batch in batches for row in batch.to_pylist()), key=repr)


@pytest.fixture(scope="session")
def signals():
    """Makes a table of signals: one for each mapping, with what it says and otherwise a page viewed by user 1 at noon."""
    return _signals


@pytest.fixture(scope="session")
def read():
    """Reads all that a scan gives, sorted: read(store, "id", "kind", after=3)."""
    return _read


@pytest.fixture(scope="session")
def memory_store():
    """The class of the store in memory."""
    return MemoryStore


@pytest.fixture
def lake(tmp_path):
    with DeltaLake(tmp_path / "lake") as lake:
        yield lake


@pytest.fixture(params=["memory", "delta"])
def store(request, tmp_path):
    """Each signal store in turn."""
    if request.param == "memory":
        yield MemoryStore()
    else:
        with DeltaLake(tmp_path / "lake") as lake:
            yield lake
