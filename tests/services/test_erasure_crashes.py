"""kill -9 at any point of an erasure: opened again, nothing of the person is left, and nothing of anybody else is lost."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from decoding import needles, where
from test_erasure_proof import IDS, MODEL, fill, sought

from touchpath.bootstrap import create_workspace, open_workspace

# Erases a person, or undoes an import. Dies by SIGKILL just before its Nth effect on the folder (N = 0: never).
LIFE = """
import os, signal, sys
from pathlib import Path
from touchpath.bootstrap import open_workspace

folder, what, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
EFFECTS = {"open", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree", "sqlite3.connect", "os.chmod"}
workspace = open_workspace(Path(folder))
job = next(one.job for one in workspace.imports.jobs() if one.place == "brought.csv") if what == "undo" else ""

def die_in_time(event, arguments):
    global left
    if event in EFFECTS and arguments and folder in str(arguments[0]) or event in ("mmap.__new__", "fcntl.flock"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die_in_time)
print("begins", flush=True)
if what == "undo":
    workspace.forgetting.undo_import(job, "ann")
else:
    workspace.forgetting.forget(["user:zorawyth"], "ann")
workspace.close()
print("effects", -left)
"""
BROUGHT = needles(["user:imported-7"], ["Thornwick", "I like merrowfield 7", "brought.csv"], [("shop-export", "7")])


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A workspace in which every store holds the person, and an import too; copied for each death."""
    place = tmp_path_factory.mktemp("template")
    create_workspace(place / "shop")
    workspace = open_workspace(place / "shop")
    workspace.models.apply(MODEL, "me", "first")
    fill(workspace)
    rows = [f"{n},imported-{n},seen,2026-03-02 10:{n:02},Thornwick,I like merrowfield {n}" for n in range(40)]
    (place / "brought.csv").write_text("\n".join(["row,who,what,at,city,said", *rows, "x,imported-x,seen,never,Thornwick,no"]))
    workspace.imports.run(place / "brought.csv", place / "files/m.yaml")
    workspace.timelines.rebuild("person", workspace.platform.experience().properties)
    workspace.close()
    return place / "shop"


def live(folder: Path, what: str, deadly: int = 0) -> tuple[int, list[str]]:
    command = [sys.executable, "-c", LIFE, str(folder), what, str(deadly)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, done.stdout.splitlines()


def check(folder: Path, what: str, begun: bool) -> None:
    """Nothing of the person, or of the import, is left once the workspace is opened; if it had not begun, it is there whole."""
    workspace = open_workspace(folder)
    try:
        if not begun and not workspace.forgetting.log():
            workspace.forgetting.undo_import(_job(workspace), "ann") if what == "undo" else workspace.forgetting.forget(
                [IDS[0]], "ann"
            )
        assert workspace.platform.person("user:other-10").total == (3 if what == "erase" else 2)
        assert len(workspace.forgetting.log()) == 1
        assert not (folder / "erasing.json").exists()
    finally:
        workspace.close()
    assert where(folder, sought() if what == "erase" else BROUGHT) == {}
    if what == "erase":
        assert set(where(folder, BROUGHT)) == set(BROUGHT)


def _job(workspace) -> str:
    return next(one.job for one in workspace.imports.jobs() if one.place == "brought.csv")


def die_and_check(template: Path, folder: Path, what: str, point: int) -> None:
    shutil.copytree(template, folder)
    code, _ = live(folder, what, point)
    assert code == -signal.SIGKILL
    begun = (folder / "erasing.json").exists()
    check(folder, what, begun)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def effects(template, tmp_path_factory):
    """How many effects each life has, found by living it to its end."""
    found = {}
    for what in ("erase", "undo"):
        folder = tmp_path_factory.mktemp(what) / "shop"
        shutil.copytree(template, folder)
        found[what] = int(live(folder, what)[1][-1].split()[1])
        check(folder, what, begun=True)
    return found


@pytest.mark.parametrize("what", ["erase", "undo"])
def test_kills_at_random_points_leave_nothing_behind(template, effects, tmp_path, what):
    assert effects[what] > 60
    for point in Random(what).sample(range(1, effects[what]), 2 if what == "erase" else 1):
        die_and_check(template, tmp_path / str(point), what, point)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["erase", "undo"])
@pytest.mark.parametrize("first", range(1, 6))
def test_a_kill_at_every_point_leaves_nothing_behind(template, effects, tmp_path, what, first):
    for point in range(first, effects[what], 5):
        die_and_check(template, tmp_path / str(point), what, point)


@pytest.mark.slow
def test_kills_at_random_times_leave_nothing_behind(template, tmp_path):
    random = Random(11)
    for number in range(40):
        folder = tmp_path / str(number)
        shutil.copytree(template, folder)
        life = subprocess.Popen([sys.executable, "-c", LIFE, str(folder), "erase", "0"], stdout=subprocess.PIPE, text=True)
        assert life.stdout is not None
        life.stdout.readline()
        time.sleep(random.random() * 1.5)
        os.kill(life.pid, signal.SIGKILL)
        life.communicate()
        check(folder, "erase", (folder / "erasing.json").exists())
        shutil.rmtree(folder)
