"""Merging in a process of its own: the same files, and nothing that outlives whoever asked for it."""

import subprocess
import sys

import msgspec
import pytest

from touchpath.model.errors import Unavailable
from touchpath.stores import merging_aside
from touchpath.stores.delta_lake import DeltaLake


@pytest.fixture
def aside(tmp_path, signals, monkeypatch):
    """A lake of four small files that are merged by another process, however few their rows."""
    monkeypatch.setattr(merging_aside, "FEW_ROWS", 0)
    lake = DeltaLake(tmp_path / "lake", merge=merging_aside.merge_aside)
    for batch in range(4):
        lake.append(signals(*({"id": f"{batch}-{n}", "actors": [f"user:{n}"]} for n in range(40))))
    yield lake
    lake.close()


def test_another_process_merges_the_same(aside, read):
    before = sorted(read(aside, "id", "revision", "kind"))
    aside.compact()
    assert len(aside.files()) == 1
    assert sorted(read(aside, "id", "revision", "kind")) == before


def test_few_rows_are_merged_here(aside, monkeypatch):
    monkeypatch.setattr(merging_aside, "FEW_ROWS", 1_000)
    monkeypatch.setattr(subprocess, "Popen", None)
    aside.compact()
    assert len(aside.files()) == 1


def test_a_merge_that_fails_says_so_and_leaves_all_as_it_was(aside, read, capfd):
    before, files = read(aside, "id"), aside.files()
    lost = files[0].read_bytes()
    files[0].unlink()
    with pytest.raises(Unavailable, match="ended with 1"):
        aside.compact()
    assert files[0].name in capfd.readouterr().err
    files[0].write_bytes(lost)
    assert (read(aside, "id"), aside.files()) == (before, files)
    aside.compact()
    assert len(aside.files()) == 1


def test_the_process_ends_with_the_one_that_asked(tmp_path):
    order = merging_aside.Order(str(tmp_path), (), str(tmp_path / "spill"))
    program = "import touchpath.stores.merging_aside as m, time; m.merge = lambda *rest: time.sleep(600); print('up', flush=True); m.obey()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"up\n"
        assert process.poll() is None
        process.stdin.close()
        assert process.wait(30) == 1
