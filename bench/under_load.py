"""A server under load: the batches that it is sent, how it is started and watched, and what its lake and spool hold."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEY = "tp_bench_0123456789"
EVENTS = 100
SERVER, OTHER = {0}, {max(os.sched_getaffinity(0))}
BOTH = SERVER | OTHER
#: People come for so many calls, in as many batches; after so many visits the first people come again.
VISIT, VISITS = 20, 5_000
PROGRAM = [sys.executable, "-c", "from touchpath.cli.main import main; main()"]

READER = """
import sys, time
from contextlib import closing
from pathlib import Path
from touchpath.bootstrap import open_workspace
with closing(open_workspace(Path(sys.argv[1]))) as workspace:
    while True:
        began = time.time()
        opened = workspace.platform.timelines.open("person", ())
        print(sum(shard.signals_read for shard in opened.shards), round(time.time() - began, 3), flush=True)
        time.sleep(max(0.0, 1 - (time.time() - began)))
"""


def a_call(number: int) -> dict[str, object]:
    """One call; `@@` becomes what makes the batch unique, `##` which visit it is."""
    return {
        "type": "track",
        "event": ("Product Viewed", "Cart Added", "Checkout Started", "Order Completed")[number % 4],
        "userId": f"user-##-{number:02d}",
        "anonymousId": f"an-##-{number:02d}-4e60-4b2a",
        "messageId": f"{number:03d}-@@",
        "timestamp": "2026-11-25T09:00:00.123Z",
        "properties": {"order_id": f"o-{number}", "revenue": 59.9, "currency": "EUR", "sku": "A-1", "plan": "pro", "position": 3},
        "context": {
            "library": {"name": "analytics-python", "version": "2.4.0"},
            "page": {"path": "/pricing", "url": "https://shop.example/pricing", "title": "Pricing - Shop"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            "locale": "en-GB",
        },
    }


def template() -> str:
    """The body of a batch."""
    calls = [a_call(number) for number in range(EVENTS)]
    return json.dumps({"batch": calls, "sentAt": "2026-11-25T09:00:01.000Z"}, separators=(",", ":"))


def serving(workspace: Path, port: int) -> list[str]:
    """The command that serves a workspace."""
    return [*PROGRAM, "serve", str(workspace), "--port", str(port)]


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, processors: set[int]) -> Iterator[subprocess.Popen[bytes]]:
    """A server on some processors, ready when this gives it."""
    with subprocess.Popen(command, preexec_fn=lambda: os.sched_setaffinity(0, processors)) as process:
        try:
            for _ in range(600):
                with socket.socket() as one:
                    if one.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def find_drain(server: int) -> int:
    """The process id of a server's drain."""
    for _ in range(600):
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        more = [child for task in Path(f"/proc/{server}/task").iterdir() for child in (task / "children").read_text().split()]
        for child in {*children, *more}:
            if b"--while-fed" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        time.sleep(0.1)
    raise RuntimeError("the server has no drain")


def memory(process: int) -> float:
    """Memory of its own in MiB; pages of files that the system may drop at any time are not counted."""
    found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def make_workspace(folder: Path) -> None:
    """An empty workspace with a key."""
    subprocess.run([*PROGRAM, "init", str(folder)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*PROGRAM, "key", "add", "bench", "--key", KEY, "-w", str(folder)], check=True, stdout=subprocess.DEVNULL)


def signals_in(folder: Path) -> int:
    """How many signals the lake holds."""
    from touchpath.stores.delta_lake import DeltaLake

    return sum(kind.signals for kind in DeltaLake(folder / "lake").kinds())


def wait_until_drained(folder: Path, patience: float = 300) -> float:
    """Seconds until the spool is empty."""
    from touchpath.stores.spool import SpoolFile

    spool, began = SpoolFile(folder / "spool.sqlite"), time.monotonic()
    while spool.backlog()[0]:
        if time.monotonic() - began > patience:
            raise RuntimeError("the spool was not drained")
        time.sleep(0.1)
    return time.monotonic() - began
