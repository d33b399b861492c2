"""The program among other programs: pipes, Ctrl+C, other machines, other processes that write."""

import os
import signal
import subprocess
import sys
import time

import pytest

from touchpath.bootstrap import create_workspace, is_loopback_address, open_workspace
from touchpath.cli.run import _bound
from touchpath.model.errors import BadInput, Unavailable

PROGRAM = [sys.executable, "-c", "from touchpath.cli.main import main; main()"]
MAPPING = """format: touchpath-mapping/1
source: shop
signals:
  - {kind: page.viewed, id: id, occurred_at: at, actors: {user: who}, value: n}
"""


def start(*words: object, **more) -> subprocess.Popen:
    environment = {**os.environ, "TOUCHPATH_PORT": "8400", "TOUCHPATH_LAKE_PATIENCE_SECONDS": "1"}
    environment.pop("COLUMNS", None)
    return subprocess.Popen(
        [*PROGRAM, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **more
    )


@pytest.fixture
def shop(tmp_path):
    create_workspace(tmp_path / "shop")
    return tmp_path / "shop"


def test_a_server_starts_without_what_only_a_few_questions_need():
    check = "import sys, touchpath.bootstrap; print(sorted({'scipy.stats', 'pyspark', 'polars'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_workspace_opens_without_the_pages_and_what_serves_them():
    check = (
        "import sys, touchpath.bootstrap as parts; early = {'touchpath.web', 'fastapi', 'jinja2', 'babel'} & set(sys.modules); "
        "print(sorted(early), [name for name in parts.__all__ if not hasattr(parts, name)])"
    )
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "[] []\n"


def test_the_help_waits_for_no_compiler_and_no_database():
    check = "import sys, touchpath.cli.main; print(sorted({'numba', 'deltalake', 'pyarrow', 'numpy', 'yaml', 'sqlalchemy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_an_import_that_is_stopped_by_the_keyboard_goes_on_where_it_was(shop, tmp_path):
    rows, file, mapping = 400_000, tmp_path / "räume 表.csv", tmp_path / "map.yaml"
    file.write_text("id,at,who,n\n" + "".join(f"{n},2024-01-01T00:{n % 60:02},u{n % 777},{n}\n" for n in range(rows)))
    mapping.write_text(MAPPING)
    stopped = start("import", file, "--map", mapping, "--folder", shop)
    for _ in range(600):
        if any((shop / "lake" / "signals").glob("*.parquet")):
            break
        time.sleep(0.1)
    stopped.send_signal(signal.SIGINT)
    _, error = stopped.communicate(timeout=60)
    assert (stopped.returncode, "Traceback" in error) == (130, False)
    finished = start("import", file, "--map", mapping, "--folder", shop)
    text, error = finished.communicate(timeout=120)
    assert (finished.returncode, error) == (0, "")
    assert "räume 表.csv" in text
    workspace = open_workspace(shop)
    assert sum(kind.signals for kind in workspace.signals.kinds()) == rows
    workspace.close()


def test_whoever_stops_reading_gets_no_traceback(demo_folder):
    listing = start("metrics", "--csv", "--folder", demo_folder / "company")
    assert listing.stdout
    assert listing.stderr
    listing.stdout.close()
    with listing.stderr:
        assert "Traceback" not in listing.stderr.read()
    assert listing.wait(60) in (0, 1)


def test_a_second_writer_is_told_who_writes_and_to_try_again(shop):
    first = open_workspace(shop)
    with first.signals._writing():
        second = start("compact", "--folder", shop)
        _, error = second.communicate(timeout=60)
    assert second.returncode == 6
    assert f"Process {os.getpid()} is writing" in " ".join(error.split())
    first.close()


@pytest.mark.parametrize(
    ("host", "ours"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("::", False), ("192.0.2.1", False)],
)
def test_only_loopback_addresses_need_no_sign_in(host, ours):
    assert is_loopback_address(host) is ours


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_served_and_a_taken_port_is_named(host):
    with _bound(host, 0) as taken:
        port = taken.getsockname()[1]
        taken.listen()
        with pytest.raises(Unavailable, match=f"Port {port} of {host} cannot be used"):
            _bound(host, port)


def test_a_host_that_is_no_address_is_refused():
    with pytest.raises(BadInput, match="no address"):
        _bound("not an address", 0)
    with pytest.raises(BadInput, match="no address"):
        is_loopback_address("not an address")
