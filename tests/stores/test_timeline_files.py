"""Timelines in files are, after every append, those of a slow, obvious build; and they notice when files are damaged."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput, Conflict, Unavailable
from touchpath.model.keys import name_key, signal_key
from touchpath.store.signals import SIGNAL_SCHEMA, STORED_SCHEMA
from touchpath.stores import timeline_unit
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.timeline_builder import Limits
from touchpath.stores.timeline_files import TimelineFiles
from touchpath.stores.timeline_witness import Terms
from touchpath.timelines import overlay
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Int64s, Timelines, TimelineSet
from touchpath.timelines.build import assemble
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.guards import Rules
from touchpath.timelines.handovers import Sightings, find_sightings
from touchpath.timelines.identity import Identity
from touchpath.timelines.links import Links, Pair, find_links
from touchpath.timelines.rows import Rows

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


rows_drawn = st.builds(
    a_row,
    id=st.integers(1, 10),
    kind=st.sampled_from(["page.viewed", "order.placed"]),
    occurred_at=st.sampled_from([0, 1, 20 * MINUTE, 45 * MINUTE, 180 * MINUTE]),
    actors=st.lists(st.sampled_from(["user:1", "user:2", "email:1", "anonymous:1", "anonymous:2"]), max_size=2, unique=True),
    account=st.sampled_from([None, "acme"]),
    channel=st.sampled_from([None, "email", "shop"]),
    value=st.sampled_from([None, 1, -3]),
    objects=st.lists(
        st.sampled_from([("order", "1"), ("order", "2"), ("visit", "1")]), max_size=2, unique_by=lambda each: each[0]
    ),
    properties=st.sampled_from([None, "{}", '{"page":"home"}', '{"other":1,"page":"b\\u00e9"}']),
)


A, B, DEVICE = (name_key(name) for name in ("user:1", "user:2", "anonymous:1"))
decisions_drawn = st.sampled_from(
    [
        Decisions(),
        Decisions(alone=np.array([DEVICE]), revision=1),
        Decisions(same=Links.of([Pair(A, B, 0, 0)]), revision=2),
        Decisions(apart=Links.of([Pair(A, DEVICE, 0, 3)]), revision=3),
        Decisions(same=Links.of([Pair(B, DEVICE, 0, 3)]), apart=Links.of([Pair(A, B, 0, 0)]), revision=4),
    ]
)


def keeps_up(appends: list[list[Row]], unit: str, overlay_share: float, ask_late: int, decided: list[Decisions]) -> None:
    """Open after every append and decision, asking for the property only after some; then once more from the files alone."""
    log, now = SignalLog(), [Decisions()]
    terms = Terms(decisions=lambda: now[0])
    with TemporaryDirectory() as folder, mock.patch.object(timeline_unit, "SMALL", 0 if overlay_share < 1 else 100):
        files = TimelineFiles(folder, log, limits=TINY, overlay_share=overlay_share, background=False, terms=terms)  # type: ignore[arg-type]
        for turn, (rows, now[0]) in enumerate(zip(appends, decided, strict=False)):
            log.append(rows)
            if turn < ask_late:
                files.open(unit)
            else:
                agree(files.open(unit, ["page"]), log, now[0])
        again = TimelineFiles(folder, log, limits=TINY, terms=terms)  # type: ignore[arg-type]
        agree(again.open(unit, ["page"]), log, now[0])
        agree(again.rebuild(unit, ["page"]), log, now[0])
        assert files.verify() == []


appends_drawn = st.lists(st.lists(rows_drawn, max_size=8), min_size=1, max_size=4)
units_drawn = st.sampled_from(["person", "account", "order"])
shares_drawn = st.sampled_from([0.0, 0.5, 100.0])


@given(appends_drawn, units_drawn, shares_drawn, st.integers(0, 3), st.lists(decisions_drawn, min_size=4, max_size=4))
@settings(deadline=None, max_examples=25)
def test_after_every_append_timelines_are_those_of_a_slow_build(
    appends: list[list[Row]], unit: str, overlay_share: float, ask_late: int, decided: list[Decisions]
) -> None:
    keeps_up(appends, unit, overlay_share, ask_late, decided)


@given(
    st.lists(st.lists(rows_drawn, min_size=1, max_size=4), min_size=8, max_size=12),
    units_drawn,
    st.sampled_from([1.5, 100.0]),
    st.lists(decisions_drawn, min_size=12, max_size=12),
)
@settings(deadline=None, max_examples=15)
def test_so_they_are_when_overlay_comes_upon_overlay(
    appends: list[list[Row]], unit: str, overlay_share: float, decided: list[Decisions]
) -> None:
    keeps_up(appends, unit, overlay_share, 0, decided)


@pytest.mark.slow
@given(appends_drawn, units_drawn, shares_drawn, st.integers(0, 3), st.lists(decisions_drawn, min_size=4, max_size=4))
@settings(deadline=None, max_examples=1000)
def test_after_every_append_of_many_more_timelines_are_those_of_a_slow_build(
    appends: list[list[Row]], unit: str, overlay_share: float, ask_late: int, decided: list[Decisions]
) -> None:
    keeps_up(appends, unit, overlay_share, ask_late, decided)


@pytest.fixture
def log() -> SignalLog:
    log = SignalLog()
    log.append(some_rows(40))
    return log


@pytest.fixture
def files(log: SignalLog, tmp_path: Path) -> Iterator[TimelineFiles]:
    files = TimelineFiles(tmp_path, log, limits=TINY)  # type: ignore[arg-type]
    yield files
    files.close()


def test_no_signals_make_empty_timelines(tmp_path: Path) -> None:
    found = TimelineFiles(tmp_path, SignalLog()).open("person", ["page"])  # type: ignore[arg-type]
    assert [(shard.people, shard.signals) for shard in found.shards] == [(0, 0)]
    assert (found.first, found.end, found.data_version) == (0, 0, "lake -1")


def test_one_person_may_have_all_signals(tmp_path: Path) -> None:
    log = SignalLog(batch=100)
    log.append(some_rows(500, people=1))
    agree(TimelineFiles(tmp_path, log, limits=TINY).open("person", ["page"]), log)  # type: ignore[arg-type]


def test_nothing_is_read_again_when_nothing_is_new(files: TimelineFiles, log: SignalLog) -> None:
    first = files.open()
    log.scans.clear()
    assert files.open() is first
    assert log.scans == []


def test_only_new_rows_are_read_and_the_base_stays(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    files.open("person", ["page"])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("shard-*")}
    log.scans.clear()
    for start in (100, 200):
        log.append(some_rows(3, start=start))
        agree(files.open(), log)
    assert [after for _, after in log.scans] == [0, 1]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("shard-*")} == before


def test_a_property_asked_for_later_adds_files_and_rebuilds_nothing(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    log.append([a_row(1, properties='{"page":"home"}'), a_row(2, properties='{"page":"basket"}')])
    files.open()
    before = {path.name for path in tmp_path.rglob("shard-*")}
    log.scans.clear()
    agree(files.open("person", ["page"]), log)
    added = {path.name for path in tmp_path.rglob("shard-*")} - before
    assert len(added) == len(before)
    assert (("key", "revision", "properties"), None) in log.scans
    assert all("page" in name or "properties" in name for name in added)
    assert not any("occurred_at" in columns for columns, after in log.scans if after is None)


def test_a_link_that_comes_late_joins_two_persons(files: TimelineFiles, log: SignalLog) -> None:
    log.append([a_row(100, actors=["anonymous:9"])])
    anonymous, user = name_key("anonymous:9"), name_key("user:1")
    files.open()
    assert files.person_of(anonymous) == anonymous
    log.append([a_row(101, actors=["user:1", "anonymous:9"])])
    agree(files.open("person", ["page"]), log)
    assert files.person_of(anonymous) == user
    assert files.actors_of(user) == sorted([anonymous, user])
    assert files.actors_of(12345) == [12345]


def test_a_second_user_of_a_device_takes_only_what_is_theirs(files: TimelineFiles, log: SignalLog) -> None:
    device, day = name_key("anonymous:9"), 24 * 60 * MINUTE
    log.append([a_row(100, actors=["anonymous:9"]), a_row(101, actors=["user:1", "anonymous:9"])])
    files.rebuild("person", ["page"])
    assert files.person_of(device) == name_key("user:1")
    log.append(
        [a_row(102, actors=["user:2", "anonymous:9"], occurred_at=day), a_row(103, actors=["anonymous:9"], occurred_at=2 * day)]
    )
    agree(files.open(), log)
    assert files.person_of(device) == device
    assert [files.person_of(device, at) for at in (0, day // 2, day)] == [name_key("user:1"), device, name_key("user:2")]
    assert files.persons_of([device, device], [0, day]) == [name_key("user:1"), name_key("user:2")]
    assert device in files.actors_of(name_key("user:2"))


def test_timelines_of_other_rules_are_built_again(log: SignalLog, tmp_path: Path) -> None:
    log.append([a_row(101, actors=["user:1", "anonymous:9"]), a_row(102, actors=["user:2", "anonymous:9"])])
    TimelineFiles(tmp_path, log, limits=TINY).open()  # type: ignore[arg-type]
    joined = TimelineFiles(tmp_path, log, limits=TINY, terms=Terms(Rules(devices_join=True)))  # type: ignore[arg-type]
    assert joined.person_of(name_key("user:1")) == joined.person_of(name_key("user:2"))


def test_an_erasure_leaves_nothing_behind(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    log.append([a_row(100, actors=["user:secret"], kind="secret.told")])
    files.rebuild()
    log.forget("user:secret")
    agree(files.open("person", ["page"]), log)
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_grown_overlay_is_folded_in_while_nobody_waits(log: SignalLog, tmp_path: Path) -> None:
    files = TimelineFiles(tmp_path, log, limits=TINY)  # type: ignore[arg-type]
    with mock.patch.object(timeline_unit, "SMALL", 1):
        files.rebuild("person", ["page"])
        old = files.open()
        log.append(some_rows(3, start=100))
        agree(files.open(), log)
        files.close()
        log.append(some_rows(1, start=200))
        renewed = files.open()
        files.close()
    agree(renewed, log)
    assert sum(shard.signals for shard in old.shards) == 40
    assert len(keys_of(old)) == 40
    folders = list((tmp_path / "unit-person").glob("base-*"))
    assert len(folders) == 1


def test_a_refresh_costs_what_it_touches(files: TimelineFiles, log: SignalLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what all refreshes since the base touched: over many of them, each row is put in order as often as overlays double."""
    assembled = list[int]()

    def counting(rows: Rows) -> Timelines:
        assembled.append(rows.size)
        return assemble(rows)

    monkeypatch.setattr(overlay, "assemble", counting)
    files.open()
    appends, people = 64, 8
    for turn in range(appends):
        log.append([a_row(1000 + people * turn + one, actors=[f"user:new-{turn}-{one}"]) for one in range(people)])
        opened = files.open()
        assert opened.overlays <= 7
    agree(files.open("person", ["page"]), log)
    assert sum(assembled[:appends]) < appends * people * 8  # anew each time would be 32 times as much


def test_whoever_comes_again_and_again_leaves_little_behind(files: TimelineFiles, log: SignalLog) -> None:
    """What overlays skip is made away with before it is more than what they are read for."""
    for turn in range(40):
        log.append([a_row(1000 + turn, actors=["user:1"]), a_row(5000 + turn, actors=[f"user:new-{turn}"])])
        opened = files.open()
    over = opened.shards[len(opened.shards) - opened.overlays :]
    dead = sum(int(np.diff(shard.starts)[shard.skip == 1].sum()) for shard in over if shard.skip.size)
    assert dead <= sum(shard.signals for shard in over) / 2
    agree(files.open("person", ["page"]), log)


def test_shards_that_grew_are_parted_without_the_signals(log: SignalLog, tmp_path: Path) -> None:
    files = TimelineFiles(tmp_path, log, limits=Limits(10, 5, 1), overlay_share=0.0, background=False)  # type: ignore[arg-type]
    before = len(files.open("person", ["page"]).shards)
    log.scans.clear()
    with mock.patch.object(timeline_unit, "SMALL", 0):
        for start in (1000, 2000, 3000):
            log.append([a_row(id, actors=[f"user:new-{id}"]) for id in range(start, start + 20)])
            opened = files.open("person", ["page"])
    assert len(opened.shards) == 2 * before
    assert opened.overlays == 0
    assert all(after is not None for _, after in log.scans)
    agree(opened, log)


def test_nobody_waits_for_what_came_while_the_overlay_was_folded_in(log: SignalLog, tmp_path: Path) -> None:
    files = TimelineFiles(tmp_path, log, limits=TINY)  # type: ignore[arg-type]
    with mock.patch.object(timeline_unit, "SMALL", 1):
        files.rebuild("person", ["page"])
        log.append(some_rows(3, start=100))
        files.open()
        files.close()
        log.scans.clear()
        agree(files.open(), log)
    assert not log.scans


def test_timelines_of_another_lake_are_built_again(log: SignalLog, tmp_path: Path) -> None:
    TimelineFiles(tmp_path, log, lake=lambda: "one").open()  # type: ignore[arg-type]
    other = SignalLog()
    other.append(some_rows(7, start=50))
    agree(TimelineFiles(tmp_path, other, lake=lambda: "two").open("person", ["page"]), other)  # type: ignore[arg-type]


def test_a_lake_that_went_back_is_read_again(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    log.append(some_rows(5, start=100))
    files.rebuild()
    restored = SignalLog()
    restored.append(some_rows(3))
    agree(TimelineFiles(tmp_path, restored).open("person", ["page"]), restored)  # type: ignore[arg-type]


def test_a_deleted_folder_only_costs_a_rebuild(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    before = read(files.open("person", ["page"]))
    shutil.rmtree(tmp_path / "unit-person")
    assert read(TimelineFiles(tmp_path, log, limits=TINY).open("person", ["page"])) == before  # type: ignore[arg-type]


def a_shard_file(folder: Path) -> Path:
    return max(folder.rglob("shard-*"), key=lambda path: path.stat().st_size)


def test_a_truncated_file_is_noticed_and_told(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    files.open()
    os.truncate(a_shard_file(tmp_path), 100)
    with pytest.raises(Unavailable, match=r"100 bytes.*touchpath doctor"):
        TimelineFiles(tmp_path, log).open()  # type: ignore[arg-type]
    assert "100 bytes" in files.verify()[0]
    agree(files.rebuild("person", ["page"]), log)
    assert files.verify() == []


def test_a_changed_byte_is_found_by_verify(files: TimelineFiles, tmp_path: Path) -> None:
    files.open()
    path = a_shard_file(tmp_path)
    contents = bytearray(path.read_bytes())
    contents[-1] ^= 1
    path.write_bytes(contents)
    (fault,) = files.verify()
    assert path.name in fault
    assert "checksum" in fault


@pytest.mark.parametrize("name", ["manifest.json", "words.json", "shard-000", "identity"])
def test_a_file_that_is_missing_or_unreadable_is_told(files: TimelineFiles, log: SignalLog, tmp_path: Path, name: str) -> None:
    files.open()
    (path,) = tmp_path.rglob(name)
    path.write_bytes(b"{") if name == "manifest.json" else path.unlink()
    with pytest.raises(Unavailable, match="touchpath doctor"):
        TimelineFiles(tmp_path, log).open()  # type: ignore[arg-type]
    assert any(name in fault for fault in files.verify())
    agree(TimelineFiles(tmp_path, log).rebuild("person", ["page"]), log)  # type: ignore[arg-type]


DYING = """
import os, signal, sys
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.timeline_builder import Limits
from touchpath.stores.timeline_files import TimelineFiles

class Dying(DeltaLake):
    def scan(self, columns, **chosen):
        for batch in super().scan(columns, **chosen):
            yield batch.slice(0, 4)
            yield batch.slice(4, 4)
            if "kind" in columns:
                os.kill(os.getpid(), signal.SIGKILL)

TimelineFiles(sys.argv[2], Dying(sys.argv[1]), limits=Limits(3, 4, 1)).rebuild()
"""


def test_a_build_that_was_killed_is_ignored_and_cleaned_up(tmp_path: Path) -> None:
    home = tmp_path / "timelines"
    with DeltaLake(tmp_path / "lake") as lake:
        lake.append(pa.Table.from_pylist(some_rows(10), SIGNAL_SCHEMA))
    files = TimelineFiles(home, lake, limits=TINY)
    before = read(files.open("person", ["page"]))
    killed = subprocess.run([sys.executable, "-c", DYING, tmp_path / "lake", home], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(home.rglob("base-*"))) == 2
    assert list(home.rglob("spill-*")) != []
    assert read(TimelineFiles(home, lake).open()) == before
    files.rebuild()
    assert len(list(home.rglob("base-*"))) == 1
    assert list(home.rglob("spill-*")) == []


def test_readers_and_builders_work_side_by_side(log: SignalLog, tmp_path: Path) -> None:
    expected = read(TimelineFiles(tmp_path, log, limits=TINY).open("person", ["page"]))  # type: ignore[arg-type]
    wrong: list[str] = []

    def work(turn: int) -> None:
        mine = TimelineFiles(tmp_path, log, limits=TINY)  # type: ignore[arg-type]
        for _ in range(4):
            found = mine.rebuild() if turn == 0 else TimelineFiles(tmp_path, log, limits=TINY).open("person", ["page"])  # type: ignore[arg-type]
            if read(found) != expected:
                wrong.append(found.data_version)

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_arrays_are_read_only(files: TimelineFiles) -> None:
    (shard, *_) = files.open().shards
    with pytest.raises(ValueError, match="read-only"):
        shard.times[0] = 0
    assert all(not column.flags.writeable and column.flags.c_contiguous for column in shard.columns.values())


def test_a_unit_needs_a_name_and_any_name_will_do(files: TimelineFiles, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="order"):
        files.open("")
    assert sum(shard.people for shard in files.open("../odd kind").shards) == 0
    assert files.units() == ["../odd kind"]
    assert [path.parent for path in tmp_path.rglob("manifest.json")] == [tmp_path / "unit-..%2Fodd%20kind"]


def test_removed_timelines_are_built_again(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    files.open("order")
    files.remove()
    assert list(tmp_path.rglob("shard-*")) == []
    agree(files.open("order", ["page"]), log)


def test_timelines_of_the_real_lake(tmp_path: Path) -> None:
    log = SignalLog()
    with DeltaLake(tmp_path / "lake") as lake:
        files = TimelineFiles(tmp_path / "timelines", lake, limits=TINY)
        rounds = [
            some_rows(30),
            some_rows(5, start=25),
            [a_row(3, actors=["user:4", "anonymous:1"], value=2.0, properties='{"page":"x"}')],
        ]
        for rows in rounds:
            fresh = [row for row in rows if int(row["id"]) not in range(25, 30) or rows is rounds[0]]
            log.append(fresh)
            lake.append(pa.Table.from_pylist(rows, SIGNAL_SCHEMA))
            assert read(files.open("person", ["page"])) == slow_build(log, "person")
        lake.compact()
        assert read(files.open()) == slow_build(log, "person")
        lake.forget(["user:2"])
        log.forget("user:2")
        assert read(files.open()) == slow_build(log, "person")
        assert np.isin(name_key("user:2"), [owner for shard in files.open().shards for owner in shard.owners]) == np.False_
