"""A run that dies at any point: nothing is lost, nothing comes twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from contextlib import closing

import pytest
from pull_bench import Bench
from test_pull import EVERYTHING, SECRET
from vendor_server import VendorServer, Zendesk
from zendesk_account import account, ticket

from touchpath.bootstrap import create_workspace, open_workspace

#: Runs the connection and kills itself at its Nth fsync; 0 = never.
WORKER = """
import os, signal, sys
from contextlib import closing
from pathlib import Path
from touchpath.bootstrap import open_workspace
from touchpath.services import pulling
pulling._RECORDS_AT_ONCE, left, fsync = 2, int(sys.argv[2]), os.fsync
def dying(descriptor):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    fsync(descriptor)
with closing(open_workspace(Path(sys.argv[1]))) as workspace:
    os.fsync = dying
    workspace.pulls.run("help")
"""


class Crash(BaseException):
    """As if the process had been killed here."""


def crashing(bench, at):
    """Let the effect number `at` be the last: everything that is written is counted, before and after."""
    left = [at]

    def guard(owner, name):
        true = getattr(owner, name)

        def tried(*words, **more):
            left[0] -= 1
            if left[0] == 0:
                raise Crash
            done = true(*words, **more)
            left[0] -= 1
            if left[0] == 0:
                raise Crash
            return done

        setattr(owner, name, tried)

    for owner, name in (
        (bench.lake, "append"),
        (bench.states, "save"),
        (bench.quarantine, "keep"),
        (bench.quarantine, "release"),
    ):
        guard(owner, name)


@pytest.mark.parametrize("at", [*range(1, 13, 2), pytest.param(2, marks=pytest.mark.slow), 14, 27])
def test_a_crash_between_any_two_writes_loses_and_doubles_nothing(tmp_path, monkeypatch, at):
    monkeypatch.setenv("ZENDESK_TOKEN", SECRET)
    monkeypatch.setattr("touchpath.services.pulling._RECORDS_AT_ONCE", 2)
    given = account()
    given["tickets"].append(ticket(9, 20, 600, created_at="never"))
    with VendorServer(Zendesk(**given, page=2)) as server:
        with closing(Bench(tmp_path, server)) as bench:
            bench.connect(streams=("tickets", "ticket_events"))
            crashing(bench, at)
            with pytest.raises(Crash):
                bench.pulls.run("help")
        with closing(Bench(tmp_path, server)) as bench:
            states = bench.pulls.run("help")
            expected = [row for row in EVERYTHING if row[0].startswith("ticket/")]
            assert bench.rows("id", "kind") == sorted(expected)
            assert len(bench.pulls.rejected(bench.connections.get("help"))) == 1
            assert sum(state.corrections for state in states) == 0


def run(folder, at):
    worker = [sys.executable, "-c", WORKER, str(folder), str(at)]
    return subprocess.run(worker, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("kills", [2, pytest.param(25, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_again_and_again_loses_and_doubles_nothing(tmp_path, monkeypatch, kills):
    monkeypatch.setenv("ZENDESK_TOKEN", SECRET)
    numbers = range(100, 100 + 4 * kills)
    given = account()
    given["tickets"] += [ticket(number, 21, number) for number in numbers]
    with VendorServer(Zendesk(**given, page=2)) as server:
        create_workspace(tmp_path / "w")
        settings = {"subdomain": "x", "token": "env:ZENDESK_TOKEN", "email": "agent@example.com", "address": server.address}
        with closing(open_workspace(tmp_path / "w")) as workspace:
            workspace.connections.add("help", "zendesk", settings)
        draw = random.Random(kills)
        died = [run(tmp_path / "w", draw.randrange(1, 60)) for _ in range(kills)]
        last = run(tmp_path / "w", 0)
    assert [each.returncode for each in died] == [-signal.SIGKILL] * kills
    assert last.returncode == 0, last.stderr
    more = [
        (f"ticket/{n}/{what}", kind)
        for n in numbers
        for what, kind in (("opened", "ticket.opened"), ("metrics", "ticket.measured"))
    ]
    with closing(open_workspace(tmp_path / "w")) as workspace:
        rows = [tuple(row.values()) for batch in workspace.signals.scan(["id", "kind"]) for row in batch.to_pylist()]
    assert sorted(rows) == sorted([*EVERYTHING, *more])
