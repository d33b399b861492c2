"""A refresh reads what is new, costs what it touches, and folds a grown overlay in while nobody waits."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
from slow_timelines import TINY, SignalLog, a_row, agree, keys_of, some_rows

from touchpath.stores import timeline_unit
from touchpath.stores.timeline_builder import Limits
from touchpath.stores.timeline_files import TimelineFiles
from touchpath.timelines import overlay
from touchpath.timelines.arrays import Timelines
from touchpath.timelines.build import assemble
from touchpath.timelines.rows import Rows


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


def test_between_two_bases_written_beside_there_is_a_rest(log: SignalLog, tmp_path: Path) -> None:
    """A clock that goes on by ten with each look: a base takes twenty, and the rest after it four times as much."""
    times = count(10, 10)
    files = TimelineFiles(tmp_path, log, limits=TINY, overlay_share=0.05)  # type: ignore[arg-type]

    def overlays_after(start: int, newcomers: int) -> int:
        log.append([a_row(id, actors=[f"user:new-{id}"]) for id in range(start, start + newcomers)])
        files.open("person", ["page"])
        files.close()
        return files.open("person", ["page"]).overlays

    with (
        mock.patch.object(timeline_unit, "SMALL", 1),
        mock.patch.object(timeline_unit, "time", SimpleNamespace(monotonic=lambda: next(times))),
    ):
        overlays_after(1000, 80)
        files.rebuild("person", ["page"])
        assert overlays_after(2000, 12) == 0
        assert overlays_after(3000, 12) > 0
        looks = 0
        while files.open().overlays:
            files.close()
            looks += 1
        assert looks > 2
        assert overlays_after(4000, 12) > 0
        assert overlays_after(5000, 80) == 0  # too large to rest
    agree(files.open("person", ["page"]), log)
