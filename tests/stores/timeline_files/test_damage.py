"""Files that are cut, changed, missing or left by a killed build are noticed, told and mended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from slow_timelines import TINY, SignalLog, agree, read, some_rows

from touchpath.model.errors import Unavailable
from touchpath.store.signals import SIGNAL_SCHEMA
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.timeline_files import TimelineFiles


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
