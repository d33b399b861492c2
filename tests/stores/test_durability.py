"""Files are whole or absent, folders last, and one process writes at a time."""

import os
import subprocess
import sys

import pytest

from touchpath.model.errors import Unavailable
from touchpath.stores import durability
from touchpath.stores.durability import WriterLock, make_folder, sync_all, write_whole

HOLD = """
import sys
from pathlib import Path
from touchpath.stores.durability import WriterLock
lock = WriterLock(Path(sys.argv[1]))
lock.take()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_replaced_file_is_whole_or_as_before(tmp_path, monkeypatch):
    path = tmp_path / "manifest"
    write_whole(path, b"old")

    def cut(_: int) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(durability.os, "fsync", cut)
        with pytest.raises(OSError, match="power cut"):
            write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    write_whole(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert [one.name for one in tmp_path.iterdir()] == ["manifest"]


def test_each_new_folder_is_recorded_in_its_parent(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(durability, "sync_folder", synced.append)
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert sorted(synced) == [tmp_path, tmp_path / "a"]


def test_files_are_forced_before_the_folders_that_name_them(tmp_path, monkeypatch):
    order = []
    monkeypatch.setattr(durability, "sync_file", order.append)
    monkeypatch.setattr(durability, "sync_folder", order.append)
    sync_all([tmp_path / "x" / "1", tmp_path / "x" / "2", tmp_path / "y" / "3"])
    assert order == [tmp_path / "x" / "1", tmp_path / "x" / "2", tmp_path / "y" / "3", tmp_path / "x", tmp_path / "y"]


def test_a_lock_names_its_holder_and_ends_with_it_even_when_killed(tmp_path):
    path = tmp_path / "space" / "writer.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Unavailable, match=rf"Process {holder.pid} is writing to .*space"):
        WriterLock(path).take()
    holder.kill()
    holder.communicate()
    lock = WriterLock(path)
    lock.take()
    assert lock.held
    assert path.read_text() == f"{os.getpid()}\n"
    lock.release()
    assert not lock.held


def test_a_lock_may_be_taken_again_by_its_holder(tmp_path):
    lock = WriterLock(tmp_path / "writer.lock")
    lock.take()
    lock.take()
    lock.release()
    other = WriterLock(tmp_path / "writer.lock")
    other.take()
    other.release()
