"""`touchpath drain` under a server: it ends with who fed it, and a fault of its own ends it in words."""

import subprocess
import sys

_WAITING = "import threading; from touchpath.stores.child_process import when_input_ends; stop = threading.Event(); \
when_input_ends(stop.set); "


def _started(code):
    return subprocess.Popen([sys.executable, "-c", _WAITING + code], stdin=subprocess.PIPE, stderr=subprocess.PIPE)


def test_it_stops_when_its_input_ends():
    with _started("stop.wait(60); raise SystemExit(7 if stop.is_set() else 8)") as process:
        process.stdin.close()
        assert process.wait(60) == 7


def test_a_fault_is_told_while_the_input_is_still_open():
    with _started("import time; time.sleep(0.2); raise RuntimeError('no lake')") as process:
        told = process.stderr.read().decode()
        assert process.wait(60) == 1
    assert "no lake" in told
    assert "Fatal Python error" not in told
