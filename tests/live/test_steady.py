"""A steady load: everything that was answered with 200 is in the lake, nothing grows, nothing is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench/ingest.py"


def hold(seconds, rate):
    ran = subprocess.run(
        [sys.executable, str(BENCH), "--hold", str(seconds), "--rate", str(rate)], capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout.strip().splitlines()[-1])


def check(held):
    assert held["in_lake"] == held["taken"] > 0
    assert held["refused_batches"] == 0
    assert held["spool_mib_most"] < 512


def test_a_steady_load_is_in_the_lake_whole():
    check(hold(3, 20))


@pytest.mark.slow
def test_half_an_hour_of_steady_load_leaves_memory_flat():
    held = hold(30 * 60, 250)
    check(held)
    assert held["ended_drains"] == 0
    for name in ("server", "drain"):
        first, last = held[f"{name}_mib_first_last_quarter"]
        assert last < 1.25 * first + 32
