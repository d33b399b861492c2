"""A child process ends with its parent, however that ends, or when its time is up."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

WAITS_FOR_INPUT = "when_input_ends(lambda: os._exit(7))"


def started(begins: str, **more: object) -> subprocess.Popen[bytes]:
    """A process that does this first and then nothing for a minute, once it is up."""
    program = f"import os, threading; from touchpath.stores.child_process import *; {begins}; print('up', flush=True); threading.Event().wait(60)"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, **more)  # type: ignore[call-overload]
    assert process.stdout.readline() == b"up\n"
    return process  # type: ignore[no-any-return]


def by_a_pipe() -> tuple[subprocess.Popen[bytes], Callable[[], None]]:
    process = started(WAITS_FOR_INPUT, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"whatever comes\n")
    process.stdin.flush()
    return process, process.stdin.close


def by_a_terminal() -> tuple[subprocess.Popen[bytes], Callable[[], None]]:
    ours, theirs = pty.openpty()
    process = started(WAITS_FOR_INPUT, stdin=theirs)
    os.close(theirs)
    return process, lambda: os.close(ours)


@pytest.mark.parametrize("fed", [by_a_pipe, by_a_terminal])
def test_what_is_to_be_done_at_the_end_of_the_input_is_done_then(fed):
    process, end = fed()
    with process:
        assert process.poll() is None
        end()
        assert process.wait(30) == 7


def test_time_that_is_up_ends_a_process():
    with started("end_in_time(0.1, code=4)") as process:
        assert process.wait(30) == 4


def test_a_process_ends_with_the_one_that_started_it_though_its_time_is_not_up():
    inner = "import os, time; from touchpath.stores.child_process import end_in_time; end_in_time(60, code=4); print(os.getpid(), flush=True); time.sleep(60)"
    outer = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {inner!r}]); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert int(process.stdout.readline()) > 0
        process.stdin.close()
        began = time.monotonic()
        assert process.stdout.read() == b""  # which ends with the last process that has it open
        assert time.monotonic() - began < 30
