"""What a child process owes its parent: to end when that does, however it ends.

A child whose standard input stays open as long as its parent lives waits for that to close, which it does at once. A child whose input
ends before its work does looks at who its parent is, every so often.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

_WATCH_SECONDS = 0.5


def when_input_ends(then: Callable[[], object]) -> None:
    """Call `then` on a thread once standard input closes; whatever still comes by it is passed over.

    Whoever started this process holds the other end: when it dies, however it does, that closes. Read past Python's own buffer, whose
    lock a thread that waits would still hold when this process ends by a fault.
    """

    def wait() -> None:
        with suppress(OSError):  # as of a terminal that hung up, where no end comes
            while os.read(sys.stdin.fileno(), 1):
                pass
        then()

    threading.Thread(target=wait, daemon=True).start()


def end_in_time(seconds: float, code: int) -> None:
    """End this process with an exit code after some time, or soon after whoever started it is gone."""
    parent, end = os.getppid(), time.monotonic() + seconds

    def watch() -> None:
        while time.monotonic() < end and os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)
        os._exit(code)

    threading.Thread(target=watch, daemon=True).start()
