"""A steady load on a server with its drain and a reader, and samples of lag and memory while it lasts; see ingest.py."""

from __future__ import annotations

import asyncio
import bisect
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from under_load import (
    BOTH,
    EVENTS,
    KEY,
    READER,
    VISIT,
    VISITS,
    find_drain,
    free_port,
    make_workspace,
    memory,
    running,
    serving,
    signals_in,
    template,
    wait_until_drained,
)


@dataclass
class Held:
    """A steady load as it goes: what was taken by when, and samples of lag (seconds) and size (MiB)."""

    taken: int = 0
    refused: int = 0
    ended_drains: int = 0
    history: list[tuple[float, int]] = field(default_factory=list)
    lake_lag: list[float] = field(default_factory=list)
    answer_lag: list[float] = field(default_factory=list)
    spool: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    drain: list[float] = field(default_factory=list)


async def send_steadily(port: int, rate: float, seconds: float, held: Held) -> None:
    """Send batches at a steady rate over a few connections."""
    text, began, stamp, due = template(), time.monotonic(), f"{time.time_ns()}", itertools.count()

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (wait := began + (number := next(due)) / rate - time.monotonic()) < seconds and time.monotonic() - began < seconds:
            await asyncio.sleep(max(0.0, wait))
            body = text.replace("@@", f"{stamp}-{number}").replace("##", f"{number // VISIT % VISITS:05d}").encode()
            head = f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            if answer.startswith(b"HTTP/1.1 200"):
                held.taken += 1
                held.history.append((time.time(), held.taken * EVENTS))
            else:
                held.refused += 1
        writer.close()

    await asyncio.gather(*(sender() for _ in range(8)))


def watch(held: Held, workspace: Path, server: int, drain: int, stop: threading.Event) -> None:
    """Take a sample each second. A drain that ends, though another one goes on, is a fault: it is counted."""
    from touchpath.stores.spool import SpoolFile

    spool = SpoolFile(workspace / "spool.sqlite")
    while not stop.wait(1.0):
        oldest = spool.backlog()[1]
        held.lake_lag.append(time.time() - oldest / 1e6 if oldest else 0.0)
        files = (workspace / f"spool.sqlite{end}" for end in ("", "-wal"))
        held.spool.append(sum(file.stat().st_size for file in files if file.exists()) / 2**20)
        held.server.append(memory(server))
        if not Path(f"/proc/{drain}").exists():
            held.ended_drains, drain = held.ended_drains + 1, find_drain(server)
        held.drain.append(memory(drain))
        if len(held.drain) % 60 == 0:
            print(
                f"minute {len(held.drain) // 60}: {held.taken * EVENTS:,} taken, lake lag {percentile(held.lake_lag[-60:], 95)} s (p95), "
                f"{percentile(held.lake_lag[-60:], 100)} s (most); answer lag {percentile(held.answer_lag[-60:], 95)} s, "
                f"{percentile(held.answer_lag[-60:], 100)} s; memory server {held.server[-1]:.0f} MiB, drain {held.drain[-1]:.0f} MiB",
                file=sys.stderr,
                flush=True,
            )


def read_lags(held: Held, reader: subprocess.Popen[bytes]) -> None:
    """For each time that timelines were opened: how long before it the last signal was accepted that they do not miss."""
    assert reader.stdout is not None
    for line in reader.stdout:
        shown, now = int(line.split()[0]), time.time()
        history = list(held.history)
        place = bisect.bisect_right(history, shown, key=lambda one: one[1])
        if place < len(history):
            held.answer_lag.append(now - history[place][0])


def hold(folder: Path, rate: float, seconds: float) -> None:
    """A steady load against a server with its drain and a reader; says what came of it, last as JSON."""
    workspace, port, held = folder / "held", free_port(), Held()
    make_workspace(workspace)
    with running(serving(workspace, port), port, BOTH) as server:
        drain = find_drain(server.pid)
        with subprocess.Popen([sys.executable, "-c", READER, str(workspace)], stdout=subprocess.PIPE) as reader:
            asyncio.run(send_steadily(port, 10, 0.5, held))  # so that the drain has started when the clock does
            wait_until_drained(workspace)
            with watched(held, workspace, server.pid, drain, reader):
                asyncio.run(send_steadily(port, rate, seconds, held))
                drained = wait_until_drained(workspace)
    print(json.dumps({"batches_per_second": rate} | told(held, signals_in(workspace), drained)), flush=True)


@contextmanager
def watched(held: Held, workspace: Path, server: int, drain: int, reader: subprocess.Popen[bytes]) -> Iterator[None]:
    """Samples and lags are taken for so long; then the reader is ended."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=watch, args=(held, workspace, server, drain, stop)),
        threading.Thread(target=read_lags, args=(held, reader)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        reader.terminate()
        for thread in threads:
            thread.join()


def told(held: Held, in_lake: int, drained: float) -> dict[str, object]:
    """What came of a load, after whose end the spool was drained in so many seconds."""
    part = max(1, len(held.server) // 4)
    return {
        "taken": held.taken * EVENTS,
        "refused_batches": held.refused,
        "ended_drains": held.ended_drains,
        "in_lake": in_lake,
        "drained_after_seconds": round(drained, 1),
        "lake_lag_p95": percentile(held.lake_lag, 95),
        "lake_lag_most": percentile(held.lake_lag, 100),
        "answer_lag_p95": percentile(held.answer_lag, 95),
        "answer_lag_most": percentile(held.answer_lag, 100),
        "spool_mib_most": percentile(held.spool, 100),
        "server_mib_first_last_quarter": [round(median(held.server[:part])), round(median(held.server[-part:]))],
        "drain_mib_first_last_quarter": [round(median(held.drain[:part])), round(median(held.drain[-part:]))],
    }


def percentile(samples: list[float], share: int) -> float:
    """The nearest-rank percentile, rounded; 0 without samples."""
    ordered = sorted(samples)
    return round(ordered[max(0, -(-len(ordered) * share // 100) - 1)], 2) if ordered else 0.0
