"""What every test shares: how Hypothesis runs, a simulated company, and a PostgreSQL server where one can be started."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Kernels compile on first use, so the first example of a property may take a second. `make test-slow` takes the long profile.
settings.register_profile("touchpath", deadline=None, max_examples=60)
settings.register_profile("long", deadline=None, max_examples=300)
settings.load_profile("touchpath")

# What is imported to collect the tests stays, so a search for garbage meanwhile finds none; see `pytest_collection_finish`.
gc.disable()

#: The files that take longest. They are begun first, since at the end each worker can only wait for the file that another is in.
LONGEST = (
    "engines/test_spark.py",
    "web/test_browser_working.py",
    "web/test_browser_reading.py",
    "clients/test_browser_faults.py",
    "clients/test_faults.py",
    "laws/test_facts.py",
    "services/test_matching.py",
    "services/test_erasure_crashes.py",
    "web/test_stories.py",
    "web/test_browser_keyboard.py",
    "docs/test_examples.py",
    "web/test_browser_layout.py",
    "clients/test_visits.py",
    "clients/test_wire.py",
    "timelines/test_windowfunnel.py",
    "live/test_steady.py",
    "services/test_explain.py",
    "cli/test_shell.py",
    "cli/test_commands.py",
    "services/test_together.py",
    "sources/test_pull_crashes.py",
    "web/test_browser_explorers.py",
    "stats/test_coverage.py",
    "services/test_erasure_proof.py",
)


def pytest_collection_modifyitems(items):
    """Put the files that take longest first, in that order, and leave the others in theirs."""
    here = Path(__file__).parent
    places = {here / file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


def pytest_collection_finish():
    """Leave the modules and the ten thousand tests, which stay to the end, out of every search for garbage: a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


def pytest_unconfigure():
    gc.unfreeze()


@pytest.fixture(autouse=True, scope="session")
def _key_of_the_tests(tmp_path_factory):
    """No test makes a key in anybody's own configuration folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory):
    """A folder with the workspace "company": 1,500 simulated people, whose truths are planted. Read it, never change it."""
    from touchpath.bootstrap import prepare_demo

    folder = tmp_path_factory.mktemp("demo")
    prepare_demo("company", folder / "company", 1500, 7, lambda step: None)
    return folder


@pytest.fixture(scope="session")
def company(demo_folder):
    """The open workspace of simulated people."""
    from touchpath.bootstrap import open_workspace

    workspace = open_workspace(demo_folder / "company")
    yield workspace
    workspace.close()


def _programs() -> Path | None:
    """Where Debian keeps the newest PostgreSQL's programs, or where the PATH finds them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).parent if named else None


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a private PostgreSQL server that lives in a temporary folder and listens on a socket there only."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    root = os.geteuid() == 0
    if root and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root, and runuser is missing")
    folder = Path(tempfile.mkdtemp(prefix="tp-pg-"))
    if root:
        shutil.chown(folder, "postgres")
    as_owner = ["runuser", "-u", "postgres", "--"] if root else []

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [*as_owner, str(programs / program), *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    try:
        run("initdb", "-D", f"{folder}/files", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "start", "-w", "-D", f"{folder}/files", "-l", f"{folder}/log", "-o", options)
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", f"{folder}/files")
    finally:
        shutil.rmtree(folder)
