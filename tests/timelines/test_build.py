"""Timelines built in two passes are those of a slow, obvious build, however the rows come and are divided."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.keys import name_key, signal_key
from touchpath.store.signals import STORED_SCHEMA
from touchpath.timelines.arrays import NO_VALUE, Int64s, Timelines
from touchpath.timelines.build import PARTITIONS, build_shard, partition
from touchpath.timelines.encode import Encoder, to_millionths
from touchpath.timelines.order import find_keys, shards_of, timeline_order
from touchpath.timelines.rows import Rows
from touchpath.timelines.words import Dictionaries, Words

Row = dict[str, Any]


def a_row(id: int = 1, **fields: object) -> Row:
    """One stored signal."""
    row = {"source": "shop", "id": str(id), "kind": "page.viewed", "occurred_at": 0, "received_at": 0, "revision": 0}
    row |= {"actors": ["user:1"], "objects": [], "properties": None} | fields
    actors = row["actors"]
    return row | {"key": signal_key(str(row["source"]), str(row["id"])), "actor_key": name_key(actors[0]) if actors else None}  # type: ignore[index]


def batches_of(rows: list[Row], size: int = 1000) -> Iterator[pa.RecordBatch]:
    for begin in range(0, len(rows), size):
        yield pa.RecordBatch.from_pylist(rows[begin : begin + size], STORED_SCHEMA)


class MemorySpill:
    """Keeps chunks as they come."""

    def __init__(self) -> None:
        self._chunks: list[tuple[Rows, Int64s]] = []

    def add(self, rows: Rows, offsets: Int64s) -> None:
        self._chunks.append((rows, offsets))

    def read(self, first: int, last: int) -> Rows:
        return Rows.join(rows.take(np.arange(offsets[first], offsets[last])) for rows, offsets in self._chunks)


def build(rows: list[Row], unit: str = "person", shard_rows: int = 1000, size: int = 1000, chunk: int = 1000) -> list[Timelines]:
    spill = MemorySpill()
    encoder = Encoder(unit, ("page",))
    partitioned = partition(batches_of(rows, size), encoder, spill, chunk)
    bits = partitioned.bits(shard_rows)
    return [build_shard(spill, partitioned, bits, shard) for shard in range(1 << bits)]


def keys_by_owner(shards: list[Timelines]) -> dict[int, list[tuple[int, int]]]:
    """{owner: [(time, key) ...]}, checking that each owner is in one place."""
    found: dict[int, list[tuple[int, int]]] = {}
    for shard in shards:
        assert shard.owners.tolist() == sorted(shard.owners.tolist())
        for owner, (begin, end) in zip(shard.owners.tolist(), itertools.pairwise(shard.starts.tolist()), strict=True):
            assert owner not in found
            assert begin < end
            found[owner] = list(zip(shard.times[begin:end].tolist(), shard.wide("key")[begin:end].tolist(), strict=True))
    return found


def slow_build(rows: list[Row]) -> dict[int, list[tuple[int, int]]]:
    newest: dict[int, Row] = {}
    for row in rows:
        if row["key"] not in newest or row["revision"] > newest[row["key"]]["revision"]:
            newest[row["key"]] = row
    owners = {row["actor_key"] for row in newest.values()} - {None}
    return {o: sorted((r["occurred_at"], k) for k, r in newest.items() if r["actor_key"] == o) for o in owners}


rows_drawn = st.lists(
    st.builds(
        lambda id, revision: (id, revision),
        st.integers(1, 12),
        st.integers(0, 2),
    ),
    max_size=30,
).flatmap(
    lambda ids: st.tuples(
        *(
            st.builds(
                a_row,
                id=st.just(id),
                revision=st.just(revision),
                # Content is a function of (id, revision): two rows with both alike are the same row, twice.
                occurred_at=st.just((id * 7 + revision * 3) % 4),
                actors=st.just([[], ["user:1"], ["user:2"], ["anonymous:3"]][(id + revision) % 4]),
            )
            for id, revision in ids
        )
    )
)


@given(rows_drawn, st.integers(1, 8), st.integers(1, 8), st.integers(1, 12), st.randoms(use_true_random=False))
def test_order_division_duplicates_and_corrections_never_matter(
    drawn: tuple[Row, ...], size: int, chunk: int, shard_rows: int, random: Any
) -> None:
    rows = [*drawn, *drawn[:5]]
    random.shuffle(rows)
    assert keys_by_owner(build(rows, size=size, chunk=chunk, shard_rows=shard_rows)) == slow_build(rows)


def test_equal_times_are_ordered_by_signal_key() -> None:
    rows = [a_row(id) for id in range(100)]
    (timeline,) = keys_by_owner(build(rows)).values()
    assert timeline == sorted((0, row["key"]) for row in rows)


@pytest.mark.parametrize("count", [0, 1, 40])
def test_one_person_may_have_no_one_or_all_signals(count: int) -> None:
    (shard,) = build([a_row(id, occurred_at=count - id) for id in range(count)])
    assert (shard.people, shard.signals) == (min(count, 1), count)
    assert shard.starts.tolist() == ([0, count] if count else [0])


def test_every_field_has_its_column() -> None:
    row = a_row(1, account="acme", channel="email", value=1.5, unit="EUR", objects=[("order", "7"), ("visit", "9")])
    words = Dictionaries()
    (batch,) = batches_of([row | {"properties": '{"page":"home"}', "surface": None}])
    rows = Encoder("person", ("page",), words).encode(batch)
    texts = {
        name: words[name].texts[int(rows.columns[name][0])]
        for name in ("kind", "source", "account", "channel", "surface", "unit")
    }
    assert texts == {"kind": "page.viewed", "source": "shop", "account": "acme", "channel": "email", "surface": "", "unit": "EUR"}
    assert words["properties.page"].texts[int(rows.columns["properties.page"][0])] == "home"
    wide = {name: int(rows.columns[name][0]) for name in ("key", "value", "actor", "objects.order", "objects.visit")}
    assert wide == {
        "key": row["key"], "value": 1_500_000, "actor": name_key("user:1"), "objects.order": name_key("7"), "objects.visit": name_key("9")
    }  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "owner"), [("person", name_key("user:1")), ("account", name_key("acme")), ("order", name_key("7")), ("visit", None)]
)
def test_one_code_builds_persons_accounts_and_objects(unit: str, owner: int | None) -> None:
    rows = [a_row(1, account="acme", objects=[("order", "7")]), a_row(2, actors=[], account=None)]
    assert list(keys_by_owner(build(rows, unit))) == ([] if owner is None else [owner])


def test_a_correction_moves_a_signal_to_another_owner_or_to_nobody() -> None:
    rows = [a_row(1), a_row(1, revision=1, actors=["user:2"]), a_row(2), a_row(2, revision=1, actors=[])]
    assert keys_by_owner(build(rows, chunk=1, size=1)) == {name_key("user:2"): [(0, rows[0]["key"])]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [(0.1, 100_000), (-2.5e-7, 0), (5e-7, 0), (15e-7, 2), (1e300, NO_VALUE), (1e308, NO_VALUE), (float("nan"), NO_VALUE), (float("inf"), NO_VALUE), (None, NO_VALUE)],
)  # fmt: skip
def test_values_are_whole_millionths(given: float | None, expected: int) -> None:
    assert to_millionths(pa.array([given], pa.float64())).tolist() == [expected]


def test_a_word_keeps_its_code_in_every_text_type() -> None:
    words = Words()
    types = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
    assert [words.codes(pa.array(["b", None, "a", "b", ""], pa.string()).cast(type)).tolist() for type in types] == [
        [1, 0, 2, 1, 0]
    ] * 4
    assert words.codes(pa.array([None, None])).tolist() == [0, 0]
    assert words.texts == ["", "b", "a"]


owners_times_keys = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 3), st.integers(-9, 9)), max_size=60)


@given(owners_times_keys)
def test_the_order_is_by_owner_time_and_key(rows: list[tuple[int, int, int]]) -> None:
    rows = list({(owner, key): (owner, time, key) for owner, time, key in rows}.values())
    owners, times, keys = (np.array([row[i] for row in rows], np.int64) for i in range(3))
    found, starts, order = timeline_order(owners, times, keys)
    assert [rows[i] for i in order] == sorted(rows)
    assert np.repeat(found, np.diff(starts)).tolist() == sorted(owners.tolist())


def test_many_owners_and_long_timelines_are_ordered_too() -> None:
    random = np.random.default_rng(7)
    owners, times = random.integers(-(2**62), 2**62, 3000)[random.integers(0, 3000, 20_000)], random.integers(0, 50, 20_000)
    owners[:5000] = 1
    keys = random.permutation(20_000)
    assert np.array_equal(timeline_order(owners, times, keys)[2], np.lexsort((keys, times, owners)))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.integers(0, 7))
def test_with_one_bit_more_each_shard_splits_in_two(keys: list[int], bits: int) -> None:
    owners = np.array(keys, np.int64)
    assert np.array_equal(shards_of(owners, bits + 1) // 2, shards_of(owners, bits))
    assert shards_of(owners, 8).max() < PARTITIONS


def test_an_owner_stays_in_its_shard_for_ever() -> None:
    assert shards_of(np.array([1, -1, name_key("user:42")], np.int64), 8).tolist() == [147, 195, 213]


@given(st.lists(st.integers(-5, 5)), st.lists(st.integers(-5, 5)))
def test_keys_are_found(keys: list[int], wanted: list[int]) -> None:
    assert find_keys(np.array(keys, np.int64), np.array(wanted, np.int64)).tolist() == [key in wanted for key in keys]
