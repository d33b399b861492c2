"""kill -9 at any point neither loses nor doubles a signal, and finishes what was begun."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from touchpath.store.signals import SIGNAL_SCHEMA
from touchpath.stores import durability
from touchpath.stores.delta_lake import DeltaLake

# Appends six batches with repeats and corrections, compacts, forgets user 3, and undoes an import that corrected some signals
# before others did, all of which may be done over and over.
# Dies by SIGKILL just before its Nth effect on the folder (N = 0: never). Prints each sequence whose append has returned.
LIFE = """
import os, signal, sys
from datetime import UTC, datetime
import pyarrow as pa
from touchpath.store.signals import SIGNAL_SCHEMA
from touchpath.stores.delta_lake import DeltaLake

folder, left = sys.argv[1], int(sys.argv[2])
EFFECTS = {"open", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree", "mmap.__new__", "fcntl.flock"}

def die_in_time(event, arguments):
    global left
    if event in EFFECTS and arguments and folder in str(arguments[0]) or event in ("mmap.__new__", "fcntl.flock"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die_in_time)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
IMPORTED = datetime(2026, 3, 2, tzinfo=UTC)
def table(rows, received=NOW):
    rows = [dict(source="s", id=id, kind="a.b", occurred_at=NOW, received_at=received, actors=[f"user:{n}"], value=v) for id, n, v in rows]
    return pa.Table.from_pylist(rows, schema=SIGNAL_SCHEMA)

lake = DeltaLake(folder)
for sequence in range(6):
    people = [n for n in range(5) if n != 3 or sequence < 4]
    rows = [(f"{sequence // 2}/{n}", n, float(sequence % 2 * (n % 2))) for n in people]
    lake.append(table(rows), job="life", sequence=sequence)
    print(sequence, flush=True)
    if sequence in (2, 5):
        lake.compact()
    if sequence == 0:
        lake.append(table([("0/1", 1, 9.0), ("0/2", 2, 9.0), ("imported", 5, 9.0)], IMPORTED), job="import", sequence=0)
    if sequence == 3:
        lake.forget_import("s", IMPORTED, "import")
    if sequence == 4:
        lake.forget(["user:3"])
lake.close()
print("effects", -left)
"""
EVERY_ROW = sorted(
    (f"{batch}/{n}", revision, float(revision)) for batch in range(3) for n in (0, 1, 2, 4) for revision in range(1 + n % 2)
)


def live(folder: Path, deadly: int = 0) -> tuple[int, list[str]]:
    command = [sys.executable, "-c", LIFE, str(folder), str(deadly)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, done.stdout.splitlines()


def check(folder: Path, read) -> None:
    assert read(DeltaLake(folder), "id", "revision", "value") == EVERY_ROW
    assert {path.name for path in folder.iterdir()} == {"signals", "ids", "writer.lock"}
    assert DeltaLake(folder).progress("import") is None
    assert not any("user:3" in str(pq.read_table(path)["actors"]) for path in (folder / "signals").glob("*.parquet"))
    with DeltaLake(folder) as lake:
        again = lake.append(lake_table(folder))
        assert (again.new, again.corrections) == (0, 0)


def lake_table(folder: Path):
    table = pq.read_table([str(path) for path in DeltaLake(folder).files()])
    return table.select(SIGNAL_SCHEMA.names).cast(SIGNAL_SCHEMA)


def die_and_check(folder: Path, deadly: list[int], read) -> None:
    for point in deadly:
        _, said = live(folder, point)
        acknowledged = [int(line) for line in said if line.isdigit()]
        assert (DeltaLake(folder).progress("life") or 0) >= max(acknowledged, default=0)
    assert live(folder)[0] == 0
    check(folder, read)


def test_a_life_without_crashes_ends_as_expected(tmp_path, read):
    die_and_check(tmp_path / "lake", [], read)


@pytest.mark.parametrize("seed", range(2))
def test_kills_at_random_points_change_nothing(tmp_path, read, seed):
    die_and_check(tmp_path / "lake", [Random(seed).randrange(1, 150) for _ in range(2)], read)


@pytest.mark.slow
def test_a_kill_at_every_point_changes_nothing(tmp_path, read):
    effects = int(live(tmp_path / "whole")[1][-1].split()[1])
    assert effects > 100
    for point in range(1, effects + 1):
        die_and_check(tmp_path / str(point), [point], read)


@pytest.mark.slow
def test_kills_at_random_times_change_nothing(tmp_path, read):
    random = Random(7)
    for number in range(60):
        folder = tmp_path / str(number)
        for _ in range(3):
            life = subprocess.Popen([sys.executable, "-c", LIFE, str(folder), "0"], stdout=subprocess.DEVNULL)
            time.sleep(0.5 + random.random())
            life.kill()
            life.wait()
        die_and_check(folder, [], read)


@pytest.fixture
def synced(monkeypatch):
    """Names of what was forced to disk, in order, while files are what they were at that moment."""
    names: list[str] = []
    force = os.fsync

    def record(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        force(descriptor)

    monkeypatch.setattr(durability.os, "fsync", record)
    return names


def test_data_reach_the_disk_before_the_log_and_the_log_before_the_index(lake, signals, synced):
    lake.append(signals({"id": "1"}))
    synced.clear()
    lake.append(signals({"id": "2"}))
    data, run = synced[0], synced[4]
    assert data.startswith("rows-")
    assert run.endswith(".run")
    assert synced == [data, "signals", f"{2:020d}.json", "_delta_log", run, "manifest.json.new", "ids"]


@pytest.mark.parametrize("torn", ["", '{"commitInfo":{}}\n{"add":{"path":"ro', "\0" * 40])
def test_a_log_entry_torn_by_a_power_cut_is_dropped(lake, signals, read, torn, tmp_path):
    lake.append(signals({"id": "1"}), job="j", sequence=0)
    lake.append(signals({"id": "2"}), job="j", sequence=1)
    lake.close()
    (tmp_path / "lake/signals/_delta_log" / f"{2:020d}.json").write_text(torn)
    reopened = DeltaLake(tmp_path / "lake")
    assert reopened.append(signals({"id": "1"}, {"id": "2"}), job="j", sequence=1).new == 1
    assert read(reopened, "id") == [("1",), ("2",)]
    reopened.close()


def test_a_torn_checkpoint_is_dropped(lake, signals, read, tmp_path):
    for number in range(3):
        lake.append(signals({"id": str(number)}))
    lake._log.checkpoint()
    lake.close()
    checkpoint = next((tmp_path / "lake/signals/_delta_log").glob("*.checkpoint.parquet"))
    checkpoint.write_bytes(checkpoint.read_bytes()[:100])
    with DeltaLake(tmp_path / "lake") as reopened:
        assert reopened.append(signals({"id": "0"}, {"id": "9"})).new == 1
        assert len(read(reopened)) == 4


def test_an_append_that_fails_after_the_commit_is_known_by_the_next(lake, signals, read, monkeypatch):
    lake.append(signals({"id": "1"}))

    def full(*_):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("touchpath.stores.id_index.IdIndex.add", full)
        with pytest.raises(OSError, match="No space"):
            lake.append(signals({"id": "2"}))
    assert lake.append(signals({"id": "2"}, {"id": "3"})).duplicates == 1
    assert read(lake, "id") == [("1",), ("2",), ("3",)]


def test_many_versions_are_summed_up_in_checkpoints(lake, signals, read, tmp_path, monkeypatch):
    monkeypatch.setattr("touchpath.stores.delta_log.CHECKPOINT_EVERY", 4)
    for number in range(9):
        lake.append(signals({"id": str(number)}), job="j", sequence=number)
    assert len(list((tmp_path / "lake/signals/_delta_log").glob("*.checkpoint.parquet"))) == 2
    assert len(read(DeltaLake(tmp_path / "lake"))) == 9
    assert DeltaLake(tmp_path / "lake").progress("j") == 8
