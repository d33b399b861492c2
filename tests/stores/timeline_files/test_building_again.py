"""Timelines are built again after an erasure, over another lake, and when their files are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

from slow_timelines import TINY, SignalLog, a_row, agree, keys_of, read, some_rows

from touchpath.stores.timeline_files import TimelineFiles


def test_an_erasure_leaves_nothing_behind(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    log.append([a_row(100, actors=["user:secret"], kind="secret.told")])
    files.rebuild()
    log.forget("user:secret")
    agree(files.open("person", ["page"]), log)
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_timelines_of_another_lake_are_built_again(log: SignalLog, tmp_path: Path) -> None:
    TimelineFiles(tmp_path, log, lake=lambda: "one").open()  # type: ignore[arg-type]
    other = SignalLog()
    other.append(some_rows(7, start=50))
    built = TimelineFiles(tmp_path, other, lake=lambda: "two").open("person", ["page"])  # type: ignore[arg-type]
    assert keys_of(built) == {row["key"] for _, row in other.rows}
    agree(built, other)


def test_a_lake_that_went_back_is_read_again(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    log.append(some_rows(5, start=100))
    files.rebuild()
    restored = SignalLog()
    restored.append(some_rows(3))
    built = TimelineFiles(tmp_path, restored).open("person", ["page"])  # type: ignore[arg-type]
    assert keys_of(built) == {row["key"] for _, row in restored.rows}
    agree(built, restored)


def test_a_deleted_folder_only_costs_a_rebuild(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    before = read(files.open("person", ["page"]))
    shutil.rmtree(tmp_path / "unit-person")
    assert read(TimelineFiles(tmp_path, log, limits=TINY).open("person", ["page"])) == before  # type: ignore[arg-type]


def test_removed_timelines_are_built_again(files: TimelineFiles, log: SignalLog, tmp_path: Path) -> None:
    files.open("order")
    files.remove()
    assert list(tmp_path.rglob("shard-*")) == []
    agree(files.open("order", ["page"]), log)
