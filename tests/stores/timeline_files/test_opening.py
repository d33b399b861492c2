"""What is opened: none, few or many signals, any unit, read-only, beside builders, and of the real lake."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from slow_timelines import TINY, SignalLog, a_row, agree, read, slow_build, some_rows

from touchpath.model.errors import BadInput
from touchpath.model.keys import name_key
from touchpath.store.signals import SIGNAL_SCHEMA
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.timeline_files import TimelineFiles


def test_no_signals_make_empty_timelines(tmp_path: Path) -> None:
    found = TimelineFiles(tmp_path, SignalLog()).open("person", ["page"])  # type: ignore[arg-type]
    assert [(shard.people, shard.signals) for shard in found.shards] == [(0, 0)]
    assert (found.first, found.end, found.data_version) == (0, 0, "lake -1")


def test_one_person_may_have_all_signals(tmp_path: Path) -> None:
    log = SignalLog(batch=100)
    log.append(some_rows(500, people=1))
    agree(TimelineFiles(tmp_path, log, limits=TINY).open("person", ["page"]), log)  # type: ignore[arg-type]


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
